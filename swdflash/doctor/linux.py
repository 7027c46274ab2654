"""Checks that only Linux knows."""

from __future__ import annotations

import shlex
from collections.abc import Iterator

from swdflash.doctor.facts import Facts
from swdflash.doctor.finding import Finding, ok, warning
from swdflash.host.missing import obstacles
from swdflash.host.udev import State
from swdflash.host.usb_text import printable


def rules(facts: Facts) -> Iterator[Finding]:
    """Whether ours are in place. Others' may do as well, so their lack alone is not bad."""
    match facts.rules:
        case State.CURRENT:
            yield ok("udev", "the rules are in place and current")
        case State.FOREIGN:
            what = "60-swdflash.rules is not as swdflash wrote it"
            yield warning("udev", what, "swdflash udev check")
        case _:
            what = f"the rules are {facts.rules}: who may open a probe is left to others"
            yield warning("udev", what, "swdflash udev install")


def conflicts(facts: Facts) -> Iterator[Finding]:
    """Rules that open probes to every program of every user."""
    for file in dict.fromkeys(each.file for each in facts.conflicts):
        lines = ", ".join(str(each.line) for each in facts.conflicts if each.file == file)
        mend = f"sudo ln -s /dev/null /etc/udev/rules.d/{shlex.quote(file.name)}"
        yield warning(
            "udev", f"{printable(str(file))}:{lines} lets everybody write to a probe", mend
        )


def groups(facts: Facts) -> Iterator[Finding]:
    """Whoever does not sit at the machine needs a group."""
    around = facts.around
    if around.at_the_machine or around.user == "root" or facts.group is None:
        yield ok("groups", f"{around.user or 'this user'} needs none here")
    elif facts.group in around.groups_now:
        yield ok("groups", f"{around.user} is in {facts.group}")
    elif facts.group in around.groups_granted:
        what = f"{around.user} will be in {facts.group} from the next login on"
        yield warning("groups", what, "log out, and in again")
    else:
        what = f"{around.user} came by network, and is not in {facts.group}"
        yield warning("groups", what, f"sudo usermod -aG {facts.group} {around.user}")


def modem_manager(facts: Facts) -> Iterator[Finding]:
    """It opens fresh serial ports and talks to them, unless told not to."""
    if facts.modem_manager and facts.rules is not State.CURRENT:
        what = "ModemManager runs, and will talk to every new serial port"
        yield warning("modem-manager", what, "swdflash udev install")
    else:
        yield ok("modem-manager", "keeps off" if facts.modem_manager else "does not run")


def surroundings(facts: Facts) -> Iterator[Finding]:
    """Containers and the like, to which a host must hand its devices."""
    for each in obstacles(facts.around):
        yield warning(each.code, each.what, each.mend)
