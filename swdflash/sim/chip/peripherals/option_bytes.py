"""Option bytes: eight bytes, each with its complement (PM0075 §2.5, Table 6)."""

from __future__ import annotations

import mmap

from swdflash.chips.chip import Chip
from swdflash.memory import Span
from swdflash.sim.chip.peripherals.cells import Cells, Erasing, Programming

SIZE = 16
RDP_OFF = 0xA5  # RDPRT key
RDP, USER, DATA0, DATA1, WRP0 = 0, 1, 2, 3, 4
USER_WDG_SW, USER_NRST_STOP, USER_NRST_STDBY = 1 << 0, 1 << 1, 1 << 2

ERASED = b"\xff" * 8


def encoded(values: bytes) -> bytes:
    """Option bytes with their complements, as they lie in memory."""
    return bytes(byte for value in values for byte in (value, value ^ 0xFF))


def factory(chip: Chip) -> bytes:
    """Option bytes as the chip leaves the factory."""
    return encoded(bytes([chip.rdp_unprotected]) + b"\xff" * 7)


class OptionBytes:
    """What counts is what the last reset loaded, not what has been programmed since."""

    def __init__(self, chip: Chip, block: mmap.mmap, block_start: int) -> None:
        self.span = chip.option_bytes
        self._flash_start = chip.flash.start
        self._wrp_bytes = chip.sectors_per_wrp_bit * chip.flash.sectors[0].size
        self._rdp_off = chip.rdp_unprotected
        self._rdp_level_2 = chip.rdp_level_2
        self._cells = Cells(block_start, block, lambda _span: None)
        self._loaded = ERASED
        self._error = False
        self.load()

    def load(self) -> None:
        """Take the bytes over, as a reset does; a byte unlike its complement counts as erased."""
        raw = self._cells[Span(self.span.start, SIZE)]
        pairs = list(zip(raw[::2], raw[1::2], strict=True))
        valid = [low ^ high == 0xFF for low, high in pairs]
        self._loaded = bytes(
            low if good else 0xFF for (low, _high), good in zip(pairs, valid, strict=True)
        )
        # Both erased is no mismatch: "the comparator is disabled" (PM0075 §2.5)
        self._error = any(
            not good and pair != (0xFF, 0xFF) for pair, good in zip(pairs, valid, strict=True)
        )

    @property
    def rdp_active(self) -> bool:
        """Read protection: anything but RDPRT protects."""
        return self._loaded[RDP] != self._rdp_off

    @property
    def level_2(self) -> bool:
        """The chip is shut for ever; STM32F1 have no such level."""
        return self._loaded[RDP] == self._rdp_level_2

    @property
    def guards_first_pages(self) -> bool:
        """See `FlashProtection`."""
        return True

    @property
    def user(self) -> int:
        """WDG_SW, nRST_STOP, nRST_STDBY (and BFB2 on XL)."""
        return self._loaded[USER]

    @property
    def hardware_watchdog(self) -> bool:
        """IWDG runs from reset on (WDG_SW = 0)."""
        return not self.user & USER_WDG_SW

    def resets_instead_of(self, *, standby: bool) -> bool:
        """Whether entering Standby (or Stop) resets the chip: nRST_STDBY, nRST_STOP = 0."""
        return not self.user & (USER_NRST_STDBY if standby else USER_NRST_STOP)

    @property
    def obr(self) -> int:
        """FLASH_OBR (PM0075 §3.7)."""
        loaded = self._loaded
        reserved_read_as_1 = loaded[USER] | 0xF8
        return (
            self._error
            | self.rdp_active << 1
            | reserved_read_as_1 << 2
            | loaded[DATA0] << 10
            | loaded[DATA1] << 18
        )

    @property
    def wrpr(self) -> int:
        """FLASH_WRPR: a 0 protects."""
        return int.from_bytes(self._loaded[WRP0:], "little")

    def write_protects(self, address: int) -> bool:
        """Whether a page is protected: a bit for some pages, the last one for all the rest."""
        bit = min((address - self._flash_start) // self._wrp_bytes, 31)
        return not self.wrpr >> bit & 1

    def peek16(self, address: int) -> int:
        """An option byte and its complement."""
        return self._cells.peek16(address)

    def unprotects(self, address: int, value: int) -> bool:
        """Whether programming this takes read protection away."""
        return address == self.span.start and value & 0xFF == self._rdp_off and self.rdp_active

    def programming(self, address: int, value: int) -> Programming:
        """FPEC takes the LSB and computes the MSB as its complement (PM0075 §2.3.4)."""
        low = value & 0xFF
        return Programming(self._cells, address, low | (low ^ 0xFF) << 8)

    def erasing(self) -> Erasing:
        """All of them at once."""
        return Erasing(self._cells, (Span(self.span.start, SIZE),), lambda _sector: None)
