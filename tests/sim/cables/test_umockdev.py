from __future__ import annotations

import sys
from pathlib import Path

import pytest

from swdflash.sim.cables import umockdev
from swdflash.sim.cables.errors import UmockdevMissing
from swdflash.sim.cables.exec import run_with_board
from swdflash.sim.faults import NO_FAULTS
from tests.sim.cables.toy_board import ToyBoard


def test_python_and_scripts_need_no_machine(tmp_path: Path) -> None:
    script = tmp_path / "script"
    script.write_text("#!/bin/sh\n")
    assert not umockdev.needs_machine(script)
    assert not umockdev.needs_machine(Path(sys.executable).resolve())
    assert umockdev.needs_machine(Path("/bin/ls").resolve())


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("WRAPPER", "no-such-wrapper", "no-such-wrapper is missing"),
        ("PYTHON", "/no/python3", "/no/python3 is missing"),
        ("BINDINGS", "import nothing_like_it", "its Python bindings is missing"),
    ],
)
def test_what_is_missing_is_named(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, words: str
) -> None:
    monkeypatch.setattr(umockdev, name, value)
    with pytest.raises(UmockdevMissing) as failed:
        run_with_board(ToyBoard(), ["ls"], NO_FAULTS)
    told = failed.value.explain()
    assert words in told.why
    assert "sudo apt install umockdev gir1.2-umockdev-1.0 python3-gi" in told.next


def test_a_prefix_is_for_a_shell() -> None:
    assert umockdev.prefix({"A": "b", "C": "d e"}) == "env A=b C='d e'"


@pytest.mark.parametrize(("words", "code"), [("exit 3", 3), ("kill -9 $$", 137)])
def test_exit_codes_are_a_shells(words: str, code: int) -> None:
    assert run_with_board(ToyBoard(), ["sh", "-c", words], NO_FAULTS).exit_code == code


def test_both_kinds_of_programs_find_the_bus_from_a_shell(
    capfd: pytest.CaptureFixture[str],
) -> None:
    find = "import usb.core; print(hex(usb.core.find().idProduct))"
    words = f"lsusb; {sys.executable} -c '{find}'"
    assert run_with_board(ToyBoard(), ["sh", "-c", words], NO_FAULTS).exit_code == 0
    said = capfd.readouterr().out
    assert "ID 0483:3748" in said
    assert "0x3748" in said


def test_the_programs_sleep_is_simulated_as_it_passes() -> None:
    result = run_with_board(ToyBoard(), ["sleep", "0.3"], NO_FAULTS)
    assert 0.2 < result.simulated_s < 30
