"""What the notebooks are made with: examples, what TensorRT printed, tables, plots, exercises."""
