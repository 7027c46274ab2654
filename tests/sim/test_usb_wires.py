"""Which USB device a board is, and when: by its ROM, its crystal, its wires, its firmware."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import usb.core

from swdflash.memory import Span
from swdflash.sim.bus import Master
from swdflash.sim.chip.rom.dfu_identity import serial_number
from swdflash.sim.opening import PluggedUsb, plug_in_usb
from swdflash.sim.store import Record, Store
from swdflash.sim.wiring import Wiring

CHIP, HSE_HZ = "STM32F107VC", 25_000_000
DFU = 0xDF11


@pytest.fixture(autouse=True)
def _state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SWDFLASH_STATE_DIR", str(tmp_path))


@contextmanager
def board(chip: str = CHIP, **wires: Any) -> Iterator[PluggedUsb]:
    wiring = Wiring(serial="A" * 24, **{"boot0": 1, "hse_hz": HSE_HZ, **wires})
    Store().create("bench", Record(chip=chip, wiring=wiring))
    with Store().open("bench") as kept:
        kept.nonvolatile.flash[0x4000:0x4400] = bytes(0x400)
    with plug_in_usb("bench") as plugged:
        yield plugged


def found() -> Any:
    return usb.core.find(idProduct=DFU)


def test_the_rom_is_there_while_it_runs() -> None:
    with board() as plugged:
        device = found()
        assert device.serial_number == plugged.place == "STM32"
        plugged.board.hold_reset()
        assert found() is None
        plugged.board.release_reset()
        plugged.sleep(0.1)
        assert found() is None
        plugged.sleep(0.1)
        assert found().address != device.address
        plugged.board.power_off()
        assert found() is None


@pytest.mark.parametrize(
    ("chip", "wires"),
    [
        (CHIP, {"boot0": 0}),
        (CHIP, {"usb": False}),
        (CHIP, {"hse_hz": 12_000_000}),
        (CHIP, {"hse_hz": None}),
        ("STM32F103C8", {}),
    ],
)
def test_where_there_is_nothing(chip: str, wires: dict[str, Any]) -> None:
    with board(chip, **wires):
        assert found() is None


def test_the_probe_is_there_beside_it() -> None:
    with board():
        assert len(list(usb.core.find(find_all=True, idVendor=0x0483))) == 2


def status(device: Any) -> tuple[int, int]:
    answer = device.ctrl_transfer(0xA1, 3, 0, 0, 6)
    return answer[0], answer[4]


def test_firmware_that_is_a_dfu_device_is_not_the_roms() -> None:
    with board("STM32F103C8", boot0=0, usb_firmware=True) as plugged:
        flash = plugged.board.chip.chip.flash.start
        before = plugged.board.chip.bus.read(flash + 0x4000, 4, Master.CORE)
        assert before == 0
        device = found()
        assert (device.bcdDevice, device.product) == (0x0200, "STM32 DownLoad Firmware Update")
        assert status(device) == (0, 2)
        assert bytes(device.ctrl_transfer(0xA1, 2, 0, 0, 4)) == b"\x00\x21\x41"
        for data, ends in ((b"\x41\0\x40\0\x08", (0, 5)), (b"\x41\0\0\0\x08", (1, 10))):
            device.ctrl_transfer(0x21, 1, 0, 0, data)
            status(device)
            assert status(device) == ends
        assert plugged.board.chip.bus.read(flash + 0x4000, 4, Master.CORE) == 0xFFFF_FFFF


def test_the_same_socket_has_the_rom_or_the_firmware() -> None:
    with board(usb_firmware=True) as plugged:
        assert found().bcdDevice == 0x2200
        plugged.board.set_boot0(0)
        plugged.board.press_reset()
        plugged.sleep(1)
        assert found().bcdDevice == 0x0200


@pytest.mark.parametrize(
    ("chip", "serial", "poll_ms"),
    [("STM32F405RG", None, 100), ("STM32F072RB", "FFFFFFFEFFFF", 40), (CHIP, "STM32", 40)],
)
def test_what_roms_say_of_themselves(chip: str, serial: str | None, poll_ms: int) -> None:
    """An F405 says 100 ms for a mass erase that takes 8 s at least (dfu-util ticket 37)."""
    with board(chip) as plugged:
        device = found()
        span = plugged.board.chip.chip.uid
        words = (plugged.board.chip.bus.read(at, 4, Master.CORE) for at in range(*ends(span), 4))
        uid = b"".join(word.to_bytes(4, "little") for word in words)
        assert device.serial_number == plugged.place == (serial or serial_number(uid))
        device.ctrl_transfer(0x21, 4)
        device.ctrl_transfer(0x21, 1, 0, 0, b"\x41")
        answer = device.ctrl_transfer(0xA1, 3, 0, 0, 6)
        assert int.from_bytes(answer[1:4], "little") == poll_ms


def ends(span: Span) -> tuple[int, int]:
    return span.start, span.end


@pytest.mark.parametrize(("chip", "there"), [("STM32F405RG", False), ("STM32F072RB", True)])
def test_some_roms_need_a_crystal(chip: str, there: bool) -> None:
    with board(chip, hse_hz=None):
        assert (found() is not None) == there
