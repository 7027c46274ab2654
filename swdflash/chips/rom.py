"""The bootloader in system memory: what it listens on, how it is entered, where it is odd (AN2606).

Rows of `targets/`, and at the same time what a `Chip` says of its ROM.
"""

from __future__ import annotations

from enum import StrEnum

from swdflash.chips.row import Block, Row


class Quirk(StrEnum):
    """Ways in which a ROM differs from AN3155 or AN3156; links read them."""

    TWO_NACKS = "two-nacks-when-protected"  # each command refused under RDP is answered twice
    NO_MASS_ERASE = "no-mass-erase"  # pages only
    ONE_SECTOR_AN_ERASE = "one-sector-an-erase"  # several in one command are not all erased
    VOLTAGE_BYTE = "bytewise-until-voltage-byte"  # 0xFFFF0000 holds the supply's range
    SHORT_MASS_ERASE_POLL = "short-mass-erase-poll"  # bwPollTimeout is far too short for it
    GET_ID_TWO_BYTES = "get-id-two-bytes"  # the number of bytes that it announces is wrong
    NO_NACK_FOR_BAD_ADDRESS = "no-nack-for-bad-address"  # acknowledged, and then left
    PARITY_NOT_CHECKED = "parity-not-checked"


class Interface(Row, frozen=True):
    """A peripheral that the ROM listens on, with ST's pins: {TX = "PA9", RX = "PA10"}."""

    bus: str  # "USART1", "USB DFU", "CAN2"
    pins: dict[str, str]
    note: str | None = None
    crystals_mhz: tuple[float, ...] = ()  # those that it works with; none: it needs no crystal

    def __str__(self) -> str:
        return f"{self.bus} ({', '.join(self.pins.values())})"

    def works_with(self, hse_hz: int | None) -> bool:
        """Whether the board's crystal, if it has one, will do."""
        return not self.crystals_mhz or (hse_hz or 0) / 1e6 in self.crystals_mhz

    @property
    def wires(self) -> str:
        """Its pins by their signals: "TX PA9, RX PA10"."""
        return ", ".join(f"{signal} {pin}" for signal, pin in self.pins.items())


class Dfu(Row, frozen=True):
    """What the ROM says of itself over USB; alternates are numbered from 0 (AN3156)."""

    alternates: tuple[str, ...]  # names of the alternate settings: each is a memory's layout
    transfer_bytes: int  # wTransferSize
    serial: str | None = None  # what every chip says; None: each its own, made of its UID
    product: str = "STM32  BOOTLOADER"


class Rom(Row, frozen=True):
    """What is known of one device's bootloader."""

    pattern: int  # how it is entered: the row of AN2606 Table 2
    interfaces: tuple[Interface, ...]
    starts_ms: float  # from reset until it listens
    ram: Block  # what it uses of SRAM
    write_bytes: int  # addresses and lengths of writes are multiples of this (AN2606 Table 7)
    baud_error_percent: float  # how far the rate that it measures can be off
    uart_version: int = 0x31  # of the USART protocol, as Get tells it: 0x22 is V2.2
    version_at: int | None = None  # address of the byte that tells its version
    versions: tuple[int, ...] = ()  # values there that are known: 0x21 is V2.1
    pages_per_erase: int = 0  # most that one command may name; 0: no such limit
    quirks: frozenset[Quirk] = frozenset()
    notes: tuple[str, ...] = ()
    dfu: Dfu | None = None

    @property
    def version_names(self) -> tuple[str, ...]:
        """Known versions as AN2606 writes them: 0x21 is V2.1, 0xA1 is V10.1."""
        return tuple(map(version_name, self.versions))

    @property
    def uart_protocol(self) -> str | None:
        """Version of its USART protocol as AN3155 writes it; None where it listens on no USART."""
        return version_name(self.uart_version) if self.listens_on("USART") else None

    @property
    def extended_erase(self) -> bool:
        """Whether its USART protocol has Extended Erase (0x44) in the place of Erase (0x43)."""
        return self.uart_version >= 0x30  # AN3155 §3.7, §3.8

    @property
    def usable(self) -> tuple[Interface, ...]:
        """The interfaces that swdflash drives: UART and USB."""
        return (*self.listens_on("USART"), *self.listens_on("USB"))

    def listens_on(self, kind: str) -> tuple[Interface, ...]:
        """The interfaces whose name begins with `kind`: "USART", "USB"."""
        return tuple(each for each in self.interfaces if each.bus.startswith(kind))


def version_name(version: int) -> str:
    """A byte as ST's notes write it: 0x22 is V2.2."""
    return f"V{version >> 4}.{version & 0xF}"
