from __future__ import annotations

import errno

import pytest
import usb.core
from hypothesis import given
from hypothesis import strategies as st

from swdflash.sim.cables.errors import FaultPlanUnreadable
from swdflash.sim.cables.hostside.pyusb_backend import Backend
from swdflash.sim.cables.hub import Hub
from swdflash.sim.cables.plug import Plug
from swdflash.sim.faults import Fault, FaultPlan
from tests.sim.cables.toy_board import ToyBoard

GET_CURRENT_MODE = bytes([0xF5]).ljust(16, b"\0")


def probe_with(plan: str, board: ToyBoard) -> usb.core.Device:
    backend = Backend(Hub([Plug(board, FaultPlan.parse(plan))]))
    return usb.core.find(backend=backend)


def ask_mode(device: usb.core.Device) -> bytes:
    device.write(2, GET_CURRENT_MODE)
    return bytes(device.read(0x81, 64))


def test_unplugged_at_a_transfer_and_gone_from_then_on() -> None:
    device = probe_with("unplug@3", ToyBoard())
    assert ask_mode(device) == b"\0\0"
    for _ in range(2):
        with pytest.raises(usb.core.USBError) as gone:
            ask_mode(device)
        assert gone.value.errno == errno.ENODEV
    assert usb.core.find(backend=device.backend) is None


def test_an_unplugged_probe_lets_nrst_go() -> None:
    board = ToyBoard()
    device = probe_with("unplug@3", board)
    device.write(2, bytes([0xF2, 0x3C, 0]).ljust(16, b"\0"))
    assert board.nrst_low
    device.read(0x81, 64)
    with pytest.raises(usb.core.USBError):
        ask_mode(device)
    assert not board.nrst_low


def test_power_cut_leaves_the_probe() -> None:
    board = ToyBoard()
    device = probe_with("power-cut@2", board)
    assert ask_mode(device) == b"\0\0"
    assert not board.powered
    assert ask_mode(device) == b"\0\0"


@pytest.mark.parametrize(("plan", "code"), [("busy", errno.EBUSY), ("denied", errno.EACCES)])
def test_refused_from_the_start(plan: str, code: int) -> None:
    device = probe_with(plan, ToyBoard())
    with pytest.raises(usb.core.USBError) as refused:
        ask_mode(device)
    assert refused.value.errno == code


def test_one_bit_of_what_a_read_brings_is_flipped() -> None:
    device = probe_with("bit-flip@4", ToyBoard())
    assert ask_mode(device) == b"\0\0"
    assert int.from_bytes(ask_mode(device), "little").bit_count() == 1
    assert ask_mode(device) == b"\0\0"


@pytest.mark.parametrize(
    "text", ["unplug", "busy@3", "melt@4", "unplug@0", "unplug@-1", "wait@1.5"]
)
def test_an_unreadable_plan_is_explained(text: str) -> None:
    with pytest.raises(FaultPlanUnreadable) as unreadable:
        FaultPlan.parse(text)
    assert "power-cut" in " ".join(unreadable.value.explain().next)


def test_several_faults_in_one_plan() -> None:
    plan = FaultPlan.parse("wait@7, fault@7,power-cut@120")
    assert plan.at == {7: (Fault.WAIT, Fault.FAULT), 120: (Fault.POWER_CUT,)}


@given(st.integers(), st.integers(1, 20))
def test_a_seed_draws_the_same_faults_every_time(seed: int, count: int) -> None:
    kinds = (Fault.WAIT, Fault.BIT_FLIP)
    drawn = FaultPlan.drawn(seed, kinds, range(1, 100), count)
    assert drawn == FaultPlan.drawn(seed, kinds, range(1, 100), count)
    assert len(drawn.at) == count
