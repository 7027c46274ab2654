"""FPEC: the flash program and erase controller of the STM32F1 (PM0075 §2.3, §3; PM0068 for XL)."""

from __future__ import annotations

from collections.abc import Callable

from swdflash.chips.chip import Bank, Flash
from swdflash.sim.bus import BusFault, Master, ResetKind
from swdflash.sim.chip.peripherals.cells import ErasingFirst
from swdflash.sim.chip.peripherals.flash_array import FlashArray
from swdflash.sim.chip.peripherals.flash_operation import OperatingBlock
from swdflash.sim.chip.peripherals.key_lock import KeyLock
from swdflash.sim.chip.peripherals.option_bytes import OptionBytes
from swdflash.sim.chip.peripherals.registers import Log, Register, no_log
from swdflash.sim.clock import Clock

KEY1, KEY2 = 0x4567_0123, 0xCDEF_89AB  # PM0075 §2.3.2

SR_BSY, SR_PGERR, SR_WRPRTERR, SR_EOP = 1 << 0, 1 << 2, 1 << 4, 1 << 5
CR_PG, CR_PER, CR_MER, CR_OPTPG, CR_OPTER = 1 << 0, 1 << 1, 1 << 2, 1 << 4, 1 << 5
CR_STRT, CR_LOCK, CR_OPTWRE, CR_ERRIE, CR_EOPIE = 1 << 6, 1 << 7, 1 << 9, 1 << 10, 1 << 12
CR_MODES = CR_PG | CR_PER | CR_MER | CR_OPTPG | CR_OPTER


class FlashController(OperatingBlock):
    """One bank's FPEC. XL bank 2 has KEYR2, SR2, CR2 and AR2 at the same offsets, 0x40 up."""

    size = 0x40

    KEYR = Register(0x04, write_only=True)
    SR = Register(0x0C, rc_w1=SR_PGERR | SR_WRPRTERR | SR_EOP, writable=0)
    CR = Register(0x10, reset=CR_LOCK)
    AR = Register(0x14)

    def __init__(
        self,
        bank: Bank,
        flash: Flash,
        array: FlashArray,
        options: OptionBytes,
        clock: Clock,
        log: Log = no_log,
    ) -> None:
        super().__init__(bank.controller, clock, log)
        self.bank = bank
        self.flash = flash
        self.array = array
        self.options = options
        self.hsi_on: Callable[[], bool] = lambda: True
        array.attach(bank.span, self.program, self.stall)
        self._writer = Master.CORE
        self._lock = KeyLock(KEY1, KEY2)

    def write(self, offset: int, size: int, value: int, master: Master) -> None:
        """A register; who starts an erase matters under read protection."""
        self._writer = master
        super().write(offset, size, value, master)

    # Registers

    @KEYR.writes
    def _keyr(self, key: int) -> None:
        if self._ignored_while_busy("KEYR"):
            return
        if not self._lock.offer(key):
            self.CR |= CR_LOCK
            self.log(f"FLASH_KEYR: wrong key {key:#010x} locks FPEC until reset (PM0075 §2.3.2)")
            raise BusFault(self.span.start + 0x04, "wrong key sequence")
        if not self._lock.locked:
            self.CR &= ~CR_LOCK

    @SR.writes
    def _sr(self, value: int) -> None:
        if not self._ignored_while_busy("SR"):
            self.SR = type(self).SR.merged(self.SR, value)
            self._update_interrupt()

    @AR.writes
    def _ar(self, value: int) -> None:
        if not self._ignored_while_busy("AR"):
            self.AR = value

    @CR.writes
    def _cr(self, value: int) -> None:
        if self._ignored_while_busy("CR"):
            return
        if self.CR & CR_LOCK:
            self.log(f"FLASH_CR: write of {value:#06x} while LOCK is set is lost (PM0075 §2.3.2)")
            return
        optwre = self.CR & value & CR_OPTWRE  # software can only clear it
        self.CR = optwre | value & (CR_MODES | CR_LOCK | CR_ERRIE | CR_EOPIE)
        if value & CR_LOCK:
            self._lock.lock()
            self.CR &= ~CR_OPTWRE
        elif value & CR_STRT:
            self._start_erase()
        self._update_interrupt()

    def _ignored_while_busy(self, register: str) -> bool:
        if self.busy:
            self.log(f"FLASH_{register}: not accessible in write mode while BSY (PM0075 §2.3.3)")
        return self.busy

    # Main flash, asked by the array

    def program(self, address: int, size: int, value: int, master: Master) -> None:
        """A write into main flash: starts programming a half-word where PG is set.

        Raises `BusFault` where the write is not half-word long (PM0075 §2.3.3).
        """
        self.stall(master)
        if not self.CR & CR_PG:
            self.log(f"flash: write at {address:#010x} while PG is not set programs nothing")
            return
        if size != 2:
            self.log(f"flash: {size}-byte write at {address:#010x}: not half-word (PM0075 §2.3.3)")
            raise BusFault(address, "data that is not half-word long")
        if self.array.write_protected(address, master):
            self._refuse(SR_WRPRTERR, f"flash: program of protected {address:#010x}")
        elif self.array.peek16(address) != 0xFFFF and value != 0:
            self._refuse(SR_PGERR, f"flash: program of {address:#010x}, which is not erased")
        elif self._hsi_missing():
            return
        else:
            self.begin(self.array.programming(address, value), self.flash.program)

    # Erase

    def _start_erase(self) -> None:
        mode = self.CR & CR_MODES
        if self._hsi_missing():
            return
        if mode == CR_PER:
            self._erase_page(self.AR)
        elif mode == CR_MER:
            self._erase_bank()
        elif mode == CR_OPTER and self.CR & CR_OPTWRE and not self.options.level_2:
            self.begin(self.options.erasing(), self.flash.erase_time(self.flash.sectors[0]))
        else:
            self.log(f"FLASH_CR: STRT with mode bits {mode:#x} starts nothing")

    def _erase_page(self, address: int) -> None:
        page = next((page for page in self.bank.sectors if address in page), None)
        if page is None:
            self.log(f"FLASH_AR: {address:#010x} is in no page of this bank")
        elif self.array.write_protected(address, self._writer):
            self._refuse(SR_WRPRTERR, f"flash: erase of protected page {page}")
        else:
            self.begin(self.array.erasing((page,)), self.flash.erase_time(page))

    def _erase_bank(self) -> None:
        protected = any(self.options.write_protects(page.start) for page in self.bank.sectors)
        if protected or self.array.mass_erase_barred(self._writer):
            self._refuse(SR_WRPRTERR, "flash: mass erase of a bank with write-protected pages")
        else:
            self.begin(self.array.erasing(self.bank.sectors), self.flash.mass_erase)

    # Operations

    def _hsi_missing(self) -> bool:
        missing = not self.hsi_on()
        if missing:
            self.log("flash: HSI must be on to program or erase (PM0075 §2.3.1)")
        return missing

    def _refuse(self, flag: int, text: str) -> None:
        self.log(f"{text}: {'PGERR' if flag == SR_PGERR else 'WRPRTERR'} (PM0075 §2.3.3)")
        self.SR |= flag
        self._update_interrupt()

    def began(self) -> None:
        """BSY."""
        self.SR |= SR_BSY

    def ended(self) -> None:
        """EOP (PM0075 §3.4)."""
        self.SR = self.SR & ~SR_BSY | SR_EOP
        self._update_interrupt()

    def _update_interrupt(self) -> None:
        errors = self.SR & (SR_PGERR | SR_WRPRTERR) and self.CR & CR_ERRIE
        done = self.SR & SR_EOP and self.CR & CR_EOPIE
        self.interrupt(bool(errors or done))

    def reset(self, kind: ResetKind) -> None:
        """Lock; an operation under way must have been `cut` or let run before."""
        super().reset(kind)
        self._lock.reset()


