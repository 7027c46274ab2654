"""The same on boards whose memory, ROM table and debug registers somebody else wrote."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from swdflash.chips.boards import Board, boards
from swdflash.chips.data import find_device
from swdflash.links.base import DebugLink, Reset
from swdflash.links.errors import TransferFault
from swdflash.links.factory import open_debug_link
from swdflash.target.boot import BootSource
from swdflash.target.identify import identify
from swdflash.target.info import gather
from swdflash.target.reset import reset_and_halt, reset_and_run
from tests.engines import ENGINES


@pytest.fixture(params=boards(), ids=lambda board: board.name)
def board(request: pytest.FixtureRequest) -> Board:
    found: Board = request.param
    return found


@pytest.fixture(params=ENGINES)
def link(
    board: Board, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> Iterator[DebugLink]:
    monkeypatch.setenv("SWDFLASH_STATE_DIR", str(tmp_path))
    with open_debug_link(f"{request.param}:sim:{board.name}") as opened:
        yield opened


def test_a_board_tells_its_chip(board: Board, link: DebugLink) -> None:
    target = identify(link)
    sold = board.make_chip()
    assert target.chip.flash == sold.flash
    assert target.chip.sram == sold.sram
    assert target.identity.notes == ()
    device = find_device(sold.dev_id)
    assert device
    assert target.identity.revision == list(device.row.revisions)[-1]
    last = target.chip.work_area.end - 4
    link.write32(last, 0xCAFE_F00D)
    assert link.read32(last) == 0xCAFE_F00D
    with pytest.raises(TransferFault):
        link.read32(sold.sram[0].end)


def test_a_board_tells_its_state(board: Board, link: DebugLink) -> None:
    info = gather(identify(link))
    assert info.boot.source is BootSource.FLASH
    assert info.boot.empty
    assert "PORRSTF" in info.reset_flags
    assert not info.protection.read_protected
    assert info.protection.write_protected == ()
    assert info.voltage == pytest.approx(3.3, abs=0.2)


@pytest.mark.parametrize("kind", list(Reset))
def test_a_reset_is_caught_before_the_first_instruction(
    board: Board, link: DebugLink, kind: Reset
) -> None:
    layout = board.make_chip().layouts["DBGMCU_CR"]
    bits = sum(field.mask for name, field in layout.fields.items() if "TIM" not in name)
    link.write32(layout.address, bits)  # it survives what is no power-on (RM0008 §31.16.3)
    reset_and_halt(link, kind)
    assert link.is_halted()
    assert link.read_core(["pc"]) == [
        0xFFFF_FFFE
    ]  # erased flash: the vector, without its Thumb bit
    assert link.read32(layout.address) == bits
    reset_and_run(link, kind)
    assert not link.is_halted()
