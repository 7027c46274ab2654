from __future__ import annotations

import json
from dataclasses import replace

import pytest

from swdflash.host.access import Access, NodeFacts
from swdflash.host.found import Attached, Firmware, FoundDfu, FoundPort
from swdflash.host.holders import Holder
from tests.cli.conftest import Run, must_match_its_schema
from tests.doctor.machines import PORT, PROBE, SERIAL, SHUT

NODE = NodeFacts("/dev/bus/usb/001/005", "crw-rw-r--", "root", "root")
BUSY = replace(PROBE, uid="0671FF", usb_path="1-3", access=Access.BUSY, holders=(Holder(7, "vi"),))
EVERYTHING = Attached(
    probes=(PROBE, replace(SHUT, usb_path="1-2"), BUSY),
    ports=(PORT, FoundPort("", "CH340", "", "1-5", is_probe=False, access=Access.NO_DRIVER)),
    dfu=(FoundDfu("357834593436", "STM32 BOOTLOADER", "1-6", Access.DENIED, NODE),),
)


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch) -> list[Attached]:
    """What is plugged in, time after time; then Ctrl-C."""
    monkeypatch.setenv("COLUMNS", "200")
    times = [EVERYTHING]

    def take(_since: Attached | None = None) -> Attached:
        if not times:
            raise KeyboardInterrupt
        return times.pop(0)

    monkeypatch.setattr("swdflash.api.find_attached", take)
    monkeypatch.setattr("swdflash.api.await_change", take)
    versions = {SERIAL: Firmware("V2J17S4", too_old=True)}
    monkeypatch.setattr("swdflash.api.probe_firmware", lambda: versions)
    return times


def test_people_read_everything(swdflash: Run, desk: list[Attached]) -> None:
    spoken = swdflash("list")
    assert spoken.exit == 0
    for words in (
        "V2J17S4 too old",
        "serial is not unique",
        "busy: vi (pid 7)",
        "/dev/ttyACM0",
        "driver missing",
        "crw-rw-r-- root:root",
        "try: swdflash udev install",
    ):
        assert words in spoken.out, spoken.out


def test_programs_read_everything(swdflash: Run, desk: list[Attached]) -> None:
    document = swdflash("list", "--json").document
    must_match_its_schema(document)
    probes = document["result"]["probes"]
    assert [probe["duplicate_serial"] for probe in probes] == [True, True, False]
    assert probes[0]["ports"] == ["/dev/ttyACM0"]
    assert probes[2]["held_by"] == [{"pid": 7, "program": "vi"}]
    assert document["result"]["dfu"][0]["node"]["mode"] == "crw-rw-r--"
    assert document["result"]["dfu"][0]["via"] == "dfu:357834593436"


def test_nothing_is_said_with_a_way_out(swdflash: Run, desk: list[Attached]) -> None:
    desk[:] = [Attached()]
    assert "sim new" in swdflash("list").out


def test_plugs_are_followed_until_ctrl_c(swdflash: Run, desk: list[Attached]) -> None:
    desk[:] = [Attached(), EVERYTHING, Attached()]
    spoken = swdflash("list", "--watch", "--json")
    found = [len(json.loads(line)["result"]["probes"]) for line in spoken.out.splitlines()]
    assert found == [0, 3, 0]
