"""pyusb, unmodified, with a board's own USB in reach."""

from __future__ import annotations

import struct
import time
from collections.abc import Iterator
from typing import Any

import pytest
import usb.core
import usb.util

from swdflash.sim.cables.hostside.host import Host
from swdflash.sim.cables.hostside.usb import UsbFault
from swdflash.sim.cables.hub import Hub
from swdflash.sim.cables.usb_socket import UsbSocket
from swdflash.sim.faults import FaultPlan
from tests.fakes.rom_memory import FLASH, MASS_S, SECTOR_S
from tests.sim.cables.toy_usb import NAMES, SERIAL, ToyUsbBoard

OUT, IN = 0x21, 0xA1
DNLOAD, UPLOAD, GETSTATUS, CLRSTATUS = 1, 2, 3, 4
IDLE, DNBUSY, DNLOAD_IDLE, ERROR = 2, 4, 5, 10


@pytest.fixture
def board() -> ToyUsbBoard:
    made = ToyUsbBoard()
    made.spend(1)
    return made


@pytest.fixture
def device(board: ToyUsbBoard) -> Iterator[Any]:
    with Host(Hub([UsbSocket(board, board.usb)])):
        found = usb.core.find(idVendor=0x0483, idProduct=0xDF11)
        assert state_of(found) == ERROR
        found.ctrl_transfer(OUT, CLRSTATUS)
        yield found


def state_of(device: Any, timeout: int = 5000) -> int:
    _status, _poll, state, _text = struct.unpack(
        "<B3sBB", device.ctrl_transfer(IN, GETSTATUS, 0, 0, 6, timeout=timeout)
    )
    assert isinstance(state, int)
    return state


def command(device: Any, *data: int) -> None:
    device.ctrl_transfer(OUT, DNLOAD, 0, 0, bytes(data))
    assert state_of(device) == DNBUSY


def test_descriptors(device: Any) -> None:
    assert device.serial_number == SERIAL
    assert (device.bcdDevice, device.bcdUSB, device.product) == (
        0x2200,
        0x0100,
        "STM32  BOOTLOADER",
    )
    settings = list(device.get_active_configuration())
    assert [usb.util.get_string(device, each.iInterface) for each in settings] == list(NAMES)
    assert {(each.bInterfaceClass, each.bInterfaceProtocol) for each in settings} == {(0xFE, 2)}
    assert bytes(settings[-1].extra_descriptors) == bytes.fromhex("09 21 0b ff00 0008 1a01")


def test_alternate_settings_are_chosen_among_those_that_exist(
    board: ToyUsbBoard, device: Any
) -> None:
    device.set_interface_altsetting(0, 1)
    hub = Hub([UsbSocket(board, board.usb)])
    (found,) = hub.devices()
    hub.choose(found.address, 0, 1)
    with pytest.raises(UsbFault):
        hub.choose(found.address, 0, 2)


def test_memory_is_written_and_read(board: ToyUsbBoard, device: Any) -> None:
    data = bytes(index * 7 & 0xFF for index in range(2048))
    command(device, 0x21, *struct.pack("<I", FLASH.start + 0x4000))
    assert state_of(device) == DNLOAD_IDLE
    device.ctrl_transfer(OUT, DNLOAD, 2, 0, data)
    assert state_of(device) == DNBUSY
    assert state_of(device) == DNLOAD_IDLE
    assert board.memory.flash[0x4000:0x4800] == data
    device.ctrl_transfer(OUT, 6)
    assert bytes(device.ctrl_transfer(IN, UPLOAD, 2, 0, 2048)) == data


def test_a_request_out_of_place_is_a_stall(device: Any) -> None:
    with pytest.raises(usb.core.USBError, match=r"[Pp]ipe"):
        device.ctrl_transfer(OUT, DNLOAD, 1, 0, b"data")
    assert state_of(device) == ERROR


def test_transfers_cost_their_stages_and_packets(board: ToyUsbBoard, device: Any) -> None:
    before = board.clock.now
    device.ctrl_transfer(OUT, DNLOAD, 2, 0, bytes(2048))
    assert board.clock.now - before == pytest.approx(3 * 75e-6 + 31 / 19e3)


