"""A still follows matplotlib's settings; its files have real text, no rasters, and are whole."""

from __future__ import annotations

import io
import re
import struct
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import matplotlib as mpl
import matplotlib.style
import numpy as np
import pytest
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.image import AxesImage
from PIL import Image
from scenes import reference

import convviz as cv
from convviz.errors import ArgumentError
from convviz.plot.still import Still
from convviz.scene import decimals, palette
from convviz.scene.step import number_text

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture
def scene():
    return reference(stride_nd=(2, 2), padding_mode="SAME_UPPER").scene()


@pytest.fixture
def photo():
    rng = np.random.default_rng(1)
    return cv.draw(rng.random((90, 90), np.float32), np.ones((3, 3), np.float32)).scene


# Steps


def test_a_step_shows_what_the_scene_says_whatever_was_shown_before(scene) -> None:
    fresh = {step: Still(scene, step) for step in range(scene.steps)}
    moved = Still(scene)
    for step in [0, 5, 3, scene.steps - 1, 1, 7]:
        moved.show(step)
        for key, cell in moved.cells.items():
            other = fresh[step].cells[key]
            assert (cell.text, cell.style, cell.classes) == (other.text, other.style, other.classes)
        assert moved.alt == fresh[step].alt


def test_the_taps_wear_the_weights_colours(scene) -> None:
    picture = Still(scene, 7, theme="light")
    taps = [key for key, cell in picture.cells.items() if "is-tap" in cell.classes]
    assert taps == [("input", 0, None, *tap.cell) for tap in scene.step(7).taps]
    for tap in scene.step(7).taps:
        style = picture.cells["input", 0, None, *tap.cell].style
        assert (style.inset_fill or style.fill) == palette.weight_colour(*tap.weight[1:])


def test_a_step_that_is_not_there_is_refused(scene) -> None:
    assert Still(scene, -1).step == scene.steps - 1
    for step in (-scene.steps - 1, scene.steps, 1.5, "first"):
        with pytest.raises(ArgumentError, match="step: got"):
            Still(scene, step)


@pytest.mark.parametrize("figsize", [(0, 4), (8, np.inf), (8,), 8, "large"])
def test_a_size_that_no_figure_has_is_refused(scene, figsize) -> None:
    with pytest.raises(ArgumentError, match="figsize: got"):
        Still(scene, figsize=figsize)


def test_every_product_of_a_large_kernel_is_in_the_picture() -> None:
    kernel = np.arange(42, dtype=np.float32).reshape(6, 7)
    picture = cv.draw(np.full((8, 8), 3, np.float32), kernel)
    assert [cell.text for cell in picture.view.values] == ["3"] * 42
    weights = [cell.text for key, cell in picture.cells.items() if key[0] == "kernel"]
    assert weights == [str(n) for n in range(42)]


@pytest.mark.parametrize(
    ("value", "digits", "text"),
    [(255, 5, "255"), (1 / 3, 7, "0.3333333"), (123456, 5, "123460"), (-0.0, 5, "0"),
     (1.5e-7, 5, "1.5e-7"), (2e21, 7, "2e+21"), (1e20, 7, "100000000000000000000"),
     (np.nan, 5, "NaN"), (-np.inf, 5, "-Infinity")],
)  # fmt: skip
def test_a_pictures_number_reads_as_a_browser_writes_it(value, digits, text) -> None:
    assert number_text(np.float64(value), digits) == text


# Subjects


def test_a_layer_arrays_and_an_explorer_make_the_same_picture() -> None:
    case = reference(stride_nd=(2, 2))
    layer = case.layer()
    explorer = cv.explore(layer, case.data, step=3)
    pictures = [
        cv.draw(layer, case.data, step=3),
        cv.draw(case.data, case.kernel, stride_nd=(2, 2), step=3),
        cv.draw(explorer),
        cv.draw(explorer.scene, step=3),
    ]
    assert len({picture.alt for picture in pictures}) == 1
    assert "step 4 of 8" in pictures[0].alt


