"""Settings from files, profiles, the environment and options, and where each came from.

`swdflash.toml` is looked for from the working directory upward; the user's own is
`config.toml` in the platform's configuration directory. Later layers win: default, user file,
project file, profile, environment, option.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import msgspec
from platformdirs import user_config_path

from swdflash.cli.errors import BadConfigValue, ConfigUnreadable, UnknownConfigKey, UnknownProfile
from swdflash.flashing.plan import EraseMode
from swdflash.links.engine import Engine
from swdflash.target.presence import OnConnect

PROJECT_FILE = "swdflash.toml"


class ProgressStyle(StrEnum):
    """How progress is shown."""

    AUTO = "auto"
    BAR = "bar"
    PLAIN = "plain"
    JSON = "json"
    NONE = "none"


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Everything that can be set once instead of typed each time; the fields are the keys."""

    via: str = "auto"
    chip: str | None = None
    clock: Annotated[int, msgspec.Meta(gt=0)] | None = None  # SWCLK, Hz
    timeout: Annotated[float, msgspec.Meta(ge=0)] = 0.0  # seconds to wait for a probe
    progress: ProgressStyle = ProgressStyle.AUTO
    erase: EraseMode = EraseMode.SECTOR
    dbgmcu: OnConnect = OnConnect.RESTORE  # what connecting does to DBGMCU_CR
    engine: Engine = Engine.AUTO  # the METHOD where `via` names a place alone
    openocd_path: str = "openocd"
    openocd_target: str | None = None  # its target configuration; none: by the chip
    board: str | None = None  # of targets/boards.toml: how the chip is wired


def hertz(text: str | int) -> int:
    """A frequency such as `4000000`, `4M` or `950k`, in Hz; raises ValueError."""
    digits = str(text).strip().lower().removesuffix("hz")
    scale = {"k": 1_000, "m": 1_000_000}.get(digits[-1:], 1)
    try:
        value = round(float(digits.rstrip("km")) * scale)
    except (ValueError, OverflowError):
        value = 0
    if value <= 0:
        raise ValueError(f"{text!r} is no frequency; say it like 4000000, 4M or 950k")
    return value


KEYS = Settings.__struct_fields__
IN_FILES = {  # keys that are spelled otherwise there
    "dbgmcu": "dbgmcu.on_connect",
    "openocd_path": "openocd.path",
    "openocd_target": "openocd.target",
}
FROM_FILES = {IN_FILES.get(key, key): key for key in KEYS}


@dataclass(frozen=True)
class Layer:
    """Some settings and the place they came from."""

    source: str  # "default", "user file", "project file", "profile", "environment", "option"
    place: str  # a path, a variable's or an option's name
    values: Mapping[str, Any]


@dataclass(frozen=True)
class Configuration:
    """The settings in force, and for each key the layer that decided it."""

    settings: Settings
    deciders: Mapping[str, Layer]
    profile: str | None
    hidden: tuple[Path, ...] = ()  # files that may be there, in folders closed to this user


def user_file() -> Path:
    """The user's own configuration file; it need not exist."""
    return user_config_path("swdflash") / "config.toml"


def project_file(start: Path) -> Path | None:
    """The nearest `swdflash.toml` in `start` or above it."""
    candidates = (folder / PROJECT_FILE for folder in (start, *start.parents))
    return next((file for file in candidates if _is_there(file)), None)


def _is_there(file: Path) -> bool:
    return not _is_hidden(file) and file.is_file()


def _is_hidden(file: Path) -> bool:
    """Whether its folder may not be entered: HOME is another user's, as under sudo."""
    try:
        file.is_file()
    except PermissionError:
        return True
    return False


