"""The fast CUDA kernels for large layers; README.md explains them."""
