"""What can keep a program from being started."""

from __future__ import annotations

from dataclasses import dataclass

from swdflash.errors import Exit, SwdflashError


@dataclass(eq=False)
class NoProgram(SwdflashError):
    """There is no vector table where a program is to be started."""

    code = "no-program"
    exit = Exit.BAD_IMAGE
    what = "there is no program at {address:#010x}"
    why = "a vector table begins with a stack pointer in RAM and an odd address; here: {found}"
    next = (
        "give the address of the vector table, such as 0x08000000",
        "see what is there: swdflash read {address:#010x} 16 -o - | hexdump -C",
    )

    address: int
    found: str
