"""Commands on a virtual Blue Pill, as a person types them."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from elftools.elf.elffile import ELFFile
from intelhex import IntelHex

import swdflash as library
from swdflash.cli import progress, watch
from swdflash.events import Event, Phase, PhaseStarted
from swdflash.sim.store import Store
from tests.cli.conftest import Run, must_match_its_schema
from tests.engines import over_every_engine

BLINKY = Path(__file__).parents[2] / "examples" / "blinky" / "blinky.elf"
FLASH = 0x0800_0000


@pytest.fixture(autouse=True)
def _bench(swdflash: Run) -> None:
    assert swdflash("sim", "new", "bench", "--board", "bluepill").exit == 0


@pytest.fixture
def blinky(tmp_path: Path) -> str:
    return str(shutil.copy(BLINKY, tmp_path / "blinky.elf"))


def flash() -> bytes:
    """What the board itself holds, asked of nobody in between."""
    with Store().open("bench") as kept:
        return bytes(kept.nonvolatile.flash)


@over_every_engine
def test_info(swdflash: Run, via: str) -> None:
    document = swdflash("info", "--via", via, "--json").document
    must_match_its_schema(document)
    result = document["result"]
    assert result["chip"]["name"] == "STM32F103x8"
    assert result["chip"]["flash_kib"] == 64
    assert result["link"]["simulated"] is True
    spoken = swdflash("info", "--via", via).out
    assert result["readiness"]["rom"] == ["USART1 (PA9, PA10)"]
    for words in ("STM32F103x8", result["chip"]["uid"], "3.30 V", "read protection", "simulated"):
        assert words in spoken
    assert "ROM bootloader on USART1 (PA9, PA10)" in " ".join(spoken.split())


@over_every_engine
def test_the_way_may_come_from_the_environment(
    swdflash: Run, monkeypatch: pytest.MonkeyPatch, via: str
) -> None:
    monkeypatch.setenv("SWDFLASH_VIA", via)
    assert swdflash("info").exit == 0


@over_every_engine
@pytest.mark.parametrize("argv", [["--halt"], ["--hard"], ["--halt", "--hard"], ["--dry-run"]])
def test_reset(swdflash: Run, argv: list[str], via: str) -> None:
    document = swdflash("reset", "--via", via, "--json", *argv).document
    must_match_its_schema(document)
    result = document["result"]
    assert result["halted"] == ("--halt" in argv)
    assert result["kind"] == ("hardware" if "--hard" in argv else "system")
    assert result["done"] == ("--dry-run" not in argv)


@over_every_engine
def test_go_needs_a_program(swdflash: Run, blinky: str, via: str) -> None:
    empty = swdflash("go", "0x08000000", "--via", via, "--json")
    assert empty.exit == 7
    assert empty.document["error"]["code"] == "no-program"
    swdflash("sim", "set", "bench", "--firmware", blinky)
    document = swdflash("go", "0x08000000", "--via", via, "--json").document
    must_match_its_schema(document)
    assert document["result"]["initial_sp"] == "0x20005000"


@over_every_engine
def test_log_has_it_all_with_times(swdflash: Run, tmp_path: Path, via: str) -> None:
    log = tmp_path / "all.log"
    spoken = swdflash("info", "--via", via, "-v", "--log", str(log))
    assert "STM32F103x8, UID" in spoken.err
    assert "STM32F103x8, UID" in log.read_text()
    assert "read32(0xe000ed00) -> (0x411fc231)" in log.read_text()  # CPUID of a Cortex-M3 r1p1
    assert "read32" not in spoken.err
    assert "read32" in swdflash("info", "--via", via, "-vv").err


@over_every_engine
def test_a_recording_replays(swdflash: Run, tmp_path: Path, via: str) -> None:
    record = tmp_path / "info.jsonl"
    swdflash("info", "--via", via, "--record", str(record))
    again = swdflash("replay", str(record), "--json")
    assert again.exit == 0
    must_match_its_schema(again.document)
    assert again.document["result"]["same"] is True

    record.write_text(record.read_text().replace('"name":"STM32F103x8"', '"name":"STM32F103xB"'))
    other = swdflash("replay", str(record), "--json")
    assert other.exit == 8
    assert "result.chip.name is 'STM32F103x8'" in other.document["error"]["why"]


@over_every_engine
def test_a_replay_of_a_failure_is_the_same_failure(swdflash: Run, tmp_path: Path, via: str) -> None:
    record = tmp_path / "go.jsonl"
    assert swdflash("go", "0x08000000", "--via", via, "--record", str(record)).exit == 7
    again = swdflash("replay", str(record))
    assert again.exit == 0
    assert "the same came out: exit 7 (no-program" in again.out


@over_every_engine
def test_no_recording_is_made_where_none_can_be(swdflash: Run, tmp_path: Path, via: str) -> None:
    spoken = swdflash("info", "--via", via, "--record", str(tmp_path))
    assert spoken.exit == 2


def bytes_of(path: str) -> bytes:
    """The image's bytes as objcopy would have them: by an independent reader."""
    with Path(path).open("rb") as file:
        segments = [s for s in ELFFile(file).iter_segments("PT_LOAD") if s["p_filesz"]]
        return b"".join(segment.data() for segment in segments)


