"""pyOCD's objects between a probe and the chip's memory: as few as there can be.

Taken are the generic `cortex_m` target, its debug port, and access port 0. pyOCD's discovery of
CoreSight components stays out: it costs hundreds of round trips and sets DEMCR.TRCENA. So do
packs, configuration files and user scripts, which may change what is on the chip.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from pyocd.core import exceptions
from pyocd.core.session import Session
from pyocd.core.soc_target import SoCTarget
from pyocd.coresight.ap import MEM_AP, AccessPort, APv1Address
from pyocd.coresight.dap import DP_IDR, DebugPort
from pyocd.probe.aggregator import DebugProbeAggregator
from pyocd.probe.debug_probe import DebugProbe

from swdflash.host.probes import find_probes
from swdflash.links.errors import BadVia, NoPermission, NoProbe, SameSerials, TransferFault
from swdflash.links.pyocd.probe import set_clock, usb_path


def find_probe(uid: str, path: str | None = None) -> DebugProbe:
    """The probe with this serial number; of ST-Links that share one, that in the socket `path`.

    Raises `NoPermission` where it is there, but shut (one whose serial cannot be read may be it);
    `SameSerials` where there are several and no `path`; `BadVia` for a `path` to a probe of another
    make; `NoProbe`.
    """
    probe = DebugProbeAggregator.get_probe_with_id(uid)
    chosen = _in_socket(probe, path) if probe else None
    if chosen is not None:
        return chosen
    for found in find_probes():
        named = found.uid in {"", uid} and path in {None, found.usb_path}
        if named and found.access == "permission denied":
            raise NoPermission(f"{found.product} {found.uid}".strip(), found.obstacle)
    where = f" at USB {path}" if path else ""
    raise NoProbe(f"a probe with the serial number {uid}{where}", seen="there is none")


def _in_socket(probe: DebugProbe, path: str | None) -> DebugProbe | None:
    """The probe, or its copy that is plugged in at `path`; None where none is."""
    uid = probe.unique_id
    found = [each for each in type(probe).get_all_connected_probes(uid) if each.unique_id == uid]
    by_path = {place: each for each in found if (place := usb_path(each))}
    if path is not None and not by_path:
        raise BadVia(f"pyocd:{uid}?path={path}", "only ST-Links can be told by their socket")
    if path is None and len(by_path) > 1:
        ways = tuple(f"pyocd:{uid}?path={place}" for place in by_path)
        raise SameSerials(uid, ", ".join(by_path), ways)
    return by_path.get(path) if path else probe


class _Port(DebugPort):  # type: ignore[misc]  # pyOCD is not typed
    """A debug port without the debug sequences of packs, which need a whole pyOCD session."""

    def connect_debug_port_hook(self) -> None:
        """There is no sequence to run."""

    def enable_debug_port_hook(self) -> None:
        """There is no sequence to run."""

    def disable_debug_port_hook(self) -> None:
        """There is no sequence to run."""


class Attachment:
    """An opened probe, the debug port behind it, and the memory behind that.

    Raises pyOCD's and pyusb's exceptions as they are, and `TransferFault` for an address that no
    probe should be asked for.
    """

    def __init__(self, probe: DebugProbe) -> None:
        self.probe = probe
        options = {"no_config": True, "project_dir": str(Path.cwd())}
        probe.session = Session(None, options=options)
        self._port = _Port(probe, SoCTarget(probe.session))
        self._memory: MEM_AP | None = None

    @property
    def name(self) -> str:
        """Product and serial number, for people."""
        return f"{self.probe.product_name} {self.probe.unique_id}"

    def open(self, hz: int) -> int:
        """Open the probe on USB; the SWCLK that it chose."""
        self.probe.open()
        return set_clock(self.probe, hz)

    @property
    def _ap(self) -> MEM_AP:
        assert self._memory is not None, "connect comes first"
        return self._memory

    def connect(self) -> None:
        """Wake the debug port and power debug up, as often as needed. The core is left alone."""
        self._port.connect(DebugProbe.Protocol.SWD)
        if self._memory is None:
            self._memory = AccessPort.create(self._port, APv1Address(0))

    def disconnect(self) -> None:
        """Take back the request for debug power; a chip in a low-power mode can sleep again."""
        if self._memory is not None:
            self._port.disconnect()

    def close(self) -> None:
        """Let the probe go, however well it still works."""
        for step in (self._leave_swd, self.probe.close):
            with suppress(exceptions.Error, OSError, AssertionError):
                step()

    def _leave_swd(self) -> None:
        if self.probe.wire_protocol is not None:
            self.probe.disconnect()

    def dpidr(self) -> int:
        """DPIDR, read now."""
        return int(self._port.read_reg(DP_IDR))

    def read(self, address: int, size: int) -> bytes:
        """Any bytes, in as few commands as can be: whole words are read, and cut to size."""
        start = address & ~3
        words = (address + size + 3 - start) // 4
        data = self._ap.read_memory_block8(start, 4 * words) if size else b""
        return bytes(data)[address - start :][:size]

    def write(self, address: int, data: bytes) -> None:
        """Any bytes; words in the middle, narrower accesses at ragged ends."""
        if data:
            self._ap.write_memory_block8(address, data)

    def read_one(self, address: int, bits: int) -> int:
        """One access of 16 or 32 bits."""
        _require_aligned(address, bits)
        return int(self._ap.read_memory(address, bits))

    def write_one(self, address: int, value: int, bits: int) -> None:
        """One access of 16 or 32 bits."""
        _require_aligned(address, bits)
        self._ap.write_memory(address, value, bits)


def _require_aligned(address: int, bits: int) -> None:
    if address % (bits // 8):
        raise TransferFault(address, f"an access of {bits} bits must be aligned to its size")
