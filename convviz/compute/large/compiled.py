"""A kernel for a large layer, compiled for one plan (plans.py): launched and measured."""

from __future__ import annotations

from convviz.compute.compiler import CONV_CU, compile_source, read_source
from convviz.compute.large.plans import AnyPlan
from convviz.compute.operands import Kernel, Operands

REORDER_THREADS = 256  # of one block of reorder_weights
LAUNCHES = 4  # in one measurement


class CompiledPlan:
    """The kernels of one plan, compiled for the current device."""

    def __init__(self, plan: AnyPlan) -> None:
        module = compile_source(plan_source(plan))
        self.plan = plan
        self._reorder: Kernel = module.get_function("reorder_weights")
        self._kernel: Kernel = module.get_function(plan.source)
        self._shared_bytes = self._kernel.max_dynamic_shared_size_bytes = plan.shared_bytes
        # Worked out once: these stand for sums and products of many numbers.
        self._grid, self._block = (plan.blocks,), (plan.tile.threads,)
        self._reorder_grid = (plan.reorder_blocks,)
        self._reordered_bytes = 4 * plan.reordered_words if plan.needs_reordering else 0
        self._alignment = plan.vector * plan.layer.itemsize

    def accepts(self, operands: Operands) -> bool:
        """Whether the input is aligned so that several columns can be copied at once."""
        return operands[0].ptr % self._alignment == 0

    def launch(self, operands: Operands) -> None:
        """Reorder the weights, if they need it, and compute."""
        import cupy

        input, kernel, bias, output = operands
        weights = kernel
        if self._reordered_bytes:
            weights = cupy.cuda.alloc(self._reordered_bytes)
            self._reorder(self._reorder_grid, (REORDER_THREADS,), (kernel, weights))
        arguments = (input, weights, bias, output)
        self._kernel(self._grid, self._block, arguments, shared_mem=self._shared_bytes)

    def measure(self, operands: Operands) -> float:
        """Return the seconds of one launch: the mean of a few, after one to warm up."""
        import cupy

        self.launch(operands)
        start, stop = cupy.cuda.Event(), cupy.cuda.Event()
        start.record()
        for _ in range(LAUNCHES):
            self.launch(operands)
        stop.record()
        stop.synchronize()
        milliseconds: float = cupy.cuda.get_elapsed_time(start, stop)
        return milliseconds / 1000 / LAUNCHES


def plan_source(plan: AnyPlan) -> str:
    """The text compiled for a plan: conv.cu, the constants, common.cu and the plan's own source."""
    own = (read_source(f"large/{name}") for name in ("common.cu", f"{plan.source}.cu"))
    return "\n".join((read_source(CONV_CU), plan.constants(), *own))
