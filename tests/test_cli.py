"""The command: what it writes, what it says, and the exit codes that scripts can use."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from convviz import cli

README = (Path(__file__).parent.parent / "README.md").read_text(encoding="utf-8")


@pytest.fixture
def run(tmp_path: Path, monkeypatch, capsys):
    """Run the command in a folder of its own; gives exit code, stdout and stderr."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CONVVIZ_DEVICE", "cpu")

    def call(line: str) -> tuple[int, str, str]:
        code = cli.main(line.split())
        return code, *capsys.readouterr()

    return call


@pytest.mark.parametrize("form", ["svg", "pdf", "png"])
def test_draw_writes_a_picture_and_says_what_it_shows(run, form: str) -> None:
    code, out, err = run(f"draw x.{form} --input 6x9 --kernel 3x3 --stride-nd 2,2 --step 3")
    assert (code, err) == (0, "")
    assert out.startswith(f"x.{form}: ")
    assert "step 4 of 8" in out
    assert "stride_nd = (2, 2)" in out
    assert os.listdir() == [f"x.{form}"]


def test_every_parameter_of_the_layer_arrives(run) -> None:
    _, out, _ = run(
        "draw x.svg --input 1x4x6x9 --kernel 3x2 --num-output-maps 2 --num-groups 2 "
        "--stride-nd 2 --dilation-nd 1,2 --pre-padding 1,0 --post-padding 0,2 "
        "--padding-mode EXPLICIT_ROUND_UP --bias=-1,2"
    )
    assert "kernel 2×2×3×2" in out
    for words in ("stride_nd = (2, 2)", "dilation_nd = (1, 2)", "padding before (1, 0)",
                  "padding after (0, 2)", "padding_mode = EXPLICIT_ROUND_UP",
                  "num_groups = 2", "num_output_maps = 2"):  # fmt: skip
        assert words in out
    assert "bias" in Path("x.svg").read_text(encoding="utf-8")


def test_a_volume_and_int8(run) -> None:
    assert "kernel 1×1×2×3×3" in run("draw x.svg --input 1x3x4x5 --kernel 2x3x3")[1]
    assert run("draw x.svg --input-scale 1 --kernel-scale 80")[0] == 0
    assert "became 0" in Path("x.svg").read_text(encoding="utf-8")


def test_film_writes_the_steps_that_were_asked_for(run) -> None:
    code, out, err = run("film x.gif --steps 0:20:5 --fps 5 --pause 0 --loop 2 --dpi 50")
    assert (code, err) == (0, "")
    assert "4 steps" in out

    with Image.open("x.gif") as image:
        assert (image.n_frames, image.info["duration"], image.info["loop"]) == (4, 200, 1)


def test_film_with_taps_writes_a_frame_per_product(run) -> None:
    code, out, err = run("film x.gif --taps --steps 0:1 --dpi 50")
    assert (code, err) == (0, "")
    assert "10 frames" in out
    with Image.open("x.gif") as image:
        assert image.n_frames == 10


def test_page_and_gallery_write_pages(run) -> None:
    assert run("page x.html --title <b> --text one --text two")[0] == 0
    text = Path("x.html").read_text(encoding="utf-8")
    assert "<h1>&lt;b&gt;</h1>\n<p>one</p>\n<p>two</p>" in text
    assert run("gallery g.html")[1].startswith("g.html: ")


def test_page_with_values_to_choose_from(run) -> None:
    line = "page x.html --vary stride-nd=1,2,1x3 --vary padding_mode=SAME_UPPER,SAME_LOWER"
    assert run(line)[0] == 0
    assert "On this page stride_nd, padding_mode can be chosen" in Path("x.html").read_text("utf-8")
    line = "page z.html --vary kernel=blur,edges --vary kernel-size-nd=3,2x4"
    assert run(line)[0] == 0
    assert "On this page kernel, kernel_size_nd can be chosen" in Path("z.html").read_text("utf-8")
    for option, words in (
        ("stride_nd=1,b", "stride_nd: got 'b'"),
        ("stride_nd", "--vary: invalid list"),
        ("strid=1", "Use one of these names"),
        ("padding_mode=SAME_UPPER,NONE", "padding_mode"),
        ("num_groups=1,1", "twice"),
        ("kernel_size_nd=2,b", "kernel_size_nd: got 'b'"),
        ("kernel=blur,blurred", "kernel"),
    ):
        code, _, err = run(f"page y.html --vary {option}")
        assert (code, Path("y.html").exists()) == (2, False)
        assert words in err


