"""pyOCD, unmodified, in this process."""

from __future__ import annotations

import time

import pytest
from pyocd.core.helpers import ConnectHelper
from pyocd.core.session import Session
from pyocd.probe.stlink_probe import StlinkProbe

from swdflash.sim.cables.hostside.host import REAL_SLEEP
from swdflash.sim.faults import NO_FAULTS
from swdflash.sim.opening import plugged
from tests.sim.cables.toy_board import SERIAL, ToyBoard, ToyWiring


def attach(uid: str) -> Session:
    session = ConnectHelper.session_with_chosen_probe(
        unique_id=uid,
        blocking=False,
        return_first=True,
        options={"target_override": "cortex_m", "connect_mode": "attach", "frequency": 4_000_000},
    )
    assert session is not None
    return session


@pytest.mark.parametrize("kind", ["st-link-v2", "v2-1", "v3"])
def test_pyocd_attaches_and_moves_memory(kind: str) -> None:
    board = ToyBoard(ToyWiring(probe=kind))
    data = bytes(index * 7 & 0xFF for index in range(3001))
    with plugged(board, NO_FAULTS) as found:
        assert found.uid == SERIAL
        with attach(found.uid) as session:
            target = session.board.target
            target.write_memory_block8(0x2000_0003, data)
            assert bytes(target.read_memory_block8(0x2000_0003, len(data))) == data
            target.halt()
            assert board.debug.halted
    assert board.ram.data[3 : 3 + len(data)] == data


def test_sleeping_is_charged_to_the_board_and_takes_no_time() -> None:
    board = ToyBoard()
    with plugged(board, NO_FAULTS) as found:
        before = found.now()
        time.sleep(3600)
        assert found.now() - before == pytest.approx(3600)


def test_everything_is_as_before_once_unplugged() -> None:
    with plugged(ToyBoard(), NO_FAULTS):
        assert StlinkProbe.get_all_connected_probes()
        kept = time.sleep
    assert time.sleep is REAL_SLEEP
    kept(0)  # a program may have kept it
    assert SERIAL not in [probe.unique_id for probe in StlinkProbe.get_all_connected_probes()]
