from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from swdflash.cli import udev
from swdflash.host.found import Attached
from swdflash.host.rules import rules
from swdflash.host.surroundings import Surroundings
from tests.cli.conftest import Run, must_match_its_schema
from tests.doctor.machines import PROBE, SHUT

NAMESPACE = ["unshare", "--mount", *([] if os.geteuid() == 0 else ["--map-root-user"])]
CHECKOUT = Path(__file__).parents[2]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    made = tmp_path / "root"
    (made / "etc").mkdir(parents=True)
    (made / "etc/group").write_text("root:x:0:\nplugdev:x:46:\n")
    return made


def test_the_rules_are_printed_as_they_are(swdflash: Run, root: Path) -> None:
    assert swdflash("udev", "print", "--root", str(root)).out == rules("plugdev")
    document = swdflash("udev", "print", "--root", str(root), "--json").document
    must_match_its_schema(document)
    assert document["result"]["rules"] == rules("plugdev")


def test_a_packager_installs_checks_and_uninstalls(swdflash: Run, root: Path) -> None:
    here = ("--root", str(root))
    absent = swdflash("udev", "check", *here, "--json")
    assert (absent.exit, absent.document["error"]["code"]) == (4, "rules-missing")

    first = swdflash("udev", "install", *here, "--yes", "--json")
    assert (first.exit, first.document["result"]["changed"]) == (0, True)
    assert "+ACTION" in first.err
    must_match_its_schema(first.document)
    again = swdflash("udev", "install", *here, "--json")
    assert (again.exit, again.document["result"]["changed"]) == (0, False)

    checked = swdflash("udev", "check", *here, "--json")
    assert (checked.exit, checked.document["result"]["state"]) == (0, "current")
    must_match_its_schema(checked.document)
    gone = swdflash("udev", "uninstall", *here, "--yes", "--json")
    assert (gone.exit, gone.document["result"]["changed"]) == (0, True)
    assert [each for each in root.rglob("*") if each.is_file()] == [root / "etc/group"]


@pytest.mark.parametrize("command", ["install", "uninstall"])
def test_a_dry_run_touches_nothing(swdflash: Run, root: Path, command: str) -> None:
    if command == "uninstall":
        swdflash("udev", "install", "--root", str(root), "--yes")
    before = {file: file.stat().st_mtime_ns for file in root.rglob("*")}
    assert swdflash("udev", command, "--root", str(root), "--dry-run").exit == 0
    assert {file: file.stat().st_mtime_ns for file in root.rglob("*")} == before


def test_a_user_who_says_no(swdflash: Run, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stdin = io.StringIO("n\n")
    monkeypatch.setattr(stdin, "isatty", lambda: True)
    monkeypatch.setattr(sys, "stdin", stdin)
    spoken = swdflash("udev", "install", "--root", str(root))
    assert (spoken.exit, "said-no" in spoken.err) == (10, True)
    assert not (root / "etc/udev").exists()


def test_a_foreign_file_is_refused(swdflash: Run, root: Path) -> None:
    file = root / "etc/udev/rules.d/60-swdflash.rules"
    file.parent.mkdir(parents=True)
    file.write_text("# somebody's\n")
    for command in ("install", "uninstall"):
        spoken = swdflash("udev", command, "--root", str(root), "--yes", "--json")
        assert (spoken.exit, spoken.document["error"]["code"]) == (10, "rules-foreign")
    assert file.read_text() == "# somebody's\n"


def test_a_rule_that_defeats_ours_is_named_with_its_line(swdflash: Run, root: Path) -> None:
    swdflash("udev", "install", "--root", str(root), "--yes")
    other = root / "etc/udev/rules.d/99-open.rules"
    other.write_text('\nSUBSYSTEM=="usb", ATTR{idVendor}=="0483", MODE="0666"\n')
    spoken = swdflash("udev", "check", "--root", str(root), "--json")
    assert (spoken.exit, spoken.document["error"]["code"]) == (4, "rules-overridden")
    assert f"{other}:2" in spoken.document["error"]["why"]
    must_match_its_schema(spoken.document)


def test_a_group_that_is_not_there(swdflash: Run, root: Path) -> None:
    spoken = swdflash("udev", "install", "--root", str(root), "--group", "wheel", "--yes")
    assert (spoken.exit, "group-unknown" in spoken.err) == (2, True)


@pytest.mark.parametrize("command", ["install", "uninstall", "check"])
def test_another_system_needs_no_udev(
    swdflash: Run, root: Path, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    spoken = swdflash("udev", command)
    assert (spoken.exit, "no-udev-here" in spoken.err) == (2, True)
    assert swdflash("udev", "install", "--root", str(root), "--dry-run").exit == 0


def test_what_can_be_opened_now_and_what_cannot_is_told(
    swdflash: Run, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    swdflash("udev", "install", "--root", str(root), "--yes")
    monkeypatch.setattr(udev, "HERE", root)
    both = Attached(probes=(PROBE, replace(SHUT, usb_path="1-2")))
    monkeypatch.setattr("swdflash.api.find_attached", lambda: both)
    around = Surroundings("linux", user="ann", at_the_machine=False)
    monkeypatch.setattr(udev, "look_around", lambda: around)
    spoken = swdflash("udev", "install", "--root", str(root))
    assert "can be opened: STM32 STLink at USB 1-1.4" in spoken.out
    assert "try: ann is not at the machine, and not in group plugdev: sudo usermod" in spoken.out


def for_real(script: str) -> subprocess.CompletedProcess[str]:
    """Run as root with mounts of its own; `swdflash` is this one, /etc/udev is empty."""
    start = f"""
        mount -t tmpfs none /etc/udev
        swdflash() {{ {sys.executable} -m swdflash "$@"; }}
    """
    environment = {**os.environ, "PYTHONPATH": str(CHECKOUT)}
    return subprocess.run(
        [*NAMESPACE, "sh", "-e", "-c", start + script],
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


def test_install_for_real() -> None:
    ran = for_real("""
        swdflash udev install --yes --json
        cat /etc/udev/rules.d/60-swdflash.rules >&2
        swdflash udev uninstall --yes >/dev/null
        test -z "$(ls /etc/udev/rules.d)"
    """)
    assert ran.returncode == 0, ran.stderr
    assert json.loads(ran.stdout)["result"]["changed"] is True
    assert "# Written by swdflash" in ran.stderr
    assert not Path("/etc/udev/rules.d/60-swdflash.rules").exists()


@pytest.mark.needs_root  # to mount anew what another namespace has locked
def test_an_etc_that_cannot_be_written() -> None:
    ran = for_real("""
        mount -o remount,ro /etc/udev
        swdflash udev install --yes --json
    """)
    document = json.loads(ran.stdout)
    assert (ran.returncode, document["error"]["code"]) == (4, "rules-unwritable")
    assert "Read-only" in document["error"]["why"]
