"""convviz's convolution against cuDNN (through PyTorch) on a GPU, or SciPy and PyTorch on the CPU.

    python benchmarks/compute.py          # on an NVIDIA GPU: needs CuPy and PyTorch
    python benchmarks/compute.py --cpu    # needs SciPy; PyTorch if it is there

All numbers of one table come from one run. On the GPU: float32 with TF32 off and cuDNN's benchmark
mode on; CUDA graphs of 24 calls, timed by device events after a warm-up; medians of 7; inputs that
rotate through more memory than the cache holds. "bits" compares with conv.cu, the plain order of
the sums; "cuDNN's" says whether cuDNN's output has these bits too.
"""

from __future__ import annotations

import argparse
import math
import platform
import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from convviz.compute import cuda
from convviz.compute.convolve import convolve
from convviz.compute.device import device, unavailable
from convviz.geometry import Geometry, make_geometry

CALLS = 24  # in one graph
REPEATS = 7
ROTATED = 200e6  # bytes of inputs, several times an H200's cache


@dataclass(frozen=True)
class Row:
    """One layer of the table; ``listed`` rows are the budget's, the rest were chosen to be hard."""

    name: str
    input: tuple[int, ...]
    maps: int
    kernel: tuple[int, ...]
    stride: int = 1
    padding: int = 0
    dilation: int = 1
    groups: int = 1
    dtype: str = "float32"
    listed: bool = False

    @property
    def rank(self) -> int:
        """The number of spatial axes."""
        return len(self.kernel)

    @property
    def geometry(self) -> Geometry:
        """The layer's geometry."""
        return make_geometry(
            self.input,
            self.maps,
            self.kernel,
            stride_nd=(self.stride,) * self.rank,
            pre_padding=(self.padding,) * self.rank,
            post_padding=(self.padding,) * self.rank,
            dilation_nd=(self.dilation,) * self.rank,
            num_groups=self.groups,
        )


PHOTO = (1, 3, 2160, 3840)
ROWS = [
    Row("reference input 3×3", (1, 1, 6, 9), 1, (3, 3), listed=True),
    Row("4K photo per channel 3×3", PHOTO, 3, (3, 3), 1, 1, groups=3, listed=True),
    Row("4K photo per channel 5×5", PHOTO, 3, (5, 5), 1, 2, groups=3, listed=True),
    Row("4K photo per channel 11×11", PHOTO, 3, (11, 11), 1, 5, groups=3, listed=True),
    Row("4096² 7×7 dilated by 2", (1, 1, 4096, 4096), 1, (7, 7), 1, 6, 2, listed=True),
    Row("32×3×224² 7×7 s2 to 64", (32, 3, 224, 224), 64, (7, 7), 2, 3, listed=True),
    Row("32×64×56² 3×3", (32, 64, 56, 56), 64, (3, 3), 1, 1, listed=True),
    Row("32×256×14² 3×3", (32, 256, 14, 14), 256, (3, 3), 1, 1, listed=True),
    Row("32×256×56² 1×1 to 64", (32, 256, 56, 56), 64, (1, 1), listed=True),
    Row("32×256×28² 3×3 in 32 groups", (32, 256, 28, 28), 256, (3, 3), 1, 1, 1, 32, listed=True),
    Row("32×256×56² 3×3 depthwise", (32, 256, 56, 56), 256, (3, 3), 1, 1, 1, 256, listed=True),
    Row("16×64×128² 3×3×3", (1, 16, 64, 128, 128), 16, (3, 3, 3), 1, 1, listed=True),
    Row("256³ 3×3×3", (1, 1, 256, 256, 256), 1, (3, 3, 3), 1, 1, listed=True),
    Row("32×512×7² 1×1 to 2048", (32, 512, 7, 7), 2048, (1, 1)),
    Row("1×512×14² 3×3", (1, 512, 14, 14), 512, (3, 3), 1, 1),
    Row("1×2048×7² 1×1 to 512", (1, 2048, 7, 7), 512, (1, 1)),
    Row("32×128×56² 3×3 s2 to 256", (32, 128, 56, 56), 256, (3, 3), 2, 1),
    Row("8×128×64² 3×3 dilated by 4", (8, 128, 64, 64), 128, (3, 3), 1, 4, 4),
    Row("32×128×56² 3×3 in groups of 4", (32, 128, 56, 56), 128, (3, 3), 1, 1, 1, 32),
    Row("32×256×56² 5×5 s2 depthwise", (32, 256, 56, 56), 256, (5, 5), 2, 2, 1, 256),
    Row("8×64×96² 3×3×3 dilated by 2", (1, 8, 64, 96, 96), 8, (3, 3, 3), 1, 2, 2),
    Row("int8 32×64×56² 3×3", (32, 64, 56, 56), 64, (3, 3), 1, 1, dtype="int8"),
    Row("int8 32×256×14² 3×3", (32, 256, 14, 14), 256, (3, 3), 1, 1, dtype="int8"),
    Row("int8 32×256×56² 1×1 to 64", (32, 256, 56, 56), 64, (1, 1), dtype="int8"),
    Row("int8 4K photo 3×3", (3, 1, 2160, 3840), 1, (3, 3), 1, 1, dtype="int8"),
]


