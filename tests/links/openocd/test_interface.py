from __future__ import annotations

import re
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from swdflash.chips.probes import Probe, probe_with, probes
from swdflash.flashing.write import prepare_write
from swdflash.images.image import Image
from swdflash.links.base import Connect
from swdflash.links.engine import Engine, EngineChoice
from swdflash.links.errors import TransferFault
from swdflash.links.factory import open_debug_link
from swdflash.links.openocd.console import PRELUDE
from swdflash.links.openocd.errors import NoInterfaceConfig, TargetConfigMisfit
from swdflash.links.openocd.interface import DEFAULT_TARGET, interface_for, stlink_server, users_own
from swdflash.links.openocd.tcl import quote
from swdflash.target.identify import identify

AS_IN_0_11 = """
rename read_memory r; rename write_memory w
proc mem2array {name width address count} {
  upvar $name words
  set i 0
  foreach word [r $address $width $count] { set words($i) [expr {$word}]; incr i }
}
proc array2mem {name width address count} {
  upvar $name words
  for {set i 0} {$i < $count} {incr i} { lappend list $words($i) }
  w $address $width $list
}
"""
SCRIPTS = Path("/usr/share/openocd/scripts")
DRIVEN = [probe for probe in probes() if "openocd" in probe.engines]


@pytest.mark.parametrize("kind", DRIVEN, ids=lambda kind: kind.name)
def test_every_probe_has_a_configuration_or_asks_for_one(kind: Probe) -> None:
    """OpenOCD itself reads it, as far as it goes without the probe."""
    if kind.kind == "ftdi" and not kind.openocd:
        with pytest.raises(NoInterfaceConfig) as caught:
            interface_for(kind, "1234", None)
        for file in kind.openocd_candidates:
            assert f"--via openocd:{file}" in caught.value.explain().next
        return
    for connect in Connect:
        for serial in ("", "066DFF53", "a b[exit]"):
            arguments = interface_for(kind, serial, None).arguments(DEFAULT_TARGET, connect)
            ran = openocd(*arguments, "-c", "echo [adapter name]; echo [reset_config]; shutdown")
            assert ran.returncode == 0, ran.stderr
            assert "srst_only" in ran.stderr
            under = connect in {Connect.UNDER_RESET, Connect.IN_RESET, Connect.PRE_RESET}
            assert ("connect_assert_srst" in ran.stderr) == under


NAMED = [
    (kind, files)
    for kind in DRIVEN
    for files in (kind.openocd, *((file,) for file in kind.openocd_candidates))
    if files
]


@pytest.mark.parametrize(("kind", "files"), NAMED, ids=lambda value: str(value)[:40])
def test_configurations_of_ftdi_boards_are_debians_own(kind: Probe, files: Sequence[str]) -> None:
    """They are there, are for these USB ids, and drive SWD: OpenOCD asks for the signal SWD_EN."""
    text = "".join((SCRIPTS / file).read_text() for file in files)
    ids = {(int(v, 0), int(p, 0)) for v, p in re.findall(r"(0x\w{4}) (0x\w{4})", text)}
    fitting = ids & set(kind.usb)
    assert fitting == set(kind.usb) if kind.openocd else fitting
    assert "layout_signal SWD_EN" in text


def test_a_board_of_its_own_id_needs_no_configuration_named() -> None:
    kt_link = probe_with(0x0403, 0xBBE2)
    assert kt_link is not None
    interface = interface_for(kt_link, "", None)
    assert interface.files == ("interface/ftdi/kt-link.cfg",)
    arguments = interface.arguments(DEFAULT_TARGET, Connect.ATTACH)
    ran = openocd(*arguments, "-c", "echo T:[transport select]; shutdown")
    assert "T:swd" in ran.stderr


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


def test_an_openocd_without_the_memory_commands_of_0_12(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """0.11 has `mem2array` and `array2mem` in their place, here made of what 0.12 has."""
    monkeypatch.setenv("SWDFLASH_STATE_DIR", str(tmp_path))
    monkeypatch.setattr("swdflash.links.openocd.debug_link.PRELUDE", AS_IN_0_11 + PRELUDE)
    with open_debug_link("openocd:sim:bluepill") as link:
        link.write(0x2000_0001, b"older than that")
        assert link.read(0x2000_0000, 17)[1:16] == b"older than that"
        assert link.read16(0x2000_0002) == int.from_bytes(b"ld", "little")
        with pytest.raises(TransferFault):
            link.read32(0x5000_0000)


def test_a_target_configuration_for_another_chip(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SWDFLASH_STATE_DIR", str(tmp_path))
    choice = EngineChoice(openocd_target="target/stm32l0.cfg")
    image = Image.of(0x0800_0000, bytes(64))
    with open_debug_link("openocd:sim:bluepill", engine=choice) as link:
        prepared = prepare_write(identify(link), image)
        with pytest.raises(TargetConfigMisfit):
            prepared.carry_out()
    with open_debug_link("pyocd:sim:bluepill") as link:
        assert link.read(0x0800_0000, 64) == b"\xff" * 64
