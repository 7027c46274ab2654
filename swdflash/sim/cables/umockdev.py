"""Starts a mocked machine on which programs that are not Python's find the virtual bus."""

from __future__ import annotations

import shlex
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from swdflash.sim.cables.errors import UmockdevMissing

WRAPPER = "umockdev-wrapper"
PYTHON = "/usr/bin/python3"  # the bindings are Debian's, not PyPI's
PACKAGE = "swdflash_hostside"
BINDINGS = "import gi; gi.require_version('UMockdev', '1.0'); from gi.repository import UMockdev"
START = (
    f"import sys; sys.path.insert(0, sys.argv[1]); from {PACKAGE}.umock_machine import main; "
    "sys.exit(main(sys.argv[2], sys.argv[3:]))"
)


def machine(
    folder: Path, hostside: Path, socket: Path, program: Sequence[str], why: str
) -> list[str]:
    """The command that runs `program` on a mocked machine; nothing is one that waits.

    `folder` is a place for a while; `hostside` is where the package of that name lies. `why` is
    what the machine is needed for. Raises `UmockdevMissing`.
    """
    missing = missing_part()
    if missing:
        raise UmockdevMissing(why, missing)
    (folder / PACKAGE).symlink_to(hostside, target_is_directory=True)
    # -I: the environment is the program's
    return [WRAPPER, PYTHON, "-I", "-c", START, str(folder), str(socket), *program]


def missing_part() -> str | None:
    """What of umockdev is not installed."""
    if shutil.which(WRAPPER) is None:
        return WRAPPER
    if not Path(PYTHON).exists():
        return PYTHON
    tried = subprocess.run([PYTHON, "-I", "-c", BINDINGS], capture_output=True, check=False)
    return "its Python bindings" if tried.returncode else None


def needs_machine(program: Path) -> bool:
    """Whether it looks for USB where only the kernel could put it: no script, and not Python."""
    if program.name.startswith(("python", "pypy")):
        return False
    with program.open("rb") as file:
        return file.read(4) == b"\x7fELF"


def prefix(environment: Mapping[str, str]) -> str:
    """What to put before a command to run it in this environment."""
    words = (f"{name}={shlex.quote(value)}" for name, value in environment.items())
    return " ".join(["env", *words])
