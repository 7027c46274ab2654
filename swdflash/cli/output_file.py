"""Results saved to files: whole or not at all."""

from __future__ import annotations

import errno
import io
import os
import sys
import tempfile
from contextlib import suppress
from pathlib import Path

from intelhex import IntelHex

from swdflash.cli.errors import BinaryToTerminal, DiskFull, OutputUnwritable
from swdflash.images.image import Image

STDOUT = Path("-")
HEX_SUFFIXES = frozenset({".hex", ".ihx", ".ihex"})
FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


def check_writable(file: Path) -> None:
    """Refuse a hopeless output before a chip is bothered.

    Raises `OutputUnwritable`; `BinaryToTerminal` for stdout where it is a terminal.
    """
    if file == STDOUT:
        if sys.stdout.isatty():
            raise BinaryToTerminal(file)
        return
    if file.is_dir():
        raise OutputUnwritable(file, "it is a directory")
    if not file.parent.is_dir():
        raise OutputUnwritable(file, f"there is no directory {file.parent}")
    try:
        descriptor, scratch = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.")
    except OSError as problem:
        raise _as_ours(problem, file, 0) from problem
    os.close(descriptor)
    Path(scratch).unlink()


def save_memory(file: Path, image: Image) -> None:
    """Save bytes as the suffix says: Intel HEX, else BIN. `-` is stdout."""
    if file.suffix.lower() in HEX_SUFFIXES:
        save(file, as_hex(image))
    else:
        save(file, b"".join(segment.data for segment in image.segments))


def save(file: Path, data: bytes) -> None:
    """Put `data` in the file's place at once; on any failure what stood there stays.

    Raises `DiskFull`, `OutputUnwritable`.
    """
    if file == STDOUT:
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
        return
    target = Path(os.path.realpath(file))
    if target.exists() and not target.is_file():
        _write_through(target, data)
        return
    scratch: str | None = None
    try:
        descriptor, scratch = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        Path(scratch).chmod(_mode(target))
        Path(scratch).replace(target)
    except OSError as problem:
        raise _as_ours(problem, file, len(data)) from problem
    finally:
        if scratch is not None:
            with suppress(OSError):
                Path(scratch).unlink()


def as_hex(image: Image) -> bytes:
    """The image as Intel HEX."""
    records = IntelHex()
    for segment in image.segments:
        records.puts(segment.address, segment.data)
    text = io.StringIO()
    records.write_hex_file(text)
    return text.getvalue().encode("ascii")


def _write_through(device: Path, data: bytes) -> None:
    """A pipe or device (`/dev/stdout`, `/dev/full`) is written to, never replaced."""
    try:
        with device.open("wb") as stream:
            stream.write(data)
    except BrokenPipeError:
        raise
    except OSError as problem:
        raise _as_ours(problem, device, len(data)) from problem


def _mode(target: Path) -> int:
    """Permissions of the file that is replaced, or of a new one under this umask."""
    if target.exists():
        return target.stat().st_mode & 0o777
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask


def _as_ours(problem: OSError, file: Path, size: int) -> DiskFull | OutputUnwritable:
    if problem.errno in FULL:
        return DiskFull(file, size)
    return OutputUnwritable(file, problem.strerror or str(problem))
