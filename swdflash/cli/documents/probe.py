"""Result of `probe test-reset`, and what `info` says of tomorrow."""

from __future__ import annotations

import msgspec

from swdflash.api.readiness import Readiness
from swdflash.cli.documents.envelope import Address, Seconds
from swdflash.cli.documents.parts import ChipResult, LinkResult, Recovered


class ResetTestResult(msgspec.Struct):
    """Whether the NRST wire reaches the chip, and by what that is known.

    `fell_s` and `rose_s` are the times until DHCSR.S_RESET_ST stayed set and clear again, null
    where that never came; `vtor_marked` was written to VTOR before, `vtor_found` read after.
    """

    chip: ChipResult
    link: LinkResult
    verdict: str
    fell_s: Seconds | None
    rose_s: Seconds | None
    vtor_marked: Address
    vtor_found: Address
    simulated: bool
    recovered: Recovered | None


class ReadinessResult(msgspec.Struct):
    """Whether the board could be had back if its firmware shut SWD off.

    `nrst` is the last verdict of `probe test-reset`, or "not-tested"; `boot0` is null where
    nobody has named the board; `rom` is where the ROM bootloader is reached by UART or USB.
    """

    nrst: str
    nrst_tested: str | None
    boot0: str | None
    rom: list[str]
    sure: bool


def readiness_result(readiness: Readiness) -> ReadinessResult:
    """The document for what is known of the ways in."""
    return ReadinessResult(
        nrst=str(readiness.nrst),
        nrst_tested=readiness.nrst_tested,
        boot0=readiness.boot0,
        rom=list(readiness.rom),
        sure=readiness.sure,
    )
