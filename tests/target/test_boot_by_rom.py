"""Out of the ROM bootloader by its own command, and waiting for one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest

from swdflash.api import boot
from swdflash.api.targets import RecordTo
from swdflash.chips.data import chip_named
from swdflash.links.errors import NoPermission
from swdflash.links.uart.errors import PortEchoes
from swdflash.target.boot_errors import NoSuchInterface, NothingToBoot, StillInRom
from swdflash.target.boot_flash import boot_flash_over_rom
from swdflash.target.identify_rom import identify_rom
from swdflash.target.rom_target import RomTarget
from tests.fakes.rom_link import UART, FakeRom, SlowFlash

CHIP = chip_named("STM32F103C8")
ECHO = PortEchoes("0x7F came back", "/dev/fake")
PROGRAM = bytes.fromhex("00500020 c1000008")


def in_rom(program: bytes = PROGRAM) -> tuple[RomTarget, FakeRom, SlowFlash]:
    flash = SlowFlash(CHIP, program.ljust(64 * 1024, b"\xff"))
    link = FakeRom(flash)
    return identify_rom(link, chip_name="STM32F103C8"), link, flash


def test_the_program_is_started_and_the_rom_is_gone() -> None:
    target, _, flash = in_rom()
    assert "does not answer" in boot_flash_over_rom(target)
    assert flash.ran == [CHIP.flash.start]


def test_a_rom_that_goes_on_answering_is_told_of() -> None:
    target, link, _ = in_rom()
    link.obedient = False
    with pytest.raises(StillInRom, match="goes on answering"):
        boot_flash_over_rom(target)


@pytest.mark.parametrize(
    "program",
    [b"", bytes(8), bytes.fromhex("00500020 00000020"), bytes.fromhex("00500020 c0000008")],
)
def test_where_there_is_no_program_nothing_is_started(program: bytes) -> None:
    target, _, flash = in_rom(program)
    with pytest.raises(NothingToBoot) as caught:
        boot_flash_over_rom(target)
    assert "swdflash write app.elf --via uart:/dev/fake" in caught.value.explain().next
    assert flash.ran == []


def test_read_protection_leaves_only_the_lines() -> None:
    target, link, flash = in_rom()
    link.about = replace(UART, protected=True)
    with pytest.raises(StillInRom, match="read protection"):
        boot_flash_over_rom(target)
    assert flash.ran == []
    assert "does not answer" in boot_flash_over_rom(target, by_lines=True)
    assert flash.ran == [CHIP.flash.start]


class Waiting:
    """Answers to `open_rom_target`, one after the other; the last again and again."""

    def __init__(self, *answers: Exception | RomTarget) -> None:
        self.answers = list(answers)
        self.asked: list[float] = []
        self.closed = 0

    @contextmanager
    def __call__(
        self, _via: str, *, chip: str | None, timeout_s: float, record: RecordTo | None
    ) -> Iterator[RomTarget]:
        self.asked.append(timeout_s)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        yield answer
        self.closed += 1


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """A clock that only sleep moves; its time is the last of the list."""
    times = [0.0]
    monkeypatch.setattr("time.monotonic", lambda: times[-1])
    monkeypatch.setattr("time.sleep", lambda seconds: times.append(times[-1] + seconds))
    return times


def opened_by(waiting: Waiting, monkeypatch: pytest.MonkeyPatch) -> Waiting:
    monkeypatch.setattr(boot, "open_rom_target", waiting)
    return waiting


def test_it_goes_on_by_itself_as_soon_as_the_rom_answers(
    clock: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    target, _, _ = in_rom()
    waiting = opened_by(Waiting(ECHO, ECHO, target), monkeypatch)
    with boot.await_rom("uart:/dev/fake", timeout_s=10) as found:
        assert found is target
        assert waiting.closed == 0
    assert waiting.closed == 1
    assert waiting.asked == [10, 9.5, 9]


def test_it_gives_up_in_the_end(clock: list[float], monkeypatch: pytest.MonkeyPatch) -> None:
    opened_by(Waiting(ECHO), monkeypatch)
    with pytest.raises(PortEchoes), boot.await_rom("uart:/dev/fake", timeout_s=10):
        pass
    assert clock[-1] == 10


def test_what_no_hand_mends_is_not_waited_for(
    clock: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    opened_by(Waiting(NoPermission("/dev/fake", "denied")), monkeypatch)
    with pytest.raises(NoPermission), boot.await_rom("uart:/dev/fake", timeout_s=10):
        pass
    assert clock == [0.0]


def test_a_chip_without_usb_is_not_waited_for_on_usb() -> None:
    boot.require_interface(CHIP, "uart:/dev/fake")
    with pytest.raises(NoSuchInterface, match=r"USART1 \(PA9, PA10\)"):
        boot.require_interface(CHIP, "dfu:")
    boot.require_interface(chip_named("STM32F107VC"), "dfu:")


def test_both_lines_make_a_reset_into_flash() -> None:
    assert boot.leads_to_pins("uart:/dev/fake?boot0=rts&nrst=dtr")
    assert not boot.leads_to_pins("uart:/dev/fake?nrst=dtr")
    assert not boot.leads_to_pins("dfu:")
