"""The commands of AN3155, as they stand on the line: every answer, byte by byte."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from functools import reduce
from operator import xor

import msgspec
import pytest

from swdflash.chips.data import chip_named
from swdflash.chips.rom import Quirk
from swdflash.memory import Span
from swdflash.sim.chip.rom.an3155 import An3155, Receive, Received, Send
from swdflash.sim.chip.rom.memory import NotAllowed

ACK, NACK = "79", "1f"
FLASH = 0x0800_0000
READABLE = Span(FLASH, 0x1_0000)


class Memory:
    """Writes down what it is told; the fixture's tests look at that."""

    def __init__(self) -> None:
        self.protected = False
        self.done: list[tuple[object, ...]] = []

    def read(self, address: int, size: int) -> bytes:
        self.done.append(("read", address, size))
        return bytes(range(size))

    def write(self, address: int, data: bytes) -> None:
        self.done.append(("write", address, data))

    def erase(self, sectors: Sequence[int]) -> None:
        if max(sectors) > 63:
            raise NotAllowed
        self.done.append(("erase", *sectors))

    def mass_erase(self, bank: int | None = None) -> None:
        self.done.append(("mass erase", bank))

    def sector_at(self, address: int) -> int:
        return (address - FLASH) // 1024

    def readable(self, span: Span) -> bool:
        return READABLE.covers(span)

    writable = readable

    def runnable(self, address: int) -> bool:
        return address in READABLE

    def write_protect(self, sectors: Sequence[int]) -> None:
        self.done.append(("write protect", *sectors))

    def write_unprotect(self) -> None:
        self.done.append(("write unprotect",))

    def readout_protect(self) -> None:
        self.done.append(("readout protect",))

    def readout_unprotect(self) -> None:
        self.done.append(("readout unprotect",))

    def jump(self, address: int) -> None:
        self.done.append(("jump", address))


class Line:
    """A host that says what it has to say, and writes down what it hears."""

    def __init__(self, *, first: bool = True, quirks: frozenset[Quirk] = frozenset()) -> None:
        chip = chip_named("STM32F103C8" if first else "STM32F103ZG")
        rom = msgspec.structs.replace(
            chip.rom, quirks=quirks, uart_version=0x22 if first else 0x31, pages_per_erase=4
        )
        chip = dataclasses.replace(chip, rom=rom)
        self.memory = Memory()
        self.last_words: list[bytes | None] = []
        self._talk = An3155(chip, self.memory, self.last_words.append).run()
        self._wish = next(self._talk)
        self.heard = b""
        self._drain()
        self.heard = b""

    def says(self, text: str, *, sound: bool = True) -> str:
        """Bytes in hexadecimal; returns what came back, in hexadecimal."""
        self.heard = b""
        data = bytes.fromhex(text)
        while data:
            assert isinstance(self._wish, Receive)
            count = self._wish.count
            assert len(data) >= count, f"it waits for {count}, there are {data.hex()}"
            self._go_on(Received(data[:count], sound))
            data = data[count:]
            self._drain()
        return self.heard.hex(" ")

    def _drain(self) -> None:
        while isinstance(self._wish, Send):
            self.heard += self._wish.data
            self._go_on(Received(b"", sound=True))

    def _go_on(self, answer: Received) -> None:
        self._wish = self._talk.send(answer)


def checked(*data: int) -> str:
    """Bytes and their XOR."""
    return bytes([*data, reduce(xor, data)]).hex()


def address(at: int) -> str:
    return checked(*at.to_bytes(4, "big"))


@pytest.fixture
def line() -> Line:
    return Line()


@pytest.fixture
def later() -> Line:
    return Line(first=False)


def test_get(line: Line, later: Line) -> None:
    assert line.says("00ff") == "79 0b 22 00 01 02 11 21 31 43 63 73 82 92 79"
    assert later.says("00ff") == "79 0b 31 00 01 02 11 21 31 44 63 73 82 92 79"


def test_get_version_and_id(line: Line) -> None:
    assert line.says("01fe") == "79 22 00 00 79"
    assert line.says("02fd") == "79 01 04 10 79"


@pytest.mark.parametrize("pair", ["7f7f", "00fe", "44bb", "9a65", "ff00"])
def test_what_is_no_command_is_refused(line: Line, pair: str) -> None:
    assert line.says(pair) == NACK
    assert line.says("02fd")[:2] == ACK


def test_wrong_parity_is_refused_where_it_is_looked_at(line: Line) -> None:
    assert line.says("02fd", sound=False) == NACK


def test_read(line: Line) -> None:
    assert line.says("11ee") == ACK
    assert line.says(address(FLASH + 4)) == ACK
    assert line.says("03fc") == f"{ACK} 00 01 02 03"
    assert line.memory.done == [("read", FLASH + 4, 4)]


def test_read_refuses_wrong_checks(line: Line) -> None:
    assert line.says("11ee" + "08000000" + "09") == f"{ACK} {NACK}"
    assert line.says("11ee" + address(FLASH) + "03fd") == f"{ACK} {ACK} {NACK}"
    assert line.memory.done == []


def test_a_bad_address_is_refused(line: Line) -> None:
    for command in ("11ee", "31ce", "21de"):
        assert line.says(command + address(0x2000_0000)) == f"{ACK} {NACK}"


