// Implicit GEMM: convolution as a matrix product, for layers of many channels and maps. The sums
// are conv.cu's, with the same bits.
//
// Write the cells that one window reads as a column, in the weights' memory order. All windows side
// by side make a matrix: a row for each tap of each channel, a column for each position (image,
// slice, row and column of the output, as one index). The output is the weights times this matrix,
// and each of its sums runs down a column, which is the order of conv.cu.
//
// The matrix would be large, so it is never stored ("implicit"). A block computes a tile of the
// output, some maps × some positions:
//
//   1. Its threads copy some rows of the matrix at a time, those of a chunk of channels, into
//      shared memory, and the weights alongside. While they compute with one chunk, the next is
//      being copied.
//   2. Each thread computes a register tile of sums, maps × positions: for each row of the matrix
//      it reads a word for each map and one for each position, and multiplies all with all.
//
// Consecutive positions need not lie in one row or image of the output, so a tile wastes nothing at
// the edges of an image: this suits small images. (direct.cu keeps the input's own shape and shares
// what adjacent windows have in common: it copies less, and wins where maps are few.)
//
// This text is compiled after conv.cu, the constants and common.cu, for float32. Its own constants:
//   thread_positions   of one register tile
//   position_threads   of a block along the positions

// ---- Sizes that follow from the constants ----

constexpr int threads = map_threads * position_threads;
constexpr int tile_positions = position_threads * thread_positions;
constexpr int output_plane = depth.output * height.output * width.output;
constexpr int positions = batch * output_plane;
constexpr int position_tiles = divide_up(positions, tile_positions);

// A stage holds a chunk: its rows of the matrix, interleaved, then its weights, likewise.
constexpr int rows = chunk * taps;
constexpr int cells_size = rows * tile_positions;
constexpr int weights_start = round_up(cells_size, 4);
constexpr int stage_size = weights_start + round_up(weights_size, 4);
constexpr int stages = chunks > 1 ? 2 : 1;
static_assert(rows > 1 || chunks == 1, "the next chunk is begun in row 0, awaited in the last");

// ---- Copying to shared memory ----

// Copies chunk after chunk to shared memory.
struct ChunkLoader {
    static constexpr int passes = divide_up(cells_size, threads);

    const Value* from;    // the first channel of the chunk, in the tile's first image
    const Word* weights;  // this thread's first of the chunk
    int offset[passes];   // from there to each cell of this thread; -1 where there is no data

    // A thread copies the same taps at the same positions of every chunk: their offsets are worked
    // out once, here.
    __device__ ChunkLoader(const Value* input, const Word* reordered, int group, int map_tile,
                           int first_position, Word* shared) {
        const int first_image = first_position / output_plane;
        from = input + ((long long)first_image * groups + group) * channels * plane;
        weights = reordered + (long long)(group * map_tiles + map_tile) * chunks * weights_size +
                  threadIdx.x * weight_vector;
#pragma unroll
        for (int pass = 0; pass < passes; ++pass) {
            const int i = pass * threads + threadIdx.x;
            int tap = i;  // in the order channel, depth, row, column
            int position = pop_axis(tap, tile_positions) + first_position;
            const bool mine = i < cells_size, real = position < positions;
            const int s = pop_axis(tap, width.kernel), x = pop_axis(position, width.output);
            const int r = pop_axis(tap, height.kernel), y = pop_axis(position, height.output);
            const int t = pop_axis(tap, depth.kernel), z = pop_axis(position, depth.output);
            const int channel = tap, image = position - first_image;
            const int column = cell(width, x, s), row = cell(height, y, r);
            const int slice = cell(depth, z, t);
            const bool data = mine && real && inside(width, column) && inside(height, row) &&
                              inside(depth, slice);
            offset[pass] = data ? (image * groups * channels + channel) * plane +
                                      (slice * height.size + row) * width.size + column
                                : -1;
            // Padding is zero in every chunk: write it once, here, in every stage.
            if (mine && !data)
#pragma unroll
                for (int stage = 0; stage < stages; ++stage)
                    shared[stage * stage_size + i] = Word(0);
        }
    }

