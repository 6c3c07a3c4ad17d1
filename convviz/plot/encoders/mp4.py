"""MP4 by ffmpeg, which takes the frames from a pipe: H.264 in colours that every player knows."""

from __future__ import annotations

import contextlib
import shutil
import subprocess
import tempfile
from fractions import Fraction
from importlib import import_module
from pathlib import Path
from typing import BinaryIO

import matplotlib as mpl

from convviz.errors import ArgumentError
from convviz.plot.encoders.encoder import Encoder, FilmSpec, Pixels


class MP4(Encoder):
    """A film as MP4. ffmpeg wants to seek in what it writes, so it writes a temporary file."""

    def __init__(self, file: BinaryIO, spec: FilmSpec) -> None:
        super().__init__(file, spec)
        self._folder = tempfile.TemporaryDirectory()
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 (closed with the context)
        self._path = Path(self._folder.name) / "film.mp4"
        self._process = subprocess.Popen(
            _command(ffmpeg(), spec, self._path),
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=self._errors,
        )
        assert self._process.stdin is not None
        self._pipe = self._process.stdin

    def __exit__(self, *_error: object) -> None:
        """Stop ffmpeg, whatever it is doing, and remove its files."""
        self._process.kill()
        self._process.communicate()
        self._errors.close()
        self._folder.cleanup()

    def add(self, frame: Pixels, seconds: float) -> None:
        """Write a frame, as many times as it takes to last so long."""
        for _ in range(max(1, round(seconds * self.spec.fps))):
            try:
                self._pipe.write(frame.data)
            except BrokenPipeError:
                break  # `end` says why

    def end(self) -> None:
        """Wait for ffmpeg and copy what it wrote; its error message becomes an OSError."""
        with contextlib.suppress(BrokenPipeError):
            self._pipe.close()
        if self._process.wait():
            self._errors.seek(0)
            complaint = self._errors.read().decode(errors="replace").strip()
            raise OSError(f"ffmpeg could not write the film: {complaint}")
        with self._path.open("rb") as film:
            shutil.copyfileobj(film, self.file)


def ffmpeg() -> str:
    """The path of ffmpeg: matplotlib's setting, the system's, or imageio-ffmpeg's.

    Raises
    ------
    ArgumentError
        Where there is none, with how to get it.
    """
    found: str | None = shutil.which(mpl.rcParams["animation.ffmpeg_path"])
    if found:
        return found
    try:
        package = import_module("imageio_ffmpeg")  # which need not be there
    except ImportError:
        remedy = (
            "Install it: apt-get install ffmpeg, brew install ffmpeg, conda install ffmpeg, or "
            "pip install imageio-ffmpeg. Or save a .gif, .webp or .png, which need nothing more."
        )
        raise ArgumentError("path", "an MP4, without ffmpeg", "MP4 with ffmpeg", remedy) from None
    path: str = package.get_ffmpeg_exe()
    return path


def _command(program: str, spec: FilmSpec, path: Path) -> list[str]:
    width, height = spec.size
    # H.264 stores colours in blocks of 2×2 pixels.
    even = f"pad={width + width % 2}:{height + height % 2}:color=white"
    fps = str(Fraction(spec.fps).limit_denominator(1000))
    command = [program, "-y", "-loglevel", "error", "-f", "rawvideo", "-pix_fmt", "rgba"]
    command += ["-s", f"{width}x{height}", "-r", fps, "-i", "-", "-vf", even]
    command += ["-c:v", "libx264", "-preset", "veryfast", "-tune", "animation", "-crf", "18"]
    return [*command, "-pix_fmt", "yuv420p", "-movflags", "+faststart", "-f", "mp4", str(path)]
