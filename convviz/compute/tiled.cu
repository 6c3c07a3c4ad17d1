// The convolution of conv.cu for large jobs: the same sums with the same bits, arranged so that the
// GPU's arithmetic, not its memory, sets the time.
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
// This text is compiled behind conv.cu and the constants of one layer and its tile, which tiling.py
// chooses and explains:
//   Value, Sum                          the types of conv.cu
//   depth, height, width                the layer's axes
//   batch, groups, channels, maps       of the layer; channels and maps of one group
//   thread_maps, thread_rows, thread_columns                      the box of one thread
//   map_threads, column_threads, row_threads, slice_threads, image_threads   of one block
//   chunk                               channels copied at a time
//   blocks_at_once                      blocks that one multiprocessor should hold

// ---- Words ----

// A word is what one multiply_add takes: a float, or four int8 channels of one cell packed into an
// int, of which the GPU multiplies and adds all four at once. Integer sums are exact in any order.
template <typename T>
struct Pack;
template <>
struct Pack<float> {
    using Word = float;
    static constexpr int values = 1;
};
template <>
struct Pack<signed char> {
    using Word = int;
    static constexpr int values = 4;
};
using Word = Pack<Value>::Word;
constexpr int pack = Pack<Value>::values;

__device__ int multiply_add(int x, int w, int sum) { return __dp4a(x, w, sum); }

template <typename T, int count>
struct alignas(sizeof(T) * count) Vector {
    T at[count];
};

// ---- Sizes that follow from the constants ----

#define CONSTANT __host__ __device__ constexpr
CONSTANT int divide_up(int a, int b) { return (a + b - 1) / b; }
CONSTANT int round_up(int a, int b) { return divide_up(a, b) * b; }
CONSTANT int divisor(int a) { return a % 4 == 0 ? 4 : a % 2 == 0 ? 2 : 1; }

// Input cells that `outputs` neighbouring windows reach over.
CONSTANT int reach(const Axis& axis, int outputs) {
    return (outputs - 1) * axis.stride + (axis.kernel - 1) * axis.dilation + 1;
}

constexpr int threads = map_threads * column_threads * row_threads * slice_threads * image_threads;
constexpr int taps = depth.kernel * height.kernel * width.kernel;  // of one channel
constexpr int words = divide_up(channels, pack);                   // channels, counted in words
constexpr int chunks = words / chunk;                             // without a rest
constexpr int stages = chunks > 1 ? 2 : 1;

// Outputs of one block, and how many blocks cover all.
constexpr int tile_maps = map_threads * thread_maps;
constexpr int tile_columns = column_threads * thread_columns;
constexpr int tile_rows = row_threads * thread_rows;
constexpr int tile_slices = slice_threads;
constexpr int tile_images = image_threads;
constexpr int map_tiles = divide_up(maps, tile_maps);
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

// The weights in shared memory: one line of maps a tap, so that a thread finds its maps together.
constexpr int weights_size = chunk * taps * tile_maps;
constexpr int stage_size = patch_size + round_up(weights_size, 4);

// ---- Preparing the weights ----

// Bring the weights into the order in which the blocks copy them: group, map tile, channel, tap,
// map. Maps that a tile has too many are zero.
extern "C" __global__ void prepare(const Value* kernel, Word* prepared) {
    const int i = blockIdx.x * blockDim.x + threadIdx.x;
    int rest = i;
    const int map = take(rest, tile_maps);
    const int tap = take(rest, taps);
    const int channel = take(rest, words) * pack;
    const int map_in_group = take(rest, map_tiles) * tile_maps + map;
    const int group = rest;
    if (group >= groups) return;
    Vector<Value, pack> values = {};
    const long long first = (group * maps + map_in_group) * (long long)channels + channel;
    if (map_in_group < maps)
        for (int k = 0; k < pack && channel + k < channels; ++k)
            values.at[k] = kernel[(first + k) * taps + tap];
    prepared[i] = reinterpret_cast<Word&>(values);
}

// ---- Copying into shared memory ----

// Copy neighbouring words to shared memory without waiting for them.
template <int count>
__device__ void copy_later(Word* to, const void* from) {
    const unsigned address = __cvta_generic_to_shared(to);
    if constexpr (count == 4)
        asm volatile("cp.async.cg.shared.global [%0], [%1], 16;" ::"r"(address), "l"(from));
    else
        asm volatile("cp.async.ca.shared.global [%0], [%1], %2;" ::"r"(address), "l"(from),
                     "n"(4 * count));
}

