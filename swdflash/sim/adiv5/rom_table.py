"""The ROM table at 0xE00FF000: where the debug components are (RM0008 §31.7.1, Table 228).

The STM32F4 has the same, and an ETM (RM0090 §38.8.6); the STM32F0 has SCS, DWT and breakpoint unit
(RM0091 §32.5.5).
"""

from __future__ import annotations

from swdflash.memory import Span
from swdflash.sim.adiv5.component import ROM_TABLE, ST, Component
from swdflash.sim.chip.core_model import CORTEX_M3, CoreModel

_BASE = 0xE00F_F000
_PRESENT = 0x3  # present, 32-bit format
_ABSENT = 0x2
_SCS_DWT_FPB = (0xE000_E000, 0xE000_1000, 0xE000_2000)
ITM, TPIU, ETM = 0xE000_0000, 0xE004_0000, 0xE004_1000
_MEMTYPE = 0xFCC  # system memory can be reached by the same AP


class RomTable(Component):
    """A `Device`: read only. Its part number is DEV_ID, its designer ST."""

    def __init__(self, dev_id: int, model: CoreModel = CORTEX_M3) -> None:
        super().__init__(Span(_BASE, 0x1000), part=dev_id, designer=ST, class_=ROM_TABLE)
        components = dict.fromkeys(_SCS_DWT_FPB, _PRESENT)
        if model.has_itm:  # medium-density STM32F1 have no ETM, but its entry
            etm = _PRESENT if model.etm else _ABSENT
            components |= {ITM: _PRESENT, TPIU: _PRESENT, ETM: etm}
        entries = [(base - _BASE) & 0xFFFF_F000 | flags for base, flags in components.items()]
        self._words = {4 * index: entry for index, entry in enumerate(entries)} | {_MEMTYPE: 1}

    def load(self, offset: int) -> int:
        """An entry; zero ends the table."""
        return self._words.get(offset, 0)

    def store(self, offset: int, value: int) -> None:
        """It is ROM."""
