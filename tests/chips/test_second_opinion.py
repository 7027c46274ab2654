"""The facts in `targets/` against tables that nobody here wrote."""

from __future__ import annotations

import csv
import ctypes
import re
import zipfile
from collections.abc import Callable
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, NamedTuple
from xml.etree import ElementTree as ET

import pytest
from pyocd.target.builtin.target_STM32F103RC import STM32F103RC

from swdflash.chips.data import chip_named, devices, families, find_device
from swdflash.chips.device import Device, layouts
from swdflash.chips.family import Family
from swdflash.chips.others import others
from swdflash.chips.probes import probe_with, probes

OPENOCD = Path("/usr/share/openocd/scripts")
UDEV = Path("/lib/udev/rules.d")
F0, F1, F4 = families()


# --- stlink (libstlink1): what it compiles in, by DEV_ID


class ChipParams(ctypes.Structure):
    """stlink_chipid_params, inc/chipid.h of stlink 1.7.0."""

    _fields_ = (
        ("chip_id", ctypes.c_uint32),
        ("description", ctypes.c_char_p),
        ("flash_type", ctypes.c_int),
        ("flash_size_reg", ctypes.c_uint32),
        ("flash_pagesize", ctypes.c_uint32),
        ("sram_size", ctypes.c_uint32),
        ("bootrom_base", ctypes.c_uint32),
        ("bootrom_size", ctypes.c_uint32),
    )


@cache
def chip_params() -> Callable[[int], Any]:
    """By DEV_ID, a pointer to ChipParams, null where stlink does not know it."""
    lookup = ctypes.CDLL("libstlink.so.1").stlink_chipid_get_params
    lookup.restype = ctypes.POINTER(ChipParams)
    return lookup


@pytest.mark.parametrize("device", devices(), ids=lambda device: device.name)
def test_stlink_agrees(device: Device) -> None:
    theirs = chip_params()(device.dev_id).contents
    largest = device.chip(device.largest)
    assert theirs.flash_size_reg == largest.flash_size_at
    assert theirs.flash_pagesize == largest.flash.sectors[0].size
    assert theirs.sram_size == sum(ram.size for ram in largest.sram)
    assert (theirs.bootrom_base, theirs.bootrom_size) == (
        largest.system_memory.start,
        largest.system_memory.size,
    )


# --- probe-rs: flash and SRAM of every part number


def parts_by_probe_rs() -> list[dict[str, str]]:
    files = sorted(Path(__file__).parent.glob("probe_rs_stm32f*.csv"))
    assert len(files) == len(families())
    lines = [line for file in files for line in file.read_text().splitlines()[1:]]
    return [row for row in csv.DictReader(lines) if row["part"] != "part"]  # each has a heading


@pytest.mark.parametrize("row", parts_by_probe_rs(), ids=lambda row: row["part"])
def test_probe_rs_agrees(row: dict[str, str]) -> None:
    chip = chip_named(row["part"])
    assert chip.name == row["part"]
    assert chip.flash.span.size == int(row["flash_kib"]) * 1024
    assert chip.sram[0].size == int(row["sram_kib"]) * 1024


# --- pyOCD: its one built-in STM32F1, and ST's SVD file that it carries


def test_pyocd_agrees_on_high_density() -> None:
    regions = list(STM32F103RC.MEMORY_MAP)
    flash = next(region for region in regions if region.is_flash)
    ours = chip_named("STM32F103RE")  # what pyOCD calls RC has the RE's 512 KiB
    assert (flash.start, flash.length) == (ours.flash.start, ours.flash.span.size)
    assert flash.blocksize == ours.flash.sectors[0].size
    ram = next(region for region in regions if region.is_ram)
    assert (ram.start, ram.length) == (ours.sram[0].start, ours.sram[0].size)


class Theirs(NamedTuple):
    """A register in ST's SVD file."""

    address: int
    reset: int
    fields: dict[str, tuple[int, int]]


@cache
def svd(family: str) -> ET.Element:
    archive = files("pyocd.debug.svd") / "svd_data.zip"
    name = {"STM32F0": "STM32F0xx", "STM32F1": "STM32F103xx", "STM32F4": "STM32F41x"}[family]
    with archive.open("rb") as file, zipfile.ZipFile(file) as members:
        return ET.fromstring(members.read(f"{name}.svd"))


