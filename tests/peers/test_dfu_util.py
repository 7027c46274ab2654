"""dfu-util, unmodified, on boards whose ROM has USB; what it did is asked of their memory."""

from __future__ import annotations

import random
import struct
from collections.abc import Iterator
from pathlib import Path

import pytest

from swdflash.sim.board import VirtualBoard
from swdflash.sim.bus import Master
from swdflash.sim.cables.exec import run_with_board
from swdflash.sim.faults import NO_FAULTS, FaultPlan
from swdflash.sim.store import Kept, Record, Store
from swdflash.sim.unpowered import protect, protection
from swdflash.sim.wiring import Wiring

HSE_HZ = {"STM32F107VC": 25_000_000, "STM32F405RG": 8_000_000, "STM32F072RB": None}
ST_LINK_SERIAL = "066DFF535051717867112233"
WORD_AT, WORD = 0x2000_3800, 0x00C0_FFEE


@pytest.fixture(params=HSE_HZ)
def kept(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Kept]:
    """A board with BOOT0 high, which nobody else has."""
    monkeypatch.setenv("SWDFLASH_STATE_DIR", str(tmp_path))
    wiring = Wiring(serial=ST_LINK_SERIAL, boot0=1, hse_hz=HSE_HZ[request.param])
    Store().create("bench", Record(chip=request.param, wiring=wiring))
    with Store().open("bench") as opened:
        yield opened


class DfuUtil:
    """Runs dfu-util on a board that has been on for a while; what it said is kept."""

    def __init__(self, kept: Kept, capfd: pytest.CaptureFixture[str]) -> None:
        self._capfd = capfd
        self.board = VirtualBoard.of(kept)
        self.said = ""

    def __call__(self, *words: str, faults: FaultPlan = NO_FAULTS) -> int:
        if not self.board.powered:
            self.board.boot()
        code = run_with_board(self.board, ["dfu-util", *words], faults).exit_code
        self.said = "".join(self._capfd.readouterr())
        return code


@pytest.fixture
def dfu_util(kept: Kept, capfd: pytest.CaptureFixture[str]) -> DfuUtil:
    return DfuUtil(kept, capfd)


def flash_of(kept: Kept) -> bytes:
    return bytes(kept.nonvolatile.flash[: kept.chip.flash.span.size])


def noise(size: int) -> bytes:
    return random.Random(size).randbytes(size)


def application() -> bytes:
    """Stores WORD at WORD_AT and stands still."""
    vectors = struct.pack("<II", 0x2000_3000, 0x0800_0009)
    ldr_r0, ldr_r1, str_r1_r0, here = 0x4801, 0x4902, 0x6001, 0xE7FE
    code = struct.pack("<4H", ldr_r0, ldr_r1, str_r1_r0, here)
    return vectors + code + struct.pack("<II", WORD_AT, WORD)


def test_it_is_listed_with_its_layout(kept: Kept, dfu_util: DfuUtil) -> None:
    assert dfu_util("-l") == 0
    facts = kept.chip.rom.dfu
    assert facts is not None
    for number, name in enumerate(facts.alternates):
        assert f'alt={number}, name="{name}"' in dfu_util.said
    assert dfu_util.said.count("Found DFU: [0483:df11] ver=2200") == len(facts.alternates)
    assert dfu_util.board.usb is not None
    assert f'serial="{dfu_util.board.usb.identity.serial}"' in dfu_util.said


def test_without_boot0_there_is_nothing(kept: Kept, dfu_util: DfuUtil) -> None:
    dfu_util.board.set_boot0(0)
    assert dfu_util("-l") == 0
    assert "Found DFU" not in dfu_util.said


