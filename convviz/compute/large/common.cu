// What tiled.cu and unfolded.cu have in common: words, vectors of them, weights brought into order,
// and copies to the memory that the threads of a block share.
//
// This text is compiled behind conv.cu and the constants of one layer and its tile, which tiling.py
// and unfolding.py choose and explain:
//   Value, Sum                      the types of conv.cu
//   depth, height, width            the layer's axes
//   batch, groups, channels, maps   of the layer; channels and maps of one group
//   thread_maps, map_threads        maps of one thread, and threads of a block along the maps
//   chunk                           channels copied at a time
//   blocks_at_once                  blocks that one multiprocessor should hold

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

// ---- Sizes ----

#define CONSTANT __host__ __device__ constexpr
CONSTANT int divide_up(int a, int b) { return (a + b - 1) / b; }
CONSTANT int round_up(int a, int b) { return divide_up(a, b) * b; }
CONSTANT int divisor(int a) { return a % 4 == 0 ? 4 : a % 2 == 0 ? 2 : 1; }

constexpr int taps = depth.kernel * height.kernel * width.kernel;  // of one channel
constexpr int words = divide_up(channels, pack);                   // channels, counted in words
constexpr int chunks = words / chunk;                              // without a rest
constexpr int plane = depth.size * height.size * width.size;       // cells of an input channel
constexpr int tile_maps = map_threads * thread_maps;               // maps of one block
constexpr int map_tiles = divide_up(maps, tile_maps);
constexpr int weights_size = chunk * taps * tile_maps;  // words of a block's weights for one chunk

// ---- Preparing the weights ----

// One word of a map's weights: `line` is the map, counted over all groups.
__device__ Word weights_word(const Value* kernel, int line, int word) {
    Vector<Value, pack> values = {};
    const int tap = word % taps, channel = word / taps * pack;
    for (int k = 0; k < pack && channel + k < channels; ++k)
        values.at[k] = kernel[((long long)line * channels + channel + k) * taps + tap];
    return reinterpret_cast<Word&>(values);
}

// Bring the weights into the order in which the blocks copy them: group, map tile, channel, tap,
// map. Maps that a tile has too many are zero. A block of 8×32 threads turns a square over: words
// lie side by side before, maps after.
extern "C" __global__ void prepare(const Value* kernel, Word* prepared) {
    constexpr int side = 32, every_map = map_tiles * tile_maps, every_word = words * taps;
    __shared__ Word square[side][side + 1];
    int rest = blockIdx.x;
    const int first_word = take(rest, divide_up(every_word, side)) * side;
    const int first_map = take(rest, divide_up(every_map, side)) * side;
    const int group = rest, lane = threadIdx.x % side, line = threadIdx.x / side;
#pragma unroll
    for (int i = line; i < side; i += 8) {
        const int map = first_map + i, word = first_word + lane;
        square[i][lane] = map < maps && word < every_word
                              ? weights_word(kernel, group * maps + map, word)
                              : Word(0);
    }
    __syncthreads();
#pragma unroll
    for (int i = line; i < side; i += 8) {
        const int map = first_map + lane, word = first_word + i;
        const int tile = group * map_tiles + map / tile_maps;
        if (map < every_map && word < every_word)
            prepared[((long long)tile * every_word + word) * tile_maps + map % tile_maps] =
                square[lane][i];
    }
}

// ---- Copying to shared memory ----

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
__device__ void wait_for_copies() { asm volatile("cp.async.wait_all;"); }

// All threads of a block copy the weights of one chunk, which lie together. `from` is where those
// of this thread begin: weight_vector words for each thread before it.
constexpr int weight_vector = divisor(weights_size);
template <int threads>
__device__ void copy_weights(Word* to, const Word* from) {
#pragma unroll
    for (int i = 0; i < divide_up(weights_size / weight_vector, threads); ++i) {
        const int word = (i * threads + threadIdx.x) * weight_vector;
        if (word < weights_size)
            copy_later<weight_vector>(to + word, from + i * threads * weight_vector);
    }
}

// ---- Reading and writing several words at once ----

template <int size>
__device__ void read(Word* to, const Word* from) {
    const auto some = *reinterpret_cast<const Vector<Word, size>*>(from);
#pragma unroll
    for (int k = 0; k < size; ++k) to[k] = some.at[k];
}

// (Written as a struct, the compiler would take a vector apart.)
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

// A block shares `count` words for each of its threads out so that they are read four at once, and
// then two, and one: all threads' first fours lie together, and so on. Where word i of a thread is:
CONSTANT int read_with(int i, int count) {
    return i < count / 4 * 4 ? 4 : i < count / 2 * 2 ? 2 : 1;
}
CONSTANT int shared_out(int i, int count, int thread, int threads) {
    const int size = read_with(i, count), first = i / size * size;
    return first * threads + thread * size + i - first;
}

// Read a thread's words of a line that is shared out so.
template <int count>
__device__ void fetch(Word (&to)[count], const Word* line, int thread, int threads) {
    constexpr int fours = count / 4 * 4, pairs = count / 2 * 2;
#pragma unroll
    for (int i = 0; i < fours; i += 4) read<4>(to + i, line + shared_out(i, count, thread, threads));
    if (fours < pairs) read<2>(to + fours, line + shared_out(fours, count, thread, threads));
    if (pairs < count) to[pairs] = line[shared_out(pairs, count, thread, threads)];
}
