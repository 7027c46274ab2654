"""What must make sense in what a family's file says of booting and of ROM bootloaders."""

from __future__ import annotations

import re
from collections.abc import Iterator

from swdflash.chips.boot_patterns import boot_patterns
from swdflash.chips.family import Family
from swdflash.chips.rom import Interface

PIN = re.compile(r"P[A-K](\d|1[0-5])")
SIGNALS = {
    # what an interface is called, and what its pins are for
    re.compile(r"USART\d"): {"TX", "RX"},
    re.compile(r"USB DFU"): {"DM", "DP"},
    re.compile(r"(FD)?CAN\d"): {"TX", "RX"},
    re.compile(r"I2C\d"): {"SCL", "SDA"},
    re.compile(r"SPI\d"): {"MOSI", "MISO", "SCK", "NSS"},
}
LONGEST_START_MS = 10_000  # of what AN2606 lists, the longest is below a second
WRITE_BYTES = (1, 2, 4, 8, 16)  # of AN2606 Table 7, and what divides them


def rom_interfaces_have_their_pins(family: Family) -> Iterator[str]:
    """Every interface is one that ROMs have, on pins that STM32s have, each used once."""
    for device in family.device:
        if not device.rom.interfaces:
            yield f"{device.name}: its ROM listens on nothing"
        for interface in device.rom.interfaces:
            for problem in _pins_of(interface):
                yield f"{device.name}: {interface.bus} {problem}"


def _pins_of(interface: Interface) -> Iterator[str]:
    wanted = next((pins for name, pins in SIGNALS.items() if name.fullmatch(interface.bus)), None)
    if wanted is None:
        yield "is no interface of a ROM"
    elif wanted != set(interface.pins):
        yield f"has the pins {sorted(interface.pins)}, not {sorted(wanted)}"
    for signal, pin in interface.pins.items():
        if not PIN.fullmatch(pin):
            yield f"{signal}: {pin!r} is no pin"
    if len(set(interface.pins.values())) != len(interface.pins):
        yield "uses a pin twice"


def rom_versions_are_in_system_memory(family: Family) -> Iterator[str]:
    """The version's byte is in system memory, and known versions are bytes."""
    for device in family.device:
        at, versions = device.rom.version_at, device.rom.versions
        if at is None:
            if versions:
                yield f"{device.name}: versions of the ROM, but no address to read them at"
        elif at not in device.system_memory.span:
            yield f"{device.name}: {at:#010x} is outside of system memory"
        if any(not 0 < version <= 0xFF for version in versions):
            yield f"{device.name}: a version of the ROM is no byte"


def rom_ram_is_sram(family: Family) -> Iterator[str]:
    """What the ROM uses begins with SRAM, and leaves some of the smallest part's."""
    for device in family.device:
        ram = device.rom.ram
        smallest = min(kib for table in device.sram_kib.values() for kib in table.values()) * 1024
        if ram.start != family.sram_start:
            yield f"{device.name}: the ROM's SRAM begins at {ram.start:#010x}"
        if not 0 < ram.bytes < smallest:
            yield f"{device.name}: the ROM uses {ram.bytes} bytes of {smallest}"


def rom_patterns_are_known(family: Family) -> Iterator[str]:
    """The pattern is one of `boot_patterns.toml`, and its option bits are in a register."""
    fields = {name for register in family.registers.values() for name in register.fields}
    for device in family.device:
        pattern = boot_patterns().get(device.rom.pattern)
        if pattern is None:
            yield f"{device.name}: boot pattern {device.rom.pattern} is not in boot_patterns.toml"
            continue
        for bit in pattern.bits:
            if bit not in fields:
                yield f"{device.name}: no register has the option bit {bit} of its boot pattern"


def rom_numbers_make_sense(family: Family) -> Iterator[str]:
    """Times, alignments and limits are of the size that AN2606 lists."""
    unit = family.flash.times[-1].unit_bytes
    for device in family.device:
        rom = device.rom
        if rom.write_bytes not in WRITE_BYTES or rom.write_bytes % unit:
            yield f"{device.name}: the ROM cannot write in units of {rom.write_bytes} bytes"
        if not 0 < rom.starts_ms < LONGEST_START_MS:
            yield f"{device.name}: a ROM does not take {rom.starts_ms} ms to start"
        if not 0 < rom.baud_error_percent < 10:
            yield f"{device.name}: {rom.baud_error_percent} % is no error of a bit rate"
        if not 0 <= rom.pages_per_erase <= 0x10000:
            yield f"{device.name}: no erase command takes {rom.pages_per_erase} pages"


LAYOUT = re.compile(r"@[^/]+/0x(?P<start>[0-9A-F]{8})/(?P<runs>.+)")
RUN = re.compile(r"(?P<count>\d+)\*(?P<size>\d+)(?P<unit>[ KM])(?P<may>[a-g])")


def rom_dfu_declares_the_flash(family: Family) -> Iterator[str]:
    """Each alternate setting is a memory's layout, the first that of the largest part's flash."""
    for device in family.device:
        dfu = device.rom.dfu
        if dfu is None:
            continue
        if not device.rom.listens_on("USB DFU"):
            yield f"{device.name}: its ROM has no USB DFU, but a [dfu]"
        parsed = [LAYOUT.fullmatch(name) for name in dfu.alternates]
        for name, layout in zip(dfu.alternates, parsed, strict=True):
            if layout is None or not all(map(RUN.fullmatch, layout["runs"].split(","))):
                yield f"{device.name}: {name!r} is no layout of a memory"
                return
        runs = ((row.count, row.kib) for row in device.sectors)
        declared = [RUN.fullmatch(run) for run in (parsed[0] or {"runs": ""})["runs"].split(",")]
        found = [(int(run["count"]), int(run["size"])) for run in declared if run]
        if found != list(runs):
            yield f"{device.name}: {dfu.alternates[0]!r} is not its flash"


def boot_fields_are_known(family: Family) -> Iterator[str]:
    """Fields that tell of booting, or change it, are in registers of the family."""
    boot = family.boot
    for row in (boot.boot1_level, boot.remap):
        for register, field in ((row.register, row.field), row.clock) if row else ():
            if register not in family.registers or field not in family.registers[register].fields:
                yield f"boot: there is no {register}.{field}"
    if boot.boot1_level and not boot.boot1:
        yield "boot: a level of BOOT1, but no pin"
    if boot.boot1 and not PIN.fullmatch(boot.boot1):
        yield f"boot: {boot.boot1!r} is no pin"


ROM_CHECKS = (
    rom_interfaces_have_their_pins,
    rom_versions_are_in_system_memory,
    rom_ram_is_sram,
    rom_patterns_are_known,
    rom_numbers_make_sense,
    rom_dfu_declares_the_flash,
    boot_fields_are_known,
)
