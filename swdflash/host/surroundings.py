"""Where this program runs: what decides whether udev rules can do anything for it."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from swdflash.host.usb_text import printable


@dataclass(frozen=True)
class Surroundings:
    """The facts, as values; a test makes them up."""

    system: str  # linux, darwin, win32, as Python's sys.platform
    container: str = ""  # docker, podman, lxc …
    wsl: bool = False
    sandbox: str = ""  # snap, flatpak
    udev_runs: bool = True
    at_the_machine: bool = True  # a session with a seat, which uaccess is for
    user: str = ""
    groups_now: frozenset[str] = frozenset()  # of this process
    groups_granted: frozenset[str] = frozenset()  # by /etc/group: from the next login on


def look_around(root: Path = Path("/"), environ: Mapping[str, str] = os.environ) -> Surroundings:
    """What holds for this process, on this machine."""
    if sys.platform == "win32":
        return Surroundings(sys.platform, udev_runs=False)
    user, now = _who_am_i()
    return Surroundings(
        system=sys.platform,
        container=_container(root),
        wsl="microsoft" in _text(root / "proc/sys/kernel/osrelease").lower(),
        sandbox=_sandbox(root, environ),
        udev_runs=(root / "run/udev/control").exists(),
        at_the_machine=_has_seat(root, environ),
        user=user,
        groups_now=now,
        groups_granted=groups_granted(_text(root / "etc/group"), user),
    )


def groups_granted(text: str, user: str) -> frozenset[str]:
    """Groups that `/etc/group` has this user in."""
    rows = (line.split(":") for line in text.splitlines())
    return frozenset(row[0] for row in rows if len(row) == 4 and user in row[3].split(","))


def _who_am_i() -> tuple[str, frozenset[str]]:
    """Name and groups of this process; numbers where nobody is called so."""
    import grp  # noqa: PLC0415  (not on Windows)
    import pwd  # noqa: PLC0415

    names = {entry.gr_gid: entry.gr_name for entry in grp.getgrall()}
    groups = frozenset(names.get(gid, str(gid)) for gid in (*os.getgroups(), os.getegid()))
    try:
        return pwd.getpwuid(os.geteuid()).pw_name, groups
    except KeyError:
        return str(os.geteuid()), groups


def _container(root: Path) -> str:
    """As systemd-detect-virt(1) tells them."""
    told = printable(_text(root / "run/systemd/container"))
    if told:
        return told
    if (root / ".dockerenv").exists():
        return "docker"
    return "podman" if (root / "run/.containerenv").exists() else ""


def _sandbox(root: Path, environ: Mapping[str, str]) -> str:
    if (root / ".flatpak-info").exists():
        return "flatpak"
    return "snap" if "SNAP_NAME" in environ else ""


def _has_seat(root: Path, environ: Mapping[str, str]) -> bool:
    """Whether logind gave this session a seat (sd_session_get_seat(3))."""
    if environ.get("XDG_SEAT"):
        return True
    session = environ.get("XDG_SESSION_ID", "")
    if not session.isalnum():
        return False
    lines = _text(root / "run/systemd/sessions" / session).splitlines()
    return any(line.startswith("SEAT=") and line != "SEAT=" for line in lines)


def _text(file: Path) -> str:
    try:
        return file.read_text("utf-8", "replace")
    except OSError:
        return ""
