from __future__ import annotations

import pytest

from swdflash.links.errors import BadVia
from swdflash.links.uart.detect import detect_lines
from swdflash.links.uart.line import ModemLine
from swdflash.links.uart.lines import Lines, Wire, lines_of
from swdflash.links.via import parse
from tests.fakes.an3155_rom import FakeRom
from tests.links.uart.bench import session

RTS, DTR = ModemLine.RTS, ModemLine.DTR
EVERY = [
    Lines(Wire(boot0, boot0_inverted), Wire(nrst, nrst_inverted))
    for boot0, nrst in ((RTS, DTR), (DTR, RTS))
    for boot0_inverted in (False, True)
    for nrst_inverted in (False, True)
]


@pytest.mark.parametrize(
    ("options", "lines"),
    [
        ("", Lines()),
        ("boot0=rts&nrst=dtr", Lines(Wire(RTS), Wire(DTR))),
        ("boot0=dtr&nrst=rts&invert=boot0", Lines(Wire(DTR, inverted=True), Wire(RTS))),
        ("nrst=dtr&invert=nrst", Lines(None, Wire(DTR, inverted=True))),
    ],
)
def test_options_say_which_line_leads_where(options: str, lines: Lines) -> None:
    assert lines_of(parse(f"uart:/dev/ttyUSB0?{options}")) == lines


@pytest.mark.parametrize("lines", EVERY, ids=str)
def test_they_are_written_as_they_are_read(lines: Lines) -> None:
    assert lines_of(parse(f"uart:/dev/ttyUSB0?{lines}")) == lines


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ("boot0=cts", "a modem line is rts or dtr"),
        ("boot0=rts&nrst=rts", "rts cannot lead to both"),
        ("boot0=rts&invert=nrst", "names no line that is given"),
        ("boot0=rts&invert=reset", "names no line that is given"),
    ],
)
def test_options_that_make_no_sense(options: str, reason: str) -> None:
    with pytest.raises(BadVia, match=reason):
        lines_of(parse(f"uart:/dev/ttyUSB0?{options}"))


@pytest.mark.parametrize("lines", EVERY, ids=str)
def test_a_rom_is_entered_by_any_wires(lines: Lines) -> None:
    rom = FakeRom()
    rom.wired = lines
    found = session(rom, lines)
    assert found.rom.get_id() == 0x410
    assert rom.resets > 1


@pytest.mark.parametrize("lines", EVERY, ids=str)
def test_wires_are_found_by_trying(lines: Lines) -> None:
    rom = FakeRom()
    rom.wired = lines
    found = detect_lines(rom, rom.pace)
    assert found.lines == lines
    assert set(rom.heard) == {0x7F}
    assert rom.in_rom


@pytest.mark.parametrize("nrst", [Wire(RTS), Wire(DTR, inverted=True)], ids=str)
def test_nrst_alone_is_found_where_a_jumper_holds_boot0(nrst: Wire) -> None:
    rom = FakeRom()
    rom.wired = Lines(None, nrst)
    assert detect_lines(rom, rom.pace).lines == Lines(None, nrst)


def test_no_wires_are_no_lines_and_it_is_said_what_was_tried() -> None:
    rom = FakeRom()
    found = detect_lines(rom, rom.pace)
    assert found.lines is None
    assert [trial.lines for trial in found.trials] == [
        Lines(Wire(lines.boot0.line, lines.boot0.inverted), lines.nrst)
        for lines in (trial.lines for trial in found.trials)
        if lines.boot0
    ]
    assert len(found.trials) == 8
    assert {trial.outcome for trial in found.trials} <= {
        "a ROM answers that was not reset",
        "nothing answers",
    }


def test_what_an_application_says_is_evidence() -> None:
    rom = FakeRom()
    rom.wired, rom.banner, rom.boot0 = Lines(None, Wire(DTR)), b"app 1.2 started\r\n", False
    found = detect_lines(rom, rom.pace)
    assert found.lines is None
    assert any("app 1.2 started" in trial.outcome for trial in found.trials)
