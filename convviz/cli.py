"""The command ``convviz``: pictures, films and pages of a layer, from a shell.

Options carry TensorRT's names. What the layer refuses is said on stderr in the layer's own words,
without a traceback; the exit code tells a script which sort of failure it was.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

from convviz.errors import ArgumentError

if TYPE_CHECKING:
    import numpy as np

    from convviz.scene.scene import Scene

DONE, FAILED, REFUSED, INTERRUPTED = 0, 1, 2, 130

DESCRIPTION = "Pictures, films and pages of what a TensorRT convolution layer does."
EPILOG = """\
exit codes: 0 done; 1 a file could not be read or written, or a device cannot be used; 2 the command
or the layer is refused, with the reason on stderr.

  convviz draw x.svg --input 6x9 --kernel 3x3 --stride-nd 2,2 --padding-mode SAME_UPPER
  convviz film x.gif --input photo.png --kernel edges --steps 0:75000:1000
  convviz page x.html --input 1x2x6x9 --kernel 3x3 --num-output-maps 2 --num-groups 2
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; gives the exit code."""
    try:
        options = _parser().parse_args(arguments)
    except SystemExit as exit_:  # argparse has said why
        return int(exit_.code or 0)
    try:
        options.run(options)
    except ArgumentError as error:
        print(f"convviz: {error}", file=sys.stderr)
        return REFUSED
    except (OSError, MemoryError) as error:
        print(f"convviz: {str(error) or 'out of memory'}", file=sys.stderr)
        return FAILED
    except KeyboardInterrupt:
        return INTERRUPTED
    return DONE


# What there is to ask for


def _parser() -> argparse.ArgumentParser:
    plain = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(
        prog="convviz", description=DESCRIPTION, epilog=EPILOG, formatter_class=plain
    )
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)

    def command(
        name: str, run: Callable, words: str, *parents: argparse.ArgumentParser
    ) -> argparse.ArgumentParser:
        added = commands.add_parser(
            name, help=words, description=words, epilog=EPILOG, formatter_class=plain,
            parents=parents,
        )  # fmt: skip
        added.set_defaults(run=run)
        return added

    layer, look = _layer_options(), _look_options()
    draw = command("draw", _draw, "draw one step as SVG, PDF or PNG", layer, look)
    draw.add_argument("--step", type=int, default=0, help="output element, in memory order (0)")
    film = command("film", _film, "film the steps as GIF, MP4, WebP or APNG", layer, look)
    film.add_argument("--steps", type=_steps, metavar="A:B:C", help="from A up to B, every C (all)")
    film.add_argument("--fps", type=float, default=3.0, help="steps a second (3)")
    film.add_argument("--pause", type=float, default=1.0, help="seconds more for the last (1)")
    film.add_argument("--loop", type=int, default=0, help="how often to play; 0 for ever (0)")
    film.add_argument("--quiet", action="store_true", help="no progress bar")
    page = command("page", _page, "write an HTML page that plays offline", layer)
    page.add_argument("--title", help="the page's heading")
    page.add_argument("--text", action="append", default=[], help="a paragraph before the scene")
    gallery = command("gallery", _gallery, "write the classic pictures of the arithmetic as a page")
    for each, endings in ((draw, "svg, pdf, png"), (film, "gif, mp4, webp, png"), (page, "html")):
        each.add_argument("file", help=f"what to write: the ending says how ({endings})")
    gallery.add_argument("file", help="the page to write (html)")
    device = command("device", _device, "say what computes here, and why")
    device.add_argument("device", nargs="?", help="cuda or cpu: fails where it cannot be used")
    return parser


def _layer_options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(add_help=False)
    group = parser.add_argument_group("the layer")
    add = group.add_argument
    add("--input", default="6x9", metavar="SHAPE|FILE",
        help="6x9, 3x6x9 (channels first), an image, or a .npy file (6x9)")  # fmt: skip
    add("--kernel", default="3x3", metavar="SHAPE|NAME|FILE",
        help="3x3, 2x3x3 for a 3-D one, blur, edges, sharpen, or a .npy file (3x3)")  # fmt: skip
    add("--bias", type=_numbers, metavar="B,…", help="one number a map")
    add("--num-output-maps", type=int, metavar="N", help="for a kernel given by its shape (1)")
    for name in ("stride", "padding", "dilation"):
        add(f"--{name}-nd", type=_integers, metavar="H,W", help="one integer an axis, or one")
    for name in ("pre", "post"):
        add(f"--{name}-padding", type=_integers, metavar="H,W", help="one integer an axis, or one")
    add("--padding-mode", metavar="MODE", help="EXPLICIT_ROUND_DOWN, SAME_UPPER, …")
    add("--num-groups", type=int, metavar="N")
    add("--input-scale", type=float, metavar="S", help="quantize to int8")
    add("--kernel-scale", type=_numbers, metavar="S,…", help="one number, or one a map")
    add("--item", type=int, default=0, metavar="N", help="which item of the batch (0)")
    add("--device", help="cuda or cpu: what computes")
    return parser


def _look_options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(add_help=False)
    group = parser.add_argument_group("the picture")
    add = group.add_argument
    add("--theme", help="light or dark (what goes with the style)")
    add("--style", help="one of matplotlib's style sheets")
    add("--figsize", type=_size, metavar="W,H", help="inches (what suits the letters)")
    add("--dpi", type=float, help="pixels an inch (100)")
    add("--no-captions", dest="captions", action="store_false",
        help="without the sum, the formulas and the notes")  # fmt: skip
    return parser


def _integers(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.replace("x", ",").split(","))


def _numbers(text: str) -> list[float]:
    return [float(part) for part in text.split(",")]


def _size(text: str) -> tuple[float, float]:
    width, height = (float(part) for part in text.replace("x", ",").split(","))
    if width <= 0 or height <= 0:
        raise ValueError
    return width, height


def _steps(text: str) -> slice:
    return slice(*(int(part) if part else None for part in text.split(":")))


for _reader, _name in (
    (_integers, "integers"), (_numbers, "numbers"), (_size, "size"), (_steps, "range A:B:C"),
):  # fmt: skip
    _reader.__name__ = _name  # what argparse calls it when it refuses one


# What is done


def _draw(options: argparse.Namespace) -> None:
    from convviz import draw, files
    from convviz.plot.still import FORMATS

    files.target(options.file, FORMATS)
    with _style(options):
        picture = draw(_scene(options), step=options.step, **_look(options))
        picture.save(options.file, dpi=options.dpi)
    _say(options.file, picture.alt)


def _film(options: argparse.Namespace) -> None:
    from convviz import files, film
    from convviz.plot.film import FORMATS

    files.target(options.file, FORMATS)
    scene = _scene(options)
    steps = None if options.steps is None else range(scene.steps)[options.steps]
    loop = options.loop or True
    with _style(options):
        made = film(
            scene, steps=steps, fps=options.fps, pause=options.pause, loop=loop, **_look(options)
        )
        made.save(options.file, dpi=options.dpi, show_progress=False if options.quiet else None)
    _say(options.file, f"{len(made.steps)} steps")


def _page(options: argparse.Namespace) -> None:
    from convviz import page

    page([*options.text, _scene(options)], options.file, title=options.title)
    _say(options.file, "one page, which needs no network")


def _gallery(options: argparse.Namespace) -> None:
    from convviz.course import gallery

    gallery.write(options.file)
    _say(options.file, f"{len(gallery.ITEMS)} layers")


def _device(options: argparse.Namespace) -> None:
    from convviz import device

    try:
        print(device(options.device))
    except ArgumentError as error:
        if options.device not in ("cuda", "cpu"):
            raise
        raise OSError(str(error)) from None


def _say(path: str, words: str) -> None:
    size = Path(path).stat().st_size
    print(f"{path}: {size / 1e3:,.0f} kB. {words}")


def _style(options: argparse.Namespace) -> AbstractContextManager[None]:
    import matplotlib.style

    if options.style is None:
        return nullcontext()
    if options.style not in matplotlib.style.available:
        allowed = ", ".join(name for name in matplotlib.style.available if name[0] != "_")
        raise ArgumentError("style", repr(options.style), allowed, "Use one of these names.")
    return matplotlib.style.context(options.style)


def _look(options: argparse.Namespace) -> dict[str, object]:
    return {name: getattr(options, name) for name in ("theme", "figsize", "captions")}


# The layer


def _scene(options: argparse.Namespace) -> Scene:
    from convviz.scene.subject import scene_of

    kernel = _kernel(options.kernel, options)
    parameters = {
        name: _spread(getattr(options, name), kernel.ndim - 2)
        for name in ("stride_nd", "padding_nd", "dilation_nd", "pre_padding", "post_padding")
    }
    parameters |= {name: getattr(options, name) for name in ("padding_mode", "num_groups")}
    parameters |= {name: getattr(options, name) for name in ("bias", "input_scale", "kernel_scale")}
    given = {name: value for name, value in parameters.items() if value is not None}
    if "bias" in given:
        import numpy as np

        given["bias"] = np.array(given["bias"], np.float32)
    data = _input(options.input, kernel.ndim)
    return scene_of(data, kernel, device=options.device, item=options.item, **given)


def _spread(value: tuple[int, ...] | None, rank: int) -> tuple[int, ...] | None:
    """One number stands for all axes."""
    return value * rank if value is not None and len(value) == 1 else value


def _input(text: str, rank: int) -> np.ndarray:
    """The input: the digits 1 to 9 in this shape, an image's channels, or an array."""
    import numpy as np

    shape = _shape(text)
    if shape is not None:
        return _digits((1,) * (rank - len(shape)) + shape)
    if text.endswith(".npy"):
        return _load(text).astype(np.float32)
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(_there(text, "input")) as image:
            pixels = np.array(image.convert("L" if image.mode in ("1", "L", "LA") else "RGB"))
    except UnidentifiedImageError:
        remedy = "Give a PNG, JPEG, WebP, GIF or TIFF, or np.save an array as .npy."
        raise ArgumentError(
            "input", repr(text), "an image, a .npy file, or a shape", remedy
        ) from None
    channels = pixels[None] if pixels.ndim == 2 else pixels.transpose(2, 0, 1)
    return np.ascontiguousarray(channels[None], np.float32)


