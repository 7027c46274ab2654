"""General-purpose I/O port of the families after the STM32F1 (RM0090 §8.4, RM0091 §8.4).

Its port A has the debug port's pins: here firmware cuts SWD.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from swdflash.sim.bus import ResetKind
from swdflash.sim.chip.peripherals.port import Port
from swdflash.sim.chip.peripherals.registers import Log, Register, no_log
from swdflash.sim.clock import Clock

OUTPUT, ALTERNATE = 0b01, 0b10  # MODER
PULL_UP = 0b01  # PUPDR
SWD_AF = 0  # of PA13 and PA14
SWDIO, SWCLK = 13, 14
LCKK = 1 << 16


class Resets(NamedTuple):
    """A port's reset values: not 0 where the debug port has its pins."""

    moder: int = 0
    ospeedr: int = 0
    pupdr: int = 0


class ModerGpio(Port):
    """A port. `on_swd_lost(offset)` tells which register took SWDIO or SWCLK from the debug port.

    Only port A has these pins; of the others nobody asks.
    """

    on_apb = False

    MODER = Register(0x00)
    OTYPER = Register(0x04, writable=0xFFFF)
    OSPEEDR = Register(0x08)
    PUPDR = Register(0x0C)
    IDR = Register(0x10, writable=0)
    ODR = Register(0x14, writable=0xFFFF)
    BSRR = Register(0x18, write_only=True)
    LCKR = Register(0x1C, writable=0x1_FFFF)
    AFRL = Register(0x20)
    AFRH = Register(0x24)
    BRR = Register(0x28, write_only=True)  # STM32F0; nobody writes there on an STM32F4

    def __init__(
        self,
        base: int,
        port: str,
        clock: Clock,
        resets: Resets | None = None,
        log: Log = no_log,
    ) -> None:
        super().__init__(base, port, clock, log)
        self.on_swd_lost: Callable[[int], None] = lambda _offset: None
        self._resets = resets or Resets()
        self._lock_step = 0

    def reset(self, kind: ResetKind) -> None:
        """PA13 and PA14 are the debug port's again."""
        super().reset(kind)
        self.MODER, self.OSPEEDR, self.PUPDR = self._resets
        self._lock_step = 0

    def mode(self, pin: int) -> int:
        """MODER: input, output, alternate function, analog."""
        return self.MODER >> 2 * pin & 3

    def function(self, pin: int) -> int:
        """Number of the alternate function."""
        return (self.AFRH if pin >= 8 else self.AFRL) >> 4 * (pin & 7) & 0xF

    @property
    def has_swd(self) -> bool:
        """Whether PA13 and PA14 are both SWD."""
        pins = (SWDIO, SWCLK)
        return all(self.alternate(pin) and self.function(pin) == SWD_AF for pin in pins)

    def alternate(self, pin: int) -> bool:
        """A peripheral has the pin."""
        return self.mode(pin) == ALTERNATE

    def drives(self, pin: int) -> bool:
        """The pin is an output of the port's own."""
        return self.mode(pin) == OUTPUT

    def level(self, pin: int) -> int:
        """As IDR has it; what floats reads as the board drives it, or 0."""
        if self.drives(pin):
            return self.ODR >> pin & 1
        pulled_up = self.PUPDR >> 2 * pin & 3 == PULL_UP
        return self.inputs >> pin & 1 | pulled_up

    @IDR.reads
    def _idr(self) -> int:
        return sum(self.level(pin) << pin for pin in range(16))

    @ODR.writes
    def _odr(self, value: int) -> None:
        self._drive(value & 0xFFFF)

    @BSRR.writes
    def _bsrr(self, value: int) -> None:
        self._drive(self.ODR & ~(value >> 16) | value & 0xFFFF)  # set has priority

    @BRR.writes
    def _brr(self, value: int) -> None:
        self._drive(self.ODR & ~value)

    def _drive(self, odr: int) -> None:
        before, self.ODR = self.ODR, odr
        self.note_edges(before, odr)

    @MODER.writes
    def _moder(self, value: int) -> None:
        had = self.has_swd
        self.MODER = self._unlocked(self.MODER, value, 2, range(16))
        self._tell(had, type(self).MODER)

    @AFRL.writes
    def _afrl(self, value: int) -> None:
        self.AFRL = self._unlocked(self.AFRL, value, 4, range(8))

    @AFRH.writes
    def _afrh(self, value: int) -> None:
        had = self.has_swd
        self.AFRH = self._unlocked(self.AFRH, value, 4, range(8, 16))
        self._tell(had, type(self).AFRH)

    def _tell(self, had: bool, register: Register) -> None:
        if had and not self.has_swd:
            self.on_swd_lost(register.offset)

    def _unlocked(self, old: int, value: int, width: int, pins: range) -> int:
        """What a register of `width` bits a pin becomes: locked pins stay (§8.3.6)."""
        if not self.LCKR & LCKK:
            return value
        locked = (place for place, pin in enumerate(pins) if self.LCKR >> pin & 1)
        mask = sum(((1 << width) - 1) << width * place for place in locked)
        return old & mask | value & ~mask

    @LCKR.writes
    def _lckr(self, value: int) -> None:
        """Write 1, 0, 1 to LCKK with the same pins (§8.4.8); only reset unlocks."""
        if self.LCKR & LCKK:
            return
        same_pins = self._lock_step == 0 or (value ^ self.LCKR) & 0xFFFF == 0
        if value >> 16 & 1 != (1, 0, 1)[self._lock_step] or not same_pins:
            self._lock_step = 0
            return
        self._lock_step += 1
        self.LCKR = value & 0xFFFF | (LCKK if self._lock_step == 3 else 0)
