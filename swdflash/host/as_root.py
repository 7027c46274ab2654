"""The one step that needs root: a file copied or removed, and udev told of it."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from swdflash.host.errors import NoWayToRoot, RootRefused, RulesUnwritable
from swdflash.host.udev import Change

# Run by sudo or pkexec, once, so that a person is asked for one password. $1, $2 are file names.
COPY = 'umask 022 && mkdir -p -- "${2%/*}" && cp -- "$1" "$2.new" && mv -f -- "$2.new" "$2"'
REMOVE = 'rm -f -- "$1"'
MATCHES = " ".join(f"--subsystem-match={each}" for each in ("usb", "tty", "hidraw"))
TELL = (
    "udevadm control --reload",
    f"udevadm trigger --action=change {MATCHES}",
    "udevadm settle --timeout=5",
)


def carry_out(change: Change, *, tell_udev: bool) -> None:
    """Do it; udev reads its rules again and applies them to what is plugged in.

    Raises `RulesUnwritable`, `NoWayToRoot`, `RootRefused`; then nothing was changed.
    """
    if os.geteuid() == 0 or _may_write(change.path):
        _directly(change)
        if tell_udev and os.geteuid() == 0:
            _run(["sh", "-c", " && ".join(TELL)])
    else:
        _through_helper(change, tell_udev=tell_udev)


def _may_write(path: Path) -> bool:
    """Whether the nearest folder that exists can be written."""
    folder = next(each for each in path.parents if each.exists())
    return os.access(folder, os.W_OK)


def _directly(change: Change) -> None:
    new = change.path.with_name(f"{change.path.name}.new")
    try:
        if change.after is None:
            change.path.unlink(missing_ok=True)
            return
        change.path.parent.mkdir(parents=True, exist_ok=True)
        new.write_text(change.after, encoding="utf-8")
        new.chmod(0o644)
        new.replace(change.path)
    except OSError as problem:
        with suppress(OSError):
            new.unlink(missing_ok=True)
        raise RulesUnwritable(change.path, problem.strerror or str(problem)) from problem


def _through_helper(change: Change, *, tell_udev: bool) -> None:
    helper = next(filter(None, map(shutil.which, ("sudo", "pkexec"))), None)
    if helper is None:
        raise NoWayToRoot(change.path)
    told = [f"{line} || true" for line in TELL] if tell_udev else []
    with tempfile.TemporaryDirectory(prefix="swdflash-") as folder:
        files = [str(change.path)]
        if change.after is not None:
            new = Path(folder) / change.path.name
            new.write_text(change.after, encoding="utf-8")
            files.insert(0, str(new))
        doing = f"{REMOVE if change.after is None else COPY} || exit 1"
        script = "\n".join([doing, *told])
        if _run([helper, "/bin/sh", "-c", script, "swdflash", *files]) != 0:
            raise RootRefused(Path(helper).name, change.path)


def _run(argv: Sequence[str]) -> int:
    """Its words go to stderr; stdout is the result's."""
    try:
        return subprocess.run(argv, stdout=2, check=False).returncode
    except OSError:
        return 127
