"""What can be wrong with a firmware file; nearly all of it ends in exit code 7.

What keeps a sound file from a certain chip is in misfits.py.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from swdflash.errors import Exit, SwdflashError


class ImageError(SwdflashError):
    """A file that is not to be written; `forcible` ones yield to `--force CODE`."""

    exit = Exit.BAD_IMAGE
    forcible: ClassVar[bool] = False

    name: str


# --- the file itself -------------------------------------------------------------------------


@dataclass(eq=False)
class BadImageAddress(ImageError):
    """The part after the `@` is no address."""

    exit = Exit.USAGE
    code = "bad-image-address"
    what = "{text!r} is not an address"
    why = "an address is 0x and hexadecimal digits, or a decimal number, up to 0xffffffff"
    next = ("write it as in `{name}@0x08000000`",)

    name: str
    text: str


@dataclass(eq=False)
class ImageNotFound(ImageError):
    """There is no such file."""

    code = "image-not-found"
    what = "there is no file {name}"
    why = "nothing has that name, seen from {directory}"
    next = ("build the firmware first", "check the path: `ls -l {name}`")

    name: str
    directory: str


@dataclass(eq=False)
class ImageIsDirectory(ImageError):
    """The path names a directory."""

    code = "image-is-directory"
    what = "{name} is a directory"
    why = "an image is one file"
    next = ("name the file in it: `ls {name}/*.elf {name}/*.hex {name}/*.bin`",)

    name: str


@dataclass(eq=False)
class ImageUnreadable(ImageError):
    """The operating system does not let us read the file."""

    code = "image-unreadable"
    what = "{name} cannot be read"
    why = "the system says: {reason}"
    next = ("look at its owner and mode: `ls -l {name}`",)

    name: str
    reason: str


@dataclass(eq=False)
class ImageEmpty(ImageError):
    """The file holds nothing to write."""

    code = "image-empty"
    what = "{name} is empty"
    why = "the {format} file has no byte of firmware in it"
    next = ("build it again and look at the last lines the build prints",)

    name: str
    format: str


@dataclass(eq=False)
class ImageTooBig(ImageError):
    """The file is larger than any firmware for an STM32."""

    code = "image-too-big"
    what = "{name} is too big to be firmware"
    why = "it is larger than {limit} bytes; the largest STM32 has 4 MiB of flash"
    next = ("check that the path names the firmware: `ls -l {name}`",)

    name: str
    limit: int


@dataclass(eq=False)
class NotFirmware(ImageError):
    """A file of a well-known kind that no chip runs."""

    code = "not-firmware"
    what = "{name} is not firmware"
    why = "it begins like {kind}"
    next = (
        "give the ELF, HEX, SREC, UF2 or BIN file that the build makes",
        "to write it as plain data, say where: `{name}@ADDRESS`",
    )

    name: str
    kind: str


@dataclass(eq=False)
class ImageHasAddresses(ImageError):
    """An address was given for a file that brings its own."""

    code = "image-has-addresses"
    what = "{name} cannot be moved to {address:#010x}"
    why = "{format} files say themselves where their bytes belong"
    next = (
        "leave out the `@{address:#010x}`",
        "link for that address, or write a BIN made by `arm-none-eabi-objcopy -O binary`",
    )

    name: str
    format: str
    address: int


@dataclass(eq=False)
class ImagesOverlap(ImageError):
    """Two files bring bytes for the same addresses."""

    code = "images-overlap"
    what = "{name} and {other} overlap"
    why = "both have bytes for {start:#010x}..{end:#010x} ({count} bytes)"
    next = (
        "see where each lies: `swdflash image {name}` and `swdflash image {other}`",
        "link one of them for another address, or write them one after the other",
    )

    name: str
    other: str
    start: int
    end: int
    count: int


@dataclass(eq=False)
class SegmentsOverlap(ImageError):
    """One file has two different places for the same address."""

    code = "segments-overlap"
    what = "two parts of {name} overlap"
    why = "both have bytes for {start:#010x}..{end:#010x}"
    next = ("check the load addresses (AT>) in the linker script",)

    name: str
    start: int
    end: int


# --- Intel HEX and S-records -----------------------------------------------------------------


@dataclass(eq=False)
class RecordChecksum(ImageError):
    """The checksum of a line of Intel HEX or S-records is wrong."""

    code = "record-checksum"
    what = "{name}, line {line}: wrong checksum"
    why = "the {format} record says {found:#04x}, its bytes make {expected:#04x}"
    next = ("the file was damaged or edited: build or copy it again",)

    name: str
    format: str
    line: int
    found: int
    expected: int


@dataclass(eq=False)
class BadRecord(ImageError):
    """A line that is no record of its format."""

    code = "bad-record"
    what = "{name}, line {line}: not a valid {format} record"
    why = "{detail}"
    next = ("look at the line: `sed -n {line}p {name}`", "build or copy the file again")

    name: str
    format: str
    line: int
    detail: str


@dataclass(eq=False)
class RecordsTruncated(ImageError):
    """The record that ends such a file is missing, or fewer records came than it counts."""

    code = "records-truncated"
    what = "{name} is cut off after line {line}"
    why = "{detail}"
    next = ("the build or the copy was interrupted: do it again",)

    name: str
    format: str
    line: int
    detail: str


@dataclass(eq=False)
class RecordsOverlap(ImageError):
    """A record gives a byte that an earlier one gave."""

    code = "records-overlap"
    what = "{name}, line {line}: the byte at {address:#010x} is given a second time"
    why = "an earlier {format} record has it already"
    next = ("two files were joined that overlap: write them as two files, or link them apart",)

    name: str
    format: str
    line: int
    address: int


# --- UF2 -------------------------------------------------------------------------------------


@dataclass(eq=False)
class Uf2BadBlock(ImageError):
    """A block of a UF2 file is damaged."""

    code = "uf2-bad-block"
    what = "{name}, block {block}: not a valid UF2 block"
    why = "{detail}"
    next = ("the file was damaged: build or copy it again",)

    name: str
    block: int
    detail: str


@dataclass(eq=False)
class Uf2Incomplete(ImageError):
    """Blocks of a UF2 file are missing."""

    code = "uf2-incomplete"
    what = "{name} is incomplete"
    why = "{found} of {expected} UF2 blocks are there"
    next = ("the build or the copy was interrupted: do it again",)

    name: str
    found: int
    expected: int


@dataclass(eq=False)
class Uf2Families(ImageError):
    """A UF2 file for several kinds of chips."""

    code = "uf2-families"
    what = "{name} holds firmware for several kinds of chips"
    why = "its UF2 blocks name the families {families}"
    next = ("make a UF2 file for this chip alone",)

    name: str
    families: str


# --- ELF -------------------------------------------------------------------------------------


@dataclass(eq=False)
class ElfTruncated(ImageError):
    """The ELF file ends before what its headers promise."""

    code = "elf-truncated"
    what = "{name} is cut off"
    why = "its {part} ends at byte {needed}, the file at {size}"
    next = ("the build or the copy was interrupted: do it again",)

    name: str
    part: str
    needed: int
    size: int


@dataclass(eq=False)
class ElfCorrupt(ImageError):
    """The ELF file contradicts itself."""

    code = "elf-corrupt"
    what = "{name} is not a valid ELF file"
    why = "{detail}"
    next = ("let binutils look at it: `readelf -lS {name}`", "build or copy it again")

    name: str
    detail: str


@dataclass(eq=False)
class ElfNotLinked(ImageError):
    """An object file, or an ELF file with nothing to load."""

    code = "elf-not-linked"
    what = "{name} has nothing to load"
    why = "it is {kind} without a PT_LOAD segment that holds bytes"
    next = ("link it, with a linker script that places it in flash",)

    name: str
    kind: str


@dataclass(eq=False)
class ElfHeadersInFlash(ImageError):
    """The linker made the file's own headers part of what is loaded."""

    code = "elf-headers-in-flash"
    what = "the ELF headers of {name} would be written to {start:#010x}"
    why = (
        "its first segment begins with the file's headers, because the linker aligned it to "
        "pages of the host; they would lie where the chip (or a bootloader) has its vectors"
    )
    next = (
        "link with `-Wl,--nmagic`",
        "or write the sections alone: `arm-none-eabi-objcopy -O ihex {name} firmware.hex`",
    )

    name: str
    start: int
