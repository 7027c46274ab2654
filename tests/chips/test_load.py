from __future__ import annotations

import re
from pathlib import Path

import pytest

from swdflash.chips.data import families
from swdflash.chips.errors import BadTargetFile
from swdflash.chips.files import targets_directory
from swdflash.chips.load import CHECKS, load_family

F1 = targets_directory() / "stm32f1.toml"
F4 = targets_directory() / "stm32f4.toml"

USART1 = '{ bus = "USART1", pins = { TX = "PA9", RX = "PA10" } }'
VERSION_AT = "version_at = 0x1FFF_F7D6\n"
ROM_RAM = "ram = { start = 0x2000_0000"
NO_USB = 'bus = "USB DFU", pins = { DM = "PA11", DP = "PA12" }, note = "needs'
LIMIT = "write_bytes = 4\npages_per_erase = -1"


def broken(tmp_path: Path, old: str, new: str) -> Path:
    """The first family's file that has `old`, with `new` in its place."""
    text = next(text for text in map(Path.read_text, (F1, F4)) if old in text)
    path = tmp_path / "stm32x.toml"
    path.write_text(text.replace(old, new, 1))
    return path


def problem(path: Path) -> str:
    with pytest.raises(BadTargetFile) as caught:
        load_family(path)
    return caught.value.problem


def test_what_is_shipped_loads() -> None:
    found = [(family.family, len(family.device)) for family in families()]
    assert found == [("STM32F0", 1), ("STM32F1", 7), ("STM32F4", 1)]


@pytest.mark.parametrize(
    ("check", "old", "new", "says"),
    [
        ("dev_ids_differ", "dev_id = 0x412", "dev_id = 0x410", "stands for two devices"),
        ("dev_ids_differ", "dev_id = 0x412", "dev_id = 0x1410", "more than 12 bits"),
        ("revisions_differ", "Z = 0x2001", "Z = 0x2000", "two revisions"),
        ("revisions_differ", "Z = 0x2001", "Z = 0x12001", "more than 16 bits"),
        ("sizes_are_whole_sectors", "{ 256 = 32,", "{ 255 = 32,", "255 KiB do not end"),
        ("sizes_are_whole_sectors", "kib = 1, count = 32", "kib = 1, count = 33", "make 33 KiB"),
        ("each_sector_has_a_time", "{ 1 = { typ = 30, max = 40 }, 2 =", "{ 4 =", "for 1 KiB"),
        ("each_bank_has_a_controller", "bank_kib = 512", "bank_kib = 256", "4 banks but 2"),
        ("assumed_line_is_known", 'line = "STM32F107"', 'line = "STM32F106"', "no SRAM table"),
        ("assumed_line_is_known", "{ 16 = 6, 32 = 10 }", "{ 16 = 6, 32 = 5 }", "has more SRAM"),
        ("times_are_ordered", "typ = 52.5, max = 70", "typ = 75, max = 70", "not between"),
        ("times_are_ordered", "typ = 52.5, max = 70", "typ = 52.5, max = 70e3", "too long"),
        ("times_are_ordered", "unit_bytes = 4", "unit_bytes = 1", "do not ascend"),
        ("memories_are_apart", "0x1FFF_B000, kib = 18", "0x1FFF_B000, kib = 20", "overlaps"),
        ("memories_are_apart", "0x1FFF_B000, kib = 18", "0x0700_0000, kib = 18", "below"),
        ("fields_fit", 'LATENCY = "2:0"', 'LATENCY = "0:2"', "is not a bit or msb:lsb"),
        ("fields_fit", 'LATENCY = "2:0"', 'LATENCY = "32"', "is not a bit or msb:lsb"),
        ("fields_fit", 'LATENCY = "2:0"', 'LATENCY = "3:0"', "belong to another field"),
        ("dbgmcu_groups_name_fields", '"TRACE_IOEN", ', "", "TRACE_IOEN"),
        ("dbgmcu_groups_name_fields", "watchdogs = [", "dogs = [", "no watchdogs"),
        ("registers_are_apart", "0x4002_2004", "0x4002_2008", "are both at"),
        ("registers_are_apart", "0x4002_2004", "0x4002_2006", "not on a word"),
        ("option_bytes_are_inside", "WRP3 = 0x1FFF_F80E", "WRP3 = 0x1FFF_F810", "is outside"),
        ("clones_can_be_told", "dpidr = 0x2BA0_1477", "dpidr = 0x1BA0_1477", "nothing in its row"),
        ("rom_interfaces_have_their_pins", f"[{USART1}]", "[]", "listens on nothing"),
        ("rom_interfaces_have_their_pins", '"USART1"', '"LPUART1"', "is no interface of a ROM"),
        ("rom_interfaces_have_their_pins", "RX = ", "SX = ", "has the pins ['SX', 'TX']"),
        ("rom_interfaces_have_their_pins", 'TX = "PA9"', 'TX = "PA16"', "TX: 'PA16' is no pin"),
        ("rom_interfaces_have_their_pins", 'TX = "PA9"', 'TX = "PA10"', "uses a pin twice"),
        ("rom_versions_are_in_system_memory", VERSION_AT, "", "no address to read them at"),
        ("rom_versions_are_in_system_memory", "F7D6", "F8D6", "is outside of system memory"),
        ("rom_versions_are_in_system_memory", "[0x21]", "[0x121]", "is no byte"),
        ("rom_ram_is_sram", ROM_RAM, ROM_RAM.replace("0x2", "0x1"), "begins at 0x10000000"),
        ("rom_ram_is_sram", "bytes = 0x200", "bytes = 0x2000", "uses 8192 bytes of 4096"),
        ("rom_patterns_are_known", "pattern = 1", "pattern = 99", "pattern 99 is not in"),
        ("rom_patterns_are_known", 'BFB2 = "5", ', "", "no register has the option bit BFB2"),
        ("rom_numbers_make_sense", "write_bytes = 4", "write_bytes = 6", "in units of 6 bytes"),
        ("rom_numbers_make_sense", "write_bytes = 4", "write_bytes = 1", "in units of 1 bytes"),
        ("rom_numbers_make_sense", "starts_ms = 1.227", "starts_ms = 0", "does not take 0"),
        ("rom_numbers_make_sense", "_percent = 3", "_percent = 30", "no error of a bit rate"),
        ("rom_numbers_make_sense", "write_bytes = 4", LIMIT, "takes -1 pages"),
        ("rom_dfu_declares_the_flash", "@Option Bytes  /", "@Option Bytes  ", "is no layout"),
        ("rom_dfu_declares_the_flash", "07*128Kg", "03*128Kg", "is not its flash"),
        (
            "rom_dfu_declares_the_flash",
            NO_USB,
            NO_USB.replace("USB DFU", "CAN1").replace("DM", "TX").replace("DP", "RX"),
            "but a [dfu]",
        ),
        ("boot_fields_are_known", 'field = "IDR2"', 'field = "IDR3"', "no GPIOB_IDR.IDR3"),
        ("boot_fields_are_known", '"IOPBEN"]', '"IOPXEN"]', "no RCC_APB2ENR.IOPXEN"),
        ("boot_fields_are_known", 'boot1 = "PB2"\n', "", "a level of BOOT1, but no pin"),
        ("boot_fields_are_known", 'boot1 = "PB2"', 'boot1 = "BOOT1"', "'BOOT1' is no pin"),
    ],
)
def test_nonsense_is_refused_by_name(
    tmp_path: Path, check: str, old: str, new: str, says: str
) -> None:
    assert check in {function.__name__ for function in CHECKS}
    assert says in problem(broken(tmp_path, old, new))