def hexadecimal(node: ET.Element, tag: str) -> int:
    return int(node.findtext(tag, "0"), 16)


def bits(field: ET.Element) -> tuple[int, int]:
    return int(field.findtext("bitOffset", "")), int(field.findtext("bitWidth", ""))


def manuals_name(peripheral: str) -> str:
    """The SVDs say DBG and Flash."""
    return {"DBG": "DBGMCU", "Flash": "FLASH"}.get(peripheral, peripheral)


@cache
def svd_peripherals(family: str) -> dict[str, int]:
    found = svd(family).findall("peripherals/peripheral")
    bases = {
        manuals_name(node.findtext("name", "")): hexadecimal(node, "baseAddress") for node in found
    }
    # The SVD begins BKP at its first register, the manual 4 bytes before it (RM0008 §6.5).
    return bases | ({"BKP": bases["BKP"] - 4} if "BKP" in bases else {})


@cache
def svd_registers(family: str) -> dict[str, Theirs]:
    found = {}
    peripherals = {node.findtext("name", ""): node for node in svd(family).iter("peripheral")}
    for peripheral in peripherals.values():
        name = manuals_name(peripheral.findtext("name", ""))
        like = peripherals[peripheral.get("derivedFrom", peripheral.findtext("name", ""))]
        for register in like.findall("registers/register"):
            label = register.findtext("name", "").removeprefix("DBGMCU_")
            found[f"{name}_{THEIR_NAMES.get(label, label)}"] = Theirs(
                hexadecimal(peripheral, "baseAddress") + hexadecimal(register, "addressOffset"),
                hexadecimal(register, "resetValue"),
                {
                    field.findtext("name", ""): bits(field)
                    for field in register.findall("fields/field")
                },
            )
    return found


THEIR_NAMES = {"MEMRM": "MEMRMP", "APBLFZ": "APB1_FZ"}
# Reset values that the SVDs have otherwise: RM0090 §3.9.6 and §5.4.1; RM0091 has X's (§3.5.7).
RESETS = {"STM32F4": {"FLASH_OPTCR", "PWR_CR", "DBGMCU_IDCODE"}, "STM32F0": {"FLASH_OBR"}}
SIDES = [(family, name) for family in families() for name in family.registers]


@pytest.mark.parametrize(("family", "name"), SIDES, ids=lambda each: getattr(each, "family", each))
def test_the_svd_agrees_on_registers(family: Family, name: str) -> None:
    ours, theirs = layouts(family)[name], svd_registers(family.family)[name]
    assert ours.address == theirs.address
    if name not in RESETS.get(family.family, ()):
        assert ours.reset == theirs.reset
    shared = {
        label: field
        for label, field in ours.fields.items()
        if label in theirs.fields and f"{family.family}.{name}.{label}" not in NARROWER
    }
    assert {label: (field.lsb, field.width) for label, field in shared.items()} == {
        label: theirs.fields[label] for label in shared
    }
    missing = {f"{name}.{label}" for label in ours.fields.keys() - theirs.fields.keys()}
    assert {label for label in missing if not re.fullmatch(LACKING[family.family], label)} == set()


LACKING = {
    # CMSIS has these, the SVD has them not or under the connectivity line's name (OTGFSPRE).
    "STM32F1": r"FLASH_OBR\.BFB2|RCC_CFGR\.USBPRE|DBGMCU_CR\.DBG_TIM\d+_STOP",
    # CMSIS has these; the SVD splits them into bits, misspells them, or has older names.
    "STM32F4": r"RCC_PLLCFGR\.PLL[MNPQ]|RCC_CFGR\.SWS?|RCC_CSR\.(PIN|IWDG)RSTF|PWR_CR\.VOS"
    r"|RCC_AHB1ENR\.CCMDATARAMEN|CRC_CR\.RESET|DBGMCU_APB1_FZ\.\w+",
    # CMSIS has these; the SVD describes the smaller STM32F05x, and calls some otherwise.
    "STM32F0": r"FLASH_SR\.WRPRTERR|FLASH_CR\.OBL_LAUNCH|FLASH_OBR\.(RDPRT|nBOOT1|RAM_PARITY_CHECK)"
    r"|RCC_CFGR\.(MCOPRE|PLLNODIV)|RCC_AHBENR\.IOPEEN|RCC_CR2\.HSI48\w+"
    r"|RCC_APB1ENR\.(USART[34]|USB|CRS)EN|PWR_CSR\.(VREFINTRDYF|EWUP1)|DBGMCU_APB1_FZ\.\w+",
}
# Of what an STM32F05x has otherwise or not at all (CMSIS: stm32f072xb.h).
NARROWER = {"STM32F0.RCC_CFGR.PLLSRC", "STM32F0.RCC_CFGR.MCO"}
NOT_IN_THE_SVD = {"USART3", "USART4", "DMA1"}


