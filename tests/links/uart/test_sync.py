"""Getting in step: with a ROM in any state, and with what is none."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest

from swdflash.errors import Exit, SwdflashError
from swdflash.links.uart.an3155 import An3155
from swdflash.links.uart.errors import NotTheRom, PortEchoes, RomSilent
from swdflash.links.uart.line import ModemLine
from swdflash.links.uart.lines import Lines, Wire
from swdflash.links.uart.sync import excerpt
from tests.fakes.an3155_rom import FakeRom
from tests.links.uart.bench import at, rom_link, session

SYNC = 0x7F
RTS, DTR = ModemLine.RTS, ModemLine.DTR


def test_a_rom_that_has_just_started() -> None:
    rom = FakeRom()
    assert session(rom).rom.get_id() == 0x410
    assert bytes(rom.heard[:3]) == bytes([SYNC] * 3)


@pytest.mark.parametrize("stray", [b"", b"\x31", b"\x31\xce", b"\x43\xbc", b"\x11\xee\x08\x00"])
def test_a_rom_that_was_left_in_the_middle(stray: bytes) -> None:
    rom = FakeRom()
    session(rom)
    rom.write(stray)
    rom.read(100, 0.0)
    assert session(rom).rom.get_id() == 0x410
    assert rom.resets == 1


@pytest.mark.parametrize("held", [1, 2, 100, 257])
def test_a_rom_that_was_left_in_a_write(held: int) -> None:
    """A cable was pulled: it waits for the rest of 256 bytes, and nobody can reset it."""
    rom = FakeRom()
    before = bytes(rom.flash)
    session(rom)
    rom.write(b"\x31\xce\x08\x00\x00\x00\x08" + (b"\xff" + b"\x12" * 257)[:held])
    rom.read(100, 0.0)
    assert session(rom).rom.get_id() == 0x410
    assert bytes(rom.flash) == before


def test_a_rom_that_was_left_before_the_pages_of_an_erase() -> None:
    """The sync byte is taken for a number of pages: what follows must not come to a checksum."""
    rom = FakeRom()
    rom.flash[:] = before = random.Random(1).randbytes(len(rom.flash))
    session(rom)
    rom.write(b"\x43\xbc")
    rom.read(100, 0.0)
    assert session(rom).rom.get_id() == 0x410
    assert bytes(rom.flash) == before


def test_a_rom_that_was_left_at_another_rate() -> None:
    rom = FakeRom()
    session(rom, baud=460800)
    found = session(rom)
    assert found.line.baud == 460800
    assert found.rom.get_id() == 0x410


def test_lost_and_doubled_sync_bytes_do_no_harm() -> None:
    for fault in (at(1), at(1, SYNC, SYNC), at(2), at(2, SYNC, SYNC), at(3)):
        rom = FakeRom()
        rom.to_chip = fault
        assert session(rom).do(An3155.get_id) == 0x410


def test_a_changed_answer_to_the_sync_byte_does_no_harm() -> None:
    rom = FakeRom()
    rom.to_host = at(1, 0x71)
    assert session(rom).do(An3155.get_id) == 0x410


def gps(_byte: int) -> bytes:
    return b"$GPGGA,123519,4807.038,N,01131.000,E,1,08,0.9,545.4,M*47\r\n"


def modem(byte: int) -> bytes:
    return b"\r\nERROR\r\n"


def echo(byte: int) -> bytes:
    return bytes([byte])


def noise(byte: int) -> bytes:
    return random.Random(byte).randbytes(9)


def single_y(_byte: int) -> bytes:
    return b"y"  # 0x79: ACK, to whoever believes it


DEVICES: dict[Callable[[int], bytes], tuple[type[SwdflashError], str]] = {
    gps: (NotTheRom, "$GPGGA,123519"),
    modem: (NotTheRom, "ERROR"),
    echo: (PortEchoes, "0x7F came back"),
    noise: (NotTheRom, "it says "),
    single_y: (NotTheRom, "not as AN3155 says"),
}


@pytest.mark.parametrize("device", DEVICES, ids=lambda device: device.__name__)
def test_what_is_no_rom_is_told_apart_and_sent_nothing(device: Callable[[int], bytes]) -> None:
    rom = FakeRom()
    rom.boot0 = False
    rom.app = device
    rom.power_on()
    kind, words = DEVICES[device]
    with pytest.raises(kind) as caught:
        session(rom)
    assert words in str(caught.value)
    assert caught.value.exit is Exit.NO_ANSWER
    assert set(rom.heard) == {SYNC}


def test_what_spoke_and_does_not_answer_is_shown() -> None:
    rom = FakeRom()
    rom.boot0, rom.banner = False, b"Hello from the application\r\n"
    rom.power_on()
    with pytest.raises(NotTheRom, match="Hello from the application"):
        session(rom)
    assert set(rom.heard) == {SYNC}


def test_what_somebody_else_asked_a_rom_for_is_no_chatter() -> None:
    rom = FakeRom()
    session(rom)
    rom.write(b"\x11\xee\x08\x00\x00\x00\x08\xff\x00")
    assert session(rom).rom.get_id() == 0x410


def test_a_rom_that_is_still_sending_when_it_is_asked_is_no_chatter() -> None:
    rom = FakeRom()
    rom.to_host = at(1, *range(100))
    assert session(rom).do(An3155.get_id) == 0x410


def test_nothing_there_says_what_was_tried() -> None:
    rom = FakeRom()
    rom.alive = False
    with pytest.raises(RomSilent, match="at 115200 baud and other rates"):
        session(rom)
    with pytest.raises(RomSilent, match="at 57600 baud"):
        session(rom, baud=57600)


def test_lines_of_the_wrong_polarity_are_named() -> None:
    rom = FakeRom()
    rom.wired = Lines(Wire(RTS), Wire(DTR))
    with pytest.raises(RomSilent, match="after a reset by boot0=rts&nrst=dtr&invert=nrst"):
        session(rom, Lines(Wire(RTS), Wire(DTR, inverted=True)))


def test_an_application_that_starts_in_place_of_the_rom_is_shown() -> None:
    rom = FakeRom()
    rom.wired = Lines(Wire(RTS), Wire(DTR))
    rom.banner = b"booting app 1.2\r\n"
    with pytest.raises(NotTheRom, match=r"booting app 1\.2"):
        session(rom, Lines(Wire(RTS, inverted=True), Wire(DTR)))


def test_read_protection_is_seen_by_a_refused_read() -> None:
    rom = FakeRom()
    assert not rom_link(rom).about.protected
    rom.protected = True
    about = rom_link(rom).about
    assert about.protected
    assert (about.protocol, about.version, about.product_id) == ("AN3155", "2.2", 0x410)


def test_an_excerpt_is_text_where_it_is_some() -> None:
    assert excerpt(b"\r\nOK\r\n") == "'OK'"
    assert excerpt(b"x" * 100) == repr("x" * 60) + "…"
    assert excerpt(b"\x80\xfe\x00") == "80 fe 00"
    assert excerpt(bytes([0x80]) * 30).endswith(" …")
