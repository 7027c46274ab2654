"""The chip's address space: who answers where, and who is asking."""

from __future__ import annotations

from enum import Enum, auto
from typing import Protocol

from swdflash.memory import Span


class Master(Enum):
    """Who is on the bus; flash under read protection answers them differently."""

    CORE = auto()
    DEBUG = auto()


class ResetKind(Enum):
    """What caused a reset; power-on clears more than the others (RM0008 §7.1)."""

    POWER_ON = auto()
    NRST = auto()
    SYSTEM = auto()  # AIRCR.SYSRESETREQ
    IWDG = auto()
    WWDG = auto()
    LOW_POWER = auto()
    STANDBY = auto()  # leaving it: the digital part was without supply (§5.3.5)
    OPTION_LOAD = auto()  # FLASH_CR.OBL_LAUNCH (RM0091 §6.1.1); STM32F1 have no such bit

    @property
    def of_supply(self) -> bool:
        """Whether the digital part had lost its supply, debug logic and SRAM with it."""
        return self in (ResetKind.POWER_ON, ResetKind.STANDBY)


class BusFault(Exception):
    """Nobody answers there, or not like that."""

    def __init__(self, address: int, reason: str) -> None:
        super().__init__(f"{address:#010x}: {reason}")
        self.address = address
        self.reason = reason


class Device(Protocol):
    """Something on the bus. `offset` counts from the start of `span`; `size` is 1, 2 or 4.

    `read` and `write` raise `BusFault` for accesses that the part does not allow.
    """

    span: Span

    def read(self, offset: int, size: int, master: Master) -> int:
        """What one access of `size` bytes brings."""
        ...

    def write(self, offset: int, size: int, value: int, master: Master) -> None:
        """One access of `size` bytes."""
        ...

    def reset(self, kind: ResetKind) -> None:
        """Be as after a reset of this kind."""
        ...


class Bus:
    """Decodes addresses to devices (RM0008 §3.3, Figure 2)."""

    def __init__(self) -> None:
        self.devices: list[Device] = []

    def attach(self, device: Device) -> None:
        """Put a device at its span."""
        self.devices.append(device)

    def device_at(self, address: int) -> Device | None:
        """The device that answers at the address."""
        for device in self.devices:
            if address in device.span:
                return device
        return None

    def read(self, address: int, size: int, master: Master) -> int:
        """One access of `size` bytes (1, 2, 4); raises `BusFault` where nobody answers."""
        device = self.device_at(address)
        if device is None:
            raise BusFault(address, "no device is mapped here")
        return device.read(address - device.span.start, size, master)

    def write(self, address: int, size: int, value: int, master: Master) -> None:
        """One access of `size` bytes (1, 2, 4); raises `BusFault` where nobody answers."""
        device = self.device_at(address)
        if device is None:
            raise BusFault(address, "no device is mapped here")
        device.write(address - device.span.start, size, value, master)
