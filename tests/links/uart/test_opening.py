"""Opening a port, and finding a ROM behind it, on virtual boards."""

from __future__ import annotations

import os
import random
import re
from contextlib import ExitStack
from pathlib import Path

import pytest

from swdflash.errors import Exit, SwdflashError
from swdflash.links.base import RomLink
from swdflash.links.errors import BadVia
from swdflash.links.pace import Pace
from swdflash.links.rom_factory import detect_lines, open_rom_link
from swdflash.links.uart.errors import NoPort, PortLost, RomSilent
from swdflash.links.uart.line import ModemLine
from swdflash.links.uart.lines import Lines, Wire
from swdflash.links.uart.opening import open_line, open_link
from swdflash.links.via import parse
from swdflash.sim.opening import PluggedSerial, plug_in_serial
from swdflash.sim.wiring import Line, SerialTo
from tests.links.uart.boards import BY_LINES, CHIP, FLASH, NAME, WAY, WIRED, board, dump


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SWDFLASH_STATE_DIR", str(tmp_path / "state"))


def opened(plugged: PluggedSerial, options: str = "", timeout_s: float = 0.0) -> RomLink:
    way = parse(f"uart:/dev/ttyUSB0?{options}" if options else "uart:/dev/ttyUSB0")
    pace = Pace(plugged.now, plugged.sleep, simulated=True)
    with ExitStack() as held:
        return open_link(way, plugged.place, pace, timeout_s=timeout_s, held=held.pop_all())


def test_it_says_what_it_is() -> None:
    board()
    with open_rom_link(WAY) as link:
        assert link.about.product_id == 0x410
        assert (link.about.protocol, link.about.version) == ("AN3155", "2.2")
        assert not link.about.protected
        assert link.info.via == WAY
        assert link.info.clock_hz == 115200
        assert link.info.simulated
        assert link.read(0x1FFF_F7E0, 2) == (64).to_bytes(2, "little")


@pytest.mark.parametrize("baud", [1200, 9600, 38400, 57600, 115200, 230400, 460800, 921600])
def test_at_a_rate_of_the_users(baud: int) -> None:
    board(content := random.Random(1).randbytes(2000))
    with open_rom_link(f"{WAY}?baud={baud}") as link:
        assert link.info.clock_hz == baud
        assert link.read(FLASH.start, 2000) == content


def test_the_highest_rate_that_works_is_found_where_the_rom_can_be_restarted() -> None:
    board(content := random.Random(1).randbytes(2000), **WIRED)
    with open_rom_link(BY_LINES) as link:
        assert link.info.clock_hz == 921600
        assert link.read(FLASH.start, 2000) == content


@pytest.mark.parametrize("boot0", list(Line))
def test_it_is_entered_by_any_wires(boot0: Line) -> None:
    others = [line for line in Line if line.value[-3:] != boot0.value[-3:]]
    for number, nrst in enumerate(others):
        name = f"b{number}"
        board(name=name, boot0=0, serial_boot0=boot0, serial_nrst=nrst)
        wires = {"boot0": boot0, "nrst": nrst}
        inverted = ",".join(pin for pin, line in wires.items() if line.value.startswith("!"))
        options = "&".join(f"{pin}={line.value[-3:]}" for pin, line in wires.items())
        options += f"&invert={inverted}" if inverted else ""
        with open_rom_link(f"uart:sim:{name}?{options}") as link:
            assert link.about.product_id == 0x410
        found = detect_lines(f"uart:sim:{name}").lines
        assert str(found) == options


def test_nrst_alone_is_found_beside_a_jumper() -> None:
    board(serial_nrst=Line.RTS)
    assert detect_lines(WAY).lines == Lines(None, Wire(ModemLine.RTS))


def test_no_wires_are_found_where_there_are_none() -> None:
    board()
    found = detect_lines(WAY)
    assert found.lines is None
    assert len(found.trials) == 8


DEVICES = {
    SerialTo.ECHO: ("port-echoes", "comes? back|came back"),
    SerialTo.NOISE: ("not-the-rom", "it says"),
    SerialTo.GPS: ("not-the-rom", "it says"),
    SerialTo.MODEM: ("port-echoes", "modem|came back"),
    SerialTo.NOTHING: ("rom-silent", "nothing came back"),
}


@pytest.mark.parametrize("device", DEVICES)
def test_what_is_no_stm32_is_told_apart(device: SerialTo) -> None:
    board(serial_to=device)
    code, words = DEVICES[device]
    with pytest.raises(SwdflashError) as caught:
        open_rom_link(WAY)
    assert caught.value.code == code
    assert caught.value.exit is Exit.NO_ANSWER
    assert re.search(words, str(caught.value))