@over_every_engine
def test_write_then_nothing_to_do(swdflash: Run, blinky: str, via: str) -> None:
    first = swdflash("write", blinky, "--via", via, "--json")
    assert first.exit == 0
    must_match_its_schema(first.document)
    assert flash()[: len(bytes_of(blinky))] == bytes_of(blinky)
    result = first.document["result"]
    assert result["done"]["programmed_bytes"] >= len(bytes_of(blinky))
    assert result["done"]["simulated"] is True
    assert result["plan"]["simulated"] is True
    assert result["recovered"] is None

    second = swdflash("write", blinky, "--via", via)
    assert "nothing written" in second.out
    planned = swdflash("write", blinky, "--via", via, "--dry-run").out
    assert "nothing is to be done" in planned
    assert "= holds the image already" in planned
    again = swdflash("write", blinky, "--via", via, "--json").document["result"]
    assert again["plan"]["program"] == again["plan"]["erase"] == []
    assert again["plan"]["unchanged_bytes"] == result["image"]["bytes"]


@over_every_engine
def test_a_dry_run_touches_nothing(swdflash: Run, blinky: str, via: str) -> None:
    before = flash()
    spoken = swdflash("write", blinky, "--via", via, "--dry-run")
    assert spoken.exit == 0
    for words in ("program", "0x08000000", "strategy", "estimate", "simulated", "▓"):
        assert words in spoken.out
    document = swdflash("write", blinky, "--via", via, "--dry-run", "--json").document
    must_match_its_schema(document)
    assert document["result"]["done"] is None
    assert document["result"]["plan"]["program"]
    assert flash() == before


@over_every_engine
def test_progress_is_on_stderr_and_labelled(swdflash: Run, blinky: str, via: str) -> None:
    plain = swdflash("write", blinky, "--via", via)
    assert "program: " in plain.err
    assert "(simulated)" in plain.err
    swdflash("erase", "--chip", "--yes", "--via", via)
    lines = swdflash("write", blinky, "--via", via, "--progress", "json", "--json").err
    events = [json.loads(line) for line in lines.splitlines()]
    assert {"phase-started", "progressed", "phase-ended"} <= {event["event"] for event in events}
    assert swdflash("write", blinky, "--via", via, "--progress", "none", "--json").err == ""


@over_every_engine
def test_verify_says_where_it_differs(swdflash: Run, blinky: str, via: str) -> None:
    swdflash("write", blinky, "--via", via)
    good = swdflash("verify", blinky, "--via", via, "--json")
    assert good.exit == 0
    must_match_its_schema(good.document)
    with Store().open("bench") as kept:
        kept.nonvolatile.flash[0x140] ^= 0x01
    bad = swdflash("verify", blinky, "--via", via, "--json")
    assert bad.exit == 8
    must_match_its_schema(bad.document)
    assert bad.document["error"]["evidence"]["address"] == "0x08000140"
    assert bad.document["error"]["evidence"]["count"] == 1


