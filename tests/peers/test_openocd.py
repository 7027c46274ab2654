"""OpenOCD 0.12, unmodified: a second driver for the same boards, by three ways.

What it did is asked of the board's own memory, and of swdflash.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from swdflash.sim.serving import serve_stlink
from tests.faults.bench import Bench, Outcome, command, surroundings
from tests.peers.openocd import DAPDIRECT, HLA, WAYS, Way, openocd, rig

FLASH = 0x0800_0000
SIZES = {"dapdirect": 20_002, "hla": 12_002, "buspirate": 3_002}  # by the speed of the way


@pytest.mark.parametrize("part", ["STM32F103C8", "STM32F103CB", "STM32F103RC"])
@pytest.mark.parametrize("way", WAYS, ids=str)
def test_program_verify_reset(way: Way, part: str, tmp_path: Path) -> None:
    """An image of its own over the last pages; it ends with the last byte of flash."""
    image = random.Random(12).randbytes(SIZES[way.name])
    (tmp_path / "random.bin").write_bytes(image)
    with rig(part, way) as (board, options):
        size = len(board.flash)
        board.cells.flash[:size] = bytes(size)
        address = FLASH + size - len(image)
        page = board.board.chip.chip.flash.sectors[0].size

        ran = openocd(options, f"program {tmp_path}/random.bin verify reset exit {address:#x}")

        assert ran.returncode == 0, ran.stderr
        assert "** Verified OK **" in ran.stderr
        first = (size - len(image)) // page * page
        kept = board.flash[first : size - len(image)]
        assert board.flash[:first] == bytes(first)
        assert set(kept) == {0xFF}, "OpenOCD keeps nothing of a page that it erases"
        assert board.flash[-len(image) :] == image


@pytest.mark.parametrize("way", [DAPDIRECT, HLA], ids=str)
def test_a_v3_does_the_same(way: Way, tmp_path: Path) -> None:
    image = random.Random(12).randbytes(8 * 1024)
    (tmp_path / "random.bin").write_bytes(image)
    with rig("STM32F103C8", way, probe="v3") as (board, options):
        ran = openocd(options, f"program {tmp_path}/random.bin verify reset exit {FLASH:#x}")
        assert ran.returncode == 0, ran.stderr
        assert board.flash[: len(image)] == image


@pytest.mark.parametrize("way", WAYS, ids=str)
def test_a_silent_target_is_told_as_such(way: Way) -> None:
    with rig("STM32F103C8", way) as (board, options):
        board.board.power_off()
        ran = openocd(options, "init", "shutdown")
    assert ran.returncode != 0
    if way in (DAPDIRECT, HLA):
        assert "init mode failed (unable to connect to the target)" in ran.stderr
        assert "target voltage may be too low" in ran.stderr
    else:
        assert "Error connecting DP: cannot read IDR" in ran.stderr


# On one board: OpenOCD, then swdflash, then OpenOCD


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    with surroundings(tmp_path):
        yield Bench("--board", "bluepill", "--uptime", "0")


def ask_openocd(*commands: str) -> str:
    """Everything that it says; it ends well."""
    with serve_stlink("bench") as probe:
        way = f"st-link backend tcp {probe.port}; transport select dapdirect_swd"
        options = ["-f", "interface/stlink-dap.cfg", "-c", way]
        ran = openocd(options, "init; reset halt", *commands, "shutdown")
    assert ran.returncode == 0, ran.stderr
    return ran.stderr


def ask_swdflash(bench: Bench, *argv: str) -> Outcome:
    return command(*argv, "--via", bench.via, "--json")


def test_they_agree_on_what_is_erased(bench: Bench) -> None:
    flash = bytearray(b"\xff" * 64 * 1024)
    for page in (0, 3, 4, 63):
        flash[1024 * page + 77] = 0x7F
    bench.fill(bytes(flash))

    said = ask_openocd("flash erase_check 0")
    written = re.findall(r"0x(\w{8}) \(0x400 1kB\) not erased", said)
    pages = [int(offset, 16) // 1024 for offset in written]
    assert pages == [0, 3, 4, 63]

    ask_swdflash(bench, "read", f"{FLASH:#x}", "64k", "-o", "all.bin")
    read = Path("all.bin").read_bytes()
    assert [
        at // 1024 for at in range(0, 65536, 1024) if set(read[at : at + 1024]) != {0xFF}
    ] == pages


def test_they_agree_on_what_is_equal(bench: Bench) -> None:
    image = random.Random(5).randbytes(6_001)
    Path("image.bin").write_bytes(image)
    argv = ("image.bin@0x08001000",)
    assert ask_swdflash(bench, "write", *argv, "--force", "vector-stack").exit == 0
    assert "verified 6001 bytes" in ask_openocd("verify_image image.bin 0x08001000")

    flash = bytearray(bench.memory.flash)
    flash[0x1000 + 5000] ^= 1
    bench.fill(bytes(flash))
    said = ask_openocd("catch {verify_image image.bin 0x08001000} said; echo $said")
    address = FLASH + 0x1000 + 5000
    assert f"diff 0 address {address:#010x}" in said
    told = ask_swdflash(bench, "verify", *argv).error
    assert told["evidence"]["address"] == f"{address:#010x}"
    assert told["evidence"]["count"] == 1

    Path("good.bin").write_bytes(image)
    assert "wrote 6002 bytes" in ask_openocd("flash write_image erase good.bin 0x08001000")
    assert ask_swdflash(bench, "verify", *argv).exit == 0


def test_they_agree_on_protection(bench: Bench) -> None:
    bench.fill(random.Random(6).randbytes(64 * 1024))

    def read_protected() -> object:
        return ask_swdflash(bench, "info").document["result"]["protection"]["read_protected"]

    assert "read protection: off" in ask_openocd("stm32f1x options_read 0")
    assert read_protected() is False

    ask_openocd("stm32f1x lock 0")
    assert "read protection: on" in ask_openocd("stm32f1x options_read 0")
    assert read_protected() is True
    refused = ask_swdflash(bench, "read", f"{FLASH:#x}", "1k", "-o", "x.bin").error
    assert refused["code"] == "read-protected"

    ask_openocd("stm32f1x unlock 0")  # erases, as the manual has it (PM0075 §2.4.1)
    assert "read protection: off" in ask_openocd("stm32f1x options_read 0")
    assert read_protected() is False
    assert set(bench.memory.flash) == {0xFF}
