"""What the links through a debug probe share: the core, by its debug registers, and NRST."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, suppress
from types import TracebackType
from typing import Self

from swdflash.links.base import LinkInfo, Reset
from swdflash.links.core_debug import CoreDebug
from swdflash.links.errors import CoreWillNotHalt, NoAnswer, TransferFault


class CoreVerbs(ABC):
    """The verbs of a debug link that only need its memory and its NRST wire."""

    def __init__(self, info: LinkInfo, now: Callable[[], float]) -> None:
        self._info = info
        self._now = now
        self._core = CoreDebug(self, now)
        self._held = ExitStack()
        self._closed = False
        self._nrst_low = False

    @abstractmethod
    def read(self, address: int, size: int) -> bytes:
        """Any bytes."""

    @abstractmethod
    def write(self, address: int, data: bytes) -> None:
        """Any bytes."""

    @abstractmethod
    def read32(self, address: int) -> int:
        """One access of 32 bits."""

    @abstractmethod
    def write32(self, address: int, value: int) -> None:
        """One access of 32 bits."""

    @abstractmethod
    def _drive_nrst(self, low: bool) -> None:
        """Drive NRST low, or let it go."""

    @abstractmethod
    def close(self) -> None:
        """Let go. Never raises."""

    def hold(self, held: ExitStack) -> None:
        """Keep `held` until the link is closed."""
        self._held = held

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def info(self) -> LinkInfo:
        """Engine, probe and clock."""
        return self._info

    def now(self) -> float:
        """Seconds on the link's clock."""
        return self._now()

    def read_core(self, registers: Sequence[str]) -> list[int]:
        """Core registers by name; the core must be halted."""
        return self._core.read_registers(registers)

    def write_core(self, values: Mapping[str, int]) -> None:
        """Core registers by name; the core must be halted."""
        self._core.write_registers(values)

    def halt(self) -> None:
        """Stop the core; raises `CoreWillNotHalt`."""
        self._core.halt()

    def resume(self) -> None:
        """Let the core go on."""
        self._core.resume()

    def step(self) -> None:
        """Execute one instruction."""
        self._core.step()

    def is_halted(self) -> bool:
        """Whether the core is in debug state."""
        return self._core.is_halted()

    def reset(self, kind: Reset = Reset.SYSTEM) -> None:
        """Reset, and wait for its end; the core runs, or halts where DEMCR.VC_CORERESET is set.

        Firmware may switch SWD off at once: a chip that is silent afterwards was reset all the
        same, and the next verb tells of its silence.
        """
        if kind is Reset.HARDWARE:
            self.drive_nrst(low=True)
            self.drive_nrst(low=False)
        else:
            with suppress(NoAnswer, TransferFault):  # the write may be cut off by the reset
                self._core.system_reset()
        with suppress(NoAnswer, TransferFault):
            self._core.await_reset_end()

    def drive_nrst(self, low: bool) -> None:
        """Drive NRST low, or let it go. Raises `NotOffered` where the adapter has no such wire."""
        self._nrst_low |= low  # an interrupt that waited comes as soon as it is driven
        self._drive_nrst(low)
        self._nrst_low = low

    def _halt_at_vector(self) -> None:
        """NRST is low: arm the vector catch, release, and wait for the core to stop there.

        A core that runs on regardless (NRST not wired) is left running: `is_halted` tells.
        """
        self._core.control(0)
        self._core.catch_reset(catch=True)
        self.drive_nrst(low=False)
        with suppress(CoreWillNotHalt):
            self._core.expect_halt()
        self._core.catch_reset(catch=False)
