"""A FlashLink that is nothing but flash and its rules (RM0008, PM0075 §2.3.3)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from types import TracebackType
from typing import Self

from swdflash.chips.chip import Bank, Chip, Flash, FlashTimes
from swdflash.chips.data import chip_named
from swdflash.chips.times import Time
from swdflash.events import Event
from swdflash.links.base import Costs, LinkInfo, Offers
from swdflash.links.digest import CheckFailed, digest
from swdflash.links.errors import LinkLost
from swdflash.links.progress import Progress, phase_of, size_of
from swdflash.links.steps import Check, Erase, MassErase, Program, Step
from swdflash.memory import Span

COSTS = Costs(round_trip_s=0.45e-3, bytes_per_s=260e3, digest_bytes_per_s=3.2e6)
UID = bytes(range(1, 13))


def small_chip(
    sectors: int = 8,
    size: int = 32,
    banks: int = 1,
    start: int = 0x0800_0000,
    erase_s: float = 0.03,
) -> Chip:
    """A chip as small as tests like it, with the F1's rules and times."""
    per_bank = sectors // banks
    return Chip(
        name="model",
        family="STM32F1",
        core="Cortex-M3",
        dev_id=0x410,
        flash=Flash(
            banks=tuple(
                Bank(
                    0x4002_2000 + 0x40 * bank,
                    tuple(
                        Span(start + (bank * per_bank + n) * size, size) for n in range(per_bank)
                    ),
                )
                for bank in range(banks)
            ),
            erased=0xFF,
            times=FlashTimes(
                unit=2,
                program=Time(52.5e-6, 70e-6),
                erase={size: Time(erase_s, 0.04)},
                mass_erase=Time(0.03, 0.04),
            ),
        ),
        sram=(Span(0x2000_0000, 20 * 1024),),
        system_memory=Span(0x1FFF_F000, 2048),
        option_bytes=Span(0x1FFF_F800, 16),
        uid=Span(0x1FFF_F7E8, 12),
        rom=chip_named("STM32F103C8").rom,
        flash_size_at=0x1FFF_F7E0,
        loader="stm32f1",
        crc_unit=0x4002_3000,
    )


class RuleBroken(AssertionError):
    """Something a flash controller would refuse."""


class FlashModel:
    """Flash that enforces its rules, counts what is done to it, and can be cut off.

    `cut` is asked before each elementary act (a sector's or bank's erase, a unit's program); where
    it answers True the act is left half done, by `torn`, and the link is lost.
    """

    def __init__(self, chip: Chip, data: bytes, uid: bytes = UID) -> None:
        self.chip = chip
        self.data = bytearray(data)
        self.uid = uid
        self.erases: Counter[Span] = Counter()
        self.programmed_units = 0
        self.digest_calls = 0
        self.acts = 0
        self.cut: Callable[[int], bool] = lambda _act: False
        self.torn: Callable[[int, int], int] = lambda before, _after: before
        self.lost: Callable[[], BaseException] = lambda: LinkLost("unplugged")
        self._clock = 0.0

    @property
    def info(self) -> LinkInfo:
        return LinkInfo("model", "model", "model", 4_000_000)

    @property
    def offers(self) -> Offers:
        return Offers.DIGESTS

    @property
    def costs(self) -> Costs:
        return COSTS

    def now(self) -> float:
        return self._clock

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

    def run(self, address: int) -> None:
        pass

    def read(self, address: int, size: int) -> bytes:
        if Span(address, size) == self.chip.uid:
            return self.uid
        assert self.chip.flash.span.covers(Span(address, size))
        at = address - self.chip.flash.start
        return bytes(self.data[at : at + size])

    def digests(self, spans: Sequence[Span]) -> list[int]:
        self.digest_calls += 1
        return [digest(self.read(span.start, span.size)) for span in spans]

    def carry_out(self, steps: Sequence[Step]) -> Iterator[Event]:
        progress = Progress(steps, self.now)
        for step in steps:
            yield from progress.add(phase_of(step), 0)
            self._do(step)
            yield from progress.add(phase_of(step), size_of(step))
        yield from progress.end()

    def _do(self, step: Step) -> None:
        flash = self.chip.flash
        match step:
            case Erase(sector):
                assert sector in flash.sectors
                self._clock += flash.erase_time(sector).typ
                self._erase(sector, (sector,))
            case MassErase(span):
                bank = next(bank for bank in flash.banks if bank.span == span)
                self._clock += flash.mass_erase.typ
                self._erase(span, bank.sectors)
            case Program(address, data):
                self._program(address, data)
            case Check(span, expected):
                got = digest(self.read(span.start, span.size))
                if got != expected:
                    raise CheckFailed(span.start, span.end, expected, got)

    def _erase(self, span: Span, sectors: Sequence[Span]) -> None:
        at = span.start - self.chip.flash.start
        before = self.data[at : at + span.size]
        if self._cut_here():
            self.data[at : at + span.size] = bytes(self.torn(byte, 0xFF) | byte for byte in before)
            raise self.lost()
        self.data[at : at + span.size] = b"\xff" * span.size
        self.erases.update(sectors)

    def _program(self, address: int, data: bytes) -> None:
        unit = self.chip.flash.unit
        if address % unit or len(data) % unit:
            raise RuleBroken(f"{address:#x}+{len(data)} is no whole number of units")
        for offset in range(0, len(data), unit):
            at = address - self.chip.flash.start + offset
            if self.data[at : at + unit] != b"\xff" * unit:
                raise RuleBroken(f"unit at {address + offset:#x} is not erased")
            new = data[offset : offset + unit]
            if new == b"\xff" * unit:
                raise RuleBroken(f"erased value programmed at {address + offset:#x}")
            if self._cut_here():
                self.data[at : at + unit] = bytes(self.torn(0xFF, byte) | byte for byte in new)
                raise self.lost()
            self.data[at : at + unit] = new
            self.programmed_units += 1
            self._clock += self.chip.flash.program.typ

    def _cut_here(self) -> bool:
        self.acts += 1
        return self.cut(self.acts)
