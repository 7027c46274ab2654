"""Results of `list` and `targets`."""

from __future__ import annotations

import msgspec

from swdflash.cli.documents.parts import ChipKind, Range
from swdflash.cli.documents.rom import RomResult


class Program(msgspec.Struct):
    """A program that has a device open."""

    pid: int
    program: str


class Node(msgspec.Struct):
    """A device node; `mode` as `ls -l` shows it, empty where it cannot be looked at."""

    path: str
    mode: str
    owner: str
    group: str


class Probe(msgspec.Struct):
    """A debug probe; `access` is `ok` or why it cannot be used."""

    via: str
    serial: str
    vendor: str
    product: str
    access: str
    kind: str = ""
    usb_path: str = ""
    firmware: str | None = None
    firmware_too_old: bool | None = None
    duplicate_serial: bool = False
    ports: list[str] = []
    node: Node | None = None
    held_by: list[Program] = []


class Port(msgspec.Struct):
    """A serial port; `name` is empty where its driver is missing."""

    name: str
    product: str
    serial: str
    usb_path: str
    of_probe: bool
    access: str
    node: Node | None = None
    held_by: list[Program] = []
    via: str = ""


class Dfu(msgspec.Struct):
    """An STM32 in DFU mode."""

    serial: str
    product: str
    usb_path: str
    access: str
    node: Node | None = None
    held_by: list[Program] = []
    via: str = ""


class ListResult(msgspec.Struct):
    """What is plugged in."""

    probes: list[Probe]
    ports: list[Port] = []
    dfu: list[Dfu] = []


class TargetsResult(msgspec.Struct):
    """Chips known; of a single one its memory and its ROM bootloader, too."""

    chips: list[ChipKind]
    memory: dict[str, Range] = {}
    rom: RomResult | None = None
