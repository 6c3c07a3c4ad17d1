"""The map of the notebooks: for each a small film, its question, and how long it takes."""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import dataclass
from html import escape

from convviz.course import examples

FILM = {"captions": False, "theme": "light", "figsize": (3.4, 1.7), "fps": 2.0}
LOOPS = 3  # then a film stands still: what moves for ever is hard to read beside
DPI = 120
_CARDS = "display: grid; grid-template-columns: repeat(auto-fill, minmax(290px, 1fr)); gap: 12px"
_CARD = "border: 1px solid #8886; border-radius: 6px; padding: 8px 12px 10px"
_IMAGE = "display: block; width: 100%; border-radius: 4px; margin-bottom: 6px"


@dataclass(frozen=True)
class Section:
    """One notebook.

    Attributes
    ----------
    file : str
        Its name in the notebooks' folder.
    name : str
        The section in a few words.
    question : str
        What it answers; its heading asks the same.
    minutes : int
        How long it takes alone, with its exercises.
    arguments : callable
        Gives the film's arguments.
    """

    file: str
    name: str
    question: str
    minutes: int
    arguments: Callable[[], dict[str, object]]

    def film(self) -> bytes:
        """Its film as a GIF."""
        from convviz.plot.film import film

        made = film(**FILM, **self.arguments(), loop=LOOPS)
        return made.bytes("gif", dpi=DPI, show_progress=False)


def _counting(steps: range, rows: int = 4, columns: int = 6, **parameters: object) -> dict:
    """The film of the digits and the powers of ten, on a part that is readable when small."""
    data = examples.counting()[..., :rows, :columns]
    return {"data": data, "kernel": examples.powers_of_ten(), "steps": steps, **parameters}


SECTIONS = (
    Section(
        "01_initial_example.ipynb",
        "Initial example",
        "What does a convolution layer compute?",
        35,
        lambda: _counting(range(8)),
    ),
    Section(
        "02_num_output_maps_kernel_size_kernel_bias.ipynb",
        "Weights",
        "What are the weights, how many, and in which order?",
        25,
        lambda: {
            "data": examples.counting()[..., :4, :5],
            "kernel": examples.filters()[1:],
            "steps": range(0, 18, 2),
        },
    ),
    Section(
        "03_stride.ipynb",
        "Stride",
        "What does a step of more than one skip?",
        25,
        lambda: _counting(range(6), 5, 8, stride_nd=(2, 2)),
    ),
    Section(
        "04_padding.ipynb",
        "Padding",
        "What do zeros around the input change?",
        30,
        lambda: _counting(range(10), 3, 5, padding_nd=(1, 1)),
    ),
    Section(
        "05_pre_padding.ipynb",
        "Padding before the data",
        "Why would the front get more zeros than the back?",
        25,
        lambda: {
            "data": examples.impulse(8, 3),
            "kernel": examples.echo(),
            "pre_padding": (0, 2),
            "steps": range(8),
        },
    ),
    Section(
        "06_post_padding.ipynb",
        "Padding after the data",
        "And why the back more than the front?",
        20,
        lambda: _counting(range(6), 4, 6, stride_nd=(2, 2), post_padding=(1, 1)),
    ),
    Section(
        "07_padding_mode.ipynb",
        "Padding mode",
        "Who decides the padding, and how is the size rounded?",
        35,
        lambda: _counting(range(6), 4, 6, stride_nd=(2, 2), padding_mode="SAME_LOWER"),
    ),
    Section(
        "08_dilation.ipynb",
        "Dilation",
        "How does a small kernel see far?",
        25,
        lambda: _counting(range(6), 6, 7, dilation_nd=(2, 2)),
    ),
    Section(
        "09_num_groups.ipynb",
        "Groups",
        "What if channels do not all meet?",
        25,
        lambda: {
            "data": examples.decades(4)[..., :2, :3],
            "kernel": examples.ones(4, 2, (1, 1)),
            "num_groups": 2,
            "steps": range(0, 24, 3),
        },
    ),
    Section(
        "10_3d_convolution.ipynb",
        "Three dimensions",
        "What changes with depth?",
        30,
        lambda: {
            "data": examples.counting(3)[0, None, None, :, :3, :4],
            "kernel": examples.ones(size=(2, 2, 2)),
            "steps": range(12),
        },
    ),
    Section(
        "11_set_input.ipynb",
        "set_input and int8",
        "Where do weights come from, and what does int8 do to them?",
        35,
        lambda: _counting(range(8), input_scale=1, kernel_scale=1),
    ),
)


class Tour:
    """The map of the notebooks; a notebook shows it as cards."""

    @property
    def minutes(self) -> int:
        """How long all of them take."""
        return sum(section.minutes for section in SECTIONS)

    def __str__(self) -> str:
        return "\n".join(
            f"{n:2}  {section.question} ({section.minutes} min, {section.file})"
            for n, section in enumerate(SECTIONS, 1)
        )

    def _repr_html_(self) -> str:
        cards = "".join(_card(n, section) for n, section in enumerate(SECTIONS, 1))
        return f'<div style="{_CARDS}">{cards}</div>'


def tour() -> Tour:
    """The map of the notebooks: a film, the question and the minutes for each."""
    return Tour()


def _card(number: int, section: Section) -> str:
    image = base64.b64encode(section.film()).decode()
    alt = f"Film: {section.name}"
    return (
        f'<div style="{_CARD}">'
        f'<img src="data:image/gif;base64,{image}" alt="{escape(alt)}" style="{_IMAGE}">'
        f'<a href="{section.file}"><b>{number} · {escape(section.name)}</b></a><br>'
        f"{escape(section.question)} <small>({section.minutes} min)</small></div>"
    )
