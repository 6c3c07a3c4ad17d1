// The convolution of conv.cu for large jobs: the same sums with the same bits, arranged so that the
// GPU's arithmetic sets the time, or its memory where maps are few.
//
// conv.cu reads an input cell from the GPU's memory once for each window and map that needs it. Here
// the threads of a block compute a tile of outputs together:
//
//   1. They copy what the tile needs, some channels at a time, into memory on the chip that they
//      share: a patch of the input with its padding, and the weights of their maps. While they
//      compute with one copy, the next is on its way.
//   2. Each thread computes a small box of outputs in registers: some maps x rows x columns. A line
//      of the patch that it has read serves all its maps, columns and rows.
//
// Nothing changes in the sums: each output belongs to one thread, which walks the taps in the
// weights' memory order (channel, depth, row, column) with one multiply_add a tap.
//
// This text is compiled behind conv.cu, the constants and common.cu. Its own constants:
//   thread_rows, thread_columns                                 the box of one thread, with its maps
//   column_threads, row_threads, slice_threads, image_threads   of one block, with map_threads

// ---- Sizes that follow from the constants ----

// Input cells that `outputs` neighbouring windows reach over.
CONSTANT int reach(const Axis& axis, int outputs) {
    return (outputs - 1) * axis.stride + (axis.kernel - 1) * axis.dilation + 1;
}

constexpr int threads = map_threads * column_threads * row_threads * slice_threads * image_threads;

// Outputs of one block, and how many tiles cover all.
constexpr int tile_columns = column_threads * thread_columns;
constexpr int tile_rows = row_threads * thread_rows;
constexpr int tile_slices = slice_threads;
constexpr int tile_images = image_threads;
constexpr int column_tiles = divide_up(width.output, tile_columns);
constexpr int row_tiles = divide_up(height.output, tile_rows);
constexpr int slice_tiles = divide_up(depth.output, tile_slices);

// Columns are copied `vector` at a time where the rows' starts allow it. Then the patch begins at a
// multiple of `vector`, `margin` columns before the first that is needed.
constexpr int vector = divisor(column_tiles == 1 ? width.size
                                                 : width.size | tile_columns * width.stride);
constexpr int margin = round_up(width.pre, vector) - width.pre;

// The patch in shared memory: lines of `pitch` words, in the order channel, image, slice, row.
constexpr int patch_columns = round_up(margin + reach(width, tile_columns), vector);
constexpr int patch_rows = reach(height, tile_rows);
constexpr int patch_slices = reach(depth, tile_slices);
constexpr int pitch = round_up(patch_columns, 4);
constexpr int patch_lines = tile_images * patch_slices * patch_rows;  // of one channel
constexpr int patch_size = chunk * patch_lines * pitch;

// A stage holds a patch, then weights. Of two, one is computed with while the other is filled.
constexpr int stage_size = patch_size + round_up(weights_size, 4);
constexpr int stages = chunks > 1 ? 2 : 1;

// Where the tile of a block lies in the whole output.
struct Place {
    int image, group, map, slice, row, column;

    __device__ explicit Place(int block) {
        map = take(block, map_tiles) * tile_maps;
        column = take(block, column_tiles) * tile_columns;
        row = take(block, row_tiles) * tile_rows;
        slice = take(block, slice_tiles) * tile_slices;
        group = take(block, groups);
        image = block * tile_images;
    }
};

// ---- Copying into shared memory ----

// Cells of the input become words of the patch. Of int8 a word takes cells of four channels, as far
// as there are as many left from the word's first on; these are waited for.
template <int count>
__device__ void copy_cells(float* to, const float* from, int) {
    copy_later<count>(to, from);
}
template <int count>
__device__ void copy_cells(int* to, const signed char* from, int channels_left) {
    Vector<int, count> cells = {};
#pragma unroll
    for (int k = 0; k < pack; ++k) {
        if (channels % pack && k >= channels_left) break;
        const auto some = *reinterpret_cast<const Vector<signed char, count>*>(from + k * plane);
#pragma unroll
        for (int j = 0; j < count; ++j) cells.at[j] |= (some.at[j] & 255) << 8 * k;
    }
    *reinterpret_cast<Vector<int, count>*>(to) = cells;
}

// The lines of the patch are shared out among the threads, some lanes of a warp going along each.
struct Copies {
    static constexpr int line_vectors = patch_columns / vector;
    static constexpr int lanes =
        line_vectors > 16 ? 32 : line_vectors > 8 ? 16 : line_vectors > 4 ? 8 : 4;
    static constexpr int lane_vectors = divide_up(line_vectors, lanes);
    static constexpr int lines_at_once = threads / lanes;
    static constexpr int passes = divide_up(chunk * patch_lines, lines_at_once);

