"""The command ``convviz``: pictures, films and pages of a layer, from a shell.

Options carry TensorRT's names. What the layer refuses is said on stderr in the layer's own words,
without a traceback; the exit code tells a script which sort of failure it was.
"""

from __future__ import annotations

import argparse
import io
import signal
import sys
import threading
from collections.abc import Callable, Generator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from convviz import cli_models
from convviz.errors import ArgumentError
from convviz.parameters import (
    KERNEL_SIZE_ND,
    OPTIONAL,
    Choice,
    Count,
    PaddingMode,
    Parameter,
    PerAxis,
)

if TYPE_CHECKING:
    from convviz.scene.scene import Scene

DONE, FAILED, REFUSED, INTERRUPTED, TERMINATED = 0, 1, 2, 130, 143

DEFAULT_INPUT, DEFAULT_KERNEL = "6x9", "3x3"
MOST_CHARACTERS = 600  # of what is said to a command that cannot be read

DESCRIPTION = "Pictures, films and pages of what a TensorRT convolution layer does."
EPILOG = """\
exit codes: 0 done; 1 a file could not be read or written, or a device cannot be used; 2 the command
or the layer is refused, with the reason on stderr.

  convviz draw x.svg --input 6x9 --kernel 3x3 --stride-nd 2,2 --padding-mode SAME_UPPER
  convviz film x.gif --input photo.png --kernel edges --steps 0:75000:1000
  convviz dive x.mp4 --input photo.png --kernel edges --at 60,100
  convviz page x.html --input 1x2x6x9 --kernel 3x3 --num-output-maps 2 --num-groups 2
  convviz page x.html --vary stride_nd=1,2,3 --vary padding_mode=SAME_UPPER,SAME_LOWER
  convviz model net.onnx
  convviz draw x.svg --model net.onnx --layer 3 --feeds images=photo.png
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; gives the exit code."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a console's encoding may lack a sign of ours
            stream.reconfigure(errors="replace")
    try:
        options = _parser().parse_args(arguments)
    except SystemExit as exit_:  # argparse has said why
        return int(exit_.code or 0)
    try:
        with _terminated_by_exception():
            options.run(options)
    except ArgumentError as error:
        print(f"convviz: {error}", file=sys.stderr)
        return REFUSED
    except (OSError, MemoryError) as error:
        print(f"convviz: {str(error) or 'out of memory'}", file=sys.stderr)
        return FAILED
    except KeyboardInterrupt:
        return INTERRUPTED
    except _Terminated:
        return TERMINATED
    return DONE


class _Terminated(BaseException):
    """Another process asked this one to end (SIGTERM)."""


@contextmanager
def _terminated_by_exception() -> Generator[None]:
    """Let SIGTERM unwind the stack, so that no part of a file is left behind."""
    asked = False

    def stop(number: int, frame: object) -> None:
        nonlocal asked
        asked = True
        raise _Terminated

    if threading.current_thread() is not threading.main_thread():  # signals are the main thread's
        yield
        return
    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    except Exception:
        if asked:  # a library's C code may have turned it into an error of its own
            raise _Terminated from None
        raise
    finally:
        signal.signal(signal.SIGTERM, before)


# What there is to ask for


class _Parser(argparse.ArgumentParser):
    """A parser that says what is wrong in one line, as the layer does."""

    def error(self, message: str) -> NoReturn:
        """Leave with the code of a refusal."""
        words = message if len(message) <= MOST_CHARACTERS else f"{message[:MOST_CHARACTERS]}…"
        self.exit(REFUSED, f"{self.prog}: {words}. {self.prog} --help lists the options.\n")


def _parser() -> _Parser:
    plain = argparse.RawDescriptionHelpFormatter
    parser = _Parser(prog="convviz", description=DESCRIPTION, epilog=EPILOG, formatter_class=plain)
    parser.add_argument("--version", action="version", version=f"convviz {_version()}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)

    def command(
        name: str,
        run: Callable[[argparse.Namespace], None],
        words: str,
        *parents: _Parser,
    ) -> _Parser:
        added = commands.add_parser(
            name, help=words, description=words, epilog=EPILOG, formatter_class=plain,
            parents=parents,
        )  # fmt: skip
        added.set_defaults(run=run)
        return added

    layer, look = _layer_options(), _look_options()
    draw = command("draw", _draw, "draw one step as SVG, PDF or PNG", layer, look)
    draw.add_argument("--step", type=int, help="output element, in memory order (0)")
    draw.add_argument("--view", help="axes: every window along each axis (the tensors)")
    film = command("film", _film, "film the steps as GIF, MP4, WebP or APNG", layer, look)
    film.add_argument("--steps", type=_steps, metavar="A:B:C", help="from A up to B, every C (all)")
    film.add_argument("--fps", type=float, default=3.0, help="steps a second (3)")
    film.add_argument("--pause", type=float, default=1.0, help="seconds more for the last (1)")
    film.add_argument("--loop", type=int, default=0, help="how often to play; 0 for ever (0)")
    film.add_argument("--taps", action="store_true", help="first outputs product by product")
    film.add_argument("--quiet", action="store_true", help="no progress bar")
    words = "zoom from a pixel to the output: six pictures in a strip, a film, or a page"
    dive = command("dive", _dive, words, layer, look)
    dive.add_argument("--at", type=_integers, metavar="R,C", help="pixel (where neighbours differ)")
    dive.add_argument("--output-map", type=int, default=0, help="that the pixel is part of (0)")
    dive.add_argument("--channel", type=int, help="whose numbers are shown (what adds most)")
    dive.add_argument("--fps", type=float, help="frames a second of a film (15)")
    dive.add_argument("--quiet", action="store_true", help="no progress bar")
    page = command("page", _page, "write an HTML page that plays offline", layer)
    page.add_argument("--title", help="the page's heading")
    page.add_argument("--text", action="append", default=[], help="a paragraph before the scene")
    vary = page.add_argument("--vary", type=_named_values, action="append", default=[])
    vary.metavar, vary.help = "NAME=V,V", "values to choose from on the page: stride_nd=1,2,1x3"
    gallery = command("gallery", _gallery, "write the classic pictures of the arithmetic as a page")
    for each, endings in (
        (draw, "svg, pdf, png"),
        (film, "gif, mp4, webp, png"),
        (dive, "svg, pdf, png; gif, mp4, webp, apng; html"),
        (page, "html"),
    ):
        each.add_argument("file", help=f"what to write: the ending says how ({endings})")
    gallery.add_argument("file", help="the page to write (html)")
    model = command("model", _model, "list the convolutions of a model, a line each")
    model.add_argument("model", metavar="FILE", help="an ONNX file")
    cli_models.add_feeds(model.add_argument)
    device = command("device", _device, "say what computes here, and why")
    device.add_argument("device", nargs="?", help="cuda or cpu: fails where it cannot be used")
    return parser


def _layer_options() -> _Parser:
    parser = _Parser(add_help=False)
    group = parser.add_argument_group("the layer")
    add = group.add_argument
    add("--input", metavar="SHAPE|FILE",
        help="6x9, 3x6x9 (channels first), an image, or a .npy file (6x9)")  # fmt: skip
    add("--kernel", metavar="SHAPE|NAME|FILE",
        help="3x3, 2x3x3 for a 3-D one, blur, edges, sharpen, or a .npy file (3x3)")  # fmt: skip
    add("--bias", type=_numbers, metavar="B,…", help="one number per map")
    add("--num-output-maps", type=int, metavar="N", help="for a kernel given by its shape (1)")
    for row in OPTIONAL:
        _add_parameter(group, row)
    add("--input-scale", type=float, metavar="S", help="quantize to int8")
    add("--kernel-scale", type=_numbers, metavar="S,…", help="one number, or one per map")
    add("--item", type=int, default=0, metavar="N", help="which item of the batch (0)")
    add("--device", help="cuda or cpu: what computes")
    cli_models.add_layer(parser.add_argument_group("or a layer out of a model").add_argument)
    return parser


def _look_options() -> _Parser:
    parser = _Parser(add_help=False)
    group = parser.add_argument_group("the picture")
    add = group.add_argument
    add("--theme", help="light or dark (what goes with the style)")
    add("--style", help="one of matplotlib's style sheets")
    add("--figsize", type=_size, metavar="W,H", help="inches (what suits the font)")
    add("--dpi", type=float, help="pixels an inch (100)")
    add("--no-captions", dest="captions", action="store_false",
        help="without the sum, the formulas and the notes")  # fmt: skip
    return parser


def _version() -> str:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("convviz")
    except PackageNotFoundError:  # from a folder or an archive that nobody installed
        return "(not installed)"


def _add_parameter(group: argparse._ArgumentGroup, row: Parameter) -> None:
    """The option of one row of the parameters' table."""
    option = "--" + row.name.replace("_", "-")
    match row:
        case PerAxis():
            words = f"{row.description}; one integer per axis, or one for all"
            group.add_argument(option, type=_integers, metavar="H,W", help=words)
        case Count():
            group.add_argument(option, type=int, metavar="N", help=row.description)
        case Choice():
            words = f"{row.description}: {', '.join(PaddingMode.__members__)}"
            group.add_argument(option, metavar="MODE", help=words)


