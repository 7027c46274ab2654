"""Power control of the STM32F4 (RM0090 §5.4): the STM32F1's, and the regulator's voltage."""

from __future__ import annotations

from swdflash.sim.chip.peripherals.pwr import CSR_EWUP, KEPT, Pwr
from swdflash.sim.chip.peripherals.registers import Register

CSR_BRE, CSR_VOSRDY = 1 << 9, 1 << 14


class F4Pwr(Pwr):
    """The regulator is ready at once."""

    CR = Register(0x00, reset=0x4000, writable=0x43F3)
    CR.writer = Pwr.CR.writer
    CSR = Register(0x04, writable=CSR_EWUP | CSR_BRE, survives=KEPT)

    @property
    def name(self) -> str:
        """As ST calls it."""
        return "PWR"

    @CSR.reads
    def _read_csr(self) -> int:
        return self.CSR | CSR_VOSRDY
