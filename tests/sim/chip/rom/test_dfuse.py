"""The states of USB DFU 1.1 §A.2, and what AN3156 adds."""

from __future__ import annotations

import struct

import pytest

from swdflash.sim.chip.rom.dfu_commands import Commands, Polls
from swdflash.sim.chip.rom.dfu_protocol import Command, Request, Stall, State, Status
from swdflash.sim.chip.rom.dfuse import DfuSe
from swdflash.sim.clock import Clock
from tests.fakes.rom_memory import FLASH, PlainRomMemory

BASE = FLASH.start


class Bench:
    """A device, and what a host does with it."""

    def __init__(self, state: State = State.IDLE) -> None:
        self.memory = PlainRomMemory(Clock())
        self.device = DfuSe(Commands(self.memory), state=state)

    def ask(self, request: Request, value: int = 0, length: int = 0, data: bytes = b"") -> bytes:
        answer = self.device.request(request, value, length or len(data), data)
        self.device.go_on()
        return answer

    def status(self) -> tuple[Status, int, State]:
        status, poll, state, text = struct.unpack("<B3sBB", self.ask(Request.GETSTATUS, length=6))
        assert text == 0
        return Status(status), int.from_bytes(poll, "little"), State(state)

    def download(self, block: int, data: bytes) -> tuple[Status, State]:
        """DNLOAD and two GETSTATUS; what the second says."""
        self.ask(Request.DNLOAD, block, data=data)
        assert self.status()[2] in (State.DNBUSY, State.ERROR)
        status, _, state = self.status()
        return status, state

    def command(self, command: Command, address: int | None = None) -> tuple[Status, State]:
        more = b"" if address is None else struct.pack("<I", address)
        return self.download(0, bytes((command,)) + more)


def in_state(state: State) -> Bench:
    """A device brought there by a host."""
    bench = Bench(State.ERROR if state is State.ERROR else State.IDLE)
    if state is State.DNLOAD_SYNC:
        bench.ask(Request.DNLOAD, 2, data=b"data")
    elif state is State.DNLOAD_IDLE:
        bench.command(Command.SET_ADDRESS_POINTER, BASE)
    elif state is State.UPLOAD_IDLE:
        bench.ask(Request.UPLOAD, 2, 16)
    elif state is State.MANIFEST_SYNC:
        bench.ask(Request.DNLOAD, 2)
    assert bench.device.state is state
    return bench


DOWNLOAD = (Request.DNLOAD, 2, 4, b"data")
LEAVE = (Request.DNLOAD, 2, 0, b"")
UPLOAD = (Request.UPLOAD, 2, 16, b"")
CLEAR = (Request.CLRSTATUS, 0, 0, b"")
ABORT = (Request.ABORT, 0, 0, b"")
DETACH = (Request.DETACH, 1000, 0, b"")
Ask = tuple[Request, int, int, bytes]

S = State
# Where each request leads; None is a stall, which leads to dfuERROR.
TABLE: dict[State, dict[Ask, State | None]] = {
    S.IDLE: {
        DOWNLOAD: S.DNLOAD_SYNC,
        LEAVE: S.MANIFEST_SYNC,
        UPLOAD: S.UPLOAD_IDLE,
        CLEAR: S.ERROR,
        ABORT: S.IDLE,
        DETACH: None,
    },
    S.DNLOAD_SYNC: {
        DOWNLOAD: None,
        LEAVE: None,
        UPLOAD: None,
        CLEAR: S.ERROR,
        ABORT: S.IDLE,
        DETACH: None,
    },
    S.DNLOAD_IDLE: {
        DOWNLOAD: S.DNLOAD_SYNC,
        LEAVE: S.MANIFEST_SYNC,
        UPLOAD: None,
        CLEAR: S.ERROR,
        ABORT: S.IDLE,
        DETACH: None,
    },
    S.UPLOAD_IDLE: {
        DOWNLOAD: None,
        LEAVE: None,
        UPLOAD: S.UPLOAD_IDLE,
        CLEAR: S.ERROR,
        ABORT: S.IDLE,
        DETACH: None,
    },
    S.MANIFEST_SYNC: {
        DOWNLOAD: None,
        LEAVE: None,
        UPLOAD: None,
        CLEAR: S.ERROR,
        ABORT: S.IDLE,
        DETACH: None,
    },
    S.ERROR: {
        DOWNLOAD: None,
        LEAVE: None,
        UPLOAD: None,
        CLEAR: S.IDLE,
        ABORT: None,
        DETACH: None,
    },
}
ROWS = [(state, ask, then) for state, row in TABLE.items() for ask, then in row.items()]


@pytest.mark.parametrize(
    ("state", "ask", "then"), ROWS, ids=[f"{s.name}-{a[0].name}-{a[2]}" for s, a, _ in ROWS]
)
def test_the_state_table(state: State, ask: Ask, then: State | None) -> None:
    bench = in_state(state)
    if then is None:
        with pytest.raises(Stall):
            bench.ask(*ask)
    else:
        bench.ask(*ask)
    assert bench.device.state is (then or State.ERROR)
    assert bench.ask(Request.GETSTATE, length=1) == bytes((then or State.ERROR,))


def test_it_begins_in_an_error_that_clrstatus_clears() -> None:
    bench = Bench(State.ERROR)
    assert bench.status() == (Status.ERR_FIRMWARE, 0, State.ERROR)
    bench.ask(Request.CLRSTATUS)
    assert bench.status() == (Status.OK, 0, State.IDLE)


