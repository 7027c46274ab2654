"""The whole way: pyOCD's own ST-Link driver, SWD, the loader; the board's files say what came."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from swdflash.flashing.plan import Strategy
from swdflash.flashing.read import read_memory, verify_image
from swdflash.flashing.write import prepare_write
from swdflash.images.image import Image
from swdflash.links.factory import open_debug_link
from swdflash.memory import Span
from swdflash.sim.store import Store
from swdflash.target.identify import identify


def test_any_bytes_over_any_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SWDFLASH_STATE_DIR", str(tmp_path))
    noise = random.Random(8)
    first = Image.of(0x0800_0000, noise.randbytes(20 * 1024 + 6))
    second = Image.of(0x0800_1003, noise.randbytes(5000))
    strategies = []
    with open_debug_link("sim:bluepill") as link:
        target = identify(link)
        for image in (first, second, second):
            prepared = prepare_write(target, image)
            strategies.append(prepared.plan.strategy)
            prepared.carry_out()
        verify_image(target, second)
        span = Span(0x0800_0FF0, 100)
        read = read_memory(target, span)
    assert strategies == [Strategy.SECTORS, Strategy.SECTORS, Strategy.NOTHING]
    expected = first.overlay(second)
    assert read == expected.read(span)
    with Store().open("bluepill") as board:
        flash = board.nonvolatile.flash[: 64 * 1024]
    assert flash == expected.read(Span(0x0800_0000, 64 * 1024), fill=0xFF)
