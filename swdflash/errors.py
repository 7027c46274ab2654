"""The base of every error that swdflash raises, and the exit codes they end in.

An error is a small dataclass beside the code that raises it. Its words are templates over its
fields, so that `swdflash explain CODE` needs no instance::

    @dataclass(eq=False)
    class ImageTooLong(ImageError):
        '''The image reaches past the end of the chip's flash.'''

        code = "image-too-long"
        what = "{name} does not fit {chip}"
        why = "it ends at {end:#010x}, flash at {flash_end:#010x}"
        next = ("check FLASH LENGTH in the linker script",)

        name: str
        chip: str
        end: int
        flash_end: int
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import ClassVar


class Exit(IntEnum):
    """What the process ends with; part of the command line's contract."""

    DONE = 0
    BUG = 1
    USAGE = 2
    NO_PROBE = 3
    PERMISSION = 4
    NO_ANSWER = 5
    PROTECTED = 6
    BAD_IMAGE = 7
    VERIFY_FAILED = 8
    LINK_LOST = 9
    REFUSED = 10
    INTERRUPTED = 130


class SwdflashError(Exception):
    """Something swdflash can explain: what happened, why, and what to try next.

    Subclasses are `@dataclass(eq=False)` (never frozen: raising sets `__traceback__`) and give
    `code`, `exit`, `what`, `why` and `next` as class variables; `{field}` in a template is the
    instance's field of that name.
    """

    code: ClassVar[str]
    exit: ClassVar[Exit]
    what: ClassVar[str]
    why: ClassVar[str]
    next: ClassVar[tuple[str, ...]] = ()

    def explain(self) -> Explanation:
        """The error's words with this instance's values filled in."""
        values = self.evidence()
        return Explanation(
            code=self.code,
            exit=self.exit,
            what=self.what.format(**values),
            why=self.why.format(**values),
            next=tuple(line.format(**values) for line in self.next),
        )

    def evidence(self) -> dict[str, object]:
        """The measured values behind the words, by field name."""
        names = getattr(type(self), "__dataclass_fields__", ())
        return {name: getattr(self, name) for name in names}

    def __str__(self) -> str:
        words = self.explain()
        return f"{words.what}: {words.why}"


@dataclass(frozen=True)
class Explanation:
    """An error in words."""

    code: str
    exit: Exit
    what: str
    why: str
    next: tuple[str, ...]


def every_error() -> dict[str, type[SwdflashError]]:
    """All error classes that have a code, by code, among the modules imported so far."""
    found: dict[str, type[SwdflashError]] = {}
    todo: list[type[SwdflashError]] = [SwdflashError]
    while todo:
        kind = todo.pop()
        todo.extend(kind.__subclasses__())
        if "code" in vars(kind):
            found[kind.code] = kind
    return dict(sorted(found.items()))