def test_an_image_is_downloaded_byte_by_byte(kept: Kept, dfu_util: DfuUtil, tmp_path: Path) -> None:
    kept.nonvolatile.flash[:] = bytes(len(kept.nonvolatile.flash))
    image = noise(5001)
    (tmp_path / "image.bin").write_bytes(image)
    code = dfu_util("-a", "0", "-s", "0x08000000", "-D", str(tmp_path / "image.bin"))
    assert code == 0, dfu_util.said
    flash = flash_of(kept)
    assert flash[: len(image)] == image
    erased = -(-len(image) // kept.chip.flash.sectors[0].size) * kept.chip.flash.sectors[0].size
    rest = flash[len(image) + len(image) % 2 : erased]
    assert rest == b"\xff" * len(rest)
    assert flash[erased:] == bytes(len(flash) - erased)


def test_flash_is_uploaded_byte_by_byte(kept: Kept, dfu_util: DfuUtil, tmp_path: Path) -> None:
    kept.nonvolatile.flash[0x1000:0x3800] = noise(0x2800)
    code = dfu_util("-a", "0", "-s", "0x08001000:9001", "-U", str(tmp_path / "flash.bin"))
    assert code == 0, dfu_util.said
    assert (tmp_path / "flash.bin").read_bytes() == flash_of(kept)[0x1000 : 0x1000 + 9001]


# dfu-util waits 35 s for an F405's, whatever the device announces (dfuse.c).
@pytest.mark.parametrize("kept", [chip for chip in HSE_HZ if "F405" not in chip], indirect=True)
def test_mass_erase(kept: Kept, dfu_util: DfuUtil, tmp_path: Path) -> None:
    kept.nonvolatile.flash[:] = bytes(len(kept.nonvolatile.flash))
    (tmp_path / "image.bin").write_bytes(b"text")
    options = "0x08000000:mass-erase:force"
    code = dfu_util("-a", "0", "-s", options, "-D", str(tmp_path / "image.bin"))
    assert code == 0, dfu_util.said
    flash = flash_of(kept)
    assert flash == b"text" + b"\xff" * (len(flash) - 4)


def test_unprotect_erases_and_the_device_comes_back(kept: Kept, dfu_util: DfuUtil) -> None:
    kept.nonvolatile.flash[:] = bytes(len(kept.nonvolatile.flash))
    protect(kept, 1)
    assert dfu_util("-a", "0", "-s", "0x08000000:16", "-U", "/dev/null") != 0
    assert dfu_util("-a", "0", "-s", ":unprotect:force", "-D", "/dev/null") == 0, dfu_util.said
    dfu_util.board.spend(1)
    flash = flash_of(kept)
    assert flash == b"\xff" * len(flash)
    assert protection(kept) == 0
    assert dfu_util("-l") == 0
    assert "Found DFU" in dfu_util.said


def test_leave_runs_the_application(kept: Kept, dfu_util: DfuUtil, tmp_path: Path) -> None:
    (tmp_path / "app.bin").write_bytes(application())
    code = dfu_util("-a", "0", "-s", "0x08000000:leave", "-D", str(tmp_path / "app.bin"))
    assert code == 0, dfu_util.said
    board = dfu_util.board
    board.spend(0.01)
    assert not board.chip.rom.running
    assert board.chip.bus.read(WORD_AT, 4, Master.DEBUG) == WORD
    assert dfu_util("-l") == 0
    assert "Found DFU" not in dfu_util.said


def test_a_supply_that_goes_while_it_writes(kept: Kept, dfu_util: DfuUtil, tmp_path: Path) -> None:
    (tmp_path / "image.bin").write_bytes(noise(5001))
    words = ("-a", "0", "-s", "0x08000000", "-D", str(tmp_path / "image.bin"))
    assert dfu_util(*words, faults=FaultPlan.parse("power-cut-busy@12")) != 0
    assert not dfu_util.board.powered
    assert dfu_util(*words) == 0, dfu_util.said
    assert flash_of(kept)[:5001] == noise(5001)


def test_it_waits_for_a_hand(kept: Kept, dfu_util: DfuUtil, tmp_path: Path) -> None:
    board = dfu_util.board
    board.set_boot0(0)
    board.boot()
    board.set_boot0(1)
    board.press_reset(after_s=1.5)
    code = dfu_util("-w", "-a", "0", "-s", "0x08000000:64", "-U", str(tmp_path / "flash.bin"))
    assert code == 0, dfu_util.said
    assert "Waiting for device" in dfu_util.said
    assert (tmp_path / "flash.bin").read_bytes() == flash_of(kept)[:64]


# Permission is refused at the first ioctl, for umockdev lets every open succeed: libusb has no
# word for that.
@pytest.mark.parametrize(("plan", "words"), [("busy", "BUSY"), ("denied", "OTHER")])
def test_a_device_that_cannot_be_had(
    kept: Kept, dfu_util: DfuUtil, plan: str, words: str, tmp_path: Path
) -> None:
    upload = ("-a", "0", "-s", "0x08000000:64", "-U", str(tmp_path / "flash.bin"))
    assert dfu_util(*upload, faults=FaultPlan.parse(plan)) != 0
    assert f"LIBUSB_ERROR_{words}" in dfu_util.said