@over_every_engine
def test_read_and_backup(swdflash: Run, blinky: str, tmp_path: Path, via: str) -> None:
    swdflash("write", blinky, "--via", via)
    document = swdflash("read", "0x08000000", "2k", "-o", "part.hex", "--via", via, "--json")
    must_match_its_schema(document.document)
    assert IntelHex(str(tmp_path / "part.hex")).tobinstr() == flash()[:2048]
    saved = swdflash("backup", "board.bin", "--via", via, "--json").document
    must_match_its_schema(saved)
    assert (tmp_path / "board.bin").read_bytes() == flash()
    options = tmp_path / saved["result"]["option_bytes"]["file"]
    assert options.read_bytes()[:2] == b"\xa5\x5a"  # RDP off (PM0075 §2.4)


@over_every_engine
def test_read_to_stdout_is_the_bytes_and_nothing_else(blinky: str, swdflash: Run, via: str) -> None:
    swdflash("write", blinky, "--via", via)
    argv = ["read", "0x08000000", "16", "-o", "-", "--via", via]
    run = [sys.executable, "-m", "swdflash", *argv]
    done = subprocess.run(run, capture_output=True, check=True)
    assert done.stdout == flash()[:16]


@over_every_engine
@pytest.mark.parametrize(
    ("argv", "code"),
    [
        (["read", "0x08000000", "16", "-o", "nowhere/x.bin"], "output-unwritable"),
        (["read", "0x08000000", "16", "-o", "/dev/full"], "disk-full"),
        (["read", "0x08000000", "0", "-o", "x.bin"], "usage"),
        (["read", "0xfffffff0", "64", "-o", "x.bin"], "usage"),
        (["read", "here", "64", "-o", "x.bin"], "usage"),
        (["read", "0", "16", "-o", "-"], "usage"),
        (["backup", "."], "output-unwritable"),
        (["erase"], "usage"),
        (["erase", "--chip", "--range", "0x08000000:1k"], "usage"),
        (["erase", "--range", "0x08000000"], "usage"),
        (["write", "blinky.elf", "--watch"], "usage"),
    ],
)
def test_what_cannot_be_done_is_usage(
    swdflash: Run, blinky: str, tmp_path: Path, argv: list[str], code: str, via: str
) -> None:
    before = sorted(tmp_path.glob("*.bin"))
    spoken = swdflash(*argv, "--via", via, "--json")
    assert spoken.exit == 2
    assert spoken.document["error"]["code"] == code
    assert sorted(tmp_path.glob("*.bin")) == before


@over_every_engine
def test_erase_asks_and_says_what_goes(swdflash: Run, blinky: str, via: str) -> None:
    swdflash("write", blinky, "--via", via)
    before = flash()
    unasked = swdflash("erase", "--range", "0x08000100:16", "--via", via)
    assert unasked.exit == 10
    assert "erase 1 KiB, 0x08000000..0x08000400" in unasked.err
    planned = swdflash("erase", "--chip", "--dry-run", "--via", via)
    assert "would erase 64 KiB" in planned.out
    assert flash() == before
    done = swdflash("erase", "--range", "0x08000100:16", "--yes", "--via", via, "--json")
    must_match_its_schema(done.document)
    assert flash() == b"\xff" * 1024 + before[1024:]
    assert swdflash("erase", "--chip", "--yes", "--via", via).exit == 0
    assert flash() == b"\xff" * 65536


@over_every_engine
def test_a_bad_image_is_refused_before_the_chip_is_touched(
    swdflash: Run, tmp_path: Path, via: str
) -> None:
    (tmp_path / "odd.bin").write_bytes(bytes(range(200, 250)) * 20)
    before = flash()
    spoken = swdflash("write", "odd.bin", "--via", via, "--json")
    assert spoken.exit == 7
    code = spoken.document["error"]["code"]
    assert flash() == before
    forced = swdflash("write", "odd.bin", "--via", via, "--json", "--force", code)
    assert forced.exit in (0, 7)
    assert (
        swdflash("write", "absent.elf", "--via", "pyocd:none").exit == 7
    )  # no probe is looked for


