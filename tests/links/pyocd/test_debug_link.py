from __future__ import annotations

import shlex
import signal
from collections.abc import Iterator
from unittest import mock

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from swdflash.links.base import Connect, DebugLink, Offers, Reset
from swdflash.links.errors import (
    CoreWillNotHalt,
    LinkError,
    LinkLost,
    NoAnswer,
    NoPermission,
    NoProbe,
    NoTargetVoltage,
    ProbeBusy,
    SameSerials,
    SeveralProbes,
    TransferFault,
)
from swdflash.links.factory import open_debug_link
from swdflash.sim.faults import Fault, FaultPlan
from tests.links.usb_socket import (
    DPIDR,
    OTHER_SERIAL,
    RAM,
    SERIAL,
    RamBoard,
    Socket,
    Wires,
    plugged_in,
)

PROBES = ("st-link-v2", "v2-1", "v3")
VIA = f"pyocd:{SERIAL}"


@pytest.fixture
def socket() -> Iterator[Socket]:
    with plugged_in(RamBoard()) as socket:
        yield socket


@pytest.fixture
def link(socket: Socket) -> Iterator[DebugLink]:
    with open_debug_link(VIA) as link:
        yield link


@pytest.mark.parametrize("probe", PROBES)
def test_a_probe_is_opened_and_let_go(probe: str) -> None:
    with plugged_in(RamBoard(Wires(probe=probe))) as socket:
        for _ in range(2):  # the second opening finds the probe free
            with open_debug_link("auto") as link:
                assert link.info.via == VIA
                assert SERIAL in link.info.probe
                assert link.offers == Offers.NRST | Offers.VOLTAGE
                assert link.dpidr() == DPIDR
                assert link.voltage() == pytest.approx(3.3, abs=0.01)
                link.close()
        assert not socket.plugs[0].claimed


def test_attaching_leaves_the_core_alone(socket: Socket) -> None:
    with open_debug_link(VIA) as link:
        link.read(RAM.start, 64)
        link.is_halted()
    assert socket.board.chip.control.writes == []


def test_a_running_core_is_left_without_debugger(socket: Socket) -> None:
    with open_debug_link(VIA) as link:
        link.halt()
        link.resume()
    assert socket.board.chip.control.dhcsr == 0


def test_a_halted_core_is_left_halted(socket: Socket) -> None:
    with open_debug_link(VIA) as link:
        link.halt()
    assert socket.board.chip.control.halted


@pytest.mark.parametrize(
    ("connect", "halted", "resets"),
    [
        (Connect.ATTACH, False, False),
        (Connect.HALT, True, False),
        (Connect.PRE_RESET, False, True),
        (Connect.UNDER_RESET, True, True),
    ],
)
def test_ways_to_connect(socket: Socket, connect: Connect, *, halted: bool, resets: bool) -> None:
    with open_debug_link(VIA, connect=connect) as link:
        control = socket.board.chip.control
        assert control.was_reset == resets or connect is Connect.UNDER_RESET
        assert link.is_halted() == halted
        assert control.demcr == 0
        assert not socket.board.nrst_low


