"""Commands as OpenOCD's driver writes them (stlink_usb.c), byte by byte."""

from __future__ import annotations

import struct

import pytest

from swdflash.sim.adiv5.acks import Ack
from swdflash.sim.probes.models import MODELS
from swdflash.sim.probes.st_link import StLink
from tests.sim.cables.toy_board import ToyBoard

OK = 0x80
RAM = 0x2000_0000


class Rig:
    """A probe on a board, and the host's half of the protocol."""

    def __init__(self, kind: str) -> None:
        self.board = ToyBoard()
        self.model = MODELS[kind]
        self.probe = StLink(self.board, self.model)

    def send(self, *command: int, data: bytes = b"") -> bytes:
        self.probe.transfer_out(self.model.out_endpoint, bytes(command).ljust(16, b"\0"))
        if data:
            self.probe.transfer_out(self.model.out_endpoint, data)
        return self.probe.transfer_in(0x81, 8192) or b""

    def memory(self, opcode: int, address: int, size: int, data: bytes = b"", ap: int = 0) -> bytes:
        return self.send(0xF2, opcode, *struct.pack("<IHB", address, size, ap), data=data)

    def last_status(self) -> tuple[int, int]:
        status, address = struct.unpack("<HxxIxxxx", self.send(0xF2, 0x3E))
        return status, address

    def enter(self) -> int:
        return self.send(0xF2, 0x30, 0xA3)[0]


@pytest.fixture(params=sorted(MODELS))
def rig(request: pytest.FixtureRequest) -> Rig:
    return Rig(request.param)


@pytest.fixture
def v2() -> Rig:
    rig = Rig("st-link-v2")
    assert rig.enter() == OK
    return rig


def test_enter_needs_a_target_that_answers(rig: Rig) -> None:
    rig.board.chip.swd_alive = False
    assert rig.enter() == 0x09
    rig.board.chip.swd_alive = True
    assert rig.enter() == OK
    assert rig.send(0xF5)[0] == 2
    assert rig.send(0xF2, 0x21) == b""
    assert rig.send(0xF5)[0] == 1


def test_target_voltage_is_measured(rig: Rig) -> None:
    reference, half = struct.unpack("<II", rig.send(0xF7))
    assert 2 * half * 1.2 / reference == pytest.approx(3.3, abs=0.01)
    rig.board.powered = False
    assert struct.unpack("<II", rig.send(0xF7))[1] == 0


@pytest.mark.parametrize(
    ("unit", "read", "write"), [(1, 0x0C, 0x0D), (2, 0x47, 0x48), (4, 0x07, 0x08)]
)
def test_memory_round_trip_in_every_width(v2: Rig, unit: int, read: int, write: int) -> None:
    data = bytes(range(12, 60))
    address = RAM + 0x3F0 + unit  # across a 1 KiB border of TAR
    v2.memory(write, address, len(data), data)
    assert v2.last_status() == (OK, 0)
    assert v2.board.ram.data[0x3F0 + unit : 0x3F0 + unit + 48] == data
    assert v2.memory(read, address, len(data)) == data


def test_a_single_byte_comes_with_a_second(v2: Rig) -> None:
    v2.board.ram.data[5] = 0xA5
    assert len(v2.memory(0x0C, RAM + 5, 1)) == 2


def test_a_fault_names_its_address_and_clears_by_itself(v2: Rig) -> None:
    end = RAM + len(v2.board.ram.data)
    assert len(v2.memory(0x07, end - 8, 16)) == 16
    assert v2.last_status() == (0x11, end)
    v2.memory(0x08, end - 8, 16, bytes(16))
    assert v2.last_status() == (0x11, end)
    v2.memory(0x08, end - 4, 8, bytes(8))
    assert v2.last_status() == (0x11, end)
    v2.memory(0x07, RAM, 4)
    assert v2.last_status()[0] == OK


def test_refusals_before_the_wire(v2: Rig) -> None:
    v2.memory(0x07, RAM + 2, 4)
    assert v2.last_status()[0] == 0x0A
    v2.memory(0x07, RAM, 4, ap=1)
    assert v2.last_status()[0] == 0x1D
    v2.memory(0x0C, RAM, 65)
    assert v2.last_status()[0] == 0x08
    assert v2.send(0xF2, 0x7F)[0] == 0x42


