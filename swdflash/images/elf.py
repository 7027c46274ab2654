"""ELF, read by pyelftools: PT_LOAD segments at their physical addresses."""

from __future__ import annotations

import struct
from io import BytesIO
from itertools import islice

from elftools.common.exceptions import ELFError
from elftools.construct import ConstructError
from elftools.elf.elffile import ELFFile
from elftools.elf.sections import ARMAttributesSection, NoteSection
from elftools.elf.segments import Segment as ProgramHeader

from swdflash.images.contents import Contents, ElfFacts, Format, assemble
from swdflash.images.errors import ElfCorrupt, ElfNotLinked, ElfTruncated
from swdflash.images.image import Segment
from swdflash.memory import Span

MAGIC = b"\x7fELF"

# What pyelftools raises over damaged files; it checks little by itself.
_DAMAGE = (
    ELFError,
    ConstructError,
    struct.error,
    ArithmeticError,
    AssertionError,
    AttributeError,
    EOFError,
    LookupError,
    MemoryError,
    OSError,
    RuntimeError,
    TypeError,
    ValueError,
)

_EF_ARM_ABI_FLOAT_HARD = 0x400  # ELF for the Arm Architecture (IHI 0044), e_flags

# Tag_CPU_arch: Addenda to the ABI for the Arm Architecture (IHI 0045), 3.3.5.2
_ARCHES = (
    *("pre-Armv4", "Armv4", "Armv4T", "Armv5T", "Armv5TE", "Armv5TEJ", "Armv6", "Armv6KZ"),
    *("Armv6T2", "Armv6K", "Armv7", "Armv6-M", "Armv6S-M", "Armv7E-M", "Armv8-A", "Armv8-R"),
    *("Armv8-M.baseline", "Armv8-M.mainline", "Armv8.1-A", "Armv8.2-A", "Armv8.3-A"),
    *("Armv8.1-M.mainline", "Armv9-A"),
)
_ARMV7 = 10  # the one whose profile (A, R or M) stands in a tag of its own


def read_elf(name: str, data: bytes) -> Contents:
    """Read the segments and what the file says of its machine and build.

    Raises ElfTruncated, ElfCorrupt, ElfNotLinked, SegmentsOverlap.
    """
    try:
        elf = ELFFile(BytesIO(data))
        _check_tables(name, elf, len(data))
        headers = [h for h in elf.iter_segments() if h["p_type"] == "PT_LOAD" and h["p_filesz"]]
        for number, header in enumerate(headers):
            end = header["p_offset"] + header["p_filesz"]
            _check_end(name, f"loadable segment {number}", end, len(data))
        if not headers:
            raise ElfNotLinked(name, _kind(elf))
        segments = _segments(headers, data)
        image = assemble(name, segments, elf["e_entry"] or None)
        return Contents(Format.ELF, image, _facts(elf, _headers_at(elf, segments)))
    except _DAMAGE as error:
        raise ElfCorrupt(
            name, f"its headers make no sense ({error or type(error).__name__})"
        ) from None


def _kind(elf: ELFFile) -> str:
    kinds = {"ET_REL": "an object file", "ET_CORE": "a core dump", "ET_DYN": "a shared object"}
    return kinds.get(elf["e_type"], "an executable")


def _check_tables(name: str, elf: ELFFile, size: int) -> None:
    """Linkers put the section headers last, so that a cut file lacks them first."""
    for table, of in (("ph", "segments"), ("sh", "sections")):
        end = elf[f"e_{table}off"] + elf[f"e_{table}num"] * elf[f"e_{table}entsize"]
        _check_end(name, f"table of {of}", end, size)


def _check_end(name: str, part: str, end: int, size: int) -> None:
    if end > size:
        raise ElfTruncated(name, part, end, size)


def _segments(headers: list[ProgramHeader], data: bytes) -> list[Segment]:
    """Physical addresses, unless the linker left them all zero (then the virtual ones)."""
    key = "p_paddr" if any(h["p_paddr"] for h in headers) else "p_vaddr"
    return [Segment(h[key], data[h["p_offset"] : h["p_offset"] + h["p_filesz"]]) for h in headers]


def _headers_at(elf: ELFFile, segments: list[Segment]) -> Span | None:
    """Where the file's own first bytes would be loaded."""
    for segment in segments:
        if segment.data.startswith(MAGIC):
            return Span(segment.address, min(elf["e_ehsize"], len(segment.data)))
    return None


def _facts(elf: ELFFile, headers: Span | None) -> ElfFacts:
    tags = _build_attributes(elf)
    is_arm = elf["e_machine"] == "EM_ARM"
    flags = elf["e_flags"] if is_arm else 0
    return ElfFacts(
        machine=_machine(elf),
        bits=elf.elfclass,
        little_endian=elf.little_endian,
        arch=_arch(tags),
        hard_float=bool(flags & _EF_ARM_ABI_FLOAT_HARD) or tags.get("TAG_ABI_VFP_ARGS") == 1,
        fpu=bool(tags.get("TAG_FP_ARCH")),
        headers=headers,
        build_id=_build_id(elf),
        compilers=_compilers(elf),
    )


def _machine(elf: ELFFile) -> str:
    known = elf.get_machine_arch()
    return f"machine {elf['e_machine']}" if known == "<unknown>" else known


def _build_attributes(elf: ELFFile) -> dict[str, object]:
    """The tags of .ARM.attributes for the whole file, by pyelftools' names.

    Only the first subsection ("aeabi") and its first part (the file) are asked for: pyelftools
    can loop for ever over damaged lengths of later ones.
    """
    for section in elf.iter_sections():
        if isinstance(section, ARMAttributesSection):
            for subsection in islice(section.iter_subsections(), 1):
                for part in islice(subsection.iter_subsubsections(), 1):
                    tags = islice(part.iter_attributes(), 100)
                    return {str(tag.tag): tag.value for tag in tags}
    return {}


def _arch(tags: dict[str, object]) -> str | None:
    number = tags.get("TAG_CPU_ARCH")
    if not isinstance(number, int):
        return None
    if number >= len(_ARCHES):
        return f"Tag_CPU_arch {number}"
    profile = tags.get("TAG_CPU_ARCH_PROFILE")
    if number == _ARMV7 and isinstance(profile, int) and profile in b"ARM":
        return f"{_ARCHES[number]}-{chr(profile)}"
    return _ARCHES[number]


def _build_id(elf: ELFFile) -> str | None:
    for section in elf.iter_sections():
        if isinstance(section, NoteSection):
            for note in section.iter_notes():
                if note["n_type"] == "NT_GNU_BUILD_ID" and note["n_name"] == "GNU":
                    return str(note["n_desc"])
    return None


def _compilers(elf: ELFFile) -> tuple[str, ...]:
    section = elf.get_section_by_name(".comment")
    if section is None:
        return ()
    words = section.data().split(b"\0")
    return tuple(dict.fromkeys(w.decode("utf-8", "replace") for w in words if w))
