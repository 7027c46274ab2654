from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from swdflash.links.base import DebugLink, Reset
from swdflash.links.errors import (
    BadRecording,
    CannotRecord,
    LinkLost,
    NoAnswer,
    ReplayStrays,
    TransferFault,
)
from swdflash.links.recorder import Recording
from swdflash.links.recording import read_header
from swdflash.links.replay import open_link
from tests.links.ram_link import RAM, RamLink


def exercise(link: DebugLink) -> list[object]:
    """Every verb once, and what came of it."""
    link.halt()
    link.write(RAM.start + 1, b"\x00\xff\x80")
    link.write32(RAM.start + 4, 0xDEAD_BEEF)
    link.write16(RAM.start + 8, 0x1234)
    link.write_core({"pc": 0x2000_0000, "sp": 0x2000_0400})
    link.step()
    came: list[object] = [
        link.read(RAM.start, 12),
        link.read32(RAM.start + 4),
        link.read16(RAM.start + 8),
        link.read_core(("pc", "sp")),
        link.is_halted(),
        link.dpidr(),
        link.set_clock(4_000_000),
        link.voltage(),
    ]
    with pytest.raises(TransferFault) as caught:
        link.read32(0)
    link.drive_nrst(low=True)
    link.drive_nrst(low=False)
    link.reset(Reset.HARDWARE)
    link.resume()
    return [*came, caught.value.evidence(), link.now(), link.offers]


def record(path: Path, link: RamLink, inputs: tuple[Path, ...] = ()) -> DebugLink:
    return Recording(path, ["swdflash", "write"], inputs).opening(lambda: link)


@pytest.fixture
def tape(tmp_path: Path) -> Path:
    path = tmp_path / "bug.jsonl"
    with record(path, RamLink()) as link:
        exercise(link)
    return path


def test_a_replay_answers_as_the_link_did(tmp_path: Path) -> None:
    path = tmp_path / "bug.jsonl"
    with record(path, RamLink()) as link:
        recorded = exercise(link)
    with open_link(path) as link:
        assert exercise(link) == recorded
        assert link.info.probe == "RAM 1"


def test_what_waits_by_the_clock_waits_as_long_in_a_replay(tmp_path: Path) -> None:
    def wait(link: DebugLink) -> int:
        """How often RAM is read until the clock, which runs on by itself, shows a second more."""
        end, reads = link.now() + 1, 0
        while link.now() < end:
            link.read32(RAM.start)
            reads += 1
        return reads

    class Running(RamLink):
        def now(self) -> float:
            self.time += 0.3
            return self.time

    path = tmp_path / "bug.jsonl"
    with record(path, Running()) as link:
        recorded = wait(link)
    with open_link(path) as link:
        assert wait(link) == recorded


def test_the_clock_may_be_looked_at_more_or_less_often(tmp_path: Path) -> None:
    path = tmp_path / "bug.jsonl"
    with record(path, RamLink()) as link:
        link.halt()
        link.now()
        link.resume()
        link.now()
    with open_link(path) as link:
        assert link.now() <= link.now()
        link.halt()
        link.resume()


def test_recording_changes_nothing(tmp_path: Path) -> None:
    plain, under = RamLink(), RamLink()
    with record(tmp_path / "bug.jsonl", under) as link:
        assert exercise(link) == exercise(plain)
    assert under.ram == plain.ram
    assert under.closed == 1


@pytest.mark.parametrize(
    ("ask", "expected", "got"),
    [
        (lambda link: link.resume(), "halt()", "resume()"),
        (
            lambda link: (link.halt(), link.write(RAM.start, b"")),
            "write(0x20000001",
            "write(0x2000",
        ),
    ],
)
def test_the_first_other_call_is_told(
    tape: Path, ask: Callable[[DebugLink], object], expected: str, got: str
) -> None:
    with pytest.raises(ReplayStrays) as caught:
        ask(open_link(tape))
    assert caught.value.expected.startswith(expected)
    assert caught.value.got.startswith(got)


def test_more_calls_than_recorded_are_told(tape: Path) -> None:
    link = open_link(tape)
    exercise(link)
    with pytest.raises(ReplayStrays, match="no further call"):
        link.halt()


def test_fewer_calls_than_recorded_are_told(tape: Path) -> None:
    with pytest.raises(ReplayStrays, match="expects halt"), open_link(tape):
        pass


def test_a_link_that_does_not_open_is_recorded_too(tmp_path: Path) -> None:
    def silent() -> DebugLink:
        raise NoAnswer("no IDCODE")

    path = tmp_path / "bug.jsonl"
    with Recording(path, [], ()) as recording, pytest.raises(NoAnswer):
        recording.opening(silent)
    with pytest.raises(NoAnswer, match="no IDCODE"):
        open_link(path)


def test_the_header_carries_the_command_and_its_files(tmp_path: Path) -> None:
    image = tmp_path / "blinky.bin"
    image.write_bytes(bytes(range(256)))
    record(tmp_path / "bug.jsonl", RamLink(), (image,)).close()
    header = read_header(tmp_path / "bug.jsonl")
    assert header.argv == ["swdflash", "write"]
    assert header.inputs == {str(image): bytes(range(256))}


def test_a_recording_that_was_cut_short_plays_as_far_as_it_goes(tape: Path) -> None:
    *lines, resume, _now = tape.read_bytes().splitlines(keepends=True)
    tape.write_bytes(b"".join(lines) + resume[:-5])
    link = open_link(tape)
    with pytest.raises(ReplayStrays, match="no further call"):
        exercise(link)


@pytest.mark.parametrize("content", [b"", b"not JSON\n", b'{"argv": []}\n', b"\xff\xfe\n"])
def test_other_files_are_no_recordings(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "other"
    path.write_bytes(content)
    with pytest.raises(BadRecording):
        open_link(path)


def test_a_recording_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(BadRecording, match="No such file"):
        open_link(tmp_path / "missing")


def test_a_file_that_cannot_be_written_is_told_before_the_link_opens(tmp_path: Path) -> None:
    with pytest.raises(CannotRecord):
        Recording(tmp_path, [], ())


def test_a_disk_that_fills_up_ends_the_recording_but_not_the_work(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with record(Path("/dev/full"), RamLink()) as link:
        link.write32(RAM.start, 1)
        assert link.read32(RAM.start) == 1
    assert "ends early" in caplog.text


def test_errors_of_the_link_pass_through(tmp_path: Path) -> None:
    class Unplugged(RamLink):
        def halt(self) -> None:
            raise LinkLost("unplugged")

    path = tmp_path / "bug.jsonl"
    with record(path, Unplugged()) as link, pytest.raises(LinkLost):
        link.halt()
    with open_link(path) as link, pytest.raises(LinkLost, match="unplugged"):
        link.halt()
