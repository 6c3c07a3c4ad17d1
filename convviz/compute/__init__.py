"""The numbers: one convolution on a GPU or on the CPU, with the same bits."""