def test_a_jumper_that_is_not_set_is_named() -> None:
    board(boot0=0)
    with pytest.raises(RomSilent) as caught:
        open_rom_link(WAY)
    assert "BOOT0" in caught.value.explain().next[0]


@pytest.mark.parametrize("options", ["boot0=rts&nrst=dtr&invert=nrst", "boot0=dtr&nrst=rts"])
def test_wrong_wires_are_named(options: str) -> None:
    board(**WIRED)
    with pytest.raises(SwdflashError) as caught:
        open_rom_link(f"{WAY}?{options}")
    assert caught.value.exit is Exit.NO_ANSWER
    assert any("--detect-lines" in step for step in caught.value.explain().next)


def test_read_protection_is_seen_and_taken_off() -> None:
    board(b"\x11" * 4096)
    with open_rom_link(WAY) as link:
        link.protect(CHIP)  # type: ignore[attr-defined]
        assert link.about.protected
    with open_rom_link(WAY) as link:
        before = link.about
        link.unprotect(CHIP)
        assert (before.protected, link.about.protected) == (True, False)
        assert link.read(FLASH.start, 4) == b"\xff" * 4
    assert dump() == b"\xff" * FLASH.span.size


class TestPort:
    @pytest.mark.parametrize(
        ("wrong", "code", "exit_code"),
        [
            ("plugged", "no-port", Exit.NO_PROBE),
            ("busy", "port-busy", Exit.NO_PROBE),
            ("denied", "port-denied", Exit.PERMISSION),
        ],
    )
    def test_a_port_that_cannot_be_opened(self, wrong: str, code: str, exit_code: Exit) -> None:
        board()
        with plug_in_serial(NAME) as plugged:
            setattr(plugged.adapter, wrong, wrong != "plugged")
            with pytest.raises(SwdflashError) as caught:
                opened(plugged)
        assert caught.value.code == code
        assert caught.value.exit is exit_code

    def test_a_port_that_is_plugged_in_later_is_waited_for(self) -> None:
        board()
        with plug_in_serial(NAME) as plugged:
            plugged.adapter.plugged = False
            plugged.board.clock.alarm(
                plugged.board.clock.now_ps + 3 * 10**12,
                lambda: setattr(plugged.adapter, "plugged", True),
            )
            with opened(plugged, timeout_s=5.0) as link:
                assert link.about.product_id == 0x410
            assert plugged.now() > 3.0

    def test_one_that_vanishes_is_lost(self) -> None:
        board()
        with plug_in_serial(NAME) as plugged, opened(plugged) as link:
            plugged.adapter.unplug()
            with pytest.raises(PortLost) as caught:
                link.read(FLASH.start, 4)
        assert caught.value.exit is Exit.LINK_LOST

    def test_it_is_let_go_at_the_end_and_when_opening_fails(self) -> None:
        board()
        with plug_in_serial(NAME) as plugged:
            for _ in range(2):
                with opened(plugged):
                    assert plugged.adapter.opened
                assert not plugged.adapter.opened
        board(name="other", boot0=0)
        with pytest.raises(RomSilent):
            open_rom_link("uart:sim:other")

    def test_a_real_path_that_is_not_there(self) -> None:
        with pytest.raises(NoPort):
            open_rom_link("uart:/dev/ttyNOTTHERE")
        with pytest.raises(NoPort):
            open_rom_link("uart:socket://127.0.0.1:1")

    def test_a_pseudo_terminal_has_neither_parity_nor_lines_and_is_one_all_the_same(self) -> None:
        mine, theirs = os.openpty()
        try:
            line = open_line(os.ttyname(theirs), Pace(), 115200)
            try:
                line.assert_lines({ModemLine.RTS})
                line.write(b"out")
                assert os.read(mine, 3) == b"out"
                os.write(mine, b"in")
                assert line.read(2, 5.0) == b"in"
                assert line.read(1, 0.0) == b""
                with pytest.raises(SwdflashError, match="in use"):
                    open_line(os.ttyname(theirs), Pace(), 115200)
            finally:
                line.close()
        finally:
            os.close(mine)
            os.close(theirs)


@pytest.mark.parametrize("options", ["baud=fast", "baud=0", "boot0=cts"])
def test_options_that_make_no_sense_are_refused_before_the_port_is_opened(options: str) -> None:
    with pytest.raises(BadVia):
        open_rom_link(f"uart:/dev/ttyNOTTHERE?{options}")
