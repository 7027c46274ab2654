"""Starts a chip's ROM bootloader over SWD, as a reset with its boot pins set would (AN2606)."""

from __future__ import annotations

import struct
from dataclasses import dataclass

from swdflash.chips.arm import VTOR
from swdflash.chips.chip import Chip
from swdflash.chips.data import family_of
from swdflash.chips.family import RemapRow
from swdflash.links.base import DebugLink
from swdflash.links.errors import NoAnswer, TransferFault
from swdflash.links.start import XPSR_THUMB
from swdflash.target.boot import BootSource, read_boot, try_reading
from swdflash.target.boot_errors import NoRomVectors, RomNotStarted
from swdflash.target.errors import ReadProtected
from swdflash.target.reset import reset_and_halt
from swdflash.target.running import Region, Running, where_it_runs
from swdflash.target.target import Target

IWDG_RELOAD = 0xAAAA  # for IWDG_KR; nothing happens where the watchdog does not run (RM0008 §19.4)
IN_ROM = (Region.SYSTEM_MEMORY, Region.SRAM, Region.AT_ZERO)  # it may run code that it puts in SRAM


@dataclass(frozen=True)
class RomVectors:
    """The first two words of system memory (DDI 0403, B1.5.3)."""

    stack: int
    reset: int


@dataclass(frozen=True)
class RomStarted:
    """How the ROM was started, and what was seen of it before the debugger left."""

    vectors: RomVectors
    by_pins: bool  # the boot pins choose it: a reset was enough
    running: Running | None  # None where SWD went with the start, as the ROM takes its pins


def read_rom_vectors(link: DebugLink, chip: Chip) -> RomVectors:
    """The ROM's vector table. Raises NoRomVectors, LinkError."""
    stack, reset = struct.unpack("<2I", link.read(chip.system_memory.start, 8))
    in_ram = any(ram.start < stack <= ram.end for ram in chip.sram)
    if not in_ram or not reset & 1 or reset & ~1 not in chip.system_memory:
        raise NoRomVectors(chip.name, stack, reset)
    return RomVectors(stack, reset)


def start_rom(target: Target) -> RomStarted:
    """Reset the chip, and let it go on in its ROM; nothing of the debugger stays.

    The reset leaves clocks, peripherals, interrupts and VTOR as the ROM expects them. Where read
    protection bars the core from flash as soon as it is debugged, no reset is survived that begins
    there. Raises NoRomVectors, RomNotStarted, ReadProtected, ResetNotCaught, LinkError.
    """
    link, chip = target.link, target.chip
    vectors = read_rom_vectors(link, chip)
    booted = read_boot(link, chip).source
    if booted is not BootSource.SYSTEM_MEMORY and try_reading(link, chip.flash.start) is None:
        raise ReadProtected(chip.name)
    target.presence.hand_over()
    reset_and_halt(link)
    by_pins = read_boot(link, chip).source is BootSource.SYSTEM_MEMORY
    if not by_pins:
        _send(link, chip, vectors)
    if "IWDG_KR" in chip.registers:  # an option byte may have started it with the reset
        link.write32(chip.registers["IWDG_KR"], IWDG_RELOAD)
    link.resume()
    return RomStarted(vectors, by_pins, _seen(link, chip))


def _send(link: DebugLink, chip: Chip, vectors: RomVectors) -> None:
    """The core at the ROM's first instruction, with system memory where exceptions look."""
    remap = family_of(chip).boot.remap
    if remap is not None:
        _show_at_zero(link, chip, remap)
    else:
        link.write32(VTOR.address, chip.system_memory.start)
    registers = {"sp": vectors.stack, "pc": vectors.reset & ~1, "xpsr": XPSR_THUMB}
    link.write_core({**registers, "primask": 0, "control": 0})


def _show_at_zero(link: DebugLink, chip: Chip, remap: RemapRow) -> None:
    """System memory at address 0, as after booting it; the clock for that is off again after."""
    clock, bit = remap.clock
    enable = chip.layouts[clock].fields[bit]
    enabled = link.read32(chip.registers[clock])
    link.write32(chip.registers[clock], enable.put(enabled, 1))
    field, register = (
        chip.layouts[remap.register].fields[remap.field],
        chip.registers[remap.register],
    )
    link.write32(register, field.put(link.read32(register), remap.system_memory))
    link.write32(chip.registers[clock], enabled)


def _seen(link: DebugLink, chip: Chip) -> Running | None:
    """Where the core is now. Raises RomNotStarted where that is not the ROM."""
    try:
        running = where_it_runs(link, chip)
    except (NoAnswer, TransferFault):
        if takes_swd(chip):
            return None
        raise
    lost = running.region is not None and running.region not in IN_ROM
    if running.halted or running.locked_up or lost:
        raise RomNotStarted(chip.name, str(running))
    return running


def takes_swd(chip: Chip) -> bool:
    """Whether the ROM listens on a pin of SWD: PA14 is USART2's TX on STM32F0 (AN2606)."""
    swd = family_of(chip).swd
    pins = {pin for each in chip.rom.interfaces for pin in each.pins.values()}
    return bool(pins & {swd.swdio, swd.swclk})
