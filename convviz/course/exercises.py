"""Exercises: predict, then check. A small form with a question, a hint and an answer that explains.

Each function below makes one; the last line of a cell shows it. What is said to an answer is
`verdicts`'; here is the form, and the score of the notebook, which stays in the Jupyter
kernel: nothing is sent anywhere.
"""

from __future__ import annotations

import html
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import ipywidgets as widgets
import numpy as np

from convviz import geometry
from convviz.course import feedback
from convviz.course.feedback import Feedback
from convviz.errors import ArgumentError
from convviz.geometry import Geometry, Kind
from convviz.network import build
from convviz.network.run import ConvolutionRun
from convviz.parameters import PADDING_MODE, PaddingMode
from convviz.scene import captions
from convviz.widget.explorer import Explorer

__all__ = ["cells", "gap", "int8", "reach", "score", "shape", "value", "weights"]

MOST_BUTTONS = 400
_WORDS = "max-width: 50em; line-height: 1.4; padding: 4px 0"


def shape(
    input_shape: Sequence[int],
    num_output_maps: int,
    kernel_size_nd: Sequence[int],
    *,
    hint: str = "",
    **parameters: object,
) -> Exercise:
    """Predict the output's shape.

    Parameters
    ----------
    input_shape, num_output_maps, kernel_size_nd : the layer's, as for `add_convolution_nd`
    hint : str
        Instead of the formula without its numbers.
    parameters : stride_nd, padding_nd, … by the layer's names
    """
    known = _geometry(input_shape, num_output_maps, kernel_size_nd, parameters)
    mode = PADDING_MODE.check(parameters.get("padding_mode"))
    what = f"Input {tuple(input_shape)}, {_maps(num_output_maps)}, kernel {_plain(kernel_size_nd)}"
    question = f"What is the output's shape? {_with(what, parameters)}."
    field = _field("such as " + feedback.example(len(known.output_shape)))
    return Exercise(
        question,
        field,
        lambda: feedback.shape_feedback(known, mode, field.value),
        hint or _shape_hint(mode, known),
        f"{known.output_shape}. {feedback.shape_reason(known, mode)}",
    )


def weights(
    input_shape: Sequence[int],
    num_output_maps: int,
    kernel_size_nd: Sequence[int],
    *,
    hint: str = "",
    num_groups: int = 1,
) -> Exercise:
    """Predict how many weights the layer has. Parameters are `shape`'s."""
    parameters = {} if num_groups == 1 else {"num_groups": num_groups}
    known = _geometry(input_shape, num_output_maps, kernel_size_nd, parameters)
    what = f"Input {tuple(input_shape)}, {_maps(num_output_maps)}, kernel {_plain(kernel_size_nd)}"
    field = _field("a whole number")
    return Exercise(
        f"How many weights are there? {_with(what, parameters)}.",
        field,
        lambda: feedback.weights_feedback(known, field.value),
        hint or "Each output map has a weight for each channel that it sees, at each place.",
        feedback.weights_reason(known),
    )


def value(*subject: object, at: Sequence[int], hint: str = "", **named: object) -> Exercise:
    """Predict one number of the output.

    Parameters
    ----------
    subject, named : as for `explore`
    at : (row, column), or (map, row, column), with the depth before the row in 3-D
    hint : str
        Instead of where the window begins.
    """
    run, words = _run(subject, named)
    place = _place(run.geometry, at)
    field = _field("one number")
    tables = _tables(run)
    body = widgets.VBox([widgets.HTML(tables), field]) if tables else field
    return Exercise(
        f"Which number is output {_where(run.geometry, place)}, {words}?",
        body,
        lambda: feedback.value_feedback(run, place, field.value),
        hint or feedback.cells_reason(run.geometry, place),
        feedback.value_reason(run, place),
        answers=[field],
    )


def int8(value: float, scale: float = 1.0, *, hint: str = "") -> Exercise:
    """Predict the int8 number that a value becomes at a scale."""
    field = _field("a whole number")
    return Exercise(
        f"Which int8 number does {value:g} become at a scale of {scale:g}?".replace("-", "−"),
        field,
        lambda: feedback.int8_feedback(value, scale, field.value),
        hint or "Divide by the scale, round to the nearest whole number, stay within int8's range.",
        feedback.int8_reason(value, scale),
    )


