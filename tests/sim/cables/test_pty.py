from __future__ import annotations

import os

from swdflash.sim.cables.pty import PtyCable


class Parrot:
    def __init__(self) -> None:
        self.unplugged = False

    def receive(self, data: bytes) -> bytes:
        return data[::-1]

    def unplug(self) -> None:
        self.unplugged = True


def test_programs_come_and_go() -> None:
    parrot = Parrot()
    with PtyCable(parrot) as cable:
        for said in (b"a\r\n\x03\x00\xff", b"\x04\x1a"):
            line = os.open(cable.path, os.O_RDWR | os.O_NOCTTY)
            os.write(line, said)
            heard = b""
            while len(heard) < len(said):
                heard += os.read(line, 100)
            os.close(line)
            assert heard == said[::-1]
    assert parrot.unplugged


def test_a_cable_that_nobody_took_ends_too() -> None:
    with PtyCable(Parrot()):
        pass