@pytest.mark.parametrize("family", families(), ids=lambda family: family.family)
def test_the_svd_agrees_on_where_peripherals_are(family: Family) -> None:
    theirs = svd_peripherals(family.family)
    ours = {
        name: base
        for name, base in family.peripherals.items()
        if family is not F0 or name not in NOT_IN_THE_SVD
    }
    assert {name: theirs[name] for name in ours} == ours


# --- OpenOCD's scripts


def test_openocd_agrees_on_the_debug_port_and_the_low_power_bits() -> None:
    script = (OPENOCD / "target/stm32f1x.cfg").read_text()
    assert f"set _CPUTAPID {F1.dpidr:#010x}" in script
    address, mask = re.search(r"mmw (0xE\w+) (0x\w+3\w+) 0", script).groups()  # type: ignore[union-attr]
    layout = chip_named("STM32F103C8").layouts["DBGMCU_CR"]
    assert int(address, 16) == layout.address
    assert layout.set_bits(int(mask, 16)) == (
        "DBG_SLEEP",
        "DBG_STOP",
        "DBG_STANDBY",
        "DBG_IWDG_STOP",
        "DBG_WWDG_STOP",
    )


@pytest.mark.parametrize("family", [F0, F4], ids=lambda family: family.family)
def test_openocd_agrees_on_what_keeps_debug_alive(family: Family) -> None:
    name = family.family.lower()
    script = (OPENOCD / f"target/{name}x.cfg").read_text()
    assert f"set _CPUTAPID {family.dpidr:#010x}" in script.lower().replace("_cputapid", "_CPUTAPID")
    registers = layouts(family)
    names = {layout.address: name for name, layout in registers.items()}
    found = re.findall(r"mmw (0x\w+) (0x0000\w+) 0", script)
    sets = [
        registers[names[int(at, 16)]].set_bits(int(mask, 16))
        for at, mask in found
        if names.get(int(at, 16), "").startswith("DBGMCU")
    ]
    assert sets[0] == family.dbgmcu.groups["low-power"]
    assert sets[1] == ("DBG_WWDG_STOP", "DBG_IWDG_STOP")


# --- udev rules of OpenOCD and stlink: every ST-LINK and J-Link that they know


def usb_ids(rules: str) -> set[tuple[int, int]]:
    found = re.findall(r'idVendor}=="(\w{4})", ATTRS{idProduct}=="(\w{4})"', rules)
    return {(int(vendor, 16), int(product, 16)) for vendor, product in found}


def test_every_st_link_and_j_link_of_the_udev_rules_is_known() -> None:
    rules = [UDEV / "60-openocd.rules", *UDEV.glob("49-stlink*.rules")]
    assert len(rules) == 5
    ids = set.union(*(usb_ids(file.read_text()) for file in rules))
    wanted = {(vendor, product) for vendor, product in ids if vendor in (0x0483, 0x1366)}
    assert len(wanted) > 20
    assert {pair for pair in wanted if probe_with(*pair) is None} == set()


def test_no_usb_id_is_in_two_rows() -> None:
    ids = [pair for probe in probes() for pair in probe.usb]
    assert len(set(ids)) == len(ids)


# --- stlink again: the other families' DEV_IDs, as far as it knows them


@pytest.mark.parametrize(("name", "dev_id"), others().dev_id.items())
def test_stlink_knows_no_other_name_for_it(name: str, dev_id: int) -> None:
    found = chip_params()(dev_id)
    if found:  # it leaves out newer parts, and what it never met
        assert name.removeprefix("STM32")[:2] in found.contents.description.decode().upper()


def test_stlink_knows_most_of_them() -> None:
    known = [dev_id for dev_id in others().dev_id.values() if chip_params()(dev_id)]
    assert len(known) > 40
    assert find_device(others().dev_id["STM32F2xxxx"]) is None
