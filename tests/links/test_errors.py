from __future__ import annotations

from dataclasses import MISSING, fields

import pytest

from swdflash.errors import SwdflashError, every_error
from swdflash.links import errors

OURS = [kind for kind in every_error().values() if kind.__module__ == errors.__name__]
SAMPLE = {"str": "text", "int": 0x2000, "float": 0.25, "Mapping[str, str]": {"pyocd:1": "ST-Link"}}


def sample(kind: type[SwdflashError]) -> SwdflashError:
    wanted = [field for field in fields(kind) if field.init and field.default is MISSING]  # type: ignore[arg-type]
    return kind(**{field.name: SAMPLE[str(field.type)] for field in wanted})


@pytest.mark.parametrize("kind", OURS, ids=lambda kind: kind.code)
def test_every_error_has_words(kind: type[SwdflashError]) -> None:
    words = sample(kind).explain()
    assert words.what
    assert words.why
    assert words.next
    assert not any("{{" in text for text in (words.what, words.why, *words.next))


def test_the_way_out_of_a_missing_permission_is_a_command() -> None:
    assert (
        errors.NoPermission("ST-LINK/V2-1", "denied").explain().next[0] == "swdflash udev install"
    )


def test_the_choice_between_probes_can_be_pasted() -> None:
    error = errors.SeveralProbes({"pyocd:1": "ST-Link V2", "pyocd:2": "J-Link"})
    assert [line.split("#")[0].strip() for line in error.explain().next] == [
        "--via pyocd:1",
        "--via pyocd:2",
    ]
    assert "2" in error.explain().why


def test_a_hostile_serial_does_nothing_in_a_shell() -> None:
    line = errors.SeveralProbes({"pyocd:$(reboot)": "a", "pyocd:1": "b"}).explain().next[0]
    assert line.startswith("--via 'pyocd:$(reboot)'")
