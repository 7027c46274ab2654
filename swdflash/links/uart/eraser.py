"""Which Erase commands a ROM takes for some sectors, and how long they may take."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from swdflash.chips.chip import Bank, Chip, Flash
from swdflash.chips.rom import Quirk
from swdflash.links.uart.an3155 import An3155, CommandSet
from swdflash.links.uart.frames import MOST_PAGES, Command, Special
from swdflash.memory import Span

TOGETHER_S = 0.5  # of one command, at least that much is erased at once: so progress is seen
BANKS = (Special.BANK_1, Special.BANK_2)


@dataclass(frozen=True)
class EraseCommand:
    """One command, the sectors that it erases, and the data sheet's maximum for them."""

    sectors: tuple[Span, ...]
    give: Callable[[An3155], None]


class Eraser:
    """Chooses between Erase and Extended Erase, within what the ROM of a chip can do."""

    def __init__(self, chip: Chip, commands: CommandSet) -> None:
        self._chip = chip
        self._extended = Command.EXTENDED_ERASE in commands
        self._numbers = {sector: at for at, sector in enumerate(chip.flash.sectors)}

    def sectors(self, sectors: Sequence[Span], flash: Flash) -> Iterator[EraseCommand]:
        """Erase these, in as many commands as the ROM needs; `flash` has the times that hold."""
        together: list[Span] = []
        seconds = 0.0
        for sector in sectors:
            if together and (len(together) >= self._most or seconds >= TOGETHER_S):
                yield self._pages(tuple(together), flash)
                together, seconds = [], 0.0
            together.append(sector)
            seconds += flash.erase_time(sector).typ
        if together:
            yield self._pages(tuple(together), flash)

    def bank(self, bank: Bank, flash: Flash) -> Iterator[EraseCommand]:
        """Erase a bank at once where the ROM can, else sector by sector."""
        whole = len(flash.banks) == 1
        if Quirk.NO_MASS_ERASE in self._chip.rom.quirks or not (whole or self._extended):
            yield from self.sectors(bank.sectors, flash)
            return
        busy_s = flash.mass_erase.max
        code = Special.ALL if whole else BANKS[flash.banks.index(bank)]

        def give(rom: An3155) -> None:
            if self._extended:
                rom.special_erase(code, busy_s)
            else:
                rom.erase_all(busy_s)

        yield EraseCommand(bank.sectors, give)

    @property
    def _most(self) -> int:
        rom = self._chip.rom
        if Quirk.ONE_SECTOR_AN_ERASE in rom.quirks:
            return 1
        return min(rom.pages_per_erase or MOST_PAGES, MOST_PAGES)

    def _pages(self, sectors: tuple[Span, ...], flash: Flash) -> EraseCommand:
        numbers = [self._numbers[sector] for sector in sectors]
        busy_s = sum(flash.erase_time(sector).max for sector in sectors)

        def give(rom: An3155) -> None:
            if self._extended:
                rom.extended_erase(numbers, busy_s)
            else:
                rom.erase(numbers, busy_s)

        return EraseCommand(sectors, give)
