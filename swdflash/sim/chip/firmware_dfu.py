"""An application that is a DFU device itself: ST's own example of one, which is not ST's ROM.

It has the ROM's vendor and product ID, as STM32CubeMX gives it, and speaks DfuSe, too. What tells
it apart is the rest: its name, bcdDevice, a layout that spares the application, no Read Unprotect.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from swdflash.memory import Span
from swdflash.sim.chip.rom.dfu_commands import Commands
from swdflash.sim.chip.rom.dfu_identity import DfuIdentity
from swdflash.sim.chip.rom.dfu_protocol import Command, State
from swdflash.sim.chip.rom.dfuse import DfuSe
from swdflash.sim.chip.rom.memory import NotAllowed
from swdflash.sim.chip.rom.usb import DfuFunction
from swdflash.sim.chip.virtual_chip import VirtualChip
from swdflash.sim.clock import Clock

PRODUCT = "STM32 DownLoad Firmware Update"  # usbd_desc.c of the DFU examples in STM32Cube
RELEASE = 0x0200
SERIAL = "00000000001A"
STARTS_PS = 0
APPLICATION = 0x4000  # bytes that it keeps for itself
NOT_OFFERED = {Command.READ_UNPROTECT}


class Cells(Protocol):
    """Flash cells."""

    def __getitem__(self, at: slice) -> bytes: ...
    def __setitem__(self, at: slice, data: bytes) -> None: ...


class FirmwareRuns:
    """A `Runs`: whatever executes from flash is taken for that application."""

    def __init__(self, chip: VirtualChip) -> None:
        self._chip = chip
        self.clock: Clock = chip.clock
        self.chosen: str | None = None

    @property
    def starts(self) -> int:
        """It starts when the chip does, and when the ROM goes to it."""
        return self._chip.power_ups + self._chip.rom.starts

    @property
    def listening(self) -> bool:
        """The core runs, and not in the ROM."""
        chip = self._chip
        return chip.powered and not chip.in_reset and not chip.rom.running

    @property
    def listens_from_ps(self) -> int:
        """It is there as soon as it runs."""
        return STARTS_PS


class FirmwareMemory:
    """A `RomMemory` of an application: main flash behind itself, and nothing else."""

    protected = False

    def __init__(self, flash: Span, sectors: Sequence[Span], cells: Cells) -> None:
        self._room = Span(flash.start + APPLICATION, flash.size - APPLICATION)
        self._flash, self._sectors, self._cells = flash, sectors, cells

    def read(self, address: int, size: int) -> bytes:
        """Any of main flash."""
        if not self.readable(Span(address, size)):
            raise NotAllowed
        at = address - self._flash.start
        return bytes(self._cells[at : at + size])

    def write(self, address: int, data: bytes) -> None:
        """At once: how long it takes is nobody's concern here."""
        if not self.writable(Span(address, len(data))):
            raise NotAllowed
        at = address - self._flash.start
        self._cells[at : at + len(data)] = data

    def erase(self, sectors: Sequence[int]) -> None:
        """Sectors that are not its own."""
        for sector in sectors:
            self.write(self._sectors[sector].start, b"\xff" * self._sectors[sector].size)

    def mass_erase(self, bank: int | None = None) -> None:
        """It would erase itself."""
        raise NotAllowed

    def sector_at(self, address: int) -> int:
        """Number of the sector that contains an address."""
        for number, sector in enumerate(self._sectors):
            if address in sector:
                return number
        raise NotAllowed

    def readable(self, span: Span) -> bool:
        """Main flash."""
        return self._flash.covers(span)

    def writable(self, span: Span) -> bool:
        """What lies behind the application."""
        return self._room.covers(span)

    def runnable(self, address: int) -> bool:
        """Leaving is a reset."""
        return False

    def write_protect(self, sectors: Sequence[int]) -> None:
        """Not its business."""
        raise NotAllowed

    def write_unprotect(self) -> None:
        """Not its business."""
        raise NotAllowed

    def readout_protect(self) -> None:
        """Not its business."""
        raise NotAllowed

    def readout_unprotect(self) -> None:
        """Not its business."""
        raise NotAllowed

    def jump(self, address: int) -> None:
        """It runs already."""
        raise NotAllowed


def firmware_dfu(chip: VirtualChip, cells: Cells) -> DfuFunction:
    """The device that the application is."""
    flash = chip.chip.flash
    sectors = flash.sectors
    memory = FirmwareMemory(flash.span, sectors, cells)
    offered = tuple(command for command in Command if command not in NOT_OFFERED)
    kept = f"01*{APPLICATION // 1024:03}Ka"
    free = f"01*{(flash.span.size - APPLICATION) // 1024:03}Kg"
    name = f"@Internal Flash   /{flash.start:#010x}/{kept},{free}"
    identity = DfuIdentity(SERIAL, (name,), PRODUCT, RELEASE)
    return DfuFunction(
        FirmwareRuns(chip),
        lambda: identity,
        lambda: DfuSe(Commands(memory, offered=offered), state=State.IDLE),
    )
