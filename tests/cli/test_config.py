from __future__ import annotations

import errno
from pathlib import Path
from typing import Any

import pytest

from swdflash.cli.config import FROM_FILES
from tests.cli.conftest import Run


@pytest.fixture
def user_file(tmp_path: Path) -> Path:
    file = tmp_path / "config-home" / "swdflash" / "config.toml"
    file.parent.mkdir(parents=True)
    return file


@pytest.fixture
def project_file(tmp_path: Path) -> Path:
    return tmp_path / "swdflash.toml"


def shown(swdflash: Run, *argv: str) -> dict[str, tuple[Any, str, str]]:
    """Each setting's value, source and place, as `config show` says."""
    spoken = swdflash("config", "show", "--json", *argv)
    assert spoken.exit == 0, spoken.err
    rows = spoken.document["result"]["settings"]
    return {row["key"]: (row["value"], row["source"], row["place"]) for row in rows}


def test_defaults(swdflash: Run) -> None:
    settings = shown(swdflash)
    assert set(settings) == set(FROM_FILES)
    assert settings["via"] == ("auto", "default", "")


def test_each_layer_wins_over_the_one_before(
    swdflash: Run, user_file: Path, project_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    user_file.write_text('via = "pyocd:user"\n[profile.left]\nvia = "pyocd:user-left"\n')
    assert shown(swdflash)["via"] == ("pyocd:user", "user file", str(user_file))

    project_file.write_text('via = "pyocd:project"\n')
    assert shown(swdflash)["via"] == ("pyocd:project", "project file", str(project_file))

    value, source, place = shown(swdflash, "--profile", "left")["via"]
    assert (value, source) == ("pyocd:user-left", "profile")
    assert place == f"[profile.left] in {user_file}"

    project_file.write_text('[profile.left]\nvia = "pyocd:project-left"\n')
    assert shown(swdflash, "--profile", "left")["via"][0] == "pyocd:project-left"

    monkeypatch.setenv("SWDFLASH_VIA", "pyocd:environment")
    assert shown(swdflash, "--profile", "left")["via"] == (
        "pyocd:environment",
        "environment",
        "SWDFLASH_VIA",
    )
    assert shown(swdflash, "--via", "pyocd:typed")["via"] == ("pyocd:typed", "option", "--via")


def test_an_option_typed_as_its_default_still_wins(swdflash: Run, project_file: Path) -> None:
    project_file.write_text('via = "pyocd:project"\n')
    assert shown(swdflash, "--via", "auto")["via"] == ("auto", "option", "--via")


def test_the_project_file_is_found_upward(
    swdflash: Run, project_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project_file.write_text("timeout = 3\n")
    deep = tmp_path / "src" / "drivers"
    deep.mkdir(parents=True)
    monkeypatch.chdir(deep)
    assert shown(swdflash)["timeout"] == (3.0, "project file", str(project_file))


def test_the_environment_names_a_profile(
    swdflash: Run, project_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project_file.write_text('[profile.left]\nchip = "STM32F103C8"\n')
    monkeypatch.setenv("SWDFLASH_PROFILE", "left")
    assert shown(swdflash)["chip"][0] == "STM32F103C8"


@pytest.mark.parametrize("text", ["4000000", "4M", "4mhz", "4000k"])
def test_a_clock_can_be_said_as_people_do(
    swdflash: Run, text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert shown(swdflash, "--clock", text)["clock"][0] == 4_000_000
    monkeypatch.setenv("SWDFLASH_CLOCK", text)
    assert shown(swdflash)["clock"] == (4_000_000, "environment", "SWDFLASH_CLOCK")


@pytest.mark.parametrize(
    ("text", "code", "named"),
    [
        ('vai = "x"\n', "unknown-config-key", ["vai", "via"]),
        ("[profile.a]\nclok = 1\n", "unknown-config-key", ["profile.a.clok", "clock"]),
        ("timeout = 'long'\n", "bad-config-value", ["timeout"]),
        ("clock = -4\n", "bad-config-value", ["clock"]),
        ("erase = 'all'\n", "bad-config-value", ["erase"]),
        ("dbgmcu = 'keep'\n", "unknown-config-key", ["dbgmcu", "dbgmcu.on_connect"]),
        ("dbgmcu.on_connect = 'off'\n", "bad-config-value", ["dbgmcu.on_connect"]),
        ("profile = 3\n", "bad-config-value", ["profile"]),
        ("profile.a = 3\n", "bad-config-value", ["profile.a"]),
        ("via = \n", "config-unreadable", ["line 1"]),
        ("via = '\ufffd'\n\0", "config-unreadable", []),
    ],
)
def test_a_wrong_file_is_named_with_the_key(
    swdflash: Run, project_file: Path, text: str, code: str, named: list[str]
) -> None:
    project_file.write_text(text)
    spoken = swdflash("explain", "usage", "--json")
    error = spoken.document["error"]
    assert spoken.exit == 2
    assert error["code"] == code
    words = error["what"] + error["why"]
    assert str(project_file) in words
    for word in named:
        assert word in words


def test_a_wrong_variable_is_named(swdflash: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SWDFLASH_TIMEOUT", "soon")
    spoken = swdflash("config", "show")
    assert spoken.exit == 2
    assert "SWDFLASH_TIMEOUT" in spoken.err


def test_an_unknown_profile_lists_those_there_are(swdflash: Run, project_file: Path) -> None:
    project_file.write_text("[profile.left]\n[profile.right]\n")
    spoken = swdflash("config", "show", "--profile", "middle")
    assert spoken.exit == 2
    assert "left, right" in spoken.err


def test_what_becomes_of_dbgmcu_can_be_set_once(
    swdflash: Run, project_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project_file.write_text('dbgmcu.on_connect = "keep"\n')
    assert shown(swdflash)["dbgmcu.on_connect"] == ("keep", "project file", str(project_file))
    monkeypatch.setenv("SWDFLASH_DBGMCU", "restore")
    assert shown(swdflash)["dbgmcu.on_connect"] == ("restore", "environment", "SWDFLASH_DBGMCU")
    assert shown(swdflash, "--dbgmcu", "debug")["dbgmcu.on_connect"][0] == "debug"


def test_a_folder_that_may_not_be_entered_is_told_and_passed_by(
    swdflash: Run, user_file: Path, project_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project_file.write_text("timeout = 7\n")
    is_file = Path.is_file

    def closed(file: Path) -> bool:
        if file == user_file:
            raise PermissionError(errno.EACCES, "Permission denied", str(file))
        return is_file(file)

    monkeypatch.setattr(Path, "is_file", closed)
    assert shown(swdflash)["timeout"] == (7, "project file", str(project_file))
    spoken = swdflash("config", "show", "--json")
    (warning,) = spoken.document["warnings"]
    assert warning["code"] == "config-hidden"
    assert str(user_file) in warning["text"]
    assert str(user_file) in swdflash("config", "show").err
