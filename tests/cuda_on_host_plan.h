// Runs one plan over arrays from files. Included in the plan's namespace, after its text and counts.

static_assert(shared_bytes % 16 == 0, "shared memory is an array of vectors of four words");
Vector<Word, 4> shared_vectors[shared_bytes / 16];

static void run() {
    const Value* input = load<Value>("input", input_count);
    const Value* kernel = load<Value>("kernel", kernel_count);
    const Sum* bias = load<Sum>("bias", bias_count);
    Sum* output = allocate<Sum>(output_count);
    Word* reordered = allocate<Word>(reordered_count);
    if (needs_reordering)
        launch(reorder_block_count, 256, nullptr, 0, [=] { reorder_weights(kernel, reordered); });
    else
        memcpy(reordered, kernel, sizeof(Word) * reordered_count);
    launch(block_count, threads, shared_vectors, shared_bytes,
           [=] { compute(input, reordered, bias, output); });
    save("output", output, output_count);
}
