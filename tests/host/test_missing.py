from __future__ import annotations

from pathlib import Path

import pytest

from swdflash.host.access import Access
from swdflash.host.found import Attached, FoundProbe
from swdflash.host.missing import still_missing
from swdflash.host.surroundings import Surroundings, groups_granted, look_around

SHUT = Attached(probes=(FoundProbe("1", "", "ST-LINK/V2", "", Access.DENIED),))
PLAIN = Surroundings("linux", user="ann")
OVER_SSH = Surroundings("linux", user="ann", at_the_machine=False)


@pytest.mark.parametrize(
    ("around", "code"),
    [
        (PLAIN, "replug"),
        (OVER_SSH, "group"),
        (
            Surroundings(
                "linux", at_the_machine=False, groups_granted=frozenset({"plugdev"}), user="ann"
            ),
            "log-in-again",
        ),
        (Surroundings("linux", container="docker", udev_runs=False), "container"),
        (Surroundings("linux", wsl=True, udev_runs=False), "wsl"),
        (Surroundings("linux", sandbox="flatpak"), "flatpak"),
        (Surroundings("linux", sandbox="snap"), "snap"),
        (Surroundings("linux", udev_runs=False), "no-udev"),
    ],
)
def test_what_is_missing_is_told_exactly(around: Surroundings, code: str) -> None:
    assert [each.code for each in still_missing(around, SHUT, "plugdev")] == [code]


def test_nothing_is_missing_where_every_probe_opens() -> None:
    fine = Attached(probes=(FoundProbe("1", "", "ST-LINK/V2", ""),))
    assert still_missing(OVER_SSH, fine, "plugdev") == ()
    assert still_missing(OVER_SSH, Attached(), "plugdev") == ()


def test_the_group_to_join_is_named() -> None:
    (missing,) = still_missing(OVER_SSH, SHUT, "plugdev")
    assert missing.mend.startswith("sudo usermod -aG plugdev ann")


def test_looking_around(tmp_path: Path) -> None:
    (tmp_path / "proc/sys/kernel").mkdir(parents=True)
    (tmp_path / "proc/sys/kernel/osrelease").write_text("5.15.90.1-microsoft-standard-WSL2\n")
    (tmp_path / "run/systemd/sessions").mkdir(parents=True)
    (tmp_path / "run/systemd/sessions/c2").write_text("UID=1000\nSEAT=seat0\n")
    (tmp_path / ".dockerenv").touch()
    around = look_around(tmp_path, {"XDG_SESSION_ID": "c2", "SNAP_NAME": "code"})
    assert (around.wsl, around.container, around.sandbox) == (True, "docker", "snap")
    assert around.at_the_machine
    assert not around.udev_runs
    assert not look_around(tmp_path, {"XDG_SESSION_ID": "../c2"}).at_the_machine


def test_groups_come_from_the_file_of_groups() -> None:
    text = "root:x:0:\nplugdev:x:46:ann,bob\ndialout:x:20:bob\nbroken line\n"
    assert groups_granted(text, "ann") == {"plugdev"}
