"""How fast a film is written, beside matplotlib's own ways for the same picture.

Every way starts from arrays and ends with a file or a text; what is compared is taken in turns in
one run. README.md says what each line means.
"""

from __future__ import annotations

import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from matplotlib.animation import FuncAnimation, PillowWriter

import convviz as cv
from convviz.plot.still import Still
from convviz.scene.subject import scene_of

ROUNDS = 3
REFERENCE = (6, 9)
LARGER = (16, 16)
SIDES = (8, 16, 24, 32)
FRAMES = (28, 56, 112, 196)
KERNEL = cv.examples.powers_of_ten()


def digits(shape: tuple[int, int]) -> np.ndarray:
    return np.resize(np.arange(1, 10, dtype=np.float32), shape)


def film(shape: tuple[int, int], path: Path, steps: range | None = None) -> int:
    cv.film(digits(shape), KERNEL, steps=steps).save(path, show_progress=False)
    return path.stat().st_size


def animation(shape: tuple[int, int]) -> FuncAnimation:
    """What one writes by hand: the picture, and a function that moves it to a step."""
    picture = Still(scene_of(digits(shape), KERNEL))
    steps = picture.scene.steps
    return FuncAnimation(picture.figure, picture.show, frames=steps, cache_frame_data=False)


def with_pillow(shape: tuple[int, int], path: Path) -> int:
    animation(shape).save(path, writer=PillowWriter(fps=3))
    return path.stat().st_size


def with_jshtml(shape: tuple[int, int]) -> int:
    return len(animation(shape).to_jshtml().encode())


def in_turns(ways: dict[str, Callable[[], int]], rounds: int) -> dict[str, tuple[float, int]]:
    """The median seconds of each way, and its bytes."""
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    sizes = {}
    for _ in range(rounds):
        for name, way in ways.items():
            start = time.perf_counter()
            sizes[name] = way()
            seconds[name].append(time.perf_counter() - start)
    return {name: (statistics.median(seconds[name]), sizes[name]) for name in ways}


def table(title: str, results: dict[str, tuple[float, int]]) -> None:
    own_seconds, own_bytes = next(iter(results.values()))
    print(f"\n{title}\n{'':34}{'seconds':>9}{'kB':>9}{'times as long':>15}{'as large':>10}")
    for name, (seconds, size) in results.items():
        ratios = f"{seconds / own_seconds:15.1f}{size / own_bytes:10.2f}"
        print(f"{name:34}{seconds:9.3f}{size / 1e3:9,.0f}{ratios}")


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        film(REFERENCE, folder / "first.gif")  # fonts are found once a process

        ways: dict[str, Callable[[], int]] = {
            "convviz, GIF": lambda: film(REFERENCE, folder / "x.gif"),
            "FuncAnimation.save, Pillow, GIF": lambda: with_pillow(REFERENCE, folder / "y.gif"),
            "FuncAnimation.to_jshtml": lambda: with_jshtml(REFERENCE),
        }
        forms = ["png", "webp", *(["mp4"] if shutil.which("ffmpeg") else [])]
        for form in forms:
            ways[f"convviz, {form}"] = lambda form=form: film(REFERENCE, folder / f"x.{form}")
        reference = in_turns(ways, ROUNDS)
        table("reference example, 28 steps", reference)

        ways = {
            "convviz, GIF": lambda: film(LARGER, folder / "x.gif"),
            "FuncAnimation.save, Pillow, GIF": lambda: with_pillow(LARGER, folder / "y.gif"),
        }
        table("16×16 input, 196 steps", in_turns(ways, 1))

        ways = {
            f"{side}×{side} input": lambda side=side: film(
                (side, side), folder / "x.gif", range(28)
            )
            for side in SIDES
        }
        table("28 steps, more cells", in_turns(ways, ROUNDS))
        ways = {
            f"{count} steps": lambda count=count: film(LARGER, folder / "x.gif", range(count))
            for count in FRAMES
        }
        table("16×16 input, more steps", in_turns(ways, ROUNDS))

        own, peer = reference["convviz, GIF"], reference["FuncAnimation.save, Pillow, GIF"]
        ratio, larger = peer[0] / own[0], own[1] / peer[1]
        print(f"\nbudget: 10 times faster, no larger: {ratio:.1f} times, {larger:.2f} as large")
        sys.exit(ratio < 10 or larger > 1)


if __name__ == "__main__":
    main()
