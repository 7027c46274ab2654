"""Fault registers in words, and the first fault after a reset, caught where it happens.

DDI 0403: B3.2.15 (CFSR), B3.2.16 (HFSR), B1.5.6 (what is stacked), C1.6.5 (vector catch).
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass

from swdflash.chips.arm import BFAR, CFSR, DEMCR, HFSR
from swdflash.links.base import DebugLink
from swdflash.links.errors import LinkError
from swdflash.recovery.watch import watch
from swdflash.target.reset import reset_and_halt

ICSR = 0xE000_ED04  # B3.2.4
VECTACTIVE = 0x1FF
FAULTS = {3: "HardFault", 4: "MemManage", 5: "BusFault", 6: "UsageFault"}

CATCH_FAULTS = (
    DEMCR.VC_HARDERR.mask
    | DEMCR.VC_INTERR.mask
    | DEMCR.VC_BUSERR.mask
    | DEMCR.VC_STATERR.mask
    | DEMCR.VC_CHKERR.mask
    | DEMCR.VC_NOCPERR.mask
    | DEMCR.VC_MMERR.mask
)
EXC_RETURN_PSP = 1 << 2
STACKED_PC = 6  # word of the frame: r0-r3, r12, lr, pc, xPSR

WORDS = {
    "IACCVIOL": "it fetched from where code may not run",
    "DACCVIOL": "the MPU refused an access",
    "IBUSERR": "there is no memory to fetch this instruction from",
    "PRECISERR": "the bus refused an access to {bfar:#010x}",
    "IMPRECISERR": "the bus refused a write some instructions earlier",
    "UNSTKERR": "the stack is not in RAM (on return from an exception)",
    "STKERR": "the stack is not in RAM (on entry to an exception)",
    "UNDEFINSTR": "the instruction is undefined: this is no code",
    "INVSTATE": "a jump to an even address: Thumb code needs bit 0 set",
    "INVPC": "a bad return from an exception",
    "NOCP": "a coprocessor instruction: built for another core (FPU?)",
    "UNALIGNED": "an unaligned access",
    "DIVBYZERO": "a division by zero",
}


@dataclass(frozen=True)
class Faults:
    """The fault registers."""

    cfsr: CFSR
    hfsr: HFSR
    bfar: int

    def __bool__(self) -> bool:
        return bool(self.cfsr or self.hfsr)

    @property
    def words(self) -> str:
        """What the set bits mean."""
        said = [
            text.format(bfar=self.bfar) for bit, text in WORDS.items() if getattr(self.cfsr, bit)
        ]
        if self.hfsr.VECTTBL:
            said.append("the vector table cannot be read")
        return "; ".join(said) or "no cause is recorded"

    def __str__(self) -> str:
        return f"CFSR {int(self.cfsr):#010x}, HFSR {int(self.hfsr):#010x}: {self.words}"


def read_faults(link: DebugLink) -> Faults:
    """The fault registers as they are. Raises LinkError kinds."""
    cfsr, hfsr = CFSR(link.read32(CFSR.address)), HFSR(link.read32(HFSR.address))
    return Faults(cfsr, hfsr, link.read32(BFAR.address) if cfsr.BFARVALID else 0)


def active_exception(link: DebugLink) -> int:
    """Number of the exception that the core is in, 0 for none. Raises LinkError kinds."""
    return link.read32(ICSR) & VECTACTIVE


@dataclass(frozen=True)
class FirstFault:
    """Where the program went wrong: `pc` is None where the stack that tells it is unreadable."""

    faults: Faults
    pc: int | None
    sp: int
    at_s: float  # after the reset


def catch_first_fault(link: DebugLink, seconds: float) -> FirstFault | None:
    """Reset the chip, let it run, and stop it as it enters its first fault; None if it does not.

    The core is left halted there, or running. Raises ResetNotCaught, LinkError kinds.
    """
    reset_and_halt(link)
    demcr = link.read32(DEMCR.address)
    link.write32(DEMCR.address, demcr | CATCH_FAULTS)
    try:
        link.resume()
        seen = watch(link, seconds, until_halt=True)
        if seen.halted is None:
            return None
        faults = read_faults(link)
        sp, pc = _frame(link)
        return FirstFault(faults, pc, sp, seen.halted)
    finally:
        with suppress(LinkError):
            link.write32(DEMCR.address, demcr)


def _frame(link: DebugLink) -> tuple[int, int | None]:
    """The stack pointer at the fault, and the PC stacked there."""
    lr, msp, psp = link.read_core(["lr", "msp", "psp"])
    sp = psp if lr & EXC_RETURN_PSP and lr >> 28 == 0xF else msp
    try:
        return sp, link.read32((sp & ~3) + 4 * STACKED_PC)
    except LinkError:
        return sp, None
