"""Results of `sim …`."""

from __future__ import annotations

import msgspec

from swdflash.cli.documents.envelope import Address, Seconds, Size


class BoardWiring(msgspec.Struct):
    """Wires and jumpers; `uptime_s` passes between power-on and the probe's attaching."""

    probe: str
    serial: str
    nrst_wired: bool
    nrst_rc_s: Seconds
    nrst_shorted: bool
    swclk_limit_hz: int | None
    boot0: int
    boot1: int
    vtarget: float
    uptime_s: Seconds
    hse_hz: int | None
    serial_to: str  # what the serial adapter is wired to: "chip", "echo", …
    serial_boot0: str | None  # its line that drives BOOT0 high: "rts", "!dtr", …
    serial_nrst: str | None  # its line that pulls NRST low
    usb: bool | None
    usb_firmware: bool
    swd_wired: bool = True


class SimBoard(msgspec.Struct):
    """A virtual board; one that is not `made` yet is made on first use."""

    name: str
    chip: str | None
    board: str | None
    wiring: BoardWiring | None
    made: bool = True
    problem: str | None = None  # why it cannot be used


class SimListResult(msgspec.Struct):
    """All virtual boards."""

    boards: list[SimBoard]


class SimRemoved(msgspec.Struct):
    """The board that is no more."""

    name: str


class SwdState(msgspec.Struct):
    """Whether SWD answers; if not, when firmware took it away, where, and how."""

    alive: bool
    lost_at_s: Seconds | None
    cause_pc: Address | None
    cause_register: str | None
    simulated: bool = True


class LedState(msgspec.Struct):
    """What the board's LED did; `period_s` is of one blink, null below two toggles."""

    pin: str
    level: int
    lit: bool
    toggles: int
    period_s: Seconds | None
    simulated: bool = True


class UsbDevice(msgspec.Struct):
    """What the chip is on USB, as tools show it."""

    vid: str
    pid: str
    product: str
    serial: str


class IllegalAccess(msgspec.Struct):
    """Something that the reference manual forbids, in its words."""

    at_s: Seconds
    text: str


class SimShowResult(msgspec.Struct):
    """A board after power-on and some time."""

    name: str
    chip: str
    board: str | None
    ran_s: Seconds
    simulated: bool
    boot_source: str
    swd: SwdState
    power_mode: str
    locked_up: bool
    dbgmcu_cr: str
    rdp: int
    flash_sha256: str
    erase_counts: list[int]
    wiring: BoardWiring
    led: LedState | None
    usb: UsbDevice | None
    illegal_accesses: list[IllegalAccess]


class SimDumped(msgspec.Struct):
    """Flash as it is, saved."""

    name: str
    file: str
    address: Address
    size: Size
    sha256: str


class SimExecResult(msgspec.Struct):
    """How the program ended; the time is the board's."""

    exit_code: int
    seconds: Seconds
    simulated: bool = True


class ServedUsb(msgspec.Struct):
    """How a program finds a served board on USB: `command` put before it sets `environment`."""

    environment: dict[str, str]
    command: str


class SimServed(msgspec.Struct):
    """Where a served board is reached; null is what it is not served as."""

    name: str
    stlink_tcp: int | None = None  # TCP port on 127.0.0.1
    buspirate: str | None = None  # serial port
    uart: str | None = None  # pseudo-terminal of the serial adapter at the chip's USART
    rfc2217: str | None = None  # the same adapter by TCP, with parity and modem lines
    dfu: ServedUsb | None = None
