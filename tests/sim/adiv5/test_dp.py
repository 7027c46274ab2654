from __future__ import annotations

import pytest

from swdflash.memory import Span
from swdflash.sim.adiv5.acks import Ack, SwdError
from swdflash.sim.adiv5.dp import DebugPort
from swdflash.sim.adiv5.mem_ap import MemAp
from swdflash.sim.bus import Bus
from tests.sim.cables.toy_board import Ram

DPIDR, ABORT, CTRL_STAT, SELECT, RDBUFF = 0x0, 0x0, 0x4, 0x8, 0xC
CSW, TAR, DRW = 0x0, 0x4, 0xC
POWER_UP = 1 << 28 | 1 << 30
STICKYERR = 1 << 5
STKERRCLR = 1 << 2


@pytest.fixture
def port() -> DebugPort:
    bus = Bus()
    bus.attach(Ram(Span(0x2000_0000, 64)))
    port = DebugPort(0x1BA0_1477, {0: MemAp(bus)})
    port.write(CTRL_STAT, POWER_UP)
    return port


def test_power_up_requests_are_acknowledged(port: DebugPort) -> None:
    assert port.read(CTRL_STAT) >> 28 == 0xF
    port.write(CTRL_STAT, 0)
    assert port.read(CTRL_STAT) >> 28 == 0


def test_an_access_port_faults_before_power_up() -> None:
    port = DebugPort(0x1BA0_1477, {0: MemAp(Bus())})

    with pytest.raises(SwdError) as refused:
        port.read_ap(CSW)
    assert refused.value.ack is Ack.FAULT


def test_ap_reads_are_posted(port: DebugPort) -> None:
    port.write(SELECT, 0xF0)
    port.read_ap(0xC)
    assert port.read_ap(0x8) == 0x1477_0011  # IDR comes with the read of BASE
    assert port.read(RDBUFF) == 0xE00F_F003


def test_an_apsel_without_an_ap_reads_as_zero(port: DebugPort) -> None:
    port.write(SELECT, 0x0100_00F0)
    port.read_ap(0xC)
    assert port.read(RDBUFF) == 0


def test_a_bus_fault_sticks_until_aborted(port: DebugPort) -> None:
    port.write_ap(CSW, 0x2300_0012)
    port.write_ap(TAR, 0x3000_0000)
    port.read_ap(DRW)

    for refused in (
        lambda: port.read(RDBUFF),
        lambda: port.write(SELECT, 0),
        lambda: port.read_ap(CSW),
    ):
        with pytest.raises(SwdError):
            refused()
    assert port.read(CTRL_STAT) & STICKYERR
    assert port.read(DPIDR) == 0x1BA0_1477

    port.write(ABORT, STKERRCLR)
    assert not port.read(CTRL_STAT) & STICKYERR
    port.read_ap(CSW)
    assert port.read(RDBUFF) & 0x37 == 0x12