def test_every_check_is_tried_above() -> None:
    mark = test_nonsense_is_refused_by_name.pytestmark[0]  # type: ignore[attr-defined]
    assert {row[0] for row in mark.args[1]} == {function.__name__ for function in CHECKS}


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("erased = 0xFF", "erased = 0xFF\nearsed = 0"),  # unknown key
        ("erased = 0xFF", ""),  # missing key
        ("erased = 0xFF", 'erased = "0xFF"'),  # a number as text
        ("erased = 0xFF", "erased = "),  # not TOML
        ('policy = "handled"', 'policy = "ignored"'),
    ],
)
def test_the_shape_is_strict(tmp_path: Path, old: str, new: str) -> None:
    assert problem(broken(tmp_path, old, new))


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadTargetFile) as caught:
        load_family(tmp_path / "gone.toml")
    assert caught.value.file == "gone.toml"


SOURCE = re.compile(r"#.*\[[^\]]+\]|# .*(one source|not confirmed)")


@pytest.mark.parametrize(
    "name",
    [
        "stm32f0.toml",
        "stm32f1.toml",
        "stm32f4.toml",
        "probes.toml",
        "boot_patterns.toml",
        "rom_quirks.toml",
    ],
)
def test_every_number_has_a_source(name: str) -> None:
    """On its own line, in the comment right above, or at the head of its table."""
    unsourced, head, above = [], False, False
    for number, line in enumerate((targets_directory() / name).read_text().splitlines(), 1):
        sourced = bool(SOURCE.search(line))
        if line.startswith("["):
            head = sourced or above
        elif "=" in line and not line.startswith("#"):
            value = re.sub(r'"[^"]*"', "", line.split("=", 1)[1].split("#")[0])
            if re.search(r"\d", value) and not (sourced or head or above):
                unsourced.append(f"{number}: {line}")
        above = line.startswith("#") and (sourced or above)
    assert unsourced == []
