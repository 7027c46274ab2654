"""The flash interface of the STM32F4 (RM0090 §3.6 to §3.9; F405/407/415/417: one bank)."""

from __future__ import annotations

from swdflash.chips.chip import Flash, FlashTimes
from swdflash.chips.times import Time
from swdflash.memory import Span
from swdflash.sim.bus import BusFault, Master, ResetKind
from swdflash.sim.chip.peripherals.cells import ErasingFirst
from swdflash.sim.chip.peripherals.f4_options import OPTLOCK, OPTSTRT, F4Options, OptionChange
from swdflash.sim.chip.peripherals.flash_array import FlashArray
from swdflash.sim.chip.peripherals.flash_operation import OperatingBlock
from swdflash.sim.chip.peripherals.key_lock import KeyLock
from swdflash.sim.chip.peripherals.registers import Log, Register, no_log
from swdflash.sim.clock import Clock

KEY1, KEY2 = 0x4567_0123, 0xCDEF_89AB  # RM0090 §3.6.1
OPTKEY1, OPTKEY2 = 0x0819_2A3B, 0x4C5D_6E7F  # RM0090 §3.7.2

SR_EOP, SR_OPERR, SR_WRPERR = 1 << 0, 1 << 1, 1 << 4
SR_PGAERR, SR_PGPERR, SR_PGSERR, SR_BSY = 1 << 5, 1 << 6, 1 << 7, 1 << 16
SR_ERRORS = SR_OPERR | SR_WRPERR | SR_PGAERR | SR_PGPERR | SR_PGSERR
ERROR_NAMES = {
    SR_WRPERR: "WRPERR",
    SR_PGAERR: "PGAERR",
    SR_PGPERR: "PGPERR",
    SR_PGSERR: "PGSERR",
}
CR_PG, CR_SER, CR_MER, CR_STRT, CR_LOCK = 1 << 0, 1 << 1, 1 << 2, 1 << 16, 1 << 31
CR_EOPIE, CR_ERRIE = 1 << 24, 1 << 25
CR_SNB_SHIFT, CR_PSIZE_SHIFT = 3, 8
CR_WRITABLE = CR_PG | CR_SER | CR_MER | 0xF << 3 | 3 << 8 | CR_EOPIE | CR_ERRIE
OPTION_BITS = 0x0FFF_FFEC  # of OPTCR
ROW = 16  # bytes of a row, which one write may not leave (§3.6.4)


