"""Starting a program on a halted core, without a loader."""

from __future__ import annotations

import struct
from contextlib import suppress

from swdflash.chips.arm import VTOR
from swdflash.links.base import DebugLink, Reset
from swdflash.links.errors import NoAnswer, TransferFault

XPSR_THUMB = 1 << 24  # no exception active (DDI 0403 B1.4.2)


def start_program(link: DebugLink, address: int, flash_start: int) -> None:
    """Start the program whose vector table is at `address`; flash's own by a reset.

    That may sleep, or have taken SWD away, before it can be asked: it runs all the same.
    """
    if address == flash_start:
        link.reset(Reset.SYSTEM)
        with suppress(NoAnswer, TransferFault):
            link.resume()
        return
    stack, entry = struct.unpack("<II", link.read(address, 8))
    link.write32(VTOR.address, address)
    registers = {"sp": stack, "pc": entry & ~1, "xpsr": XPSR_THUMB, "primask": 0, "control": 0}
    link.write_core(registers)
    link.resume()
