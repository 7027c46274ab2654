"""Reads a family's file and checks it: its shape by type, its sense by the checks below."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import accumulate, chain, repeat
from pathlib import Path

from swdflash.chips.errors import BadTargetFile
from swdflash.chips.family import Family
from swdflash.chips.files import load_rows
from swdflash.chips.registers import Field
from swdflash.chips.rom_checks import ROM_CHECKS


def load_family(path: Path) -> Family:
    """A family's file, checked. Raises BadTargetFile naming the first thing that is wrong."""
    family = load_rows(path, Family)
    for check in CHECKS:
        for problem in check(family):
            raise BadTargetFile(path.name, problem)
    return family


def dev_ids_differ(family: Family) -> Iterator[str]:
    """A DEV_ID stands for one device and fits its 12 bits."""
    seen: set[int] = set()
    for device in family.device:
        if device.dev_id in seen:
            yield f"DEV_ID {device.dev_id:#05x} stands for two devices"
        if not 0 < device.dev_id <= 0xFFF:
            yield f"{device.name}: DEV_ID {device.dev_id:#x} has more than 12 bits"
        seen.add(device.dev_id)


def revisions_differ(family: Family) -> Iterator[str]:
    """A REV_ID is one letter's and fits its 16 bits."""
    for device in family.device:
        ids = list(device.revisions.values())
        if len(set(ids)) != len(ids):
            yield f"{device.name}: two revisions have one REV_ID"
        if any(not 0 <= rev <= 0xFFFF for rev in ids):
            yield f"{device.name}: a REV_ID has more than 16 bits"


def sizes_are_whole_sectors(family: Family) -> Iterator[str]:
    """Every flash size ends with a sector, every bank too; the largest has all sectors."""
    for device in family.device:
        runs = (repeat(run.kib, run.count) for run in device.sectors)
        ends = list(accumulate(chain.from_iterable(runs)))
        sizes = [kib for table in device.sram_kib.values() for kib in table]
        for kib in [*sizes, device.bank_kib or ends[0]]:
            if kib not in ends:
                yield f"{device.name}: {kib} KiB do not end with a sector"
        if max(sizes) != ends[-1]:
            most = max(sizes)
            yield f"{device.name}: its sectors make {ends[-1]} KiB, its largest part has {most}"


def each_sector_has_a_time(family: Family) -> Iterator[str]:
    """How long it takes to erase is given for every size of sector."""
    for device in family.device:
        for times in family.flash.times:
            lacking = {run.kib for run in device.sectors} - times.erase_ms.keys()
            for kib in sorted(lacking):
                yield f"{device.name}: no erase_ms for {kib} KiB, {times.unit_bytes} bytes at once"


def each_bank_has_a_controller(family: Family) -> Iterator[str]:
    """As many controllers as the largest part has banks."""
    for device in family.device:
        largest = max(kib for table in device.sram_kib.values() for kib in table)
        banks = -(-largest // device.bank_kib) if device.bank_kib else 1
        if banks != len(device.controllers):
            yield f"{device.name}: {banks} banks but {len(device.controllers)} flash controllers"


def assumed_line_is_known(family: Family) -> Iterator[str]:
    """The line whose SRAM is assumed has a table, and the most SRAM of all."""
    for device in family.device:
        assumed = device.sram_kib.get(device.line)
        if assumed is None:
            yield f"{device.name}: no SRAM table for {device.line}"
            continue
        for line, table in device.sram_kib.items():
            for kib, sram in table.items():
                if assumed.get(kib, sram) < sram:
                    yield f"{device.name}: {line} has more SRAM than {device.line} at {kib} KiB"


def times_are_ordered(family: Family) -> Iterator[str]:
    """0 < typ <= max, no unit is off by a thousand, and more at once is faster."""
    for times in family.flash.times:
        for name, time, unit_s, limit_s in (
            ("program_us", times.program_us, 1e-6, 5e-3),
            *(("erase_ms", time, 1e-3, 30) for time in times.erase_ms.values()),
            ("mass_erase_ms", times.mass_erase_ms, 1e-3, 60),
        ):
            if not 0 < time.typ <= time.max:
                yield f"flash.{name}: typ {time.typ} is not between 0 and max {time.max}"
            if time.max * unit_s > limit_s:
                yield f"flash.{name}: {time.max} is too long to be true"
    units = [times.unit_bytes for times in family.flash.times]
    if units != sorted(set(units)):
        yield f"flash.times: {units} bytes at once do not ascend"


def memories_are_apart(family: Family) -> Iterator[str]:
    """System memory, option bytes and main flash do not overlap."""
    for device in family.device:
        system = device.system_memory.span
        if system.overlap(family.option_bytes.span):
            yield f"{device.name}: system memory {system} overlaps the option bytes"
        if system.start <= family.flash.start:
            yield f"{device.name}: system memory {system} is below main flash"


def fields_fit(family: Family) -> Iterator[str]:
    """A register's fields are written "msb:lsb", within 32 bits, without overlap."""
    for name, register in family.registers.items():
        taken = 0
        for label, text in register.fields.items():
            try:
                mask = Field.parse(text).mask
            except ValueError:
                yield f"{name}.{label}: {text!r} is not a bit or msb:lsb"
                continue
            if taken & mask:
                yield f"{name}.{label}: bits {text} belong to another field too"
            taken |= mask


def dbgmcu_groups_name_fields(family: Family) -> Iterator[str]:
    """Every field of DBGMCU_CR is in one group, and the two that connecting sets exist."""
    grouped = [name for names in family.dbgmcu.groups.values() for name in names]
    fields = family.registers["DBGMCU_CR"].fields
    if sorted(grouped) != sorted(fields):
        odd = sorted(set(grouped) ^ set(fields)) or "a field in two groups"
        yield f"dbgmcu.groups and DBGMCU_CR differ: {odd}"
    for group in ("low-power", "watchdogs"):
        if group not in family.dbgmcu.groups:
            yield f"dbgmcu.groups has no {group}"


def registers_are_apart(family: Family) -> Iterator[str]:
    """No two registers at one address, and each on a word."""
    seen: dict[int, str] = {}
    for name, register in family.registers.items():
        if register.address % 4:
            yield f"{name}: {register.address:#010x} is not on a word"
        if register.address in seen:
            yield f"{name} and {seen[register.address]} are both at {register.address:#010x}"
        seen[register.address] = name


def option_bytes_are_inside(family: Family) -> Iterator[str]:
    """Every named option byte lies in the block."""
    for name, address in family.option_bytes.at.items():
        if address not in family.option_bytes.span:
            yield f"option byte {name} at {address:#010x} is outside {family.option_bytes.span}"


def clones_can_be_told(family: Family) -> Iterator[str]:
    """A clone's row looks at something that a genuine part does not have."""
    for clone in family.clone:
        told = (
            clone.dpidr not in (None, family.dpidr),
            clone.cpuid is not None and family.cpuid not in clone.cpuid,
            clone.designer not in (None, ST),
        )
        if not any(told):
            yield f"clone {clone.name}: nothing in its row sets it apart from a genuine part"


ST = 0x020  # STMicroelectronics' JEP106 code

CHECKS: tuple[Callable[[Family], Iterator[str]], ...] = (
    dev_ids_differ,
    revisions_differ,
    sizes_are_whole_sectors,
    each_sector_has_a_time,
    each_bank_has_a_controller,
    assumed_line_is_known,
    times_are_ordered,
    memories_are_apart,
    fields_fit,
    dbgmcu_groups_name_fields,
    registers_are_apart,
    option_bytes_are_inside,
    clones_can_be_told,
    *ROM_CHECKS,
)
