"""The ROM bootloader on a serial port, as a link."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack, suppress
from types import TracebackType
from typing import Self

from swdflash.chips.chip import Chip
from swdflash.errors import SwdflashError
from swdflash.links.base import Costs, LinkInfo, Offers, RomAbout
from swdflash.links.errors import NotOffered
from swdflash.links.run_up import read_with_run_up
from swdflash.links.uart import frames, sync
from swdflash.links.uart.an3155 import SLACK, An3155
from swdflash.links.uart.baud import FLASH
from swdflash.links.uart.errors import (
    NotTheRom,
    PortEchoes,
    RomLacksCommand,
    RomRefuses,
    RomSilent,
)
from swdflash.links.uart.flash_link import UartFlash
from swdflash.links.uart.frames import MOST_BYTES, Command
from swdflash.links.uart.line import BITS
from swdflash.links.uart.reading import read_sure
from swdflash.links.uart.session import STARTS_S, Session
from swdflash.links.uart.sync import Found
from swdflash.links.uart.trouble import Nacked, OutOfStep, Stage
from swdflash.memory import Span

READ_OVERHEAD = 12  # bytes of a Read beside what is read: 2, 5 and 2, and three answers


class UartRomLink:
    """What answers AN3155 at the end of a serial port."""

    def __init__(self, session: Session, via: str, held: ExitStack) -> None:
        self._session = session
        self._via = via
        self._held = held
        self._round_trip_s = self._measure()
        self.commands = session.sure(An3155.get)
        self._about = self._ask()
        self._stays = not session.driver.starts_flash  # else it was reset to get here

    @property
    def about(self) -> RomAbout:
        """See `RomLink`."""
        return self._about

    @property
    def info(self) -> LinkInfo:
        """The rate may fall while the link is in use."""
        line = self._session.line
        return LinkInfo(self._via, "rom", line.name, line.baud, self._session.pace.simulated)

    @property
    def offers(self) -> Offers:
        """NRST where it is wired; digests where the ROM has Get Checksum (protocol 3.3)."""
        nrst = Offers.NRST if self._session.driver.resets else Offers.NOTHING
        digests = Offers.DIGESTS if Command.GET_CHECKSUM in self.commands else Offers.NOTHING
        return nrst | digests

    @property
    def costs(self) -> Costs:
        """Reading by blocks of 256 bytes."""
        wire_s = (MOST_BYTES + READ_OVERHEAD) * BITS / self._session.line.baud
        speed = MOST_BYTES / (wire_s + self._round_trip_s)  # its blocks mostly go in a row
        return Costs(self._round_trip_s, bytes_per_s=speed, digest_bytes_per_s=speed)

    def now(self) -> float:
        """See `Link`."""
        return self._session.pace.now()

    def close(self) -> None:
        """Let the port go, BOOT0 low again where it is wired; see `RomLink.stay`."""
        driver = self._session.driver
        with self._held, suppress(SwdflashError):
            if self._stays:
                driver.rest(boot0_high=False)
            else:
                self.start_flash()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def read(self, address: int, size: int) -> bytes:
        """Any bytes, each the same twice in a row. Raises `TransferFault`, LinkError kinds."""
        return read_with_run_up(self._read, address, size)

    def _read(self, address: int, size: int) -> bytes:
        return read_sure(self._session, Span(address, size))

    def flash_link(self, chip: Chip) -> UartFlash:
        """See `RomLink`."""
        return UartFlash(self, self._session, chip, self.commands)

    def unprotect(self, chip: Chip) -> None:
        """Readout Unprotect. See `RomLink`."""
        flash = chip.flash
        busy_s = flash.mass_erase.max * len(flash.banks) + self._option_bytes_s(chip)
        self._changing(
            Command.READOUT_UNPROTECT, lambda rom: rom.readout_unprotect(busy_s), chip, busy_s
        )

    def protect(self, chip: Chip) -> None:
        """Readout Protect. The chip resets; raises `RomSilent` where it then leaves the ROM."""
        busy_s = self._option_bytes_s(chip)
        self._changing(
            Command.READOUT_PROTECT, lambda rom: rom.readout_protect(busy_s), chip, busy_s
        )

    def write_protect(self, chip: Chip, sectors: Sequence[int]) -> None:
        """Write Protect these sectors (as option bytes count them) and no others; as `protect`."""
        busy_s = self._option_bytes_s(chip)
        self._changing(
            Command.WRITE_PROTECT, lambda rom: rom.write_protect(sectors, busy_s), chip, busy_s
        )

    def write_unprotect(self, chip: Chip) -> None:
        """Write Unprotect all sectors; as `protect`."""
        busy_s = self._option_bytes_s(chip)
        self._changing(
            Command.WRITE_UNPROTECT, lambda rom: rom.write_unprotect(busy_s), chip, busy_s
        )

    def stay(self, *, wanted: bool = True) -> None:
        """See `RomLink`."""
        self._stays = wanted or not self._session.driver.starts_flash

    def answers(self, chip: Chip) -> bool:
        """See `RomLink`. A program is sent 0x7F a few times, no more."""
        line = self._session.line
        self._session.pace.sleep(chip.rom.starts_ms / 1000)
        try:
            found = sync.knock(line)
            return found in (Found.STARTED, Found.IN_STEP) and sync.is_rom(line)
        except (NotTheRom, PortEchoes):
            return False

    def start_flash(self) -> None:
        """Reset with BOOT0 low. Raises `NotOffered` where the wires for that are not there."""
        driver = self._session.driver
        if not driver.starts_flash:
            raise NotOffered("start what is in flash", self._session.line.name, "has no such wires")
        self._stays = True  # where it is from now on
        driver.reset(boot0_high=False)

    @staticmethod
    def _option_bytes_s(chip: Chip) -> float:
        """Erasing and programming them takes what a sector takes, and what its cells do."""
        flash = chip.flash
        smallest = min(flash.sectors, key=lambda sector: sector.size)
        return flash.erase_time(smallest).max + chip.option_bytes.size * flash.program.max

    def _changing(
        self, command: Command, give: Callable[[An3155], None], chip: Chip, busy_s: float
    ) -> None:
        """Give a command after which the chip resets, and get in step with its ROM again."""
        name = command.name.replace("_", " ").title()
        if command not in self.commands:
            offered = ", ".join(f"{code:#04x}" for code in sorted(self.commands.codes))
            raise RomLacksCommand(name, frames.version_text(self.commands.version), offered)
        try:
            self._session.do(_until_it_began(give))
        except Nacked as refused:
            raise RomRefuses(name, refused.stage.value) from None
        self._come_back(chip, busy_s)
        self._about = self._ask()

    def _come_back(self, chip: Chip, busy_s: float) -> None:
        """The second ACK may come before flash is erased (AN3155 §3.12, note)."""
        session = self._session
        session.pace.sleep(chip.rom.starts_ms / 1000)
        deadline = session.now() + busy_s * SLACK + STARTS_S
        while not session.await_start():
            if session.now() >= deadline:
                if session.driver.resets and session.restart(session.line.baud):
                    return
                words = (
                    "its option bytes were changed and it was reset, but its ROM does not answer"
                )
                raise RomSilent(words, session.line.name)

    def _ask(self) -> RomAbout:
        """What it says of itself; without a chip, since that is found out by it."""
        session = self._session
        version = frames.version_text(self.commands.version)
        return RomAbout("AN3155", version, session.sure(An3155.get_id), (), None, self._protected())

    def _protected(self) -> bool:
        """Whether Read itself is refused; a bad address would be refused after it."""
        try:
            self._session.do(lambda rom: rom.read(FLASH, 4))
        except Nacked as refused:
            return refused.stage is Stage.COMMAND
        return False

    def _measure(self) -> float:
        """A round trip beside its bytes: the shortest of some."""
        session = self._session
        took = []
        for _ in range(3):
            before = session.now()
            session.do(An3155.get_version)
            took.append(session.now() - before)
        bytes_s = 7 * BITS / session.line.baud  # two there, five back
        return max(0.0, min(took) - bytes_s)


def _until_it_began(give: Callable[[An3155], None]) -> Callable[[An3155], None]:
    """The command, whose end may not be heard: with what follows the first ACK it has begun."""

    def action(rom: An3155) -> None:
        try:
            give(rom)
        except OutOfStep as trouble:
            if trouble.stage is Stage.COMMAND or isinstance(trouble, Nacked):
                raise

    return action