def test_images_and_arrays_are_inputs(run) -> None:
    pixels = np.arange(5 * 4 * 3, dtype=np.uint8).reshape(5, 4, 3)
    Image.fromarray(pixels).save("colour.png")
    Image.fromarray(pixels[..., 0]).save("grey.png")
    np.save("array.npy", np.ones((2, 5, 5)))
    np.save("kernel.npy", np.ones((1, 2, 3, 3), np.float32))
    assert "input 1×3×5×4, kernel 3×1×3×3" in run("draw x.svg --input colour.png --kernel blur")[1]
    assert "input 1×1×5×4" in run("draw x.svg --input grey.png --kernel edges")[1]
    assert "input 1×2×5×5" in run("draw x.svg --input array.npy --kernel kernel.npy")[1]
    assert "input 1×3×5×4, kernel 1×3×3×3" in run("draw x.svg --input colour.png --kernel 3x3")[1]


def test_a_style_sheet_and_a_theme_are_followed(run) -> None:
    for line in ("--style dark_background", "--theme dark", "--theme light"):
        assert run(f"draw {line.split()[1]}.png {line}")[0] == 0
    corners = [
        Image.open(f"{name}.png").convert("RGB").getpixel((0, 0))
        for name in ("dark_background", "dark", "light")
    ]
    assert corners == [(0, 0, 0), (17, 20, 24), (255, 255, 255)]
    code, _, err = run("draw x.svg --style no-such-style")
    assert code == 2
    assert "dark_background" in err


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("draw x.svg --stride-nd 0", "stride_nd: got (0, 0)"),
        ("draw x.svg --kernel 9x9", "kernel_size_nd: got 9"),
        ("draw x.svg --kernel 3", "shape: got '3'"),
        ("draw x.svg --figsize 0,1", "figsize: got (0.0, 1.0)"),
        ("draw x.svg --input 0x3", "shape: got 0x3"),
        ("draw x.svg --input 99999x99999", "shape: got 99999x99999"),
        ("draw x.svg --input no.png", "input: got 'no.png'"),
        ("draw x.svg --kernel no.npy", "file: got 'no.npy'"),
        ("draw x.svg --padding-mode SAME", "padding_mode: got 'SAME'"),
        ("draw x.svg --num-groups 2", "num_groups: got 2"),
        ("draw x.svg --step 99", "step: got 99"),
        ("draw x.svg --theme blue", "theme: got 'blue'"),
        ("draw x.svg --item 1", "item: got 1"),
        ("draw x.jpg", "path: got 'x.jpg'"),
        ("draw no/x.svg", "path: got 'no/x.svg'"),
        ("film x.gif --fps 0", "fps: got 0"),
        ("film x.gif --steps 5:5", "steps: got none"),
        ("film x.gif --input 500x500", "steps: got 248,004 frames"),
        ("film x.avi", "path: got 'x.avi'"),
        ("page x.svg", "path: got 'x.svg'"),
        ("device gpu", "device: got 'gpu'"),
    ],
)
def test_what_is_refused_has_code_2_and_its_reason_and_no_traceback(run, line, words) -> None:
    code, out, err = run(line)
    assert (code, out) == (2, "")
    assert err.startswith(f"convviz: {words}")
    assert "Traceback" not in err
    assert os.listdir() == []


@pytest.mark.parametrize(
    "line", ["", "paint x.svg", "draw", "draw x.svg --stride-nd a", "film x.gif --steps a:b",
             "draw x.svg --figsize a", "draw x.svg --no-such-option"],
)  # fmt: skip
def test_a_command_that_is_not_understood_has_code_2_and_says_how_it_goes(run, line) -> None:
    code, out, err = run(line)
    assert (code, out) == (2, "")
    assert err.startswith("convviz")
    assert err.endswith("--help lists the options.\n")
    assert err.count("\n") == 1
    assert os.listdir() == []


def test_files_that_are_not_what_they_seem_are_refused(run) -> None:
    Path("text.png").write_text("no image")
    Path("text.npy").write_text("no array")
    np.save("words.npy", np.array(["a"]))
    for line in ("--input text.png", "--input text.npy", "--kernel text.npy", "--kernel words.npy"):
        code, _, err = run(f"draw x.svg {line}")
        assert code == 2
        assert "Traceback" not in err
    assert not Path("x.svg").exists()


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_cannot_be_written_has_code_1(run, tmp_path: Path) -> None:
    (tmp_path / "locked").mkdir(mode=0o500)
    code, _, err = run("draw locked/x.svg")
    assert code == 1
    assert "Permission denied" in err


def test_a_full_disk_has_code_1_and_leaves_nothing(run, monkeypatch) -> None:
    monkeypatch.setattr(Path, "write_bytes", lambda *_: (_ for _ in ()).throw(OSError("full")))
    code, out, err = run("draw x.svg")
    assert (code, out, err) == (1, "", "convviz: full\n")
    assert os.listdir() == []


def test_device_says_what_computes_and_fails_for_what_cannot(run, monkeypatch) -> None:
    code, out, _ = run("device")
    assert code == 0
    assert "CPU" in out
    monkeypatch.setattr("convviz.device", lambda *_: (_ for _ in ()).throw(_no_gpu()))
    code, out, err = run("device cuda")
    assert (code, out) == (1, "")
    assert "no CUDA device" in err


