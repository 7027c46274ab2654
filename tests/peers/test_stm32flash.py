"""stm32flash, unmodified, against the virtual bootloader; what it did is asked of the board."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest

from swdflash import read_image
from swdflash.sim.wiring import Line
from tests.peers.serial_line import Bench, bench, build_shim

WIRED: dict[str, Any] = {"boot0": 0, "serial_boot0": Line.RTS, "serial_nrst": Line.DTR}
ENTRY = "rts&dtr,-dtr,:-rts&dtr,-dtr"  # BOOT0 high, a pulse on NRST; and back to flash
KIB = 1024
BLINKY = Path(__file__).parents[2] / "examples" / "blinky" / "blinky.elf"


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SWDFLASH_STATE_DIR", str(tmp_path / "state"))
    return tmp_path


@pytest.fixture(scope="module")
def shim(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_shim(tmp_path_factory.mktemp("shim"))


def noise(size: int) -> bytes:
    return random.Random(size).randbytes(size)


def file_of(folder: Path, data: bytes) -> str:
    path = folder / "image.bin"
    path.write_bytes(data)
    return str(path)


def stm32flash(line: Bench, *options: str, baud: int = 115_200) -> str:
    """Run it; it must succeed."""
    ran = line.run("stm32flash", "-b", str(baud), *options, line.port)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout


def test_it_knows_the_chip(shim: Path) -> None:
    with bench(shim) as line:
        said = stm32flash(line)
    assert "Version      : 0x22" in said
    assert "Device ID    : 0x0410 (STM32F10xxx Medium-density)" in said
    assert "8E1" in said


@pytest.mark.parametrize(
    ("baud", "size"),
    [
        (1200, 2 * KIB),
        (57_600, 16 * KIB),
        (115_200, 64 * KIB),
        (230_400, 16 * KIB),
        (460_800, 16 * KIB),
    ],
)
def test_write_and_verify_at_several_rates(baud: int, size: int, shim: Path, state: Path) -> None:
    image = noise(size)
    with bench(shim) as line:
        stm32flash(line, "-w", file_of(state, image), "-v", baud=baud)
        assert line.flash(0, size) == image


@pytest.mark.parametrize("chip", ["STM32F072RB", "STM32F405RG", "STM32F103ZG"])
def test_other_chips_with_their_erase(chip: str, shim: Path, state: Path) -> None:
    image = noise(20 * KIB)
    with bench(shim, chip=chip, uptime_s=0.1) as line:
        line.fill(bytes(64 * KIB))
        stm32flash(line, "-w", file_of(state, image), "-v")
        assert line.flash(0, len(image)) == image
        stm32flash(line, "-c", "-o")
        assert line.flash(0, 64 * KIB) == b"\xff" * 64 * KIB


def test_write_leaves_what_lies_behind(shim: Path, state: Path) -> None:
    before = noise(64 * KIB)
    with bench(shim) as line:
        line.fill(before)
        stm32flash(line, "-w", file_of(state, b"new!" * 300), "-v")
        assert line.flash(0, 1200) == b"new!" * 300
        assert line.flash(2 * KIB, 62 * KIB) == before[2 * KIB :]
        wear = [
            line.board.chip.f1.flash.erase_count(each)
            for each in line.board.chip.chip.flash.sectors
        ]
        assert wear == [1, 1] + [0] * 62


def test_read(shim: Path, state: Path) -> None:
    image, read = noise(64 * KIB), state / "read.bin"
    with bench(shim) as line:
        line.fill(image)
        stm32flash(line, "-r", str(read), "-S", "0x08000000:65536")
    assert read.read_bytes() == image


def test_erase(shim: Path) -> None:
    with bench(shim) as line:
        line.fill(bytes(64 * KIB))
        stm32flash(line, "-o", "-S", "0x08000000:4096")
        assert line.flash(0, 5 * KIB) == b"\xff" * 4 * KIB + bytes(KIB)
        stm32flash(line, "-o", "-c")
        assert line.flash(0, 64 * KIB) == b"\xff" * 64 * KIB


def test_go_runs_what_was_written(shim: Path, state: Path) -> None:
    # LDR r0,[pc,#4]; MOVS r1,#42; STR r1,[r0]; B .: no interrupts, since the ROM leaves VTOR at 0,
    # where system memory is seen (RM0008 §3.4).
    code = bytes.fromhex("00100020 09000008 0148 2a21 0160 fee7 00080020")
    with bench(shim) as line:
        stm32flash(line, "-w", file_of(state, code), "-v", "-g", "0x0")
        with line.served.life.turn:
            line.board.spend(0.01)
            assert not line.board.chip.rom.running
            assert line.board.chip.f1.ram.buffer[0x800] == 42


def test_lines_lead_in_and_out_again(shim: Path, state: Path) -> None:
    (blinky,) = read_image(str(BLINKY)).image.segments
    with bench(shim, **WIRED) as line:
        stm32flash(line, "-i", ENTRY, "-w", file_of(state, blinky.data), "-v")
        assert line.flash(0, len(blinky.data)) == blinky.data
        with line.served.life.turn:
            line.board.spend(1.1)
            assert not line.board.chip.rom.running
            assert line.board.chip.f1.ports["C"].edge_count[13] >= 4


def test_wrong_polarity_finds_nobody(shim: Path) -> None:
    with bench(shim, **WIRED) as line:
        ran = line.run("stm32flash", "-i", "-rts&dtr,-dtr,", line.port)
    assert ran.returncode != 0
    assert "Failed to init device" in ran.stderr + ran.stdout


def test_without_parity_it_does_not_get_far(shim: Path) -> None:
    with bench(shim) as line:
        ran = line.run("stm32flash", "-m", "8n1", "-b", "115200", line.port)
    assert ran.returncode != 0


def test_a_bare_pseudo_terminal_will_do_without_parity(shim: Path, state: Path) -> None:
    image = noise(4 * KIB)
    with bench(shim) as line:
        argv = ["stm32flash", "-m", "8n1", "-b", "115200", "-w", file_of(state, image), "-v"]
        ran = line.run(*argv, line.port, shim=False)
        assert ran.returncode == 0, ran.stdout + ran.stderr
        assert line.flash(0, 4 * KIB) == image


def test_read_protection_on_and_off_again(shim: Path, state: Path) -> None:
    with bench(shim) as line:
        line.fill(b"secret" * 100)
        stm32flash(line, "-j")
        assert line.board.chip.rom.memory.protected
        ran = line.run("stm32flash", "-b", "115200", "-r", str(state / "no"), line.port)
        assert ran.returncode != 0
        assert line.flash(0, 600) == b"secret" * 100
        stm32flash(line, "-c", "-k")
        assert line.flash(0, 600) == b"\xff" * 600


def test_write_protection_is_taken_away(shim: Path, state: Path) -> None:
    image = noise(KIB)
    with bench(shim) as line:
        chip = line.board.chip
        with line.served.life.turn:
            line.board.chip.f1.information_block.buffer[0x808:0x80A] = b"\x00\xff"
            line.board.press_reset(hold_s=0.01)
            line.board.spend(0.1)
        assert chip.f1.options.wrpr == 0xFFFF_FF00
        stm32flash(line, "-u")
        assert chip.f1.options.wrpr == 0xFFFF_FFFF
        stm32flash(line, "-w", file_of(state, image), "-v")
        assert line.flash(0, KIB) == image