def test_wait_and_silence_have_codes_of_their_own(v2: Rig) -> None:
    v2.probe.port.disturbed.append(Ack.WAIT)
    v2.memory(0x07, RAM, 4)
    assert v2.last_status()[0] == 0x10
    v2.probe.port.disturbed.append(Ack.WAIT)
    assert v2.send(0xF2, 0x45, 0xFF, 0xFF, 0, 0)[0] == 0x14
    v2.board.chip.swd_alive = False
    v2.memory(0x07, RAM, 4)
    assert v2.last_status()[0] == 0x12
    assert v2.send(0xF2, 0x45, 0xFF, 0xFF, 0, 0)[0] == 0x16


def test_registers_of_the_debug_port_and_the_ap(v2: Rig) -> None:
    assert struct.unpack("<II", v2.send(0xF2, 0x45, 0xFF, 0xFF, 0, 0)) == (OK, 0x1BA0_1477)
    assert struct.unpack("<II", v2.send(0xF2, 0x45, 0, 0, 0xFC, 0)) == (OK, 0x1477_0011)
    assert v2.send(0xF2, 0x46, 0, 0, 4, 0, *RAM.to_bytes(4, "little"))[0] == OK
    assert struct.unpack("<II", v2.send(0xF2, 0x45, 0, 0, 4, 0)) == (OK, RAM)
    assert v2.send(0xF2, 0x31)[4:8] == (0x1BA0_1477).to_bytes(4, "little")


def test_core_commands_halt_run_and_reach_registers(v2: Rig) -> None:
    assert v2.send(0xF2, 0x02)[0] == OK
    assert v2.send(0xF2, 0x01)[0] == 0x81
    assert v2.send(0xF2, 0x34, 7, *(0xCAFE).to_bytes(4, "little"))[0] == OK
    assert struct.unpack("<II", v2.send(0xF2, 0x33, 7)) == (OK, 0xCAFE)
    everything = struct.unpack("<22I", v2.send(0xF2, 0x3A))
    assert (everything[0], everything[1 + 7]) == (OK, 0xCAFE)
    assert v2.send(0xF2, 0x09)[0] == OK
    assert v2.send(0xF2, 0x01)[0] == 0x80


def test_scattered_accesses_in_one_command(v2: Rig) -> None:
    items = [(5, 0), (1, RAM + 8), (2, 0x1234_5678), (3, RAM + 8), (3, 0x3000_0000)]
    kinds = bytes(kind for kind, _ in items).ljust(8, b"\0")
    words = struct.pack("<5I", *(word for _, word in items))
    v2.send(0xF2, 0x51, 5, 0, 0, 0, data=kinds + words)
    answer = struct.unpack("<10I", v2.send(0xF2, 0x52))
    assert answer[3] == 0x1234_5678
    assert answer[5:] == (OK, OK, OK, OK, 0x11)


def test_nrst_moves_only_where_it_is_wired(rig: Rig) -> None:
    def level_after(drive: int) -> bool:
        assert rig.send(0xF2, 0x3C, drive)[0] == OK
        return rig.board.nrst_low

    assert [level_after(low) for low in (0, 1, 0, 2)] == [True, False, True, False]
    rig.board.wiring.nrst_wired = False
    assert not level_after(0)


def test_v2_clocks_are_chosen_by_delay(v2: Rig) -> None:
    assert v2.send(0xF2, 0x43, 0)[0] == OK
    assert v2.probe.port.swclk_hz == 4_000_000
    assert v2.send(0xF2, 0x43, *(798).to_bytes(2, "little"))[0] == OK
    assert v2.probe.port.swclk_hz == 5_000
    assert v2.send(0xF2, 0x43, 6)[0] == 0x41


def test_v3_clocks_are_asked_for_in_khz() -> None:
    v3 = Rig("v3")
    count = struct.unpack_from("<I", v3.send(0xF2, 0x62, 0), 8)[0]
    khz = struct.unpack_from(f"<{count}I", v3.send(0xF2, 0x62, 0), 12)
    assert khz[0] == 24_000
    chosen = v3.send(0xF2, 0x61, 0, 0, *(9_000).to_bytes(4, "little"))
    assert struct.unpack("<II", chosen) == (OK, 8_000)
    assert v3.probe.port.swclk_hz == 8_000_000
