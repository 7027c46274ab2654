"""The debug link through pyOCD."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from types import TracebackType
from typing import Self

from swdflash.chips.chip import Chip
from swdflash.host import pyocd_log
from swdflash.links import pyocd_probe
from swdflash.links.base import Connect, Costs, LinkInfo, Offers, Reset
from swdflash.links.core_debug import CoreDebug
from swdflash.links.errors import (
    CoreWillNotHalt,
    LinkError,
    LinkLost,
    NoAnswer,
    NoTargetVoltage,
    TransferFault,
)
from swdflash.links.interrupts import interrupts_wait
from swdflash.links.pyocd_attachment import Attachment, find_probe
from swdflash.links.pyocd_errors import FOREIGN, translate

DEFAULT_CLOCK_HZ = 4_000_000
NO_POWER_V = 1.0  # the lowest supply of any STM32 is 1.65 V; below this there is none


def open_link(
    uid: str,
    *,
    via: str,
    connect: Connect,
    clock_hz: int | None,
    held: ExitStack,
    insist_s: float = 0.0,
    simulated: bool = False,
    now: Callable[[], float] = time.monotonic,
) -> PyocdLink:
    """Open the probe with this serial number and connect to the chip behind it.

    A chip that does not answer is called again and again for `insist_s`. `held` is closed with
    the link, or at once if opening fails.
    """
    pyocd_log.quiet()
    with held:
        with _translated(uid):
            attachment = Attachment(find_probe(uid))
        info = LinkInfo(via, "pyocd", attachment.name, 0, simulated)
        link = PyocdLink(attachment, info, now)
        held.callback(link.close)
        link.open(connect, clock_hz or DEFAULT_CLOCK_HZ, insist_s)
        link.hold(held.pop_all())
        return link


class PyocdLink:
    """A chip's debug port, memory and core through a probe that pyOCD drives."""

    def __init__(self, attachment: Attachment, info: LinkInfo, now: Callable[[], float]) -> None:
        self._attachment = attachment
        self._info = info
        self._now = now
        self._core = CoreDebug(self, now)
        self._held = ExitStack()
        self._closed = False
        self._lost = False
        self._nrst_low = False
        self._measures_voltage = False

    # --- opening and closing

    def open(self, connect: Connect, clock_hz: int, insist_s: float = 0.0) -> None:
        """Open the probe and connect to the chip as asked, calling it for `insist_s`."""
        with self._edge():
            chosen_hz = self._attachment.open(clock_hz)
            self._info = replace(self._info, clock_hz=chosen_hz)
            self._measures_voltage = self._volts() is not None
        if connect in (Connect.PRE_RESET, Connect.UNDER_RESET, Connect.IN_RESET):
            self.drive_nrst(low=True)
        if connect is Connect.PRE_RESET:
            self.drive_nrst(low=False)
        self._wake(insist_s, halt=connect is Connect.HALT)
        if connect is Connect.UNDER_RESET:
            self._halt_at_vector()

    def _wake(self, insist_s: float, *, halt: bool) -> None:
        """Connect, and halt the core before anything else; again until it works or time is up."""
        deadline = self._now() + insist_s
        while True:
            try:
                with self._edge():
                    self._attachment.connect()
                if halt:
                    self.halt()
            except (NoAnswer, NoTargetVoltage, TransferFault, CoreWillNotHalt):
                if self._now() >= deadline:
                    raise
            else:
                return

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

    def hold(self, held: ExitStack) -> None:
        """Keep `held` until the link is closed."""
        self._held = held

    def close(self) -> None:
        """Let go: NRST released, a running core left alone, the probe free. Never raises."""
        if self._closed:
            return
        self._closed = True
        with interrupts_wait():
            if not self._lost:
                self._leave_chip()
            self._attachment.close()
            self._held.close()

    def _leave_chip(self) -> None:
        with suppress(LinkError):
            if self._nrst_low:
                self.drive_nrst(low=False)
        with suppress(LinkError), self._edge():
            self._core.leave()
            if not self._core.enabled:
                self._attachment.disconnect()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    # --- facts

    @property
    def info(self) -> LinkInfo:
        """Engine, probe and clock."""
        return self._info

    @property
    def offers(self) -> Offers:
        """Every probe that pyOCD knows drives NRST; whether it is wired is another matter."""
        return Offers.NRST | Offers.VOLTAGE if self._measures_voltage else Offers.NRST

    @property
    def costs(self) -> Costs:
        """Estimated from the clock and the kind of probe."""
        return pyocd_probe.costs(self._attachment.probe, self._info.clock_hz)

    def now(self) -> float:
        """Seconds on the link's clock."""
        return self._now()

    # --- memory

    def read(self, address: int, size: int) -> bytes:
        """`size` bytes; whole words are read, so that one command does where one can."""
        with self._edge(address):
            return self._attachment.read(address, size)

    def write(self, address: int, data: bytes) -> None:
        """Words in the middle, narrower accesses at ragged ends."""
        with self._edge(address):
            self._attachment.write(address, data)

    def read32(self, address: int) -> int:
        """One access of 32 bits."""
        with self._edge(address):
            return self._attachment.read_one(address, 32)

    def write32(self, address: int, value: int) -> None:
        """One access of 32 bits."""
        with self._edge(address):
            self._attachment.write_one(address, value, 32)

    def read16(self, address: int) -> int:
        """One access of 16 bits."""
        with self._edge(address):
            return self._attachment.read_one(address, 16)

    def write16(self, address: int, value: int) -> None:
        """One access of 16 bits."""
        with self._edge(address):
            self._attachment.write_one(address, value, 16)

    # --- core

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

    # --- wires

    def drive_nrst(self, low: bool) -> None:
        """Drive NRST low, or let it go."""
        self._nrst_low |= low  # an interrupt that waited comes as soon as it is driven
        with self._edge():
            self._attachment.probe.assert_reset(low)
        self._nrst_low = low

    def dpidr(self) -> int:
        """DPIDR, read now."""
        with self._edge():
            return self._attachment.dpidr()

    def set_clock(self, hz: int) -> int:
        """Ask for an SWCLK of `hz`; what the probe chose."""
        with self._edge():
            chosen = pyocd_probe.set_clock(self._attachment.probe, hz)
        self._info = replace(self._info, clock_hz=chosen)
        return chosen

    def voltage(self) -> float | None:
        """Volts at VTref, measured now; None where the probe cannot measure."""
        with self._edge():
            return self._volts()

    def flash_link(self, chip: Chip) -> None:
        """None: a loader in the chip's RAM beats pyOCD's drivers, which need a pack."""

    def _volts(self) -> float | None:
        return pyocd_probe.voltage(self._attachment.probe)

    # --- the edge

    @contextmanager
    def _edge(self, address: int | None = None) -> Iterator[None]:
        """What every transaction passes: foreign exceptions become ours, with their cause."""
        try:
            with _translated(self._info.probe):
                yield
        except LinkLost:
            self._lost = True
            raise
        except TransferFault as fault:
            fault.address = fault.address or address or 0
            raise
        except NoAnswer as silence:
            self._blame_supply(silence)
            raise

    def _blame_supply(self, silence: NoAnswer) -> None:
        """Raise `NoTargetVoltage` where the silence has so simple a reason."""
        try:
            with _translated(self._info.probe):
                volts = self._volts()
        except LinkLost:
            self._lost = True
            raise
        if volts is not None and volts < NO_POWER_V:
            raise NoTargetVoltage(volts) from silence


@contextmanager
def _translated(probe: str) -> Iterator[None]:
    """Foreign exceptions leave as ours; Ctrl-C waits for the end of the transaction."""
    with interrupts_wait():
        try:
            yield
        except FOREIGN as error:
            raise translate(error, probe) from error
