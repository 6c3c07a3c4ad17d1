"""Whatever a browser sends, and whatever becomes of it, an explorer never tells an untruth.

A machine sends messages, good, bad and absurd, sets the layer as cells do, and lets computations
fail. After each of these steps layer, controls and picture agree, or the words say why not.
``pytest --hypothesis-profile thorough`` goes on for longer.
"""

from __future__ import annotations

from contextlib import suppress
from unittest import mock

import numpy as np
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

import convviz as cv
from convviz.errors import ArgumentError
from convviz.network import kernels
from convviz.network.network import Network
from convviz.parameters import PaddingMode
from convviz.widget.explorer import Explorer

ITEMS = 2
DATA = np.arange(ITEMS * 2 * 20, dtype=np.float32).reshape(ITEMS, 2, 4, 5)
KERNEL = np.arange(8, dtype=np.float32).reshape(1, 2, 2, 2)

NAMES = [
    *("request", "control", "text", "place", "together", "action", "tensor", "index"),
    *("prefetch", "fetch", "save", "step", "theme", "ping"),
]
CONTROLS = [
    *(
        f"{name} {axis}"
        for name in (
            *("kernel_size_nd", "stride_nd", "dilation_nd"),
            *("padding_nd", "pre_padding", "post_padding"),
        )
        for axis in ("height", "width")
    ),
    *("num_output_maps", "num_groups", "padding_mode", "input scale", "kernel scale", "kernel"),
]
INTEGERS = st.integers(-2, 5) | st.sampled_from([17, 20, 40, 99, 10**9, 10**30])
TEXTS = (
    INTEGERS.map(str)
    | st.sampled_from(
        ["", "nan", "1e40", "-inf", "0.5", "two", "1_0", "SAME_UPPER", "reset", "own"]
    )
    | st.sampled_from(kernels.NAMES)
    | st.sampled_from([mode.name for mode in PaddingMode])
)
JUNK = st.none() | st.booleans() | st.floats() | INTEGERS | TEXTS | st.lists(INTEGERS, max_size=2)


class Messages(RuleBasedStateMachine):
    """A browser, a notebook and a machine short of memory, at one explorer."""

    def __init__(self) -> None:
        super().__init__()
        self.count = 0

    @initialize(quantized=st.booleans(), item=st.integers(0, ITEMS - 1))
    def explore(self, quantized: bool, item: int) -> None:
        scales = {"input_scale": 0.5, "kernel_scale": 0.25} if quantized else {}
        self.item = item
        self.explorer = cv.explore(DATA, KERNEL, [1], item=item, **scales)
        self.first = self.shown()

    def teardown(self) -> None:
        self.explorer.close()

    def shown(self) -> tuple[object, ...]:
        """What a stage shows, but for times and counts."""
        stage = self.explorer.stage
        told = [stage.controls[name] for name in ("parameters", "others", "together")]
        return {**stage.scene, "duration": ""}, *told, stage.error

    def send(self, message: object) -> None:
        self.explorer.stage._handle_custom_msg(message, [])

    def ask(self, **message: object) -> None:
        self.count += 1
        self.send({**message, "request": str(self.count)})
        assert self.explorer.stage.controls["acknowledged"] == str(self.count)

    # A reader

    @rule(control=st.sampled_from(CONTROLS), text=TEXTS)
    def types_into_a_field(self, control: str, text: str) -> None:
        self.ask(control=control, text=text)

    @rule(control=st.sampled_from(CONTROLS), place=st.integers(-30, 30))
    def moves_a_slider(self, control: str, place: int) -> None:
        self.ask(control=control, place=place)

    @rule(tensor=st.sampled_from(["input", "kernel", "bias", "output"]), index=INTEGERS, text=TEXTS)
    def types_into_a_cell(self, tensor: str, index: int, text: str) -> None:
        arrays = self.explorer.scene.run.arrays
        others = np.delete(arrays["data"], self.item, axis=0)
        self.ask(tensor=tensor, index=index, text=text)
        after = np.delete(self.explorer.scene.run.arrays["data"], self.item, axis=0)
        np.testing.assert_array_equal(after, others)

    @rule(together=st.booleans())
    def ties_the_axes(self, together: bool) -> None:
        self.ask(together=together)

    @rule()
    def resets(self) -> None:
        self.ask(action="reset")
        assert self.shown() == self.first

    # What no reader's browser sends

    @rule(message=st.dictionaries(st.sampled_from(NAMES), JUNK, max_size=5) | JUNK)
    def sends_anything(self, message: object) -> None:
        before = self.shown()
        self.send(message)
        whole = isinstance(message, dict) and isinstance(message.get("request"), str)
        if not whole and self.shown() != before:
            assert "; allowed: " in self.explorer.stage.error

    # A notebook

    @rule(name=st.sampled_from(["stride_nd", "padding_nd", "dilation_nd"]), n=st.integers(-1, 4))
    def a_cell_sets_the_layer(self, name: str, n: int) -> None:
        with suppress(ArgumentError):
            setattr(self.explorer.layer, name, (n, 1))

    @rule(value=st.integers(-3, 3))
    def a_cell_brings_the_bias_from_elsewhere(self, value: int) -> None:
        layer = self.explorer.layer
        layer.bias = None
        constant = layer.network.add_constant([1], [0])
        layer.set_input(2, constant.get_output(0))
        constant.weights = [value]

    @rule(failure=st.sampled_from([KeyboardInterrupt(), MemoryError(), RuntimeError("no more")]))
    def a_computation_fails(self, failure: BaseException) -> None:
        scene = self.explorer.stage.scene
        with mock.patch.object(Network, "evaluate", side_effect=failure):
            self.ask(control="stride_nd width", text="3")
        assert self.explorer.stage.scene is scene

    @invariant()
    def nothing_untrue_is_shown(self) -> None:
        if not hasattr(self, "explorer"):
            return
        explorer = self.explorer
        assert explorer.stage.shown is explorer.scene
        try:
            now = cv.explore(explorer.layer, dict(self.data()), item=self.item)
        except ArgumentError:
            assert explorer.stage.error
            return
        together = explorer.stage.controls["together"]
        now.stage._handle_custom_msg({"request": "1", "together": together}, [])
        assert self.told(explorer) == self.told(now)
        scenes = [{**each.stage.scene, "duration": ""} for each in (explorer, now)]
        now.close()
        assert scenes[0] == scenes[1]

    def told(self, explorer: Explorer) -> list[object]:
        """What its controls tell of the layer; which choices were made before is no part of it."""
        shown = explorer.stage.controls
        others = [each for each in shown["others"] if each["name"] != "kernel"]
        kernel = explorer.scene.run.arrays["kernel"]
        [chosen] = [each["text"] for each in shown["others"] if each["name"] == "kernel"]
        names = kernels.available(kernel.shape)
        named = [name for name in names if (kernels.named(name, kernel.shape) == kernel).all()]
        assert chosen in (named or ["own"])
        return [shown["parameters"], others]

    def data(self) -> list[tuple[str, object]]:
        """The network's data as the picture has them."""
        return [("input", self.explorer.scene.run.arrays["data"])]


TestMessages = Messages.TestCase
TestMessages.settings = settings(
    max_examples=settings.default.max_examples // 4, stateful_step_count=15
)
