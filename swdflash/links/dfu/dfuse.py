"""ST's commands on top of DFU (AN3156): the address pointer, erasing, reading, writing, leaving."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TypeVar

from swdflash.links.dfu import requests
from swdflash.links.dfu.errors import (
    DfuEraseFailed,
    DfuProgramFailed,
    DfuProtected,
    DfuRefused,
    DfuStalled,
    TransferFailed,
)
from swdflash.links.dfu.protocol import PATIENCE_S, TRIES, Dfu
from swdflash.links.dfu.requests import COMMAND_BLOCK, FIRST_BLOCK, LAST_BLOCK, LEAVE_BLOCK
from swdflash.links.dfu.states import Report, State, Status
from swdflash.links.errors import LinkError, TransferFault

Answer = TypeVar("Answer")

AT_ONCE_S = 0.1  # more than any ROM needs for what changes no flash; some ask for far more

# The device lost its place in the protocol: nothing is wrong with what it was asked for.
_OUT_OF_STEP = (Status.ERR_NOTDONE, Status.ERR_USBR, Status.ERR_POR, Status.ERR_STALLEDPKT)

# Flash did not take it. ST's ROMs say errTARGET of whatever they cannot do at an address.
_NOT_TAKEN = (
    Status.ERR_TARGET,
    Status.ERR_WRITE,
    Status.ERR_ERASE,
    Status.ERR_CHECK_ERASED,
    Status.ERR_PROG,
    Status.ERR_VERIFY,
)


class DfuSe:
    """Memory behind one DFU interface, in blocks of up to `block` bytes.

    What changes nothing, and what can be done twice, is tried again after a transfer that failed
    in passing; `write` is not, for flash may hold half of what it was given.
    """

    def __init__(self, dfu: Dfu, block: int) -> None:
        self.dfu = dfu
        self.block = block
        self._pointer: int | None = None  # the device's address pointer, as far as it is known
        self._alternate: int | None = None
        self._busy_s = 0.0  # how long the device may be at what it was told last

    def select(self, alternate: int) -> None:
        """What follows is about this alternate setting."""
        if alternate == self._alternate:
            return

        def act() -> None:
            self.dfu.make_idle()
            self.dfu.endpoint.select(alternate)

        self._again(act)
        self._alternate, self._pointer = alternate, None

    def read(self, address: int, size: int) -> bytes:
        """Bytes from any address that the ROM lets be read.

        Raises `DfuProtected`, `TransferFault` and kinds of `TransferFailed`.
        """
        blocks = []
        for at in range(address, address + size, self.block):
            count = min(self.block, address + size - at)
            blocks.append(self._again(partial(self._read_block, at, count)))
        return b"".join(blocks)

    def write(self, address: int, data: bytes, longest_s: float = AT_ONCE_S) -> None:
        """One block, once; it takes the chip up to `longest_s`."""
        number = self._block_at(address, len(data))
        self._busy_s = longest_s
        self.dfu.download(number, data)
        task = f"to write {address:#010x}"
        report = self.dfu.settle(task, longest_s)
        if report.status in _NOT_TAKEN:
            raise DfuProgramFailed(address, self._cleared(report))
        self._require_done(report, task, address)

    def erase(self, address: int, longest_s: float) -> None:
        """The sector at an address."""
        task = f"to erase {address:#010x}"
        self._again(lambda: self._erase(requests.erase_sector(address), task, address, longest_s))

    def mass_erase(self, start: int, longest_s: float, first_s: float = 0.0) -> None:
        """All of main flash, which begins at `start`; not asked about it for `first_s`."""
        command, task = requests.mass_erase(), "to erase all of flash"
        self._again(lambda: self._erase(command, task, start, longest_s, first_s))

    def begin_unprotect(self) -> None:
        """Read Unprotect, as far as the device answers: it erases flash and resets."""
        self.dfu.download(COMMAND_BLOCK, requests.read_unprotect())
        report = self.dfu.status()
        if report.failed:
            raise self._refusal(report, "to take read protection off", 0)

    def leave(self, address: int) -> None:
        """Run the program whose vector table is at `address`; the device may vanish on the way."""
        task = f"to run what is at {address:#010x}"
        for _ in range(TRIES):
            self._again(lambda: self._set_pointer(address))
            try:
                self.dfu.download(LEAVE_BLOCK, b"")
                report = self.dfu.status()
            except TransferFailed as lost:
                if not lost.passing or self._has_left():
                    return
                continue
            if report.failed:
                raise self._refusal(report, task, address)
            if report.state not in (State.IDLE, State.DNLOAD_IDLE):
                return
        raise DfuRefused(task, f"nothing, and stays in {self.dfu.state}")

    def recover(self) -> None:
        """After something failed: back to dfuIDLE, with nothing taken for granted."""
        alternate, self._alternate = self._alternate, None
        self.dfu.state = self._pointer = None
        self.dfu.make_idle(self._busy_s + PATIENCE_S)
        if alternate is not None:
            self.dfu.endpoint.select(alternate)
            self._alternate = alternate

    def _again(self, act: Callable[[], Answer]) -> Answer:
        """Do what may be done twice, until it is done."""
        problem: TransferFailed | None = None
        for _ in range(TRIES):
            try:
                if problem is not None:
                    self.recover()
                return act()
            except TransferFailed as lost:
                if not lost.passing:
                    raise
                problem = lost
        assert problem is not None
        raise problem

    def _read_block(self, address: int, size: int) -> bytes:
        number = self._block_at(address, size)
        task = f"to read {address:#010x}"
        try:
            data = self.dfu.upload(number, size)
        except DfuStalled:
            report = self.dfu.status()
            if report.failed:
                raise self._refusal(report, task, address) from None
            raise
        if len(data) < size:
            self._require_done(self.dfu.status(), task, address)
            raise DfuStalled(f"it gave {len(data)} bytes instead of {size} at {address:#010x}")
        return data

    def _block_at(self, address: int, size: int) -> int:
        """The number of the block at an address, from where the pointer is, or is put now.

        A block that is not a whole one is always the first: AN3156 §4.1 lets the device count in
        blocks of the length that it is asked for.
        """
        if self._pointer is not None:
            number, beside = divmod(address - self._pointer, self.block)
            first = number == 0 or size == self.block
            if not beside and first and 0 <= number <= LAST_BLOCK - FIRST_BLOCK:
                return FIRST_BLOCK + number
        self._again(lambda: self._set_pointer(address))
        return FIRST_BLOCK

    def _set_pointer(self, address: int) -> None:
        task = f"to go to {address:#010x}"
        report = self._command(requests.set_address(address), task, AT_ONCE_S)
        self._require_done(report, task, address)
        self._pointer = address

    def _erase(
        self, command: bytes, task: str, address: int, longest_s: float, first_s: float = 0.0
    ) -> None:
        """Some ROMs leave the pointer where they erased."""
        report = self._command(command, task, longest_s, first_s)
        if report.status in _NOT_TAKEN:
            raise DfuEraseFailed(address, self._cleared(report))
        self._require_done(report, task, address)

    def _command(self, command: bytes, task: str, longest_s: float, first_s: float = 0.0) -> Report:
        self._pointer, self._busy_s = None, longest_s
        self.dfu.download(COMMAND_BLOCK, command)
        return self.dfu.settle(task, longest_s, first_s)

    def _require_done(self, report: Report, task: str, address: int) -> None:
        if report.failed:
            raise self._refusal(report, task, address)
        if report.state not in (State.DNLOAD_IDLE, State.UPLOAD_IDLE):
            raise DfuStalled(f"it was to go on {task}, and is in {report.state}")

    def _refusal(self, report: Report, task: str, address: int) -> LinkError:
        """Why the device did not do it, with the device ready for more."""
        said = self._cleared(report)
        if report.status in _OUT_OF_STEP:
            return DfuStalled(f"asked {task}: {said}")
        if report.status is Status.ERR_VENDOR:
            return DfuProtected(task)
        if report.status in (Status.ERR_ADDRESS, Status.ERR_TARGET):
            return TransferFault(address, said)
        return DfuRefused(task, str(report.status))

    def _cleared(self, report: Report) -> str:
        """What it says, after it was brought to where it takes requests again."""
        self._pointer = None
        self.dfu.make_idle()
        return f"the bootloader says {report.status}"

    def _has_left(self) -> bool:
        """Whether the bootloader answers no more."""
        try:
            self.dfu.look()
        except TransferFailed:
            return True
        return False
