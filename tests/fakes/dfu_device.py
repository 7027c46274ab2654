"""A DfuSe device that is nothing but DFU 1.1's states, AN3156's commands and flash with its rules.

Made for bad luck: any transfer can be lost on the way there or back, stalled, timed out, or be the
last one of a host; and the supply can go in the middle of an erase. It is a `ControlEndpoint`.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, replace
from enum import Enum, auto

from swdflash.chips.chip import Bank, Chip, Flash, FlashTimes
from swdflash.chips.data import chip_named
from swdflash.chips.times import Time
from swdflash.links.base import LinkInfo
from swdflash.links.dfu.errors import DfuGarbled, DfuGone, DfuSilent, DfuStalled
from swdflash.links.dfu.evidence import Evidence
from swdflash.links.dfu.layout import parse
from swdflash.links.dfu.requests import Attributes, Command, Functional, Request
from swdflash.links.dfu.rom_link import DfuRom, Opened
from swdflash.links.dfu.states import State, Status
from swdflash.links.pace import Pace
from swdflash.memory import Span

START = 0x0800_0000
LAYOUT = "@Internal Flash  /0x08000000/04*256 g,01*001Kg,03*002Kg"
OPTIONS = "@Option Bytes  /0x1FFFC000/01*016 e"
FEATURE = "@Device Feature/0xFFFF0000/01*004 e"
BLOCK = 128
UNIT = 4
ERASE_S, MASS_S, UNIT_S = 0.02, 0.1, 16e-6
TRANSFER_S, TIMEOUT_S = 0.3e-3, 5.0


def small_chip() -> Chip:
    """A chip with the flash of the layout."""
    sectors = parse(LAYOUT).sectors
    times = FlashTimes(
        unit=UNIT,
        program=Time(UNIT_S, 6 * UNIT_S),
        erase={sector.size: Time(ERASE_S, 2 * ERASE_S) for sector in sectors},
        mass_erase=Time(MASS_S, 2 * MASS_S),
    )
    like = chip_named("STM32F103C8")
    return replace(like, flash=Flash((Bank(0, sectors),), 0xFF, times))


class Luck(Enum):
    """What becomes of a transfer."""

    GOOD = auto()
    LOST = auto()  # never arrives
    ANSWER_LOST = auto()  # arrives; the host does not hear of it
    STALLED = auto()  # refused by the hardware, unseen by the ROM
    SILENT = auto()  # not answered in time
    KILLED = auto()  # the host's process ends before it
    KILLED_AFTER = auto()  # and right after it
    UNPLUGGED = auto()  # with the supply


class Killed(BaseException):
    """SIGKILL."""


@dataclass
class Act:
    """Work on flash, that ends some time."""

    end: float
    do: Callable[[float], Status]  # so much of it: 1.0 is all


class DfuDevice:
    """`luck` is asked before each transfer, which is counted from 1."""

    def __init__(self, state: State = State.ERROR) -> None:
        self.flash = bytearray(b"\xff" * parse(LAYOUT).size)
        self.options = bytearray(16)
        self.voltage: int | None = None
        self.state = state
        self.status = Status.ERR_FIRMWARE if state is State.ERROR else Status.OK
        self.alternate = 0
        self.pointer = START
        self.protected = False
        self.gone = False
        self.clock = 0.0
        self.transfers = 0
        self.resets = 0
        self.left_for: int | None = None
        self.log: list[tuple[Request, int, bytes]] = []
        self.luck: Callable[[int], Luck] = lambda _transfer: Luck.GOOD
        self.poll_ms: Callable[[Command | None], int] = lambda _command: 1
        self.blocks_while_busy = True  # else it answers dfuDNBUSY
        self.keeps_bits = False  # an F4 programs what is not blank, and only clears bits
        self.leaves_at: Request | None = Request.GETSTATUS
        self.after_unprotect: Callable[[], None] = lambda: None
        self._pending: tuple[int, bytes] | None = None
        self._act: Act | None = None

    def now(self) -> float:
        """Seconds."""
        return self.clock

    def sleep(self, seconds: float) -> None:
        """The host sleeps."""
        assert seconds >= 0
        self.clock += seconds

    @property
    def pace(self) -> Pace:
        """The host's clock."""
        return Pace(self.now, self.sleep)

    # the host's side

    def send(self, request: Request, value: int, data: bytes = b"") -> None:
        """To the device."""
        self._transfer(request, value, bytes(data), 0)

    def receive(self, request: Request, value: int, size: int) -> bytes:
        """From the device."""
        return self._transfer(request, value, b"", size)

    def select(self, alternate: int) -> None:
        """SET_INTERFACE."""
        if self.gone:
            raise DfuGone("no such device")
        self.alternate = alternate

    def reset(self) -> None:
        """Of the port."""
        if self.gone:
            raise DfuGone("no such device")
        self.resets += 1
        self.alternate = 0
        self._let_finish()
        self._pending, self.state, self.status = None, State.IDLE, Status.OK

    def close(self) -> None:
        """Nothing is held."""

    def _transfer(self, request: Request, value: int, data: bytes, size: int) -> bytes:
        self.transfers += 1
        self.clock += TRANSFER_S
        luck = self.luck(self.transfers)
        if luck is Luck.UNPLUGGED:
            self.cut_power()
        if self.gone:
            raise DfuGone("no such device")
        if luck is Luck.KILLED:
            raise Killed
        if luck is Luck.LOST:
            raise DfuGarbled("input/output error")
        if luck is Luck.STALLED:
            raise DfuStalled("pipe error")
        if luck is Luck.SILENT:
            self.clock += TIMEOUT_S
            raise DfuSilent("timed out")
        answer = self._answer(request, value, data, size)
        if luck is Luck.KILLED_AFTER:
            raise Killed
        if luck is Luck.ANSWER_LOST:
            raise DfuGarbled("input/output error")
        return answer

    # the device's side

    def cut_power(self) -> None:
        """The supply goes now, whatever is going on."""
        act = self._act
        if act is not None and self.clock < act.end:
            act.do(0.5)
        else:
            self._finish()
        self._act, self.gone = None, True

    def plug_in(self) -> None:
        """The supply is back, BOOT0 is high: ST's ROMs begin in dfuERROR, errFIRMWARE."""
        self.gone, self._pending, self._act = False, None, None
        self.state, self.status = State.ERROR, Status.ERR_FIRMWARE
        self.alternate, self.pointer, self.left_for = 0, START, None

    def _answer(self, request: Request, value: int, data: bytes, size: int) -> bytes:
        if self._act is not None and self.clock < self._act.end:
            if not self.blocks_while_busy:
                return self._answer_while_busy(request)
            if self._act.end - self.clock > TIMEOUT_S:
                self.clock += TIMEOUT_S
                raise DfuSilent("timed out")
            self._let_finish()
        self._finish()
        if self.gone:
            raise DfuGone("no such device")
        self.log.append((request, value, data))
        match request:
            case Request.UPLOAD:
                return self._upload(value, size)
            case Request.GETSTATUS:
                return self._get_status()
            case Request.GETSTATE:
                return bytes([self.state])
            case _:
                self._take(request, value, data)
                return b""

    def _answer_while_busy(self, request: Request) -> bytes:
        if request is Request.GETSTATUS:
            return self._report(1)
        if request is Request.GETSTATE:
            return bytes([self.state])
        raise DfuStalled("pipe error")

    def _take(self, request: Request, value: int, data: bytes) -> None:
        match request:
            case Request.DNLOAD:
                self._download(value, data)
            case Request.CLRSTATUS if self.state is State.ERROR:
                self.state, self.status = State.IDLE, Status.OK
            case Request.CLRSTATUS:
                self._fail(Status.ERR_UNKNOWN)
            case Request.ABORT if self.state in ABORTS:
                self.state, self._pending = State.IDLE, None
            case _:
                raise self._stall()

    def _download(self, value: int, data: bytes) -> None:
        if self.state not in (State.IDLE, State.DNLOAD_IDLE):
            raise self._stall()
        if not data:
            self.state = State.MANIFEST_SYNC
            if self.leaves_at is Request.DNLOAD:
                self._leave()
            return
        self._pending, self.state = (value, data), State.DNLOAD_SYNC

    def _upload(self, value: int, size: int) -> bytes:
        if self.state not in (State.IDLE, State.UPLOAD_IDLE) or value < 2:
            raise self._stall()
        address = self.pointer + (value - 2) * BLOCK
        if self.protected:
            raise self._stall(Status.ERR_VENDOR)
        memory, at = self._memory(address)
        if memory is None:
            raise self._stall(Status.ERR_ADDRESS)
        self.state = State.UPLOAD_IDLE
        return bytes(memory[at : at + size])

    def _memory(self, address: int) -> tuple[bytearray | None, int]:
        if address in Span(START, len(self.flash)):
            return self.flash, address - START
        if address in Span(0x1FFF_C000, 16):
            return self.options, address - 0x1FFF_C000
        return None, 0

    def _get_status(self) -> bytes:
        if self.state is State.DNLOAD_SYNC:
            if self._pending is None:
                self.state = State.DNLOAD_IDLE
            else:
                self._begin(*self._pending)
                command = None if self._pending[0] else Command(self._pending[1][0])
                self._pending = None
                return self._report(self.poll_ms(command))
        elif self.state is State.MANIFEST_SYNC:
            self.state = State.MANIFEST
            if self.leaves_at is Request.GETSTATUS:
                answer = self._report(1)
                self._leave()
                return answer
        return self._report(0)

    def _report(self, poll_ms: int) -> bytes:
        return bytes([self.status, *poll_ms.to_bytes(3, "little"), self.state, 0])

    def _leave(self) -> None:
        self.left_for, self.gone = self.pointer, True

    def _begin(self, block: int, data: bytes) -> None:
        self.state = State.DNBUSY
        if block:
            seconds = UNIT_S * len(data) / UNIT
            self._act = Act(self.clock + seconds, lambda part: self._write(block, data, part))
            return
        address = int.from_bytes(data[1:5], "little")
        match Command(data[0]), len(data):
            case Command.SET_ADDRESS, 5:
                self._act = Act(self.clock, lambda _part: self._point(address))
            case Command.ERASE, 5:
                self._act = Act(self.clock + ERASE_S, lambda part: self._erase(address, part))
            case Command.ERASE, 1:
                self._act = Act(self.clock + MASS_S, lambda part: self._erase(None, part))
            case Command.READ_UNPROTECT, 1:
                self._act = Act(self.clock + MASS_S, self._unprotect)
            case _:
                self._fail(Status.ERR_STALLEDPKT)

    def _let_finish(self) -> None:
        if self._act is not None:
            self.clock = max(self.clock, self._act.end)
            self._finish()

    def _finish(self) -> None:
        act, self._act = self._act, None
        if act is None:
            return
        status = act.do(1.0)
        if status is not Status.OK:
            self._fail(status)
        elif self.state is State.DNBUSY:
            self.state = State.DNLOAD_SYNC

    def _point(self, address: int) -> Status:
        self.pointer = address
        known = self._memory(address)[0] is not None or address == 0xFFFF_0000
        return Status.OK if known else Status.ERR_ADDRESS

    def _erase(self, address: int | None, part: float) -> Status:
        if self.protected:
            return Status.ERR_VENDOR
        sectors = parse(LAYOUT).sectors
        chosen = [each for each in sectors if address is None or address in each]
        for sector in chosen:
            at = sector.start - START
            self.flash[at : at + int(sector.size * part)] = b"\xff" * int(sector.size * part)
        return Status.OK if chosen else Status.ERR_ADDRESS

    def _write(self, block: int, data: bytes, part: float) -> Status:
        if self.protected:
            return Status.ERR_VENDOR
        address = self.pointer + (block - 2) * BLOCK
        if address == 0xFFFF_0000:
            self.voltage = data[0]
            return Status.OK
        memory, at = self._memory(address)
        if memory is None:
            return Status.ERR_ADDRESS
        if memory is self.options:
            memory[:] = data
            self.after_unprotect()
            return Status.OK
        whole = int(len(data) * part) // UNIT * UNIT
        for offset in range(0, whole, UNIT):
            old, new = memory[at + offset :][:UNIT], data[offset:][:UNIT]
            if old != new and old != b"\xff" * UNIT and not self.keeps_bits:
                return Status.ERR_PROG
            memory[at + offset : at + offset + len(new)] = bytes(map(int.__and__, old, new))
        if part < 1 and whole < len(data):  # the unit that was under way
            memory[at + whole] &= data[whole] | 0x5A
        return Status.OK

    def _unprotect(self, part: float) -> Status:
        self.protected = False
        self._erase(None, part)
        self.protected = part < 1
        self.after_unprotect()
        return Status.OK

    def _fail(self, status: Status) -> None:
        self.state, self.status = State.ERROR, status

    def _stall(self, status: Status = Status.ERR_STALLEDPKT) -> DfuStalled:
        if self.state is not State.ERROR:
            self._fail(status)
        return DfuStalled("pipe error")


ABORTS = (
    State.IDLE,
    State.DNLOAD_SYNC,
    State.DNLOAD_IDLE,
    State.MANIFEST_SYNC,
    State.UPLOAD_IDLE,
)
FUNCTIONAL = Functional(Attributes(0x0B), BLOCK, 0x011A)
INFO = LinkInfo("dfu:", "dfu", "a device", 0)


def opened(device: DfuDevice, names: tuple[str, ...] = (LAYOUT, OPTIONS)) -> Opened:
    """The device as it is found on USB."""
    memories = tuple(parse(name, number) for number, name in enumerate(names))
    return Opened(device, FUNCTIONAL, Evidence(0x0483, 0xDF11, 0x2200, "335D32693431", memories))


def link_to(device: DfuDevice, names: tuple[str, ...] = (LAYOUT, OPTIONS)) -> DfuRom:
    """A link to it, as `open_link` makes one."""
    held = ExitStack()
    link = DfuRom(opened(device, names), lambda: opened(device, names), INFO, device.pace, held)
    link.greet()
    held.callback(link.let_go)
    return link
