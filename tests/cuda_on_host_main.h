// Runs `prepare` and `tiled` over arrays from files. Behind tiled.cu and the counts of the case.

constexpr int poison = 0x55;  // memory that nobody has written
Vector<Word, 4> shared_vectors[shared_bytes / 16 + 1];

template <typename T>
static T* allocate(size_t count) {  // of just this size: the address sanitizer watches its ends
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

int main() {
    const Value* input = load<Value>("input", input_count);
    const Value* kernel = load<Value>("kernel", kernel_count);
    const Sum* bias = load<Sum>("bias", bias_count);
    Sum* output = allocate<Sum>(output_count);
    Word* prepared = allocate<Word>(prepared_count);
    blockDim.x = 1;
    for (blockIdx.x = 0; blockIdx.x < prepared_count && !is_prepared; ++blockIdx.x)
        prepare(kernel, prepared);
    if (is_prepared) memcpy(prepared, kernel, sizeof(Word) * prepared_count);

    std::barrier<> barrier(threads);
    block_barrier = &barrier;
    std::vector<std::thread> block;
    for (int t = 0; t < threads; ++t)
        block.emplace_back([=] {
            threadIdx.x = t;
            for (blockIdx.x = 0; blockIdx.x < block_count; ++blockIdx.x) {
                tiled(input, prepared, bias, output);
                __syncthreads();
                if (t == 0) memset(shared_vectors, poison, shared_bytes);
                __syncthreads();
            }
        });
    for (std::thread& thread : block) thread.join();

    FILE* file = fopen("output", "wb");
    if (!file || fwrite(output, sizeof(Sum), output_count, file) != output_count) abort();
    fclose(file);
}
