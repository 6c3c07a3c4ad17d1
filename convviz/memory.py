"""The machine's memory: how much is free, and sizes in words."""

from __future__ import annotations

import contextlib
import math
import os
from pathlib import Path


def free_bytes() -> float:
    """The memory that can still be allocated, in bytes; infinite where the system does not say."""
    free = math.inf
    with contextlib.suppress(OSError, ValueError, AttributeError):
        free = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    with contextlib.suppress(OSError, StopIteration):  # Linux knows better
        lines = Path("/proc/meminfo").read_text().splitlines()
        free = next(int(line.split()[1]) for line in lines if line.startswith("MemAvailable")) << 10
    with contextlib.suppress(OSError, ValueError):  # a container may be allowed less
        group = Path("/sys/fs/cgroup")
        limit = int((group / "memory.max").read_text())
        free = min(free, limit - int((group / "memory.current").read_text()))
    return free


def in_words(count: float) -> str:
    """A number of bytes as a reader wants it: "1.5 GiB"."""
    unit = "bytes"
    for larger in ("KiB", "MiB", "GiB", "TiB"):
        if count < 1024:
            break
        count /= 1024
        unit = larger
    return f"{count:.3g} {unit}" if count < 999.5 else f"{count:,.0f} {unit}"
