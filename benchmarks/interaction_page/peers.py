"""What convviz is measured against in the same notebook: matplotlib by `interact`, an echo."""

from __future__ import annotations

import anywidget
import ipywidgets as widgets
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle


class Echo(anywidget.AnyWidget):
    """Sends every message back: what any widget that asks the Jupyter kernel has to pay.

    In the page its element has ``ping()``, a promise of the milliseconds there and ``back``, and
    until the answer is ``shown``, painted as a number.
    """

    _esm = """
    export default { render({ model, el }) {
      el.classList.add("echo");
      el.textContent = "0";
      el.ping = () => new Promise((resolve) => {
        const start = performance.now();
        const answered = async () => {
          model.off("msg:custom", answered);
          const back = performance.now() - start;
          el.textContent = String(Number(el.textContent) + 1);
          resolve({ back, shown: (await probe.painted()) - start });
        };
        model.on("msg:custom", answered);
        model.send({});
      });
    } };
    """

    def __init__(self) -> None:
        super().__init__()
        self.on_msg(lambda _widget, message, _buffers: self.send(message))


def interact_convolution(data: np.ndarray, kernel: np.ndarray) -> widgets.Widget:
    """The explorer's picture as a notebook's author would write it with ipywidgets alone.

    Parameters
    ----------
    data : array (H, W)
    kernel : array (R, S)
    """
    height, width = kernel.shape
    colours = plt.get_cmap("tab20")(np.arange(kernel.size))

    def show(stride: int, padding: int) -> None:
        padded = np.pad(data, ((padding, 0), (0, 0)))
        windows = np.lib.stride_tricks.sliding_window_view(padded, kernel.shape)[:, ::stride]
        output = (windows * kernel).sum(axis=(2, 3))
        window = {divmod(n, width): colour for n, colour in enumerate(colours)}
        hatched = {(row, column) for row in range(padding) for column in range(padded.shape[1])}
        figure, axes = plt.subplots(1, 3, figsize=(11, 4.4), width_ratios=[9, 4, 12])
        _draw_cells(axes[0], "input", padded, window, hatched)
        _draw_cells(axes[1], "kernel", kernel, window, set())
        _draw_cells(axes[2], "output", output, {(0, 0): "lightblue"}, set())
        axes[0].add_patch(Rectangle((-0.5, -0.5), width, height, fill=False, lw=2, ec="navy"))
        size = f"⌊({data.shape[1]} − {width}) / {stride}⌋ + 1 = {output.shape[1]}"
        figure.text(0.1, 0.01, f"width: {size}", fontsize=8)
        figure.text(0.02, 0.12, "y[0, 0] =", fontsize=8)
        figure.text(0.9, 0.12, f"= {output[0, 0]:.8g}", fontsize=8)
        total = figure.add_axes((0.1, 0.06, 0.8, 0.14))
        products = np.stack([windows[0, 0].ravel(), kernel.ravel()])
        _draw_cells(total, "", products, {(1, n): c for n, c in enumerate(colours)}, set())
        total.set_aspect("auto")
        plt.show()

    stride = widgets.IntSlider(1, 1, 8, description="stride")
    padding = widgets.IntSlider(0, 0, 2, description="padding")
    return widgets.interactive(show, stride=stride, padding=padding)


def _draw_cells(
    ax: Axes, name: str, values: np.ndarray, colours: dict, hatched: set[tuple[int, int]]
) -> None:
    """Each number in a square of its own."""
    rows, columns = values.shape
    ax.set(
        title=f"{name} {rows}×{columns}" if name else "",
        xlim=(-0.6, columns - 0.4),
        ylim=(rows - 0.4, -0.6),
    )
    ax.set_aspect("equal")
    ax.axis("off")
    for (row, column), value in np.ndenumerate(values):
        square = Rectangle((column - 0.47, row - 0.47), 0.94, 0.94, ec="lightgrey")
        square.set_facecolor(colours.get((row, column), "whitesmoke"))
        square.set_hatch("//" if (row, column) in hatched else "")
        ax.add_patch(square)
        ax.text(column, row, str(value).removesuffix(".0"), ha="center", va="center", fontsize=6)
