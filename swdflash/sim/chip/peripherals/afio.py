"""Alternate-function I/O (RM0008 §9.4): here SWD is cut."""

from __future__ import annotations

from collections.abc import Callable

from swdflash.sim.bus import ResetKind
from swdflash.sim.chip.peripherals.registers import Log, Register, RegisterBlock, no_log

SWJ_CFG = 0x0700_0000
SWJ_OFF = 0b100  # JTAG-DP disabled and SW-DP disabled
SWJ_DEFINED = frozenset((0b000, 0b001, 0b010, 0b100))


class Afio(RegisterBlock):
    """`on_swd_lost()` is called when SWJ_CFG takes the pins from the debug port."""

    EVCR = Register(0x00, writable=0xFF)
    MAPR = Register(0x04)
    EXTICR1 = Register(0x08, writable=0xFFFF)
    EXTICR2 = Register(0x0C, writable=0xFFFF)
    EXTICR3 = Register(0x10, writable=0xFFFF)
    EXTICR4 = Register(0x14, writable=0xFFFF)
    MAPR2 = Register(0x1C)

    def __init__(self, base: int, log: Log = no_log) -> None:
        super().__init__(base, log)
        self.on_swd_lost: Callable[[], None] = lambda: None
        self.swj_cfg = 0

    def reset(self, kind: ResetKind) -> None:
        """The debug port has its pins again."""
        super().reset(kind)
        self.swj_cfg = 0

    @property
    def swd_pins(self) -> bool:
        """Whether PA13 and PA14 are SWDIO and SWCLK."""
        return self.swj_cfg != SWJ_OFF

    def exti_port(self, pin: int) -> str:
        """The port whose pin is the EXTI line of this number, e.g. "A" (§9.4.3)."""
        register = (self.EXTICR1, self.EXTICR2, self.EXTICR3, self.EXTICR4)[pin // 4]
        return "ABCDEFG"[min(register >> 4 * (pin % 4) & 0xF, 6)]

    @MAPR.writes
    def _mapr(self, value: int) -> None:
        self.MAPR = value & ~SWJ_CFG  # "write only (when read, the value is undefined)" (§9.4.2)
        cfg = value >> 24 & 7
        had_pins = self.swd_pins
        if cfg in SWJ_DEFINED:  # others: no effect
            self.swj_cfg = cfg
        if had_pins and not self.swd_pins:
            self.on_swd_lost()
