"""The debug link through pyOCD."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace

from swdflash.chips.chip import Chip
from swdflash.links.base import Connect, Costs, LinkInfo, Offers
from swdflash.links.core_verbs import CoreVerbs
from swdflash.links.errors import (
    CoreWillNotHalt,
    LinkError,
    LinkLost,
    NoAnswer,
    NoTargetVoltage,
    TransferFault,
)
from swdflash.links.interrupts import interrupts_wait
from swdflash.links.pyocd import probe
from swdflash.links.pyocd.attachment import Attachment
from swdflash.links.pyocd.exceptions import translated

NO_POWER_V = 1.0  # the lowest supply of any STM32 is 1.65 V; below this there is none


class PyocdLink(CoreVerbs):
    """A chip's debug port, memory and core through a probe that pyOCD drives."""

    def __init__(self, attachment: Attachment, info: LinkInfo, now: Callable[[], float]) -> None:
        super().__init__(info, now)
        self._attachment = attachment
        self._lost = False
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

    # --- facts

    @property
    def offers(self) -> Offers:
        """Every probe that pyOCD knows drives NRST; whether it is wired is another matter."""
        return Offers.NRST | Offers.VOLTAGE if self._measures_voltage else Offers.NRST

    @property
    def costs(self) -> Costs:
        """Estimated from the clock and the kind of probe."""
        return probe.costs(self._attachment.probe, self._info.clock_hz)

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

    # --- wires

    def _drive_nrst(self, low: bool) -> None:
        with self._edge():
            self._attachment.probe.assert_reset(low)

    def dpidr(self) -> int:
        """DPIDR, read now."""
        with self._edge():
            return self._attachment.dpidr()

    def set_clock(self, hz: int) -> int:
        """Ask for an SWCLK of `hz`; what the probe chose."""
        with self._edge():
            chosen = probe.set_clock(self._attachment.probe, hz)
        self._info = replace(self._info, clock_hz=chosen)
        return chosen

    def voltage(self) -> float | None:
        """Volts at VTref, measured now; None where the probe cannot measure."""
        with self._edge():
            return self._volts()

    def flash_link(self, chip: Chip) -> None:
        """None: a loader in the chip's RAM beats pyOCD's drivers, which need a pack."""

    def _volts(self) -> float | None:
        return probe.voltage(self._attachment.probe)

    # --- the edge

    @contextmanager
    def _edge(self, address: int | None = None) -> Iterator[None]:
        """What every transaction passes: foreign exceptions become ours, with their cause."""
        try:
            with translated(self._info.probe):
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
            with translated(self._info.probe):
                volts = self._volts()
        except LinkLost:
            self._lost = True
            raise
        if volts is not None and volts < NO_POWER_V:
            raise NoTargetVoltage(volts) from silence
