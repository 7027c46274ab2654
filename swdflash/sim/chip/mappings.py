"""The memories that unicorn reaches directly, and what it has translated from them."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from typing import Any

from unicorn import unicorn_const as uc_const
from unicorn.unicorn_py3.unicorn import UcError

from swdflash.memory import Span
from swdflash.sim.bus import BusFault, Master
from swdflash.sim.chip.memory import PAGE, Guarded, Mappable


class Mappings:
    """Which memory is seen at which address; one memory can be at several."""

    def __init__(self, uc: Any, on_stale: Callable[[], None]) -> None:
        """`on_stale` is called when `drop_stale` has to be, as soon as unicorn stands."""
        self._uc = uc
        self.on_stale = on_stale
        self._mapped: dict[int, tuple[Mappable, Guarded | None]] = {}
        self._guarded: dict[int, Guarded] = {}
        self._code_pages: set[int] = set()
        self._stale: list[Span] = []

    def map(self, memory: Mappable, at: int, *, stores_through: bool) -> None:
        """Let code run and load from `memory` at an address."""
        guarded = memory if stores_through else None
        assert guarded is None or isinstance(guarded, Guarded)
        size = -(-memory.span.size // PAGE) * PAGE
        rights = uc_const.UC_PROT_READ | (uc_const.UC_PROT_EXEC if memory.executable else 0)
        rights |= 0 if stores_through else uc_const.UC_PROT_WRITE
        first = ctypes.c_char.from_buffer(memory.buffer)
        self._uc.mem_map_ptr(at, size, rights, ctypes.addressof(first))
        self._mapped[at] = (memory, guarded)
        if guarded is not None:
            self._guarded[at] = guarded

    def unmap(self, at: int) -> None:
        """Undo `map`."""
        memory, _guarded = self._mapped.pop(at)
        self._guarded.pop(at, None)
        size = -(-memory.span.size // PAGE) * PAGE
        self.forget(Span(at, size))
        self._uc.mem_unmap(at, size)

    def load(self, address: int, size: int) -> bytes:
        """Bytes as the core sees them; raises `BusFault`."""
        try:
            return bytes(self._uc.mem_read(address, size))
        except UcError:
            raise BusFault(address, "no memory is mapped here") from None

    def save(self, address: int, data: bytes) -> None:
        """Put bytes into memory as the core would; raises `BusFault`."""
        found = self.at(address)
        if found is None or found[1] is not None:
            raise BusFault(address, "no RAM is mapped here")
        memory, _guarded, offset = found
        memory.buffer[offset : offset + len(data)] = data
        self.invalidate(Span(memory.span.start + offset, len(data)))

    def invalidate(self, span: Span) -> None:
        """Forget what was translated from a span of the bus, at every place it is mapped."""
        for at, (memory, _guarded) in self._mapped.items():
            start, end = max(span.start, memory.span.start), min(span.end, memory.span.end)
            if start < end:
                alias = Span(at + start - memory.span.start, end - start)
                pages = range(alias.start // PAGE, (alias.end - 1) // PAGE + 1)
                if not self._code_pages.isdisjoint(pages):
                    self._stale.append(alias)
        if self._stale:
            self.on_stale()

    def drop_stale(self) -> None:
        """Do what `invalidate` asked for; not while unicorn runs."""
        for span in self._stale:
            self.forget(span)
        self._stale.clear()

    def forget(self, span: Span) -> None:
        """Have code at a span of the core's addresses translated anew."""
        self._uc.ctl_remove_cache(span.start, span.end)

    def at(self, address: int) -> tuple[Mappable, Guarded | None, int] | None:
        """What is mapped at an address: the memory, the same if it is guarded, the offset."""
        for start, (memory, guarded) in self._mapped.items():
            if start <= address < start + memory.span.size:
                return memory, guarded, address - start
        return None

    def is_guarded(self, address: int) -> bool:
        """Whether flash is mapped at an address."""
        return any(at <= address < at + flash.span.size for at, flash in self._guarded.items())

    def stall_fetch(self, address: int) -> None:
        """Code in flash cannot be fetched while flash is busy (PM0075 §2.3.3)."""
        for start, guarded in self._guarded.items():
            if start <= address < start + guarded.span.size:
                guarded.stall(Master.CORE)

    def ram(self) -> bytes:
        """The contents of all memory that the core stores to directly."""
        plain = {id(memory): memory for memory, guarded in self._mapped.values() if not guarded}
        return b"".join(memory.buffer[:] for memory in plain.values())

    def translated(self, address: int, size: int) -> None:
        """Code was translated from here."""
        self._code_pages.update((address // PAGE, (address + size - 1) // PAGE))
