from __future__ import annotations

from collections.abc import Callable

import pytest

from swdflash.links.uart import frames
from swdflash.links.uart.an3155 import An3155
from swdflash.links.uart.frames import Command, Special
from swdflash.links.uart.trouble import Nacked, OutOfStep, Stage
from tests.links.uart.stream import Script

ACK, NACK = b"\x79", b"\x1f"
AT = (b"\x08\x00\x01\x00\x09", ACK)  # 0x0800_0100
COMMANDS = bytes([0x00, 0x01, 0x02, 0x11, 0x21, 0x31, 0x43, 0x63, 0x73, 0x82, 0x92])

Talk = list[tuple[bytes, bytes]]
# What is said for each command, as AN3155 §3 shows it, and what comes of it.
TALKS: dict[str, tuple[Callable[[An3155], object], Talk, object]] = {
    "Get": (
        lambda rom: (rom.get().version, sorted(rom.get().codes)),
        [(b"\x00\xff", ACK + b"\x0b\x22" + COMMANDS + ACK)] * 2,
        (0x22, list(COMMANDS)),
    ),
    "Get Version": (An3155.get_version, [(b"\x01\xfe", b"\x79\x22\x00\x00\x79")], 0x22),
    "Get ID": (An3155.get_id, [(b"\x02\xfd", b"\x79\x01\x04\x10\x79")], 0x410),
    "Get ID that announces three": (An3155.get_id, [(b"\x02\xfd", b"\x79\x02\x04\x13\x79")], 0x413),
    "Get ID of V2.0": (An3155.get_id, [(b"\x02\xfd", b"\x79\x03\x20\x03\x64\x10\x79")], 0x410),
    "Read": (
        lambda rom: rom.read(0x0800_0100, 4),
        [(b"\x11\xee", ACK), AT, (b"\x03\xfc", ACK + b"four")],
        b"four",
    ),
    "Go": (lambda rom: rom.go(0x0800_0100), [(b"\x21\xde", ACK), AT], None),
    "Write": (
        lambda rom: rom.write(0x0800_0100, b"four", 0.1),
        [(b"\x31\xce", ACK), AT, (frames.data(b"four"), ACK)],
        None,
    ),
    "Erase": (
        lambda rom: rom.erase([1, 5], 0.1),
        [(b"\x43\xbc", ACK), (b"\x01\x01\x05\x05", ACK)],
        None,
    ),
    "Erase, global": (
        lambda rom: rom.erase_all(0.1),
        [(b"\x43\xbc", ACK), (b"\xff\x00", ACK)],
        None,
    ),
    "Extended Erase": (
        lambda rom: rom.extended_erase([0x0101], 0.1),
        [(b"\x44\xbb", ACK), (b"\x00\x00\x01\x01\x00", ACK)],
        None,
    ),
    "Extended Erase, bank 2": (
        lambda rom: rom.special_erase(Special.BANK_2, 0.1),
        [(b"\x44\xbb", ACK), (b"\xff\xfd\x02", ACK)],
        None,
    ),
    "Write Protect": (
        lambda rom: rom.write_protect([0, 3], 0.1),
        [(b"\x63\x9c", ACK), (b"\x01\x00\x03\x02", ACK)],
        None,
    ),
    "Write Unprotect": (lambda rom: rom.write_unprotect(0.1), [(b"\x73\x8c", ACK + ACK)], None),
    "Readout Protect": (lambda rom: rom.readout_protect(0.1), [(b"\x82\x7d", ACK + ACK)], None),
    "Readout Unprotect": (lambda rom: rom.readout_unprotect(0.1), [(b"\x92\x6d", ACK + ACK)], None),
    "Get Checksum": (
        lambda rom: rom.get_checksum(0x0800_0100, 1024, 0.1),
        [
            (b"\xa1\x5e", ACK),
            AT,
            (b"\x00\x00\x01\x00\x01", ACK),
            (b"\x04\xc1\x1d\xb7\x6f", ACK),
            (b"\xff\xff\xff\xff\x00", ACK + ACK + frames.word(0x1234_5678)),
        ],
        0x1234_5678,
    ),
}


