"""Results of `boot show`, `boot rom` and `boot flash`."""

from __future__ import annotations

import msgspec

from swdflash.cli.documents.envelope import Address, address
from swdflash.cli.documents.parts import ChipResult, LinkResult, Recovered
from swdflash.cli.documents.rom import InterfaceResult
from swdflash.target.boot_settings import Setting
from swdflash.target.boot_state import BootState
from swdflash.target.running import Running


class SettingResult(msgspec.Struct):
    """A pin, an option bit or a register's field that the choice depends on.

    `kind` is `pin`, `option-bit` or `register`; `value` is null where nothing tells it.
    """

    name: str
    kind: str
    value: int | None
    how: str


class RunningResult(msgspec.Struct):
    """What the core is at.

    `region` is `flash`, `system-memory`, `sram`, `at-zero` or `elsewhere`, and null with `pc` where
    nothing tells.
    """

    pc: Address | None
    region: str | None
    halted: bool
    locked_up: bool


class BootStateResult(msgspec.Struct):
    """What a chip boots from, as read over SWD."""

    source: str
    evidence: str
    vtor: Address
    empty: bool
    running: RunningResult
    settings: list[SettingResult]


class IntoRom(msgspec.Struct):
    """How this chip is brought into its ROM bootloader.

    Any of `activation` must be so at a reset (AN2606). `by_hand` is step by step; `option_bits` are
    ways without a hand, where the chip has some.
    """

    interfaces: list[InterfaceResult]
    activation: list[str]
    by_swd: bool
    by_hand: list[str]
    option_bits: list[str]
    board: str | None


class BootShowResult(msgspec.Struct):
    """What a chip boots from and why; `state` is null where its ROM bootloader says so itself."""

    chip: ChipResult
    link: LinkResult
    in_rom: bool
    why: list[str]
    state: BootStateResult | None
    into_rom: IntoRom
    recovered: Recovered | None


class BootRomResult(msgspec.Struct):
    """How a chip was brought into its ROM bootloader, and how to go on.

    `by` is `swd`, `pins` (a reset was enough), `lines` or `hand`; `lines` are options of a way, as
    `--detect-lines` found them. `chip` and `link` are null where
    nothing was opened. `seen` is by what it is known that the ROM runs, null after `--dry-run` and
    where SWD went with the start. `to_do` is what was left to a hand, `next` how to go on.
    """

    chip: ChipResult | None
    link: LinkResult | None
    by: str
    lines: str | None
    to_do: list[str]
    seen: str | None
    interfaces: list[InterfaceResult]
    next: list[str]
    done: bool
    recovered: Recovered | None


class BootFlashResult(msgspec.Struct):
    """How a chip left its ROM bootloader; `by` is `reset`, `go`, `leave` or `lines`.

    `seen` is by what it is known that its program runs, `state` what was read over SWD.
    """

    chip: ChipResult
    link: LinkResult
    by: str
    seen: str | None
    state: BootStateResult | None
    done: bool
    recovered: Recovered | None


def state_result(state: BootState) -> BootStateResult:
    """The document for what was read."""
    boot = state.boot
    return BootStateResult(
        source=boot.source.value,
        evidence=boot.evidence,
        vtor=address(boot.vtor),
        empty=boot.empty,
        running=_running(state.running),
        settings=[_setting(each) for each in state.settings],
    )


def _running(running: Running) -> RunningResult:
    return RunningResult(
        pc=None if running.pc is None else address(running.pc),
        region=running.region.value if running.region else None,
        halted=running.halted,
        locked_up=running.locked_up,
    )


def _setting(setting: Setting) -> SettingResult:
    return SettingResult(setting.name, setting.kind.value, setting.value, setting.how)
