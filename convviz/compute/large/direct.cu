// Tiled direct convolution: the sums of conv.cu with the same bits, arranged so that a large layer
// is limited by the GPU's arithmetic or, where maps are few, by its memory bandwidth.
//
// conv.cu reads an input cell from global memory once for each window and map that needs it. Here
// the threads of a block compute a tile of outputs together:
//
//   1. They copy what the tile needs, some channels at a time, into shared memory: a patch of the
//      input with its padding, and the weights of their maps. While they compute with one chunk of
//      channels, the next is being copied.
//   2. Each thread computes a register tile of outputs: some maps × rows × columns. A line of the
//      patch, once read, serves all its maps, columns and rows.
//
// The order of the sums does not change: each output belongs to one thread, which walks the taps in
// the weights' memory order (channel, depth, row, column) with one multiply_add per tap.
//
// This text is compiled after conv.cu, the constants and common.cu. Its own constants:
//   thread_rows, thread_columns                                 of one register tile
//   column_threads, row_threads, slice_threads, image_threads   of one block, with map_threads

// ---- Sizes that follow from the constants ----

// Input cells from the first to the last that `outputs` adjacent windows read along an axis.
CONSTANT int footprint(const Axis& axis, int outputs) {
    return (outputs - 1) * axis.stride + (axis.kernel - 1) * axis.dilation + 1;
}

constexpr int threads = map_threads * column_threads * row_threads * slice_threads * image_threads;

// Outputs of one block, and how many tiles cover all outputs.
constexpr int tile_columns = column_threads * thread_columns;
constexpr int tile_rows = row_threads * thread_rows;
constexpr int tile_slices = slice_threads;
constexpr int tile_images = image_threads;
constexpr int column_tiles = divide_up(width.output, tile_columns);
constexpr int row_tiles = divide_up(height.output, tile_rows);
constexpr int slice_tiles = divide_up(depth.output, tile_slices);

// Columns are copied `vector` at a time where the alignment of the rows allows it. The patch then
// begins at a multiple of `vector`, `margin` columns before the first that is needed.
constexpr int vector = vector_width(column_tiles == 1 ? width.size
                                                      : width.size | tile_columns * width.stride);
constexpr int margin = round_up(width.pre, vector) - width.pre;

// The patch in shared memory: lines of `pitch` words, in the order channel, image, slice, row.
constexpr int patch_columns = round_up(margin + footprint(width, tile_columns), vector);
constexpr int patch_rows = footprint(height, tile_rows);
constexpr int patch_slices = footprint(depth, tile_slices);
constexpr int pitch = round_up(patch_columns, 4);
constexpr int patch_lines = tile_images * patch_slices * patch_rows;  // of one channel
constexpr int patch_size = chunk * patch_lines * pitch;

// A stage holds a patch, then weights. Of two stages, one is computed with while the other fills.
constexpr int stage_size = patch_size + round_up(weights_size, 4);
constexpr int stages = chunks > 1 ? 2 : 1;

// Where the tile of a block begins in the whole output.
struct TileOrigin {
    int image, group, map, slice, row, column;

    __device__ explicit TileOrigin(int block) {
        map = pop_axis(block, map_tiles) * tile_maps;
        column = pop_axis(block, column_tiles) * tile_columns;
        row = pop_axis(block, row_tiles) * tile_rows;
        slice = pop_axis(block, slice_tiles) * tile_slices;
        group = pop_axis(block, groups);
        image = block * tile_images;
    }
};

// ---- Copying to shared memory ----

// Cells of the input become words of the patch. For int8, a word takes cells of four channels, or
// of as many as are left from the word's first on; these copies are not asynchronous.
template <int count>
__device__ void copy_cells(float* to, const float* from, int) {
    copy_async<count>(to, from);
}
template <int count>
__device__ void copy_cells(int* to, const signed char* from, int channels_left) {
    Vector<int, count> cells = {};
#pragma unroll
    for (int k = 0; k < pack; ++k) {
        if (channels % pack && k >= channels_left) break;
        const auto bytes = *reinterpret_cast<const Vector<signed char, count>*>(from + k * plane);
#pragma unroll
        for (int j = 0; j < count; ++j) cells.at[j] |= (bytes.at[j] & 255) << 8 * k;
    }
    *reinterpret_cast<Vector<int, count>*>(to) = cells;
}