@pytest.mark.parametrize("name", TALKS)
def test_it_is_said_as_an3155_has_it(name: str) -> None:
    give, talk, result = TALKS[name]
    script = Script(*talk)
    assert give(An3155(script)) == result
    assert script.left == []
    assert script.answers == b""


@pytest.mark.parametrize("name", [name for name, (_, talk, _) in TALKS.items() if len(talk) > 1])
def test_nothing_more_is_said_after_a_nack(name: str) -> None:
    give, talk, _ = TALKS[name]
    for refused in range(len(talk)):
        script = Script(*talk[:refused], (talk[refused][0], NACK))
        with pytest.raises(Nacked):
            give(An3155(script))
        assert script.left == []


@pytest.mark.parametrize("name", TALKS)
def test_silence_and_strange_answers_are_told_from_a_nack(name: str) -> None:
    give, talk, _ = TALKS[name]
    for answer in (b"", b"\x42"):
        with pytest.raises(OutOfStep) as caught:
            give(An3155(Script((talk[0][0], answer))))
        assert not isinstance(caught.value, Nacked)
        assert caught.value.stage is Stage.COMMAND


def test_a_short_answer_is_none() -> None:
    for answer in (b"\x79\x01\x04\x10", b"\x79\x01\x04\x79", b"\x79\x01\x04\x10\x00"):
        with pytest.raises(OutOfStep):
            An3155(Script((b"\x02\xfd", answer))).get_id()
    with pytest.raises(OutOfStep):
        An3155(Script(*TALKS["Read"][1][:2], (b"\x03\xfc", ACK + b"fou"))).read(0x0800_0100, 4)


def test_a_checksum_that_was_changed_on_the_way_is_none() -> None:
    talk = TALKS["Get Checksum"][1]
    changed = (talk[-1][0], ACK + ACK + b"\x12\x34\x56\x79\x08")
    with pytest.raises(OutOfStep):
        An3155(Script(*talk[:-1], changed)).get_checksum(0x0800_0100, 1024, 0.1)


def test_a_deadline_is_what_the_chip_may_take_and_the_wire() -> None:
    script = Script((b"\x43\xbc", ACK), (frames.pages([1]), ACK))
    An3155(script).erase([1], busy_s=2.0)
    assert script.waited[0] < 1.0
    assert 2.0 < script.waited[1] < 4.0


class TestHasty:
    def rom(self, *lines: tuple[bytes, bytes]) -> An3155:
        rom = An3155(Script(*lines))
        rom.hasty = True
        return rom

    def test_all_is_sent_in_a_row(self) -> None:
        sent = b"\x11\xee\x08\x00\x01\x00\x09\x03\xfc"
        assert self.rom((sent, ACK * 3 + b"four")).read(0x0800_0100, 4) == b"four"
        sent = b"\x31\xce\x08\x00\x01\x00\x09" + frames.data(b"four")
        self.rom((sent, ACK * 3)).write(0x0800_0100, b"four", 0.1)

    @pytest.mark.parametrize(
        ("answers", "stage"), [(0, Stage.COMMAND), (1, Stage.ADDRESS), (2, Stage.DATA)]
    )
    def test_a_nack_is_to_what_it_follows(self, answers: int, stage: Stage) -> None:
        sent = b"\x31\xce\x08\x00\x01\x00\x09" + frames.data(b"four")
        with pytest.raises(Nacked) as caught:
            self.rom((sent, ACK * answers + NACK)).write(0x0800_0100, b"four", 0.1)
        assert caught.value.stage is stage

    @pytest.mark.parametrize("code", Command)
    def test_data_that_could_be_taken_for_a_command_waits_for_each_answer(
        self, code: Command
    ) -> None:
        block = b"data" + frames.command(code)
        first = b"\x31\xce" + AT[0]
        self.rom((first, ACK * 2), (frames.data(block), ACK)).write(0x0800_0100, block, 0.1)

    @pytest.mark.parametrize("code", Command)
    def test_so_does_an_address(self, code: Command) -> None:
        address = 0x0800_0000 + int.from_bytes(frames.command(code), "big")
        talk = [(b"\x31\xce", ACK), (frames.word(address), ACK), (frames.data(b"four"), ACK)]
        self.rom(*talk).write(address, b"four", 0.1)
