"""What no chip takes, by way of its ROM: refused before anything is touched."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from unittest import mock

import pytest

from swdflash.errors import Exit
from swdflash.sim.chip.rom import an3155
from tests.cli.conftest import must_match_its_schema
from tests.faults.bench import NAME, Bench, command, surroundings
from tests.faults.rom_bench import WAYS, data_file, put_option, refused, rom_bench
from tests.firmware.boards import elf

OTHER_CHIP = {"STM32F103C8": "STM32F103RC"}  # else a Blue Pill's
INFORMATION = 0x1FFF_F800  # option bytes of STM32F1 and F0
CHANGING_OR_READING = (
    "write",
    "verify",
    "read 0x08000000 16 -o x",
    "backup x",
    "erase --chip --yes",
    "go 0x08000000",
)
OPTIONS = {"STM32F405RG": 0x1FFF_C000}


@pytest.fixture(autouse=True)
def _own_state(tmp_path: Path) -> Iterator[None]:
    with surroundings(tmp_path):
        yield


@pytest.fixture(params=WAYS, ids="-".join)
def way(request: pytest.FixtureRequest) -> tuple[str, str]:
    found: tuple[str, str] = request.param
    return found


@pytest.fixture
def bench(way: tuple[str, str]) -> Bench:
    return rom_bench(*way)


def test_another_chip_than_the_named_one(
    bench: Bench, way: tuple[str, str], tmp_path: Path
) -> None:
    named = OTHER_CHIP.get(way[1], "STM32F103C8")
    argv = ("write", data_file(tmp_path), "--chip", named)
    error = refused(bench, *argv, code="another-chip", exit_code=10)
    assert named in error["why"]


def test_an_image_larger_than_flash(bench: Bench, tmp_path: Path) -> None:
    size = bench.chip.flash.span.size
    file = data_file(tmp_path, size, 0x0800_0400)
    error = refused(bench, "write", file, code="image-too-long", exit_code=7)
    assert "1024 bytes too many" in error["what"]


def test_an_image_with_bytes_among_the_option_bytes(
    bench: Bench, way: tuple[str, str], tmp_path: Path
) -> None:
    stray = tmp_path / "stray.bin"
    stray.write_bytes(bytes(16))
    at = OPTIONS.get(way[1], INFORMATION)
    argv = ("write", data_file(tmp_path), f"{stray}@{at:#x}")
    error = refused(bench, *argv, code="outside-flash", exit_code=7)
    assert f"{at:#010x}" in error["why"]


def test_an_elf_file_that_is_cut_off(bench: Bench, tmp_path: Path) -> None:
    whole = elf("f405_blinky").read_bytes()
    file = tmp_path / "cut.elf"
    file.write_bytes(whole[: len(whole) // 2])
    refused(bench, "write", str(file), code="elf-truncated", exit_code=7)


def test_write_protected_sectors(bench: Bench, tmp_path: Path) -> None:
    put_option("WRP0", 0xFE)
    told = command("info", "--via", bench.via, "--json").document["result"]["protection"]
    first = bench.chip.flash.sectors[: bench.chip.sectors_per_wrp_bit]
    protected = {"address": "0x08000000", "size": sum(sector.size for sector in first)}
    assert told["write_protected"] == [protected]
    for argv in (("write", data_file(tmp_path)), ("erase", "--chip", "--yes")):
        error = refused(bench, *argv, code="pages-write-protected", exit_code=6)
        assert f"{bench.chip.family.lower()}x.cfg" in error["next"][1]


def test_what_is_beside_write_protected_sectors_is_written(bench: Bench, tmp_path: Path) -> None:
    put_option("WRP0", 0xFE)
    free = bench.chip.flash.sectors[bench.chip.sectors_per_wrp_bit]
    before = bench.memory
    argv = ("write", data_file(tmp_path, 100, free.start), "--via", bench.via)
    assert command(*argv).exit == Exit.DONE
    shut = slice(free.start - 0x0800_0000)
    assert bench.memory.flash[shut] == before.flash[shut]


class TestReadProtected:
    @pytest.fixture
    def bench(self, way: tuple[str, str]) -> Bench:
        bench = rom_bench(*way)
        assert command("sim", "set", NAME, "--rdp", "1").exit == 0
        return bench

    @pytest.mark.parametrize("argv", CHANGING_OR_READING, ids=lambda argv: argv.split()[0])
    def test_nothing_is_read_or_changed(self, bench: Bench, argv: str, tmp_path: Path) -> None:
        words = argv.split()
        if words[0] in ("write", "verify"):
            words.append(data_file(tmp_path))
        error = refused(bench, *words, code="read-protected", exit_code=6)
        assert error["next"][0].startswith("swdflash unprotect")
        assert not Path("x").exists()

    def test_info_says_so(self, bench: Bench) -> None:
        told = command("info", "--via", bench.via, "--json")
        assert told.exit == Exit.DONE
        must_match_its_schema(told.document)
        assert told.document["result"]["protection"]["read_protected"]

    def test_it_is_taken_off_by_whoever_says_yes(self, bench: Bench, tmp_path: Path) -> None:
        refused(bench, "unprotect", code="nobody-to-ask", exit_code=10)
        told = command("unprotect", "--yes", "--via", bench.via, "--json")
        assert told.exit == Exit.DONE, told.out
        must_match_its_schema(told.document)
        assert bench.memory.flash == b"\xff" * bench.chip.flash.span.size
        assert command("write", data_file(tmp_path), "--via", bench.via).exit == Exit.DONE


@pytest.mark.parametrize(
    ("product_id", "words"),
    [(0x7FF, "no chip that swdflash knows"), (0x419, "STM32F42xxx")],
)
def test_an_unknown_product_id(product_id: int, words: str, tmp_path: Path) -> None:
    bench = rom_bench("uart", "STM32F103C8")
    with says_it_is(product_id):
        error = refused(bench, "write", data_file(tmp_path), code="unknown-rom", exit_code=10)
    assert f"{product_id:#05x}" in error["why"]
    assert words in error["why"]


def says_it_is(product_id: int) -> mock._patch[object]:
    """Every ROM answers Get ID by this."""

    def get_id(_rom: object) -> Iterator[an3155.Send]:
        yield an3155.Send(b"\x79\x01" + product_id.to_bytes(2, "big") + b"\x79")

    return mock.patch.object(an3155.An3155, "_get_id", get_id)
