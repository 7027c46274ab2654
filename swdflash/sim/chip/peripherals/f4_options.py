"""Option bytes of the STM32F4: a sector of its own behind FLASH_OPTCR (RM0090 §3.7)."""

from __future__ import annotations

import mmap
import random

from swdflash.chips.chip import Chip

OPTLOCK, OPTSTRT = 1 << 0, 1 << 1
USER_BITS = 0xEC  # BOR_LEV, WDG_SW, nRST_STOP, nRST_STDBY
WDG_SW, NRST_STOP, NRST_STDBY = 1 << 5, 1 << 6, 1 << 7
NWRP = 0x0FFF_0000


class F4Options:
    """What counts is what the sector holds: it is loaded at a reset, and when it was changed.

    `word` has the bits of FLASH_OPTCR but OPTLOCK and OPTSTRT.
    """

    guards_first_pages = False

    def __init__(self, chip: Chip, block: mmap.mmap, block_start: int) -> None:
        self._sectors = chip.flash.sectors
        self._level_0, self._level_2 = chip.rdp_unprotected, chip.rdp_level_2
        at = chip.option_byte_at
        self._places = [at[name] - block_start for name in ("USER", "RDP", "WRP0", "WRP1")]
        self._block = block
        self.word = 0
        self.load()

    def load(self) -> None:
        """Take over what the sector holds."""
        user, rdp, wrp0, wrp1 = (self._block[place] for place in self._places)
        self.word = user & USER_BITS | rdp << 8 | wrp0 << 16 | (wrp1 & 0xF) << 24

    def store(self, word: int) -> None:
        """Put other values into the sector; unused bits are 1."""
        values = (word | 0xFF & ~USER_BITS, word >> 8, word >> 16, word >> 24 | 0xF0)
        for place, value in zip(self._places, values, strict=True):
            self._block[place] = value & 0xFF

    @property
    def rdp(self) -> int:
        """The byte that decides on read protection."""
        return self.word >> 8 & 0xFF

    @property
    def rdp_active(self) -> bool:
        """Level 1 or 2."""
        return self.rdp != self._level_0

    @property
    def level_2(self) -> bool:
        """No debug port, no boot but from flash, no change of option bytes."""
        return self.rdp == self._level_2

    @property
    def hardware_watchdog(self) -> bool:
        """IWDG runs from reset on."""
        return not self.word & WDG_SW

    def resets_instead_of(self, *, standby: bool) -> bool:
        """Whether entering Standby (or Stop) resets the chip."""
        return not self.word & (NRST_STDBY if standby else NRST_STOP)

    def write_protects(self, address: int) -> bool:
        """Whether the sector at an address is protected: nWRPi = 0."""
        number = next(n for n, sector in enumerate(self._sectors) if address in sector)
        return not self.word >> 16 + number & 1

    def unprotects(self, word: int) -> bool:
        """Whether programming this leaves level 1 for level 0."""
        return self.rdp_active and word >> 8 & 0xFF == self._level_0


class OptionChange:
    """The sector on its way from one content to another: erased, then programmed."""

    def __init__(self, options: F4Options, word: int) -> None:
        self._options = options
        self._word = word

    def begin(self) -> None:
        """The sector holds the values."""
        self._options.store(self._word)
        self._options.load()

    def cut(self, dice: random.Random) -> None:
        """Some bits are still, or again, 1."""
        self._options.store(self._word | dice.getrandbits(32) & (NWRP | 0xFF00 | USER_BITS))
        self._options.load()
