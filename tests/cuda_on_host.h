// CUDA's words as plain C++, so that the text of a plan runs on the host, one thread of the host
// for one of the block. Addresses that a GPU would refuse are refused here too.

#include <barrier>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
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

static std::barrier<>* block_barrier = nullptr;
static void __syncthreads() { block_barrier->arrive_and_wait(); }

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
