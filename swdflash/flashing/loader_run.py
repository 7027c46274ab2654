"""One run of a loader: its ring kept full, its mailbox watched, its errors in words."""

from __future__ import annotations

import struct
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from swdflash.errors import SwdflashError
from swdflash.flashing.commands import Stream
from swdflash.flashing.errors import LoaderStopped
from swdflash.flashing.loader_protocol import Loader
from swdflash.flashing.work_area import WORD, WorkArea
from swdflash.links.base import DebugLink
from swdflash.links.digest import CheckFailed
from swdflash.links.errors import LinkError
from swdflash.links.flash_errors import ChangeRefused, FlashStaysBusy, ProgramFailed
from swdflash.links.start import XPSR_THUMB
from swdflash.links.steps import Check

POLL_S = 0.001  # between looks at what is late already
LONGEST_SLEEP_S = 0.2  # so that progress is seen
PATIENCE_S = 1.0  # without any progress, beside several times what the data sheet allows


@dataclass(frozen=True)
class Mailbox:
    """What the loader tells the host."""

    read: int
    ended: bool
    error: int
    address: int
    value: int


class LoaderRun:
    """Streams commands to a loader in the chip's RAM. The core is halted before and after."""

    def __init__(self, link: DebugLink, loader: Loader, area: WorkArea, stream: Stream) -> None:
        self._link = link
        self._loader = loader
        self._area = area
        self._stream = stream
        self._written = 0

    def start(self, *, with_code: bool) -> None:
        """Write the mailbox, the first commands and, where it is not there yet, the code; go."""
        area, protocol = self._area, self._loader.protocol
        first = self._stream.data[: area.block]
        box = [0] * protocol.box_words
        box[protocol.box_write] = self._written = len(first)
        box[protocol.box_state] = protocol.state_running
        box[protocol.box_ring] = area.ring
        box[protocol.box_mask] = area.ring_size - 1
        content = struct.pack(f"<{len(box)}I", *box) + first
        if with_code:
            self._link.write(area.code, self._loader.code + content)
        else:
            self._link.write(area.box, content)
        registers = {"r0": area.box, "sp": area.stack, "xpsr": XPSR_THUMB, "pc": area.code}
        self._link.write_core(registers)
        self._link.resume()

    def follow(self) -> Iterator[int]:
        """Keep the ring full until the end, yielding positions in the stream that are done.

        Raises the error that the loader reports, or what explains its silence. However this ends,
        the core is halted.
        """
        read, since = 0, self._link.now()
        with self._halted_unless_ended():
            while True:
                self._fill(read)
                self._sleep(read, since)
                box = self._mailbox(read)
                if box.read != read:
                    read, since = box.read, self._link.now()
                    yield read
                if box.error:
                    raise self._reported(box)
                if box.ended:
                    return
                if self._link.now() - since > self._patience(read):
                    raise self._silent(read)

    def results(self, count: int) -> list[int]:
        """The arguments of the first `count` commands, as digests are left there."""
        protocol = self._loader.protocol
        words = count * protocol.command_words
        values = struct.unpack(f"<{words}I", self._link.read(self._area.ring, WORD * words))
        return list(values[protocol.command_argument :: protocol.command_words])

    def _fill(self, read: int) -> None:
        """Write whole blocks, and the rest of the stream, where the ring has room for them."""
        area, stream = self._area, self._stream
        while self._written < len(stream):
            block = stream.data[self._written : self._written + area.block]
            if self._written + len(block) - read > area.ring_size:
                return
            place = area.ring + self._written % area.ring_size
            self._link.write(place, block)
            self._written += len(block)
            write = area.box + WORD * self._loader.protocol.box_write
            self._link.write32(write, self._written)

    def _sleep(self, read: int, since: float) -> None:
        """Until there is room for a block, or a phase is over, by the chip's typical times."""
        if self._written < len(self._stream):
            goal = self._written + self._area.block - self._area.ring_size
        else:
            goal = self._stream.phase_end(read)
        left = self._stream.seconds(read, goal) - (self._link.now() - since)
        time.sleep(min(max(left, POLL_S), LONGEST_SLEEP_S))

    def _mailbox(self, read: int) -> Mailbox:
        """What the loader tells now, unless it is not the loader any more that tells it."""
        protocol, area = self._loader.protocol, self._area
        count = protocol.box_words
        words = struct.unpack(f"<{count}I", self._link.read(area.box, WORD * count))
        mine = {protocol.box_write: self._written, protocol.box_ring: area.ring}
        if any(words[index] != value for index, value in mine.items()) or not (
            read <= words[protocol.box_read] <= self._written
        ):
            raise LoaderStopped("its RAM was overwritten: the chip was reset, or lost power")
        return Mailbox(
            read=words[protocol.box_read],
            ended=words[protocol.box_state] == protocol.state_ended,
            error=words[protocol.box_error],
            address=words[protocol.box_address],
            value=words[protocol.box_value],
        )

    def _patience(self, read: int) -> float:
        command = self._stream.command_at(read)
        return PATIENCE_S + 4 * (command.max if command else 0.0)

    def _reported(self, box: Mailbox) -> SwdflashError:
        protocol = self._loader.protocol
        command = self._stream.command_at(box.read)
        if command and isinstance(command.step, Check) and box.error == protocol.error_mismatch:
            span = command.step.span
            return CheckFailed(span.start, span.end, command.step.digest, box.value)
        if box.error == protocol.error_not_erased:
            return ProgramFailed(box.address)
        if box.error == protocol.error_protected:
            return ChangeRefused(box.address)
        if box.error == protocol.error_locked:
            return FlashStaysBusy(box.address)
        return LoaderStopped(f"it reports {box.error} at {box.address:#010x}: its RAM was changed")

    def _silent(self, read: int) -> SwdflashError:
        """Look why the loader does not go on."""
        self._link.halt()
        (pc,) = self._link.read_core(["pc"])
        area = self._area
        if not area.code <= pc < area.box:
            return LoaderStopped(
                f"the core is at {pc:#010x}: the chip was reset, or ran into a fault"
            )
        command = self._stream.command_at(read)
        if command is None or not command.typ or self._written <= read:
            return LoaderStopped(f"the core waits at {pc:#010x} for commands that it was given")
        return FlashStaysBusy(_address_of(command.words, self._loader))

    @contextmanager
    def _halted_unless_ended(self) -> Iterator[None]:
        """Stop the core where the host stops first; what the flash is doing it does to the end."""
        try:
            yield
        except BaseException:
            with suppress(LinkError):
                self._link.halt()
            raise


def _address_of(words: bytes, loader: Loader) -> int:
    at = WORD * loader.protocol.command_address
    return int.from_bytes(words[at : at + WORD], "little")
