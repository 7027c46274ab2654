"""The debug link through OpenOCD."""

from __future__ import annotations

import re
import struct
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace

from swdflash.chips.arm import CPUID
from swdflash.chips.chip import Chip
from swdflash.errors import SwdflashError
from swdflash.links.base import Connect, Costs, FlashLink, LinkInfo, Offers
from swdflash.links.core_verbs import CoreVerbs
from swdflash.links.errors import (
    EngineFailed,
    NoAnswer,
    NotOffered,
    ProbeFailed,
    TransferFault,
)
from swdflash.links.openocd.console import PRELUDE, Console
from swdflash.links.openocd.flash_link import OpenocdFlash
from swdflash.links.openocd.interface import HLA, IN_RESET
from swdflash.links.openocd.messages import complaint, supply, translate
from swdflash.links.openocd.rpc import Reply
from swdflash.links.wire import FULL_SPEED, HID, HIGH_SPEED, Wire, costs

INIT_S = 20.0
CHUNK = 4096  # bytes a command; OpenOCD takes 64 Ki elements
DEFAULT_CLOCK_HZ = 4_000_000
_SPEED = re.compile(r"adapter speed: (\d+) kHz")
_IDCODE = re.compile(r"IDCODE: 0x([0-9A-Fa-f]{8})")
_STLINK = re.compile(r"STLINK \S+")
WIRES = {"st-link": FULL_SPEED, "hla": FULL_SPEED, "jlink": HIGH_SPEED, "ftdi": HIGH_SPEED}


