// CUDA's vocabulary in plain C++, so that the text of a plan runs on the host: one thread of the
// host for each thread of a block, one block after another. Addresses that a GPU would refuse are
// refused here too.

#include <math.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <thread>
#include <vector>

#define __device__
#define __host__
#define __global__
#define __shared__ static
#define __launch_bounds__(...)

struct Three {
    int x, y, z;
};
static thread_local Three threadIdx, blockIdx, blockDim, gridDim;

static pthread_barrier_t block_barrier;
static void __syncthreads() { pthread_barrier_wait(&block_barrier); }

static float __fmaf_ieee_rn(float x, float w, float sum) { return fmaf(x, w, sum); }
static int __dp4a(int x, int w, int sum) {
    for (int k = 0; k < 32; k += 8) sum += (signed char)(x >> k) * (signed char)(w >> k);
    return sum;
}

struct alignas(16) float4 { float x, y, z, w; };
struct alignas(16) int4 { int x, y, z, w; };
struct alignas(8) float2 { float x, y; };
struct alignas(8) int2 { int x, y; };
static float4 make_float4(float x, float y, float z, float w) { return {x, y, z, w}; }
static int4 make_int4(int x, int y, int z, int w) { return {x, y, z, w}; }
static float2 make_float2(float x, float y) { return {x, y}; }
static int2 make_int2(int x, int y) { return {x, y}; }

static void check_aligned(const void* address, size_t bytes) {
    if ((uintptr_t)address % bytes == 0) return;
    fprintf(stderr, "misaligned: %p is no multiple of %zu\n", address, bytes);
    abort();
}

template <typename T>
static void __stwb(T* to, T value) {
    check_aligned(to, sizeof(T));
    *to = value;
}

static void copy_at_once(void* to, const void* from, int bytes) {  // cp.async
    check_aligned(to, bytes);
    check_aligned(from, bytes);
    memcpy(to, from, bytes);
}

// ---- What surrounds the kernels ----

constexpr int poison = 0x55;  // memory that nobody has written

template <typename T>
static T* allocate(size_t count) {  // exactly this size: the address sanitizer watches its ends
    void* memory = nullptr;
    if (posix_memalign(&memory, 256, count * sizeof(T))) abort();
    memset(memory, poison, count * sizeof(T));
    return (T*)memory;
}

template <typename T>
static T* load(const char* name, size_t count) {
    if (count == 0) return nullptr;
    T* array = allocate<T>(count);
    FILE* file = fopen(name, "rb");
    if (!file || fread(array, sizeof(T), count, file) != count) abort();
    fclose(file);
    return array;
}

template <typename T>
static void save(const char* name, const T* array, size_t count) {
    FILE* file = fopen(name, "wb");
    if (!file || fwrite(array, sizeof(T), count, file) != count) abort();
    fclose(file);
}

// Run all blocks; no block finds in shared memory what another left there.
template <typename Kernel>
static void launch(int blocks, int threads, void* shared, size_t shared_bytes, Kernel kernel) {
    pthread_barrier_init(&block_barrier, nullptr, threads);
    std::vector<std::thread> block;
    for (int t = 0; t < threads; ++t)
        block.emplace_back([=] {
            threadIdx.x = t;
            for (blockIdx.x = 0; blockIdx.x < blocks; ++blockIdx.x) {
                if (t == 0) memset(shared, poison, shared_bytes);
                __syncthreads();
                kernel();
                __syncthreads();
            }
        });
    for (std::thread& thread : block) thread.join();
    pthread_barrier_destroy(&block_barrier);
}
