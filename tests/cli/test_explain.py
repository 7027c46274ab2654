from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from enum import Enum
from pathlib import Path
from string import Formatter
from typing import Any, get_args, get_origin, get_type_hints

import pytest

import swdflash
from swdflash.cli.explain import EXIT_MEANINGS, all_errors
from swdflash.cli.main import COMMANDS
from swdflash.errors import Exit, Explanation, SwdflashError
from tests.cli.conftest import Run

SLUG = re.compile(r"^[a-z0-9]+(-[a-z0-9]+)*$")
CODE_LINE = re.compile(r'^    code(?:: ClassVar(?:\[str\])?)? = "([^"]+)"$', re.MULTILINE)
ERRORS = sorted(all_errors().values(), key=lambda kind: kind.code)
every_kind = pytest.mark.parametrize("kind", ERRORS, ids=lambda kind: kind.code)


def made_up(kind: type[Any]) -> Any:
    """An instance with made-up values."""
    hints = get_type_hints(kind)
    given = {
        field.name: value_for(hints[field.name], field.name)
        for field in fields(kind)
        if field.init and field.default is MISSING and field.default_factory is MISSING
    }
    return kind(**given)


def names_of_fields(kind: type[SwdflashError]) -> set[str]:
    return {field.name for field in fields(kind)}  # type: ignore[arg-type]


def value_for(hint: Any, name: str) -> object:
    """Something of this type, told apart by its name where that is possible."""
    if get_origin(hint) in (Mapping, dict):
        return {"<key>": "<value>"}
    plain = {int: 0x0800_1234, float: 3.25, bool: True, bytes: b"\x01", Path: Path(f"/{name}")}
    if hint in plain:
        return plain[hint]
    if isinstance(hint, type) and (issubclass(hint, Enum) or is_dataclass(hint)):
        return next(iter(hint)) if issubclass(hint, Enum) else made_up(hint)
    inner = [each for each in get_args(hint) if each not in (type(None), ...)]
    if hint is str:
        return f"<{name}>"
    if inner:
        one = value_for(inner[0], name)
        return one if type(None) in get_args(hint) else (one,)
    return f"<{name}>"


@every_kind
def test_it_renders_with_values(kind: type[SwdflashError]) -> None:
    words: Explanation = made_up(kind).explain()
    assert SLUG.match(words.code)
    assert words.exit != Exit.DONE
    assert words.what.strip()
    assert words.why.strip()
    assert words.next, "an error says what to try next"
    everything = "\n".join((words.what, words.why, *words.next))
    assert not any(f"{{{name}" in everything for name in names_of_fields(kind))
    assert "None" not in everything


@every_kind
def test_its_words_name_only_its_fields(kind: type[SwdflashError]) -> None:
    known = names_of_fields(kind)
    for template in (kind.what, kind.why, *kind.next):
        named = {
            re.split(r"[.\[]", name)[0] for _, name, _, _ in Formatter().parse(template) if name
        }
        assert named <= known


@every_kind
def test_it_is_explained_without_an_instance(swdflash: Run, kind: type[SwdflashError]) -> None:
    spoken = swdflash("explain", kind.code)
    assert spoken.exit == 0
    assert kind.code in spoken.out
    assert not any(f"{{{name}" in spoken.out for name in names_of_fields(kind))


def test_no_two_say_the_same() -> None:
    said = [(kind.what, kind.why) for kind in ERRORS]
    assert len(said) == len(set(said))


def test_every_code_in_the_source_is_explained_and_none_is_used_twice() -> None:
    source = Path(swdflash.__file__).parent
    codes = [code for file in source.rglob("*.py") for code in CODE_LINE.findall(file.read_text())]
    assert [code for code, times in Counter(codes).items() if times > 1] == []
    assert set(codes) == {kind.code for kind in ERRORS}


def test_commands_named_in_next_exist(swdflash: Run) -> None:
    for kind in ERRORS:
        for step in kind.next:
            for name in re.findall(r"(?:^|`)swdflash ([a-z]+)", step):
                assert name in COMMANDS, f"{kind.code} sends people to `swdflash {name}`"


def test_every_exit_code_has_a_meaning(swdflash: Run) -> None:
    assert set(EXIT_MEANINGS) == set(Exit)
    for number in Exit:
        assert f"exit {int(number)}: " in swdflash("explain", str(int(number))).out


def test_without_a_code_all_are_listed(swdflash: Run) -> None:
    listed = swdflash("explain").out
    assert all(kind.code in listed for kind in ERRORS)


def test_an_unknown_code_gets_the_nearest(swdflash: Run) -> None:
    spoken = swdflash("explain", "unknwn-command")
    assert spoken.exit == 2
    assert "unknown-command" in spoken.err
