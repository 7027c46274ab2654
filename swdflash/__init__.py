"""Programs STM32 chips over SWD, and says why a board does not answer.

What `swdflash.api` offers is here, too, loaded when it is first asked for::

    import swdflash

    image = swdflash.read_image("blinky.elf")
    with swdflash.open_target("auto") as target:
        report = swdflash.write(target, image)
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from swdflash.api import *  # noqa: F403


def __getattr__(name: str) -> Any:
    """A name of the API (PEP 562); `swdflash --version` loads none of it."""
    if not name.startswith("_"):
        api = import_module("swdflash.api")
        if name in api.__all__:
            return getattr(api, name)
    raise AttributeError(f"module 'swdflash' has no attribute {name!r}")


def __dir__() -> list[str]:
    return [*import_module("swdflash.api").__all__, "__version__"]
