"""Puts the udev rules into place and takes them away: first as a plan, then for real."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from swdflash.host.errors import GroupUnknown, RulesForeign, RulesUnreadable
from swdflash.host.rules import NAME, is_ours, rules

HOME = Path("etc/udev/rules.d")
GROUPS = ("plugdev", "dialout", "uucp")  # Debian's for devices that are plugged in; serial ports


class State(StrEnum):
    """What stands where the rules belong."""

    ABSENT = "absent"
    CURRENT = "current"
    OUTDATED = "outdated"
    FOREIGN = "foreign"  # not written by swdflash, or changed since


@dataclass(frozen=True)
class Change:
    """What is to become of the file; None is no file."""

    path: Path
    before: str | None
    after: str | None

    @property
    def is_nothing(self) -> bool:
        """Whether all is as it should be already."""
        return self.before == self.after

    def diff(self) -> Iterator[str]:
        """As `diff -u` shows it."""
        name = str(self.path)
        return difflib.unified_diff(
            (self.before or "").splitlines(),
            (self.after or "").splitlines(),
            name if self.before is not None else "/dev/null",
            name if self.after is not None else "/dev/null",
            lineterm="",
        )


def rules_file(root: Path) -> Path:
    """Where the rules belong."""
    return root / HOME / NAME


def state(root: Path, group: str | None) -> State:
    """What stands there now."""
    text = _read(rules_file(root))
    if text is None:
        return State.ABSENT
    if not is_ours(text):
        return State.FOREIGN
    return State.CURRENT if text == rules(group) else State.OUTDATED


def plan_install(root: Path, group: str | None) -> Change:
    """Raises `RulesForeign` where another file is in the way, and `RulesUnreadable`."""
    return Change(rules_file(root), _own(root), rules(group))


def plan_uninstall(root: Path) -> Change:
    """Raises `RulesForeign` where the file is not what swdflash wrote, and `RulesUnreadable`."""
    return Change(rules_file(root), _own(root), None)


def choose_group(root: Path, wanted: str | None) -> str | None:
    """The group to name: the one that is wanted, or the first usual one that this machine has.

    Raises `GroupUnknown`: udev ignores a rule's group where nobody is called so.
    """
    known = _groups(root)
    if wanted is not None:
        if wanted not in known:
            raise GroupUnknown(
                wanted, ", ".join(name for name in GROUPS if name in known) or "none"
            )
        return wanted
    return next((name for name in GROUPS if name in known), None)


def _groups(root: Path) -> set[str]:
    text = _read(root / "etc/group") or ""
    return {line.partition(":")[0] for line in text.splitlines()}


def _own(root: Path) -> str | None:
    path = rules_file(root)
    text = _read(path)
    if path.is_symlink() or (text is not None and not is_ours(text)):
        raise RulesForeign(path)
    return text


def _read(path: Path) -> str | None:
    try:
        return path.read_bytes().decode("utf-8", "replace")
    except FileNotFoundError:
        return None
    except OSError as problem:
        raise RulesUnreadable(path, problem.strerror or str(problem)) from problem
