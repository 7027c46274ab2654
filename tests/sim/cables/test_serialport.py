"""The adapter as pyserial shows it, in this process."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import serial

from swdflash.sim.opening import PluggedSerial, plug_in_serial
from swdflash.sim.store import Record, Store, serial_of
from swdflash.sim.wiring import Line, SerialTo, Wiring

SYNC, ACK, NACK = b"\x7f", b"\x79", b"\x1f"


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SWDFLASH_STATE_DIR", str(tmp_path))
    return tmp_path


@contextmanager
def adapter(**wires: Any) -> Iterator[PluggedSerial]:
    wiring = Wiring(serial=serial_of("it"), **{"boot0": 1, "uptime_s": 0.01} | wires)
    Store().create("it", Record(chip="STM32F103C8", wiring=wiring))
    with plug_in_serial("it") as plugged:
        yield plugged


def opened(plugged: PluggedSerial, **options: Any) -> Any:
    settings = {"baudrate": 115_200, "parity": "E", "timeout": 0.5} | options
    return serial.serial_for_url(plugged.place, **settings)


def test_the_bootloader_answers_in_its_time() -> None:
    with adapter() as plugged, opened(plugged) as port:
        before = plugged.now()
        assert port.write(SYNC) == 1
        assert plugged.now() == before
        port.flush()
        assert plugged.now() - before > 11 / 115_200
        assert port.read() == ACK
        port.write(b"\x02\xfd")
        assert port.read(5) == b"\x79\x01\x04\x10\x79"
        assert plugged.now() - before < 0.01


def test_a_timeout_passes_on_the_boards_clock() -> None:
    with adapter(boot0=0) as plugged, opened(plugged, timeout=3.0) as port:
        before = plugged.now()
        assert port.read(2) == b""
        assert plugged.now() - before == pytest.approx(3.0)


def test_sleep_is_the_boards() -> None:
    with adapter() as plugged:
        before = plugged.now()
        plugged.sleep(1.5)
        assert plugged.now() - before == pytest.approx(1.5)


def test_a_synchronised_rom_takes_0x7f_for_a_command_byte() -> None:
    with adapter() as plugged, opened(plugged) as port:
        port.write(SYNC)
        assert port.read() == ACK
        port.write(SYNC)
        assert port.read() == b""
        port.write(SYNC)
        assert port.read() == NACK


def test_another_rate_after_synchronisation_is_not_understood() -> None:
    with adapter() as plugged, opened(plugged) as port:
        port.write(SYNC)
        assert port.read() == ACK
        port.baudrate = 57_600
        port.write(b"\x02\xfd")
        assert port.read(5) != b"\x79\x01\x04\x10\x79"


def test_without_parity_commands_do_not_get_through() -> None:
    with adapter() as plugged, opened(plugged, parity="N") as port:
        port.write(SYNC)
        port.read()
        port.write(b"\x00\xff")
        assert port.read(15)[:1] != ACK


def test_modem_lines_reach_boot0_and_nrst() -> None:
    wires = {"boot0": 0, "serial_boot0": Line.RTS, "serial_nrst": Line.DTR, "uptime_s": 0.1}
    with adapter(**wires) as plugged, opened(plugged) as port:
        chip = plugged.board.chip
        assert (chip.boot0, chip.in_reset) == (1, True)  # both asserted by opening it
        port.dtr = False
        plugged.sleep(0.01)
        assert (chip.in_reset, chip.rom.running) == (False, True)
        port.write(SYNC)
        assert port.read() == ACK
        port.rts = False
        port.dtr = True
        port.dtr = False
        plugged.sleep(0.01)
        assert not chip.rom.running


def test_inverted_lines_and_closing() -> None:
    wires = {"serial_boot0": Line.NOT_DTR, "serial_nrst": Line.NOT_RTS, "uptime_s": 0.1}
    with adapter(**wires) as plugged:
        chip = plugged.board.chip
        assert (chip.boot0, chip.in_reset) == (1, True)  # nobody has opened it: nothing asserted
        with opened(plugged):
            assert (chip.boot0, chip.in_reset) == (0, False)
        assert (chip.boot0, chip.in_reset) == (1, True)


def test_lines_chosen_before_opening_come_after_the_drivers() -> None:
    with adapter(boot0=0, serial_nrst=Line.DTR) as plugged:
        resets = plugged.board.chip.f1.rcc
        port = serial.serial_for_url(plugged.place, do_not_open=True)
        port.dtr = False
        port.open()
        plugged.sleep(0.01)
        assert resets.CSR >> 26 & 1  # PINRSTF: it was low for a moment
        assert not plugged.board.chip.in_reset
        port.close()


def test_input_is_discarded() -> None:
    with adapter() as plugged, opened(plugged) as port:
        port.write(SYNC)
        plugged.sleep(0.01)
        assert port.in_waiting == 1
        port.reset_input_buffer()
        assert port.in_waiting == 0
        assert port.read() == b""


def test_an_echo_is_an_echo() -> None:
    with adapter(serial_to=SerialTo.ECHO) as plugged, opened(plugged) as port:
        port.write(b"\x7fhello")
        assert port.read(20) == b"\x7fhello"


def test_nothing_answers_nothing() -> None:
    with adapter(serial_to=SerialTo.NOTHING) as plugged, opened(plugged) as port:
        port.write(SYNC)
        assert port.read() == b""


def test_a_modem_answers_at() -> None:
    with adapter(serial_to=SerialTo.MODEM) as plugged, opened(plugged, parity="N") as port:
        port.write(b"AT\r")
        assert port.read(20) == b"AT\r\r\nOK\r\n"


def test_a_gps_receiver_talks_unasked() -> None:
    with adapter(serial_to=SerialTo.GPS) as plugged:
        with opened(plugged, baudrate=9600, parity="N", timeout=1.0) as port:
            assert b"$GPGGA," in port.read(100)
        with opened(plugged, timeout=1.0) as port:
            assert port.read(100) != b""


def test_noise_is_noise() -> None:
    with adapter(serial_to=SerialTo.NOISE) as plugged, opened(plugged, timeout=2.0) as port:
        assert len(set(port.read(200))) > 10


def test_pulled_out_it_fails_as_ports_do() -> None:
    with adapter() as plugged:
        port = opened(plugged)
        plugged.adapter.unplug()
        with pytest.raises(serial.SerialException, match="write failed"):
            port.write(SYNC)
        with pytest.raises(serial.SerialException, match="disconnected"):
            port.read()
        with pytest.raises(OSError, match="Input/output error"):
            port.rts = False
        port.close()
        with pytest.raises(serial.SerialException) as refused:
            opened(plugged)
        assert refused.value.errno == errno.ENOENT


@pytest.mark.parametrize(("fault", "number"), [("busy", errno.EBUSY), ("denied", errno.EACCES)])
def test_a_port_that_cannot_be_had(
    fault: str, number: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SWDFLASH_SIM_FAULT", fault)
    with adapter() as plugged, pytest.raises(serial.SerialException) as refused:
        opened(plugged)
    assert refused.value.errno == number


def test_one_at_a_time() -> None:
    with adapter() as plugged, opened(plugged):
        with pytest.raises(serial.SerialException) as refused:
            opened(plugged)
        assert refused.value.errno == errno.EBUSY


def test_a_break_is_heard_as_a_zero() -> None:
    with adapter(serial_to=SerialTo.ECHO) as plugged, opened(plugged) as port:
        before = plugged.now()
        port.send_break(0.25)
        assert plugged.now() - before == pytest.approx(0.25)
        assert port.read(2) == b"\0"


@pytest.mark.parametrize(
    ("fault", "echoed"),
    [("lose@2", b"ac"), ("double@2", b"abbc"), ("lose@4", b"bc"), ("double@5", b"abbc")],
)
def test_bytes_are_lost_and_doubled_both_ways(
    fault: str, echoed: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SWDFLASH_SIM_FAULT", fault)
    with adapter(serial_to=SerialTo.ECHO) as plugged, opened(plugged) as port:
        port.write(b"abc")
        assert port.read(10) == echoed


def test_a_bit_flips_and_noise_comes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SWDFLASH_SIM_FAULT", "bit-flip@1,noise@3")
    with adapter(serial_to=SerialTo.ECHO) as plugged, opened(plugged) as port:
        port.write(b"abc")
        got = port.read(30)
        assert (got[0] ^ ord("a")).bit_count() == 1
        assert got[1:2] == b"b"
        assert got[-1:] == b"c"
        assert len(got) > 3


def test_the_cable_is_pulled_at_a_byte(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SWDFLASH_SIM_FAULT", "unplug@3")
    with adapter() as plugged:
        port = opened(plugged)
        port.write(SYNC)
        assert port.read() == ACK
        with pytest.raises(serial.SerialException):
            port.write(b"\x02\xfd")


def test_the_supply_goes_at_a_byte(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SWDFLASH_SIM_FAULT", "power-cut@3")
    with adapter() as plugged, opened(plugged) as port:
        port.write(SYNC)
        assert port.read() == ACK
        port.write(b"\x02\xfd")
        assert port.read(5) == b""
        assert not plugged.board.powered


def test_wrong_parity_is_noticed_where_it_is_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    """The ROM of the STM32F103 does not look; that of its XL-density relative is ST's word."""
    monkeypatch.setenv("SWDFLASH_SIM_FAULT", "bad-parity@3")
    answers = []
    for chip in ("STM32F103C8", "STM32F103ZG"):
        wiring = Wiring(serial=serial_of(chip), boot0=1, uptime_s=0.01)
        Store().create(chip, Record(chip=chip, wiring=wiring))
        with plug_in_serial(chip) as plugged, opened(plugged) as port:
            port.write(SYNC)
            assert port.read() == ACK
            port.write(b"\x02\xfd")
            answers.append(port.read())
    assert answers == [ACK, NACK]
