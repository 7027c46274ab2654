"""The only place that knows which code is behind which name; it alone reaches virtual boards."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from swdflash.links.errors import EngineMissing

# Named here and imported when asked for: most commands need one of them, some none.
TABLE = {
    "pyocd": "swdflash.links.pyocd.opening:open_link",
    "openocd": "swdflash.links.openocd.opening:open_link",
    "openocd-place": "swdflash.links.openocd.opening:Place",
    "uart": "swdflash.links.uart.opening:open_link",
    "uart-lines": "swdflash.links.uart.detect:detect_lines_at",
    "dfu": "swdflash.links.dfu.opening:open_link",
    "replay": "swdflash.links.replay:Links",
    "sim": "swdflash.sim.opening:plug_in",
    "sim-openocd": "swdflash.sim.serving:serve_stlink",
    "sim-uart": "swdflash.sim.opening:plug_in_serial",
    "sim-dfu": "swdflash.sim.opening:plug_in_usb",
    "probes": "swdflash.host.probes:find_probes",
}


def named(key: str) -> Any:
    """What the table has under a key. Raises `EngineMissing`."""
    module, _, function = TABLE[key].partition(":")
    try:
        return getattr(import_module(module), function)
    except ModuleNotFoundError as missing:
        package = (missing.name or module).partition(".")[0]
        raise EngineMissing(package, str(missing)) from missing
