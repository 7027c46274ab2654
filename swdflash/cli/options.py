"""The options that mean the same on every command, and how a command comes by them.

A command is a plain typed function. `@command` gives typer a signature in which every parameter
that is an `Options` dataclass is replaced by that dataclass's fields, and every command takes
the options of its `Terminal`::

    @command
    def info(link: LinkOptions, terminal: Terminal) -> None: ...
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields
from functools import wraps
from math import inf
from pathlib import Path
from typing import Annotated, Any, get_type_hints

import typer

from swdflash.cli.config import Configuration, ProgressStyle, Settings, configure, hertz
from swdflash.cli.terminal import Terminal
from swdflash.links.engine import Engine
from swdflash.target.presence import OnConnect

KEYS = frozenset(Settings.__struct_fields__)


def clock(text: str | int) -> int:
    """`hertz`, as typer wants it."""
    try:
        return hertz(text)
    except ValueError as problem:
        raise typer.BadParameter(str(problem)) from problem


def patience(value: float) -> float:
    """Seconds that can be waited."""
    if not 0 <= value < inf:
        raise typer.BadParameter(f"{value:g} is no time to wait")
    return value


class Options:
    """A group of options that a command takes as one parameter; each field is an option."""


@dataclass(frozen=True)
class OutputOptions(Options):
    """What every command takes: how it speaks, and whose settings it uses."""

    json: Annotated[bool, typer.Option("--json", help="One JSON document on stdout.")] = False
    progress: Annotated[ProgressStyle, typer.Option(help="How progress is shown on stderr.")] = (
        ProgressStyle.AUTO
    )
    verbose: Annotated[
        int,
        typer.Option(
            "--verbose",
            "-v",
            count=True,
            show_default=False,
            help="Say what is done; -vv: each transaction.",
        ),
    ] = 0
    log: Annotated[
        Path | None, typer.Option(metavar="FILE", help="All of it, with times, into a file.")
    ] = None
    profile: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Settings of [profile.NAME] in swdflash.toml."),
    ] = None


@dataclass(frozen=True)
class WayOptions(Options):
    """The way to a chip."""

    via: Annotated[
        str, typer.Option(metavar="URL", help="The way to the chip (env: SWDFLASH_VIA).")
    ] = "auto"
    engine: Annotated[
        Engine, typer.Option(help="What drives the probe, where --via leaves it open.")
    ] = Engine.AUTO
    openocd_target: Annotated[
        str | None,
        typer.Option(metavar="CFG", help="OpenOCD's target configuration, if not the usual."),
    ] = None
    clock: Annotated[
        int | None, typer.Option(metavar="HZ", parser=clock, help="SWD clock, such as 4M.")
    ] = None
    timeout: Annotated[
        float,
        typer.Option(metavar="S", callback=patience, help="Wait up to S for probe and chip."),
    ] = 0.0
    record: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Record every transaction, for `swdflash replay`."),
    ] = None


@dataclass(frozen=True)
class ReachOptions(WayOptions):
    """The way to a chip, and what may be done to reach it."""

    dbgmcu: Annotated[
        OnConnect,
        typer.Option(help="Low-power and watchdog bits of DBGMCU_CR while connected."),
    ] = OnConnect.RESTORE
    no_recover: Annotated[
        bool, typer.Option("--no-recover", help="Plain attach only; try no other way in.")
    ] = False


@dataclass(frozen=True)
class LinkOptions(ReachOptions):
    """What nearly every command takes that talks to a chip."""

    chip: Annotated[
        str | None, typer.Option(metavar="NAME", help="The chip, where it cannot tell itself.")
    ] = None


def memory_address(text: str | int) -> int:
    """An address or a length: hexadecimal with 0x, or decimal, with k for KiB."""
    digits = str(text).strip().lower()
    scale = 1024 if digits.endswith("k") and not digits.startswith("0x") else 1
    try:
        value = int(digits.removesuffix("k") if scale > 1 else digits, 0) * scale
    except ValueError:
        value = -1
    if not 0 <= value <= 0xFFFF_FFFF:
        raise typer.BadParameter(f"{text!r} is no number; say it like 0x08000000, 1024 or 64k")
    return value


ImagesArgument = Annotated[
    list[str], typer.Argument(metavar="IMAGE[@ADDR]", help="ELF, HEX, SREC, UF2 or BIN.")
]
AddressOption = Annotated[
    int | None,
    typer.Option(metavar="ADDR", parser=memory_address, help="Where a BIN goes [default: flash]."),
]
ChipOption = Annotated[str | None, typer.Option(metavar="NAME", help="Such as STM32F103C8.")]
ForceOption = Annotated[
    list[str] | None,
    typer.Option(metavar="CODE", help="Overrule this error, where it can be; may be repeated."),
]
YesOption = Annotated[bool, typer.Option("--yes", help="Answer yes to what would be asked.")]
DryRunOption = Annotated[bool, typer.Option("--dry-run", help="Print the plan, touch nothing.")]


def command_group(about: str) -> typer.Typer:
    """An app for commands of two words (`config show`); plain help, like everyone's."""
    return typer.Typer(
        help=about, rich_markup_mode=None, add_completion=False, callback=lambda: None
    )