def configure(
    given: Mapping[str, Any], profile: str | None, environment: Mapping[str, str] | None = None
) -> Configuration:
    """Settings in force here and now. `given` are those named on the command line.

    Raises `ConfigUnreadable`, `UnknownConfigKey`, `BadConfigValue`, `UnknownProfile`.
    """
    environment = os.environ if environment is None else environment
    profile = profile or environment.get("SWDFLASH_PROFILE") or None
    here = Path.cwd()
    files = list(_file_layers(here))
    hidden = tuple(file for file in (user_file(), here / PROJECT_FILE) if _is_hidden(file))
    layers = [
        Layer("default", "", msgspec.structs.asdict(Settings())),
        *(layer for layer, _ in files),
        *_profile_layers(profile, files),
        *_environment_layers(environment),
        *(
            Layer("option", f"--{key.replace('_', '-')}", {key: value})
            for key, value in given.items()
        ),
    ]
    deciders = {key: layer for layer in layers for key in KEYS if key in layer.values}
    values = {key: layer.values[key] for key, layer in deciders.items()}
    settings = msgspec.convert(values, Settings, strict=False)
    return Configuration(settings, deciders, profile, hidden)


Profiles = Mapping[str, Mapping[str, Any]]


def _file_layers(folder: Path) -> Iterator[tuple[Layer, Profiles]]:
    """The files that exist, the user's first, each with its profile tables."""
    user = user_file()
    if _is_there(user):
        yield _read(user, "user file")
    project = project_file(folder)
    if project:
        yield _read(project, "project file")


def _read(file: Path, source: str) -> tuple[Layer, Profiles]:
    try:
        table = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as problem:
        raise ConfigUnreadable(file, str(problem)) from problem
    profiles = table.pop("profile", {})
    if not isinstance(profiles, dict):
        raise BadConfigValue(str(file), "profile", "profiles are tables: [profile.NAME]")
    values = _checked(table, file, "")
    tables = {name: _checked(each, file, f"profile.{name}.") for name, each in profiles.items()}
    return Layer(source, str(file), values), tables


def _checked(table: object, file: Path, prefix: str) -> dict[str, Any]:
    """A table's settings; every key is known and every value of its type."""
    if not isinstance(table, dict):
        raise BadConfigValue(str(file), prefix.rstrip("."), "expected a table")
    values = {}
    for spelled, value in _dotted(table):
        if spelled not in FROM_FILES:
            raise UnknownConfigKey(file, prefix + spelled, _nearest(spelled))
        key = FROM_FILES[spelled]
        _check(key, value, str(file), prefix)
        values[key] = value
    return values


def _dotted(table: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Keys and values; those of an inner table as TOML writes them, `table.key`."""
    for key, value in table.items():
        if isinstance(value, dict):
            yield from ((f"{key}.{inner}", each) for inner, each in value.items())
        else:
            yield key, value


def _check(key: str, value: object, place: str, prefix: str = "", *, strict: bool = True) -> None:
    try:
        msgspec.convert({key: value}, Settings, strict=strict)
    except msgspec.ValidationError as problem:
        spelled = prefix + IN_FILES.get(key, key)
        raise BadConfigValue(place, spelled, str(problem).split(" - at ")[0]) from problem


def _nearest(key: str) -> str:
    near = get_close_matches(key, FROM_FILES, n=1, cutoff=0.5)
    return next(iter(near), ", ".join(FROM_FILES))


def _profile_layers(profile: str | None, files: list[tuple[Layer, Profiles]]) -> Iterator[Layer]:
    if profile is None:
        return
    tables = [(layer, profiles[profile]) for layer, profiles in files if profile in profiles]
    if not tables:
        known = sorted({name for _, profiles in files for name in profiles})
        raise UnknownProfile(profile, ", ".join(known) or "none")
    for layer, values in tables:
        yield Layer("profile", f"[profile.{profile}] in {layer.place}", values)


def _environment_layers(environment: Mapping[str, str]) -> Iterator[Layer]:
    for key in KEYS:
        name = f"SWDFLASH_{key.upper()}"
        if environment.get(name):
            yield Layer("environment", name, {key: _from_text(key, environment[name], name)})


def _from_text(key: str, text: str, place: str) -> object:
    """A variable's value; variables are text whatever the setting's type."""
    if key != "clock":
        _check(key, text, place, strict=False)
        return text
    try:
        return hertz(text)
    except ValueError as problem:
        raise BadConfigValue(place, key, str(problem)) from problem
