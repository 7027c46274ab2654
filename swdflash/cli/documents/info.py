"""Result of `info`."""

from __future__ import annotations

import msgspec

from swdflash.api.readiness import Readiness
from swdflash.cli.documents.dbgmcu import DbgmcuResult, dbgmcu_result
from swdflash.cli.documents.envelope import Address, address
from swdflash.cli.documents.parts import (
    ChipResult,
    Hex,
    LinkResult,
    Range,
    Recovered,
    chip_result,
    link_result,
    ranges,
    recovered,
)
from swdflash.cli.documents.probe import ReadinessResult, readiness_result
from swdflash.target.info import TargetInfo
from swdflash.target.protection import Protection
from swdflash.target.rom_info import RomInfo
from swdflash.target.rom_target import RomTarget
from swdflash.target.target import Target


class ProtectionResult(msgspec.Struct):
    """What option bytes forbid."""

    read_protected: bool
    write_protected: list[Range]
    wrpr: Hex


class BootResult(msgspec.Struct):
    """What the chip booted from; `empty` where flash has no vector table."""

    source: str
    vtor: Address
    empty: bool
    evidence: str


class SwdPinsResult(msgspec.Struct):
    """The SWD pins, and what cuts them."""

    swdio: str
    swclk: str
    cut_by: str
    undone_by: str


class InRomResult(msgspec.Struct):
    """The ROM bootloader that answers; `bootloader` is its own version, as AN2606 writes it."""

    protocol: str
    version: str
    bootloader: str | None
    told_by: str


class InfoResult(msgspec.Struct):
    """A chip within reach, as found.

    What only a debug port tells is null where the ROM bootloader answers (`rom`).
    """

    chip: ChipResult
    link: LinkResult
    size_register_kib: int
    hidden_flash: Range | None
    protection: ProtectionResult
    boot: BootResult | None
    swd: SwdPinsResult | None
    dbgmcu: DbgmcuResult | None
    reset_flags: list[str]
    voltage_v: float | None
    readiness: ReadinessResult | None
    recovered: Recovered | None
    rom: InRomResult | None = None


def info_result(target: Target, info: TargetInfo, readiness: Readiness) -> InfoResult:
    """The document for what was gathered."""
    protection, boot, swd, dbgmcu = info.protection, info.boot, info.swd, info.dbgmcu
    return InfoResult(
        chip=chip_result(target),
        link=link_result(target),
        size_register_kib=info.identity.size_register,
        hidden_flash=ranges([info.hidden_flash])[0] if info.hidden_flash else None,
        protection=_protection(protection),
        boot=BootResult(boot.source.value, address(boot.vtor), boot.empty, boot.evidence),
        swd=SwdPinsResult(swd.swdio, swd.swclk, swd.cut_by, swd.undone_by),
        dbgmcu=dbgmcu_result(dbgmcu),
        reset_flags=list(info.reset_flags),
        voltage_v=info.voltage,
        readiness=readiness_result(readiness),
        recovered=recovered(target),
    )


def rom_info_result(target: RomTarget, info: RomInfo) -> InfoResult:
    """The document for what a ROM bootloader told."""
    version = info.version
    return InfoResult(
        chip=chip_result(target),
        link=link_result(target),
        size_register_kib=target.identity.size_register,
        hidden_flash=None,
        protection=_protection(info.protection),
        boot=None,
        swd=None,
        dbgmcu=None,
        reset_flags=[],
        voltage_v=None,
        readiness=None,
        recovered=recovered(target),
        rom=InRomResult(
            protocol=info.about.protocol,
            version=info.about.version,
            bootloader=None if version is None else f"{version >> 4}.{version & 15}",
            told_by=target.identity.told_by,
        ),
    )


def _protection(protection: Protection) -> ProtectionResult:
    return ProtectionResult(
        protection.read_protected, ranges(protection.write_protected), address(protection.wrpr)
    )