// Copies chunk after chunk to shared memory. The lines of the patch are dealt out to the threads:
// `lanes` neighbouring threads copy a line together.
struct ChunkLoader {
    static constexpr int line_vectors = patch_columns / vector;
    static constexpr int lanes =
        line_vectors > 16 ? 32 : line_vectors > 8 ? 16 : line_vectors > 4 ? 8 : 4;
    static constexpr int lane_vectors = divide_up(line_vectors, lanes);
    static constexpr int lines_at_once = threads / lanes;
    static constexpr int passes = divide_up(chunk * patch_lines, lines_at_once);

    const Value* from;          // the first channel's first row, at this thread's first column
    const Word* weights;        // this thread's first of the chunk
    int line[passes];           // from there to each line of this thread; -1 where there is no data
    bool column[lane_vectors];  // whether its columns are data
    int to;                     // where this thread's first cell is in the patch

    // A thread copies the same cells of every chunk: their offsets are worked out once, here.
    __device__ ChunkLoader(const Value* input, const Word* reordered, const TileOrigin& origin,
                           Word* shared) {
        const int lane = threadIdx.x % lanes, first_line = threadIdx.x / lanes;
        const int first_column = origin.column * width.stride - width.pre - margin + lane * vector;
        const int item = origin.image * groups + origin.group;
        from = input + (long long)item * channels * plane + first_column;
        const int tile = origin.group * map_tiles + origin.map / tile_maps;
        weights = reordered + (long long)tile * chunks * weights_size + threadIdx.x * weight_vector;
        to = first_line * pitch + lane * vector;
#pragma unroll
        for (int j = 0; j < lane_vectors; ++j)
            column[j] = lane + j * lanes < line_vectors &&
                        inside(width, first_column + j * lanes * vector);
#pragma unroll
        for (int pass = 0; pass < passes; ++pass) {
            int rest = first_line + pass * lines_at_once;
            const int y = pop_axis(rest, patch_rows) + origin.row * height.stride - height.pre;
            const int z = pop_axis(rest, patch_slices) + origin.slice * depth.stride - depth.pre;
            const int image = pop_axis(rest, tile_images);
            const int channel = rest * pack;
            const bool mine = rest < chunk && first_line < lines_at_once;
            const bool data = mine && inside(height, y) && inside(depth, z) &&
                              origin.image + image < batch;
            line[pass] = data ? (image * groups * channels + channel) * plane +
                                    (z * height.size + y) * width.size
                              : -1;
            // Padding is zero in every chunk: write it once, here, in every stage.
#pragma unroll
            for (int j = 0; j < lane_vectors; ++j)
                if (mine && lane + j * lanes < line_vectors && !(data && column[j]))
#pragma unroll
                    for (int stage = 0; stage < stages; ++stage)
                        *reinterpret_cast<Vector<Word, vector>*>(
                            shared + stage * stage_size + patch_index(pass, j)) = {};
        }
    }

    __device__ int patch_index(int pass, int j) const {
        return to + pass * lines_at_once * pitch + j * lanes * vector;
    }

