"""Reading what a ROM bootloader gives only to a read that begins in front of it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

from swdflash.links.errors import TransferFault

RUN_UP_BYTES = 256


def read_with_run_up(read: Callable[[int, int], bytes], address: int, size: int) -> bytes:
    """What `read` gives, if need be from the multiple of 256 before.

    ROMs look where a read begins: an STM32F4 refuses its UID and its size register, which follow
    the OTP bytes, and gives them to whoever reads on from there (stm32loader,
    `get_flash_size_and_uid_f4`). Raises `TransferFault` where neither is allowed, and what `read`
    does.
    """
    try:
        return read(address, size)
    except TransferFault:
        run_up = address % RUN_UP_BYTES
        if not run_up or run_up + size > RUN_UP_BYTES:
            raise
        with suppress(TransferFault):
            return read(address - run_up, run_up + size)[run_up:]
        raise