def cells(*subject: object, at: Sequence[int], hint: str = "", **named: object) -> Exercise:
    """Click on the input cells that one output element reads, those of the padding too.

    Parameters
    ----------
    subject, named : as for `explore`
    at : as for `value`
    """
    run, words = _run(subject, named)
    place = _place(run.geometry, at)
    grid = _Grid(run)
    return Exercise(
        f"Click on the cells that output {_where(run.geometry, place)} reads, {words}.",
        grid.box,
        lambda: feedback.cells_feedback(run.geometry, place, grid.chosen),
        hint or "Output i begins at cell i · stride − padding before, on each axis.",
        feedback.cells_reason(run.geometry, place),
        answers=grid.buttons,
        reveal=lambda: grid.choose(feedback.window(run.geometry, place)),
    )


def reach(
    output_shape: Sequence[int],
    *subject: object,
    only: Sequence[str] = (),
    answer: dict[str, object],
    hint: str = "",
    **named: object,
) -> Exercise:
    """Set parameters until the output has a shape. Any way there is right.

    Parameters
    ----------
    output_shape : the shape to reach
    subject, named : the layer to begin with, as for `explore`
    only : names of parameters
        Which may be changed; empty means all.
    answer : {name: value}
        One way, for those who want to see it.
    """
    layer, values = build.resolve(subject, named)
    before = dict(layer.settings)
    allowed = {each for name in only for each in _sides(name)}

    explorer = Explorer(layer, values)

    def reveal() -> None:
        explorer.reset()
        for name, each in answer.items():
            setattr(layer, name, each)

    changes = f"Change {', '.join(only)} only." if only else "Change what you like."
    shown = ", ".join(f"{name} = {_plain(each)}" for name, each in answer.items())
    return Exercise(
        f"Make the output {tuple(output_shape)}. {changes}",
        explorer,
        lambda: feedback.reach_feedback(layer, output_shape, before, sorted(allowed)),
        hint or "Look at the size formula under the picture: which of its numbers can you change?",
        f"One way: {shown}.",
        reveal=reveal,
    )


def gap(code: str, answer: str, *, hint: str = "", **names: object) -> Exercise:
    """Fill the gap ``____`` in a program; what its last line gives is compared.

    Parameters
    ----------
    code : str
        Lines of Python with ``____`` for the gap. The last line is an expression.
    answer : str
        What fits into the gap. Whatever gives the same is as good.
    names : objects that the program uses, such as ``layer=explorer.layer``
    """
    import convviz

    known = {"cv": convviz, "np": np, **names}
    field = _field("what belongs into the gap")
    program = widgets.HTML(f'<pre style="line-height: 1.4">{html.escape(code.strip())}</pre>')
    return Exercise(
        "What belongs into the gap?",
        widgets.VBox([program, field]),
        lambda: feedback.gap_feedback(code, field.value, answer, known),
        hint or "Press Check with a first guess: you will see what the last line gives with it.",
        answer,
        answers=[field],
        key=code,
    )


def score() -> widgets.HTML:
    """How many exercises of this notebook are solved; it follows as you solve them."""
    return _SCORE.widget()


class Score:
    """Which exercises there are, and how far each is. One for a Jupyter kernel."""

    def __init__(self) -> None:
        self._states: dict[str, str] = {}
        self._widgets: list[widgets.HTML] = []

    def add(self, key: str) -> int:
        """Note an exercise; its number, which stays when a cell runs again."""
        self._states.setdefault(key, "open")
        self._tell()
        return list(self._states).index(key) + 1

    def set(self, key: str, state: str) -> None:
        """``state`` is "solved", or "shown" for an answer that was looked up first."""
        if self._states.get(key) == "open":
            self._states[key] = state
            self._tell()

    @property
    def words(self) -> str:
        """The score in words."""
        states = list(self._states.values())
        shown = states.count("shown")
        looked_up = f", {shown} looked up" if shown else ""
        return f"{states.count('solved')} of {len(states)} exercises solved{looked_up}"

    def widget(self) -> widgets.HTML:
        """A line that follows the score."""
        line = widgets.HTML()
        line.add_class("convviz-score")
        self._widgets.append(line)
        self._tell()
        return line

    def _tell(self) -> None:
        stars = "".join({"solved": "★"}.get(state, "☆") for state in self._states.values())
        for line in self._widgets:
            line.value = f'<span role="status"><b>{self.words}</b> {stars}</span>'


_SCORE = Score()


