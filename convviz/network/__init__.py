"""What is to be computed, under TensorRT's names: networks, layers, values, and their export."""
