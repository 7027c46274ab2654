from __future__ import annotations

from unittest.mock import Mock, create_autospec

import pytest
from pyocd.probe.cmsis_dap_probe import CMSISDAPProbe
from pyocd.probe.jlink_probe import JLinkProbe

from swdflash.links.pyocd.probe import costs, set_clock, voltage


def test_a_jlink_measures_the_supply() -> None:
    probe = create_autospec(JLinkProbe, instance=True)
    probe._link = Mock()
    probe._link.hardware_status.VTarget = 3287  # millivolts
    assert voltage(probe) == pytest.approx(3.287)


def test_a_cmsis_dap_probe_neither_measures_nor_tells_its_clock() -> None:
    probe = create_autospec(CMSISDAPProbe, instance=True)
    assert voltage(probe) is None
    assert set_clock(probe, 2_000_000) == 2_000_000
    probe.set_clock.assert_called_once_with(2_000_000)


def test_reports_over_hid_are_the_slowest_wire() -> None:
    hid, jlink = (
        costs(create_autospec(kind, instance=True), 4_000_000)
        for kind in (CMSISDAPProbe, JLinkProbe)
    )
    assert hid.bytes_per_s < 60_000 < jlink.bytes_per_s
    assert hid.round_trip_s > jlink.round_trip_s