def _kernel(text: str, options: argparse.Namespace) -> np.ndarray:
    """The weights: powers of ten or small whole numbers in this shape, an example, or an array."""
    import numpy as np

    from convviz.course import examples

    shape = _shape(text)
    if shape is None:
        named = {"blur": examples.blur, "edges": examples.edges, "sharpen": examples.sharpen}
        if text in named:
            return _for_each_channel(named[text](), options)
        weights = _load(text).astype(np.float32)
        return weights[None, None] if weights.ndim == 2 else weights
    if len(shape) not in (2, 3):
        allowed = "2 sizes (3x3) or 3 (2x3x3)"
        raise ArgumentError("kernel_size_nd", text, allowed, "Write --kernel 3x3, for example.")
    maps, groups = options.num_output_maps or 1, options.num_groups or 1
    channels = max(1, _channels(options.input, len(shape)) // max(1, groups))
    size = int(np.prod(shape))
    first = size // 2
    slice_ = 10.0 ** np.arange(first, first - size, -1) if size <= 9 else _digits((size,))
    signs = (-1) ** np.add.outer(np.arange(maps), np.arange(channels))
    return (signs[..., None] * slice_).reshape(maps, channels, *shape).astype(np.float32)


def _for_each_channel(weights: np.ndarray, options: argparse.Namespace) -> np.ndarray:
    """An example's kernel once for each group, so that a colour picture keeps its colours."""
    import numpy as np

    channels = _channels(options.input, 2)
    if options.num_groups is None:
        options.num_groups = channels
    shape = (channels, channels // max(1, options.num_groups), *weights.shape[2:])
    return np.broadcast_to(weights, shape).copy()


def _channels(text: str, rank: int) -> int:
    """The input's channels, the axis before the ``rank`` spatial ones."""
    return _input(text, rank + 2).shape[-rank - 1]


def _shape(text: str) -> tuple[int, ...] | None:
    """The sizes of 6x9; None for anything else."""
    parts = text.split("x")
    if not all(part.isdecimal() for part in parts):
        return None
    shape = tuple(map(int, parts))
    if 0 in shape or len(shape) < 2 or len(shape) > 8:
        raise ArgumentError(
            "shape", text, "2 to 8 sizes, each at least 1", "Write 6x9, for example."
        )
    cells = 1
    for size in shape:
        cells *= size
    if cells > 16_000_000:
        raise ArgumentError("shape", text, "at most 16,000,000 values", "Give it smaller sizes.")
    return shape


def _digits(shape: tuple[int, ...]) -> np.ndarray:
    """1 … 9 over and over, so that a 3×3 window holds each digit once where the rows are 9 long."""
    import numpy as np

    if len(shape) < 2:
        return (np.arange(shape[0]) % 9 + 1).astype(np.float32)
    rows, columns = np.ogrid[: shape[-2], : shape[-1]]
    block = (3 * (rows % 3) + columns % 3 + 1).astype(np.float32)
    return np.broadcast_to(block, shape).copy()


def _load(text: str) -> np.ndarray:
    import numpy as np

    try:
        array = np.load(_there(text, "file"), allow_pickle=False)
    except ValueError as error:
        remedy = "Write it by np.save, of numbers."
        raise ArgumentError(
            "file", f"{text!r}: {error}", "a .npy file of numbers", remedy
        ) from None
    if not isinstance(array, np.ndarray) or array.dtype.kind not in "fiub":
        remedy = "Write one array of numbers by np.save."
        raise ArgumentError("file", repr(text), "a .npy file of one array of numbers", remedy)
    return array


def _there(text: str, name: str) -> Path:
    path = Path(text)
    if not path.is_file():
        remedy = "A shape is written 6x9, without spaces."
        raise ArgumentError(name, repr(text), "a file that is there, or a shape", remedy)
    return path
