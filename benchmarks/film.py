"""How fast a film is written, compared with what matplotlib offers for the same picture.

Every function starts from arrays and ends with a file or a text; those compared take turns in one
run. README.md says what each line means.
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
    """What one would write without `convviz.film`: a still, and a function that shows a step."""
    still = Still(scene_of(digits(shape), KERNEL))
    steps = still.scene.steps
    return FuncAnimation(still.figure, still.show, frames=steps, cache_frame_data=False)


def with_pillow(shape: tuple[int, int], path: Path) -> int:
    animation(shape).save(path, writer=PillowWriter(fps=3))
    return path.stat().st_size


def with_jshtml(shape: tuple[int, int]) -> int:
    return len(animation(shape).to_jshtml().encode())


def in_turns(functions: dict[str, Callable[[], int]], rounds: int) -> dict[str, tuple[float, int]]:
    """The median seconds of each function, and the bytes that it returns."""
    seconds: dict[str, list[float]] = {name: [] for name in functions}
    sizes = {}
    for _ in range(rounds):
        for name, function in functions.items():
            start = time.perf_counter()
            sizes[name] = function()
            seconds[name].append(time.perf_counter() - start)
    return {name: (statistics.median(seconds[name]), sizes[name]) for name in functions}


def table(title: str, results: dict[str, tuple[float, int]]) -> None:
    first_seconds, first_size = next(iter(results.values()))
    print(f"\n{title}\n{'':34}{'seconds':>9}{'kB':>9}{'times as long':>15}{'as large':>10}")
    for name, (seconds, size) in results.items():
        ratios = f"{seconds / first_seconds:15.1f}{size / first_size:10.2f}"
        print(f"{name:34}{seconds:9.3f}{size / 1e3:9,.0f}{ratios}")


def main() -> None:
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        film(REFERENCE, folder / "first.gif")  # fonts are found once per process

        functions: dict[str, Callable[[], int]] = {
            "convviz, GIF": lambda: film(REFERENCE, folder / "x.gif"),
            "FuncAnimation.save, Pillow, GIF": lambda: with_pillow(REFERENCE, folder / "y.gif"),
            "FuncAnimation.to_jshtml": lambda: with_jshtml(REFERENCE),
        }
        formats = ["png", "webp", *(["mp4"] if shutil.which("ffmpeg") else [])]
        for name in formats:
            path = folder / f"x.{name}"
            functions[f"convviz, {name}"] = lambda path=path: film(REFERENCE, path)
        reference = in_turns(functions, ROUNDS)
        table("reference example, 28 steps", reference)

        functions = {
            "convviz, GIF": lambda: film(LARGER, folder / "x.gif"),
            "FuncAnimation.save, Pillow, GIF": lambda: with_pillow(LARGER, folder / "y.gif"),
        }
        table("16×16 input, 196 steps", in_turns(functions, 1))

        functions = {
            f"{side}×{side} input": lambda side=side: film(
                (side, side), folder / "x.gif", range(28)
            )
            for side in SIDES
        }
        table("28 steps, more cells", in_turns(functions, ROUNDS))
        functions = {
            f"{count} steps": lambda count=count: film(LARGER, folder / "x.gif", range(count))
            for count in FRAMES
        }
        table("16×16 input, more steps", in_turns(functions, ROUNDS))

        seconds, size = reference["convviz, GIF"]
        peer_seconds, peer_size = reference["FuncAnimation.save, Pillow, GIF"]
        faster, larger = peer_seconds / seconds, size / peer_size
        print(f"\nbudget: 10 times faster, no larger: {faster:.1f} times, {larger:.2f} as large")
        sys.exit(faster < 10 or larger > 1)


if __name__ == "__main__":
    main()