def _integers(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.replace("x", ",").split(","))


def _numbers(text: str) -> list[float]:
    return [float(part) for part in text.split(",")]


def _size(text: str) -> tuple[float, float]:
    width, height = (float(part) for part in text.replace("x", ",").split(","))
    return width, height


def _named_values(text: str) -> tuple[str, list[str]]:
    name, values = text.split("=")
    return name.strip().replace("-", "_"), [value.strip() for value in values.split(",")]


def _steps(text: str) -> slice:
    steps = slice(*(int(part) if part else None for part in text.split(":")))
    if steps.step == 0:
        raise ValueError
    return steps


for _reader, _name in (
    (_integers, "integers"), (_numbers, "numbers"), (_size, "size"), (_steps, "range A:B:C"),
    (_named_values, "list NAME=V,V"),
):  # fmt: skip
    _reader.__name__ = _name  # what argparse calls it when it refuses one


# What is done


def _draw(options: argparse.Namespace) -> None:
    from convviz import files
    from convviz.plot.still import FORMATS, draw

    files.target(options.file, FORMATS)
    with _style(options):
        picture = draw(_scene(options), step=options.step, view=options.view, **_look(options))
        picture.save(options.file, dpi=options.dpi)
    _say(options.file, picture.alt)


def _film(options: argparse.Namespace) -> None:
    from convviz import files
    from convviz.plot.film import FORMATS, film

    files.target(options.file, FORMATS)
    scene = _scene(options)
    steps = None if options.steps is None else range(scene.steps)[options.steps]
    loop = options.loop or True
    with _style(options):
        made = film(
            scene,
            steps=steps,
            fps=options.fps,
            pause=options.pause,
            loop=loop,
            taps=options.taps,
            **_look(options),
        )
        made.save(options.file, dpi=options.dpi, show_progress=False if options.quiet else None)
    _say(options.file, f"{len(made.steps)} {'frames' if options.taps else 'steps'}")


