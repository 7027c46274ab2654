"""Boards in their ROM bootloader at the end of a cable, and all that is said to their USART."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest import mock

from swdflash.sim.cables.serial_adapter import SerialAdapter
from swdflash.sim.chip.peripherals.information_block import block_span
from swdflash.sim.store import Store
from tests.faults.bench import NAME, Bench
from tests.faults.refusal import must_refuse
from tests.faults.scene import random_bytes

# What has a ROM with an interface that swdflash drives, one of a kind.
WAYS = (
    ("uart", "STM32F103C8"),
    ("uart", "STM32F405RG"),
    ("uart", "STM32F072RB"),
    ("dfu", "STM32F405RG"),
    ("dfu", "STM32F072RB"),
    ("dfu", "STM32F107VC"),
)
CRYSTAL_MHZ = "25"  # STM32F107's USB takes 25, 14.7456 or 8; STM32F405's whole MHz
HELD = 20 * 1024  # bytes that a board holds before


def rom_bench(method: str, chip: str, *soldered: str) -> Bench:
    """A board with BOOT0 high and something at the beginning of its flash."""
    boot0 = ("--boot0", "1", "--uptime", "0.5", "--hse", CRYSTAL_MHZ)
    bench = Bench("--chip", chip, *boot0, *soldered)
    bench.via = f"{method}:sim:{NAME}"
    bench.fill(random_bytes(3, HELD))
    return bench


def refused(bench: Bench, *argv: str, code: str, exit_code: int) -> dict[str, Any]:
    """The error's document: it helps, and the board is untouched."""
    return must_refuse(bench, *argv, "--via", bench.via, code=code, exit_code=exit_code)


def data_file(folder: Path, size: int = 3000, at: int = 0x0800_0401) -> str:
    """Something to write, as a command line names it."""
    file = folder / "data.bin"
    file.write_bytes(random_bytes(5, size))
    return f"{file}@{at:#x}"


def put_option(name: str, value: int) -> None:
    """Have an option byte hold a value, as a programmer of bare chips would."""
    with Store().open(NAME) as kept:
        at = kept.chip.option_byte_at[name] - block_span(kept.chip).start
        paired = "FLASH_OPTCR" not in kept.chip.registers
        data = bytes((value, value ^ 0xFF) if paired else (value,))
        kept.nonvolatile.information_block[at : at + len(data)] = data


@contextmanager
def overheard() -> Iterator[bytearray]:
    """All that is sent by the serial adapter meanwhile."""
    sent, write = bytearray(), SerialAdapter.write

    def noting(adapter: SerialAdapter, data: bytes) -> None:
        sent.extend(data)
        write(adapter, data)

    with mock.patch.object(SerialAdapter, "write", noting):
        yield sent
