"""What can be wrong with this machine."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from swdflash.errors import Exit, SwdflashError


@dataclass(eq=False)
class NoUsbLibrary(SwdflashError):
    """pyusb finds no libusb, so that no probe can be seen."""

    code = "no-usb-library"
    exit = Exit.NO_PROBE
    what = "USB cannot be used"
    why = "no libusb-1.0 was found on this machine ({detail})"
    next = ("apt-get install libusb-1.0-0", "pip install libusb-package")

    detail: str


class RulesError(SwdflashError):
    """The udev rules cannot be put into place, or taken away."""

    exit = Exit.PERMISSION


@dataclass(eq=False)
class RulesForeign(RulesError):
    """A file of the rules' name is there that swdflash did not write, or that was changed since."""

    code = "rules-foreign"
    exit = Exit.REFUSED
    what = "{path} was not touched"
    why = "it is not as swdflash wrote it: another program's, or changed by hand"
    next = ("look at it, and move it away: sudo mv {path} {path}.old", "swdflash udev print")

    path: Path


@dataclass(eq=False)
class RulesUnreadable(RulesError):
    """What stands where the rules belong cannot be read."""

    code = "rules-unreadable"
    what = "{path} cannot be read"
    why = "{problem}"
    next = ("ls -l {path}",)

    path: Path
    problem: str


@dataclass(eq=False)
class RulesUnwritable(RulesError):
    """The rules cannot be written where they belong."""

    code = "rules-unwritable"
    what = "nothing was changed: {path} cannot be written"
    why = "{problem}"
    next = (
        "a system whose /etc cannot be written takes rules from its image: swdflash udev print",
        "swdflash udev install --root DIR",
    )

    path: Path
    problem: str


@dataclass(eq=False)
class NoWayToRoot(RulesError):
    """Writing the rules needs root, and there is neither sudo nor pkexec."""

    code = "no-way-to-root"
    what = "nothing was changed: {path} is root's to write"
    why = "neither sudo nor pkexec was found"
    next = (
        "become root, and run `swdflash udev install` there",
        "or have the administrator do it: swdflash udev print",
    )

    path: Path


@dataclass(eq=False)
class RootRefused(RulesError):
    """sudo or pkexec was asked, and did not do it."""

    code = "root-refused"
    what = "nothing was changed: {helper} did not write {path}"
    why = "{helper} was not allowed to, or was cancelled"
    next = ("run it again and give the password", "swdflash udev print")

    helper: str
    path: Path


@dataclass(eq=False)
class GroupUnknown(RulesError):
    """The group that the rules are to name does not exist on the machine."""

    code = "group-unknown"
    exit = Exit.USAGE
    what = "there is no group '{group}'"
    why = "udev ignores a group that does not exist; usual ones here: {known}"
    next = ("swdflash udev install", "sudo groupadd --system {group}")

    group: str
    known: str


@dataclass(eq=False)
class RulesMissing(RulesError):
    """The udev rules are not in place, or are those of another version."""

    code = "rules-missing"
    what = "the udev rules are not in place"
    why = "{path} is {state}"
    next = ("swdflash udev install",)

    path: Path
    state: str


@dataclass(eq=False)
class RulesOverridden(RulesError):
    """A rule of another program opens probes to everybody, and wins over ours."""

    code = "rules-overridden"
    what = "another program's rule opens probes to everybody"
    why = "{place} sets a mode that all may write, and wins over {path}"
    next = (
        "hide it: sudo ln -s /dev/null /etc/udev/rules.d/{name}",
        "or remove the package that brought it: dpkg -S {name}",
    )

    place: str  # file:line
    name: str
    path: Path


@dataclass(eq=False)
class NoUdevHere(RulesError):
    """The system has no udev, and needs none."""

    code = "no-udev-here"
    exit = Exit.USAGE
    what = "udev rules are for Linux"
    why = "this system is {system}, which lets its users open probes by other means"
    next = ("swdflash doctor", "for a Linux system elsewhere: --root DIR")

    system: str
