"""A link to a ROM bootloader, written down and played back."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import msgspec

from swdflash.chips.chip import Chip
from swdflash.errors import SwdflashError
from swdflash.links.base import FlashLink, RomAbout, RomLink
from swdflash.links.flash_recording import RecordingFlash, ReplayFlash
from swdflash.links.played import Calls, Replayed
from swdflash.links.recorder import Recorded, Recording
from swdflash.links.recording import Call, Failure, Opened, read_calls

READ, FLASH, UNPROTECT = "rom.read", "rom.flash_link", "rom.unprotect"
ANSWERS = "rom.answers"
ROM = "rom"  # what is opened, where that is no debug link
T = TypeVar("T")


def record_rom(recording: Recording, open_link: Callable[[], RomLink]) -> RomLink:
    """The link that `open_link` opens, recorded from then on; so is its failure.

    The file is closed with the link. Raises what `open_link` does.
    """
    try:
        link = open_link()
    except SwdflashError as error:
        recording.write(Call("open", [ROM], 0.0, error=Failure.of(error)))
        raise
    opened = Opened(link.info, link.offers.value, link.costs, link.about)
    recording.write(Call("open", [ROM], link.now(), result=msgspec.to_builtins(opened)))
    return RecordingRom(link, recording)


def is_of_rom(path: Path) -> bool:
    """Whether a recording begins with a way to a ROM bootloader. Raises `BadRecording`."""
    first = next(iter(read_calls(path)), None)
    return first is not None and ROM in first.args


class RecordingRom(Recorded[RomLink]):
    """Does what the link under it does, and writes it down."""

    @property
    def about(self) -> RomAbout:
        """Recorded when the link was opened, and when it changed."""
        return self._link.about

    def read(self, address: int, size: int) -> bytes:
        """Recorded."""
        return self._record(READ, lambda: self._link.read(address, size), address, size)

    def flash_link(self, chip: Chip) -> FlashLink:
        """Recorded, and so is what it does."""
        flash = self._link.flash_link(chip)
        self._write(FLASH, [chip.name], result=True)
        return RecordingFlash(self, flash, self._write)

    def unprotect(self, chip: Chip) -> None:
        """Recorded, with what the ROM says of itself afterwards."""

        def verb() -> RomAbout:
            self._link.unprotect(chip)
            return self._link.about

        self._record(UNPROTECT, verb, chip.name)

    def stay(self, *, wanted: bool = True) -> None:
        """Nothing comes of it before the link is closed."""
        self._link.stay(wanted=wanted)

    def answers(self, chip: Chip) -> bool:
        """Recorded."""
        return self._record(ANSWERS, lambda: self._link.answers(chip), chip.name)


class ReplayRom(Replayed):
    """Gives the recorded answers, as long as the same is asked in the same order."""

    def __init__(self, calls: Calls) -> None:
        super().__init__(calls, ROM)
        assert self.opened.rom is not None, "the recording is not of a ROM bootloader"
        self._about = self.opened.rom

    @property
    def about(self) -> RomAbout:
        """As recorded."""
        return self._about

    def read(self, address: int, size: int) -> bytes:
        """As recorded."""
        return self._play(READ, bytes, address, size)

    def flash_link(self, chip: Chip) -> FlashLink:
        """As recorded."""
        self._play(FLASH, bool, chip.name)
        return ReplayFlash(self, self._outcome)

    def unprotect(self, chip: Chip) -> None:
        """As recorded."""
        self._about = self._play(UNPROTECT, RomAbout, chip.name)

    def stay(self, *, wanted: bool = True) -> None:
        """Nothing stays."""

    def answers(self, chip: Chip) -> bool:
        """As recorded."""
        return self._play(ANSWERS, bool, chip.name)
