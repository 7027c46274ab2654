from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from swdflash.doctor.errors import NotReady
from swdflash.doctor.examine import examine
from swdflash.doctor.facts import Engine, Facts, Trial, WindowsDevice
from swdflash.doctor.finding import Finding, Level
from swdflash.doctor.gather import _runs, gather, windows_devices
from swdflash.errors import Exit, Explanation
from swdflash.host.access import Access
from swdflash.host.conflicts import Conflict
from swdflash.host.found import Attached, Firmware, FoundDfu
from swdflash.host.holders import Holder
from swdflash.host.surroundings import Surroundings
from swdflash.host.udev import State
from swdflash.links.errors import SeveralProbes
from tests.doctor.machines import PORT, PROBE, SERIAL, SHUT, machine


@pytest.mark.parametrize("system", ["linux", "darwin", "win32"])
def test_a_good_machine_is_told_so(system: str) -> None:
    assert {finding.level for finding in examine(machine(system))} == {Level.OK}


def troubles(facts: Facts) -> list[Finding]:
    return [finding for finding in examine(facts) if finding.level is not Level.OK]


def only(facts: Facts) -> Finding:
    (finding,) = troubles(facts)
    assert finding.mend, "each trouble says what mends it"
    return finding


SSH = Surroundings("linux", user="ann", at_the_machine=False)
TROUBLE = Explanation("openocd-missing", Exit.NO_PROBE, "no OpenOCD", "not found", ("apt install",))
CONFLICT = Conflict(Path("/lib/udev/rules.d/49-x.rules"), 5, "MODE:=0666", wins=True)


@pytest.mark.parametrize(
    ("different", "check", "level", "says"),
    [
        ({"python": (3, 10)}, "python", Level.BAD, "3.10"),
        ({"libusb": ""}, "libusb", Level.BAD, "libusb"),
        ({"pyocd": Engine()}, "pyocd", Level.BAD, "not installed"),
        ({"openocd": Engine(trouble=TROUBLE)}, "openocd", Level.WARNING, "not found"),
        ({"rules": State.ABSENT}, "udev", Level.WARNING, "absent"),
        ({"rules": State.OUTDATED}, "udev", Level.WARNING, "outdated"),
        ({"rules": State.FOREIGN}, "udev", Level.WARNING, "not as swdflash wrote"),
        ({"conflicts": (CONFLICT,)}, "udev", Level.WARNING, "49-x.rules:5"),
        ({"around": SSH}, "groups", Level.WARNING, "not in plugdev"),
        (
            {"around": replace(SSH, groups_granted=frozenset({"plugdev"}))},
            "groups",
            Level.WARNING,
            "next login",
        ),
        ({"around": Surroundings("linux", wsl=True)}, "wsl", Level.WARNING, "Windows"),
        (
            {"around": Surroundings("linux", container="docker")},
            "container",
            Level.WARNING,
            "docker",
        ),
        ({"attached": Attached(), "trial": None}, "probe", Level.WARNING, "no debug probe"),
        (
            {"attached": Attached(probes=(SHUT,)), "trial": None},
            "probe",
            Level.BAD,
            "/dev/bus/usb/001/004 is crw-rw-r-- root:root",
        ),
        (
            {
                "attached": Attached(
                    probes=(replace(PROBE, access=Access.BUSY, holders=(Holder(42, "openocd"),)),)
                )
            },
            "probe",
            Level.WARNING,
            "openocd (pid 42)",
        ),
        (
            {"attached": Attached(probes=(PROBE, replace(PROBE, usb_path="1-2")))},
            "serials",
            Level.WARNING,
            "1-1.4, 1-2",
        ),
        (
            {"attached": Attached((PROBE,), (replace(PORT, name="", access=Access.NO_DRIVER),))},
            "port",
            Level.BAD,
            "no driver",
        ),
        (
            {"attached": Attached((PROBE,), (), (FoundDfu("1", "X", "1-3", Access.NO_NODE),))},
            "dfu",
            Level.BAD,
            "no device node",
        ),
        ({"firmware": {SERIAL: Firmware("V2J17S4", True)}}, "firmware", Level.BAD, "V2J17S4"),
        (
            {"trial": Trial("auto", trouble=Explanation("x", Exit.NO_ANSWER, "a", "b", ("c",)))},
            "chip",
            Level.BAD,
            "a: b",
        ),
        (
            {"trial": Trial("auto", trouble=Explanation("x", Exit.PERMISSION, "a", "b", ("c",)))},
            "open",
            Level.BAD,
            "a: b",
        ),
        (
            {
                "trial": Trial(
                    "auto", trouble=SeveralProbes({"pyocd:1": "a", "pyocd:2": "b"}).explain()
                )
            },
            "open",
            Level.WARNING,
            "here are 2",
        ),
    ],
)
def test_one_thing_that_is_wrong(
    different: dict[str, Any], check: str, level: Level, says: str
) -> None:
    found = only(machine(**different))
    assert (found.check, found.level) == (check, level)
    assert says in found.what


