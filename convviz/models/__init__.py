"""Layers out of models: read from ONNX, PyTorch and TensorRT, with what reaches each of them."""
