"""Whatever stands on a command line or in a file: done, or one line on stderr that says why not."""

from __future__ import annotations

import os
from itertools import product
from pathlib import Path

import numpy as np
import pytest

from convviz.cli import DONE, FAILED, REFUSED, main

LONGEST = 1_000  # characters on stderr
NUMBERS = ("", "x", "0", "-1", "1e400", "nan", "inf", "9" * 5_000, "1_000_000_000", "0x10", "½")
SHAPES = (
    "0x0",
    "3",
    "1x1x1x1x1x1x1x1x1",
    "9" * 5_000 + "x9",
    "100000x100000",
    "6×9",
    "6x9x",
    "-6x9",
)
FILES = ("empty.npy", "cut.npy", "objects.npy", "scalar.npy", "axes.npy", "nan.npy", "text.npy")
FILES += ("many.npz", "empty.png", "cut.png", "text.png", "folder", "nothing.npy", "\0", "\udcff")
NAMES = ("", ".", "x", "x.jpg", "no/x.svg", "folder", "folder/", "\0.svg", "\udcff.svg", "x" * 300)
BY_OPTION = {
    "--dpi": NUMBERS,
    "--figsize": ("1", "nan,nan", "inf,1", "1e5,1e5", "0,1", "1,2,3", "x"),
    "--stride-nd": (*NUMBERS, "1,2,3", "0,1", "1,x"),
    "--padding-nd": ("-1", "9" * 10, "1000000,1000000"),
    "--dilation-nd": ("0", "9" * 10),
    "--padding-mode": ("", "SAME", "7"),
    "--num-groups": NUMBERS,
    "--num-output-maps": NUMBERS,
    "--bias": (*NUMBERS, "1,2,3"),
    "--input-scale": NUMBERS,
    "--kernel-scale": (*NUMBERS, "1,2,3"),
    "--item": NUMBERS,
    "--device": ("tpu", "", "\udcff"),
    "--theme": ("pink", ""),
    "--style": ("none", ""),
    "--step": NUMBERS,
    "--input": (*SHAPES, *FILES),
    "--model": FILES,
    "--layer": ("", "x", "0"),
    "--feeds": ("", "x", "=", "x=", "random"),
    "--shape": ("", "x", "x=1x", "x=1"),
    "--seed": NUMBERS,
    "--kernel": (*SHAPES, *FILES),
}
BY_FILM_OPTION = {
    "--fps": NUMBERS,
    "--pause": (*NUMBERS, "999999"),
    "--loop": (*NUMBERS, "70000"),
    "--steps": ("::0", "99:", "x", "1", "9" * 5_000 + ":", "1:2:3:4"),
}

COMMANDS = [
    *(["draw", "x.png", f"{name}={each}"] for name, values in BY_OPTION.items() for each in values),
    *(["film", "x.gif", f"{name}={each}"]
      for name, values in BY_FILM_OPTION.items() for each in values),
    *([command, name]
      for command, name in product(("draw", "film", "dive", "page", "gallery"), NAMES)),
    *(["dive", "x.png", f"{name}={each}"]
      for name in ("--at", "--output-map", "--channel") for each in (*NUMBERS, "1,2,3")),
    *(["page", "x.html", *pair] for pair in product(("--title", "--text"), ("\udcff", "<"))),
    ["page", "x.html", "--title", "t" * 70_000], ["device", "tpu"], ["device", "\udcff"],
    ["draw"], ["paint", "x.png"], ["draw", "x.png", "--no-such-option"], [],
]  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with files that are not what their names say."""
    place = tmp_path_factory.mktemp("files")
    np.save(place / "whole.npy", np.ones((6, 9)))
    np.save(place / "objects.npy", np.array([None]), allow_pickle=True)
    np.save(place / "scalar.npy", np.ones(()))
    np.save(place / "axes.npy", np.ones((1,) * 9))
    np.save(place / "nan.npy", np.full((1, 1, 3, 3), np.nan))
    np.savez(place / "many.npz", np.ones(2))
    (place / "cut.npy").write_bytes((place / "whole.npy").read_bytes()[:140])
    (place / "cut.png").write_bytes(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0")
    for name in ("text.npy", "text.png"):
        (place / name).write_text("no numbers")
    for name in ("empty.npy", "empty.png"):
        (place / name).touch()
    (place / "folder").mkdir()
    return place


def test_there_are_as_many_as_promised() -> None:
    assert len(COMMANDS) >= 240


@pytest.mark.parametrize("arguments", COMMANDS, ids=lambda arguments: ascii(arguments)[:60])
def test_a_command_is_done_or_refused_in_one_line(
    arguments: list[str],
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(folder)
    before = set(os.listdir(folder))
    code = main(arguments)
    written = set(os.listdir(folder)) - before
    said = capsys.readouterr().err
    for name in written:
        (folder / name).unlink()
    assert code in (DONE, FAILED, REFUSED)
    assert said.count("\n") == (code != DONE)
    assert len(said) <= LONGEST
    assert "Traceback" not in said
    assert len(written) == (code == DONE)  # the file that was asked for, and no part of one
