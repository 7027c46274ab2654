"""USART (RM0008 §27): sends at its rate, receives nothing."""

from __future__ import annotations

from collections.abc import Callable

from swdflash.sim.bus import ResetKind
from swdflash.sim.chip.peripherals.registers import Log, Register, RegisterBlock, no_log
from swdflash.sim.clock import PS_PER_S, Alarm, Clock
from swdflash.sim.uart.frames import Burst, Format, Parity

SENT_KEPT = 65536
SR_TC, SR_TXE = 1 << 6, 1 << 7
CR1_TE, CR1_PS, CR1_PCE, CR1_M, CR1_UE = 1 << 3, 1 << 9, 1 << 10, 1 << 12, 1 << 13
CR2_STOP_2 = 2  # STOP[13:12]


class Usart(RegisterBlock):
    """`sent` is what firmware wrote to DR; `transmit` takes each character as it begins."""

    enabled = CR1_UE | CR1_TE  # of CR1

    SR = Register(0x00, reset=SR_TC | SR_TXE, writable=0)
    DR = Register(0x04, writable=0x1FF)
    BRR = Register(0x08, writable=0xFFFF)
    CR1 = Register(0x0C, writable=0x3FFF)
    CR2 = Register(0x10, writable=0x7F6F)
    CR3 = Register(0x14, writable=0x7FF)
    GTPR = Register(0x18, writable=0xFFFF)

    def __init__(
        self, base: int, clock: Clock, pclk_hz: Callable[[], int], log: Log = no_log
    ) -> None:
        super().__init__(base, log)
        self.sent = bytearray()
        self.transmit: Callable[[Burst], None] = lambda _character: None
        self._clock = clock
        self._pclk_hz = pclk_hz
        self._waiting: int | None = None  # in DR, while the shift register is busy
        self._shifting: Alarm | None = None

    def reset(self, kind: ResetKind) -> None:
        """What is on its way is lost."""
        super().reset(kind)
        self._waiting = None
        if self._shifting is not None:
            self._shifting.cancel()
            self._shifting = None

    @DR.writes
    def _dr(self, value: int) -> None:
        if self.CR1 & self.enabled != self.enabled:
            return
        if len(self.sent) < SENT_KEPT:
            self.sent.append(value & 0xFF)
        if self._shifting is None:
            self._shift(value)
        else:
            self._waiting = value  # and what waited already is overwritten
            self.SR &= ~SR_TXE

    def _shift(self, value: int) -> None:
        self.SR &= ~SR_TC
        character = Burst(self._clock.now_ps, self.format, bytes([self._character(value)]))
        self.transmit(character)
        self._shifting = self._clock.alarm(character.end_ps, self._shifted)

    def _shifted(self) -> None:
        self._shifting = None
        waiting, self._waiting = self._waiting, None
        self.SR |= SR_TXE
        if waiting is None:
            self.SR |= SR_TC
        else:
            self._shift(waiting)

    @property
    def format(self) -> Format:
        """As BRR, CR1 and CR2 say; 16 clocks a bit at BRR's least (§27.3.4).

        Without M, the parity bit takes the place of the last data bit (§27.3.7).
        """
        parity = self._parity if self.CR1 & CR1_M else Parity.NONE
        stop_bits = 2 if self.CR2 >> 12 & 3 == CR2_STOP_2 else 1
        return Format(max(self.BRR, 16) * PS_PER_S // self._pclk_hz(), parity, stop_bits)

    @property
    def _parity(self) -> Parity:
        if not self.CR1 & CR1_PCE:
            return Parity.NONE
        return Parity.ODD if self.CR1 & CR1_PS else Parity.EVEN

    def _character(self, value: int) -> int:
        """The eight bits of data that go out."""
        if self._parity is Parity.NONE or self.CR1 & CR1_M:
            return value & 0xFF
        odd = self._parity is Parity.ODD
        return value & 0x7F | ((value & 0x7F).bit_count() & 1 ^ odd) << 7

    @DR.reads
    def _read_dr(self) -> int:
        return 0
