"""What several commands' results are made of."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated

import msgspec

from swdflash.chips.chip import Chip
from swdflash.cli.documents.envelope import Address, Size, address
from swdflash.memory import Span
from swdflash.target.rom_target import AnyTarget

Hex = Annotated[str, msgspec.Meta(pattern="^0x[0-9a-f]+$", description="A register's value")]


class Range(msgspec.Struct):
    """`size` bytes from `address`."""

    address: Address
    size: Size


class LinkResult(msgspec.Struct):
    """The way to the chip; times measured over a simulated link are simulated."""

    via: str
    engine: str
    probe: str
    clock_hz: int
    rung: str
    simulated: bool


class Measured(msgspec.Struct):
    """Something that was measured on the way in."""

    what: str
    value: str


class Recovered(msgspec.Struct):
    """How a board was reached that did not answer a plain attach, and why it did not.

    `cause` is one of `diagnose`'s; `refused` is what became of the plain attach.
    """

    rung: str
    cause: str
    proven: bool
    advice: list[str]
    evidence: list[Measured]
    refused: str
    how: str


class ChipResult(msgspec.Struct):
    """The chip within reach; `rev` is the letter of ST's manuals, where it is listed."""

    name: str
    family: str
    dev_id: Hex
    rev: str | None
    flash_kib: int
    uid: str
    clone: str | None


class ChipKind(msgspec.Struct):
    """A kind of chip that can be had."""

    name: str
    family: str
    core: str
    dev_id: Hex
    flash_kib: int
    sram_kib: int
    sector_bytes: Size
    largest_sector_bytes: Size


def ranges(spans: Iterable[Span]) -> list[Range]:
    """Spans as documents spell them."""
    return [Range(address(span.start), span.size) for span in spans]


def link_result(target: AnyTarget) -> LinkResult:
    """The document for the way that a chip was reached by."""
    info, rung = target.link.info, target.arrival.rung
    return LinkResult(info.via, info.engine, info.probe, info.clock_hz, rung, info.simulated)


def recovered(target: AnyTarget) -> Recovered | None:
    """The document for how a chip was reached that did not answer a plain attach."""
    arrival = target.arrival
    if arrival.plain:
        return None
    return Recovered(
        rung=arrival.rung,
        cause=arrival.cause,
        proven=arrival.proven,
        advice=list(arrival.advice),
        evidence=[Measured(what, value) for what, value in arrival.evidence],
        refused=arrival.refused,
        how=arrival.how,
    )


def chip_result(target: AnyTarget) -> ChipResult:
    """The document for a chip within reach."""
    identity = target.identity
    return ChipResult(
        name=target.chip.name,
        family=target.chip.family,
        dev_id=f"{identity.dev_id:#05x}",
        rev=identity.revision,
        flash_kib=identity.flash_kib,
        uid=identity.uid,
        clone=identity.clone,
    )


def chip_kind(chip: Chip) -> ChipKind:
    """The document for a chip that is not within reach."""
    return ChipKind(
        name=chip.name,
        family=chip.family,
        core=chip.core,
        dev_id=f"{chip.dev_id:#05x}",
        flash_kib=chip.flash.span.size // 1024,
        sram_kib=sum(ram.size for ram in chip.sram) // 1024,
        sector_bytes=min(sector.size for sector in chip.flash.sectors),
        largest_sector_bytes=max(sector.size for sector in chip.flash.sectors),
    )