class OpenocdLink(CoreVerbs):
    """A chip's debug port, memory and core through an OpenOCD.

    OpenOCD's polling is off, and the core is handled by its debug registers: so that OpenOCD does
    nothing that was not asked for. `voltage` is as measured when OpenOCD started.
    """

    def __init__(self, console: Console, info: LinkInfo, now: Callable[[], float]) -> None:
        super().__init__(info, now)
        self._console = console
        self._polled = False
        self._volts: float | None = None
        self._hla_idcode: int | None = None  # OpenOCD tells it when it connects, then never again
        self._wire: Wire = HID

    # --- opening and closing

    def open(self, connect: Connect, clock_hz: int | None) -> None:
        """Connect to the chip as asked: a `Console` that was started is initialised."""
        if self._console.joined:
            self._polled = "polling: on" in self._console.evaluate("poll")
            self._console.evaluate("poll off")
        else:
            self._init(connect, clock_hz or DEFAULT_CLOCK_HZ)
        self._console.evaluate(PRELUDE)
        adapter = self._console.evaluate("adapter name").strip()
        self._wire = WIRES.get(adapter, HID)
        if self._info.probe == "":
            self._info = replace(self._info, probe=self._console.probe)
        self._info = replace(self._info, clock_hz=self._speed())
        if self._console.joined and connect in IN_RESET:
            self.drive_nrst(low=True)
        if self._console.joined and clock_hz:
            self.set_clock(clock_hz)
        if connect is Connect.PRE_RESET:
            self.drive_nrst(low=False)
        if connect is Connect.HALT:
            self.halt()
        if connect is Connect.UNDER_RESET:
            self._halt_at_vector()

    def _init(self, connect: Connect, clock_hz: int) -> None:
        """Let OpenOCD connect. It does so once: a second `init` says 0 and does nothing."""
        self._nrst_low = connect in IN_RESET
        hla = self._console.evaluate("transport select").strip() == HLA
        # The HLA drivers tell DPIDR at this level alone, and only on stderr.
        told = "debug_level 3; set code [catch init text]; debug_level 2; if {$code} {error $text}"
        self._console.run("adapter", "speed", clock_hz // 1000)
        reply = self._console.try_out(f"{told if hla else 'init'}; poll off", INIT_S)
        self._volts = supply(reply.log)
        if reply.code:
            raise self._not_connected(reply)
        if found := _IDCODE.search(self._console.stderr()):
            self._hla_idcode = int(found[1], 16)
        if found := _STLINK.search(reply.log):
            self._info = replace(self._info, probe=found[0])
        self._console.evaluate("poll off")
        self._core.enabled = True  # OpenOCD sets C_DEBUGEN when it examines a core

    def _not_connected(self, reply: Reply) -> Exception:
        """Once the adapter works, which it tells by its clock, it is the chip that does not."""
        error = self._console.failure(reply)
        if not isinstance(error, EngineFailed):
            return error
        if "clock speed" in reply.log:
            return NoAnswer("OpenOCD reaches the probe, and then no chip behind it")
        return ProbeFailed(self._console.probe, error.detail)

    def close(self) -> None:
        """Let go: NRST released, a running core left alone, OpenOCD ended. Never raises."""
        if self._closed:
            return
        self._closed = True
        if not self._console.lost:
            self._leave()
        self._console.close()
        self._held.close()

    def _leave(self) -> None:
        with suppress(SwdflashError):
            if self._nrst_low:
                self.drive_nrst(low=False)
        with suppress(SwdflashError):
            self._core.leave()
        with suppress(SwdflashError):
            if self._polled:
                self._console.evaluate("poll on")

    # --- facts

    @property
    def offers(self) -> Offers:
        """NRST, which nearly every adapter drives; voltage where OpenOCD told it."""
        return Offers.NRST if self._volts is None else Offers.NRST | Offers.VOLTAGE

    @property
    def costs(self) -> Costs:
        """Estimated from the clock and the kind of adapter."""
        estimate = costs(self._wire, self._info.clock_hz)
        return replace(estimate, digest_bytes_per_s=estimate.bytes_per_s)

    def flash_link(self, chip: Chip) -> FlashLink:
        """OpenOCD's own flash drivers."""
        return OpenocdFlash(self, self._console, chip)

    # --- memory

    def read(self, address: int, size: int) -> bytes:
        """Any bytes, in whole words."""
        start, end = address & ~3, (address + size + 3) & ~3
        if not size:
            return b""
        parts = (self._read(at, min(CHUNK, end - at)) for at in range(start, end, CHUNK))
        return b"".join(parts)[address - start :][:size]

    def write(self, address: int, data: bytes) -> None:
        """Words in the middle, bytes at ragged ends."""
        head = min(-address % 4, len(data))
        tail = (len(data) - head) % 4
        middle = len(data) - tail
        self._write(address, 8, data[:head])
        for at in range(head, middle, CHUNK):
            self._write(address + at, 32, data[at : min(at + CHUNK, middle)])
        self._write(address + middle, 8, data[middle:])

    def read32(self, address: int) -> int:
        """One access of 32 bits."""
        return self._access(address, 32)

    def write32(self, address: int, value: int) -> None:
        """One access of 32 bits."""
        self._write(address, 32, struct.pack("<I", value))

    def read16(self, address: int) -> int:
        """One access of 16 bits."""
        return self._access(address, 16)

    def write16(self, address: int, value: int) -> None:
        """One access of 16 bits."""
        self._write(address, 16, struct.pack("<H", value))

    def _read(self, address: int, size: int) -> bytes:
        with self._memory(address):
            words = self._console.run("read_memory", f"{address:#x}", 32, size // 4).split()
        return struct.pack(f"<{size // 4}I", *(int(word, 0) for word in words))

    def _access(self, address: int, bits: int) -> int:
        _require_aligned(address, bits)
        with self._memory(address):
            return int(self._console.run("read_memory", f"{address:#x}", bits, 1), 0)

    def _write(self, address: int, bits: int, data: bytes) -> None:
        if not data:
            return
        _require_aligned(address, bits)
        items = struct.unpack(f"<{len(data) * 8 // bits}{_LETTER[bits]}", data)
        with self._memory(address):
            self._console.run("write_memory", f"{address:#x}", bits, " ".join(map(hex, items)))

    @contextmanager
    def _memory(self, address: int) -> Iterator[None]:
        """Tell a refused access from a chip that is silent: OpenOCD fails alike."""
        try:
            yield
        except (EngineFailed, NoAnswer) as error:
            self._require_answer(error)
            raise TransferFault(address, str(error.detail)) from error

    def _require_answer(self, cause: EngineFailed | NoAnswer) -> None:
        """Return where the core's own registers can be read."""
        reply = self._console.try_out(f"read_memory {CPUID.address:#x} 32 1")
        if not reply.code:
            return
        error = translate(f"{cause.detail}\n{reply.text}", self._console.probe)
        raise error or NoAnswer(complaint(f"{cause.detail}\n{reply.text}")) from cause

    # --- core

    def resume(self) -> None:
        """Let the core go on. It may sleep, or cut SWD, before OpenOCD looks at the outcome."""
        with suppress(NoAnswer, TransferFault):
            super().resume()

    # --- wires

    def _drive_nrst(self, low: bool) -> None:
        try:
            self._console.run("adapter", "assert" if low else "deassert", "srst")
        except EngineFailed as error:
            raise NotOffered("drive NRST", self._info.probe, f"says: {error.detail}") from error

    def dpidr(self) -> int:
        """DPIDR, read now; with an adapter of OpenOCD's HLA kind, as read when it connected."""
        if self._hla_idcode is not None:
            self.read32(CPUID.address)
            return self._hla_idcode
        try:
            return int(self._console.evaluate("[lindex [dap names] 0] dpreg 0"), 0)
        except EngineFailed as error:
            self._require_answer(error)
            raise NotOffered("read DPIDR", self._info.probe, "is driven as HLA") from error

    def set_clock(self, hz: int) -> int:
        """Ask for an SWCLK of `hz`; what the adapter chose."""
        self._console.run("adapter", "speed", max(1, hz // 1000))
        self._info = replace(self._info, clock_hz=self._speed())
        return self._info.clock_hz

    def _speed(self) -> int:
        found = _SPEED.search(self._console.evaluate("adapter speed"))
        return int(found[1]) * 1000 if found else 0

    def voltage(self) -> float | None:
        """Volts at VTref when OpenOCD connected; None where it did not tell."""
        return self._volts


_LETTER = {8: "B", 16: "H", 32: "I"}


def _require_aligned(address: int, bits: int) -> None:
    if address % (bits // 8):
        raise TransferFault(address, f"an access of {bits} bits must be aligned to its size")
