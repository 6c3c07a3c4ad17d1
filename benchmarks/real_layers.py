"""How long layers as models have them take to show and to change, in a real JupyterLab.

Beside each: `convolve` of the same layer alone, and matplotlib's `imshow` of all its channels, in
the same Jupyter kernel. README.md says what each line means. The layers are made of seeds.
"""

from __future__ import annotations

import json
import statistics
import sys
import time
from dataclasses import dataclass

from interaction import QUIET_MILLISECONDS, Traffic, head, open_lab, press, ratio
from lab import CELL_SECONDS, Lab

TURNS = 3
MOVES = 5  # of the stride, there and back
STEPS = 20
MOST_HEIGHT = 520  # pixels, at 1280×720 with the sidebar open
MOST_RECEIVED = 2_000_000  # bytes
SECONDS = 10 * CELL_SECONDS

MAKE = """
import time
import numpy as np
import matplotlib.pyplot as plt
import convviz as cv
rng = np.random.default_rng(0)

def smooth(*shape):
    noise = rng.standard_normal(shape)
    for axis in (-1, -2):
        for _ in range(3):
            noise = noise + np.roll(noise, 1, axis) + np.roll(noise, -1, axis)
    return np.maximum(noise / noise.std(), 0).astype(np.float32)

def weights(*shape):
    return (rng.standard_normal(shape) / np.sqrt(np.prod(shape[1:]))).astype(np.float32)

def int8(values, scale):
    return np.clip(np.rint(values / np.float32(scale)), -128, 127).astype(np.int8)

def imshow_all(channels):
    side = int(np.ceil(np.sqrt(len(channels))))
    figure, axes = plt.subplots(side, side, figsize=(10, 10), squeeze=False)
    for ax in axes.flat:
        ax.set_axis_off()
    for ax, channel in zip(axes.flat, channels):
        ax.imshow(channel)
    plt.show()
"""


@dataclass(frozen=True)
class RealLayer:
    """A layer, and the step to look at.

    Attributes
    ----------
    data, kernel : Python that makes the arrays
    parameters : of the layer, as JSON
    """

    data: str
    kernel: str
    parameters: dict[str, object]
    step: int = 0


LAYERS = {
    "512 → 512, 3×3, 14×14": RealLayer(
        "smooth(1, 512, 14, 14)", "weights(512, 512, 3, 3)", {"padding_nd": [1, 1]}
    ),
    "1024 → 1000, 1×1, 7×7": RealLayer("smooth(1, 1024, 7, 7)", "weights(1000, 1024, 1, 1)", {}),
    "192 depthwise, 5×5, 14×14, in map 100": RealLayer(
        "smooth(1, 192, 14, 14)",
        "weights(192, 1, 5, 5)",
        {"num_groups": 192, "padding_nd": [2, 2]},
        100 * 196 + 90,
    ),
    "3 → 64, 7×7, 224×224": RealLayer(
        "smooth(1, 3, 224, 224)",
        "weights(64, 3, 7, 7)",
        {"stride_nd": [2, 2], "padding_nd": [3, 3]},
    ),
    "64 → 32, 3×3×3, 8×16×16": RealLayer(
        "smooth(1, 64, 8, 16, 16)", "weights(32, 64, 3, 3, 3)", {"padding_nd": [1, 1, 1]}
    ),
    "256 → 256 in int8, 3×3, 14×14": RealLayer(
        "smooth(1, 256, 14, 14)",
        "weights(256, 256, 3, 3)",
        {"padding_nd": [1, 1], "input_scale": 0.03, "kernel_scale": 0.002},
    ),
}
BUDGETED = next(iter(LAYERS))

TIMED = """
times = []
for _ in range({turns}):
    start = time.perf_counter()
    {call}
    times.append(time.perf_counter() - start)
print(times)
"""
FIRST_PICTURE = """async (wanted) => {
  const shown = () => document.querySelectorAll(wanted).length;
  const before = shown(); // such as a widget's still
  const start = performance.now();
  lab.run("notebook:run-cell");
  while (shown() <= before) await new Promise(requestAnimationFrame);
  const images = [...document.querySelectorAll("img")];
  await Promise.all(images.map((image) => image.decode()));
  return (await probe.painted()) - start;
}"""
STEPPED = """async (steps) => {
  const slider = document.querySelector(".convviz-stage .cv-slider");
  const times = [];
  for (let n = 0; n < steps; n++) {
    const start = performance.now();
    slider.value = Number(slider.value) + 1;
    slider.dispatchEvent(new Event("input"));
    document.querySelector(".convviz-stage").getBoundingClientRect();
    times.push(performance.now() - start);
    await probe.painted();
  }
  return times;
}"""
PARTS = '.cv-channels .cv-part.is-total[d^="M"]'


def timed(lab: Lab, call: str, turns: int = TURNS) -> float:
    """The median time of some Python in the Jupyter kernel, in milliseconds."""
    printed = lab.run_cell(TIMED.format(call=call, turns=turns), SECONDS)
    return 1e3 * statistics.median(json.loads(printed.splitlines()[-1]))


