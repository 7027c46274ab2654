"""Memory as the bootloader of the STM32F4 sees it (AN2606 §5, AN3155, AN3156)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NoReturn

from swdflash.chips.chip import Chip
from swdflash.memory import Span
from swdflash.sim.bus import BusFault, Master
from swdflash.sim.chip.peripherals.f4_flash import (
    CR_LOCK,
    CR_MER,
    CR_PG,
    CR_PSIZE_SHIFT,
    CR_SER,
    CR_SNB_SHIFT,
    CR_STRT,
    KEY1,
    KEY2,
    OPTKEY1,
    OPTKEY2,
    SR_ERRORS,
    F4Flash,
)
from swdflash.sim.chip.peripherals.f4_options import NWRP, OPTLOCK, OPTSTRT, F4Options
from swdflash.sim.chip.peripherals.f4_rcc import F4Rcc
from swdflash.sim.chip.rom.machine import Machine
from swdflash.sim.chip.rom.memory import NotAllowed
from swdflash.sim.clock import PS_PER_S

RDP_ON = 0x55
WORD = 4
OTP = Span(0x1FFF_7800, 0x210)  # with the bytes that lock it (RM0090 §3.7.5)
# No memory, but the range of the supply (AN2606, "Bootloader memory management"); PSIZE by the byte
# that is written there: 1.8 V to 2.1 V, to 2.4, to 2.7, to 3.6
VOLTAGE = Span(0xFFFF_0000, 4)
PSIZE_OF_RANGE = (0, 1, 1, 2)
HCLK_HZ = 24_000_000
UNIT_CYCLES = 24  # of the ROM's code, for each byte, half-word or word; ours, not measured
BLOCK = 256  # programmed at once in the model; it takes the time of its units


class F4RomMemory:
    """A `RomMemory`. A bus error in the ROM is a HardFault, and its handler resets the chip.

    Where an access begins is checked, where it ends is not: so the UID, which no range has, is read
    from a little before it.
    """

    def __init__(
        self, machine: Machine, chip: Chip, controller: F4Flash, options: F4Options
    ) -> None:
        self._machine = machine
        self._chip = chip
        self._controller = controller
        self._options = options
        self._range = 0
        start = chip.rom.ram.start + chip.rom.ram.bytes
        self._ram = Span(start, chip.sram[0].end - start)

    def forget_voltage(self) -> None:
        """The lowest range, until a host says another one."""
        self._range = 0

    @property
    def protected(self) -> bool:
        """FLASH_OPTCR.RDP."""
        return self._options.rdp_active

    def read(self, address: int, size: int) -> bytes:
        """Byte by byte."""
        self._refuse_if_protected()
        if not self.readable(Span(address, 1)):
            raise NotAllowed
        if address in VOLTAGE:
            return bytes([self._range, 0, 0, 0])[address - VOLTAGE.start :][:size]
        bus = self._machine.bus
        try:
            return bytes(bus.read(at, 1, Master.CORE) for at in range(address, address + size))
        except BusFault:
            self._machine.restart()

    def write(self, address: int, data: bytes) -> None:
        """Flash by the width that the supply allows; option bytes from their start."""
        self._refuse_if_protected()
        if not self.writable(Span(address, 1)):
            raise NotAllowed
        if address in VOLTAGE:
            self._range = data[0] if data[0] < len(PSIZE_OF_RANGE) else self._range
        elif address in self._chip.flash.span:
            self._program(address, data)
        elif address in self._ram:
            self._store(address, data)
        elif address == self._chip.option_bytes.start:
            self._write_options(data)

    def _store(self, address: int, data: bytes) -> None:
        for at, byte in enumerate(data, address):
            try:
                self._machine.bus.write(at, 1, byte, Master.CORE)
            except BusFault:
                self._machine.restart()

    def _program(self, address: int, data: bytes) -> None:
        psize = PSIZE_OF_RANGE[self._range]
        self._set_cr(CR_PG | psize << CR_PSIZE_SHIFT)
        padded = data + b"\xff" * (-len(data) % (1 << psize))
        for start in range(0, len(padded), BLOCK):
            self._controller.program_block(address + start, padded[start : start + BLOCK])
            self._wait()
            units = len(padded[start : start + BLOCK]) >> psize
            code_ps = units * UNIT_CYCLES * PS_PER_S // HCLK_HZ
            self._machine.run_until(self._machine.clock.now_ps + code_ps)
        self._set_cr(CR_LOCK)

    def erase(self, sectors: Sequence[int]) -> None:
        """Sectors, one after the other; what is write-protected stays, without a word."""
        self._refuse_if_protected()
        for sector in sectors:
            self._erase(CR_SER | (sector & 0xF) << CR_SNB_SHIFT)

    def mass_erase(self, bank: int | None = None) -> None:
        """There is one bank, and no word for it (AN3155 §3.8)."""
        self._refuse_if_protected()
        if bank is not None:
            raise NotAllowed
        self._erase(CR_MER)

    def _erase(self, what: int) -> None:
        psize = PSIZE_OF_RANGE[self._range] << CR_PSIZE_SHIFT
        self._set_cr(what | psize)
        self._set_cr(what | psize | CR_STRT)
        self._wait()
        self._set_cr(CR_LOCK)

    def sector_at(self, address: int) -> int:
        """Number of the sector at an address. Raises `NotAllowed` outside main flash."""
        for number, sector in enumerate(self._chip.flash.sectors):
            if address in sector:
                return number
        raise NotAllowed

    def readable(self, span: Span) -> bool:
        """Main flash, SRAM, system memory, OTP, option bytes, and what is no memory."""
        chip = self._chip
        rooms = (chip.flash.span, self._ram, chip.system_memory, OTP, chip.option_bytes, VOLTAGE)
        return any(room.covers(span) for room in rooms)

    def writable(self, span: Span) -> bool:
        """The same: a write to system memory, or to OTP, is taken, and changes nothing here."""
        return self.readable(span)

    def runnable(self, address: int) -> bool:
        """Main flash, SRAM."""
        return address in self._chip.flash.span or address in self._ram

    def write_protect(self, sectors: Sequence[int]) -> None:
        """These sectors, in the place of those that were."""
        self._refuse_if_protected()
        protected = sum(1 << 16 + sector for sector in set(sectors) if sector < 12)
        self._change_options(self._options.word & ~NWRP | NWRP & ~protected)

    def write_unprotect(self) -> None:
        """Protect none."""
        self._refuse_if_protected()
        self._change_options(self._options.word | NWRP)

    def readout_protect(self) -> None:
        """Level 1."""
        self._refuse_if_protected()
        self._change_options(self._options.word & ~0xFF00 | RDP_ON << 8)

    def readout_unprotect(self) -> None:
        """The chip erases all of main flash before it is open."""
        level_0 = self._chip.rdp_unprotected << 8
        self._change_options(self._options.word & ~0xFF00 | level_0)

    def _write_options(self, data: bytes) -> None:
        """USER, RDP and nWRP from where they lie; what is left out stays."""
        block = bytearray(self.read(self._chip.option_bytes.start, self._chip.option_bytes.size))
        block[: len(data)] = data[: len(block)]
        at = self._chip.option_byte_at
        user, rdp, wrp0, wrp1 = (
            block[at[name] - self._chip.option_bytes.start]
            for name in ("USER", "RDP", "WRP0", "WRP1")
        )
        self._change_options(user | rdp << 8 | wrp0 << 16 | (wrp1 & 0xF) << 24)

    def _change_options(self, word: int) -> NoReturn:
        controller = self._controller
        for key in (OPTKEY1, OPTKEY2):
            controller.write(F4Flash.OPTKEYR.offset, 4, key, Master.CORE)
        value = word & ~(OPTLOCK | OPTSTRT)
        for step in (value, value | OPTSTRT):
            controller.write(F4Flash.OPTCR.offset, 4, step, Master.CORE)
        self._wait()
        self._machine.restart()

    def jump(self, address: int) -> None:
        """HSI is the clock again; up to V9.0 AHB1ENR is left 0 (AN2606 Table 74)."""
        self._refuse_if_protected()
        if not self.runnable(address):
            raise NotAllowed
        bus, rcc = self._machine.bus, self._chip.peripherals["RCC"]
        for offset, value in (
            (F4Rcc.CFGR.offset, 0),
            (F4Rcc.CR.offset, F4Rcc.CR.reset),
            (F4Rcc.PLLCFGR.offset, F4Rcc.PLLCFGR.reset),
            (F4Rcc.APB2ENR.offset, 0),
            (F4Rcc.AHB1ENR.offset, 0),
        ):
            bus.write(rcc + offset, WORD, value, Master.CORE)
        try:
            stack, entry = (bus.read(address + at, WORD, Master.CORE) for at in (0, WORD))
        except BusFault:
            self._machine.restart()
        self._machine.jump(stack, entry)

    # The flash interface

    def _set_cr(self, value: int) -> None:
        controller = self._controller
        self._wait()
        if controller.CR & CR_LOCK:
            for key in (KEY1, KEY2):
                controller.write(F4Flash.KEYR.offset, 4, key, Master.CORE)
        controller.write(F4Flash.SR.offset, 4, SR_ERRORS, Master.CORE)
        controller.write(F4Flash.CR.offset, 4, value, Master.CORE)

    def _wait(self) -> None:
        while (over_ps := self._controller.busy_until_ps) is not None:
            self._machine.run_until(over_ps)

    def _refuse_if_protected(self) -> None:
        if self.protected:
            raise NotAllowed
