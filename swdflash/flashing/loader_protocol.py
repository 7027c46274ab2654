"""A loader's code and the numbers that it shares with the host (targets/loaders/protocol.h)."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from functools import cache

import msgspec

from swdflash.chips.errors import BadTargetFile
from swdflash.chips.files import load_rows, targets_directory


class Protocol(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="upper"):
    """The defines of protocol.h, where they are explained."""

    box_read: int
    box_write: int
    box_state: int
    box_error: int
    box_address: int
    box_value: int
    box_ring: int
    box_mask: int
    box_words: int
    state_running: int
    state_ended: int
    error_none: int
    error_not_erased: int
    error_protected: int
    error_locked: int
    error_mismatch: int
    error_no_command: int
    command_op: int
    command_address: int
    command_size: int
    command_argument: int
    command_words: int
    op_end: int
    op_erase: int
    op_mass_erase: int
    op_program: int
    op_digest: int
    op_check: int


class _Build(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    compiler: str
    flags: str
    sources_sha256: str
    blob_sha256: str


class _Description(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    build: _Build
    protocol: Protocol


@dataclass(frozen=True)
class Loader:
    """Code for any address, entered at its first byte with the mailbox's address in r0."""

    name: str
    code: bytes = field(repr=False)
    protocol: Protocol = field(repr=False)


@cache
def load_loader(name: str) -> Loader:
    """The loader `name` from targets/loaders. Raises BadTargetFile."""
    folder = targets_directory() / "loaders"
    description = load_rows(folder / f"{name}.toml", _Description)
    try:
        code = (folder / f"{name}.bin").read_bytes()
    except OSError as error:
        raise BadTargetFile(f"{name}.bin", str(error)) from error
    if hashlib.sha256(code).hexdigest() != description.build.blob_sha256:
        raise BadTargetFile(f"{name}.bin", "it is not the blob that its .toml describes")
    return Loader(name, code, description.protocol)
