"""How a recorded command line is made to run again elsewhere."""

from __future__ import annotations

import pytest

from swdflash.cli.replay import difference, replayable

INPUTS = {"/home/me/fw.elf": "inputs/home/me/fw.elf", "data.bin": "data.bin"}


@pytest.mark.parametrize(
    ("recorded", "replayed"),
    [
        ("write /home/me/fw.elf --via auto --record r", "write inputs/home/me/fw.elf"),
        ("write data.bin@0x0800f000 --via=auto --no-reset", "write data.bin@0x0800f000 --no-reset"),
        ("write data.bin --watch --progress bar --json", "write data.bin"),
        ("read 0x0 16 -o /etc/passwd --log /etc/x", "read 0x0 16 -o passwd"),
        ("read 0x0 16 -o -", "read 0x0 16 -o stdout.bin"),
        ("backup /var/backup/board.hex", "backup board.hex"),
        ("erase --chip", "erase --chip --yes"),
        ("reset --halt -v", "reset --halt -v"),
    ],
)
def test_the_words_of_a_replay(recorded: str, replayed: str) -> None:
    assert list(replayable(recorded.split(), INPUTS)) == replayed.split()


def test_differences_are_named() -> None:
    was = {"ok": True, "result": {"file": "/a/x", "chip": {"uid": "01"}, "text": "in /a/fw.elf"}}
    same = {"ok": True, "result": {"file": "x", "chip": {"uid": "01"}, "text": "in b/fw.elf"}}
    assert difference(was, same) == ""
    other = {"ok": True, "result": {"chip": {"uid": "02"}, "text": "in /a/fw.elf"}}
    assert difference(was, other) == "result.chip.uid is '02' now, and was '01'"
    assert "ok is False" in difference(was, {**same, "ok": False})
    rows = {"warnings": [{"code": "a", "text": "in /a/fw.elf"}]}
    assert difference(rows, {"warnings": [{"code": "a", "text": "in fw.elf"}]}) == ""
    assert "warnings.0.code" in difference(rows, {"warnings": [{"code": "b", "text": ""}]})
    assert "warnings is []" in difference(rows, {"warnings": []})
    assert "result.chip" in difference(was, {"ok": True, "result": {}})
