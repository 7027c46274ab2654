"""MEM-AP: the debugger's window on the chip's bus (ADIv5, IHI 0031 §C2)."""

from __future__ import annotations

from enum import IntEnum

from swdflash.sim.bus import Bus, BusFault, Master


class Register(IntEnum):
    """Offsets of the AP's registers (IHI 0031 §C2.6)."""

    CSW = 0x00
    TAR = 0x04
    DRW = 0x0C
    BD0 = 0x10
    BD3 = 0x1C
    CFG = 0xF4
    BASE = 0xF8
    IDR = 0xFC


AHB_AP_IDR = 0x1477_0011  # Cortex-M3's AHB-AP (DDI 0337, §11.4)
ROM_TABLE = 0xE00F_F003  # entry present, ADIv5 format (DDI 0337, §11.4)
CONSTANTS: dict[int, int] = {Register.BASE: ROM_TABLE, Register.IDR: AHB_AP_IDR}
CSW_RESET = 0x4380_0042
CSW_WRITABLE = 0x7F00_0037  # Prot, AddrInc and Size; DeviceEn (bit 6) always reads as one
SINGLE, PACKED = 1, 2  # AddrInc
TAR_INCREMENT_MASK = 0xFFF  # counts up and wraps within 4 KiB (DDI 0337, §11.4)


class MemAp:
    """Cortex-M3's AHB-AP. An access that the bus refuses raises `BusFault`."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus
        self._csw = CSW_RESET
        self._tar = 0

    def read(self, register: int) -> int:
        """One register; DRW and BD0-BD3 read the chip's bus."""
        if register == Register.DRW:
            return self._transfer(None)
        if Register.BD0 <= register <= Register.BD3:
            return self._bus.read(self._banked(register), 4, Master.DEBUG)
        state: dict[int, int] = {Register.CSW: self._csw, Register.TAR: self._tar}
        return {**state, **CONSTANTS}.get(register, 0)

    def write(self, register: int, value: int) -> None:
        """One register; DRW and BD0-BD3 write to the chip's bus."""
        match register:
            case Register.CSW:
                self._csw = self._csw & ~CSW_WRITABLE | value & CSW_WRITABLE
            case Register.TAR:
                self._tar = value
            case Register.DRW:
                self._transfer(value)
            case _ if Register.BD0 <= register <= Register.BD3:
                self._bus.write(self._banked(register), 4, value, Master.DEBUG)

    def _banked(self, register: int) -> int:
        return (self._tar & ~0xF) | (register & 0xC)

    def _transfer(self, value: int | None) -> int:
        """Read (None) or write at TAR; packed, as many units as fill DRW (IHI 0031 §C2.2.7)."""
        size = self._size()
        increment = self._csw >> 4 & 3
        result = 0
        for _ in range(4 // size if increment == PACKED else 1):
            result |= self._transfer_unit(value, size)
            if increment in {SINGLE, PACKED}:
                low = self._tar + size & TAR_INCREMENT_MASK
                self._tar = self._tar & ~TAR_INCREMENT_MASK | low
        return result

    def _transfer_unit(self, value: int | None, size: int) -> int:
        """One access to the bus, in the byte lanes that TAR chooses."""
        lane = 8 * (self._tar & 3 & ~(size - 1))
        mask = (1 << 8 * size) - 1
        if value is None:
            return (self._bus.read(self._tar, size, Master.DEBUG) & mask) << lane
        self._bus.write(self._tar, size, value >> lane & mask, Master.DEBUG)
        return 0

    def _size(self) -> int:
        size = 1 << (self._csw & 7)
        if size > 4 or self._tar % size:
            raise BusFault(self._tar, f"the AHB-AP cannot transfer {size} bytes there")
        return size
