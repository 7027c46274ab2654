from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from swdflash.chips.probes import Probe, probes
from swdflash.links.base import Connect
from swdflash.links.engine import Engine, EngineChoice
from swdflash.links.openocd.errors import NoInterfaceConfig
from swdflash.links.openocd.interface import DEFAULT_TARGET, interface_for, stlink_server, users_own
from swdflash.links.openocd.tcl import quote

DRIVEN = [probe for probe in probes() if "openocd" in probe.engines]


@pytest.mark.parametrize("kind", DRIVEN, ids=lambda kind: kind.name)
def test_every_probe_has_a_configuration_or_asks_for_one(kind: Probe) -> None:
    """OpenOCD itself reads it, as far as it goes without the probe."""
    if kind.kind == "ftdi":
        with pytest.raises(NoInterfaceConfig):
            interface_for(kind, "1234", None)
        return
    for connect in Connect:
        for serial in ("", "066DFF53", "a b[exit]"):
            arguments = interface_for(kind, serial, None).arguments(DEFAULT_TARGET, connect)
            ran = openocd(*arguments, "-c", "echo [adapter name]; echo [reset_config]; shutdown")
            assert ran.returncode == 0, ran.stderr
            assert "srst_only" in ran.stderr
            under = connect in {Connect.UNDER_RESET, Connect.IN_RESET, Connect.PRE_RESET}
            assert ("connect_assert_srst" in ran.stderr) == under


def openocd(*arguments: str) -> subprocess.CompletedProcess[str]:
    ports = "tcl_port disabled; gdb_port disabled; telnet_port disabled"
    return subprocess.run(
        ["openocd", "-c", ports, *arguments],
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )


@pytest.mark.parametrize("transport", ["dapdirect_swd", "hla_swd"])
def test_both_transports_of_an_st_link(transport: str) -> None:
    kind = next(kind for kind in DRIVEN if kind.kind == "stlink")
    for interface in (
        interface_for(kind, "", transport),
        stlink_server(7184, "a board", transport),
    ):
        arguments = interface.arguments(DEFAULT_TARGET, Connect.ATTACH)
        ran = openocd(*arguments, "-c", "echo T:[transport select]; shutdown")
        assert f"T:{transport}" in ran.stderr


def test_the_users_own_files_say_all(tmp_path: Path) -> None:
    """A target that they bring stays; files are found in the search path, hostile names too."""
    name = 'b[exec touch pwned]".cfg'
    (tmp_path / name).write_text(
        "adapter driver dummy\ntransport select jtag\njtag newtap my tap -irlen 4\n"
        "target create my.cpu testee -chain-position my.tap\n"
    )
    interface = users_own([name], [str(tmp_path)], None)
    arguments = interface.arguments("target/" + quote("never read"), Connect.ATTACH)
    ran = openocd(*arguments, "-c", "echo T:[target names]; shutdown")
    assert "T:my.cpu" in ran.stderr
    assert "never read" not in ran.stderr


def test_auto_takes_the_first_that_is_installed() -> None:
    here, nowhere = EngineChoice(), EngineChoice(openocd="/nowhere/openocd")
    assert here.among(["pyocd", "openocd"]) == "pyocd"
    assert here.among(["openocd"]) == "openocd"
    assert nowhere.among(["openocd"]) is None
    assert nowhere.among(["openocd", "pyocd"]) == "pyocd"
    assert here.among([]) is None


def test_an_engine_that_was_chosen_is_taken_or_none() -> None:
    chosen = EngineChoice(Engine.OPENOCD, openocd="/nowhere/openocd")
    assert chosen.among(["pyocd", "openocd"]) == "openocd"
    assert chosen.among(["pyocd"]) is None
