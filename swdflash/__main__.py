"""`swdflash` and `python -m swdflash`."""

from __future__ import annotations

import sys


def main() -> int:
    """Run the command line; `--version` alone is answered without loading the rest."""
    if sys.argv[1:] == ["--version"]:
        from swdflash import __version__

        print(f"swdflash {__version__}")
        return 0
    from swdflash.cli.main import run

    return run(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
