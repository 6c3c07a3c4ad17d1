"""Which device computes, in words; and why a GPU that is there cannot be used, and what helps."""

from __future__ import annotations

import ctypes
import os
import sys
from dataclasses import dataclass
from functools import cache
from importlib import import_module

import numpy as np

from convviz.compute import cuda
from convviz.compute.operands import Array, DeviceArray, is_cupy
from convviz.errors import ArgumentError, short
from convviz.geometry import make_geometry

DEVICES = ("cuda", "cpu")


def device(device: str | None = None) -> str:
    """Say what computes: "CuPy on NVIDIA H200", "NumPy on the CPU: no CUDA device found".

    Parameters
    ----------
    device : "cuda", "cpu" or None
        None: what ``CONVVIZ_DEVICE`` says, else a GPU that can be used, else the CPU.

    Raises
    ------
    ArgumentError
        If ``device`` (or ``CONVVIZ_DEVICE``) asks for a GPU that cannot be used.
    """
    return choose(device)[1]


def choose(device: str | None, input: Array | None = None) -> tuple[str, str]:
    """Which device computes an input, "cuda" or "cpu"; and in words what that is and why.

    ``device`` is as for `device`. A CuPy input is computed where it is, whatever the variable says.
    """
    if device is not None and not (isinstance(device, str) and device in DEVICES):
        raise _unknown(short(device))
    if is_cupy(input):
        return _choose_for_cupy(device, input)
    asked, source = device, f"device={device!r}"
    if device is None and os.environ.get("CONVVIZ_DEVICE"):
        asked = os.environ["CONVVIZ_DEVICE"]
        source = f"CONVVIZ_DEVICE={asked}"
    got = source.removeprefix("device=")
    if asked not in (*DEVICES, None):
        raise _unknown(got)
    if asked == "cpu":
        return "cpu", f"NumPy on the CPU: {source}"
    obstacle = unavailable()
    if obstacle is None:
        return "cuda", f"CuPy on {cuda.device_name()}"
    if asked == "cuda":
        raise ArgumentError("device", got, f"'cpu' here: {obstacle.reason}", obstacle.remedy)
    advice = "" if obstacle.is_expected else f". {obstacle.remedy}"
    return "cpu", f"NumPy on the CPU: {obstacle.reason}{advice}"


def _choose_for_cupy(device: str | None, input: DeviceArray) -> tuple[str, str]:
    if device == "cpu":
        raise ArgumentError(
            "device",
            "'cpu' with a CuPy input",
            "'cuda' or None: a CuPy array is computed where it is",
            "Copy the arrays to the host with cupy.asnumpy.",
        )
    return "cuda", f"CuPy on {cuda.device_name(input.data.device_id)}"


def _unknown(got: str) -> ArgumentError:
    return ArgumentError(
        "device", got, "'cuda', 'cpu' or None for whichever is there", "Choose one of these."
    )


@dataclass(frozen=True)
class Unavailable:
    """Why no GPU can be used, and what to do about it.

    ``is_expected`` means that nothing is wrong with the machine: it simply has no GPU.
    """

    reason: str
    remedy: str
    is_expected: bool = False


@cache
def unavailable() -> Unavailable | None:
    """Find out, once, why no GPU can be used here; None if one can.

    The driver is asked first, which takes a millisecond and no CuPy. Then a convolution is tried:
    a machine may have a GPU and CuPy but no compiler, or no memory left.
    """
    if not _driver_devices():
        return Unavailable(
            "no CUDA device found",
            "Use device='cpu', or a machine with an NVIDIA GPU and its driver.",
            is_expected=True,
        )
    try:
        import_module("cupy")
    except ImportError as error:
        return Unavailable(
            f"there is a CUDA device, but CuPy cannot be imported ({_first_line(error)})",
            "Install it: pip install 'convviz[cuda13]', or 'convviz[cuda12]' for an older driver.",
        )
    try:
        _try_out()
    except Exception as error:  # a GPU can be set up wrongly in many ways; none may stop NumPy
        return _diagnose(error)
    return None


def _driver_devices() -> int:
    """How many CUDA devices the driver shows (CUDA_VISIBLE_DEVICES counts); 0 without a driver."""
    try:
        driver = ctypes.CDLL("nvcuda.dll" if sys.platform == "win32" else "libcuda.so.1")
    except OSError:
        return 0
    count = ctypes.c_int(0)
    if driver.cuInit(0) != 0 or driver.cuDeviceGetCount(ctypes.byref(count)) != 0:
        return 0
    return count.value


def _try_out() -> None:
    """Compile the kernel, launch it and read its result."""
    one = np.ones((1, 1, 1, 1), np.float32)
    output, _ = cuda.convolve(make_geometry(one.shape, 1, (1, 1)), one, one, None)
    if output != 1:
        raise RuntimeError(f"1 × 1 came out as {output}")


def _diagnose(error: Exception) -> Unavailable:
    words = f"{type(error).__name__}: {_first_line(error)}"
    if type(error).__name__ == "OutOfMemoryError" or "memory" in words.lower():
        return Unavailable(
            f"the GPU has no memory left ({words})",
            "Close what holds it (nvidia-smi lists it), then restart the Jupyter kernel.",
        )
    if "nvrtc" in words.lower() and "arch" not in words.lower():
        return Unavailable(
            f"CuPy finds no CUDA compiler, NVRTC ({words})",
            "Install CuPy with the CUDA libraries: pip install 'convviz[cuda13]', or "
            "'convviz[cuda12]' for an older driver.",
        )
    return Unavailable(
        f"CuPy cannot use the GPU ({words})",
        "Update the NVIDIA driver, or install the CuPy that fits it: 'convviz[cuda12]' or "
        "'convviz[cuda13]'. A GPU too old for both computes nothing here; use device='cpu'.",
    )


def _first_line(error: Exception) -> str:
    return (str(error).strip() or "no details").splitlines()[0]
