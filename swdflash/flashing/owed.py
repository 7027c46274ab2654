"""What an interrupted write left to do, as the next one finds it in the journal."""

from __future__ import annotations

from dataclasses import dataclass, replace

from swdflash.chips.chip import Flash
from swdflash.events import Noted
from swdflash.flashing.contents import Contents
from swdflash.flashing.journal import Damaged, Journal
from swdflash.flashing.plan import NO_BYTES, EraseMode, KeptSector
from swdflash.flashing.restore import restoration
from swdflash.images.image import Image
from swdflash.memory import Span


@dataclass(frozen=True)
class Owed:
    """Sectors of a journal; after `compare`, which of their bytes are to be put back."""

    sectors: tuple[KeptSector, ...] = ()
    restore: Image = NO_BYTES
    foreign: tuple[Span, ...] = ()  # somebody wrote there since
    damage: str = ""  # why the journal cannot be read
    dropped: int = 0  # bytes that are given up because the user said so

    @classmethod
    def load(cls, journal: Journal | None, erase: EraseMode) -> Owed:
        """What is in the journal; nothing is to be kept where all of the chip is erased."""
        found = () if journal is None else journal.load()
        if isinstance(found, Damaged):
            return cls(damage=found.reason)
        if erase is EraseMode.CHIP:
            return cls(dropped=sum(span.size for item in found for span in item.kept))
        return cls(sectors=found)

    @property
    def spans(self) -> tuple[Span, ...]:
        """What has to be read to compare it."""
        return tuple(item.sector for item in self.sectors)

    def compare(self, image: Image, contents: Contents, flash: Flash) -> Owed:
        """See whether the chip is as the interruption left it, where `image` does not go."""
        found = restoration(self.sectors, image, contents, flash)
        return replace(self, restore=found.owed, foreign=found.foreign)

    @property
    def worth_setting_aside(self) -> bool:
        """Whether the journal holds what is not put back, and nobody said to drop it."""
        return bool(self.foreign or self.damage)

    def notes(self) -> list[Noted]:
        """In words."""
        notes: list[Noted] = []
        if self.damage:
            text = f"the journal of an interrupted write cannot be read: {self.damage}; set aside"
            notes.append(Noted("journal-damaged", text))
        if self.foreign:
            where = ", ".join(str(span) for span in self.foreign)
            text = (
                f"{where} was written by somebody else since the interrupted write: the bytes "
                "kept then are not put back; their journal is set aside"
            )
            notes.append(Noted("journal-foreign", text))
        if self.restore.size:
            text = f"{self.restore.size} bytes that an interrupted write kept are put back"
            notes.append(Noted("journal-restored", text))
        if self.dropped:
            text = f"{self.dropped} bytes that an interrupted write kept are given up, as asked"
            notes.append(Noted("journal-dropped", text))
        return notes