def test_a_core_that_runs_on_under_reset_is_seen_by_the_caller(
    socket: Socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    socket.board.chip.control.stubborn = True
    monkeypatch.setattr("swdflash.links.core_debug.CoreDebug.patience_s", 0.01)
    with open_debug_link(VIA, connect=Connect.UNDER_RESET) as link:
        assert not link.is_halted()
        assert not socket.board.nrst_low


@settings(max_examples=60)
@given(start=st.integers(0, 70), data=st.binary(max_size=200))
def test_any_bytes_at_any_address(start: int, data: bytes) -> None:
    with plugged_in(RamBoard()) as socket, open_debug_link(VIA) as link:
        socket.board.chip.ram.data[:300] = b"\xa5" * 300
        link.write(RAM.start + start, data)
        ram = bytes(socket.board.chip.ram.data[:300])
        assert ram == (b"\xa5" * start + data).ljust(300, b"\xa5")
        assert link.read(RAM.start + start, len(data)) == data


@pytest.mark.parametrize("bits", [16, 32])
def test_a_register_is_accessed_once_in_its_width(
    link: DebugLink, socket: Socket, bits: int
) -> None:
    write, read = (link.write16, link.read16) if bits == 16 else (link.write32, link.read32)
    write(RAM.start + 4, 0x1234)
    assert read(RAM.start + 4) == 0x1234
    assert socket.board.chip.ram.accesses == [("w", 4, bits // 8), ("r", 4, bits // 8)]
    with pytest.raises(TransferFault, match="aligned"):
        read(RAM.start + 1)


def test_core_registers(link: DebugLink, socket: Socket) -> None:
    link.halt()
    values = {f"r{number}": 0x100 + number for number in range(13)}
    values |= {
        "sp": 0x2000_0400,
        "pc": 0x2000_0000,
        "xpsr": 0x0100_0000,
        "primask": 1,
        "control": 2,
    }
    link.write_core(values)
    core = socket.board.chip.control.core
    assert core[:14] == [0x100 + number for number in range(13)] + [0x2000_0400]
    assert core[20] == 0x0200_0001
    assert dict(zip(values, link.read_core(list(values)), strict=True)) == values
    link.step()
    assert link.read_core(["pc"]) == [0x2000_0002]


@pytest.mark.parametrize("kind", Reset)
def test_a_reset_stops_at_the_vector_only_when_asked(
    link: DebugLink, socket: Socket, kind: Reset
) -> None:
    link.reset(kind)
    assert not link.is_halted()
    link.halt()
    link.write32(0xE000_EDFC, 1)  # DEMCR.VC_CORERESET
    link.reset(kind)
    assert link.is_halted()


def test_a_stubborn_core_is_given_up_on(
    link: DebugLink, socket: Socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    socket.board.chip.control.stubborn = True
    monkeypatch.setattr("swdflash.links.core_debug.CoreDebug.patience_s", 0.01)
    with pytest.raises(CoreWillNotHalt, match=r"0\.01 s"):
        link.halt()


# USB transfers: an OUT and an IN are a round trip; memory commands are followed by a status.
BUDGET = {
    "open": 40,
    "read32": 4,
    "write32": 4,
    "block": 4,
    "ragged read": 4,
    "seven registers": 36,
    "close": 21,
}


def test_round_trips_stay_within_their_budget(socket: Socket) -> None:
    spent: dict[str, int] = {}
    before = 0

    def lap(name: str) -> None:
        nonlocal before
        spent[name], before = socket.transfers - before, socket.transfers

    link = open_debug_link(VIA)
    lap("open")
    link.read32(RAM.start)
    lap("read32")
    link.write32(RAM.start, 1)
    lap("write32")
    link.write(RAM.start, bytes(6144))
    lap("block")
    link.read(RAM.start + 1, 33)
    lap("ragged read")
    link.halt()
    lap("halt")
    link.write_core({f"r{number}": number for number in range(7)})
    lap("seven registers")
    link.close()
    lap("close")
    assert {name: count for name, count in spent.items() if count > BUDGET.get(name, 8)} == {}


def test_the_clock_that_a_probe_chose_is_told() -> None:
    chosen = {}
    for probe in PROBES:
        with plugged_in(RamBoard(Wires(probe=probe))), open_debug_link(VIA) as link:
            chosen[probe] = (link.info.clock_hz, link.set_clock(1_000_000))
            assert link.info.clock_hz == link.set_clock(1_000_000)
    assert chosen == {
        "st-link-v2": (4_000_000, 950_000),
        "v2-1": (4_000_000, 950_000),
        "v3": (3_300_000, 1_000_000),
    }


# --- bad luck


def test_no_probe() -> None:
    with plugged_in():
        for via in ("auto", VIA):
            with pytest.raises(NoProbe):
                open_debug_link(via)


def test_a_probe_that_comes_late_is_waited_for() -> None:
    board = RamBoard()
    with plugged_in(board) as socket:
        socket.plugs[0].plugged = False

        def plug(_seconds: float) -> None:
            socket.plugs[0].plugged = True

        with mock.patch("swdflash.links.factory.time.sleep", plug):
            open_debug_link("auto", timeout_s=60).close()


def test_two_probes_and_no_choice_made() -> None:
    with plugged_in(RamBoard(), RamBoard(Wires(serial=OTHER_SERIAL))):
        with pytest.raises(SeveralProbes) as caught:
            open_debug_link("auto")
        for via in caught.value.candidates:
            open_debug_link(via).close()
    assert set(caught.value.candidates) == {VIA, f"pyocd:{OTHER_SERIAL}"}


def test_a_probe_in_use() -> None:
    with plugged_in(RamBoard(), faults=FaultPlan.parse("busy")), pytest.raises(ProbeBusy):
        open_debug_link(VIA)


@pytest.mark.parametrize("via", ["auto", VIA])
def test_a_probe_without_permission(via: str) -> None:
    with (
        plugged_in(RamBoard(), faults=FaultPlan.parse("denied")),
        pytest.raises(NoPermission, match="ST-LINK/V2-1"),
    ):
        open_debug_link(via)


def test_a_target_without_power() -> None:
    board = RamBoard()
    board.power_off()
    with plugged_in(board), pytest.raises(NoTargetVoltage):
        open_debug_link(VIA)


def test_a_target_that_does_not_answer(socket: Socket) -> None:
    socket.board.chip.swd_alive = False
    with pytest.raises(NoAnswer):
        open_debug_link(VIA)
    assert not socket.plugs[0].claimed


def test_a_target_that_falls_silent(link: DebugLink, socket: Socket) -> None:
    socket.board.chip.swd_alive = False
    with pytest.raises(NoAnswer):
        link.read32(RAM.start)


def test_an_address_where_nobody_answers(link: DebugLink) -> None:
    for access in (lambda: link.read32(0x4000_0000), lambda: link.write(0x4000_0000, bytes(8))):
        with pytest.raises(TransferFault) as caught:
            access()
        assert caught.value.address == 0x4000_0000
    assert link.read32(RAM.start) == 0  # the link is none the worse for it


def session() -> None:
    """A link's life: opened under reset, used, closed."""
    with open_debug_link(VIA, connect=Connect.UNDER_RESET) as link:
        link.write(RAM.start, bytes(8192))
        link.write_core({"pc": RAM.start})
        link.read(RAM.start, 8192)
        link.resume()


def outcome_of_session() -> type[LinkError] | None:
    try:
        session()
    except LinkError as error:
        return type(error)
    return None


def length_of_session() -> int:
    with plugged_in(RamBoard()) as socket:
        session()
        return socket.transfers


@pytest.mark.parametrize(
    ("fault", "kinds"),
    [
        (Fault.UNPLUG, (LinkLost, NoProbe)),
        (Fault.POWER_CUT, (NoTargetVoltage,)),
    ],
)
def test_at_every_transfer_bad_luck_is_told_for_what_it_is(
    fault: Fault, kinds: tuple[type[LinkError], ...]
) -> None:
    told = []
    for transfer in range(1, length_of_session() + 1):
        with plugged_in(RamBoard(), faults=FaultPlan({transfer: (fault,)})) as socket:
            told.append(outcome_of_session())
            assert not socket.plugs[0].claimed
            assert fault is Fault.UNPLUG or not socket.board.nrst_low
    assert set(told) <= {*kinds, None}  # None: it struck after the last work
    assert told.count(None) <= 24


def test_nrst_is_released_when_the_target_stays_silent(socket: Socket) -> None:
    socket.board.chip.swd_alive = False
    with pytest.raises(NoAnswer):
        open_debug_link(VIA, connect=Connect.UNDER_RESET)
    assert not socket.board.nrst_low


def test_an_interrupt_waits_for_the_end_of_the_transaction(socket: Socket) -> None:
    def interrupted() -> None:
        with open_debug_link(VIA) as link:
            link.drive_nrst(low=True)
            spend = socket.board.spend

            def press_ctrl_c(seconds: float) -> None:
                signal.raise_signal(signal.SIGINT)
                spend(seconds)

            with mock.patch.object(socket.board, "spend", press_ctrl_c):
                link.write(RAM.start, b"whole")

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert socket.board.chip.ram.data[:5] == b"whole"
    assert not socket.board.nrst_low
    assert not socket.plugs[0].claimed


def test_copies_with_one_serial_are_not_chosen_between() -> None:
    boards = [RamBoard(Wires("v2-1", SERIAL)), RamBoard(Wires("st-link-v2", SERIAL))]
    for way in ("auto", VIA):
        with plugged_in(*boards), pytest.raises(SameSerials, match=SERIAL):
            open_debug_link(way)


def test_copies_with_one_serial_are_chosen_by_their_socket() -> None:
    boards = [RamBoard(Wires("st-link-v2", SERIAL)) for _ in range(3)]
    with plugged_in(*boards, RamBoard(Wires("v2-1", OTHER_SERIAL))):
        with pytest.raises(SameSerials) as caught:
            open_debug_link(VIA)
        offers = [line for line in caught.value.explain().next if "?path=" in line]
        assert len(offers) == len(boards)
        with open_debug_link(shlex.split(offers[1])[1]) as link:
            link.write(RAM.start, b"mine")
        assert [bytes(board.chip.ram.data[:4]) for board in boards] == [
            bytes(4),
            b"mine",
            bytes(4),
        ]
        with pytest.raises(NoProbe, match="at USB 1-9"):
            open_debug_link(f"{VIA}?path=1-9")
