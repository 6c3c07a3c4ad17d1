// The convolution of conv.cu as a product of matrices, for layers of many channels and maps: the
// same sums with the same bits.
//
// Write the cells that one window meets below one another in the weights' memory order. All windows
// side by side make a matrix: a row for each tap of each channel, a column for each position (image,
// slice, row and column of the output, counted through). The output is the weights times this
// matrix, and each of its sums runs down a column, which is the order of conv.cu.
//
// The matrix would be large, so it is nowhere written down whole. A block computes a tile of the
// output, some maps times some positions:
//
//   1. Its threads copy some rows of the matrix at a time, those of a chunk of channels, into memory
//      on the chip that they share, and the weights beside them. While they compute with one chunk,
//      the next is on its way.
//   2. Each thread computes a box of sums, maps times positions, in registers: for each row of the
//      matrix it fetches a word for each map and one for each position, and multiplies all with all.
//
// Positions that follow one another need not lie in one row or image of the output, so that tiles
// have no ragged ends: this is what small images want. (tiled.cu keeps the input's own shape and
// shares what neighbouring windows have in common: it copies less, and wins where maps are few.)
//
// This text is compiled behind conv.cu, the constants and common.cu, for float32. Its own constants:
//   thread_positions   of one thread
//   position_threads   of a block along the positions

// ---- Sizes that follow from the constants ----

constexpr int threads = map_threads * position_threads;
constexpr int tile_positions = position_threads * thread_positions;
constexpr int output_plane = depth.output * height.output * width.output;
constexpr int positions = batch * output_plane;
constexpr int position_tiles = divide_up(positions, tile_positions);

// A chunk in shared memory: its rows of the matrix, line by line, then its weights in such lines.
constexpr int rows = chunk * taps;
constexpr int cells_size = rows * tile_positions;
constexpr int weights_start = round_up(cells_size, 4);
constexpr int stage_size = weights_start + round_up(weights_size, 4);
constexpr int stages = chunks > 1 ? 2 : 1;
static_assert(rows > 1 || chunks == 1, "the next chunk is asked for in row 0, awaited in the last");

// ---- Copying ----

struct Copies {
    static constexpr int passes = divide_up(cells_size, threads);

    const Value* from;    // the first channel of the chunk, in the tile's first image
    const Word* weights;  // this thread's first of the chunk
    int offset[passes];   // from there to each cell of this thread; -1 where there is no data

    // A thread copies the same taps at the same positions in every chunk: all is found out once.
    __device__ Copies(const Value* input, const Word* prepared, int group, int map_tile,
                      int first_position, Word* shared) {
        const int first_image = first_position / output_plane;
        from = input + ((long long)first_image * groups + group) * channels * plane;
        weights = prepared + (long long)(group * map_tiles + map_tile) * chunks * weights_size +
                  threadIdx.x * weight_vector;
#pragma unroll
        for (int pass = 0; pass < passes; ++pass) {
            const int i = pass * threads + threadIdx.x;
            int tap = i;  // in the order channel, depth, row, column
            int position = take(tap, tile_positions) + first_position;
            const bool mine = i < cells_size, real = position < positions;
            const int s = take(tap, width.kernel), x = take(position, width.output);
            const int r = take(tap, height.kernel), y = take(position, height.output);
            const int t = take(tap, depth.kernel), z = take(position, depth.output);
            const int channel = tap, image = position - first_image;
            const int column = cell(width, x, s), row = cell(height, y, r);
            const int slice = cell(depth, z, t);
            const bool data = mine && real && inside(width, column) && inside(height, row) &&
                              inside(depth, slice);
            offset[pass] = data ? (image * groups * channels + channel) * plane +
                                      (slice * height.size + row) * width.size + column
                                : -1;
            // Padding is zero in every chunk: it is written now, in both stages, and never again.
            if (mine && !data)
#pragma unroll
                for (int stage = 0; stage < stages; ++stage)
                    shared[stage * stage_size + i] = Word(0);
        }
    }

