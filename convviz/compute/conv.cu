// The convolution of TensorRT's convolution layer: one thread computes one output element.
//
// Every element is the sum of its taps in the weights' memory order (channel, depth, row, column),
// one fused multiply-add per tap, starting at +0; the bias is added last. cpu.py does the same.
//
// A 2-D layer is a 3-D layer of depth 1. `Value` is the type of inputs and weights, `Sum` that of
// sums, bias and outputs: <float, float> or <signed char, int>. `Index` is int, or long long where
// a count or a position does not fit in 32 bits.

struct Axis {      // one spatial axis; geometry.Axis in Python, whose `index` is the rule below
    int size;      // cells of the input
    int kernel;    // taps
    int stride;    // input cells from one window to the next
    int dilation;  // input cells from one tap to the next
    int pre;       // zeros before the data
    int output;    // elements of the output
};

struct Layer {
    long long outputs;  // elements of the whole output, over all items of the batch
    int groups;
    int channels;  // input channels per group
    int maps;      // output maps per group
    Axis depth, height, width;
};

// One step of a sum. A float product is not rounded before it is added, and "ieee" keeps subnormal
// numbers (CuPy compiles with -ftz=true, which would flush them to zero). Integers wrap around.
__device__ float multiply_add(float x, float w, float sum) { return __fmaf_ieee_rn(x, w, sum); }
__device__ int multiply_add(signed char x, signed char w, int sum) { return x * w + sum; }

// A plain addition: the product with one is exact, and the sum is rounded once.
__device__ float add(float bias, float sum) { return __fmaf_ieee_rn(bias, 1.0f, sum); }
__device__ int add(int bias, int sum) { return bias + sum; }

// Remove the fastest axis, of `size`, from a flat index and return the position along it.
template <typename Index>
__device__ Index pop_axis(Index& flat, int size) {
    if (size == 1) return 0;  // saves a division, which is slow
    Index rest = flat / size;
    Index position = flat - rest * size;
    flat = rest;
    return position;
}

// The input cell that weight `tap` meets when the window stands at `output`.
template <typename Index>
__device__ Index cell(const Axis& axis, Index output, int tap) {
    return output * axis.stride - axis.pre + Index(tap) * axis.dilation;
}

template <typename Index>
__device__ bool inside(const Axis& axis, Index cell) {
    return 0 <= cell && cell < axis.size;
}

// `side` is 3 for a kernel of 1×3×3, the most common: knowing this, the compiler unrolls the loops
// and reads all nine cells before it adds the first product. It is 0 for every other kernel.
template <typename Value, typename Sum, typename Index, int side>
__global__ void convolve(const Value* input, const Value* kernel, const Sum* bias, Sum* output,
                         const Layer layer) {
    constexpr int at_once = 4;  // taps read together
    const Axis &depth = layer.depth, &height = layer.height, &width = layer.width;
    const int slices = side ? 1 : depth.kernel;
    const int rows = side ? side : height.kernel;
    const int columns = side ? side : width.kernel;
    const Index i = Index(blockIdx.x) * blockDim.x + threadIdx.x;
    if (i >= Index(layer.outputs)) return;

    // Which output element this is: its position in (batch, map, depth, row, column).
    Index rest = i;
    const Index column = pop_axis(rest, width.output);
    const Index row = pop_axis(rest, height.output);
    const Index slice = pop_axis(rest, depth.output);
    const Index map = pop_axis(rest, layer.maps * layer.groups);
    const Index batch = rest;
    const Index first_channel = (batch * layer.groups + map / layer.maps) * layer.channels;

    // Its sum. `weight` walks the map's weights row by row, in memory order.
    const Value* weight = kernel + map * layer.channels * slices * rows * columns;
    Sum sum = 0;
    for (int c = 0; c < layer.channels; ++c)
        for (int t = 0; t < slices; ++t)
#pragma unroll(side ? side : 1)
            for (int r = 0; r < rows; ++r) {
                const Index z = cell(depth, slice, t), y = cell(height, row, r);
                const bool data = inside(depth, z) && inside(height, y);
                const Index line =
                    data ? ((first_channel + c) * depth.size + z) * height.size + y : 0;
                // Four taps are read before the first is added: one wait for memory, not four.
                for (int s = 0; s < columns; s += at_once) {
                    Value values[at_once], weights[at_once];
#pragma unroll
                    for (int j = 0; j < at_once; ++j) {
                        const Index x = cell(width, column, s + j);
                        const bool tap = s + j < columns;
                        weights[j] = tap ? weight[s + j] : Value(0);
                        // Padding is multiplied like any zero: it can decide a zero sum's sign.
                        values[j] = tap && data && inside(width, x)
                                        ? input[line * width.size + x]
                                        : Value(0);
                    }
#pragma unroll
                    for (int j = 0; j < at_once; ++j)
                        if (s + j < columns)
                            sum = multiply_add(values[j], weights[j], sum);
                }
                weight += columns;
            }
    output[i] = bias ? add(bias[map], sum) : sum;
}