class FlashInterface(FlashController):
    """The controller of bank 1 with what all banks share: ACR and the option bytes' registers."""

    ACR = Register(0x00, reset=0x30, writable=0x1F)  # PRFTBE on, 0 wait states
    OPTKEYR = Register(0x08, write_only=True)
    OBR = Register(0x1C, reset=0x03FF_FFFC, writable=0)
    WRPR = Register(0x20, reset=0xFFFF_FFFF, writable=0)

    def __init__(
        self,
        bank: Bank,
        flash: Flash,
        array: FlashArray,
        options: OptionBytes,
        clock: Clock,
        log: Log = no_log,
    ) -> None:
        super().__init__(bank, flash, array, options, clock, log)
        self._option_lock = KeyLock(KEY1, KEY2)

    @ACR.reads
    def _read_acr(self) -> int:
        return self.ACR & ~0x20 | (self.ACR & 0x10) << 1  # PRFTBS follows PRFTBE

    @OPTKEYR.writes
    def _optkeyr(self, key: int) -> None:
        if self._ignored_while_busy("OPTKEYR"):
            return
        if not self._option_lock.offer(key):
            self.CR &= ~CR_OPTWRE
            self.log(f"FLASH_OPTKEYR: wrong key {key:#010x} (PM0075 §2.4.3)")
            raise BusFault(self.span.start + 0x08, "wrong key sequence")
        if not self._option_lock.locked:
            self.CR |= CR_OPTWRE

    @OBR.reads
    def _read_obr(self) -> int:
        return self.options.obr

    @WRPR.reads
    def _read_wrpr(self) -> int:
        return self.options.wrpr

    # Option bytes, asked by their device

    def program_option(self, address: int, size: int, value: int, master: Master) -> None:
        """A write into the option bytes (PM0075 §2.3.4): needs OPTPG and OPTWRE, a half-word.

        Raises `BusFault` where the write is not half-word long.
        """
        self.stall(master)
        if not (self.CR & CR_OPTPG and self.CR & CR_OPTWRE):
            self.log(f"option bytes: write at {address:#010x} without OPTPG and OPTWRE is lost")
            return
        if size != 2:
            raise BusFault(address, "data that is not half-word long")
        if self.options.peek16(address) != 0xFFFF:
            self._refuse(SR_PGERR, f"option bytes: {address:#010x} is not erased")
            return
        programming = self.options.programming(address, value)
        if self.options.unprotects(address, value):
            # "This operation first forces a Mass Erase of the main Flash memory" (PM0075 §2.4.1)
            mass_erase = self.array.erasing(self.flash.sectors)
            self.begin(ErasingFirst(mass_erase, programming), self.flash.mass_erase)
        else:
            self.begin(programming, self.flash.program)

    def reset(self, kind: ResetKind) -> None:
        """Lock and load the option bytes anew (PM0075 §2.5)."""
        super().reset(kind)
        self._option_lock.reset()
        if self.reloads_options(kind):
            self.options.load()

    def reloads_options(self, kind: ResetKind) -> bool:
        """Every reset does."""
        return True