    // Copy a chunk to a stage, and go on to the next.
    __device__ void start(Word* stage) {
#pragma unroll
        for (int pass = 0; pass < passes; ++pass)
            if (offset[pass] >= 0)
                copy_later<1>(stage + pass * threads + threadIdx.x, from + offset[pass]);
        copy_weights<threads>(stage + weights_start, weights);
        from += (long long)chunk * plane;
        weights += weights_size;
    }
};

// ---- Computing ----

// Lanes of a warp that stand side by side share a position, the next but one a map: shared memory
// serves such reads at twice the pace.
constexpr int position_lanes = position_threads < 16 ? position_threads : 16;
constexpr int map_lanes = 32 / position_lanes;

// What one row of the matrix and its weights give to a box.
struct Fragment {
    Word cells[thread_positions], weights[thread_maps];

    __device__ void fetch_row(const Word* stage, int row, int position_thread, int map_thread) {
        fetch(cells, stage + row * tile_positions, position_thread, position_threads);
        fetch(weights, stage + weights_start + row * tile_maps, map_thread, map_threads);
    }
    __device__ void add_to(Sum (&sums)[thread_maps][thread_positions]) const {
#pragma unroll
        for (int m = 0; m < thread_maps; ++m)
#pragma unroll
            for (int p = 0; p < thread_positions; ++p)
                sums[m][p] = multiply_add(cells[p], weights[m], sums[m][p]);
    }
};

extern "C" __global__ void __launch_bounds__(threads, blocks_at_once)
unfolded(const Value* input, const Word* prepared, const Sum* bias, Sum* output) {
    extern __shared__ Vector<Word, 4> shared_vectors[];
    Word* shared = reinterpret_cast<Word*>(shared_vectors);

    int block = blockIdx.x;
    const int map_tile = take(block, map_tiles);
    const int first_position = take(block, position_tiles) * tile_positions;
    const int group = block;

    int rest = threadIdx.x;
    const int map_lane = take(rest, map_lanes), position_lane = take(rest, position_lanes);
    const int map_thread = take(rest, map_threads / map_lanes) * map_lanes + map_lane;
    const int position_thread = rest * position_lanes + position_lane;

    Sum sums[thread_maps][thread_positions] = {};

    // Words come from shared memory while the products of the row before are added.
    Fragment fragments[2];
    Copies copies(input, prepared, group, map_tile, first_position, shared);
    Word *stage = shared, *next = shared + stage_size;
    copies.start(stage);
    wait_for_copies();
    __syncthreads();
    fragments[0].fetch_row(stage, 0, position_thread, map_thread);
    for (int n = 0; n < chunks; ++n) {
#pragma unroll
        for (int row = 0; row < rows; ++row) {
            Fragment& after = fragments[(row + 1) % 2];
            if (row + 1 < rows) {
                after.fetch_row(stage, row + 1, position_thread, map_thread);
            } else if (chunks > 1) {  // (behind the last chunk too: a branch would cost more)
                wait_for_copies();
                __syncthreads();  // the next chunk has come, and nobody reads this one any more
                after.fetch_row(next, 0, position_thread, map_thread);
            }
            if (row == 0 && n + 1 < chunks) copies.start(next);
            fragments[row % 2].add_to(sums);
        }
        if (rows % 2) fragments[0] = fragments[1];
        Word* free = stage;
        stage = next;
        next = free;
    }

    // ---- Writing the box ----
    constexpr int together = divisor(thread_positions);
    constexpr int side = output_plane % together ? 1 : together;  // they lie in one image
#pragma unroll
    for (int p = 0; p < thread_positions; p += side) {
        const int position =
            first_position + shared_out(p, thread_positions, position_thread, position_threads);
        if (position >= positions) continue;
        int image = position;
        const int place = take(image, output_plane);
#pragma unroll
        for (int m = 0; m < thread_maps; ++m) {
            const int map =
                map_tile * tile_maps + shared_out(m, thread_maps, map_thread, map_threads);
            if (map >= maps) continue;
            const int k = group * maps + map;
            Vector<Sum, side> out;
#pragma unroll
            for (int j = 0; j < side; ++j)
                out.at[j] = bias ? add(bias[k], sums[m][p + j]) : sums[m][p + j];
            write(output + ((long long)image * groups * maps + k) * output_plane + place, out);
        }
    }
}
