"""Checks of programs and libraries, the same on every system."""

from __future__ import annotations

from collections.abc import Iterator

from swdflash.doctor.facts import Facts
from swdflash.doctor.finding import Finding, bad, ok, warning

OLDEST_PYTHON = (3, 11)


def python(facts: Facts) -> Iterator[Finding]:
    """Whether it knows what swdflash is written in."""
    version = ".".join(map(str, facts.python))
    if facts.python < OLDEST_PYTHON:
        yield bad("python", f"Python {version}: 3.11 or later is needed", "install a newer Python")
    else:
        yield ok("python", f"Python {version}")


def libusb(facts: Facts) -> Iterator[Finding]:
    """Without it no probe can be opened."""
    if facts.libusb:
        yield ok("libusb", f"loaded from {facts.libusb}")
    else:
        yield bad("libusb", "no libusb-1.0 was found", "pip install libusb-package")


def pyocd(facts: Facts) -> Iterator[Finding]:
    """What drives most probes."""
    if facts.pyocd.version:
        yield ok("pyocd", f"pyOCD {facts.pyocd.version}")
    else:
        yield bad("pyocd", "pyOCD is not installed", "pip install pyocd")


def openocd(facts: Facts) -> Iterator[Finding]:
    """Needed for the probes that pyOCD does not drive."""
    found = facts.openocd
    if found.trouble:
        mend = next(iter(found.trouble.next), "apt-get install openocd")
        yield warning("openocd", f"{found.trouble.what}: {found.trouble.why}", mend)
    else:
        yield ok("openocd", f"OpenOCD {found.version} at {found.path}")
