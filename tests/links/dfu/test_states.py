from __future__ import annotations

import pytest

from swdflash.links.dfu.states import NoReport, Report, State, Status


def test_a_report_from_the_wire() -> None:
    report = Report.parse(bytes([0x0B, 0xE8, 0x03, 0x01, 0x0A, 0]))
    assert report == Report(Status.ERR_VENDOR, 0x0103E8 / 1000, State.ERROR)
    assert report.failed
    assert not Report.parse(bytes([0, 100, 0, 0, 4, 0])).failed
    assert Report.parse(bytes([3, 0, 0, 0, 5, 0])).failed, "an error counts in any state"


@pytest.mark.parametrize("answer", ["", "00", "00010000", "10 000000 02 00", "00 000000 0b 00"])
def test_what_is_no_report_is_told(answer: str) -> None:
    with pytest.raises(NoReport):
        Report.parse(bytes.fromhex(answer))


def test_every_state_and_status_has_words() -> None:
    assert str(State.DNLOAD_IDLE) == "dfuDNLOAD-IDLE"
    assert len({str(state) for state in State}) == 11
    assert "read protection" in str(Status.ERR_VENDOR)
    assert len({str(status) for status in Status}) == 16
