"""What a person does at a board to bring its chip into the ROM bootloader, and out of it."""

from __future__ import annotations

from collections.abc import Iterator

from swdflash.chips.boards import Board, Strap
from swdflash.chips.boot import boot_pattern, boot_pins
from swdflash.chips.boot_patterns import BootWay
from swdflash.chips.chip import Chip
from swdflash.chips.rom import Interface

ANY_CHIP = BootWay(pins={"BOOT0": 1, "BOOT1": 0})  # of most that have a pin for it (AN2606)
PRESS = "press RESET and let it go"
POWER = "take the board's power away and give it back"


def into_rom(chip: Chip | None, board: Board | None = None) -> tuple[str, ...]:
    """Step by step; in general words where neither the chip nor the board is known."""
    way = _way(chip) if chip else ANY_CHIP
    steps = [_set(pin, level, chip, board) for pin, level in way.pins.items()]
    bits = [f"the option bit {name} must be {value}" for name, value in way.bits.items()]
    return (*steps, *bits, _reset(board))


def out_of_rom(board: Board | None = None) -> tuple[str, ...]:
    """Step by step: BOOT0 at 0 starts flash, whatever else is set."""
    return _set("BOOT0", 0, None, board), _reset(board)


def option_bits(chip: Chip) -> tuple[str, ...]:
    """Ways into the ROM that no pin and no contents of flash have a part in, in words."""
    ways = boot_pattern(chip).ways
    return tuple(way.words() for way in ways if way.bits and not way.pins and not way.flash)


def wires(interface: Interface) -> str:
    """How to connect a computer to it."""
    pins = interface.pins
    match interface.bus.split()[0].rstrip("0123456789"):
        case "USART":
            return f"serial adapter: its RX to {pins['TX']}, its TX to {pins['RX']}, GND to GND"
        case "USB":
            return f"USB: D- at {pins['DM']}, D+ at {pins['DP']}"
        case _:
            return f"{interface.bus}: {interface.wires}"


def _way(chip: Chip) -> BootWay:
    """The one that takes pins."""
    return next((way for way in boot_pattern(chip).ways if way.pins.get("BOOT0") == 1), ANY_CHIP)


def _set(pin: str, level: int, chip: Chip | None, board: Board | None) -> str:
    """One boot pin set to a level, in the words of the board where it is known."""
    if board is not None:
        strap = board.boot0 if pin == "BOOT0" else board.boot1
        label = board.boot0_label if pin == "BOOT0" else board.boot1_label
        return _strapped(pin, level, strap, label)
    name = " ".join(_names(pin, chip))
    where = "3.3 V" if level else "GND"
    if pin == "BOOT1" and chip is None:
        return f"set {name}, where the chip has that pin, to {level}: connect it to {where}"
    return f"set {name} to {level}: move its jumper, or connect it to {where}"


def _names(pin: str, chip: Chip | None) -> Iterator[str]:
    yield pin
    port_pin = boot_pins(chip).get(pin) if chip else None
    if port_pin:
        yield f"({port_pin})"


def _strapped(pin: str, level: int, strap: Strap, label: str) -> str:
    where = "3.3 V" if level else "GND"
    at = f" ({label})" if label != pin else ""
    match strap:
        case Strap.JUMPER:
            return f"move the jumper {label} to {level}"
        case Strap.PAD:
            return f"connect {pin}{at} to {where}"
        case Strap.FIXED:
            return f"{pin} is fixed on this board: it takes solder to have it at {level}{at}"


def _reset(board: Board | None) -> str:
    """BOOT pins are looked at when a reset ends."""
    if board is None:
        return f"{PRESS}, or {POWER}"
    return PRESS if board.button == "reset" else POWER