def test_modem_manager_matters_without_the_rules() -> None:
    assert troubles(machine(modem_manager=True)) == []
    found = troubles(machine(modem_manager=True, rules=State.ABSENT))
    assert [each.check for each in found] == ["udev", "modem-manager"]


@pytest.mark.parametrize(
    ("driver", "mend"),
    [("STTub30", "STM32CubeProgrammer"), ("", "Zadig"), ("HidUsb", "Zadig")],
)
def test_a_wrong_driver_on_windows(driver: str, mend: str) -> None:
    dfu = WindowsDevice(0x0483, 0xDF11, driver)
    found = only(machine("win32", windows=(dfu,)))
    assert (found.check, found.level) == ("driver", Level.BAD)
    assert mend in found.mend
    st_link = only(machine("win32", windows=(WindowsDevice(0x0483, 0x3748, ""),)))
    assert "STSW-LINK009" in st_link.mend
    assert not troubles(machine("win32", windows=(WindowsDevice(0x0483, 0x3748, "WinUSB"),)))


def test_what_windows_says_of_its_devices() -> None:
    told = r"""[
        {"DeviceID": "USB\\VID_0483&PID_DF11\\357834593436", "Service": "STTub30"},
        {"DeviceID": "USB\\VID_0483&PID_374B&MI_00\\6&1A2B", "Service": null},
        {"DeviceID": "USB\\VID_046D&PID_C31C\\5&1", "Service": "HidUsb"},
        {"DeviceID": "USB\\VID_XYZ", "Service": "odd"}
    ]"""
    assert list(windows_devices(told)) == [
        WindowsDevice(0x0483, 0xDF11, "STTub30"),
        WindowsDevice(0x0483, 0x374B, ""),
    ]
    assert list(windows_devices("no JSON")) == []


def test_a_program_that_macos_holds_back() -> None:
    found = only(machine("darwin", quarantined=("/opt/my tools/openocd",)))
    assert found.mend == "xattr -d com.apple.quarantine '/opt/my tools/openocd'"


def test_other_systems_are_not_asked_for_udev() -> None:
    for system in ("darwin", "win32"):
        assert "udev" not in {each.check for each in examine(machine(system))}


def test_facts_of_this_machine_are_gathered(tmp_path: Path) -> None:
    facts = gather(lambda _attached: None)
    assert facts.around.system == "linux"
    assert facts.pyocd.version
    assert facts.libusb
    assert examine(facts)


def test_a_running_program_is_known_by_its_name(tmp_path: Path) -> None:
    (tmp_path / "proc/7").mkdir(parents=True)
    (tmp_path / "proc/7/comm").write_text("ModemManager\n")
    assert _runs("ModemManager", tmp_path)
    assert not _runs("Modem", tmp_path)


def test_the_end_names_what_is_bad() -> None:
    assert "probe, udev" in str(NotReady("probe, udev"))
