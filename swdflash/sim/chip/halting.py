"""Halting debug as the core knows it (DDI 0403 §C1.6); the debugger's registers act on this."""

from __future__ import annotations

from swdflash.sim.chip.exceptions import Exc

DFSR_HALTED = 1 << 0
DFSR_BKPT = 1 << 1
DFSR_VCATCH = 1 << 3

VC_CORERESET = 1 << 0
VC_MMERR = 1 << 4
VC_NOCPERR = 1 << 5
VC_CHKERR = 1 << 6
VC_STATERR = 1 << 7
VC_BUSERR = 1 << 8
VC_INTERR = 1 << 9
VC_HARDERR = 1 << 10
MON_EN = 1 << 16
MON_PEND = 1 << 17
MON_STEP = 1 << 18
MON_REQ = 1 << 19
TRCENA = 1 << 24


class Halting:
    """C_* of DHCSR, DEMCR, and the sticky bits. Only power-on clears it."""

    def __init__(self) -> None:
        self.held_in_reset = False  # NRST is low: S_RESET_ST stays, the core neither runs nor halts
        self.clear()

    def clear(self) -> None:
        """As when power comes on."""
        self.enabled = False  # C_DEBUGEN
        self.halted = False
        self.stepping = False  # C_STEP, and the core was let go
        self.mask_interrupts = False  # C_MASKINTS
        self.was_reset = True  # S_RESET_ST
        self.retired = False  # S_RETIRE_ST
        self.demcr = 0

    @property
    def catches_reset(self) -> bool:
        """Whether the debugger wants the core before its first instruction."""
        return self.enabled and bool(self.demcr & VC_CORERESET)

    def masks(self, number: int) -> bool:
        """Whether the debugger holds this exception back: PendSV, SysTick or an interrupt."""
        return self.enabled and self.mask_interrupts and number >= Exc.PEND_SV

    def catches(self, number: int, cfsr: int) -> bool:
        """Whether the debugger wants to see this exception before its handler runs."""
        if not self.enabled:
            return False
        wanted = {
            Exc.HARD_FAULT: VC_HARDERR,
            Exc.MEM_MANAGE: VC_MMERR,
            Exc.BUS_FAULT: VC_BUSERR,
            Exc.USAGE_FAULT: _usage(cfsr),
        }
        return any(bits & self.demcr for vector, bits in wanted.items() if vector == number)


def _usage(cfsr: int) -> int:
    bits = VC_NOCPERR if cfsr & 1 << 19 else 0
    bits |= VC_CHKERR if cfsr >> 24 else 0
    return bits | (VC_STATERR if cfsr & 0x7 << 16 else 0)