def _dive(options: argparse.Namespace) -> None:
    from convviz import files
    from convviz.plot import film, still
    from convviz.widget.dive import dive
    from convviz.widget.page import page

    films = [ending for ending in film.FORMATS if ending not in still.FORMATS]
    ending = files.target(options.file, (*still.FORMATS, *films, "html")).suffix[1:].lower()
    shown = dive(
        _scene(options), at=options.at, output_map=options.output_map, channel=options.channel
    )
    with _style(options):
        if ending == "html":
            page([shown], options.file)
        elif ending in films:
            made = film.film(shown, fps=options.fps, **_look(options))
            shows = False if options.quiet else None
            made.save(options.file, dpi=options.dpi, show_progress=shows)
        else:
            still.draw(shown, **_look(options)).save(options.file, dpi=options.dpi)
    _say(options.file, shown.shown.words["picture"])


def _page(options: argparse.Namespace) -> None:
    from convviz.widget.page import page

    scene = _scene(options)
    vary = _varied(options.vary, len(scene.geometry.axes)) if options.vary else None
    page([*options.text, scene], options.file, title=options.title, vary=vary)
    _say(options.file, "one page, which needs no network")


def _varied(given: Sequence[tuple[str, list[str]]], rank: int) -> dict[str, list[object]]:
    """The values of each parameter; those with one number for each axis as 1x2, or 2 for all."""
    rows = {row.name: row for row in (KERNEL_SIZE_ND, *OPTIONAL)}
    found: dict[str, list[object]] = {}
    for name, texts in given:
        row = rows.get(name)
        values = [_value(row, text) for text in texts]
        found[name] = [*found.get(name, []), *(_for_every_axis(row, v, rank) for v in values)]
    return found