def first_picture(lab: Lab, source: str, wanted: str) -> float:
    """From running a cell until an element that it shows is painted, in milliseconds."""
    lab.page.evaluate("source => lab.append(source)", source)
    milliseconds = lab.page.evaluate(FIRST_PICTURE, wanted)
    lab.wait_until("lab.ready() && !lab.running", SECONDS)
    return float(milliseconds)


def line(name: str, value: float, unit: str = "ms", budget: str = "") -> float:
    note = f"    (budget: {budget})" if budget else ""
    print(f"  {name:<56} {value:10.1f} {unit:<5}{note}", flush=True)
    return value


def measure(lab: Lab, traffic: Traffic, name: str, layer: RealLayer) -> bool:
    """Print all that is measured of one layer; whether its budgets are kept."""
    head(name)
    listed = arguments(layer.parameters)
    lab.new([MAKE + f"data, kernel = {layer.data}, {layer.kernel}"])
    lab.page.set_default_timeout(SECONDS * 1000)
    lab.run_all(SECONDS)
    line("convolve alone", timed(lab, convolve(layer.parameters)))
    draw = f"cv.draw(data, kernel, step={layer.step}{listed}).bytes('png')"
    line("draw, to PNG", timed(lab, draw, turns=1))
    budgeted = name == BUDGETED
    before = traffic.received_bytes
    source = f"explorer = cv.explore(data, kernel, step={layer.step}{listed}); explorer"
    shown = line("cell run → picture, parts and all", first_picture(lab, source, PARTS))
    lab.page.wait_for_timeout(QUIET_MILLISECONDS)
    received = traffic.received_bytes - before
    line("received", received / 1e3, "kB", "2,000")
    box = lab.stage().bounding_box()
    assert box is not None
    line("height of the stage", box["height"], "px", str(MOST_HEIGHT))
    line("one step: script, style and layout", statistics.median(lab.page.evaluate(STEPPED, STEPS)))
    moved, alone = strides_moved(lab, traffic, convolve(one_up(layer)))
    line("stride of the width one up → pixels", statistics.median(moved))
    line("convolve alone, so strided", statistics.median(alone))
    more = statistics.median(move - each for move, each in zip(moved, alone, strict=True))
    line("stride moved, more than convolve", more, budget="150 ms" if budgeted else "")
    peer = imshow(lab)
    ratio("imshow of all channels / first picture", peer / shown, "at least 1" if budgeted else "")
    return box["height"] <= MOST_HEIGHT and received <= MOST_RECEIVED


def strides_moved(lab: Lab, traffic: Traffic, call: str) -> tuple[list[float], list[float]]:
    """From a key on the stride's slider until the picture has changed, in milliseconds.

    And in turn with each move the time of ``call``: how busy a machine is changes.
    """
    everything = lab.page.get_by_role("button", name="All parameters", exact=True).first
    if everything.count() and everything.get_attribute("aria-expanded") != "true":
        everything.click()
    handle = lab.page.get_by_role("slider", name="stride_nd width").first
    moved, alone = [], []
    for _ in range(MOVES):
        answer, _ = press(lab, traffic, handle, "ArrowUp", ".cv-channels")
        moved.append(answer["painted"])
        alone.append(timed(lab, call))
        press(lab, traffic, handle, "ArrowDown", ".cv-channels")
    return moved, alone


def arguments(parameters: dict[str, object]) -> str:
    """Parameters as the rest of a call."""
    return "".join(f", {key}={value!r}" for key, value in parameters.items())


def convolve(parameters: dict[str, object]) -> str:
    """The call of `convolve` with these parameters; of an int8 layer, on its integers."""
    scales = [parameters.get(name) for name in ("input_scale", "kernel_scale")]
    others = {k: v for k, v in parameters.items() if not k.endswith("_scale")}
    arrays = ("data", "kernel")
    if scales[0]:
        arrays = tuple(f"int8({name}, {scale})" for name, scale in zip(arrays, scales, strict=True))
    return f"cv.convolve({', '.join(arrays)}{arguments(others)})"


def one_up(layer: RealLayer) -> dict[str, object]:
    """The layer's parameters with one more for the stride of the width."""
    axes = len(json.loads(str(layer.parameters.get("padding_nd", [0, 0]))))
    stride = json.loads(str(layer.parameters.get("stride_nd", [1] * axes)))
    return {**layer.parameters, "stride_nd": [*stride[:-1], stride[-1] + 1]}


def imshow(lab: Lab) -> float:
    call = "imshow_all(data[0] if data.ndim == 4 else data[0, :, 0])"
    peer = first_picture(lab, call, ".jp-OutputArea img")
    return line("imshow of all channels, cell run → picture", peer)


def main() -> None:
    start = time.perf_counter()
    kept = True
    with open_lab() as lab:
        traffic = Traffic(lab.page)
        wanted = sys.argv[1:]
        for name, layer in LAYERS.items():
            if not wanted or any(name.startswith(each) for each in wanted):
                kept &= measure(lab, traffic, name, layer)
        print("\nconsole errors:", *(lab.console_errors or ["none"]))
    print(f"{time.perf_counter() - start:.0f} s", file=sys.stderr)
    if not kept:
        sys.exit("a budget is not kept")


if __name__ == "__main__":
    main()
