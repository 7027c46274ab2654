from __future__ import annotations

import signal
import threading

import pytest

from swdflash.links.interrupts import interrupts_wait


def test_an_interrupt_is_delivered_after_the_transaction() -> None:
    done: list[str] = []

    def transaction() -> None:
        with interrupts_wait():
            with interrupts_wait():
                signal.raise_signal(signal.SIGINT)
                done.append("inner")
            done.append("outer")

    with pytest.raises(KeyboardInterrupt):
        transaction()
    assert done == ["inner", "outer"]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_other_threads_may_use_a_link() -> None:
    done: list[str] = []

    def transaction() -> None:
        with interrupts_wait():
            done.append("there")

    thread = threading.Thread(target=transaction)
    thread.start()
    thread.join()
    assert done == ["there"]
