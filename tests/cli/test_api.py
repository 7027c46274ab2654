"""What `import swdflash` offers."""

from __future__ import annotations

import subprocess
import sys

import pytest

import swdflash


def test_every_name_that_is_offered_is_there() -> None:
    for name in dir(swdflash):
        assert getattr(swdflash, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'wirte'"):
        _ = swdflash.wirte


def test_importing_it_loads_nothing_heavy() -> None:
    look = "import sys, swdflash; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, check=True)
    loaded = {name.split(".")[0] for name in done.stdout.split()}
    assert not loaded & {"pyocd", "unicorn", "msgspec", "elftools", "intelhex"}
