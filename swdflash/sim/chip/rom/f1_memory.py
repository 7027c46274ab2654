"""Memory as the bootloader of the STM32F1 sees it, option bytes and read protection included.

The order of its steps, and what it forgets, are those of ROM V2.2 of the medium-density devices,
which whoever owns one can read out: trebisky/stm32f103 has it disassembled, serial_boot/boot.txt.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NoReturn

from swdflash.chips.chip import Chip
from swdflash.memory import Span
from swdflash.sim.bus import BusFault, Master, ResetKind
from swdflash.sim.chip.peripherals.option_bytes import (
    DATA0,
    DATA1,
    RDP,
    USER,
    WRP0,
    OptionBytes,
)
from swdflash.sim.chip.peripherals.rcc import Rcc
from swdflash.sim.chip.rom.f1_flash import F1RomFlash
from swdflash.sim.chip.rom.machine import Machine
from swdflash.sim.chip.rom.memory import NotAllowed

RDP_ON = 0x00
WORD = 4
CR_AFTER_GO = 0xFEF2_FFFF  # HSEON, HSEBYP, CSSON, PLLON are cleared
CFGR_AFTER_GO = 0xF880_0000


class F1RomMemory:
    """A `RomMemory`. A bus error in the ROM is a HardFault, and its handler resets the chip."""

    loaded_by = ResetKind.SYSTEM

    def __init__(
        self, machine: Machine, chip: Chip, flash: F1RomFlash, options: OptionBytes
    ) -> None:
        self._machine = machine
        self._chip = chip
        self._flash = flash
        self._options = options
        start = chip.rom.ram.start + chip.rom.ram.bytes
        self._ram = Span(start, chip.sram[0].end - start)

    @property
    def protected(self) -> bool:
        """FLASH_OBR.RDPRT."""
        return self._options.rdp_active

    def read(self, address: int, size: int) -> bytes:
        """Where it begins is checked; what lies behind the end of a memory is a bus error."""
        self._refuse_if_protected()
        if not self.readable(Span(address, 1)):
            raise NotAllowed
        bus = self._machine.bus
        try:
            return bytes(bus.read(at, 1, Master.CORE) for at in range(address, address + size))
        except BusFault:
            self._machine.restart()

    def write(self, address: int, data: bytes) -> None:
        """Flash and SRAM in words, padded; option bytes only all at once, from their start."""
        self._refuse_if_protected()
        if not self.writable(Span(address, 1)):
            raise NotAllowed
        padded = data + b"\xff" * (-len(data) % WORD)
        try:
            if self._flash.covers(Span(address, 1)):
                self._flash.program(address, padded)
            elif address in self._ram:
                self._store(address, padded)
            elif address == self._chip.option_bytes.start:
                self._write_options(data)
        except BusFault:
            self._machine.restart()

    def _store(self, address: int, data: bytes) -> None:
        for offset in range(0, len(data), WORD):
            value = int.from_bytes(data[offset : offset + WORD], "little")
            self._machine.bus.write(address + offset, WORD, value, Master.CORE)

    def _write_options(self, data: bytes) -> None:
        self._change_options(dict(enumerate(data[: self._chip.option_bytes.size : 2])))

    def erase(self, sectors: Sequence[int]) -> None:
        """Pages, one after the other."""
        self._refuse_if_protected()
        flash = self._chip.flash
        for sector in sectors:
            self._flash.erase_page(flash.start + sector * flash.sectors[0].size)

    def mass_erase(self, bank: int | None = None) -> None:
        """A bank that has a write-protected page stays as it is (PM0075 §2.3.5)."""
        self._refuse_if_protected()
        self._flash.mass_erase(range(self._flash.bank_count) if bank is None else (bank,))

    def sector_at(self, address: int) -> int:
        """Number of the page at an address. Raises `NotAllowed` outside main flash."""
        if not self._flash.covers(Span(address, 1)):
            raise NotAllowed
        return (address - self._chip.flash.start) // self._chip.flash.sectors[0].size

    def readable(self, span: Span) -> bool:
        """Main flash, SRAM, system memory, option bytes."""
        chip = self._chip
        rooms = (chip.flash.span, self._ram, chip.system_memory, chip.option_bytes)
        return any(room.covers(span) for room in rooms)

    def writable(self, span: Span) -> bool:
        """The same: a write to system memory is taken, and changes nothing."""
        return self.readable(span)

    def runnable(self, address: int) -> bool:
        """Main flash, SRAM."""
        return self._flash.covers(Span(address, 1)) or address in self._ram

    def write_protect(self, sectors: Sequence[int]) -> None:
        """Bits of WRP0 to WRP3, in the place of those that were: four pages of 1 KiB each."""
        self._refuse_if_protected()
        wrp = ~sum(1 << sector for sector in set(sectors) if sector < 32) & 0xFFFF_FFFF
        before = self._flash.option_values()
        values = {number: before[number] for number in (RDP, USER, DATA0, DATA1)}
        values |= {WRP0 + at: wrp >> 8 * at & 0xFF for at in range(4)}
        self._change_options(values)

    def write_unprotect(self) -> None:
        """All option bytes are erased, and only RDP is programmed."""
        self._refuse_if_protected()
        self._change_options({RDP: self._chip.rdp_unprotected})

    def readout_protect(self) -> None:
        """Of the write protection, V2.2 brings back WRP0 alone."""
        self._refuse_if_protected()
        before = self._flash.option_values()
        kept = {number: before[number] for number in (USER, DATA0, DATA1, WRP0)}
        self._change_options(kept | {RDP: RDP_ON})

    def readout_unprotect(self) -> None:
        """SRAM is zeroed; programming RDP makes the chip erase main flash (PM0075 §2.4.1)."""
        self._store(self._ram.start, bytes(self._ram.size))
        self._change_options({RDP: self._chip.rdp_unprotected})

    def jump(self, address: int) -> None:
        """Clocks are put back to HSI; the watchdog keeps its prescaler (AN2606)."""
        self._refuse_if_protected()
        if not self.runnable(address):
            raise NotAllowed
        bus, rcc = self._machine.bus, self._chip.peripherals["RCC"]
        for offset, mask in ((Rcc.CFGR.offset, CFGR_AFTER_GO), (Rcc.CR.offset, CR_AFTER_GO)):
            value = bus.read(rcc + offset, WORD, Master.CORE)
            bus.write(rcc + offset, WORD, value & mask, Master.CORE)
        try:
            stack, entry = (bus.read(address + at, WORD, Master.CORE) for at in (0, WORD))
        except BusFault:
            self._machine.restart()
        self._machine.jump(stack, entry)

    def _change_options(self, values: dict[int, int]) -> NoReturn:
        """Erase the option bytes, program these, and let a reset load them."""
        self._flash.set_options(values)
        self._machine.restart(self.loaded_by)

    def _refuse_if_protected(self) -> None:
        if self.protected:
            raise NotAllowed
