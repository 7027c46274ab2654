"""What a chip's flash controller refuses, whichever engine asked it."""

from __future__ import annotations

from dataclasses import dataclass

from swdflash.errors import Exit, SwdflashError


class FlashRefused(SwdflashError):
    """The flash controller did not do what it was told."""


@dataclass(eq=False)
class ProgramFailed(FlashRefused):
    """The flash controller refused to program a cell (FLASH_SR.PGERR)."""

    code = "program-failed"
    exit = Exit.VERIFY_FAILED
    what = "the chip refused to program {address:#010x}"
    why = "FLASH_SR.PGERR is set: the cell there is not erased (PM0075 §2.3.3)"
    next = (
        "write again: sectors that differ are then erased first",
        "if it stays, the page may be worn out: try another chip",
        "an erase that leaves bytes behind can be a weak supply: check 3.3 V",
    )

    address: int


@dataclass(eq=False)
class ChangeRefused(FlashRefused):
    """The flash controller refused to change a protected page (FLASH_SR.WRPRTERR)."""

    code = "change-refused"
    exit = Exit.PROTECTED
    what = "the chip refused to change {address:#010x}"
    why = "FLASH_SR.WRPRTERR is set: this page is write-protected (PM0075 §2.4.2)"
    next = ("see which pages are protected with `swdflash info`",)

    address: int


@dataclass(eq=False)
class FlashStaysBusy(FlashRefused):
    """The flash controller did not finish within many times the datasheet's maximum."""

    code = "flash-stays-busy"
    exit = Exit.NO_ANSWER
    what = "the flash controller stays busy at {address:#010x}"
    why = "FLASH_SR.BSY or LOCK did not clear in many times the datasheet's maximum"
    next = (
        "power the target off and on, then write again",
        "check its supply: flash needs 2.0 to 3.6 V to be changed",
    )

    address: int
