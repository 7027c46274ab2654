"""Checks of what is plugged in, and of the chip behind it."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence

from swdflash.doctor.facts import Facts
from swdflash.doctor.finding import Finding, bad, ok, warning
from swdflash.errors import Exit
from swdflash.host.access import Access
from swdflash.host.found import FoundDfu, FoundPort, FoundProbe

UNCHOSEN = {"several-probes", "same-serials"}  # a machine may well have several
NOT_OPENED = {Exit.NO_PROBE, Exit.PERMISSION, Exit.USAGE}


def probes(facts: Facts) -> Iterator[Finding]:
    """Whether one is there, and may be opened."""
    if not facts.attached.probes and facts.trial is None:
        yield warning("probe", "no debug probe is plugged in", "plug one in; swdflash list --watch")
    for probe in facts.attached.probes:
        yield _judged("probe", f"{probe.product} {probe.uid}".strip(), probe, probe.usb_path)


def copies(facts: Facts) -> Iterator[Finding]:
    """Probes with one serial number cannot be told apart by it."""
    same = {probe.uid for probe in facts.attached.probes if facts.attached.shares_serial(probe)}
    for serial in sorted(same):
        shared = [probe for probe in facts.attached.probes if probe.uid == serial]
        paths = ", ".join(probe.usb_path for probe in shared)
        what = f"{len(shared)} probes say the serial number {serial} (USB {paths})"
        ways = [f"--via {shlex.quote(probe.via_socket)}" for probe in shared if probe.via_socket]
        yield warning("serials", what, _mend(ways) or "plug in one of them at a time")


def firmware(facts: Facts) -> Iterator[Finding]:
    """Whether it is one that the engines accept."""
    for serial, found in sorted(facts.firmware.items()):
        if found.too_old:
            what = f"{serial} has {found.version}, which is too old"
            yield bad("firmware", what, "update it by ST's STM32CubeProgrammer (STSW-LINK007)")
        else:
            yield ok("firmware", f"{serial} has {found.version}")


def ports(facts: Facts) -> Iterator[Finding]:
    """The ways to a chip's ROM by a serial port."""
    for port in facts.attached.ports:
        yield _judged("port", f"{port.name} {port.product}".strip(), port, port.usb_path)


def dfu(facts: Facts) -> Iterator[Finding]:
    """Chips whose ROM is on USB."""
    for chip in facts.attached.dfu:
        yield _judged("dfu", f"{chip.product} {chip.serial}".strip(), chip, chip.usb_path)


def trial(facts: Facts) -> Iterator[Finding]:
    """A probe opened, and a chip seen behind it."""
    if facts.trial is None:
        return
    trouble = facts.trial.trouble
    if trouble is None:
        yield ok("open", f"{facts.trial.via} was opened")
        yield ok("chip", facts.trial.chip)
        return
    check = "open" if trouble.exit in NOT_OPENED else "chip"
    if check == "chip":
        yield ok("open", f"{facts.trial.via} was opened")
    judged = warning if trouble.code in UNCHOSEN else bad
    yield judged(check, f"{trouble.what}: {trouble.why}", _mend(trouble.next))


def _mend(steps: Sequence[str]) -> str:
    """The first step, as a whole command where it is but an option."""
    step = next(iter(steps), "")
    return f"swdflash doctor {step}" if step.startswith("--via ") else step


def _judged(
    check: str, name: str, found: FoundProbe | FoundPort | FoundDfu, usb_path: str
) -> Finding:
    place = f" at USB {usb_path}" if usb_path else ""
    match found.access:
        case Access.OK:
            return ok(check, f"{name}{place}")
        case Access.BUSY:
            who = ", ".join(map(str, found.holders)) or "a program of another user"
            return warning(check, f"{name}{place} is in use by {who}", "close that program")
        case Access.DENIED:
            what = f"{name}{place}: permission denied, {found.node or 'its node is shut'}"
            return bad(check, what, "swdflash udev install")
        case Access.NO_NODE:
            what = f"{name}{place} has no device node"
            return bad(check, what, "give the container the device: --device=/dev/bus/usb")
        case Access.NO_DRIVER:
            mend = "sudo modprobe -a cdc_acm ftdi_sio cp210x ch341 pl2303"
            return bad(check, f"{name}{place}: no driver has taken it", mend)