    // Start copying a chunk to a stage, and move on to the next chunk.
    __device__ void start(Word* stage, int channels_left) {
#pragma unroll
        for (int pass = 0; pass < passes; ++pass) {
            // The last word of the channels may hold fewer than four.
            const int word = (threadIdx.x / lanes + pass * lines_at_once) / patch_lines;
#pragma unroll
            for (int j = 0; j < lane_vectors; ++j)
                if (line[pass] >= 0 && column[j])
                    copy_cells<vector>(stage + patch_index(pass, j),
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
constexpr int read_at_once = vector_width(thread_columns * width.stride);
constexpr int lead = margin % read_at_once;
constexpr int line = lead + footprint(width, thread_columns);
constexpr int lines = footprint(height, thread_rows);

// Unrolled loops make long code, which the GPU must fetch: unroll from the inside up to about
// `most_steps` products.
constexpr int most_steps = 1100;
constexpr int thread_outputs = thread_maps * thread_rows * thread_columns;
constexpr bool unroll_rows =
    thread_rows > 1 || thread_outputs * height.kernel * width.kernel <= most_steps;
constexpr int unroll_slices = thread_outputs * taps <= most_steps ? depth.kernel : 1;
constexpr int unroll_channels = thread_outputs * taps * 8 <= most_steps   ? 8
                                : thread_outputs * taps * 4 <= most_steps ? 4
                                : thread_outputs * taps * 2 <= most_steps ? 2
                                                                          : 1;

// The sums of one thread, which the compiler keeps in registers.
struct RegisterTile {
    Sum sums[thread_rows][thread_maps][thread_columns];
    int map_thread;

    // Add a chunk: every channel's slices, and in each the lines that the tile's windows read.
    __device__ void add_chunk(const Word* patch, const Word* weights) {
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

    // Add line `i` to each row of the tile for which it meets a row of weights.
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
            read_interleaved(w, weights + s * tile_maps, map_thread, map_threads);
#pragma unroll
            for (int m = 0; m < thread_maps; ++m)
#pragma unroll
                for (int x = 0; x < thread_columns; ++x)
                    row[m][x] = multiply_add(cells[lead + x * width.stride + s * width.dilation],
                                             w[m], row[m][x]);
        }
    }

    // Write the tile as far as the output goes; its first row and column are `row` and `column`.
    __device__ void write_out(Sum* output, const Sum* bias, int image, int group, int first_map,
                              int slice, int row, int column) const {
        constexpr int widest = vector_width(thread_columns);
        constexpr int size = width.output % widest ? 1 : widest;
        if (image >= batch || slice >= depth.output) return;
#pragma unroll
        for (int m = 0; m < thread_maps; ++m) {
            const int map = first_map + interleaved(m, thread_maps, map_thread, map_threads);
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
                for (int x = 0; x < thread_columns; x += size) {
                    Vector<Sum, size> out;
#pragma unroll
                    for (int j = 0; j < size; ++j)
                        out.at[j] = bias ? add(last, sums[y][m][x + j]) : sums[y][m][x + j];
                    if (column + x < width.output) write(to + x, out);
                }
            }
        }
    }
};

extern "C" __global__ void __launch_bounds__(threads, resident_blocks)
direct(const Value* input, const Word* reordered, const Sum* bias, Sum* output) {
    extern __shared__ Vector<Word, 4> shared_vectors[];
    Word* shared = reinterpret_cast<Word*>(shared_vectors);
    const TileOrigin origin(blockIdx.x);

    int rest = threadIdx.x;
    RegisterTile tile = {};
    tile.map_thread = pop_axis(rest, map_threads);
    const int column_thread = pop_axis(rest, column_threads);
    const int row_thread = pop_axis(rest, row_threads);
    const int slice_thread = pop_axis(rest, slice_threads);
    const int image_thread = rest;
    const int corner = ((image_thread * patch_slices + slice_thread * depth.stride) * patch_rows +
                        row_thread * thread_rows * height.stride) * pitch +
                       column_thread * thread_columns * width.stride + margin - lead;

    ChunkLoader loader(input, reordered, origin, shared);
    Word *stage = shared, *next = shared + stage_size;
    loader.start(stage, channels);
    for (int n = 0; n < chunks; ++n) {
        wait_for_copies();
        __syncthreads();  // this chunk is complete, and no thread still reads the previous one
        if (n + 1 < chunks) loader.start(next, channels - (n + 1) * chunk * pack);
        tile.add_chunk(stage + corner, stage + patch_size);
        Word* free = stage;
        stage = next;
        next = free;
    }
    tile.write_out(output, bias, origin.image + image_thread, origin.group, origin.map,
                   origin.slice + slice_thread, origin.row + row_thread * thread_rows,
                   origin.column + column_thread * thread_columns);
}
