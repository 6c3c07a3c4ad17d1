"""Decides when a fast kernel is compiled for a layer, and which one, for ``cuda`` to use.

An `AutotunedKernel` accompanies a layer from its first launch, and at first leaves every launch to
conv.cu. Once the layer has cost as much time as compiling takes, it compiles the plans that promise
most, measures them, and launches the fastest from then on. README.md explains the kernels.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from convviz.compute.large.compiled import CompiledPlan
from convviz.compute.large.direct import direct_tilings
from convviz.compute.large.implicit_gemm import implicit_gemms
from convviz.compute.large.plans import RESERVED_BYTES, SHARED_BYTES, AnyPlan, LayerShape
from convviz.compute.operands import Operands
from convviz.geometry import Geometry

CONV_CU_RATE = 2e12  # products per second, about what conv.cu computes on a large GPU
COMPILING = 2.0  # seconds, about what compiling and measuring take
TRIALS = 12  # plans that are compiled and measured
COMPILERS = 8  # threads that compile
MEASURING = 0.3  # seconds: an idle GPU needs about that long to reach its full clock rate
OLDEST = 8  # compute capability: older GPUs lack the sources' asynchronous copies

# What proposes plans for each CUDA source.
PLANNERS: dict[str, Callable[[LayerShape], Iterator[AnyPlan]]] = {
    "direct": direct_tilings,
    "implicit_gemm": implicit_gemms,
}


class AutotunedKernel:
    """The fastest of several kernels for one layer on one device, once it is worth compiling them.

    Attributes
    ----------
    fastest : CompiledPlan or None
        What launches the layer; None as long as conv.cu does.
    conv_cu_seconds : float
        About what one launch of conv.cu takes.
    """

    def __init__(self, geometry: Geometry, dtype: np.dtype, device: int) -> None:
        self.fastest: CompiledPlan | None = None
        self.conv_cu_seconds = geometry.tap_count * math.prod(geometry.output_shape) / CONV_CU_RATE
        self._geometry = geometry
        self._itemsize = dtype.itemsize
        self._device = device
        self._spent = 0.0

    def launch(self, operands: Operands) -> bool:
        """Compute, and return True, if there is a fast kernel for these operands by now."""
        if self._is_due():
            self.tune(operands)
        if self.fastest is None or not self.fastest.accepts(operands):
            return False
        self.fastest.launch(operands)
        return True

    def tune(self, operands: Operands) -> None:
        """Compile the most promising plans, if there are any, and keep the fastest."""
        import cupy

        self._spent = COMPILING
        properties = cupy.cuda.runtime.getDeviceProperties(self._device)
        if properties["major"] < OLDEST:
            return
        layer = LayerShape.of(self._geometry, self._itemsize)
        plans = shortlist(candidates(layer, properties["sharedMemPerBlockOptin"]))
        with ThreadPoolExecutor(COMPILERS) as pool:
            compiled = list(pool.map(self._compile, plans))
        self.fastest = fastest([trial for trial in compiled if trial.accepts(operands)], operands)

    def _is_due(self) -> bool:
        """Whether the layer has, with this launch, cost as much time as compiling will.

        Nobody knows how often it will be launched again. Whoever compiles at just this point never
        spends more than twice the time that perfect foresight would have (the ski-rental rule). A
        slider makes a new layer at every step and never gets there.
        """
        if self._spent >= COMPILING:
            return False
        self._spent += self.conv_cu_seconds
        if self._spent < COMPILING:
            return False
        import cupy

        if cupy.cuda.get_current_stream().is_capturing():  # nothing can be measured now
            self._spent = 0.0
            return False
        return True

    def _compile(self, plan: AnyPlan) -> CompiledPlan:
        """Compile a plan, in any thread."""
        import cupy

        with cupy.cuda.Device(self._device):
            return CompiledPlan(plan)


def candidates(
    layer: LayerShape, most_shared: int = SHARED_BYTES - RESERVED_BYTES
) -> list[AnyPlan]:
    """The plans for a layer that can run, the least estimated time first.

    ``most_shared`` is the shared memory, in bytes, that one block may have.
    """
    plans = (plan for planner in PLANNERS.values() for plan in planner(layer))
    fitting = (plan for plan in plans if plan.fits and plan.shared_bytes <= most_shared)
    return sorted(fitting, key=lambda plan: plan.estimated_seconds)


def shortlist(plans: Sequence[AnyPlan]) -> list[AnyPlan]:
    """The first plans of each source: the estimates of different sources compare poorly."""
    sources = dict.fromkeys(plan.source for plan in plans)
    share = TRIALS // max(1, len(sources))
    return [plan for name in sources for plan in [p for p in plans if p.source == name][:share]]


def fastest(trials: Sequence[CompiledPlan], operands: Operands) -> CompiledPlan | None:
    """The trial with the shortest of several measurements; None if there is none.

    They take turns, so that all are measured while the GPU reaches its full clock rate.
    """
    if not trials:
        return None
    shortest = [math.inf] * len(trials)
    stop = time.perf_counter() + MEASURING
    while time.perf_counter() < stop:
        for i, trial in enumerate(trials):
            shortest[i] = min(shortest[i], trial.measure(operands))
    return trials[shortest.index(min(shortest))]