def _no_gpu() -> Exception:
    from convviz.errors import ArgumentError

    return ArgumentError("device", "'cuda'", "'cpu' here: no CUDA device found", "Use 'cpu'.")


def test_help_is_quick_and_names_every_command() -> None:
    code = (
        "import sys; from convviz.cli import main; main(['--help']);"
        "print({'numpy', 'matplotlib', 'traitlets', 'ipywidgets'} & set(sys.modules))"
    )
    out = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True
    ).stdout
    for command in ("draw", "film", "page", "gallery", "device"):
        assert re.search(rf"^    {command} +\w", out, re.M)
    assert out.endswith("set()\n")


def test_the_module_is_the_command(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "convviz", "draw", "x.svg", "--stride-nd", "0"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 2
    assert done.stderr.startswith("convviz: stride_nd: got (0, 0)")


def test_the_readmes_picture_is_made_by_the_line_under_it(run) -> None:
    [line] = re.findall(r"^    convviz (draw docs/\S+\.svg .*)$", README, re.M)
    [path] = re.findall(r"!\[[^\]]+\]\((docs/\S+\.svg)\)", README)
    assert line.split()[1] == path
    Path("docs").mkdir()
    assert run(line)[0] == 0
    stored = (Path(__file__).parent.parent / path).read_text(encoding="utf-8")
    made = Path(path).read_text(encoding="utf-8")
    texts = [re.findall(r"<text[^>]*>([^<]*)</text>", svg) for svg in (made, stored)]
    assert texts[0] == texts[1]


# Files and terminals


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("empty.npy", b""),
        ("cut.npy", b"\x93NUMPY\x01\x00v\x00{'descr': '<f4', 'fortran_order': False, 'shape': (9"),
        ("lies.npy", b"\x93NUMPY\x01\x00\x10\x00{'descr': 1}    \n"),
        ("empty.png", b""),
        ("cut.png", b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"),
        ("text.png", b"no image at all"),
    ],
)
def test_a_damaged_file_is_refused_by_its_name(tmp_path, capsys, name, content) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    assert cli.main(["draw", str(tmp_path / "x.svg"), "--input", str(path)]) == 2
    assert name in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == [path]


def test_an_image_of_too_many_pixels_is_refused(tmp_path, capsys, monkeypatch) -> None:
    Image.new("L", (40, 30)).save(tmp_path / "large.png")
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 500)
    assert cli.main(["draw", str(tmp_path / "x.svg"), "--input", str(tmp_path / "large.png")]) == 2
    assert "too many pixels" in capsys.readouterr().err


@pytest.mark.parametrize("kernel", ["3x3", "edges"])
def test_a_plane_without_channels_is_an_input(tmp_path, kernel: str) -> None:
    np.save(tmp_path / "plane.npy", np.ones((6, 9)))
    arguments = ["--input", str(tmp_path / "plane.npy"), "--kernel", kernel]
    assert cli.main(["draw", str(tmp_path / "x.svg"), *arguments]) == 0


def test_a_name_as_long_as_the_system_allows_can_be_written(tmp_path) -> None:
    path = tmp_path / ("x" * 251 + ".svg")
    assert cli.main(["draw", str(path)]) == 0
    assert path.exists()


def test_a_name_that_is_longer_fails_with_code_1(tmp_path, capsys) -> None:
    assert cli.main(["draw", str(tmp_path / ("x" * 300 + ".svg"))]) == 1
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("encoding", ["cp1252", "ascii"])
def test_a_terminal_without_every_sign_gets_the_rest(tmp_path, encoding: str) -> None:
    command = [sys.executable, "-m", "convviz", "draw", str(tmp_path / "x.svg")]
    environment = {**os.environ, "PYTHONIOENCODING": encoding}
    done = subprocess.run(command, capture_output=True, env=environment)
    assert (done.returncode, done.stderr) == (0, b"")
    assert b"kB" in done.stdout


def test_a_command_that_is_terminated_leaves_no_part_of_a_file(tmp_path) -> None:
    command = [sys.executable, "-m", "convviz", "film", str(tmp_path / "x.gif"), "--quiet"]
    process = subprocess.Popen([*command, "--input", "40x40", "--padding-nd", "3"])
    while not list(tmp_path.iterdir()):
        assert process.poll() is None, "it was done before it could be terminated"
    process.terminate()
    assert process.wait() == cli.TERMINATED
    assert list(tmp_path.iterdir()) == []


def test_the_version_is_told(capsys) -> None:
    assert cli.main(["--version"]) == 0
    assert capsys.readouterr().out.startswith("convviz ")


def test_a_step_of_zero_is_no_range(capsys, tmp_path) -> None:
    assert cli.main(["film", str(tmp_path / "x.gif"), "--steps", "::0"]) == 2
    assert "--steps" in capsys.readouterr().err
