"""A DebugLink that is sparse memory, core registers and a clock: what was put in can be read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

from swdflash.chips.arm import CPUID, DEMCR, DFSR, DHCSR, PIDR
from swdflash.chips.chip import Chip
from swdflash.chips.data import family_of
from swdflash.links.base import Costs, LinkInfo, Offers, Reset
from swdflash.links.errors import TransferFault

GENUINE_DPIDR = 0x1BA0_1477
INFO = LinkInfo("fake:", "fake", "fake", 4_000_000)
COSTS = Costs(round_trip_s=0.5e-3, bytes_per_s=250e3, digest_bytes_per_s=3e6)
UID = bytes.fromhex("066dff535554000087654321")


@dataclass
class FakeDebugLink:
    """Words that nobody put there answer with a bus fault. `accesses` counts round trips."""

    words: dict[int, int] = field(default_factory=dict)
    core: dict[str, int] = field(default_factory=dict)
    port: int = GENUINE_DPIDR
    offers: Offers = Offers.VOLTAGE | Offers.NRST
    volts: float | None = 3.3
    catches: bool = True  # whether VC_CORERESET works
    accesses: int = 0
    clock_s: float = 0.0
    resets: list[Reset] = field(default_factory=list)
    info: LinkInfo = INFO
    costs: Costs = COSTS

    # --- putting things in

    def put(self, address: int, data: bytes) -> Self:
        """Memory at a word's address, whole words."""
        for at in range(0, len(data), 4):
            self.words[address + at] = int.from_bytes(data[at : at + 4], "little")
        return self

    # --- DebugLink

    def now(self) -> float:
        return self.clock_s

    def _access(self) -> None:
        self.accesses += 1
        self.clock_s += 1e-3

    def _word(self, address: int) -> int:
        if address not in self.words:
            raise TransferFault(address, "FAULT ACK")
        return self.words[address]

    def read(self, address: int, size: int) -> bytes:
        self._access()
        start = address & ~3
        words = range(start, address + size, 4)
        data = b"".join(self._word(at).to_bytes(4, "little") for at in words)
        return data[address - start :][:size]

    def write(self, address: int, data: bytes) -> None:
        self._access()
        self.put(address, data)

    def read32(self, address: int) -> int:
        self._access()
        value = self._word(address)
        if address == DHCSR.address:
            self.words[address] &= ~DHCSR.S_RESET_ST.mask
        return value

    def write32(self, address: int, value: int) -> None:
        self._access()
        self._word(address)
        if address == DHCSR.address:
            return
        self.words[address] = self.words[address] & ~value if address == DFSR.address else value

    def read16(self, address: int) -> int:
        return int.from_bytes(self.read(address, 2), "little")

    def write16(self, address: int, value: int) -> None:
        self._access()
        shift = (address & 2) * 8
        word = self._word(address & ~3)
        self.words[address & ~3] = word & ~(0xFFFF << shift) | value << shift

    def read_core(self, registers: Sequence[str]) -> list[int]:
        self._access()
        return [self.core[name] for name in registers]

    def write_core(self, values: Mapping[str, int]) -> None:
        self._access()
        self.core.update(values)

    def halt(self) -> None:
        self.words[DHCSR.address] |= DHCSR.S_HALT.mask

    def resume(self) -> None:
        self.words[DHCSR.address] &= ~DHCSR.S_HALT.mask

    def step(self) -> None:
        self._access()

    def is_halted(self) -> bool:
        return bool(DHCSR(self.words[DHCSR.address]).S_HALT)

    def reset(self, kind: Reset = Reset.SYSTEM) -> None:
        self._access()
        self.resets.append(kind)
        self.words[DHCSR.address] |= DHCSR.S_RESET_ST.mask
        if self.catches and DEMCR(self.words[DEMCR.address]).VC_CORERESET:
            self.halt()
            self.words[DFSR.address] |= DFSR.VCATCH.mask
        else:
            self.resume()

    def drive_nrst(self, low: bool) -> None:
        self._access()

    def dpidr(self) -> int:
        self._access()
        return self.port

    def set_clock(self, hz: int) -> int:
        return hz

    def flash_link(self, chip: Chip) -> None:
        return None

    def voltage(self) -> float | None:
        return self.volts

    def close(self) -> None:
        pass

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def rom_table(designer: int, part: int, *, jedec: bool = True) -> bytes:
    """PIDR4..7 and PIDR0..3 as a ROM table has them (IHI 0029, B2.2): a byte a word.

    `designer` is continuation count << 7 | code.
    """
    continuation, code = designer >> 7, designer & 0x7F
    ids = (
        *(continuation, 0, 0, 0),
        *(part & 0xFF, (code & 0xF) << 4 | part >> 8, (8 if jedec else 0) | code >> 4, 0),
    )
    return b"".join(value.to_bytes(4, "little") for value in ids)


def signature(chip: Chip, declared: int) -> tuple[int, bytes]:
    """(where it begins, the words with the flash size and the UID)."""
    start = min(chip.flash_size_at, chip.uid.start) & ~3
    words = bytearray(b"\xff" * ((max(chip.flash_size_at + 4, chip.uid.end) + 3 & ~3) - start))
    for at, data in ((chip.flash_size_at, declared.to_bytes(4, "little")), (chip.uid.start, UID)):
        words[at - start : at - start + len(data)] = data
    return start, bytes(words)


def link_to(
    chip: Chip,
    *,
    idcode: int | None = None,
    cpuid: int | None = None,
    dpidr: int | None = None,
    table: bytes | None = None,
    size_word: int | None = None,
) -> FakeDebugLink:
    """A link to a genuine `chip` that booted from empty flash, or to one that differs as said."""
    family = family_of(chip)
    link = FakeDebugLink(port=family.dpidr if dpidr is None else dpidr)
    kib = chip.flash.span.size // 1024
    declared = 0xFFFF_0000 | kib if size_word is None else size_word
    link.put(*signature(chip, declared))
    link.put(PIDR.address, table or rom_table(0x020, chip.dev_id))
    link.words |= {layout.address: layout.reset for layout in chip.layouts.values()}
    link.words[chip.registers["DBGMCU_IDCODE"]] = (
        0x2003_6000 | chip.dev_id if idcode is None else idcode
    )
    core = family.cpuid if cpuid is None else cpuid
    link.words |= {CPUID.address: core, DHCSR.address: 0, DEMCR.address: 0, DFSR.address: 0}
    link.words[0xE000_ED08] = 0
    for memory in (0, chip.flash.start):
        link.put(memory, b"\xff" * 16)
    link.put(chip.system_memory.start, bytes(range(16)))
    link.put(chip.sram[0].start, bytes(16))
    return link