    const Value* from;          // the first channel's first row, at the thread's first column
    const Word* weights;        // the thread's first of the chunk
    int line[passes];           // from there to each line of the thread; -1 where there is no data
    bool column[lane_vectors];  // whether its columns are data
    int to;                     // where the thread's first cell lies in the patch

    // All is found out once, since a thread copies the same cells of every chunk.
    __device__ Copies(const Value* input, const Word* prepared, const Place& place, Word* shared) {
        const int lane = threadIdx.x % lanes, first_line = threadIdx.x / lanes;
        const int first_column = place.column * width.stride - width.pre - margin + lane * vector;
        const int item = place.image * groups + place.group;
        from = input + (long long)item * channels * plane + first_column;
        const int tile = place.group * map_tiles + place.map / tile_maps;
        weights = prepared + (long long)tile * chunks * weights_size + threadIdx.x * weight_vector;
        to = first_line * pitch + lane * vector;
#pragma unroll
        for (int j = 0; j < lane_vectors; ++j)
            column[j] = lane + j * lanes < line_vectors &&
                        inside(width, first_column + j * lanes * vector);
#pragma unroll
        for (int pass = 0; pass < passes; ++pass) {
            int rest = first_line + pass * lines_at_once;
            const int y = take(rest, patch_rows) + place.row * height.stride - height.pre;
            const int z = take(rest, patch_slices) + place.slice * depth.stride - depth.pre;
            const int image = take(rest, tile_images);
            const int channel = rest * pack;
            const bool mine = rest < chunk && first_line < lines_at_once;
            const bool data = mine && inside(height, y) && inside(depth, z) &&
                              place.image + image < batch;
            line[pass] = data ? (image * groups * channels + channel) * plane +
                                    (z * height.size + y) * width.size
                              : -1;
            // Padding is zero in every chunk: it is written now, in both stages, and never again.
#pragma unroll
            for (int j = 0; j < lane_vectors; ++j)
                if (mine && lane + j * lanes < line_vectors && !(data && column[j]))
#pragma unroll
                    for (int stage = 0; stage < stages; ++stage)
                        *reinterpret_cast<Vector<Word, vector>*>(
                            shared + stage * stage_size + place_in_patch(pass, j)) = {};
        }
    }

    __device__ int place_in_patch(int pass, int j) const {
        return to + pass * lines_at_once * pitch + j * lanes * vector;
    }

    // Copy a chunk to a stage, and go on to the next.
    __device__ void start(Word* stage, int channels_left) {
#pragma unroll
        for (int pass = 0; pass < passes; ++pass) {
            // The last word of a line's channels may be one of fewer than four.
            const int word = (threadIdx.x / lanes + pass * lines_at_once) / patch_lines;
#pragma unroll
            for (int j = 0; j < lane_vectors; ++j)
                if (line[pass] >= 0 && column[j])
                    copy_cells<vector>(stage + place_in_patch(pass, j),
                                       from + line[pass] + j * lanes * vector,
                                       channels_left - word * pack);
        }
        copy_weights<threads>(stage + patch_size, weights);
        from += (long long)chunk * pack * plane;
        weights += weights_size;
    }
};

// ---- Computing ----

// What one thread reads of one line of the patch, and of how many lines.
constexpr int read_at_once = divisor(thread_columns * width.stride);
constexpr int lead = margin % read_at_once;
constexpr int line = lead + reach(width, thread_columns);
constexpr int lines = reach(height, thread_rows);

// Unrolled loops make long code, which the GPU must fetch: unroll from the inside to about this.
constexpr int most_steps = 1100;
constexpr int box = thread_maps * thread_rows * thread_columns;
constexpr bool unroll_rows = thread_rows > 1 || box * height.kernel * width.kernel <= most_steps;
constexpr int unroll_slices = box * taps <= most_steps ? depth.kernel : 1;
constexpr int unroll_channels = box * taps * 8 <= most_steps   ? 8
                                : box * taps * 4 <= most_steps ? 4
                                : box * taps * 2 <= most_steps ? 2
                                                               : 1;

// The box of sums of one thread.
struct Box {
    Sum sums[thread_rows][thread_maps][thread_columns];
    int map_thread;

    // Add a chunk: every channel's slices, and in each the lines that the box's windows reach over.
    __device__ void add(const Word* patch, const Word* weights) {
#pragma unroll(unroll_channels)
        for (int c = 0; c < chunk; ++c)
#pragma unroll(unroll_slices)
            for (int t = 0; t < depth.kernel; ++t) {
                const int first_line = c * patch_lines + t * depth.dilation * patch_rows;
                const int first_tap = (c * depth.kernel + t) * height.kernel * width.kernel;
#pragma unroll(unroll_rows ? lines : 1)
                for (int i = 0; i < lines; i += thread_rows == 1 ? height.dilation : 1)
                    add_line(patch + (first_line + i) * pitch, weights + first_tap * tile_maps, i);
            }
    }

