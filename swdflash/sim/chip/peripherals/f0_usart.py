"""USART of the STM32F0 (RM0091 §27): the STM32F1's with its registers in other places."""

from __future__ import annotations

from swdflash.sim.chip.peripherals.registers import Register
from swdflash.sim.chip.peripherals.usart import CR1_TE, SR_TC, SR_TXE, Usart

CR1_UE = 1 << 0


class F0Usart(Usart):
    """Under the names of the older one: SR is ISR, DR is TDR. M1 (7 data bits) is not looked at."""

    enabled = CR1_UE | CR1_TE

    CR1 = Register(0x00)
    CR2 = Register(0x04)
    CR3 = Register(0x08)
    BRR = Register(0x0C, writable=0xFFFF)
    GTPR = Register(0x10, writable=0xFFFF)
    RTOR = Register(0x14)
    RQR = Register(0x18, write_only=True)
    SR = Register(0x1C, reset=SR_TC | SR_TXE, writable=0)
    ICR = Register(0x20, write_only=True)
    RDR = Register(0x24, writable=0)
    DR = Register(0x28, writable=0x1FF)
    DR.writer, DR.reader = Usart.DR.writer, Usart.DR.reader
