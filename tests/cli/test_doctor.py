from __future__ import annotations

import pytest

from swdflash.doctor.facts import Facts
from swdflash.host.found import Attached
from tests.cli.conftest import Run, must_match_its_schema
from tests.doctor.machines import SERIAL, SHUT, machine


def stand_on(monkeypatch: pytest.MonkeyPatch, facts: Facts) -> None:
    """Let this machine be that one."""
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setattr("swdflash.api.gather_facts", lambda _via: facts)


def test_a_good_machine(swdflash: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    stand_on(monkeypatch, machine())
    spoken = swdflash("doctor")
    assert spoken.exit == 0
    assert "STM32F103x8" in spoken.out
    document = swdflash("doctor", "--json").document
    must_match_its_schema(document)
    assert {check["level"] for check in document["result"]["checks"]} == {"ok"}


def test_a_bad_machine_ends_in_an_error_with_its_report(
    swdflash: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    stand_on(monkeypatch, machine(attached=Attached(probes=(SHUT,)), trial=None))
    spoken = swdflash("doctor")
    assert spoken.exit == 3
    assert "crw-rw-r-- root:root" in spoken.out
    assert "try: swdflash udev install" in spoken.out
    document = swdflash("doctor", "--json").document
    must_match_its_schema(document)
    assert document["error"]["code"] == "machine-not-ready"
    assert [each["check"] for each in document["result"]["checks"] if each["level"] == "bad"] == [
        "probe"
    ]


def test_serials_are_shortened_unless_asked_for(
    swdflash: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    stand_on(monkeypatch, machine())
    for argv in (("doctor",), ("doctor", "--json")):
        assert SERIAL not in swdflash(*argv).out
        assert f"{SERIAL[:4]}…" in swdflash(*argv).out
        assert SERIAL in swdflash(*argv, "--full").out


def test_a_virtual_board_is_tried_out(swdflash: Run) -> None:
    checks = {
        check["check"]: check["what"]
        for check in swdflash("doctor", "--via", "sim:bluepill", "--json").document["result"][
            "checks"
        ]
    }
    assert checks["open"] == "pyocd:sim:bluepill was opened"
    assert checks["chip"].startswith("STM32F103x8")


def test_a_denied_virtual_probe_is_bad(swdflash: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SWDFLASH_SIM_FAULT", "denied")
    spoken = swdflash("doctor", "--via", "sim:bluepill")
    assert spoken.exit == 3
    assert "no permission" in spoken.out
