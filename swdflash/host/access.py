"""Whether this user may open a device node, and what stands in the way."""

from __future__ import annotations

import errno
import os
import stat
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path


class Access(StrEnum):
    """Whether something that is plugged in can be used."""

    OK = "ok"
    DENIED = "permission denied"
    BUSY = "busy"
    NO_DRIVER = "driver missing"
    NO_NODE = "no device node"  # a container that was not given the device


@dataclass(frozen=True)
class NodeFacts:
    """A device node's owner and mode; empty where it cannot be looked at."""

    path: str
    mode: str = ""  # crw-rw----
    owner: str = ""
    group: str = ""

    def __str__(self) -> str:
        return f"{self.path} is {self.mode} {self.owner}:{self.group}" if self.mode else self.path


def node_facts(node: Path) -> NodeFacts:
    """Mode, owner and group by name."""
    try:
        found = node.stat()
    except OSError:
        return NodeFacts(str(node))
    try:
        owner, group = node.owner(), node.group()
    except KeyError:  # nobody is called so on this machine
        owner, group = str(found.st_uid), str(found.st_gid)
    return NodeFacts(str(node), stat.filemode(found.st_mode), owner, group)


def access_to(node: Path, *, by_opening: bool) -> Access:
    """Whether this user may read and write the node.

    `by_opening` also meets what modes do not tell, such as a container's list of devices. A USB
    node takes no notice of being opened; a serial port does (DTR goes high), so it is not.
    """
    if not node.exists():
        return Access.NO_NODE
    if not by_opening:
        return Access.OK if os.access(node, os.R_OK | os.W_OK) else Access.DENIED
    try:
        os.close(os.open(node, os.O_RDWR | os.O_CLOEXEC | os.O_NONBLOCK))
    except OSError as refusal:
        if refusal.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
            return Access.DENIED
        return Access.BUSY if refusal.errno == errno.EBUSY else Access.NO_NODE
    return Access.OK
