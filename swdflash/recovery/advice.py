"""What to change so that it does not happen again: code where code is the cure."""

from __future__ import annotations

from swdflash.chips.chip import Chip
from swdflash.recovery.finding import Cause

RECOVER = "get the board back: swdflash recover"


def once_back(advice: tuple[str, ...]) -> tuple[str, ...]:
    """What is left of the advice for somebody who is being given the board back."""
    return tuple(line for line in advice if line != RECOVER)


SWJ = (
    (
        "keep SWD when JTAG's pins are wanted: SWJ_CFG = 0b010, never 0b100; "
        "AFIO->MAPR = (AFIO->MAPR & ~AFIO_MAPR_SWJ_CFG) | AFIO_MAPR_SWJ_CFG_JTAGDISABLE; "
        "(HAL: __HAL_AFIO_REMAP_SWJ_NOJTAG(), CubeMX: SYS > Debug > Serial Wire)"
    ),
    "if SWD must go, let it go late: wait a second at the start, or for a pin to be pulled",
)
MODER = (
    (
        "leave PA13 and PA14 alone: GPIOA->MODER keeps 0b10 for both, GPIOA->AFR[1] keeps 0; "
        "change the bits of other pins by reading, masking and writing "
        "(CubeMX: SYS > Debug > Serial Wire)"
    ),
    "if SWD must go, let it go late: wait a second at the start, or for a pin to be pulled",
)
SLEEP = (
    (
        "set the debug bits before the first WFI or WFE of a debug build: "
        "DBGMCU->CR |= DBGMCU_CR_DBG_SLEEP | DBGMCU_CR_DBG_STOP | DBGMCU_CR_DBG_STANDBY;"
    ),
    (
        "where the firmware cannot (STM32F103: errata ES0340 §2.3), a debugger can: "
        "swdflash dbgmcu set low-power"
    ),
    "or stay awake for a second after reset, so that a probe can attach",
)


def swd_field(chip: Chip) -> str:
    """What takes the SWD pins away, as it is found in sources."""
    return "SWJ_CFG" if "AFIO_MAPR" in chip.registers else "MODER"


def swd_advice(chip: Chip) -> tuple[str, ...]:
    """What keeps the SWD pins, on this kind of chip."""
    return ADVICE[Cause.SWD_PINS_REMAPPED] if "AFIO_MAPR" in chip.registers else (RECOVER, *MODER)


ADVICE: dict[Cause, tuple[str, ...]] = {
    Cause.HEALTHY: (),
    Cause.NO_ANSWER: (
        "check SWDIO, SWCLK and GND (swapped? loose?), and that the board has power",
        (
            "firmware may have cut SWD: connect the probe's NRST to the board's R/RST/NRST pin, or "
            "hold the board's RESET and run `swdflash recover` in a terminal"
        ),
        (
            "try BOOT0 at 1: the ROM bootloader leaves SWD alone, and takes programs by UART or "
            "USB: swdflash recover IMAGE --rom URL"
        ),
    ),
    Cause.HELD_IN_RESET: (
        "something holds NRST low: a stuck button, a short, a supervisor or the other probe",
        "NRST has a pull-up inside the chip: unplug what is connected to it, one by one",
    ),
    Cause.SWD_PINS_REMAPPED: (RECOVER, *SWJ),
    Cause.LOW_POWER: (RECOVER, *SLEEP),
    Cause.LOCKUP: ("mend what faults; a HardFault handler must not fault itself",),
    Cause.STUCK_IN_HANDLER: ("mend what brings the core there, or write that handler",),
    Cause.RESET_LOOP: (
        "reload the watchdog more often than it expires, or start it later",
        (
            "let it stand still while you debug: "
            "DBGMCU->CR |= DBGMCU_CR_DBG_IWDG_STOP | DBGMCU_CR_DBG_WWDG_STOP;"
        ),
    ),
    Cause.READ_PROTECTED_1: (
        "taking the protection off erases all of flash; it asks first: swdflash recover IMAGE",
    ),
    Cause.READ_PROTECTED_2: ("level 2 is for ever: only another chip helps",),
    Cause.BOOTS_ELSEWHERE: (
        "put BOOT0 to 0 (and BOOT1 as you like), then press RESET: boot pins count at a reset",
    ),
    Cause.EMPTY_FLASH: ("write a program: swdflash write IMAGE",),
    Cause.NEEDS_SLOWER_CLOCK: (
        "shorten the wires, add a second GND, and keep SWCLK away from SWDIO",
    ),
    Cause.UNKNOWN_CHIP: ("see what is known: swdflash targets", "vouch for it: --chip NAME"),
}