def test_what_is_shown_already_takes_no_data(scene) -> None:
    with pytest.raises(ArgumentError, match="data"):
        cv.draw(scene, np.ones((3, 3)))
    with pytest.raises(ArgumentError, match="stride_nd"):
        cv.draw(scene, stride_nd=(1, 1))


# matplotlib


def test_the_callers_axes_are_drawn_on_and_pyplot_is_left_alone(scene) -> None:
    figure = Figure()
    first, second = figure.subplots(1, 2)
    before = len(first.get_children())
    picture = cv.draw(scene, ax=second)
    assert (picture.ax, picture.figure) == (second, figure)
    assert len(first.get_children()) == before
    assert not second.axison


def test_a_subfigure_will_do(scene) -> None:
    figure = Figure(facecolor="#102030")
    left, _ = figure.subfigures(1, 2)
    picture = cv.draw(scene, ax=left.subplots())
    assert (picture.figure, picture.theme.name) == (figure, "dark")
    assert picture.bytes("png").startswith(b"\x89PNG")


def test_drawing_never_imports_pyplot() -> None:
    code = (
        "import sys, numpy as np, convviz as cv; p = cv.draw(np.ones((4, 4)), np.ones((3, 3)));"
        "p.bytes('png'); cv.film(p.scene).bytes('gif'); print('matplotlib.pyplot' in sys.modules)"
    )
    command = [sys.executable, "-c", code]
    assert subprocess.run(command, check=True, capture_output=True, text=True).stdout == "False\n"


def test_fonts_keep_to_the_axes_whatever_their_size(scene) -> None:
    figure = Figure(figsize=(9, 4))
    picture = cv.draw(scene, ax=figure.subplots())
    cell = picture.cells["input", 0, None, 0, 0]
    sizes = []
    for width in (9, 4.5):
        figure.set_size_inches(width, width / 2)
        figure.savefig(io.BytesIO())
        height = cell._background.get_window_extent().height * 72 / figure.dpi
        sizes.append(cell.text_artist.get_fontsize())
        assert sizes[-1] / height == pytest.approx(1 / 2, rel=0.1)  # a cell is two em high
    assert sizes[0] > 1.5 * sizes[1]


@pytest.mark.parametrize(
    ("style", "dark"),
    [("default", False), ("dark_background", True), ("ggplot", False), ("Solarize_Light2", False),
     ("fivethirtyeight", False), ("grayscale", False)],
)  # fmt: skip
def test_a_style_sheet_makes_page_and_ink(scene, style: str, dark: bool) -> None:
    with matplotlib.style.context(style):
        picture = cv.draw(scene)
        page = to_hex(mpl.rcParams["figure.facecolor"])
        picture.bytes("png")
    assert picture.theme.name == ("dark" if dark else "light")
    assert to_hex(picture.figure.get_facecolor()) == page
    assert palette.contrast(picture.theme["ink"], page) >= palette.READABLE


def test_fonts_follow_the_size_and_the_family_of_the_settings(scene) -> None:
    with mpl.rc_context({"font.size": 20, "font.family": ["serif"]}):
        large = cv.draw(scene)
    small = cv.draw(scene)
    ratio = large.figure.get_size_inches() / small.figure.get_size_inches()
    assert ratio == pytest.approx([2, 2])
    assert large.view.headings["input"].get_fontfamily()[0] == "serif"


def test_dollars_and_backslashes_are_text(scene) -> None:
    with mpl.rc_context({"text.parse_math": True, "axes.unicode_minus": True}):
        picture = Still(scene)
        picture.canvas.text(0, 0, r"$x^2$ \frac")
        assert r"$x^2$ \frac" in picture.bytes("svg").decode()


def test_a_theme_that_is_not_there_is_refused(scene) -> None:
    with pytest.raises(ArgumentError, match=r"theme: got 'blue'"):
        cv.draw(scene, theme="blue")


def test_without_captions_only_the_cells_stay(scene) -> None:
    words = [text.get_text() for text in cv.draw(scene, captions=False).ax.texts]
    assert not any("⌈" in word for word in words)
    assert scene.titles["input"] in words