    // Add what line `i` gives to each row of the box: there it meets one row of weights, if any.
    __device__ void add_line(const Word* from, const Word* kernel, int i) {
        Word cells[line];
        read_line(cells, from);
#pragma unroll
        for (int y = 0; y < thread_rows; ++y) {
            const int r = (i - y * height.stride) / height.dilation;
            if (thread_rows > 1 && (i < y * height.stride || r >= height.kernel ||
                                    (i - y * height.stride) % height.dilation))
                continue;
            add_row(sums[y], cells, kernel + r * width.kernel * tile_maps);
        }
    }

    __device__ static void read_line(Word (&cells)[line], const Word* from) {
        constexpr int whole = line / read_at_once * read_at_once;
#pragma unroll
        for (int i = 0; i < whole; i += read_at_once) read<read_at_once>(cells + i, from + i);
#pragma unroll
        for (int i = whole; i < line; ++i) cells[i] = from[i];
    }

    // Add the products of a line with one row of weights, tap after tap.
    __device__ void add_row(Sum (&row)[thread_maps][thread_columns], const Word (&cells)[line],
                            const Word* weights) const {
#pragma unroll
        for (int s = 0; s < width.kernel; ++s) {
            Word w[thread_maps];
            fetch(w, weights + s * tile_maps, map_thread, map_threads);
#pragma unroll
            for (int m = 0; m < thread_maps; ++m)
#pragma unroll
                for (int x = 0; x < thread_columns; ++x)
                    row[m][x] = multiply_add(cells[lead + x * width.stride + s * width.dilation],
                                             w[m], row[m][x]);
        }
    }

    // Write the box, as far as the output goes: its first row and column are `row` and `column`.
    __device__ void write_out(Sum* output, const Sum* bias, int image, int group, int first_map,
                              int slice, int row, int column) const {
        constexpr int together = divisor(thread_columns);
        constexpr int side = width.output % together ? 1 : together;
        if (image >= batch || slice >= depth.output) return;
#pragma unroll
        for (int m = 0; m < thread_maps; ++m) {
            const int map = first_map + shared_out(m, thread_maps, map_thread, map_threads);
            if (map >= maps) continue;
            const int k = group * maps + map;
            const Sum last = bias ? bias[k] : Sum(0);
#pragma unroll
            for (int y = 0; y < thread_rows; ++y) {
                if (row + y >= height.output) continue;
                const long long volume = (long long)image * groups * maps + k;
                const long long line = (volume * depth.output + slice) * height.output + row + y;
                Sum* to = output + line * width.output + column;
#pragma unroll
                for (int x = 0; x < thread_columns; x += side) {
                    Vector<Sum, side> out;
#pragma unroll
                    for (int j = 0; j < side; ++j)
                        out.at[j] = bias ? ::add(last, sums[y][m][x + j]) : sums[y][m][x + j];
                    if (column + x < width.output) write(to + x, out);
                }
            }
        }
    }
};

extern "C" __global__ void __launch_bounds__(threads, blocks_at_once)
tiled(const Value* input, const Word* prepared, const Sum* bias, Sum* output) {
    extern __shared__ Vector<Word, 4> shared_vectors[];
    Word* shared = reinterpret_cast<Word*>(shared_vectors);
    const Place place(blockIdx.x);

    int rest = threadIdx.x;
    Box box = {};
    box.map_thread = take(rest, map_threads);
    const int column_thread = take(rest, column_threads);
    const int row_thread = take(rest, row_threads);
    const int slice_thread = take(rest, slice_threads);
    const int image_thread = rest;
    const int corner = ((image_thread * patch_slices + slice_thread * depth.stride) * patch_rows +
                        row_thread * thread_rows * height.stride) * pitch +
                       column_thread * thread_columns * width.stride + margin - lead;

    Copies copies(input, prepared, place, shared);
    Word *stage = shared, *next = shared + stage_size;
    copies.start(stage, channels);
    for (int n = 0; n < chunks; ++n) {
        wait_for_copies();
        __syncthreads();  // this chunk has come, and nobody reads the one before it any more
        if (n + 1 < chunks) copies.start(next, channels - (n + 1) * chunk * pack);
        box.add(stage + corner, stage + patch_size);
        Word* free = stage;
        stage = next;
        next = free;
    }
    box.write_out(output, bias, place.image + image_thread, place.group, place.map,
                  place.slice + slice_thread, place.row + row_thread * thread_rows,
                  place.column + column_thread * thread_columns);
}
