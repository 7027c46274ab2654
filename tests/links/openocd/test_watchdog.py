"""A watchdog that runs while flash is changed through OpenOCD, whose loader does not feed it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from swdflash.api.images import read_image
from swdflash.links.factory import open_debug_link
from swdflash.links.openocd import watchdog
from swdflash.links.openocd.jobs import PROGRAM_BYTES
from tests.engines import BOARD, over_every_engine
from tests.faults.bench import Bench, command, surroundings
from tests.faults.scene import random_bytes
from tests.firmware.boards import elf

USER = 0x800 + 2  # of the information block: option bytes, USER and its complement (PM0075 §2.2)
WDG_SW_0 = b"\xfe\x01"
DATA = b"\x00\x10\x00\x20\x09\x00\x00\x08\xfe\xe7" + random_bytes(3, 48 * 1024)  # `b .` at 8


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    with surroundings(tmp_path):
        yield Bench("--board", "bluepill", "--uptime", "0")


def start_it_by_hardware(bench: Bench) -> None:
    block = bytearray(bench.memory.options)
    block[USER : USER + 2] = WDG_SW_0
    bench.memory = replace(bench.memory, options=bytes(block))


def write(via: str, *more: str) -> None:
    Path("image.bin").write_bytes(DATA)
    ended = command("write", "image.bin@0x08000000", "--via", via, "--json", *more)
    assert ended.exit == 0, ended.out


@over_every_engine
def test_one_that_hardware_starts(bench: Bench, via: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """LSI as fast as it may be (DS5319 Table 25)."""
    monkeypatch.setattr("swdflash.sim.chip.peripherals.iwdg.LSI_HZ", 60_000)
    start_it_by_hardware(bench)
    write(via)
    assert bench.memory.flash[: len(DATA)] == DATA


@pytest.mark.parametrize("transport", ["dapdirect_swd", "hla_swd"])
def test_over_a_slow_wire_and_after_a_mass_erase(bench: Bench, transport: str) -> None:
    bench.fill(random_bytes(9, 64 * 1024))
    start_it_by_hardware(bench)
    write(f"openocd:{BOARD}?transport={transport}", "--clock", "100k", "--erase", "chip")
    assert bench.memory.flash[: len(DATA)] == DATA


@over_every_engine
def test_one_that_firmware_starts(bench: Bench, via: str) -> None:
    """It bites each 2 ms; the reset before the write ends it."""
    (segment,) = read_image(elf("iwdg_loop")).image.segments
    bench.fill(segment.data)
    write(via)
    assert bench.memory.flash[: len(DATA)] == DATA


def test_what_is_fed_is_what_runs(bench: Bench) -> None:
    """Commands are as large as can be where none runs."""
    chip = bench.chip
    with open_debug_link(f"openocd:{BOARD}") as link:
        assert not watchdog.runs_from_reset(link, chip)
    start_it_by_hardware(bench)
    with open_debug_link(f"openocd:{BOARD}") as link:
        assert watchdog.runs_from_reset(link, chip)
        assert 0 < watchdog.most_bytes(link, chip) < PROGRAM_BYTES