def test_a_chip_at_work_answers_when_it_has_done(board: ToyUsbBoard, device: Any) -> None:
    command(device, 0x41, *struct.pack("<I", FLASH.start))
    answered = board.clock.now - SECTOR_S  # the board is ahead of the host by what it does
    assert state_of(device) == DNLOAD_IDLE
    assert board.clock.now - answered == pytest.approx(SECTOR_S, abs=0.001)


def test_a_host_that_does_not_wait_so_long_gets_a_timeout(board: ToyUsbBoard, device: Any) -> None:
    command(device, 0x41)
    with pytest.raises(usb.core.USBTimeoutError):
        state_of(device, timeout=5000)
    time.sleep(MASS_S - 5)
    before = board.clock.now
    assert state_of(device, timeout=10) == DNLOAD_IDLE
    assert board.clock.now - before < 0.001


def test_sleeping_through_the_work_costs_nothing_more(board: ToyUsbBoard, device: Any) -> None:
    before = board.clock.now
    command(device, 0x41)
    time.sleep(MASS_S)
    assert state_of(device) == DNLOAD_IDLE
    assert board.clock.now - before == pytest.approx(MASS_S, abs=0.01)


def test_after_a_reset_it_is_back_with_another_address(board: ToyUsbBoard, device: Any) -> None:
    device.ctrl_transfer(OUT, DNLOAD, 0, 0, b"\x92")
    assert state_of(device) == DNBUSY
    time.sleep(MASS_S)
    with pytest.raises(usb.core.USBError, match=r"[Nn]o such device"):
        state_of(device)
    assert usb.core.find() is None
    time.sleep(0.2)
    again = usb.core.find()
    assert again.address != device.address
    assert again.port_numbers == device.port_numbers
    assert state_of(again) == ERROR


def test_leaving_takes_it_off_the_bus(board: ToyUsbBoard, device: Any) -> None:
    board.memory.on_jump = board.power_off
    device.ctrl_transfer(OUT, DNLOAD, 0, 0, b"")
    assert state_of(device) == 7
    assert usb.core.find() is None


def test_another_interface_was_faster(board: ToyUsbBoard) -> None:
    board.program.chosen = "USART1"
    with Host(Hub([UsbSocket(board, board.usb)])):
        assert usb.core.find() is None


def test_a_host_needs_its_time_to_find_it() -> None:
    board = ToyUsbBoard()
    with Host(Hub([UsbSocket(board, board.usb)])):
        assert usb.core.find() is None
        time.sleep(0.15)
        assert usb.core.find() is not None


def faulty(board: ToyUsbBoard, plan: str) -> Host:
    return Host(Hub([UsbSocket(board, board.usb, FaultPlan.parse(plan))]))


def test_a_cable_that_is_pulled(board: ToyUsbBoard) -> None:
    with faulty(board, "unplug@2"):
        device = usb.core.find()
        assert state_of(device) == ERROR
        with pytest.raises(usb.core.USBError, match=r"[Nn]o such device"):
            state_of(device)
        assert usb.core.find() is None
        assert board.program.listening


@pytest.mark.parametrize("plan", ["busy", "denied"])
def test_a_device_that_cannot_be_had(board: ToyUsbBoard, plan: str) -> None:
    with faulty(board, plan), pytest.raises(usb.core.USBError):
        usb.util.claim_interface(usb.core.find(), 0)


def test_a_supply_that_goes_while_the_chip_is_at_work(board: ToyUsbBoard) -> None:
    with faulty(board, "power-cut-busy@1"):
        device = usb.core.find()
        device.ctrl_transfer(OUT, CLRSTATUS)
        command(device, 0x41, *struct.pack("<I", FLASH.start))
        time.sleep(0.1)
        with pytest.raises(usb.core.USBError, match=r"[Nn]o such device"):
            state_of(device)


def test_a_bit_that_flips(board: ToyUsbBoard) -> None:
    board.memory.flash[:] = bytes(FLASH.size)
    with faulty(board, "bit-flip@2"):
        device = usb.core.find()
        device.ctrl_transfer(OUT, CLRSTATUS)
        got = device.ctrl_transfer(IN, UPLOAD, 2, 0, 64)
        assert sum(byte.bit_count() for byte in got) == 1