class Exercise(widgets.VBox):
    """A question, a place for the answer, and what there is to say to it.

    Attributes
    ----------
    verdict : Feedback or None
        On the last answer that was checked.
    """

    def __init__(
        self,
        question: str,
        body: widgets.Widget,
        judge: Callable[[], Feedback],
        hint: str,
        solution: str,
        *,
        answers: Sequence[widgets.ValueWidget] | None = None,
        reveal: Callable[[], None] | None = None,
        key: str = "",
    ) -> None:
        self.verdict: Feedback | None = None
        self._judge, self._hint, self._solution, self._reveal = judge, hint, solution, reveal
        self._key = key or question
        number = _SCORE.add(self._key)
        words = f"<b>Exercise {number}</b> {html.escape(question)}"
        heading = widgets.HTML(f'<div style="{_WORDS}">{words}</div>')
        self._reply = widgets.HTML()
        buttons = [
            _button("Check", self.check, "primary"),
            _button("Hint", self.hint),
            _button("Show me", self.show),
        ]
        super().__init__([heading, body, widgets.HBox(buttons), self._reply])
        self.layout = widgets.Layout(
            border_left="4px solid var(--jp-brand-color1, #1976d2)",
            margin="4px 0",
            padding="4px 12px",
        )
        self.add_class("convviz-exercise")
        for field in answers if answers is not None else [body]:
            if isinstance(field, widgets.Text):
                field.observe(self._entered, names="value")

    def check(self) -> None:
        """Judge the answer as it stands."""
        try:
            self.verdict = self._judge()
        except ArgumentError as error:
            self.verdict = Feedback(False, str(error))
        if self.verdict.right:
            _SCORE.set(self._key, "solved")
        sign = {True: "✓", False: "✗", None: "…"}[self.verdict.right]
        self._say(f"<b>{sign}</b> {html.escape(self.verdict.words)}")

    def hint(self) -> None:
        """Help a little."""
        self._say(html.escape(self._hint))

    def show(self) -> None:
        """Give the answer with its reason. The score says that it was looked up."""
        _SCORE.set(self._key, "shown")
        if self._reveal is not None:
            self._reveal()
        self._say(html.escape(self._solution))

    def _entered(self, _change: object) -> None:
        self.check()

    def _say(self, markup: str) -> None:
        self._reply.value = f'<div role="status" style="{_WORDS}">{markup}</div>'


class _Grid:
    """Every cell of the padded input as a button that stays down."""

    def __init__(self, run: ConvolutionRun) -> None:
        known = run.geometry
        if len(known.axes) != 2:
            allowed = "a kernel of two axes"
            raise ArgumentError("kernel", f"{len(known.axes)} axes", allowed, "Click in 2-D only.")
        self._buttons: dict[feedback.Cell, widgets.ToggleButton] = {}
        height, width = known.axes
        count = known.channels * len(height.cells) * len(width.cells)
        if count > MOST_BUTTONS:
            allowed = f"at most {MOST_BUTTONS} cells"
            raise ArgumentError(
                "data", f"{count} cells to click on", allowed, "Use a smaller input."
            )
        values = run.input.reshape(-1, *run.input.shape[-3:])[0]
        grids = []
        for channel in range(known.channels):
            cells = [(channel, r, c) for r in height.cells for c in width.cells]
            buttons = [_cell_button(known, cell, values) for cell in cells]
            self._buttons.update(zip(cells, buttons, strict=True))
            columns = f"repeat({len(width.cells)}, 34px)"
            grid = widgets.GridBox(
                buttons, layout={"grid_template_columns": columns, "grid_gap": "2px"}
            )
            title = [widgets.Label(f"channel {channel}")] if known.channels > 1 else []
            grids.append(widgets.VBox([*title, grid], layout={"margin": "0 24px 4px 0"}))
        self.box = widgets.HBox(grids, layout={"flex_flow": "row wrap"})

    @property
    def buttons(self) -> list[widgets.ToggleButton]:
        return list(self._buttons.values())

    @property
    def chosen(self) -> frozenset[feedback.Cell]:
        """The cells that are down."""
        return frozenset(cell for cell, button in self._buttons.items() if button.value)

    def choose(self, cells: frozenset[feedback.Cell]) -> None:
        """Press these and no others."""
        for cell, button in self._buttons.items():
            button.value = cell in cells


