"""What tells one Cortex-M from another, as programs and debuggers see it."""

from __future__ import annotations

from dataclasses import dataclass

from unicorn import arm_const as arm


@dataclass(frozen=True)
class CoreModel:
    """A core. `mainline` is Armv7-M, the other is Armv6-M.

    Armv6-M has two bits of priority, no BASEPRI and FAULTMASK, no faults but HardFault, no VTOR on
    Cortex-M0, no bit-banding, and no unaligned accesses (DDI 0419 §B1.4, §B3.2). Unicorn knows
    which instructions a model has, but for CBZ, CBNZ and IT, which it gives to Cortex-M0, too.
    Cycles are counted as on a Cortex-M3 for all of them. A Cortex-M4's FPU need not be switched on.
    """

    name: str
    unicorn: int
    mainline: bool
    priority_bits: int
    features: tuple[int, ...]  # ID_PFR0 and on, as far as they are not zero
    breakpoints: int  # comparators for instructions
    literals: int  # comparators for literals
    watchpoints: int
    scs_part: int  # part numbers in PIDR
    dwt_part: int
    fpb_part: int
    etm: bool = False
    tpiu_part: int | None = None

    @property
    def has_itm(self) -> bool:
        """Whether there is trace: ITM, and TPIU for its pins."""
        return self.tpiu_part is not None


# DDI 0337 r1p1, Table 4-1; DDI 0439 r0p1, Table 4-1
_CORTEX_M3_IDS = (
    0x0000_0030, 0x0000_0200, 0x0010_0000, 0x0000_0000, 0x0000_0030, 0, 0, 0,
    0x0114_1110, 0x0211_1000, 0x2111_2231, 0x0111_1110, 0x0131_0132,
)  # fmt: skip
_CORTEX_M4_IDS = (
    0x0000_0030, 0x0000_0200, 0x0010_0000, 0x0000_0000, 0x0000_0030, 0, 0, 0,
    0x0114_1110, 0x0211_2000, 0x2123_2231, 0x0111_1131, 0x0131_0132,
)  # fmt: skip

CORTEX_M0 = CoreModel(
    name="Cortex-M0",
    unicorn=arm.UC_CPU_ARM_CORTEX_M0,
    mainline=False,
    priority_bits=2,
    features=(),
    breakpoints=4,  # RM0091 §32.6
    literals=0,
    watchpoints=2,
    scs_part=0x008,  # DDI 0432, Table 4-1
    dwt_part=0x00A,
    fpb_part=0x00B,
)
CORTEX_M3 = CoreModel(
    name="Cortex-M3",
    unicorn=arm.UC_CPU_ARM_CORTEX_M3,
    mainline=True,
    priority_bits=4,
    features=_CORTEX_M3_IDS,
    breakpoints=6,  # RM0008 §31.10
    literals=2,
    watchpoints=4,
    scs_part=0x000,
    dwt_part=0x002,
    fpb_part=0x003,
    tpiu_part=0x923,
)
CORTEX_M4 = CoreModel(
    name="Cortex-M4",
    unicorn=arm.UC_CPU_ARM_CORTEX_M4,
    mainline=True,
    priority_bits=4,
    features=_CORTEX_M4_IDS,
    breakpoints=6,  # RM0090 §38.10
    literals=2,
    watchpoints=4,
    scs_part=0x00C,  # DDI 0439, Table 4-1
    dwt_part=0x002,
    fpb_part=0x003,
    etm=True,
    tpiu_part=0x9A1,
)
MODELS = {model.name: model for model in (CORTEX_M0, CORTEX_M3, CORTEX_M4)}
