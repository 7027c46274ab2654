"""What keeps a sound image from this chip: another chip, another address, no vector table."""

from __future__ import annotations

from dataclasses import dataclass

from swdflash.images.errors import ImageError


@dataclass(eq=False)
class ElfOtherMachine(ImageError):
    """An ELF file for a processor that is no Arm Cortex-M."""

    code = "elf-other-machine"
    what = "{name} is not for {chip}"
    why = "it was built for {machine}; {chip} is a little-endian 32-bit Arm {core}"
    next = (
        "build it with arm-none-eabi-gcc (or another compiler for {core})",
        "if it is meant so: `--force elf-other-machine`",
    )
    forcible = True

    name: str
    chip: str
    core: str
    machine: str


@dataclass(eq=False)
class ElfOtherCore(ImageError):
    """Built for an Arm core with instructions that this one lacks."""

    code = "elf-other-core"
    what = "{name} is not for the {core} of {chip}"
    why = "it was built for {arch}, whose instructions a {core} need not have"
    next = (
        "compile and link with `-mcpu={option}`",
        "if it is meant so: `--force elf-other-core`",
    )
    forcible = True

    name: str
    chip: str
    core: str
    option: str
    arch: str


@dataclass(eq=False)
class ElfHardFloat(ImageError):
    """Uses a floating-point unit that the core lacks."""

    code = "elf-hard-float"
    what = "{name} uses floating-point instructions that {chip} lacks"
    why = "it was built {how}; a {core} has no floating-point unit, so they end in a UsageFault"
    next = (
        "compile and link with `-mfloat-abi=soft`",
        "if it is meant so: `--force elf-hard-float`",
    )
    forcible = True

    name: str
    chip: str
    core: str
    how: str


@dataclass(eq=False)
class Uf2OtherFamily(ImageError):
    """A UF2 file for another kind of chip."""

    code = "uf2-other-family"
    what = "{name} is not for {chip}"
    why = "its UF2 blocks name the family {family}"
    next = ("build for this chip", "if it is meant so: `--force uf2-other-family`")
    forcible = True

    name: str
    chip: str
    family: str


@dataclass(eq=False)
class ImageInRam(ImageError):
    """Everything is linked for RAM: there is nothing to program."""

    code = "image-in-ram"
    what = "{name} is linked for RAM, not for flash"
    why = "all its bytes go to {start:#010x}..{end:#010x}, and RAM forgets them"
    next = ("link it for flash: `> FLASH` for code, `> RAM AT> FLASH` for .data",)

    name: str
    start: int
    end: int


@dataclass(eq=False)
class DataInRam(ImageError):
    """Initial values are to be loaded to RAM by the debugger."""

    code = "data-in-ram"
    what = "{count} bytes of {name} are not loaded to flash but to RAM"
    why = "a segment has the load address {start:#010x}: after a power cut they would be gone"
    next = ("give .data a load address in flash: `> RAM AT> FLASH` in the linker script",)

    name: str
    start: int
    count: int


@dataclass(eq=False)
class ImageTooLong(ImageError):
    """The image reaches past the end of the chip's flash."""

    code = "image-too-long"
    what = "{name} does not fit into {chip}: {count} bytes too many"
    why = "it ends at {end:#010x}, the {flash_kib} KiB of flash at {flash_end:#010x}"
    next = ("make it smaller, or check FLASH LENGTH in the linker script", "{hint}")

    name: str
    chip: str
    count: int
    end: int
    flash_end: int
    flash_kib: int
    hint: str


@dataclass(eq=False)
class OutsideFlash(ImageError):
    """Bytes belong to addresses that are no flash on this chip."""

    code = "outside-flash"
    what = "{count} bytes of {name} lie outside the flash of {chip}"
    why = (
        "they belong to {start:#010x}..{end:#010x}, flash is {flash_start:#010x}..{flash_end:#010x}"
    )
    next = (
        "check FLASH ORIGIN in the linker script: `swdflash image {name}` shows the segments",
        "option bytes and system memory are not written from images",
    )

    name: str
    chip: str
    count: int
    start: int
    end: int
    flash_start: int
    flash_end: int


@dataclass(eq=False)
class VectorStack(ImageError):
    """The first word of the vector table is no stack pointer."""

    code = "vector-stack"
    what = "{name} would not start: its initial stack pointer {sp:#010x} is {fault}"
    why = "the first word at {table:#010x} must be a multiple of 4 in RAM ({ram}) or its end"
    next = (
        "if it was built for another chip, check RAM LENGTH in the linker script",
        "check that the vector table is placed first (KEEP(*(.isr_vector)))",
        "if it is meant so: `--force vector-stack`",
    )
    forcible = True

    name: str
    table: int
    sp: int
    fault: str
    ram: str


@dataclass(eq=False)
class VectorReset(ImageError):
    """The reset vector points to where no code can be."""

    code = "vector-reset"
    what = "{name} would not start: its reset vector {reset:#010x} is {fault}"
    why = "the second word at {at:#010x} must be the address of code in this image, plus 1"
    next = (
        "check that the vector table is placed first (KEEP(*(.isr_vector))) and has the handlers",
        "if the code is in flash already: `--force vector-reset`",
    )
    forcible = True

    name: str
    at: int
    reset: int
    fault: str


@dataclass(eq=False)
class VectorThumb(ImageError):
    """The reset vector lacks the thumb bit."""

    code = "vector-thumb"
    what = "{name} would not start: its reset vector {reset:#010x} is even"
    why = "bit 0 must say that it is Thumb code, all a Cortex-M runs; an even one is a HardFault"
    next = (
        "mark the handler as code: `.thumb_func` or `.type Reset_Handler, %function`",
        "if it is meant so: `--force vector-thumb`",
    )
    forcible = True

    name: str
    reset: int