// Cells of the input become words of the patch. Of int8 a word takes cells of four channels, as far
// as there are as many left from the word's first on; these are waited for.
constexpr int plane = depth.size * height.size * width.size;

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

// Where the tile of a block lies in the whole output.
struct Place {
    int image, group, map, slice, row, column;
};

__device__ Place place_of(int block) {
    Place place;
    place.map = take(block, map_tiles);
    place.column = take(block, column_tiles) * tile_columns;
    place.row = take(block, row_tiles) * tile_rows;
    place.slice = take(block, slice_tiles) * tile_slices;
    place.group = take(block, groups);
    place.image = block * tile_images;
    return place;
}

// A thread copies the same cells of every chunk. Where they lie is worked out once: the lines of
// the patch are shared out among the threads, some lanes of a warp going along each.
constexpr int line_vectors = patch_columns / vector;
constexpr int lanes = line_vectors > 16 ? 32 : line_vectors > 8 ? 16 : line_vectors > 4 ? 8 : 4;
constexpr int lines_at_once = threads / lanes;
constexpr int passes = divide_up(chunk * patch_lines, lines_at_once);
constexpr int lane_vectors = divide_up(line_vectors, lanes);
constexpr int weight_vector = divisor(weights_size);
constexpr int weight_passes = divide_up(weights_size / weight_vector, threads);

struct Copies {
    const Value* from;          // the first channel's first row, at the thread's first column
    const Word* weights;        // the thread's first weights
    int line[passes];           // from there to each line of the thread; -1 where there is no data
    bool column[lane_vectors];  // whether its columns are data
    int to;                     // where the thread's first cell lies in the patch

    __device__ Copies(const Value* input, const Word* prepared, const Place& place, Word* shared) {
        const int lane = threadIdx.x % lanes, first_line = threadIdx.x / lanes;
        const int first_column =
            place.column * width.stride - width.pre - margin + lane * vector;
        const int item = place.image * groups + place.group;
        from = input + (long long)item * channels * plane + first_column;
        const int tile = place.group * map_tiles + place.map;
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
#pragma unroll
        for (int pass = 0; pass < weight_passes; ++pass)
            if ((pass * threads + threadIdx.x) * weight_vector < weights_size)
                copy_later<weight_vector>(
                    stage + patch_size + (pass * threads + threadIdx.x) * weight_vector,
                    weights + pass * threads * weight_vector);
        asm volatile("cp.async.commit_group;");
        from += (long long)chunk * pack * plane;
        weights += weights_size;
    }
};
__device__ void wait_for_copies() { asm volatile("cp.async.wait_group 0;"); }

// ---- Computing ----

// Write neighbouring sums at once. (Written as a struct, the compiler takes it apart.)
__device__ void write(float* to, Vector<float, 4> v) {
    __stwb(reinterpret_cast<float4*>(to), make_float4(v.at[0], v.at[1], v.at[2], v.at[3]));
}
__device__ void write(int* to, Vector<int, 4> v) {
    __stwb(reinterpret_cast<int4*>(to), make_int4(v.at[0], v.at[1], v.at[2], v.at[3]));
}
__device__ void write(float* to, Vector<float, 2> v) {
    __stwb(reinterpret_cast<float2*>(to), make_float2(v.at[0], v.at[1]));
}
__device__ void write(int* to, Vector<int, 2> v) {
    __stwb(reinterpret_cast<int2*>(to), make_int2(v.at[0], v.at[1]));
}
template <typename T>
__device__ void write(T* to, Vector<T, 1> v) {
    *to = v.at[0];
}

// Read neighbouring words, `step` at a time; they begin at a multiple of it.
template <int step, int count>
__device__ void fetch(Word (&to)[count], const Word* from) {
#pragma unroll
    for (int i = 0; i < count / step; ++i) {
        const auto some = reinterpret_cast<const Vector<Word, step>*>(from)[i];
#pragma unroll
        for (int k = 0; k < step; ++k) to[i * step + k] = some.at[k];
    }
#pragma unroll
    for (int i = count / step * step; i < count; ++i) to[i] = from[i];
}

// A thread's maps come in groups that are read at once; the groups of other threads lie between.
constexpr int together = divisor(thread_maps);
__device__ int map_of(int map_thread, int m) {
    return (m / together * map_threads + map_thread) * together + m % together;
}

// What one thread reads of one row of the patch, and of how many rows.
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

