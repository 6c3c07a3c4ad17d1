"""The map of the notebooks: for each a small film, its question, and how long it takes."""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import dataclass
from html import escape
from typing import Required, Unpack

from convviz.arrays import Array
from convviz.course import examples
from convviz.language.catalogue import say
from convviz.network.build import ArrayOptions

LOOPS = 3  # then a film stands still: what moves for ever is hard to read beside
DPI = 120
_CARDS = "display: grid; grid-template-columns: repeat(auto-fill, minmax(290px, 1fr)); gap: 12px"
_CARD = "border: 1px solid #8886; border-radius: 6px; padding: 8px 12px 10px"
_IMAGE = "display: block; width: 100%; border-radius: 4px; margin-bottom: 6px"


class FilmArguments(ArrayOptions, total=False):
    """What a lesson's film shows: a layer on its data, and some of its steps."""

    data: Required[Array]
    kernel: Required[Array]
    steps: Required[range]


@dataclass(frozen=True)
class Lesson:
    """One notebook.

    Attributes
    ----------
    file : str
        Its name in the notebooks' folder.
    minutes : int
        How long it takes alone, with its exercises.
    film_arguments : callable
        Makes the arguments of its film.
    """

    file: str
    minutes: int
    film_arguments: Callable[[], FilmArguments]

    @property
    def key(self) -> str:
        """The notebook's name without its number, which names its texts in the catalogue."""
        return self.file.removesuffix(".ipynb").partition("_")[2]

    @property
    def name(self) -> str:
        """Its subject in a few words."""
        return say(f"course.lessons.{self.key}.name")

    @property
    def question(self) -> str:
        """What it answers; its heading asks the same."""
        return say(f"course.lessons.{self.key}.question")

    def film(self) -> bytes:
        """Its film as a GIF."""
        from convviz.plot.film import film  # brings matplotlib, which no other part of a tour needs

        made = film(
            **self.film_arguments(),
            captions=False,
            theme="light",
            figsize=(3.4, 1.7),
            fps=2.0,
            loop=LOOPS,
        )
        return made.bytes("gif", dpi=DPI, show_progress=False)


def _counting(
    steps: range, rows: int = 4, columns: int = 6, **parameters: Unpack[ArrayOptions]
) -> FilmArguments:
    """The film of the digits and the powers of ten, on a part that is readable when small."""
    data, kernel = examples.counting()[..., :rows, :columns], examples.powers_of_ten()
    return {"data": data, "kernel": kernel, "steps": steps, **parameters}


LESSONS = (
    Lesson("01_initial_example.ipynb", 35, lambda: _counting(range(8))),
    Lesson(
        "02_num_output_maps_kernel_size_kernel_bias.ipynb",
        25,
        lambda: {
            "data": examples.counting()[..., :4, :5],
            "kernel": examples.filters()[1:],
            "steps": range(0, 18, 2),
        },
    ),
    Lesson("03_stride.ipynb", 25, lambda: _counting(range(6), 5, 8, stride_nd=(2, 2))),
    Lesson("04_padding.ipynb", 30, lambda: _counting(range(10), 3, 5, padding_nd=(1, 1))),
    Lesson(
        "05_pre_padding.ipynb",
        25,
        lambda: {
            "data": examples.impulse(8, 3),
            "kernel": examples.echo(),
            "pre_padding": (0, 2),
            "steps": range(8),
        },
    ),
    Lesson(
        "06_post_padding.ipynb",
        20,
        lambda: _counting(range(6), 4, 6, stride_nd=(2, 2), post_padding=(1, 1)),
    ),
    Lesson(
        "07_padding_mode.ipynb",
        35,
        lambda: _counting(range(6), 4, 6, stride_nd=(2, 2), padding_mode="SAME_LOWER"),
    ),
    Lesson("08_dilation.ipynb", 25, lambda: _counting(range(6), 6, 7, dilation_nd=(2, 2))),
    Lesson(
        "09_num_groups.ipynb",
        25,
        lambda: {
            "data": examples.decades(4)[..., :2, :3],
            "kernel": examples.ones(4, 2, (1, 1)),
            "num_groups": 2,
            "steps": range(0, 24, 3),
        },
    ),
    Lesson(
        "10_3d_convolution.ipynb",
        30,
        lambda: {
            "data": examples.counting(3)[0, None, None, :, :3, :4],
            "kernel": examples.ones(size=(2, 2, 2)),
            "steps": range(12),
        },
    ),
    Lesson("11_set_input.ipynb", 35, lambda: _counting(range(8), input_scale=1, kernel_scale=1)),
    Lesson(
        "12_your_own_layer.ipynb",
        25,
        lambda: {
            "data": examples.decades(4)[..., :2, :3],
            "kernel": examples.ones(1, 4, (1, 1)),
            "steps": range(6),
        },
    ),
)


class Tour:
    """The map of the notebooks; a notebook shows it as cards."""

    @property
    def minutes(self) -> int:
        """How long all of them take."""
        return sum(lesson.minutes for lesson in LESSONS)

    def __str__(self) -> str:
        return "\n".join(
            f"{n:2}  {lesson.question} ({_minutes(lesson)}, {lesson.file})"
            for n, lesson in enumerate(LESSONS, 1)
        )

    def _repr_html_(self) -> str:
        cards = "".join(_card(n, lesson) for n, lesson in enumerate(LESSONS, 1))
        return f'<div style="{_CARDS}">{cards}</div>'


def tour() -> Tour:
    """The map of the notebooks: a film, the question and the minutes for each."""
    return Tour()


def _card(number: int, lesson: Lesson) -> str:
    image = base64.b64encode(lesson.film()).decode()
    alt = say("course.tour.film", lesson=lesson.name)
    return (
        f'<div style="{_CARD}">'
        f'<img src="data:image/gif;base64,{image}" alt="{escape(alt)}" style="{_IMAGE}">'
        f'<a href="{lesson.file}"><b>{number} · {escape(lesson.name)}</b></a><br>'
        f"{escape(lesson.question)} <small>({escape(_minutes(lesson))})</small></div>"
    )


def _minutes(lesson: Lesson) -> str:
    return say("course.tour.minutes", minutes=lesson.minutes)
