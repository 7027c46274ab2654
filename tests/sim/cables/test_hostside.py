"""The modules that load into other people's programs need nothing that is not there."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import pytest

import swdflash.sim.cables.hostside

FOLDER = Path(swdflash.sim.cables.hostside.__file__).parent


UMOCKDEV = sorted(FOLDER.glob("umock_*.py"))


@pytest.mark.parametrize("file", sorted(FOLDER.rglob("*.py")), ids=lambda file: file.name)
def test_only_the_standard_library_and_pyusb_are_imported(file: Path) -> None:
    imported = set()
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            imported |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            imported.add((node.module or "").partition(".")[0])
    assert imported <= sys.stdlib_module_names | {"gi" if file in UMOCKDEV else "usb"}
