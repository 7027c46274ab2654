from __future__ import annotations

import subprocess
import sys

import pytest

from swdflash.links.errors import EngineMissing
from swdflash.links.factory import open_debug_link
from swdflash.links.table import TABLE


def test_engines_are_imported_when_asked_for() -> None:
    script = (
        "import sys, swdflash.links.factory; print({'pyocd', 'usb', 'unicorn'} & {*sys.modules})"
    )
    shown = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True)
    assert shown.stdout == b"set()\n"


def test_a_missing_engine_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(TABLE, "probes", "pyocd_of_elsewhere.probes:find")
    with pytest.raises(EngineMissing) as caught:
        open_debug_link("auto")
    assert caught.value.package == "pyocd_of_elsewhere"
