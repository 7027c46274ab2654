"""What every debug link does, whatever is under it: one case a promise of `DebugLink`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from swdflash.links.base import DebugLink, Offers, Reset
from swdflash.links.errors import TransferFault
from swdflash.links.factory import open_debug_link
from swdflash.links.openocd.debug_link import OpenocdLink
from swdflash.links.pyocd.debug_link import PyocdLink
from swdflash.links.recorder import RecordingLink
from swdflash.links.replay import ReplayLink
from tests.links.usb_socket import RamBoard, plugged_in

RAM = 0x2000_0000
NOWHERE = 0x5000_0000  # reserved on the STM32F1 (RM0008 §3.3)
DEMCR = 0xE000_EDFC
VC_CORERESET = 1

LINKS: list[type[DebugLink]] = [
    PyocdLink,
    OpenocdLink,
    RecordingLink,
    ReplayLink,
]  # mypy holds them to it


def bytes_come_back_as_written(link: DebugLink) -> None:
    data = bytes(range(256)) * 9
    link.write(RAM + 64, data)
    assert link.read(RAM + 64, len(data)) == data


def ragged_edges_leave_their_neighbours_alone(link: DebugLink) -> None:
    link.write(RAM, b"\xa5" * 16)
    for start, size in ((1, 1), (3, 2), (6, 7)):
        link.write(RAM + start, b"\x5a" * size)
        kept = link.read(RAM, 16)
        assert kept == b"\xa5" * start + b"\x5a" * size + b"\xa5" * (16 - start - size)
        link.write(RAM + start, b"\xa5" * size)


def nothing_is_read_and_written_without_an_access(link: DebugLink) -> None:
    assert link.read(NOWHERE, 0) == b""
    link.write(NOWHERE, b"")


def words_and_half_words_are_little_endian(link: DebugLink) -> None:
    link.write32(RAM, 0x1122_3344)
    link.write16(RAM + 4, 0x5566)
    assert link.read(RAM, 6) == bytes.fromhex("443322116655")
    assert link.read32(RAM) == 0x1122_3344
    assert link.read16(RAM + 2) == 0x1122


def a_fault_tells_its_address_and_passes(link: DebugLink) -> None:
    with pytest.raises(TransferFault) as caught:
        link.read32(NOWHERE)
    assert caught.value.address == NOWHERE
    link.write32(RAM, 7)
    assert link.read32(RAM) == 7


def the_core_halts_and_goes_on(link: DebugLink) -> None:
    link.halt()
    assert link.is_halted()
    link.halt()  # of no effect
    point_at_a_loop(link)
    link.resume()
    assert not link.is_halted()


def core_registers_come_back_as_written(link: DebugLink) -> None:
    link.halt()
    values = {f"r{number}": 0x1000_0000 + number for number in range(13)}
    values |= {"lr": 0xFFFF_FFF9, "msp": RAM + 0x400, "psp": RAM + 0x300, "primask": 1}
    link.write_core(values)
    assert link.read_core(list(values)) == list(values.values())
    assert link.read_core(["sp", "r0"]) == [RAM + 0x400, 0x1000_0000]


def a_step_is_one_instruction(link: DebugLink) -> None:
    link.halt()
    link.write(RAM, b"\x00\xbf" * 8)  # nop
    link.write_core({"pc": RAM, "xpsr": 0x0100_0000})
    link.step()
    link.step()
    assert link.read_core(["pc"]) == [RAM + 4]
    assert link.is_halted()


def a_reset_is_caught_at_the_vector(link: DebugLink) -> None:
    link.halt()
    for kind in Reset:
        link.write32(DEMCR, VC_CORERESET)
        link.reset(kind)
        assert link.is_halted()


def nrst_low_keeps_the_debug_port_within_reach(link: DebugLink) -> None:
    assert Offers.NRST in link.offers
    link.drive_nrst(low=True)
    assert link.dpidr() & 1
    link.drive_nrst(low=False)


def the_clock_is_no_faster_than_asked(link: DebugLink) -> None:
    assert 0 < link.set_clock(1_000_000) <= 1_000_000
    assert link.info.clock_hz == link.set_clock(1_000_000)


def voltage_is_measured_where_it_is_offered(link: DebugLink) -> None:
    volts = link.voltage()
    assert (volts is not None) == (Offers.VOLTAGE in link.offers)
    assert volts is None or 1.65 < volts < 3.6


def time_passes(link: DebugLink) -> None:
    before = link.now()
    link.read32(RAM)
    link.read32(RAM)
    assert link.now() > before


def closing_twice_is_closing_once(link: DebugLink) -> None:
    link.close()
    link.close()


def point_at_a_loop(link: DebugLink) -> None:
    link.write(RAM, b"\xfe\xe7" * 8)  # b .
    link.write_core({"pc": RAM, "xpsr": 0x0100_0000})


CASES = [
    bytes_come_back_as_written,
    ragged_edges_leave_their_neighbours_alone,
    nothing_is_read_and_written_without_an_access,
    words_and_half_words_are_little_endian,
    a_fault_tells_its_address_and_passes,
    the_core_halts_and_goes_on,
    core_registers_come_back_as_written,
    a_step_is_one_instruction,
    a_reset_is_caught_at_the_vector,
    nrst_low_keeps_the_debug_port_within_reach,
    the_clock_is_no_faster_than_asked,
    voltage_is_measured_where_it_is_offered,
    time_passes,
    closing_twice_is_closing_once,
]
WAYS = [
    "auto",
    "sim:bluepill",
    "openocd:sim:bluepill",
    "openocd:sim:bluepill?transport=hla_swd",
]


@pytest.fixture(params=WAYS)
def via(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[str]:
    via: str = request.param
    with ExitStack() as sockets:
        if via == "auto":
            sockets.enter_context(plugged_in(RamBoard()))
        monkeypatch.setenv("SWDFLASH_STATE_DIR", str(tmp_path / "state"))
        yield via


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.__name__)
def test_link_and_its_recording(
    case: Callable[[DebugLink], None], via: str, tmp_path: Path
) -> None:
    """The case holds on the link, on a recorder over it, and on what that recorded."""
    with open_debug_link(via) as link:
        case(link)
    tape = tmp_path / "tape.jsonl"
    with open_debug_link(via, record=tape) as link:
        case(link)
    with open_debug_link(f"replay:{tape}") as link:
        case(link)


def test_costs_are_what_the_wire_costs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The estimate that plans rest on, beside what the virtual board charges."""
    monkeypatch.setenv("SWDFLASH_STATE_DIR", str(tmp_path / "state"))
    for clock_hz in (4_000_000, 950_000):
        with open_debug_link("sim:bluepill", clock_hz=clock_hz) as link:
            before = link.now()
            link.write(RAM, bytes(6144))
            took = link.now() - before
            estimate = link.costs.round_trip_s + 6144 / link.costs.bytes_per_s
            assert estimate == pytest.approx(took, rel=0.1)
