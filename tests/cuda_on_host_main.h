// Runs `prepare` and `compute` over arrays from files. Behind the plan's text and its counts.

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

// Run all blocks, one after another, each with its threads at once.
template <typename Kernel>
static void launch(int blocks, int block_threads, Kernel kernel) {
    std::barrier<> barrier(block_threads);
    block_barrier = &barrier;
    std::vector<std::thread> block;
    for (int t = 0; t < block_threads; ++t)
        block.emplace_back([=] {
            threadIdx.x = t;
            for (blockIdx.x = 0; blockIdx.x < blocks; ++blockIdx.x) {
                kernel();
                __syncthreads();
                if (t == 0) memset(shared_vectors, poison, shared_bytes);
                __syncthreads();
            }
        });
    for (std::thread& thread : block) thread.join();
}

int main() {
    const Value* input = load<Value>("input", input_count);
    const Value* kernel = load<Value>("kernel", kernel_count);
    const Sum* bias = load<Sum>("bias", bias_count);
    Sum* output = allocate<Sum>(output_count);
    Word* prepared = allocate<Word>(prepared_count);
    if (is_prepared)
        memcpy(prepared, kernel, sizeof(Word) * prepared_count);
    else
        launch(prepare_block_count, 256, [=] { prepare(kernel, prepared); });
    launch(block_count, threads, [=] { compute(input, prepared, bias, output); });

    FILE* file = fopen("output", "wb");
    if (!file || fwrite(output, sizeof(Sum), output_count, file) != output_count) abort();
    fclose(file);
}
