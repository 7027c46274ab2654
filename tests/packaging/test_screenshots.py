"""The pictures in the README are what the commands print today."""

from __future__ import annotations

from pathlib import Path

import pytest

from scripts import screenshots
from swdflash.host import sysfs


def test_the_pictures_are_current(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = screenshots.PICTURES
    monkeypatch.setattr(screenshots, "PICTURES", tmp_path)
    monkeypatch.setattr(sysfs, "SYS", sysfs.SYS)  # put back afterwards
    screenshots.main()
    for picture in ("list.svg", "doctor.svg"):
        assert (tmp_path / picture).read_text() == (drawn / picture).read_text(), (
            "run scripts/screenshots.py"
        )
