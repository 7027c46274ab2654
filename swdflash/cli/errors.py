"""What can go wrong between the command line and the work: usage, config, consent, output."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from swdflash.errors import Exit, SwdflashError


class UsageError(SwdflashError):
    """The command line or the configuration cannot be acted on."""

    exit = Exit.USAGE


@dataclass(eq=False)
class Misused(UsageError):
    """An option, argument or its value is not one that the command takes."""

    code = "usage"
    what = "this command line cannot be run"
    why = "{problem}"
    next = ("swdflash {command} --help",)

    problem: str
    command: str


@dataclass(eq=False)
class UnknownCommand(UsageError):
    """There is no command of this name."""

    code = "unknown-command"
    what = "there is no command '{name}'"
    why = "the nearest that exists: {nearest}"
    next = ("swdflash --help",)

    name: str
    nearest: str


@dataclass(eq=False)
class UnknownErrorCode(UsageError):
    """`explain` knows neither an error nor an exit code of this name."""

    code = "unknown-error-code"
    what = "no error and no exit code is called '{name}'"
    why = "the nearest that exists: {nearest}"
    next = ("swdflash explain",)

    name: str
    nearest: str


@dataclass(eq=False)
class ConfigUnreadable(UsageError):
    """A configuration file cannot be read, or is not TOML."""

    code = "config-unreadable"
    what = "{file} cannot be used as configuration"
    why = "{problem}"
    next = ("mend or remove {file}", "swdflash config show")

    file: Path
    problem: str


@dataclass(eq=False)
class UnknownConfigKey(UsageError):
    """A configuration file sets a key that does not exist, most likely misspelt."""

    code = "unknown-config-key"
    what = "{file} sets '{key}', which is no setting of swdflash"
    why = "the nearest known key: {nearest}"
    next = ("correct '{key}' in {file}", "swdflash config show")

    file: Path
    key: str
    nearest: str


@dataclass(eq=False)
class BadConfigValue(UsageError):
    """A setting has a value that it cannot take."""

    code = "bad-config-value"
    what = "{place} gives '{key}' a value that it cannot take"
    why = "{problem}"
    next = ("correct '{key}' in {place}", "swdflash config show --help")

    place: str
    key: str
    problem: str


@dataclass(eq=False)
class UnknownProfile(UsageError):
    """The profile asked for is in none of the configuration files."""

    code = "unknown-profile"
    what = "there is no profile '{name}'"
    why = "profiles found: {known}"
    next = ("add a table [profile.{name}] to swdflash.toml", "swdflash config show")

    name: str
    known: str


@dataclass(eq=False)
class OutputUnwritable(UsageError):
    """A result cannot be written where it was asked for."""

    code = "output-unwritable"
    what = "{file} cannot be written"
    why = "{problem}"
    next = ("name another file",)

    file: Path
    problem: str


@dataclass(eq=False)
class DiskFull(UsageError):
    """The disk filled up while a result was being saved; nothing half-written is left."""

    code = "disk-full"
    what = "{file} was not written: its disk is full"
    why = "{size} bytes were to be saved; what stood there before is untouched"
    next = ("make room, or name a file on another disk",)

    file: Path
    size: int


@dataclass(eq=False)
class BinaryToTerminal(UsageError):
    """Raw bytes were about to be printed on a terminal."""

    code = "binary-to-terminal"
    what = "raw bytes would have been printed on the terminal"
    why = "`-o {file}` writes binary data to stdout"
    next = ("name a file: `-o flash.bin`", "pipe it: `-o - | hexdump -C`")

    file: Path


@dataclass(eq=False)
class SaidNo(SwdflashError):
    """A person was asked and did not agree."""

    code = "said-no"
    exit = Exit.REFUSED
    what = "nothing was changed"
    why = "you were asked to {action}, and did not say yes"
    next = ("run it again and answer y", "`--yes` answers for you")

    action: str


@dataclass(eq=False)
class NobodyToAsk(SwdflashError):
    """Something would be lost, and there is no terminal to ask on."""

    code = "nobody-to-ask"
    exit = Exit.REFUSED
    what = "nothing was changed: nobody is there to be asked"
    why = "to {action} needs a yes, and stdin is no terminal"
    next = ("add --yes if that is what you want", "add --dry-run to see what would be done")

    action: str


@dataclass(eq=False)
class Interrupted(SwdflashError):
    """Ctrl-C or SIGTERM ended the command."""

    code = "interrupted"
    exit = Exit.INTERRUPTED
    what = "interrupted"
    why = "{state}"
    next = ("run the same command again to go on",)

    state: str


@dataclass(eq=False)
class Bug(SwdflashError):
    """swdflash itself is wrong: something happened that its code does not provide for."""

    code = "bug"
    exit = Exit.BUG
    what = "a bug in swdflash: {kind}"
    why = "{problem}"
    next = (
        "please report it, with {report} attached",
        "run it again with --record FILE, and attach that file too",
    )

    kind: str
    problem: str
    report: Path


@dataclass(eq=False)
class ReplayDiffers(SwdflashError):
    """A recorded command ended in another way than it did when it was recorded."""

    code = "replay-differs"
    exit = Exit.VERIFY_FAILED
    what = "{file}: the replay did not end as the recording did"
    why = "{difference}"
    next = ("compare versions: recorded by swdflash {recorded_by}",)

    file: Path
    difference: str
    recorded_by: str
