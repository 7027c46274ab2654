"""Where swdflash keeps what one command leaves for the next."""

from __future__ import annotations

import os
from pathlib import Path

from platformdirs import user_state_path


def state_directory() -> Path:
    """`SWDFLASH_STATE_DIR`, else where the platform keeps a user's state."""
    chosen = os.environ.get("SWDFLASH_STATE_DIR")
    return Path(chosen) if chosen else user_state_path("swdflash")