extern "C" __global__ void __launch_bounds__(threads, blocks_at_once)
tiled(const Value* input, const Word* prepared, const Sum* bias, Sum* output) {
    extern __shared__ Vector<Word, 4> shared_vectors[];
    Word* shared = reinterpret_cast<Word*>(shared_vectors);
    const Place place = place_of(blockIdx.x);

    int rest = threadIdx.x;
    const int map_thread = take(rest, map_threads);
    const int column_thread = take(rest, column_threads);
    const int row_thread = take(rest, row_threads);
    const int slice_thread = take(rest, slice_threads);
    const int image_thread = rest;
    const int corner = ((image_thread * patch_slices + slice_thread * depth.stride) * patch_rows +
                        row_thread * thread_rows * height.stride) * pitch +
                       column_thread * thread_columns * width.stride + margin - lead;

    Sum sums[thread_rows][thread_maps][thread_columns] = {};

    Copies copies(input, prepared, place, shared);
    copies.start(shared, channels);
    for (int n = 0; n < chunks; ++n) {
        wait_for_copies();
        __syncthreads();  // this chunk has come, and nobody reads the one before it any more
        if (n + 1 < chunks)
            copies.start(shared + (n + 1) % 2 * stage_size, channels - (n + 1) * chunk * pack);
        const Word* patch = shared + n % 2 * stage_size + corner;
        const Word* weights = shared + n % 2 * stage_size + patch_size + map_of(map_thread, 0);
#pragma unroll(unroll_channels)
        for (int c = 0; c < chunk; ++c) {
#pragma unroll(unroll_slices)
            for (int t = 0; t < depth.kernel; ++t) {
                const Word* rows = patch + (c * patch_lines + t * depth.dilation * patch_rows) * pitch;
                const Word* slice_weights =
                    weights + (c * depth.kernel + t) * height.kernel * width.kernel * tile_maps;
#pragma unroll(unroll_rows ? lines : 1)
                for (int i = 0; i < lines; i += thread_rows == 1 ? height.dilation : 1) {
                    Word cells[line];
                    fetch<read_at_once>(cells, rows + i * pitch);
#pragma unroll
                    for (int y = 0; y < thread_rows; ++y) {
                        // The row of weights that meets line i in output row y of the box, if any.
                        const int r = (i - y * height.stride) / height.dilation;
                        if (thread_rows > 1 && (i < y * height.stride || r >= height.kernel ||
                                                (i - y * height.stride) % height.dilation))
                            continue;
#pragma unroll
                        for (int s = 0; s < width.kernel; ++s) {
                            Word w[thread_maps];
#pragma unroll
                            for (int m = 0; m < thread_maps; m += together) {
                                Word some[together];
                                fetch<together>(some, slice_weights +
                                                                (r * width.kernel + s) * tile_maps +
                                                                m * map_threads);
#pragma unroll
                                for (int k = 0; k < together; ++k) w[m + k] = some[k];
                            }
#pragma unroll
                            for (int m = 0; m < thread_maps; ++m)
#pragma unroll
                                for (int x = 0; x < thread_columns; ++x)
                                    sums[y][m][x] = multiply_add(
                                        cells[lead + x * width.stride + s * width.dilation], w[m],
                                        sums[y][m][x]);
                        }
                    }
                }
            }
        }
    }

    // ---- Writing the box ----
    constexpr int side = width.output % divisor(thread_columns) ? 1 : divisor(thread_columns);
    const int image = place.image + image_thread;
    const int slice = place.slice + slice_thread;
    const int column = place.column + column_thread * thread_columns;
    if (image >= batch || slice >= depth.output) return;
#pragma unroll
    for (int m = 0; m < thread_maps; ++m) {
        const int map = place.map * tile_maps + map_of(map_thread, m);
        if (map >= maps) continue;
        const int k = place.group * maps + map;
        const Sum last = bias ? bias[k] : Sum(0);
#pragma unroll
        for (int y = 0; y < thread_rows; ++y) {
            const int row = place.row + row_thread * thread_rows + y;
            if (row >= height.output) continue;
            const long long plane = (long long)image * groups * maps + k;
            const long long line = (plane * depth.output + slice) * height.output + row;
            Sum* to = output + line * width.output + column;
#pragma unroll
            for (int x = 0; x < thread_columns; x += side) {
                Vector<Sum, side> out;
#pragma unroll
                for (int j = 0; j < side; ++j)
                    out.at[j] = bias ? add(last, sums[y][m][x + j]) : sums[y][m][x + j];
                if (column + x < width.output) write(to + x, out);
            }
        }
    }
}