def test_a_stall_says_that_it_was_one() -> None:
    bench = in_state(State.UPLOAD_IDLE)
    with pytest.raises(Stall):
        bench.ask(Request.DNLOAD, 2, data=b"data")
    assert bench.status()[0] is Status.ERR_STALLEDPKT


def test_clrstatus_where_there_is_no_error_makes_one() -> None:
    bench = Bench()
    bench.ask(Request.CLRSTATUS)
    assert bench.status() == (Status.ERR_UNKNOWN, 0, State.ERROR)


def test_the_commands_that_there_are() -> None:
    bench = Bench()
    assert bench.ask(Request.UPLOAD, 0, 4) == bytes((0x00, 0x21, 0x41, 0x92))
    assert bench.status()[2] is State.IDLE
    assert bench.ask(Request.UPLOAD, 0, 2) == bytes((0x00, 0x21))
    assert bench.status()[2] is State.UPLOAD_IDLE


def test_a_block_is_written_when_the_status_is_asked_for() -> None:
    bench = Bench()
    bench.command(Command.SET_ADDRESS_POINTER, BASE + 0x4000)
    bench.ask(Request.DNLOAD, 2, data=b"abcd")
    assert bench.memory.flash[0x4000:0x4004] == b"\xff" * 4
    assert bench.status() == (Status.OK, Polls().write, State.DNBUSY)
    assert bench.memory.flash[0x4000:0x4004] == b"abcd"
    assert bench.status() == (Status.OK, 0, State.DNLOAD_IDLE)


def test_blocks_are_2048_bytes_apart_also_a_short_last_one() -> None:
    bench = Bench()
    bench.command(Command.SET_ADDRESS_POINTER, BASE)
    bench.download(3, b"third")
    assert bench.memory.flash[2048:2053] == b"third"
    bench.ask(Request.ABORT)
    assert bench.ask(Request.UPLOAD, 3, 5) == b"third"


@pytest.mark.parametrize(("block", "size"), [(1, 16), (2, 2049)])
def test_blocks_that_there_are_not(block: int, size: int) -> None:
    with pytest.raises(Stall):
        Bench().ask(Request.DNLOAD, block, data=bytes(size))
    with pytest.raises(Stall):
        Bench().ask(Request.UPLOAD, block, size)


def test_erase_one_sector_and_all() -> None:
    bench = Bench()
    bench.memory.flash[:] = bytes(FLASH.size)
    assert bench.command(Command.ERASE, BASE + 0x4123) == (Status.OK, State.DNLOAD_IDLE)
    assert bench.memory.flash == bytes(0x4000) + b"\xff" * 0x4000 + bytes(0x8000)
    assert bench.command(Command.ERASE) == (Status.OK, State.DNLOAD_IDLE)
    assert bench.memory.flash == b"\xff" * FLASH.size


@pytest.mark.parametrize("command", [Command.SET_ADDRESS_POINTER, Command.ERASE])
def test_an_address_that_there_is_not(command: Command) -> None:
    assert Bench().command(command, 0x0700_0000) == (Status.ERR_TARGET, State.ERROR)


def test_a_write_past_the_end() -> None:
    bench = Bench()
    bench.command(Command.SET_ADDRESS_POINTER, FLASH.end - 4)
    assert bench.download(2, bytes(8)) == (Status.ERR_TARGET, State.ERROR)


@pytest.mark.parametrize("data", [b"\x99", b"\x21\x00", b"\x00", b"\x92\x00\x00\x00\x08"])
def test_commands_that_there_are_not(data: bytes) -> None:
    bench = Bench()
    bench.ask(Request.DNLOAD, 0, data=data)
    assert bench.status() == (Status.ERR_STALLEDPKT, 0, State.ERROR)


def test_under_read_protection_nothing_but_its_end_is_done() -> None:
    bench = Bench()
    bench.memory.flash[:4] = b"keep"
    bench.memory.protected = True
    assert bench.command(Command.SET_ADDRESS_POINTER, BASE) == (Status.OK, State.DNLOAD_IDLE)
    for data, block in ((b"data", 2), (b"\x41", 0), (b"\x41\0\0\0\x08", 0)):
        assert bench.download(block, data) == (Status.ERR_VENDOR, State.ERROR)
        bench.ask(Request.CLRSTATUS)
    with pytest.raises(Stall):
        bench.ask(Request.UPLOAD, 2, 4)
    assert bench.status() == (Status.ERR_VENDOR, 0, State.ERROR)
    bench.ask(Request.CLRSTATUS)
    assert bench.memory.flash[:4] == b"keep"

    resets = []
    bench.memory.on_reset = lambda: resets.append(bytes(bench.memory.flash[:4]))
    bench.ask(Request.DNLOAD, 0, data=b"\x92")
    assert bench.status()[2] is State.DNBUSY
    assert resets == [b"\xff" * 4]


def test_leave_runs_what_is_at_the_pointer() -> None:
    bench = Bench()
    bench.command(Command.SET_ADDRESS_POINTER, BASE + 0x4000)
    bench.ask(Request.DNLOAD, 2)
    assert bench.memory.jumped == []
    assert bench.status()[2] is State.MANIFEST
    assert bench.memory.jumped == [BASE + 0x4000]


def test_leave_without_a_pointer_runs_flash() -> None:
    bench = Bench()
    bench.ask(Request.DNLOAD, 2)
    bench.status()
    assert bench.memory.jumped == [BASE]
