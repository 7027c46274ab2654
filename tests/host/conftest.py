from __future__ import annotations

from pathlib import Path

import pytest

from swdflash.host import sysfs
from tests.host.usb_tree import UsbTree


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> UsbTree:
    """The machine's USB, empty at first."""
    made = UsbTree(tmp_path)
    monkeypatch.setattr(sysfs, "SYS", made.sys)
    monkeypatch.setattr(sysfs, "DEV", made.dev)
    return made