# Files


def test_svg_has_real_text_no_raster_and_a_description(scene, tmp_path: Path) -> None:
    picture = cv.draw(scene, step=7)
    picture.save(tmp_path / "x.svg")
    root = ET.parse(tmp_path / "x.svg").getroot()
    assert root.get("role") == "img"
    assert root.get("aria-label") == picture.alt
    texts = [element.text for element in root.iter(f"{SVG}text")]
    shown = {cell.text for cell in picture.cells.values() if cell.text}
    assert shown <= set(texts)
    assert set(picture.footer.formulas) <= set(texts)
    assert not list(root.iter(f"{SVG}image"))
    assert len(list(root.iter(f"{SVG}path"))) > 70


def test_the_same_picture_is_the_same_svg(scene) -> None:
    assert cv.draw(scene).bytes("svg") == cv.draw(scene).bytes("svg")


def test_pdf_has_real_text_no_raster_and_a_description(scene) -> None:
    picture = cv.draw(scene, step=7)
    with mpl.rc_context({"pdf.compression": 0}):
        content = picture.bytes("pdf")
    assert content.startswith(b"%PDF")
    assert b"/Subtype /Image" not in content
    assert b"/FontFile2" in content  # text in a TrueType font, not outlines
    assert b"A convolution at step 8" in content.replace(b"\\", b"") or b"\xfe\xff" in content


def test_png_has_the_size_that_was_asked_for_and_a_description(scene, tmp_path: Path) -> None:
    picture = cv.draw(scene, figsize=(8, 4))
    picture.save(tmp_path / "x.png", dpi=150)
    with Image.open(tmp_path / "x.png") as image:
        assert image.size == (1200, 600)
        assert image.text["Description"] == picture.alt


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_page_has_the_themes_colour(scene, theme: str) -> None:
    content = cv.draw(scene, theme=theme).bytes("svg").decode()
    assert palette.THEMES[theme]["page"] in content


def test_a_photograph_is_one_raster_a_tensor(photo) -> None:
    picture = Still(photo, photo.steps - 1)
    images = [child for child in picture.ax.get_children() if isinstance(child, AxesImage)]
    assert [image.get_array().shape[:2] for image in images] == [(90, 90), (88, 88)]
    assert len(re.findall("<image", picture.bytes("svg").decode())) == 2
    assert (images[1].get_array()[..., 3] == 255).all()
    picture.show(0)
    assert (images[1].get_array()[..., 3] == 255).sum() == 1


def test_an_int8_photograph_is_magnified_over_the_weights_of_each_slice() -> None:
    rng = np.random.default_rng(2)
    data, kernel = rng.random((2, 60, 60), np.float32), np.ones((1, 2, 3, 3), np.float32)
    picture = cv.draw(data, kernel, input_scale=0.01, kernel_scale=0.5, step=70)
    step = picture.scene.step(70)
    shown = [cell.text for cell in picture.view.values]
    assert shown == [product.value for product in step.products]
    tensors = {key[0] for key in picture.cells}
    assert tensors == {"weights", "kernel"}


def picture_boxes(picture: Still) -> list[tuple[float, float, float, float]]:
    """Left, right, lower and upper end of each image, in the data coordinates of the axes."""
    images = [child for child in picture.ax.get_children() if isinstance(child, AxesImage)]
    return [tuple(float(end) for end in image.get_extent()) for image in images]


@pytest.mark.parametrize("channels", [1, 2, 4])
def test_an_image_alone_is_twice_as_large_as_one_of_several(channels: int) -> None:
    data = np.ones((channels, 60, 90), np.float32)
    boxes = picture_boxes(cv.draw(data, np.ones((1, channels, 3, 3), np.float32)))
    sides = [(abs(right - left), abs(upper - lower)) for left, right, lower, upper in boxes]
    *inputs, output = sides
    assert len(inputs) == channels
    large = output[0]
    assert output[1] == pytest.approx(large * 58 / 88)
    for width, height in inputs:
        assert width == pytest.approx(large / (1 if channels == 1 else 2))
        assert height == pytest.approx(width * 60 / 90)


