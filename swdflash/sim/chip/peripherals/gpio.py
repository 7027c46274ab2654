"""General-purpose I/O port (RM0008 §9.2)."""

from __future__ import annotations

from swdflash.sim.bus import ResetKind
from swdflash.sim.chip.peripherals.port import Port
from swdflash.sim.chip.peripherals.registers import Log, Register, no_log
from swdflash.sim.clock import Clock

LCKK = 1 << 16


class Gpio(Port):
    """A port of an STM32F1."""

    CRL = Register(0x00, reset=0x4444_4444)
    CRH = Register(0x04, reset=0x4444_4444)
    IDR = Register(0x08, writable=0)
    ODR = Register(0x0C, writable=0xFFFF)
    BSRR = Register(0x10, write_only=True)
    BRR = Register(0x14, write_only=True)
    LCKR = Register(0x18, writable=0x1_FFFF)

    def __init__(self, base: int, port: str, clock: Clock, log: Log = no_log) -> None:
        super().__init__(base, port, clock, log)
        self._lock_step = 0

    def reset(self, kind: ResetKind) -> None:
        """All pins float again."""
        super().reset(kind)
        self._lock_step = 0

    def mode(self, pin: int) -> int:
        """CNF and MODE, four bits."""
        return (self.CRH if pin >= 8 else self.CRL) >> (pin & 7) * 4 & 0xF

    def alternate(self, pin: int) -> bool:
        """Whether the pin is an output of a peripheral's (MODE not 0, CNF with AF)."""
        mode = self.mode(pin)
        return bool(mode & 3) and bool(mode & 8)

    def drives(self, pin: int) -> bool:
        """Whether the pin is an output of the port's own (MODE not 0, CNF without AF)."""
        mode = self.mode(pin)
        return bool(mode & 3) and not mode & 8

    def level(self, pin: int) -> int:
        """The pin's level as IDR has it; what floats reads as the board drives it, or 0."""
        mode = self.mode(pin)
        pulled = mode == 0x8  # input with pull-up or pull-down: ODR chooses
        driver = self.ODR if self.drives(pin) or pulled else self.inputs
        return driver >> pin & 1

    @IDR.reads
    def _idr(self) -> int:
        return sum(self.level(pin) << pin for pin in range(16))

    @ODR.writes
    def _odr(self, value: int) -> None:
        self._drive(value & 0xFFFF)

    @BSRR.writes
    def _bsrr(self, value: int) -> None:
        self._drive(self.ODR & ~(value >> 16) | value & 0xFFFF)  # set has priority (§9.2.5)

    @BRR.writes
    def _brr(self, value: int) -> None:
        self._drive(self.ODR & ~value)

    def _drive(self, odr: int) -> None:
        before, self.ODR = self.ODR, odr
        self.note_edges(before, odr)

    @CRL.writes
    def _crl(self, value: int) -> None:
        self.CRL = self._unlocked(self.CRL, value, self.LCKR & 0xFF)

    @CRH.writes
    def _crh(self, value: int) -> None:
        self.CRH = self._unlocked(self.CRH, value, self.LCKR >> 8 & 0xFF)

    def _unlocked(self, old: int, value: int, locked_pins: int) -> int:
        if not self.LCKR & LCKK:
            return value
        mask = sum(0xF << pin * 4 for pin in range(8) if locked_pins >> pin & 1)
        return old & mask | value & ~mask

    @LCKR.writes
    def _lckr(self, value: int) -> None:
        """Write 1, 0, 1 to LCKK with the same pins (§9.2.7); only reset unlocks."""
        if self.LCKR & LCKK:
            return
        expected = (1, 0, 1)[self._lock_step]
        same_pins = self._lock_step == 0 or (value ^ self.LCKR) & 0xFFFF == 0
        if value >> 16 & 1 != expected or not same_pins:
            self._lock_step = 0
            return
        self._lock_step += 1
        self.LCKR = value & 0xFFFF | (LCKK if self._lock_step == 3 else 0)
