"""Runs first in a Python program that `sim exec` starts: its USB is the virtual board's.

Found by PYTHONPATH, in place of the `sitecustomize` that would have run, which runs afterwards.
"""

from __future__ import annotations

import importlib.machinery
import importlib.util
import os
import sys
from pathlib import Path
from types import ModuleType

HERE = Path(__file__).parent
PACKAGE = "swdflash_hostside"


def load(spec: importlib.machinery.ModuleSpec | None) -> ModuleType | None:
    """Import a module from its spec."""
    if spec is None or spec.loader is None:
        return None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def meet_the_virtual_bus() -> None:
    """Load the package above without its parents, which this Python may not have."""
    folder = HERE.parent
    load(
        importlib.util.spec_from_file_location(
            PACKAGE, folder / "__init__.py", submodule_search_locations=[str(folder)]
        )
    )
    remote = importlib.import_module(f"{PACKAGE}.remote")
    host = importlib.import_module(f"{PACKAGE}.host")
    path = os.environ.get(remote.SOCKET_VARIABLE)
    if path:
        bus = remote.RemoteBus(path)
        host.Host(bus, longest_real_s=host.LONGEST_REAL_SLEEP_S).__enter__()


def run_the_next_sitecustomize() -> None:
    """The one that this file stands in front of, if there is any."""
    elsewhere = [entry for entry in sys.path if Path(entry).resolve() != HERE.resolve()]
    load(importlib.machinery.PathFinder.find_spec("sitecustomize", elsewhere))


meet_the_virtual_bus()
run_the_next_sitecustomize()
