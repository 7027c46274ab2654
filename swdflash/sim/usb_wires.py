"""What a board's own USB socket leads to: the chip's ROM, or firmware, as DFU devices."""

from __future__ import annotations

from swdflash.chips.rom import Dfu, Quirk
from swdflash.sim.bus import Master
from swdflash.sim.chip.firmware_dfu import firmware_dfu
from swdflash.sim.chip.nonvolatile import NonVolatile
from swdflash.sim.chip.rom.dfu_commands import Commands, Polls
from swdflash.sim.chip.rom.dfu_identity import DfuIdentity, serial_number
from swdflash.sim.chip.rom.dfuse import DfuSe
from swdflash.sim.chip.rom.usb import BUS, DfuFunction, OneOf
from swdflash.sim.chip.virtual_chip import VirtualChip
from swdflash.sim.wiring import Wiring

SHORT_POLL_MS = 100  # dfu-util ticket 37


def usb_of(chip: VirtualChip, nonvolatile: NonVolatile, wiring: Wiring) -> OneOf | None:
    """None where no wires go there, or nothing in the chip would answer."""
    if wiring.usb is False:
        return None
    found = []
    facts = chip.chip.rom
    if facts.dfu is not None and _clocked(chip, wiring):
        found.append(rom_dfu(chip, facts.dfu))
    if wiring.usb_firmware:
        found.append(firmware_dfu(chip, nonvolatile.flash))
    return OneOf(found) if found else None


def _clocked(chip: VirtualChip, wiring: Wiring) -> bool:
    """Without the crystal that it needs, the ROM does not begin with USB (AN2606)."""
    return any(each.works_with(wiring.hse_hz) for each in chip.chip.rom.listens_on(BUS))


def rom_dfu(chip: VirtualChip, facts: Dfu) -> DfuFunction:
    """The ROM's own device."""
    polls = Polls(mass_erase=_mass_erase_ms(chip))

    def identity() -> DfuIdentity:
        serial = facts.serial or serial_number(_uid(chip))
        return DfuIdentity(serial, facts.alternates, facts.product)

    return DfuFunction(chip.rom, identity, lambda: DfuSe(Commands(chip.rom.memory, polls)))


def _mass_erase_ms(chip: VirtualChip) -> int:
    if Quirk.SHORT_MASS_ERASE_POLL in chip.chip.rom.quirks:
        return SHORT_POLL_MS
    return round(chip.chip.flash.mass_erase.max * 1000)


def _uid(chip: VirtualChip) -> bytes:
    span = chip.chip.uid
    words = (chip.bus.read(at, 4, Master.CORE) for at in range(span.start, span.end, 4))
    return b"".join(word.to_bytes(4, "little") for word in words)
