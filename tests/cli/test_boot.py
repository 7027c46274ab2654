"""`boot show`, `boot rom` and `boot flash`, as a person types them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from msgspec import structs

import swdflash as library
from swdflash.api import boot as api
from swdflash.chips.data import chip_named
from swdflash.links import table
from swdflash.sim.store import Store
from swdflash.sim.wiring import Line
from swdflash.target.identify_rom import identify_rom
from swdflash.target.rom_target import RomTarget
from tests.cli.conftest import Run, must_match_its_schema
from tests.engines import over_every_engine
from tests.fakes.rom_link import FakeRom, SlowFlash

BLINKY = Path(__file__).parents[2] / "examples" / "blinky" / "blinky.elf"
VIA = "uart:/dev/fake"
LINES = f"{VIA}?boot0=rts&nrst=dtr"
CHIP = chip_named("STM32F103C8")


@pytest.fixture(autouse=True)
def _bench(swdflash: Run) -> None:
    made = swdflash("sim", "new", "bench", "--board", "bluepill", "--firmware", str(BLINKY))
    assert made.exit == 0


# --- over SWD


@over_every_engine
def test_show(swdflash: Run, via: str) -> None:
    document = swdflash("boot", "show", "--via", via, "--board", "bluepill", "--json").document
    must_match_its_schema(document)
    result = document["result"]
    assert result["in_rom"] is False
    assert result["why"] == ["flash is booted by BOOT0 = 0"]
    assert result["state"]["source"] == "flash"
    assert result["state"]["running"]["region"] == "flash"
    assert result["into_rom"]["by_hand"][0] == "move the jumper BOOT0 to 1"
    spoken = swdflash("boot", "show", "--via", via).out
    for words in ("BOOT0 = 1 and BOOT1 (PB2) = 0", "its RX to PA9", "swdflash boot rom"):
        assert words in spoken


@over_every_engine
def test_show_of_a_chip_in_its_rom(swdflash: Run, via: str) -> None:
    swdflash("sim", "set", "bench", "--boot0", "1")
    result = swdflash("boot", "show", "--via", via, "--json").document["result"]
    assert result["in_rom"] is True
    assert result["state"]["settings"][0]["value"] == 1


@over_every_engine
def test_rom(swdflash: Run, via: str) -> None:
    document = swdflash("boot", "rom", "--via", via, "--json").document
    must_match_its_schema(document)
    result = document["result"]
    assert (result["by"], result["done"]) == ("swd", True)
    assert "system-memory" in result["seen"]
    assert "uart:PORT" in result["next"][0]
    assert "is started" in swdflash("boot", "rom", "--via", via).out


@over_every_engine
def test_rom_by_a_reset_alone(swdflash: Run, via: str) -> None:
    swdflash("sim", "set", "bench", "--boot0", "1")
    assert swdflash("boot", "rom", "--via", via, "--json").document["result"]["by"] == "pins"


@over_every_engine
def test_a_dry_run_starts_nothing(swdflash: Run, via: str) -> None:
    for verb in ("rom", "flash"):
        document = swdflash("boot", verb, "--via", via, "--dry-run", "--json").document
        must_match_its_schema(document)
        assert document["result"]["done"] is False
        assert document["result"]["seen"] is None
        assert "would" in swdflash("boot", verb, "--via", via, "--dry-run").out


@over_every_engine
def test_flash(swdflash: Run, via: str) -> None:
    document = swdflash("boot", "flash", "--via", via, "--json").document
    must_match_its_schema(document)
    assert document["result"]["by"] == "reset"
    assert document["result"]["state"]["source"] == "flash"
    assert "out of its ROM" in swdflash("boot", "flash", "--via", via).out


@over_every_engine
def test_a_jumper_in_the_way_is_named(swdflash: Run, via: str) -> None:
    swdflash("sim", "set", "bench", "--boot0", "1")
    spoken = swdflash("boot", "flash", "--via", via, "--board", "bluepill")
    assert spoken.exit == 8
    assert "still in its ROM" in spoken.err
    assert "move the jumper BOOT0 to 0" in spoken.err
    document = swdflash("boot", "flash", "--via", via, "--json").document
    must_match_its_schema(document)
    assert document["error"]["code"] == "still-in-rom"


def test_an_empty_flash_is_warned_of(swdflash: Run) -> None:
    swdflash("sim", "new", "blank", "--board", "bluepill")
    document = swdflash("boot", "flash", "--via", "sim:blank", "--json").document
    assert [each["code"] for each in document["warnings"]] == ["flash-empty"]


# --- over a ROM link


@pytest.fixture
def rom(monkeypatch: pytest.MonkeyPatch) -> FakeRom:
    """What `uart:/dev/fake` leads to."""
    link = FakeRom(SlowFlash(CHIP, bytes.fromhex("00500020 c1000008").ljust(64 * 1024, b"\0")))

    @contextmanager
    def opened(
        via: str, *, chip: str | None, timeout_s: float, record: library.RecordTo | None
    ) -> Iterator[RomTarget]:
        link.info = replace(link.info, via=via)
        yield identify_rom(link, chip_name=chip or "STM32F103C8")

    monkeypatch.setattr(api, "open_rom_target", opened)
    monkeypatch.setattr(library, "open_rom_target", opened, raising=False)
    return link


def test_show_by_the_rom_itself(swdflash: Run, rom: FakeRom) -> None:
    document = swdflash("boot", "show", "--via", VIA, "--json").document
    must_match_its_schema(document)
    assert document["result"]["in_rom"] is True
    assert document["result"]["state"] is None
    assert "answers: AN3155 2.2" in swdflash("boot", "show", "--via", VIA).out


def test_rom_by_hand(swdflash: Run, rom: FakeRom) -> None:
    outcome = swdflash("boot", "rom", "--via", VIA, "--board", "bluepill", "--json")
    must_match_its_schema(outcome.document)
    result = outcome.document["result"]
    assert result["by"] == "hand"
    assert result["to_do"][0] == "move the jumper BOOT0 to 1"
    assert "move the jumper BOOT0 to 1" in outcome.err
    assert result["next"][0] == f"swdflash write app.elf --via {VIA}"
    assert "is in its ROM bootloader" in swdflash("boot", "rom", "--via", VIA).out


def test_rom_by_lines_asks_nobody(swdflash: Run, rom: FakeRom) -> None:
    outcome = swdflash("boot", "rom", "--via", LINES, "--json")
    must_match_its_schema(outcome.document)
    result = outcome.document["result"]
    assert (result["by"], result["to_do"]) == ("lines", [])
    assert result["next"][0] == f"swdflash write app.elf --via '{LINES}'"
    assert "→" not in outcome.err


@pytest.mark.parametrize(("via", "by"), [(VIA, "hand"), (LINES, "lines")])
def test_a_dry_run_opens_no_port(swdflash: Run, via: str, by: str) -> None:
    document = swdflash("boot", "rom", "--via", via, "--dry-run", "--json").document
    must_match_its_schema(document)
    assert (document["result"]["by"], document["result"]["done"]) == (by, False)
    assert document["result"]["link"] is None


def test_flash_by_go(swdflash: Run, rom: FakeRom) -> None:
    document = swdflash("boot", "flash", "--via", VIA, "--json").document
    must_match_its_schema(document)
    assert document["result"]["by"] == "go"
    assert "does not answer" in document["result"]["seen"]
    assert isinstance(rom.flash, SlowFlash)
    assert rom.flash.ran == [CHIP.flash.start]


def test_usb_is_not_waited_for_where_the_chip_has_none(swdflash: Run) -> None:
    spoken = swdflash("boot", "rom", "--via", "dfu:", "--board", "bluepill", "--json")
    assert spoken.exit == 2
    assert spoken.document["error"]["code"] == "no-such-rom-interface"


# --- without a probe


@pytest.fixture
def _no_probe(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(table.TABLE, "probes", f"{__name__}:no_probes")


def no_probes() -> tuple[()]:
    return ()


@pytest.mark.usefixtures("_no_probe")
def test_without_a_probe_the_usb_of_the_rom_is_waited_for(swdflash: Run) -> None:
    document = swdflash("boot", "rom", "--dry-run", "--json").document
    must_match_its_schema(document)
    assert [each["code"] for each in document["warnings"]] == ["no-probe"]
    assert document["result"]["next"][0] == "swdflash write app.elf --via dfu:"


@pytest.mark.usefixtures("_no_probe")
def test_without_a_probe_a_chip_without_usb_needs_a_port(swdflash: Run) -> None:
    spoken = swdflash("boot", "rom", "--board", "bluepill", "--json")
    assert spoken.exit == 3
    assert spoken.document["error"]["code"] == "no-way-to-rom"
    assert "USART1 (PA9, PA10)" in spoken.document["error"]["why"]


# --- over the virtual board's own serial port

WIRED = "uart:sim:bench?boot0=rts&nrst=dtr"


@pytest.fixture
def _lines() -> None:
    """RTS drives BOOT0 low while asserted, DTR pulls NRST low."""
    store = Store()
    record = store.read("bench")
    wires = structs.replace(record.wiring, serial_boot0=Line.NOT_RTS, serial_nrst=Line.DTR)
    store.change("bench", structs.replace(record, wiring=wires))


@pytest.mark.usefixtures("_lines")
def test_the_lines_are_found_out_and_used(swdflash: Run) -> None:
    found = swdflash("boot", "rom", "--via", "uart:sim:bench", "--detect-lines", "--json")
    must_match_its_schema(found.document)
    result = found.document["result"]
    assert result["lines"] == "boot0=rts&nrst=dtr&invert=boot0"
    via = f"uart:sim:bench?{result['lines']}"
    assert result["next"][0] == f"swdflash write app.elf --via '{via}'"
    there = swdflash("boot", "rom", "--via", via, "--json").document["result"]
    assert (there["by"], there["chip"]["name"]) == ("lines", "STM32F103x8")
    back = swdflash("boot", "flash", "--via", via, "--json").document["result"]
    assert (back["by"], back["seen"]) == ("lines", "its ROM does not answer any more")


def test_lines_that_are_not_wired_are_not_found(swdflash: Run) -> None:
    found = swdflash("boot", "rom", "--via", "uart:sim:bench", "--detect-lines", "--json")
    assert found.exit == 5
    must_match_its_schema(found.document)
    assert found.document["error"]["code"] == "lines-not-found"
    assert "nothing answers" in found.document["error"]["why"]


def test_lines_are_of_a_serial_port(swdflash: Run) -> None:
    found = swdflash("boot", "rom", "--via", "sim:bench", "--detect-lines", "--json")
    assert (found.exit, found.document["error"]["code"]) == (2, "usage")


@pytest.mark.usefixtures("_lines")
def test_finding_them_is_announced_by_a_dry_run(swdflash: Run) -> None:
    argv = ("boot", "rom", "--via", "uart:sim:bench", "--detect-lines", "--dry-run", "--json")
    document = swdflash(*argv).document
    must_match_its_schema(document)
    assert document["result"]["done"] is False


def test_wires_that_are_not_there_are_not_waited_for_long(swdflash: Run) -> None:
    spoken = swdflash("boot", "rom", "--via", WIRED, "--json")
    assert spoken.exit == 5
    assert spoken.document["error"]["code"] == "rom-silent"


def test_by_hand_what_is_left_to_do_is_said_before_waiting(swdflash: Run) -> None:
    argv = ("boot", "rom", "--via", "uart:sim:bench", "--board", "bluepill", "--timeout", "1")
    spoken = swdflash(*argv)
    assert spoken.exit == 5
    assert spoken.err.index("move the jumper BOOT0 to 1") < spoken.err.index("rom-silent")


@pytest.mark.parametrize("verb", ["show", "rom", "flash"])
@pytest.mark.parametrize("via", ["sim:bench", "uart:sim:bench"])
def test_it_plays_back(swdflash: Run, tmp_path: Path, verb: str, via: str) -> None:
    if via.startswith("uart"):
        swdflash("sim", "set", "bench", "--boot0", "1")
    record = tmp_path / "boot.jsonl"
    assert swdflash("boot", verb, "--via", via, "--record", str(record)).exit == 0
    again = swdflash("replay", str(record), "--json")
    assert again.exit == 0
    assert again.document["result"]["same"] is True
