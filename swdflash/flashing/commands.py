"""Steps in the words of a loader: a stream of commands, and what each part of it means."""

from __future__ import annotations

import struct
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import accumulate

from swdflash.chips.chip import Chip
from swdflash.events import Phase
from swdflash.flashing.loader_protocol import Protocol
from swdflash.links.progress import phase_of, size_of
from swdflash.links.steps import Check, Erase, MassErase, Program, Step
from swdflash.memory import Span

HSI_HZ = 8_000_000  # the clock after a reset (RM0008 §7.2)
CYCLES_A_WORD = 8  # for one word through the CRC unit, measured; at most 10
DIGEST_BYTES_PER_S = HSI_HZ / CYCLES_A_WORD * 4


@dataclass(frozen=True)
class Digest:
    """Compute a span's digest, to be read from the ring afterwards."""

    span: Span


@dataclass(frozen=True)
class Command:
    """A command's words and what follows them; `typ` and `max` are its seconds on the chip."""

    step: Step | Digest
    words: bytes = field(repr=False)
    payload: bytes = field(repr=False, default=b"")
    typ: float = 0.0
    max: float = 0.0

    @property
    def size(self) -> int:
        """Bytes that the command takes in the stream."""
        return len(self.words) + len(self.payload)

    @property
    def work(self) -> int:
        """Bytes of flash that the step is about."""
        return self.step.span.size if isinstance(self.step, Digest) else size_of(self.step)

    @property
    def phase(self) -> Phase:
        """The part of the work that the step belongs to."""
        return Phase.COMPARE if isinstance(self.step, Digest) else phase_of(self.step)

    def done(self, consumed: int) -> int:
        """Bytes of flash dealt with, once `consumed` bytes of the command are."""
        if self.payload:
            return max(0, min(self.work, consumed - len(self.words)))
        return self.work if consumed >= self.size else 0

    def seconds_left(self, consumed: int) -> float:
        """Typical time for the rest, once `consumed` bytes of the command are dealt with."""
        if self.payload:
            return self.typ * (1 - self.done(consumed) / self.work)
        return self.typ if consumed < self.size else 0.0


class Encoder:
    """Puts steps for one chip into the words of its loader."""

    def __init__(self, chip: Chip, protocol: Protocol) -> None:
        self._flash = chip.flash
        self._protocol = protocol

    def end(self) -> bytes:
        """The command that ends a stream."""
        return self._words(self._protocol.op_end, 0, 0, 0)

    def encode(self, step: Step | Digest) -> Command:
        """One step."""
        protocol, flash = self._protocol, self._flash
        match step:
            case Erase(sector):
                words = self._change(protocol.op_erase, sector)
                time = flash.erase_time(sector)
                return Command(step, words, typ=time.typ, max=time.max)
            case MassErase(bank):
                words = self._change(protocol.op_mass_erase, bank)
                time = flash.mass_erase
                return Command(step, words, typ=time.typ, max=time.max)
            case Program(_, data):
                words = self._change(protocol.op_program, step.span)
                payload = data + bytes(-len(data) % 4)
                units, time = len(data) / flash.unit, flash.program
                return Command(step, words, payload, typ=units * time.typ, max=time.max)
            case Check(span, expected):
                return self._digest(step, protocol.op_check, span, expected)
            case Digest(span):
                return self._digest(step, protocol.op_digest, span, 0)

    def _digest(self, step: Check | Digest, op: int, span: Span, argument: int) -> Command:
        seconds = span.size / DIGEST_BYTES_PER_S
        words = self._words(op, span.start, span.size, argument)
        return Command(step, words, typ=seconds, max=seconds)

    def _change(self, op: int, span: Span) -> bytes:
        return self._words(op, span.start, span.size, self._controller(span.start))

    def _controller(self, address: int) -> int:
        return next(bank.controller for bank in self._flash.banks if address in bank.span)

    def _words(self, op: int, address: int, size: int, argument: int) -> bytes:
        protocol = self._protocol
        words = [0] * protocol.command_words
        words[protocol.command_op] = op
        words[protocol.command_address] = address
        words[protocol.command_size] = size
        words[protocol.command_argument] = argument
        return struct.pack(f"<{len(words)}I", *words)


class Stream:
    """Commands one behind the other, and the end; positions count bytes from the start."""

    def __init__(self, commands: Sequence[Command], end: bytes) -> None:
        self.commands = commands
        self.data = b"".join(part for c in commands for part in (c.words, c.payload)) + end
        self._starts = list(accumulate((c.size for c in commands), initial=0))

    def __len__(self) -> int:
        return len(self.data)

    def between(self, start: int, stop: int) -> Iterator[tuple[Command, int, int]]:
        """Commands with a part in start..stop, and how much of each lies before either."""
        first = max(0, bisect_right(self._starts, start) - 1)
        for index in range(first, len(self.commands)):
            command, at = self.commands[index], self._starts[index]
            if at >= stop:
                return
            yield command, max(0, start - at), min(command.size, stop - at)

    def seconds(self, start: int, stop: int) -> float:
        """Typical time on the chip from one position to another."""
        return sum(
            command.seconds_left(before) - command.seconds_left(after)
            for command, before, after in self.between(start, stop)
        )

    def command_at(self, position: int) -> Command | None:
        """The command that the loader is at; None at the end."""
        return next((command for command, _, _ in self.between(position, position + 1)), None)

    def phase_end(self, position: int) -> int:
        """Where the phase that the loader is in at this position ends."""
        at = self.command_at(position)
        for command, before, after in self.between(position, len(self)):
            if at is None or command.phase is not at.phase:
                return position
            position += after - before
        return len(self)