class F4Flash(OperatingBlock):
    """Erases by PSIZE's time, programs what a write of PSIZE's width says: bits only become 0.

    x64 takes VPP, which this board does not have. How long option bytes take, no data sheet tells:
    here, as long as the smallest sector takes to erase.
    """

    size = 0x400

    ACR = Register(0x00, writable=0x1F07)
    KEYR = Register(0x04, write_only=True)
    OPTKEYR = Register(0x08, write_only=True)
    SR = Register(0x0C, rc_w1=SR_EOP | SR_ERRORS, writable=0)
    CR = Register(0x10, reset=CR_LOCK)
    OPTCR = Register(0x14)  # what it was made to say, without OPTLOCK

    def __init__(
        self,
        base: int,
        flash: Flash,
        array: FlashArray,
        options: F4Options,
        clock: Clock,
        log: Log = no_log,
    ) -> None:
        super().__init__(base, clock, log)
        self.flash = flash
        self.array = array
        self.options = options
        array.attach(flash.span, self.program, self.stall)
        self._writer = Master.CORE
        self._lock = KeyLock(KEY1, KEY2)
        self._option_lock = KeyLock(OPTKEY1, OPTKEY2)

    def write(self, offset: int, size: int, value: int, master: Master) -> None:
        """A register; who starts an erase matters under read protection."""
        self._writer = master
        super().write(offset, size, value, master)

    @property
    def parallel(self) -> int:
        """Bytes programmed at once, as PSIZE says."""
        return 1 << (self.CR >> CR_PSIZE_SHIFT & 3)

    # Registers

    @KEYR.writes
    def _keyr(self, key: int) -> None:
        self._offer(self._lock, key, "FLASH_KEYR", 0x04)
        self.CR = self.CR | CR_LOCK if self._lock.locked else self.CR & ~CR_LOCK

    @OPTKEYR.writes
    def _optkeyr(self, key: int) -> None:
        self._offer(self._option_lock, key, "FLASH_OPTKEYR", 0x08)

    def _offer(self, lock: KeyLock, key: int, name: str, offset: int) -> None:
        if not lock.offer(key):
            self.log(f"{name}: wrong key {key:#010x} locks it until reset (RM0090 §3.6.1)")
            raise BusFault(self.span.start + offset, "wrong key sequence")

    @SR.writes
    def _sr(self, value: int) -> None:
        self.SR = type(self).SR.merged(self.SR, value)
        self._update_interrupt()

    @CR.writes
    def _cr(self, value: int) -> None:
        self.stall(self._writer)  # "will cause the AHB bus to stall until BSY is cleared" (§3.6.1)
        if self.CR & CR_LOCK:
            self.log(f"FLASH_CR: write of {value:#010x} while LOCK is set is lost (RM0090 §3.6.1)")
            return
        self.CR = value & CR_WRITABLE
        if value & CR_LOCK:
            self._lock.lock()
            self.CR |= CR_LOCK
        elif value & CR_STRT:
            self._start_erase()
        self._update_interrupt()

    @OPTCR.reads
    def _read_optcr(self) -> int:
        return self.OPTCR | OPTLOCK * self._option_lock.locked

    @OPTCR.writes
    def _optcr(self, value: int) -> None:
        self.stall(self._writer)
        if self._option_lock.locked:
            self.log("FLASH_OPTCR: write while OPTLOCK is set is lost (RM0090 §3.7.2)")
            return
        self.OPTCR = value & OPTION_BITS  # nothing changes before OPTSTRT
        if value & OPTSTRT:
            self._change_options(value & OPTION_BITS)
        elif value & OPTLOCK:
            self._option_lock.lock()

    def _change_options(self, word: int) -> None:
        if self.options.level_2:
            self.log("FLASH_OPTCR: level 2 cannot be changed any more (RM0090 §3.7.3)")
            return
        change, times = OptionChange(self.options, word), self._times
        if self.options.unprotects(word):
            erase = self.array.erasing(self.flash.sectors)  # a mass erase comes first (§3.7.3)
            self.begin(ErasingFirst(erase, change), times.mass_erase)
        else:
            self.begin(change, times.erase[self.flash.sectors[0].size])
        self.OPTCR |= OPTSTRT

    # Main flash, asked by the array

    def program(self, address: int, size: int, value: int, master: Master) -> None:
        """A write into main flash (§3.6.4)."""
        self.stall(master)
        if not self.CR & CR_PG:
            self._refuse(SR_PGSERR, f"flash: write at {address:#010x} while PG is not set")
        elif size != self.parallel:
            text = f"flash: write of {size} bytes at {address:#010x}, PSIZE is {self.parallel}"
            self._refuse(SR_PGPERR, text)
        elif address % ROW + size > ROW:
            self._refuse(SR_PGAERR, f"flash: write at {address:#010x} leaves its row")
        elif self.array.write_protected(address, master):
            self._refuse(SR_WRPERR, f"flash: program of protected {address:#010x}")
        else:
            cleared = self.array.peek(address, size) & value
            self.begin(self.array.programming(address, cleared, size), self._times.program)

    def program_block(self, address: int, data: bytes) -> None:
        """Many writes of PSIZE's width, one after the other, as one operation: for the ROM.

        They take the time of all of them. One that may not be done leaves all of them out.
        """
        unit = self.parallel
        inside = self.flash.span.covers(Span(address, len(data)))
        if not inside or not self.CR & CR_PG or unit > 4 or address % unit or len(data) % unit:
            self._refuse(SR_PGSERR, f"flash: block at {address:#010x} with PSIZE {unit}")
            return
        ends = (address, address + len(data) - 1)
        if any(self.array.write_protected(at, Master.CORE) for at in ends):
            self._refuse(SR_WRPERR, f"flash: program of protected {address:#010x}")
            return
        one, units = self._times.program, len(data) // unit
        old = self.array.peek(address, len(data))
        value = old & int.from_bytes(data, "little")
        every = Time(one.typ * units, one.max * units)
        self.begin(self.array.programming(address, value, len(data)), every)

    def program_option(self, address: int, size: int, value: int, master: Master) -> None:
        """A write where the option bytes lie."""
        self.log(f"option bytes: write at {address:#010x}: they are changed by OPTCR (RM0090 §3.7)")

    # Erase

    def _start_erase(self) -> None:
        mode = self.CR & (CR_SER | CR_MER)
        if mode == CR_SER:
            self._erase_sector(self.CR >> CR_SNB_SHIFT & 0xF)
        elif mode == CR_MER:
            self._erase_all()
        else:
            self.log(f"FLASH_CR: STRT with SER and MER {mode >> 1:#04b} starts nothing (§3.6.3)")

    def _erase_sector(self, number: int) -> None:
        if number >= len(self.flash.sectors):
            self._refuse(SR_PGSERR, f"FLASH_CR: there is no sector {number}")
            return
        sector = self.flash.sectors[number]
        if self.array.write_protected(sector.start, self._writer):
            self._refuse(SR_WRPERR, f"flash: erase of protected sector {number}")
        else:
            self._erase((sector,), self._times.erase[sector.size])

    def _erase_all(self) -> None:
        sectors = self.flash.sectors
        if any(self.array.write_protected(sector.start, self._writer) for sector in sectors):
            self._refuse(SR_WRPERR, "flash: mass erase with protected sectors")
        else:
            self._erase(sectors, self._times.mass_erase)

    def _erase(self, sectors: tuple[Span, ...], time: Time) -> None:
        self.CR |= CR_STRT
        self.begin(self.array.erasing(sectors), time)

    @property
    def _times(self) -> FlashTimes:
        """By PSIZE; x64 erases no faster than x32."""
        wide = self.parallel if self.parallel < 8 else 4
        return self.flash.with_unit(wide).times

    # Operations

    def _refuse(self, flag: int, text: str) -> None:
        self.log(f"{text}: {ERROR_NAMES[flag]} (RM0090 §3.6.4)")
        self.SR |= flag | (SR_OPERR if self.CR & CR_ERRIE else 0)
        self._update_interrupt()

    def began(self) -> None:
        """BSY."""
        self.SR |= SR_BSY

    def ended(self) -> None:
        """EOP "is set only if the end of operation interrupts are enabled" (§3.9.4)."""
        self.SR = self.SR & ~SR_BSY | (SR_EOP if self.CR & CR_EOPIE else 0)
        self.CR &= ~CR_STRT
        self.OPTCR = self.options.word
        self._update_interrupt()

    def _update_interrupt(self) -> None:
        errors = self.SR & SR_ERRORS and self.CR & CR_ERRIE
        done = self.SR & SR_EOP and self.CR & CR_EOPIE
        self.interrupt(bool(errors or done))

    def reset(self, kind: ResetKind) -> None:
        """Lock, and load the option bytes."""
        super().reset(kind)
        self._lock.reset()
        self._option_lock.reset()
        self.options.load()
        self.OPTCR = self.options.word