def command(function: Callable[..., None]) -> Callable[..., None]:
    """Make `function` a command: expand its option groups, hand it its `Terminal`."""
    hints = get_type_hints(function, include_extras=True)
    own = [
        parameter.replace(annotation=hints[name], kind=inspect.Parameter.KEYWORD_ONLY)
        for name, parameter in inspect.signature(function).parameters.items()
    ]
    groups = {each.name: each.annotation for each in own if _is_group(each.annotation)}
    terminals = [each.name for each in own if each.annotation is Terminal]
    plain = [p for p in own if p.name not in groups and p.name not in terminals]
    expanded = [
        *plain,
        *(field for group in (*groups.values(), OutputOptions) for field in _parameters(group)),
        _CONTEXT,
    ]

    @wraps(function)
    def call(*, ctx: typer.Context, **values: Any) -> None:
        output = _take(OutputOptions, values)
        configuration = configure(_given(ctx), output.profile)
        terminal: Terminal = ctx.obj
        terminal.begin(
            ctx.command_path.removeprefix("swdflash "), configuration, output.verbose, output.log
        )
        for name, group in groups.items():
            values[name] = _settle(_take(group, values), configuration)
        function(**values, **dict.fromkeys(terminals, terminal))

    call.__signature__ = inspect.Signature(expanded)  # type: ignore[attr-defined]
    call.__annotations__ = {each.name: each.annotation for each in expanded}
    return call


_CONTEXT = inspect.Parameter("ctx", inspect.Parameter.KEYWORD_ONLY, annotation=typer.Context)


def _is_group(annotation: object) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, Options)


def _parameters(group: type[Any]) -> Iterator[inspect.Parameter]:
    hints = get_type_hints(group, include_extras=True)
    for field in fields(group):
        yield inspect.Parameter(
            field.name,
            inspect.Parameter.KEYWORD_ONLY,
            default=field.default,
            annotation=hints[field.name],
        )


def _take(group: type[Any], values: dict[str, Any]) -> Any:
    return group(**{field.name: values.pop(field.name) for field in fields(group)})


def _given(ctx: typer.Context) -> dict[str, Any]:
    """Settings that were typed, as against those that are defaults."""
    return {key: value for key, value in ctx.params.items() if key in KEYS and _was_typed(ctx, key)}


def _was_typed(ctx: typer.Context, key: str) -> bool:
    source = ctx.get_parameter_source(key)
    return source is not None and source.name == "COMMANDLINE"


def _settle(group: Any, configuration: Configuration) -> Any:
    """The group with what was not typed taken from the settings in force."""
    settled = {
        field.name: getattr(configuration.settings, field.name)
        for field in fields(group)
        if field.name in KEYS
    }
    return type(group)(**{**vars(group), **settled})