@contextmanager
def interrupted_at(phase: Phase, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """SIGTERM comes as this phase begins."""
    quiet = progress.Lines.__call__

    def interrupting(self: progress.Lines, event: Event) -> None:
        quiet(self, event)
        if isinstance(event, PhaseStarted) and event.phase is phase:
            signal.raise_signal(signal.SIGTERM)

    with monkeypatch.context() as patched:
        patched.setattr(progress.Lines, "__call__", interrupting)
        yield


def data(folder: Path, content: bytes, *, at: int) -> list[str]:
    """A BIN file as an argument."""
    file = folder / f"{content[2:].decode()}.bin"
    file.write_bytes(content)
    return [f"{file}@{at:#010x}"]


@over_every_engine
def test_an_interrupted_write_tells_the_state_and_can_go_on(
    swdflash: Run, blinky: str, monkeypatch: pytest.MonkeyPatch, via: str
) -> None:
    with interrupted_at(Phase.PROGRAM, monkeypatch):
        spoken = swdflash("write", blinky, "--via", via, "--json")
    assert spoken.exit == 130
    must_match_its_schema(spoken.document)
    assert spoken.document["error"]["code"] == "write-interrupted"
    assert "programmed" in spoken.document["error"]["why"]
    assert spoken.document["result"]["plan"]["program"]
    assert swdflash("write", blinky, "--via", via).exit == 0
    assert flash()[: len(bytes_of(blinky))] == bytes_of(blinky)


@over_every_engine
def test_watch_writes_again_when_the_file_changes(
    swdflash: Run, blinky: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, via: str
) -> None:
    data = tmp_path / "data.bin"
    data.write_bytes(b"\x80one")
    acts = iter((lambda: data.write_bytes(b"\x80second"), lambda: None, data.unlink, lambda: None))

    def sleep(_seconds: float) -> None:
        act = next(acts, None)
        if act is None:
            raise KeyboardInterrupt
        act()

    monkeypatch.setattr(watch.changes, "__defaults__", (sleep,))
    spoken = swdflash("write", f"{data}@0x0800f000", "--watch", "--via", via)
    assert spoken.exit == 130
    assert spoken.out.count("data.bin is on STM32F103x8") == 2
    assert flash()[0xF000:0xF008] == b"\x80second\xff"


@over_every_engine
def test_a_recorded_write_replays(swdflash: Run, blinky: str, tmp_path: Path, via: str) -> None:
    record = tmp_path / "write.jsonl"
    assert swdflash("write", blinky, "--via", via, "--record", str(record)).exit == 0
    Path(blinky).unlink()
    again = swdflash("replay", str(record), "--json")
    assert again.exit == 0, again.out
    assert again.document["result"]["same"] is True


@over_every_engine
def test_a_recording_holds_what_an_interrupted_write_left(
    swdflash: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, via: str
) -> None:
    swdflash("write", *data(tmp_path, b"\x80 kept", at=0x0800_0400), "--via", via)
    swdflash("write", *data(tmp_path, b"\x80 first", at=0x0800_0500), "--via", via)
    change = data(tmp_path, b"\x80 other", at=0x0800_0500)
    with interrupted_at(Phase.PROGRAM, monkeypatch):
        assert swdflash("write", *change, "--via", via).exit == 130
    record = tmp_path / "again.jsonl"
    assert swdflash("write", *change, "--via", via, "--record", str(record)).exit == 0
    assert flash()[0x400:0x406] == b"\x80 kept"
    again = swdflash("replay", str(record), "--json")
    assert again.exit == 0, again.out
    assert again.document["result"]["same"] is True


@over_every_engine
def test_the_library_does_it_too(blinky: str, via: str) -> None:
    loaded = library.read_image(blinky)
    with library.open_target(via) as target:
        done = library.write(target, loaded)
    assert done.programmed_bytes
    assert flash()[: len(bytes_of(blinky))] == bytes_of(blinky)
    with library.open_target(via) as target:
        library.erase(target)
    assert flash() == b"\xff" * 65536
    assert set(library.api.__all__) <= set(dir(library))