def on_gpu() -> None:
    """Print the GPU's tables."""
    import cupy
    import torch

    torch.backends.cudnn.allow_tf32 = torch.backends.cuda.matmul.allow_tf32 = False
    torch.backends.cudnn.benchmark = True
    version = torch.backends.cudnn.version()
    print(
        f"{time.strftime('%Y-%m-%d')}, {device('cuda')}, CuPy {cupy.__version__}, "
        f"PyTorch {torch.__version__}, cuDNN {version}, Python {platform.python_version()}"
    )
    copied, multiplied = copy_rate(), multiply_rate()
    print(f"copy {copied / 1e12:.2f} TB/s, float32 {multiplied / 1e12:.1f} TFLOP/s, measured\n")
    print(
        "| layer | cuDNN µs | convviz µs | ratio | of the copy's bandwidth | of the arithmetic "
        "| bits | cuDNN's |\n| --- | --: | --: | --: | --: | --: | --- | --- |"
    )
    ratios = {row: print_row(row, copied, multiplied) for row in ROWS}
    float32 = [row for row in ROWS if row.dtype == "float32"]
    for name, rows in (
        ("listed rows", [row for row in float32 if row.listed]),
        ("all float32", float32),
    ):
        values = [ratios[row] for row in rows]
        mean = math.exp(statistics.fmean(map(math.log, values)))
        print(f"\ngeometric mean of the ratios, {name}: {mean:.2f}; smallest {min(values):.2f}")
    print("\nint8 rows: cuDNN's time is that of float32, since PyTorch has no int8 convolution.\n")
    small_calls()


def print_row(row: Row, copied: float, multiplied: float) -> float:
    """Print a line of the table, given the measured rates; return cuDNN's time over ours."""
    peer, ours, exact, peer_exact = time_row(row)
    geometry = row.geometry
    moved = np.dtype(row.dtype).itemsize * (math.prod(row.input) + geometry.weight_count)
    moved += 4 * math.prod(geometry.output_shape)
    operations = 2 * math.prod(geometry.output_shape) * geometry.tap_count
    print(
        f"| {row.name} | {peer * 1e6:.1f} | {ours * 1e6:.1f} | {peer / ours:.2f} | "
        f"{moved / ours / copied:.0%} | {operations / ours / multiplied:.0%} | "
        f"{'same' if exact else 'DIFFER'} | {'same' if peer_exact else 'other'} |",
        flush=True,
    )
    return peer / ours


