from __future__ import annotations

from dataclasses import replace
from unittest import mock

import pytest
from pyocd.probe.stlink.stlink import STLink

from swdflash.host.firmware import oldest, st_link_firmware
from swdflash.host.found import Firmware
from swdflash.sim.faults import FaultPlan
from swdflash.sim.probes import models
from swdflash.sim.probes.models import Version
from tests.links.usb_socket import SERIAL, RamBoard, Wires, plugged_in


def told(probe: str, version: Version) -> Firmware:
    """What is said of an ST-Link with this firmware."""
    model = replace(models.MODELS[probe], version=version)
    board = RamBoard(Wires(probe, SERIAL))
    with mock.patch.dict(models.MODELS, {probe: model}), plugged_in(board):
        return st_link_firmware()[SERIAL]


@pytest.mark.parametrize(
    ("probe", "version", "text", "too_old"),
    [
        ("v2-1", Version(2, 37, msc=26), "V2J37M26", False),
        ("v2-1", Version(2, 24, msc=11), "V2J24M11", False),
        ("v2-1", Version(2, 23, msc=11), "V2J23M11", True),
        ("v3", Version(3, 2, msc=1), "V3J2M1", False),  # a V3 counts anew
    ],
)
def test_firmware_is_told_and_judged(
    probe: str, version: Version, text: str, too_old: bool
) -> None:
    assert told(probe, version) == Firmware(text, too_old)


def test_the_oldest_that_is_good_is_pyocds_own() -> None:
    assert oldest() == STLink.MIN_JTAG_VERSION


@pytest.mark.parametrize("fault", ["denied", "busy"])
def test_a_probe_that_cannot_be_opened_is_left_out(fault: str) -> None:
    with plugged_in(RamBoard(), faults=FaultPlan.parse(fault)):
        assert st_link_firmware() == {}
