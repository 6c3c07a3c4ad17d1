// What direct.cu and implicit_gemm.cu share: words, vectors of words, reordering the weights, and
// copies to shared memory.
//
// This text is compiled after conv.cu and after the constants of one layer and its tile, which the
// Python modules of the same names choose and explain:
//   Value, Sum                      the types of conv.cu
//   depth, height, width            the layer's axes
//   batch, groups, channels, maps   of the layer; channels and maps per group
//   thread_maps, map_threads        maps of one thread, and threads of a block along the maps
//   chunk                           channels, in words, that are copied at a time
//   resident_blocks                 blocks that one multiprocessor should hold at a time

// ---- Words ----

// A word is what one multiply_add takes: a float, or four int8 channels of one cell packed into an
// int, which the GPU multiplies and adds in one instruction. Integer sums are exact in any order.
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
CONSTANT int vector_width(int count) { return count % 4 == 0 ? 4 : count % 2 == 0 ? 2 : 1; }

constexpr int taps = depth.kernel * height.kernel * width.kernel;  // of one channel
constexpr int words = divide_up(channels, pack);                   // channels, counted in words
constexpr int chunks = words / chunk;                              // exactly
constexpr int plane = depth.size * height.size * width.size;       // cells of an input channel
constexpr int tile_maps = map_threads * thread_maps;               // maps of one block
constexpr int map_tiles = divide_up(maps, tile_maps);
constexpr int weights_size = chunk * taps * tile_maps;  // words of a block's weights for one chunk

// ---- Reordering the weights ----

// One word of a map's weights: `line` is the map, counted over all groups.
__device__ Word weights_word(const Value* kernel, int line, int word) {
    Vector<Value, pack> values = {};
    const int tap = word % taps, channel = word / taps * pack;
    for (int k = 0; k < pack && channel + k < channels; ++k)
        values.at[k] = kernel[((long long)line * channels + channel + k) * taps + tap];
    return reinterpret_cast<Word&>(values);
}

// Put the weights into the order in which the blocks copy them: group, map tile, channel, tap, map.
// Maps that a tile has in excess are zero. A block of 8×32 threads transposes a square: words are
// contiguous in the source, maps in the result.
extern "C" __global__ void reorder_weights(const Value* kernel, Word* reordered) {
    constexpr int side = 32, every_map = map_tiles * tile_maps, every_word = words * taps;
    __shared__ Word square[side][side + 1];
    int rest = blockIdx.x;
    const int first_word = pop_axis(rest, divide_up(every_word, side)) * side;
    const int first_map = pop_axis(rest, divide_up(every_map, side)) * side;
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
            reordered[((long long)tile * every_word + word) * tile_maps + map % tile_maps] =
                square[lane][i];
    }
}

// ---- Copying to shared memory ----

// Start a copy of contiguous words to shared memory; `wait_for_copies` waits for it.
template <int count>
__device__ void copy_async(Word* to, const void* from) {
    const unsigned address = __cvta_generic_to_shared(to);
    if constexpr (count == 4)
        asm volatile("cp.async.cg.shared.global [%0], [%1], 16;" ::"r"(address), "l"(from));
    else
        asm volatile("cp.async.ca.shared.global [%0], [%1], %2;" ::"r"(address), "l"(from),
                     "n"(4 * count));
}
__device__ void wait_for_copies() { asm volatile("cp.async.wait_all;"); }

// All threads of a block copy the weights of one chunk, which are contiguous. `from` is where this
// thread's begin: weight_vector words after the previous thread's.
constexpr int weight_vector = vector_width(weights_size);
template <int threads>
__device__ void copy_weights(Word* to, const Word* from) {
#pragma unroll
    for (int i = 0; i < divide_up(weights_size / weight_vector, threads); ++i) {
        const int word = (i * threads + threadIdx.x) * weight_vector;
        if (word < weights_size)
            copy_async<weight_vector>(to + word, from + i * threads * weight_vector);
    }
}

// ---- Reading and writing several words at once ----

template <int size>
__device__ void read(Word* to, const Word* from) {
    const auto vector = *reinterpret_cast<const Vector<Word, size>*>(from);
#pragma unroll
    for (int k = 0; k < size; ++k) to[k] = vector.at[k];
}

// (Written as a struct, a vector would be taken apart by the compiler.)
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

// A line in shared memory holds `count` words for each thread, interleaved so that a thread reads
// four at a time, then two, then one: the first fours of all threads are contiguous, and so on.
// Where word i of a thread is:
CONSTANT int read_width(int i, int count) {
    return i < count / 4 * 4 ? 4 : i < count / 2 * 2 ? 2 : 1;
}
CONSTANT int interleaved(int i, int count, int thread, int threads) {
    const int size = read_width(i, count), first = i / size * size;
    return first * threads + thread * size + i - first;
}

// Read a thread's words of an interleaved line.
template <int count>
__device__ void read_interleaved(Word (&to)[count], const Word* line, int thread, int threads) {
    constexpr int fours = count / 4 * 4, pairs = count / 2 * 2;
#pragma unroll
    for (int i = 0; i < fours; i += 4)
        read<4>(to + i, line + interleaved(i, count, thread, threads));
    if (fours < pairs) read<2>(to + fours, line + interleaved(fours, count, thread, threads));
    if (pairs < count) to[pairs] = line[interleaved(pairs, count, thread, threads)];
}