def test_a_bad_address_may_be_acknowledged_and_left() -> None:
    """The next two bytes are a command then: a length of 0x43 becomes Erase."""
    line = Line(quirks=frozenset({Quirk.NO_NACK_FOR_BAD_ADDRESS}))
    assert line.says("11ee" + address(0x2000_0000)) == f"{ACK} {ACK}"
    assert line.says("43bc") == ACK
    assert line.says("ff00") == ACK
    assert line.memory.done == [("mass erase", None)]
    assert line.says("21de" + address(0x2000_0000)) == f"{ACK} {ACK} {NACK}"


def test_write(line: Line) -> None:
    assert line.says("31ce" + address(FLASH)) == f"{ACK} {ACK}"
    assert line.says(checked(3, 1, 2, 3, 4)) == ACK
    assert line.memory.done == [("write", FLASH, bytes([1, 2, 3, 4]))]
    assert line.last_words == [None, None]


def test_write_with_a_wrong_check_changes_nothing(line: Line) -> None:
    assert line.says("31ce" + address(FLASH) + "03 01020304 00") == f"{ACK} {ACK} {NACK}"
    assert line.memory.done == []


def test_go(line: Line) -> None:
    assert line.says("21de" + address(FLASH)) == f"{ACK} {ACK}"
    assert line.memory.done == [("jump", FLASH)]


def test_erase(line: Line) -> None:
    assert line.says("43bc" + checked(1, 5, 7)) == f"{ACK} {ACK}"
    assert line.memory.done == [("erase", 5, 7)]
    assert line.says("43bc" + "ff00") == f"{ACK} {ACK}"
    assert line.memory.done[1:] == [("mass erase", None)]


def test_erase_with_a_wrong_check(line: Line) -> None:
    assert line.says("43bc" + "01050700") == f"{ACK} {NACK} {NACK}"
    assert line.says("43bc" + "ff01") == f"{ACK} {ACK}"  # acknowledged, and nothing erased
    assert line.memory.done == []


def test_extended_erase(later: Line) -> None:
    assert later.says("44bb" + checked(0, 1, 0, 5, 0, 7)) == f"{ACK} {ACK}"
    assert later.says("44bb" + checked(0xFF, 0xFF)) == f"{ACK} {ACK}"
    assert later.says("44bb" + checked(0xFF, 0xFE)) == f"{ACK} {ACK}"
    assert later.says("44bb" + checked(0xFF, 0xFD)) == f"{ACK} {ACK}"
    banks = [("mass erase", bank) for bank in (None, 0, 1)]
    assert later.memory.done == [("erase", 5, 7), *banks]


@pytest.mark.parametrize(
    "frame",
    [
        checked(0xFF, 0xFC),  # reserved
        "ffff01",
        "0000000501",
        checked(0, 0, 0, 200),  # no such sector
        checked(0, 4, *(0, 1) * 5),  # more than this ROM takes
    ],
)
def test_extended_erase_refuses(later: Line, frame: str) -> None:
    assert later.says("44bb" + frame) == f"{ACK} {NACK}"
    assert later.memory.done == []


def test_quirks_of_erase() -> None:
    line = Line(first=False, quirks=frozenset({Quirk.NO_MASS_ERASE, Quirk.ONE_SECTOR_AN_ERASE}))
    assert line.says("44bb" + checked(0xFF, 0xFF)) == f"{ACK} {NACK}"
    assert line.says("44bb" + checked(0, 1, 0, 5, 0, 7)) == f"{ACK} {ACK}"
    assert line.memory.done == [("erase", 5)]


@pytest.mark.parametrize(
    ("says", "verb"),
    [
        ("63 9c" + checked(1, 2, 3), ("write protect", 2, 3)),
        ("73 8c", ("write unprotect",)),
        ("82 7d", ("readout protect",)),
        ("92 6d", ("readout unprotect",)),
    ],
)
def test_option_bytes_change_before_the_last_word(
    line: Line, says: str, verb: tuple[object, ...]
) -> None:
    assert line.says(says) == ACK
    assert line.memory.done == [verb]
    assert line.last_words == [b"\x79", None]


def test_write_protect_with_a_wrong_check(line: Line) -> None:
    assert line.says("63 9c 01 02 03 ff") == f"{ACK} {NACK}"
    assert line.memory.done == []


REFUSED = {"11ee": 1, "21de": 2, "31ce": 1, "43bc": 1, "639c": 1, "738c": 1, "827d": 1}


@pytest.mark.parametrize(("command", "nacks"), REFUSED.items())
def test_under_read_protection_it_refuses(line: Line, command: str, nacks: int) -> None:
    line.memory.protected = True
    assert line.says(command) == " ".join([NACK] * nacks)
    assert line.says("02fd")[:2] == ACK
    assert line.says("926d") == ACK
    assert line.memory.done == [("readout unprotect",)]


def test_some_refuse_twice() -> None:
    line = Line(first=False, quirks=frozenset({Quirk.TWO_NACKS}))
    line.memory.protected = True
    assert [line.says(command) for command in ("11ee", "31ce", "21de")] == [
        f"{NACK} {NACK}",
        f"{NACK} {NACK}",
        NACK,
    ]