    // Start copying a chunk to a stage, and move on to the next chunk.
    __device__ void start(Word* stage) {
#pragma unroll
        for (int pass = 0; pass < passes; ++pass)
            if (offset[pass] >= 0)
                copy_async<1>(stage + pass * threads + threadIdx.x, from + offset[pass]);
        copy_weights<threads>(stage + weights_start, weights);
        from += (long long)chunk * plane;
        weights += weights_size;
    }
};

// ---- Computing ----

// A warp covers map_lanes × position_lanes register tiles, maps first: adjacent lanes share their
// positions, lanes map_lanes apart their maps. Shared memory serves such reads twice as fast.
constexpr int position_lanes = position_threads < 16 ? position_threads : 16;
constexpr int map_lanes = 32 / position_lanes;

// What one row of the matrix and its weights contribute to a register tile.
struct Fragment {
    Word cells[thread_positions], weights[thread_maps];

    __device__ void read_row(const Word* stage, int row, int position_thread, int map_thread) {
        read_interleaved(cells, stage + row * tile_positions, position_thread, position_threads);
        read_interleaved(weights, stage + weights_start + row * tile_maps, map_thread,
                         map_threads);
    }
    __device__ void add_to(Sum (&sums)[thread_maps][thread_positions]) const {
#pragma unroll
        for (int m = 0; m < thread_maps; ++m)
#pragma unroll
            for (int p = 0; p < thread_positions; ++p)
                sums[m][p] = multiply_add(cells[p], weights[m], sums[m][p]);
    }
};

extern "C" __global__ void __launch_bounds__(threads, resident_blocks)
implicit_gemm(const Value* input, const Word* reordered, const Sum* bias, Sum* output) {
    extern __shared__ Vector<Word, 4> shared_vectors[];
    Word* shared = reinterpret_cast<Word*>(shared_vectors);

    int block = blockIdx.x;
    const int map_tile = pop_axis(block, map_tiles);
    const int first_position = pop_axis(block, position_tiles) * tile_positions;
    const int group = block;

    int rest = threadIdx.x;
    const int map_lane = pop_axis(rest, map_lanes), position_lane = pop_axis(rest, position_lanes);
    const int map_thread = pop_axis(rest, map_threads / map_lanes) * map_lanes + map_lane;
    const int position_thread = rest * position_lanes + position_lane;

    Sum sums[thread_maps][thread_positions] = {};

    // A row is read from shared memory while the products of the previous one are added.
    Fragment fragments[2];
    ChunkLoader loader(input, reordered, group, map_tile, first_position, shared);
    Word *stage = shared, *next = shared + stage_size;
    loader.start(stage);
    wait_for_copies();
    __syncthreads();
    fragments[0].read_row(stage, 0, position_thread, map_thread);
    for (int n = 0; n < chunks; ++n) {
#pragma unroll
        for (int row = 0; row < rows; ++row) {
            Fragment& after = fragments[(row + 1) % 2];
            if (row + 1 < rows) {
                after.read_row(stage, row + 1, position_thread, map_thread);
            } else if (chunks > 1) {  // (after the last chunk too: a branch would cost more)
                wait_for_copies();
                __syncthreads();  // the next chunk is complete, and no thread still reads this one
                after.read_row(next, 0, position_thread, map_thread);
            }
            if (row == 0 && n + 1 < chunks) loader.start(next);
            fragments[row % 2].add_to(sums);
        }
        if (rows % 2) fragments[0] = fragments[1];
        Word* free = stage;
        stage = next;
        next = free;
    }

    // Write the register tile. A vector lies within one image.
    constexpr int widest = vector_width(thread_positions);
    constexpr int size = output_plane % widest ? 1 : widest;
#pragma unroll
    for (int p = 0; p < thread_positions; p += size) {
        const int position =
            first_position + interleaved(p, thread_positions, position_thread, position_threads);
        if (position >= positions) continue;
        int image = position;
        const int offset = pop_axis(image, output_plane);
#pragma unroll
        for (int m = 0; m < thread_maps; ++m) {
            const int map =
                map_tile * tile_maps + interleaved(m, thread_maps, map_thread, map_threads);
            if (map >= maps) continue;
            const int k = group * maps + map;
            Vector<Sum, size> out;
#pragma unroll
            for (int j = 0; j < size; ++j)
                out.at[j] = bias ? add(bias[k], sums[m][p + j]) : sums[m][p + j];
            write(output + ((long long)image * groups * maps + k) * output_plane + offset, out);
        }
    }
}