@pytest.mark.parametrize("channels", [1, 4])
def test_the_heading_of_an_image_stands_over_it(channels: int) -> None:
    picture = cv.draw(
        np.ones((channels, 60, 90), np.float32), np.ones((1, channels, 3, 3), np.float32)
    )
    tops = [min(lower, upper) for *_, lower, upper in picture_boxes(picture)]  # y goes down
    words = {text.get_text(): text.get_position()[1] for text in picture.ax.texts}
    for name, top in (("input", tops[0]), ("output", tops[-1])):
        [heading] = [y for text, y in words.items() if text.startswith(name)]
        assert heading < top
    if channels > 1:
        assert words["channel 0"] < tops[0]
        assert words["channel 0"] > next(y for t, y in words.items() if t.startswith("input"))


def test_only_a_figure_of_one_s_own_gets_the_page_s_colour(scene) -> None:
    page = palette.THEMES["dark"]["page"]
    assert page in cv.draw(scene, theme="dark").bytes("svg").decode()
    figure = Figure(facecolor="#123456")
    drawn = cv.draw(scene, theme="dark", ax=figure.subplots()).bytes("svg").decode()
    assert "#123456" in drawn


def test_a_picture_of_the_cells_begins_at_the_first_step_and_one_of_the_axes_at_the_second(
    scene,
) -> None:
    assert cv.draw(scene).step == 0
    assert cv.draw(scene, view="axes").step == 6  # y[1, 1] of 3×5


def test_a_format_that_is_not_there_is_refused(scene) -> None:
    with pytest.raises(ArgumentError, match="format: got 'jpg'; allowed: 'svg', 'pdf', 'png'"):
        cv.draw(scene).bytes("jpg")


def test_a_folder_that_is_not_there_is_refused_before_anything_is_drawn(scene, tmp_path) -> None:
    picture = cv.draw(scene)
    for path in (tmp_path / "no" / "x.svg", tmp_path / "x.jpg", tmp_path):
        with pytest.raises(ArgumentError, match=r"path: got .*"):
            picture.save(path)
    assert list(tmp_path.iterdir()) == []


def test_a_failed_save_leaves_the_old_file(scene, tmp_path: Path, monkeypatch) -> None:
    picture, path = cv.draw(scene), tmp_path / "x.svg"
    picture.save(path)
    old = path.read_bytes()
    picture.show(3)
    monkeypatch.setattr(Path, "write_bytes", lambda *_: (_ for _ in ()).throw(OSError("full")))
    with pytest.raises(OSError, match="full"):
        picture.save(path)
    assert path.read_bytes() == old
    assert list(tmp_path.iterdir()) == [path]


def test_a_saved_file_replaces_another_and_follows_a_link(scene, tmp_path: Path) -> None:
    path, link = tmp_path / "x.png", tmp_path / "link.png"
    path.write_bytes(b"old")
    link.symlink_to(path)
    cv.draw(scene).save(link)
    assert link.is_symlink()
    assert struct.unpack(">4s", path.read_bytes()[:4])[0] == b"\x89PNG"


# In a notebook


def test_a_notebook_shows_the_picture_with_its_words(scene) -> None:
    picture = cv.draw(scene)
    data, metadata = picture._repr_mimebundle_()
    assert data["image/png"].startswith(b"\x89PNG")
    assert metadata["image/png"]["alt"] == picture.alt
    assert "image/png" not in cv.draw(scene, ax=Figure().subplots())._repr_mimebundle_()[0]


def test_the_words_say_where_the_window_stands() -> None:
    scene = reference(pre_padding=(1, 1)).scene()
    alt = scene.step(0).alt
    assert "height -1 to 1, width -1 to 1, 5 of its 9 cells padding" in alt
    assert f"y[0, 0] = {decimals.texts(scene.output)[0]}" in alt
