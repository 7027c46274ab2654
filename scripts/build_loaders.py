#!/usr/bin/env python3
"""Build the loaders in targets/loaders, or check that the committed blobs are what they build to.

Needs gcc-arm-none-eabi (Debian 12: 12.2.1; another version may make another blob).
"""

from __future__ import annotations

import argparse
import hashlib
import re
import subprocess
import sys
import tempfile
from pathlib import Path

LOADERS = Path(__file__).resolve().parent.parent / "targets" / "loaders"
GCC = "arm-none-eabi-gcc"
FLAGS = [
    *("-mcpu=cortex-m3", "-mthumb", "-Os", "-std=c11", "-ffreestanding", "-nostdlib"),
    *("-fno-builtin", "-fno-jump-tables", "-fno-tree-loop-distribute-patterns"),
    *("-Wall", "-Wextra", "-Werror", "-Wl,--build-id=none"),
]
SHARED = ("protocol.h", "loader.ld")
DEFINE = re.compile(r"#define (\w+) (\d+)")


def compiler() -> str:
    """The compiler's name and version."""
    answer = subprocess.run([GCC, "-dumpfullversion"], capture_output=True, text=True, check=True)
    return f"{GCC} {answer.stdout.strip()}"


def build(source: Path) -> bytes:
    """The code of one loader."""
    with tempfile.TemporaryDirectory() as folder:
        elf, blob = Path(folder, "loader.elf"), Path(folder, "loader.bin")
        script = f"-Wl,-T,{LOADERS / 'loader.ld'}"
        subprocess.run([GCC, *FLAGS, script, "-o", elf, source.name], cwd=LOADERS, check=True)
        subprocess.run(["arm-none-eabi-objcopy", "-O", "binary", elf, blob], check=True)
        return blob.read_bytes()


def sources_sha256(source: Path) -> str:
    """One checksum over the loader's source and what all loaders share."""
    files = (source, *(LOADERS / name for name in SHARED))
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()


def describe(source: Path, blob: bytes) -> str:
    """The .toml beside a blob."""
    protocol = DEFINE.findall((LOADERS / "protocol.h").read_text())
    lines = [
        f"# Written by scripts/build_loaders.py from {source.name} and protocol.h.",
        "[build]",
        f'compiler = "{compiler()}"',
        f'flags = "{" ".join(FLAGS)}"',
        f'sources_sha256 = "{sources_sha256(source)}"',
        f'blob_sha256 = "{hashlib.sha256(blob).hexdigest()}"',
        "",
        "[protocol]  # see protocol.h",
        *(f"{name} = {value}" for name, value in protocol),
    ]
    return "\n".join(lines) + "\n"


def main() -> int:
    """Build all, or with --check compare; 1 where something differs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing, compare")
    check = parser.parse_args().check
    different = 0
    for source in sorted(LOADERS.glob("*.c")):
        blob = build(source)
        for suffix, content in ((".bin", blob), (".toml", describe(source, blob).encode())):
            path = source.with_suffix(suffix)
            if not check:
                path.write_bytes(content)
            elif not path.exists() or path.read_bytes() != content:
                print(f"{path} is not what {compiler()} builds", file=sys.stderr)
                different = 1
        print(f"{source.stem}: {len(blob)} bytes")
    return different


if __name__ == "__main__":
    sys.exit(main())