def time_row(row: Row) -> tuple[float, float, bool, bool]:
    """Seconds of cuDNN and of convviz, whether ours has conv.cu's bits, and whether cuDNN's has."""
    import cupy
    import torch

    geometry = row.geometry
    generator = torch.Generator("cuda").manual_seed(1)
    count = max(2, min(CALLS, int(ROTATED // (4 * math.prod(row.input))) + 1))
    draw = {"device": "cuda", "generator": generator}
    inputs = [torch.randn(row.input, **draw) for _ in range(count)]
    kernel = torch.randn(geometry.kernel_shape, **draw)
    theirs, peer = time_cudnn(row, inputs, kernel)
    if row.dtype == "int8":
        inputs = [(30 * x).clamp(-128, 127).to(torch.int8) for x in inputs]
        kernel = (30 * kernel).clamp(-128, 127).to(torch.int8)
    arrays, weights = [cupy.from_dlpack(x) for x in inputs], cupy.from_dlpack(kernel)
    expected = tune(geometry, arrays[0], weights)
    output, _ = cuda.convolve(geometry, arrays[0], weights, None)
    exact = bool((output.view(np.int32) == expected.view(np.int32)).all())
    same = cupy.from_dlpack(theirs).view(np.int32) == expected.view(np.int32)
    peer_exact = row.dtype == "float32" and bool(same.all())
    del output, expected, theirs, same
    ours = median(
        graph_seconds(lambda i: cuda.convolve(geometry, arrays[i % count], weights, None))
    )
    arrays = inputs = None
    cupy.get_default_memory_pool().free_all_blocks()
    torch.cuda.empty_cache()
    return peer, ours / CALLS, exact, peer_exact


def time_cudnn(row: Row, inputs: list, kernel: object) -> tuple[object, float]:
    """Return the output of PyTorch's convolution, by cuDNN, and the seconds of one call."""
    import torch

    function = torch.nn.functional.conv2d if row.rank == 2 else torch.nn.functional.conv3d
    parameters = (None, row.stride, row.padding, row.dilation, row.groups)
    with torch.inference_mode():
        output = function(inputs[0], kernel, *parameters)
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph):
            for i in range(CALLS):
                function(inputs[i % len(inputs)], kernel, *parameters)
        return output, median(torch_seconds(graph.replay)) / CALLS


def tune(geometry: Geometry, input: Any, kernel: Any) -> Any:
    """Have the layer's fast kernel compiled, if there are any; return the output of conv.cu."""
    import cupy

    launcher = cuda.launcher_of(geometry, kernel.dtype)
    output = cupy.empty(geometry.output_shape, launcher.sum_type)
    operands = (input.data, kernel.data, None, output.data)
    if launcher.autotuned is not None:
        launcher.autotuned.tune(operands)
    launcher.launch_conv_cu(operands)
    return output


def torch_seconds(replay: Callable[[], None]) -> Iterator[float]:
    """Seconds of each replay, by PyTorch's events."""
    import torch

    replay()
    for _ in range(REPEATS):
        start, stop = (torch.cuda.Event(enable_timing=True) for _ in range(2))
        start.record()
        replay()
        stop.record()
        stop.synchronize()
        yield start.elapsed_time(stop) / 1000


def graph_seconds(call: Callable[[int], object]) -> Iterator[float]:
    """Seconds of each replay of a graph of calls, by CuPy's events."""
    import cupy

    stream = cupy.cuda.Stream(non_blocking=True)
    with stream:
        for i in range(CALLS):
            call(i)
        stream.synchronize()
        stream.begin_capture()
        for i in range(CALLS):
            call(i)
        graph = stream.end_capture()
        graph.launch(stream)
        for _ in range(REPEATS):
            start, stop = cupy.cuda.Event(), cupy.cuda.Event()
            start.record(stream)
            graph.launch(stream)
            stop.record(stream)
            stop.synchronize()
            yield cupy.cuda.get_elapsed_time(start, stop) / 1000


def copy_rate() -> float:
    """Bytes read and written a second by a large copy on the device."""
    import cupy

    there, here = (cupy.empty(1 << 30, np.uint8) for _ in range(2))

    stream = cupy.cuda.get_current_stream()

    def seconds() -> float:
        start, stop = cupy.cuda.Event(), cupy.cuda.Event()
        start.record()
        for _ in range(CALLS):
            here.data.copy_from_device_async(there.data, there.nbytes, stream)
        stop.record()
        stop.synchronize()
        return cupy.cuda.get_elapsed_time(start, stop) / 1000 / CALLS

    seconds()
    return 2 * there.nbytes / median(seconds() for _ in range(REPEATS))


MULTIPLY = """
extern "C" __global__ void multiply(float* out) {
    float sums[16];
    for (int i = 0; i < 16; ++i) sums[i] = threadIdx.x + i;
    for (int n = 0; n < 4096; ++n)
#pragma unroll
        for (int i = 0; i < 16; ++i) sums[i] = fmaf(sums[i], 0.999f, 1e-3f);
    float sum = 0;
    for (int i = 0; i < 16; ++i) sum += sums[i];
    out[blockIdx.x * blockDim.x + threadIdx.x] = sum;
}
"""


def multiply_rate() -> float:
    """Operations a second of fused multiply-adds in registers, two each."""
    import cupy

    blocks, threads = 132 * 16, 256
    out = cupy.empty(blocks * threads, np.float32)
    kernel = cupy.RawKernel(MULTIPLY, "multiply")
    seconds = median(graph_seconds(lambda _: kernel((blocks,), (threads,), (out,)))) / CALLS
    return 2 * 4096 * 16 * blocks * threads / seconds


def small_calls() -> None:
    """Print what one call on the reference input takes from start to end."""
    import cupy
    import torch

    data, kernel = np.ones((1, 1, 6, 9), np.float32), np.ones((1, 1, 3, 3), np.float32)
    tensors = torch.from_numpy(data), torch.from_numpy(kernel)
    arrays = cupy.asarray(data), cupy.asarray(kernel)
    on_device = [tensor.cuda() for tensor in tensors]
    conv = torch.nn.functional.conv2d
    calls = {
        "PyTorch, NumPy to NumPy": lambda: conv(*(t.cuda() for t in tensors)).cpu().numpy(),
        "convviz, NumPy to NumPy": lambda: convolve(data, kernel, device="cuda"),
        "convviz on the CPU": lambda: convolve(data, kernel, device="cpu"),
        "PyTorch, on the device": lambda: conv(*on_device),
        "convviz, CuPy to CuPy": lambda: convolve(*arrays),
    }
    print("| reference input, one call | µs |\n| --- | --: |")
    with torch.inference_mode():
        for name, call in calls.items():
            print(f"| {name} | {wall_seconds(call) * 1e6:.1f} |")
            torch.cuda.synchronize()


def wall_seconds(call: Callable[[], object], calls: int = 1000) -> float:
    """Median seconds of a call, by the host's clock."""
    for _ in range(20):
        call()
    seconds = []
    for _ in range(REPEATS):
        start = time.perf_counter()
        for _ in range(calls):
            call()
        seconds.append((time.perf_counter() - start) / calls)
    return median(seconds)


def on_cpu() -> None:
    """Print the CPU's table."""
    from scipy import signal

    try:
        import torch
    except ImportError:
        torch = None
    print(f"{time.strftime('%Y-%m-%d')}, {platform.processor() or platform.machine()}")
    print(f"NumPy {np.__version__}, PyTorch {torch and torch.__version__}\n")
    print("| layer | scipy.signal ms | PyTorch ms | convviz ms |\n| --- | --: | --: | --: |")
    rng = np.random.default_rng(1)
    for name, shape, maps, size in (
        ("reference input 3×3", (1, 1, 6, 9), 1, 3),
        ("512² photo to one map 3×3", (1, 3, 512, 512), 1, 3),
        ("512² photo to three maps 3×3", (1, 3, 512, 512), 3, 3),
        ("512² photo to three maps 7×7", (1, 3, 512, 512), 3, 7),
    ):
        data = rng.standard_normal(shape).astype(np.float32)
        kernel = rng.standard_normal((maps, shape[1], size, size)).astype(np.float32)
        tensors = torch and [torch.from_numpy(a) for a in (data, kernel)]
        calls = 200 if data.size < 1000 else 1
        times = [
            wall_seconds(lambda d=data, k=kernel: correlate(signal, d, k), calls),
            torch and wall_seconds(lambda t=tensors: torch.nn.functional.conv2d(*t), calls),
            wall_seconds(lambda d=data, k=kernel: convolve(d, k, device="cpu"), calls),
        ]
        shown = " | ".join("–" if t is None else f"{t * 1e3:.2f}" for t in times)
        print(f"| {name} | {shown} |", flush=True)


def correlate(signal: object, data: np.ndarray, kernel: np.ndarray) -> list[np.ndarray]:
    """The same layer with scipy.signal, channel by channel."""
    return [
        sum(signal.correlate(plane, w, "valid") for plane, w in zip(data[0], weights, strict=True))
        for weights in kernel
    ]


def median(values: Iterator[float] | list[float]) -> float:
    return statistics.median(list(values))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cpu", action="store_true", help="measure the CPU instead of the GPU")
    on_cpu() if parser.parse_args().cpu or unavailable() else on_gpu()
