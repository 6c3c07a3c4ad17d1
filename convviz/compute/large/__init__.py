"""The fast CUDA kernels for large layers; README.md beside this file explains them."""
