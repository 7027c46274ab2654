"""What a block of DNLOAD asks for, and doing it (AN3156 §5)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from swdflash.memory import Span
from swdflash.sim.chip.rom.dfu_protocol import (
    FIRST_ADDRESS,
    FIRST_DATA_BLOCK,
    TRANSFER_BYTES,
    Command,
    Status,
)
from swdflash.sim.chip.rom.memory import NotAllowed, RomMemory

EVERY_COMMAND = tuple(Command)
Work = Callable[[], Status]


@dataclass(frozen=True)
class Polls:
    """bwPollTimeout in ms, by what is to be done.

    Constants of the ROM rather than what an operation takes: an STM32F745 says 5, 5 and 100 and
    then takes 350 ms to erase a sector (logs in fwupd issues 1944 and 2696).
    """

    address: int = 5
    write: int = 5
    erase: int = 100
    mass_erase: int = 100  # dfu-util ticket 37: what an F405 says, which takes 16 s


@dataclass
class Commands:
    """Decodes blocks into work on the chip's memory."""

    memory: RomMemory
    polls: Polls = field(default_factory=Polls)
    offered: tuple[Command, ...] = EVERY_COMMAND
    pointer: int = FIRST_ADDRESS

    def decode(self, block: int, data: bytes) -> tuple[int, Work] | None:
        """What to say as bwPollTimeout, and the work to do; None if there is no such command."""
        if block:
            return self.polls.write, lambda: self._write(self.address_of(block), data)
        return self._command(data) if data[0] in self.offered else None

    def _command(self, data: bytes) -> tuple[int, Work] | None:
        match Command(data[0]), len(data):
            case Command.SET_ADDRESS_POINTER, 5:
                return self.polls.address, lambda: self._point_at(_address(data))
            case Command.ERASE, 5:
                return self.polls.erase, lambda: self._erase(_address(data))
            case Command.ERASE, 1:
                return self.polls.mass_erase, lambda: self._unlocked(self.memory.mass_erase)
            case Command.READ_UNPROTECT, 1:
                return self.polls.mass_erase, lambda: _tried(self.memory.readout_unprotect)
        return None

    def address_of(self, block: int) -> int:
        """Where a block of data goes to or comes from.

        AN3156 calls wTransferSize "the length of the requested data buffer"; ST's code takes the
        constant (usbd_dfu.c, USBD_DFU_XFER_SIZE), so that a short last block lies where it belongs.
        """
        return self.pointer + (block - FIRST_DATA_BLOCK) * TRANSFER_BYTES

    def read(self, block: int, size: int) -> bytes | Status:
        """Memory, or why it is not given (AN3156 §4.1)."""
        if self.memory.protected:
            return Status.ERR_VENDOR
        try:
            return self.memory.read(self.address_of(block), size)
        except NotAllowed:
            return Status.ERR_TARGET

    def leave(self) -> Status:
        """Run what is at the pointer (AN3156 §5.5)."""
        return self._unlocked(lambda: self.memory.jump(self.pointer))

    def _point_at(self, address: int) -> Status:
        """Also under read protection (AN3156 §5.2)."""
        here = Span(address, 1)
        if not (self.memory.readable(here) or self.memory.writable(here)):
            return Status.ERR_TARGET
        self.pointer = address
        return Status.OK

    def _erase(self, address: int) -> Status:
        """The sector that has this address. It leaves the pointer there (ST's usbd_dfu.c)."""

        def erase() -> None:
            self.memory.erase([self.memory.sector_at(address)])
            self.pointer = address

        return self._unlocked(erase)

    def _write(self, address: int, data: bytes) -> Status:
        return self._unlocked(lambda: self.memory.write(address, data))

    def _unlocked(self, work: Callable[[], None]) -> Status:
        return Status.ERR_VENDOR if self.memory.protected else _tried(work)


def _tried(work: Callable[[], None]) -> Status:
    try:
        work()
    except NotAllowed:
        return Status.ERR_TARGET
    return Status.OK


def _address(data: bytes) -> int:
    return int.from_bytes(data[1:5], "little")