def _value(row: Parameter | None, text: str) -> object:
    """A value of a parameter; a text that is none, for its own check to refuse."""
    try:
        match row:
            case PerAxis():
                return _integers(text)
            case Count():
                return int(text)
    except ValueError:
        pass
    return text


def _gallery(options: argparse.Namespace) -> None:
    from convviz.course import gallery

    gallery.write(options.file)
    _say(options.file, f"{len(gallery.ITEMS)} layers")


def _model(options: argparse.Namespace) -> None:
    from convviz.models.table import as_text

    print(as_text(cli_models.model_of(options.model, options), options.model))


def _device(options: argparse.Namespace) -> None:
    from convviz.compute.device import device

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


def _look(options: argparse.Namespace) -> dict[str, Any]:
    return {name: getattr(options, name) for name in ("theme", "figsize", "captions")}


# The layer


def _scene(options: argparse.Namespace) -> Scene:
    from convviz import cli_arrays as arrays
    from convviz.scene.subject import scene_of

    if options.model is not None:
        return _scene_of_model(options)
    cli_models.refuse_alone(options)
    image = options.input or DEFAULT_INPUT
    kernel, groups = arrays.kernel_of(
        options.kernel or DEFAULT_KERNEL, image, options.num_output_maps, options.num_groups
    )
    parameters: dict[str, Any] = {
        row.name: _for_every_axis(row, getattr(options, row.name), kernel.ndim - 2)
        for row in OPTIONAL
    }
    parameters["num_groups"] = groups
    parameters |= {name: getattr(options, name) for name in ("bias", "input_scale", "kernel_scale")}
    given = {name: value for name, value in parameters.items() if value is not None}
    if "bias" in given:
        import numpy as np

        given["bias"] = np.array(given["bias"], np.float32)
    data = arrays.input_of(image, kernel.ndim)
    return scene_of(data, kernel, device=options.device, item=options.item, **given)


def _scene_of_model(options: argparse.Namespace) -> Scene:
    """The scene of a layer out of a model, with the parameters that are given besides."""
    from convviz.scene.subject import scene_of

    layer = cli_models.convolution_of(options, vars(options)).layer
    for row in OPTIONAL:
        value = _for_every_axis(row, getattr(options, row.name), layer.rank)
        if value is not None:
            setattr(layer, row.name, value)
    return scene_of(layer, device=options.device, item=options.item)


def _for_every_axis(row: Parameter | None, value: Any, rank: int) -> Any:
    """One number stands for all axes."""
    is_one = isinstance(row, PerAxis) and isinstance(value, tuple) and len(value) == 1
    return value * rank if is_one else value
