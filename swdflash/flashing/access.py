"""How a chip's flash is looked at and changed, whichever way leads to the chip."""

from __future__ import annotations

from dataclasses import replace
from typing import Protocol

from swdflash.chips.chip import Chip
from swdflash.events import Listener, Noted, Phase, PhaseEnded, PhaseStarted
from swdflash.flashing.by_reading import ByReading
from swdflash.flashing.flash_link import flash_link
from swdflash.flashing.halted import Halted
from swdflash.flashing.survey import Surveyed
from swdflash.links.base import FlashLink, Offers, RomLink
from swdflash.target.protection import Protection, read_protection
from swdflash.target.rom_protection import rom_protection
from swdflash.target.rom_target import AnyTarget, RomTarget
from swdflash.target.target import Target

STARTED_BY_ROM = (
    "the ROM started the program, with clocks and vectors as it had them (one that does not set "
    "VTOR meets the ROM's): for a clean start put BOOT0 to 0 and press RESET"
)


class Held(Protocol):
    """A chip that does nothing else while its flash is changed."""

    def run(self, listen: Listener) -> None:
        """Let it start what is in flash. Raises LinkError, TargetError kinds."""
        ...

    def stay(self) -> None:
        """Leave it where nothing of its firmware runs."""
        ...

    def give_up(self) -> None:
        """Nothing was changed: let it go on, if it still answers. Raises nothing."""
        ...


class Access(Protocol):
    """What planning and carrying out ask of the way to a chip."""

    @property
    def chip(self) -> Chip:
        """The chip as it can be programmed this way: its units may be larger."""
        ...

    def look(self) -> Surveyed:
        """Looks at flash; whatever runs is not disturbed."""
        ...

    def changer(self) -> FlashLink:
        """Changes flash, once the chip is held. Raises `NoLoader`, `NoRoomForLoader`."""
        ...

    def protection(self) -> Protection:
        """What option bytes forbid. Raises LinkError kinds."""
        ...

    def hold(self) -> Held:
        """Have the chip stand still. Raises ResetNotCaught, LinkError kinds."""
        ...


def access_to(target: AnyTarget) -> Access:
    """By the debug port, or by the ROM bootloader."""
    return OverRom(target) if isinstance(target, RomTarget) else OverDebug(target)


class OverDebug:
    """By SWD: a loader in RAM, or the engine's own drivers, on a halted core."""

    def __init__(self, target: Target) -> None:
        self._target = target

    @property
    def chip(self) -> Chip:
        """By its own units."""
        return self._target.chip

    def look(self) -> Surveyed:
        """By reading memory; what that costs is said as if by the link that changes flash."""
        link, chip = self._target.link, self._target.chip
        return ByReading(link, self.changer().costs if chip.loader else link.costs)

    def changer(self) -> FlashLink:
        """See `flash_link`."""
        return flash_link(self._target.link, self._target.chip)

    def protection(self) -> Protection:
        """From the flash controller."""
        return read_protection(self._target.link, self._target.chip)

    def hold(self) -> Held:
        """Reset, and halted at its first instruction."""
        return Halted.hold(self._target)


class OverRom:
    """By the ROM bootloader, which runs in the firmware's place already."""

    def __init__(self, target: RomTarget) -> None:
        self._target = target
        self._link = target.link.flash_link(target.chip)

    @property
    def chip(self) -> Chip:
        """A ROM takes multiples of so many bytes (AN2606 Table 7)."""
        chip = self._target.chip
        return replace(chip, flash=chip.flash.in_steps_of(chip.rom.write_bytes))

    def look(self) -> Surveyed:
        """The same link: looking disturbs nobody."""
        return self._link

    def changer(self) -> FlashLink:
        """The ROM is one by nature."""
        return self._link

    def protection(self) -> Protection:
        """From the option bytes."""
        return rom_protection(self._target)

    def hold(self) -> Held:
        """The firmware does not run, and is not to before all is written."""
        return InRom(self._target.link, self._link, self._target.chip)


class InRom:
    """A chip in its ROM bootloader, and out of it."""

    def __init__(self, rom: RomLink, link: FlashLink, chip: Chip) -> None:
        self._rom = rom
        self._link = link
        self._chip = chip
        rom.stay()

    def run(self, listen: Listener) -> None:
        """Leave the ROM for what is in flash."""
        started = self._link.now()
        listen(PhaseStarted(Phase.RESET))
        self._link.run(self._chip.flash.start)
        listen(PhaseEnded(Phase.RESET, self._link.now() - started))
        if Offers.NRST not in self._link.offers:
            listen(Noted("started-by-the-rom", STARTED_BY_ROM))

    def stay(self) -> None:
        """It stays in the ROM."""

    def give_up(self) -> None:
        """As it was found."""
        self._rom.stay(wanted=False)
