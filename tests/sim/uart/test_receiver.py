"""What a receiver samples, at the right rate and format and at wrong ones."""

import pytest

from swdflash.sim.uart.frames import Burst, Format, Low, Parity
from swdflash.sim.uart.receiver import Receiver
from swdflash.sim.uart.wire import Wire

FAR_PS = 10**13
E115200 = Format.at(115_200, Parity.EVEN)
ALL = bytes(range(256))


def received(sender: Format, receiver: Format, data: bytes) -> list[tuple[int, bool]]:
    wire = Wire()
    wire.send(0, sender, data)
    characters = Receiver(wire, receiver, 0).take(FAR_PS, 10_000)
    return [(character.value, character.sound) for character in characters]


@pytest.mark.parametrize(
    "line_format", [E115200, Format.at(9600), Format.at(460_800, Parity.ODD, 2)]
)
def test_like_is_received_as_sent(line_format: Format) -> None:
    assert received(line_format, line_format, ALL) == [(value, True) for value in ALL]


@pytest.mark.parametrize("error", [-0.0396, -0.0391, -0.0389, 0.0389, 0.0391, 0.0396])
def test_small_errors_of_the_rate_do_no_harm(error: float) -> None:
    off = Format(round(E115200.bit_ps * (1 + error)), Parity.EVEN)
    assert received(E115200, off, ALL) == [(value, True) for value in ALL]


@pytest.mark.parametrize("error", [-0.041, 0.041, 0.5, -0.5])
def test_large_errors_of_the_rate_garble(error: float) -> None:
    off = Format(round(E115200.bit_ps * (1 + error)), Parity.EVEN)
    assert received(E115200, off, ALL) != [(value, True) for value in ALL]


def test_without_parity_half_of_single_characters_have_a_wrong_one() -> None:
    """The stop bit stands where the parity is expected: right for an odd number of ones."""
    plain = Format.at(115_200)
    for value in ALL:
        assert received(plain, E115200, bytes([value])) == [(value, bool(value.bit_count() & 1))]


def test_without_parity_characters_in_a_row_run_into_each_other() -> None:
    got = received(Format.at(115_200), E115200, b"\x00\xff\x11\xee")
    assert [value for value, _ in got] != [0x00, 0xFF, 0x11, 0xEE]


def test_a_wrong_parity_bit_is_noticed() -> None:
    wire = Wire()
    wire.put(Burst(0, E115200, b"A", bad_parity=True))
    (character,) = Receiver(wire, E115200, 0).take(FAR_PS, 10)
    assert (character.value, character.sound) == (ord("A"), False)


def test_a_break_is_a_zero_without_a_stop_bit() -> None:
    wire = Wire()
    wire.put(Low(0, 20 * E115200.bit_ps))
    (character,) = Receiver(wire, E115200, 0).take(FAR_PS, 10)
    assert (character.value, character.sound) == (0, False)


def test_characters_are_ready_in_the_middle_of_their_stop_bit() -> None:
    wire = Wire()
    wire.send(1000, E115200, b"ab")
    receiver = Receiver(wire, E115200, 0)
    ready_ps = 1000 + E115200.frame_ps - E115200.bit_ps // 2
    assert receiver.take(ready_ps - 1, 10) == []
    assert [character.value for character in receiver.take(ready_ps, 10)] == [ord("a")]
    assert [character.value for character in receiver.take(FAR_PS, 10)] == [ord("b")]


def test_what_nobody_read_was_overrun_but_for_the_first() -> None:
    wire = Wire()
    wire.send(0, E115200, b"abcd")
    receiver = Receiver(wire, E115200, 0)
    held = receiver.lost_until(3 * E115200.frame_ps)
    assert held is not None
    assert held.value == ord("a")
    assert [character.value for character in receiver.take(FAR_PS, 10)] == [ord("d")]


def test_a_sender_that_goes_leaves_whole_characters() -> None:
    wire = Wire()
    wire.send(0, E115200, b"abcd")
    wire.cut(2 * E115200.frame_ps + 5)
    assert [c.value for c in Receiver(wire, E115200, 0).take(FAR_PS, 10)] == [ord("a"), ord("b")]
    assert wire.send(0, E115200, b"e") > 2 * E115200.frame_ps


def test_edges_of_the_synchronisation_byte() -> None:
    wire = Wire()
    wire.send(0, E115200, b"\x7f")
    bit_ps = E115200.bit_ps
    assert list(wire.edges(0)) == [(0, 0), (bit_ps, 1), (8 * bit_ps, 0), (9 * bit_ps, 1)]
    assert list(wire.edges(2 * bit_ps)) == [(8 * bit_ps, 0), (9 * bit_ps, 1)]
