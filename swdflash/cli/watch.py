"""Waiting for files to change: by polling, since editors and linkers replace files at will."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

POLL_S = 0.25

Stamp = tuple[tuple[int, int] | None, ...]


def changes(files: Sequence[Path], sleep: Callable[[float], None] = time.sleep) -> Iterator[None]:
    """Yields each time that the files have changed and then rested for one poll.

    A file that is missing for a while (a linker at work) is waited for.
    """
    seen = _stamp(files)
    while True:
        sleep(POLL_S)
        now = _stamp(files)
        if now == seen:
            continue
        while (later := _settled(files, now, sleep)) != now:
            now = later
        if now != seen:
            seen = now
            yield


def _settled(files: Sequence[Path], now: Stamp, sleep: Callable[[float], None]) -> Stamp:
    """The stamp one poll later; never equal to `now` while a file is missing or empty."""
    sleep(POLL_S)
    later = _stamp(files)
    half_written = any(each is None or each[1] == 0 for each in now)
    return (*later, None) if half_written and later == now else later


def _stamp(files: Sequence[Path]) -> Stamp:
    """Time and size of each file."""
    return tuple(_stamp_of(file) for file in files)


def _stamp_of(file: Path) -> tuple[int, int] | None:
    try:
        status = file.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size
