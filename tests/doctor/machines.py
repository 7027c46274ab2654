"""Machines that are made up."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from swdflash.doctor.facts import Engine, Facts, Trial
from swdflash.host.access import Access, NodeFacts
from swdflash.host.found import Attached, FoundPort, FoundProbe
from swdflash.host.surroundings import Surroundings
from swdflash.host.udev import State

SERIAL = "066DFF535554877567133421"
PROBE = FoundProbe(SERIAL, "STMicroelectronics", "STM32 STLink", "", usb_path="1-1.4")
SHUT = replace(
    PROBE,
    access=Access.DENIED,
    node=NodeFacts("/dev/bus/usb/001/004", "crw-rw-r--", "root", "root"),
)
PORT = FoundPort("/dev/ttyACM0", "STM32 STLink", SERIAL, "1-1.4", is_probe=True)


def machine(system: str = "linux", **different: Any) -> Facts:
    """A machine on which all is well, but for what is told."""
    fine = Facts(
        around=Surroundings(system, user="ann"),
        python=(3, 12),
        libusb="libusb-1.0.so.0",
        pyocd=Engine("0.46.0"),
        openocd=Engine("0.12.0", "/usr/bin/openocd"),
        attached=Attached(probes=(PROBE,), ports=(PORT,)),
        rules=State.CURRENT,
        group="plugdev",
        trial=Trial(f"pyocd:{SERIAL}", "STM32F103x8 answers, by pyocd"),
    )
    return replace(fine, **different)
