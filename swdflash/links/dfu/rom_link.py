"""The link to the bootloader in system memory over USB (AN3156)."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from swdflash.chips.chip import Chip
from swdflash.errors import SwdflashError
from swdflash.links.base import Costs, LinkInfo, Offers, RomAbout
from swdflash.links.dfu.dfuse import DfuSe
from swdflash.links.dfu.errors import (
    DfuProtected,
    DfuSilent,
    NoDfuDevice,
    NotInDfuMode,
    NotStRom,
    TransferFailed,
)
from swdflash.links.dfu.evidence import Evidence
from swdflash.links.dfu.flash_link import DfuFlash
from swdflash.links.dfu.layout import OPTION_BYTES, Can, Memory
from swdflash.links.dfu.limits import Limits
from swdflash.links.dfu.protocol import PATIENCE_S, Dfu
from swdflash.links.dfu.requests import ControlEndpoint, Functional
from swdflash.links.errors import LinkError, NotOffered, TransferFault
from swdflash.links.pace import Pace
from swdflash.links.run_up import read_with_run_up

# Full speed: 1,832 bytes and a GETSTATUS were seen to take 2 ms (fwupd issue 1944).
COSTS = Costs(round_trip_s=0.2e-3, bytes_per_s=900e3, digest_bytes_per_s=900e3)
PROBE_BYTES = 64  # read to find out whether flash can be read
LOOK_AGAIN_S = 0.2
ENUMERATION_S = 1.0  # a host takes that long, at most, to see what was plugged in


@dataclass(frozen=True)
class Opened:
    """A device whose DFU interface is claimed, and what it declares."""

    endpoint: ControlEndpoint
    functional: Functional
    evidence: Evidence


class DfuRom:
    """A chip whose USB bootloader runs. Verbs raise kinds of `LinkError`."""

    def __init__(
        self,
        opened: Opened,
        again: Callable[[], Opened],
        info: LinkInfo,
        pace: Pace,
        held: ExitStack,
    ) -> None:
        """`again` opens the same device once more, after it was reset."""
        self._again = again
        self._info = info
        self._held = held
        self._protected = False
        self.pace = pace
        self._adopt(opened)

    def _adopt(self, opened: Opened) -> None:
        self._opened = opened
        self.dfuse = DfuSe(Dfu(opened.endpoint, self.pace), opened.functional.transfer_size)

    def greet(self, limit_s: float | None = None) -> None:
        """Bring the device to where it takes requests, and see whether it lets flash be read.

        With `limit_s` it is not reset for that.
        """
        dfu = self.dfuse.dfu
        if limit_s is None:
            dfu.make_idle()
        else:
            dfu.make_idle(limit_s, may_reset=False)
        self._protected = self._is_protected()

    def _is_protected(self) -> bool:
        flash = self.evidence.flash
        self.dfuse.select(flash.alternate)
        try:
            self.dfuse.read(flash.sectors[0].start, min(PROBE_BYTES, self.dfuse.block))
        except DfuProtected:
            return True
        return False

    @property
    def info(self) -> LinkInfo:
        """The way, and what is at its end."""
        return self._info

    @property
    def offers(self) -> Offers:
        """Nothing more: DFU has no checksum."""
        return Offers.NOTHING

    @property
    def costs(self) -> Costs:
        """Of USB at full speed."""
        return COSTS

    @property
    def evidence(self) -> Evidence:
        """All that the device declares of itself."""
        return self._opened.evidence

    @property
    def about(self) -> RomAbout:
        """What it said of itself when the link was opened."""
        return RomAbout(
            protocol="AN3156",
            version=self._opened.functional.version_text,
            product_id=None,
            sectors=self.evidence.flash.sectors,
            serial=self.evidence.serial or None,
            protected=self._protected,
        )

    def now(self) -> float:
        """Seconds on the link's clock."""
        return self.pace.now()

    def close(self) -> None:
        """Let go of the device, which stays in its bootloader."""
        self._held.close()

    def let_go(self) -> None:
        """Leave the device in dfuIDLE, and its interface to others."""
        with suppress(SwdflashError):
            self.dfuse.dfu.make_idle(PATIENCE_S, may_reset=False)
        self._opened.endpoint.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def read(self, address: int, size: int) -> bytes:
        """Any bytes that the ROM lets be read, by the alternate setting that they belong to."""
        return read_with_run_up(self._read, address, size)

    def _read(self, address: int, size: int) -> bytes:
        self.dfuse.select(self._memory_at(address).alternate)
        try:
            return self.dfuse.read(address, size)
        except DfuProtected as refused:
            if self._protected:
                raise
            raise TransferFault(address, "the bootloader does not give it (errVENDOR)") from refused

    def flash_link(self, chip: Chip) -> DfuFlash:
        """Main flash of the chip that this ROM is in."""
        return DfuFlash(self, chip)

    def read_options(self) -> bytes:
        """The option bytes, as `@Option Bytes` declares them. Raises `NotOffered`."""
        options = self._options(Can.READ, "read")
        return self.read(options.sectors[0].start, options.size)

    def write_options(self, data: bytes) -> None:
        """All of the option bytes; the ROM erases them, programs them and resets the chip.

        Returns once the ROM answers again. Raises `NotOffered`, and `DfuSilent` where the chip left
        the ROM by the reset.
        """
        options = self._options(Can.WRITE, "write")
        if len(data) != options.size:
            raise ValueError(f"there are {options.size} option bytes, not {len(data)}")
        self.dfuse.select(options.alternate)
        with suppress(TransferFailed):  # it resets as soon as it has them
            self.dfuse.write(options.sectors[0].start, data)
        self._await_return(PATIENCE_S)

    def unprotect(self, chip: Chip) -> None:
        """Take read protection off; all of flash is erased, and the chip resets (AN3156 §5.4)."""
        with suppress(TransferFailed):  # it may vanish before it answers
            self.dfuse.begin_unprotect()
        self._await_return(Limits(chip.flash).mass_erase + chip.rom.starts_ms / 1000)
        if self._protected:
            raise DfuProtected("to let flash be read")

    def stay(self, *, wanted: bool = True) -> None:
        """See `RomLink`: no USB link resets a chip into its ROM."""

    def answers(self, chip: Chip) -> bool:
        """Whether the ROM is on USB, once it has had its time to start and be seen there."""
        self._opened.endpoint.close()
        self.pace.sleep(chip.rom.starts_ms / 1000 + ENUMERATION_S)
        try:
            self._adopt(self._again())
            self.greet(PATIENCE_S)
        except (NoDfuDevice, NotInDfuMode, NotStRom, TransferFailed):
            return False
        return True

    def _await_return(self, limit_s: float) -> None:
        """Open the device anew once its ROM answers. Raises `DfuSilent`."""
        deadline = self.pace.now() + limit_s + PATIENCE_S
        problem = "it did not come back on USB"
        while True:
            self._opened.endpoint.close()
            self.pace.sleep(LOOK_AGAIN_S)
            try:
                self._adopt(self._again())
                self.greet(limit_s)
            except LinkError as error:
                problem = str(error)
            else:
                return
            if self.pace.now() >= deadline:
                raise DfuSilent(f"{problem}; is BOOT0 still high?")

    def _memory_at(self, address: int) -> Memory:
        """What declares an address, else main flash: ROMs read more than they declare."""
        found = (memory for memory in self.evidence.memories if memory.holds(address))
        return next(found, self.evidence.flash)

    def _options(self, wanted: Can, verb: str) -> Memory:
        options = self.evidence.memory(OPTION_BYTES)
        if options is None or not all(wanted in part.can for part in options.parts):
            reason = f"declares no `@{OPTION_BYTES}` that it lets be {verb}"
            raise NotOffered(f"{verb} option bytes", self._info.probe, reason)
        return options
