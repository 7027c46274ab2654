"""Registers that Arm fixes for every Armv7-M core (DDI 0403E)."""

from __future__ import annotations

from swdflash.chips.registers import Bit, Field, Register


class CPUID(Register):
    """CPUID Base Register (DDI 0403, B3.2.3)."""

    address = 0xE000_ED00

    REVISION = Field(0, 4)  # the p of rnpm
    PARTNO = Field(4, 12)
    VARIANT = Field(20, 4)  # the n of rnpm
    IMPLEMENTER = Field(24, 8)

    def __str__(self) -> str:
        """As Arm writes it: "Cortex-M3 r1p1"."""
        name = _CORES.get(self.PARTNO, f"core {self.PARTNO:#05x}")
        return f"{name} r{self.VARIANT}p{self.REVISION}"


_CORES = {
    0xC20: "Cortex-M0",
    0xC23: "Cortex-M3",
    0xC24: "Cortex-M4",
    0xC27: "Cortex-M7",
    0xC60: "Cortex-M0+",
    0xD21: "Cortex-M33",
}


class VTOR(Register):
    """Vector Table Offset Register (DDI 0403, B3.2.5)."""

    address = 0xE000_ED08


class AIRCR(Register):
    """Application Interrupt and Reset Control Register (DDI 0403, B3.2.6)."""

    address = 0xE000_ED0C
    VECTKEY = 0x05FA_0000  # a write without it is ignored

    VECTRESET = Bit(0)
    VECTCLRACTIVE = Bit(1)
    SYSRESETREQ = Bit(2)


class SCR(Register):
    """System Control Register (DDI 0403, B3.2.7)."""

    address = 0xE000_ED10

    SLEEPONEXIT = Bit(1)
    SLEEPDEEP = Bit(2)
    SEVONPEND = Bit(4)


class CFSR(Register):
    """Configurable Fault Status Register (DDI 0403, B3.2.15); a 1 written clears the bit."""

    address = 0xE000_ED28

    IACCVIOL = Bit(0)
    DACCVIOL = Bit(1)
    MUNSTKERR = Bit(3)
    MSTKERR = Bit(4)
    MMARVALID = Bit(7)
    IBUSERR = Bit(8)
    PRECISERR = Bit(9)
    IMPRECISERR = Bit(10)
    UNSTKERR = Bit(11)
    STKERR = Bit(12)
    BFARVALID = Bit(15)
    UNDEFINSTR = Bit(16)
    INVSTATE = Bit(17)
    INVPC = Bit(18)
    NOCP = Bit(19)
    UNALIGNED = Bit(24)
    DIVBYZERO = Bit(25)


class HFSR(Register):
    """HardFault Status Register (DDI 0403, B3.2.16); a 1 written clears the bit."""

    address = 0xE000_ED2C

    VECTTBL = Bit(1)
    FORCED = Bit(30)
    DEBUGEVT = Bit(31)


class DFSR(Register):
    """Debug Fault Status Register (DDI 0403, C1.6.1); a 1 written clears the bit."""

    address = 0xE000_ED30

    HALTED = Bit(0)
    BKPT = Bit(1)
    DWTTRAP = Bit(2)
    VCATCH = Bit(3)
    EXTERNAL = Bit(4)


class BFAR(Register):
    """BusFault Address Register (DDI 0403, B3.2.18)."""

    address = 0xE000_ED38


class DHCSR(Register):
    """Debug Halting Control and Status Register (DDI 0403, C1.6.2)."""

    address = 0xE000_EDF0
    DBGKEY = 0xA05F_0000  # a write without it is ignored

    C_DEBUGEN = Bit(0)
    C_HALT = Bit(1)
    C_STEP = Bit(2)
    C_MASKINTS = Bit(3)
    S_REGRDY = Bit(16)
    S_HALT = Bit(17)
    S_SLEEP = Bit(18)
    S_LOCKUP = Bit(19)
    S_RETIRE_ST = Bit(24)  # sticky; reading clears it
    S_RESET_ST = Bit(25)  # sticky; reading clears it


class DCRSR(Register):
    """Debug Core Register Selector Register (DDI 0403, C1.6.3); write-only."""

    address = 0xE000_EDF4

    REGSEL = Field(0, 7)
    REGWnR = Bit(16)


class DCRDR(Register):
    """Debug Core Register Data Register (DDI 0403, C1.6.4)."""

    address = 0xE000_EDF8


class DEMCR(Register):
    """Debug Exception and Monitor Control Register (DDI 0403, C1.6.5)."""

    address = 0xE000_EDFC

    VC_CORERESET = Bit(0)
    VC_MMERR = Bit(4)
    VC_NOCPERR = Bit(5)
    VC_CHKERR = Bit(6)
    VC_STATERR = Bit(7)
    VC_BUSERR = Bit(8)
    VC_INTERR = Bit(9)
    VC_HARDERR = Bit(10)
    TRCENA = Bit(24)


class PCSR(Register):
    """DWT Program Counter Sample Register (DDI 0403, C1.8): the PC of a core that runs.

    It needs DEMCR.TRCENA. All ones while the core is halted or cannot be sampled, 0 where this
    core has no such register.
    """

    address = 0xE000_101C


class DPIDR(Register):
    """Debug Port Identification Register (IHI 0031, B2.2.5); no memory address."""

    DESIGNER = Field(1, 11)
    VERSION = Field(12, 4)
    PARTNO = Field(20, 8)
    REVISION = Field(28, 4)


class PIDR(Register):
    """Peripheral ID registers 0 to 4 of a ROM table, as one 40-bit value (IHI 0029, B2.2)."""

    address = 0xE00F_FFD0  # PIDR4..7, then PIDR0..3, a byte a word: the processor's ROM table

    @property
    def part(self) -> int:
        """The designer's part number; ST puts DEV_ID here."""
        return int(self) & 0xFFF

    @property
    def jedec(self) -> bool:
        """Whether the designer is a JEP106 code (otherwise an obsolete ASCII one)."""
        return bool(int(self) >> 19 & 1)

    @property
    def designer(self) -> int:
        """JEP106 code: continuation count in bits 10..7, identity code in 6..0 (ST: 0x020)."""
        return (int(self) >> 32 & 0xF) << 7 | (int(self) >> 12 & 0x7F)

    @classmethod
    def from_words(cls, words: bytes) -> PIDR:
        """From the 32 bytes at `address`, PIDR4 first."""
        ids = words[::4]
        return cls(sum(byte << 8 * at for at, byte in enumerate((*ids[4:8], ids[0]))))
