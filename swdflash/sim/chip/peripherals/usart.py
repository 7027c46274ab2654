"""USART (RM0008 §27): sends at once, receives nothing."""

from __future__ import annotations

from swdflash.sim.chip.peripherals.registers import Log, Register, RegisterBlock, no_log

SENT_KEPT = 65536


class Usart(RegisterBlock):
    """`sent` is what firmware wrote to DR."""

    SR = Register(0x00, reset=0xC0, writable=0)  # TXE and TC
    DR = Register(0x04, writable=0x1FF)
    BRR = Register(0x08, writable=0xFFFF)
    CR1 = Register(0x0C, writable=0x3FFF)
    CR2 = Register(0x10, writable=0x7F6F)
    CR3 = Register(0x14, writable=0x7FF)
    GTPR = Register(0x18, writable=0xFFFF)

    def __init__(self, base: int, log: Log = no_log) -> None:
        super().__init__(base, log)
        self.sent = bytearray()

    @DR.writes
    def _dr(self, value: int) -> None:
        if self.CR1 & 0x2008 == 0x2008 and len(self.sent) < SENT_KEPT:  # UE and TE
            self.sent.append(value & 0xFF)

    @DR.reads
    def _read_dr(self) -> int:
        return 0
