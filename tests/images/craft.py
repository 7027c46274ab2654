"""Files to read, made by hand or by Arm's compiler."""

from __future__ import annotations

import struct
import subprocess
from pathlib import Path

from swdflash.images.check import ChipFacts, check_image, fit_image
from swdflash.images.errors import ImageError
from swdflash.images.load import FileBytes, LoadedImage, load_bytes
from swdflash.memory import Span

BLINKY = Path(__file__).parents[2] / "examples/blinky/blinky.elf"
FLASH = 0x0800_0000
KIB = 1024

C8 = ChipFacts(
    name="STM32F103C8",
    core="Cortex-M3",
    flash=Span(FLASH, 64 * KIB),
    sram=(Span(0x2000_0000, 20 * KIB),),
    family="STM32F1",
    larger_twin="many of these hold 128 KiB: `--chip STM32F103CB`",
)

PROGRAM = """
    .syntax unified
    .thumb
    .section .vectors, "a"
    .word 0x20005000, reset
    .rept 14
    .word reset
    .endr
    .text
    .thumb_func
    .global reset
reset:
    b reset
    .data
    .word 0x12345678
"""

SCRIPT = """
SECTIONS
{{
  .text {text:#x} : {{ KEEP(*(.vectors)) *(.text) }}
  .data {data:#x} : AT({load}) {{ *(.data) }}
}}
"""


def load(*files: FileBytes, bin_address: int = FLASH) -> LoadedImage:
    return load_bytes(files, bin_address=bin_address)


def load_one(data: bytes, name: str = "firmware") -> LoadedImage:
    return load(FileBytes(name, data))


def firmware(sp: int = 0x2000_5000, reset: int = FLASH + 0x41, size: int = 256) -> bytes:
    """A BIN whose vector table is that of a program."""
    return struct.pack("<2I", sp, reset).ljust(size, b"\x55")


def codes(loaded: LoadedImage, chip: ChipFacts = C8) -> list[str]:
    """The codes of everything found."""
    return [finding.code for finding in check_image(loaded, chip)]


def refused(loaded: LoadedImage, chip: ChipFacts = C8, *force: str) -> ImageError | None:
    """The error that keeps the image from the chip."""
    try:
        fit_image(loaded, chip, frozenset(force))
    except ImageError as error:
        return error
    return None


def link(
    folder: Path,
    *options: str,
    text: int = FLASH,
    data: int = 0x2000_0000,
    load: str = "LOADADDR(.text) + SIZEOF(.text)",
    source: str = PROGRAM,
) -> bytes:
    """An ELF file by arm-none-eabi-gcc, Cortex-M3 unless `options` say otherwise."""
    (folder / "program.s").write_text(source)
    (folder / "program.ld").write_text(SCRIPT.format(text=text, data=data, load=load))
    return gcc(
        folder, "-nostdlib", "-T", "program.ld", "-e", "reset", *(options or ("-Wl,--nmagic",))
    )


def gcc(folder: Path, *options: str) -> bytes:
    """What arm-none-eabi-gcc makes of program.s."""
    cpu = () if any(o.startswith("-mcpu") for o in options) else ("-mcpu=cortex-m3",)
    command = ["arm-none-eabi-gcc", *cpu, "-mthumb", *options, "program.s", "-o", "program.elf"]
    subprocess.run(command, cwd=folder, check=True)
    return (folder / "program.elf").read_bytes()


def objcopy(form: str, folder: Path, source: Path = BLINKY) -> bytes:
    """`source` in another format, by GNU objcopy."""
    target = folder / f"out.{form}"
    subprocess.run(["arm-none-eabi-objcopy", "-O", form, source, target], check=True)
    return target.read_bytes()


def elf32(*segments: tuple[int, bytes], vaddrs: tuple[int, ...] = (), machine: int = 40) -> bytes:
    """A minimal ELF32 without sections: (p_paddr, bytes) each."""
    phoff, at = 52, 52 + 32 * len(segments)
    table, body = b"", b""
    for index, (paddr, data) in enumerate(segments):
        vaddr = vaddrs[index] if vaddrs else paddr
        size = len(data)
        table += struct.pack("<8I", 1, at + len(body), vaddr, paddr, size, size, 5, 4)
        body += data
    header = b"\x7fELF\1\1\1" + bytes(9)
    header += struct.pack("<2H5I6H", 2, machine, 1, 0, phoff, 0, 0x0500_0000, 52, 32, 0, 40, 0, 0)
    return header[:44] + struct.pack("<H", len(segments)) + header[46:] + table + body


def uf2_block(
    address: int,
    payload: bytes,
    number: int = 0,
    total: int = 1,
    flags: int = 0x2000,
    family: int = 0x5EE2_1072,
) -> bytes:
    head = struct.pack(
        "<8I", 0x0A32_4655, 0x9E5D_5157, flags, address, len(payload), number, total, family
    )
    return head + payload.ljust(476, b"\0") + struct.pack("<I", 0x0AB1_6F30)


def uf2(address: int, data: bytes) -> bytes:
    parts = [data[i : i + 256] for i in range(0, len(data), 256)]
    return b"".join(
        uf2_block(address + 256 * i, part, i, len(parts)) for i, part in enumerate(parts)
    )


def hex_record(kind: int, address: int, data: bytes) -> str:
    body = bytes([len(data)]) + address.to_bytes(2, "big") + bytes([kind]) + data
    return f":{(body + bytes([-sum(body) & 0xFF])).hex().upper()}"


def s_record(kind: int, address: int, data: bytes = b"") -> str:
    width = {0: 2, 1: 2, 2: 3, 3: 4, 4: 3, 5: 2, 6: 3, 7: 4, 8: 3, 9: 2}[kind]
    body = bytes([width + len(data) + 1]) + address.to_bytes(width, "big") + data
    return f"S{kind}{(body + bytes([~sum(body) & 0xFF])).hex().upper()}"