def _cell_button(known: Geometry, cell: feedback.Cell, values: np.ndarray) -> widgets.ToggleButton:
    inside = known.kind(cell[1:]) is Kind.DATA
    button = widgets.ToggleButton(
        description=f"{values[cell]:g}" if inside else "0",
        tooltip=f"row {cell[1]}, column {cell[2]}" + ("" if inside else ", padding"),
        layout={"width": "34px", "height": "28px", "margin": "0", "padding": "0"},
    )
    if not inside:
        button.layout.border = "1px dashed currentColor"
        button.layout.opacity = "0.75"
    button.observe(lambda change: _mark(button), names="value")
    return button


def _mark(button: widgets.ToggleButton) -> None:
    button.button_style = "info" if button.value else ""


def _button(words: str, action: Callable[[], None], style: str = "") -> widgets.Button:
    button = widgets.Button(description=words, button_style=style, layout={"width": "7em"})
    button.on_click(lambda _button: action())
    return button


def _field(placeholder: str) -> widgets.Text:
    field = widgets.Text(placeholder=placeholder, continuous_update=False)
    field.layout.width = "22em"
    return field


def _geometry(
    input_shape: Sequence[int],
    maps: int,
    kernel_size: Sequence[int],
    parameters: dict[str, object],
) -> Geometry:
    given: dict[str, Any] = parameters
    return geometry.make_geometry(input_shape, maps, kernel_size, **given)


def _run(subject: tuple[object, ...], named: dict[str, object]) -> tuple[ConvolutionRun, str]:
    """The layer computed, and in words how it differs from a plain one."""
    layer, values = build.resolve(subject, named)
    run = layer.network.evaluate(layer, layer.network.feeds(values))
    shown: dict[str, object] = dict(layer.changed_settings)
    if run.quantization is not None:
        scales = {name: named.get(name) for name in ("input_scale", "kernel_scale")}
        shown |= {name: 1 if scale is None else scale for name, scale in scales.items()}
    kind = "" if run.quantization is None else " in int8"
    words = _with(f"with a kernel {captions.shape(layer.kernel_size_nd)}{kind}", shown)
    return run, words


def _place(known: Geometry, at: Sequence[int]) -> tuple[int, ...]:
    """``at`` with its output map, checked."""
    place = tuple(at) if len(at) > len(known.axes) else (0, *at)
    sizes = known.output_shape[len(known.batch) :]
    if len(place) != len(sizes) or not all(0 <= i < n for i, n in zip(place, sizes, strict=True)):
        allowed = f"a position inside {sizes}"
        raise ArgumentError("at", tuple(at), allowed, "Positions count from 0.")
    return place


def _where(known: Geometry, place: Sequence[int]) -> str:
    position = f"y{list(place[1:])}"
    return position if known.maps == 1 else f"{position} of map {place[0]}"


def _tables(run: ConvolutionRun) -> str:
    """Input and kernel as small tables, where they are small."""
    from convviz.course.html import html_table
    from convviz.scene import decimals

    arrays = run.arrays
    if run.input.size + run.kernel.size > MOST_BUTTONS:
        return ""
    parts = []
    for caption, array in (("input", arrays["data"]), ("kernel", arrays["kernel"])):
        rows = array.reshape(-1, array.shape[-1])
        texts = [[decimals.text(number) for number in row] for row in rows]
        parts.append(html_table(texts, caption=caption, block=array.shape[-2]))
    style = "display: flex; flex-wrap: wrap; gap: 4px 32px; align-items: flex-start"
    return f'<div style="{style}">{"".join(parts)}</div>'


def _shape_hint(mode: PaddingMode, known: Geometry) -> str:
    if mode.is_same:
        return "A SAME mode makes the output ⌈size / stride⌉ and chooses the padding for it."
    rounding = "up" if mode.rounds_up else "down"
    return (
        "On each axis: (size + padding before + padding after − reach) / stride, rounded "
        f"{rounding}, + 1. The reach of a kernel is 1 + dilation · (size − 1)."
    )


def _sides(name: str) -> Iterator[str]:
    yield from ("pre_padding", "post_padding") if name == "padding_nd" else (name,)


def _maps(count: int) -> str:
    return "one output map" if count == 1 else f"{count} output maps"


def _with(what: str, parameters: dict[str, object]) -> str:
    shown = [f"{name} = {_plain(each)}" for name, each in parameters.items()]
    return ", ".join([what, *shown])


def _plain(value: object) -> str:
    if isinstance(value, PaddingMode):
        return value.name
    return str(tuple(value)) if isinstance(value, (list, tuple)) else str(value)
