from __future__ import annotations

import os
from pathlib import Path

import pytest

from swdflash.host import as_root, udev
from swdflash.host.conflicts import find_conflicts
from swdflash.host.errors import (
    GroupUnknown,
    NoWayToRoot,
    RootRefused,
    RulesForeign,
    RulesUnwritable,
)
from swdflash.host.rules import NAME, is_ours, rules
from swdflash.host.udev import State


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A system with the groups that Debian has."""
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc/group").write_text("root:x:0:\ndialout:x:20:ann\nplugdev:x:46:ann\n")
    return tmp_path


def put(root: Path, name: str, text: str) -> Path:
    file = root / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    return file


def test_nothing_is_open_to_everybody() -> None:
    text = rules("plugdev")
    assert "0666" not in text
    assert 'MODE="0660", GROUP="plugdev", TAG+="uaccess"' in text
    assert "GROUP" not in rules(None).partition("\nACTION")[2]


def test_the_name_is_read_before_access_is_granted() -> None:
    assert min("70-uaccess.rules", "73-seat-late.rules") > NAME


def test_what_was_changed_by_hand_is_not_ours() -> None:
    assert is_ours(rules("plugdev"))
    assert not is_ours(rules("plugdev").replace("0660", "0666"))
    assert not is_ours("")


def test_install_twice_and_uninstall(root: Path) -> None:
    path = udev.rules_file(root)
    as_root.carry_out(udev.plan_install(root, "plugdev"), tell_udev=False)
    assert path.read_text() == rules("plugdev")
    assert path.stat().st_mode & 0o777 == 0o644
    assert udev.plan_install(root, "plugdev").is_nothing
    assert udev.state(root, "plugdev") is State.CURRENT
    assert udev.state(root, "dialout") is State.OUTDATED
    as_root.carry_out(udev.plan_uninstall(root), tell_udev=False)
    assert list(path.parent.iterdir()) == []
    assert udev.plan_uninstall(root).is_nothing


@pytest.mark.parametrize("text", ["# somebody's\n", rules("plugdev") + "# mine\n", "\xff"])
def test_a_foreign_file_is_not_touched(root: Path, text: str) -> None:
    file = put(root, "etc/udev/rules.d/60-swdflash.rules", text)
    with pytest.raises(RulesForeign):
        udev.plan_install(root, None)
    with pytest.raises(RulesForeign):
        udev.plan_uninstall(root)
    assert file.read_text() == text
    assert udev.state(root, None) is State.FOREIGN


def test_a_link_is_not_followed(root: Path) -> None:
    target = put(root, "elsewhere", rules(None))
    link = udev.rules_file(root)
    link.parent.mkdir(parents=True)
    link.symlink_to(target)
    with pytest.raises(RulesForeign):
        udev.plan_uninstall(root)


def test_the_group_is_one_that_exists(root: Path) -> None:
    assert udev.choose_group(root, None) == "plugdev"
    assert udev.choose_group(root, "dialout") == "dialout"
    with pytest.raises(GroupUnknown, match="plugdev, dialout"):
        udev.choose_group(root, "wheel")
    (root / "etc/group").write_text("root:x:0:\n")
    assert udev.choose_group(root, None) is None


def test_a_place_that_cannot_be_written(root: Path) -> None:
    put(root, "etc/udev", "a file where a folder belongs")
    with pytest.raises(RulesUnwritable):
        as_root._directly(udev.Change(udev.rules_file(root), None, "x"))


def as_a_user(monkeypatch: pytest.MonkeyPatch, folder: Path, helper: str | None) -> None:
    """Nobody who may write there, and this program as sudo."""
    tools = folder / "tools"
    tools.mkdir()
    if helper is not None:
        (tools / "sudo").write_text(f"#!/bin/sh\n{helper}\n")
        (tools / "sudo").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tools}:/usr/bin:/bin" if helper else str(tools))
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setattr(as_root, "_may_write", lambda _path: False)


def test_sudo_does_the_copy_and_the_removal(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    as_a_user(monkeypatch, root, f'echo "$@" >>{root}/log; exec "$@"')
    as_root.carry_out(udev.plan_install(root, None), tell_udev=False)
    assert udev.rules_file(root).read_text() == rules(None)
    as_root.carry_out(udev.plan_uninstall(root), tell_udev=False)
    assert not udev.rules_file(root).exists()
    assert (root / "log").read_text().count("/bin/sh") == 2


def test_a_hostile_folder_name_is_only_a_name(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    strange = root / "it's $(touch gone) \n;x"
    (strange / "etc").mkdir(parents=True)
    as_a_user(monkeypatch, root, 'exec "$@"')
    monkeypatch.chdir(root)
    as_root.carry_out(udev.plan_install(strange, None), tell_udev=False)
    assert udev.rules_file(strange).read_text() == rules(None)
    assert not (root / "gone").exists()


def test_a_user_who_may_not_become_root(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    as_a_user(monkeypatch, root, "exit 1")
    with pytest.raises(RootRefused, match="sudo"):
        as_root.carry_out(udev.plan_install(root, None), tell_udev=False)
    assert not udev.rules_file(root).exists()


def test_no_sudo_at_all(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    as_a_user(monkeypatch, root, None)
    with pytest.raises(NoWayToRoot):
        as_root.carry_out(udev.plan_install(root, None), tell_udev=False)


@pytest.mark.parametrize(
    ("name", "rule", "wins"),
    [
        ("49-x.rules", 'ATTRS{idVendor}=="0483", ATTRS{idProduct}=="3748", MODE="0666"', False),
        ("49-x.rules", 'ATTRS{idVendor}=="0483", ATTRS{idProduct}=="374?", MODE:="666"', True),
        ("99-x.rules", 'SUBSYSTEM=="usb", MODE="0666"', True),
        ("99-x.rules", 'ATTR{idVendor}=="0483", MODE="0660"', None),
        ("99-x.rules", 'ATTR{idVendor}=="1234", MODE="0666"', None),
        ("99-x.rules", 'ATTR{idVendor}=="0483", ATTR{idProduct}=="5750", MODE="0666"', None),
        ("99-x.rules", '# ATTR{idVendor}=="0483", MODE="0666"', None),
        ("99-x.rules", 'SUBSYSTEM=="usb", DRIVER=="usblp", MODE="0666"', None),
    ],
)
def test_rules_that_open_probes_to_all_are_found(
    root: Path, name: str, rule: str, wins: bool | None
) -> None:
    file = put(root, f"etc/udev/rules.d/{name}", f"# first\n\n{rule}\n")
    found = find_conflicts(root)
    assert [(each.file, each.line, each.wins) for each in found] == (
        [] if wins is None else [(file, 3, wins)]
    )


def test_a_rule_over_several_lines_is_named_by_its_first(root: Path) -> None:
    text = 'SUBSYSTEMS=="usb", \\\n# between\n ATTRS{idVendor}=="0483", \\\n MODE:="0666"\n'
    put(root, "usr/lib/udev/rules.d/49-stlink.rules", "\n" + text)
    assert [each.line for each in find_conflicts(root)] == [2]


def test_a_file_in_etc_hides_its_namesake(root: Path) -> None:
    put(root, "usr/lib/udev/rules.d/49-x.rules", 'ATTR{idVendor}=="0483", MODE="0666"\n')
    assert len(find_conflicts(root)) == 1
    (root / "etc/udev/rules.d").mkdir(parents=True)
    (root / "etc/udev/rules.d/49-x.rules").symlink_to("/dev/null")
    assert find_conflicts(root) == ()


def test_hostile_rules_of_others_are_fit_to_print(root: Path) -> None:
    file = root / "etc/udev/rules.d/99-x.rules"
    file.parent.mkdir(parents=True)
    file.write_bytes(b'ATTR{idVendor}=="0483", MODE="0666", NAME="\x1b[31m\xff%n"\n')
    (found,) = find_conflicts(root)
    assert found.rule.isprintable()
