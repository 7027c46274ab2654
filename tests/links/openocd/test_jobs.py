from __future__ import annotations

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from swdflash.events import Phase
from swdflash.links.openocd.jobs import LONGEST_GAP, PROGRAM_BYTES, Job, jobs
from swdflash.links.steps import Check, Erase, MassErase, Program, Step
from swdflash.memory import Span

PAGE = 1024
BANK = Span(0, 64 * PAGE)
PAGES = [Span(number * PAGE, PAGE) for number in range(64)]


def of(*steps: Step) -> list[Job]:
    return list(jobs(steps, 0xFF))


def spans(found: Sequence[Job]) -> list[tuple[int, int]]:
    return [(job.span.start, job.span.size) for job in found]


def test_neighbours_are_erased_together_as_far_as_progress_allows() -> None:
    steps = [Erase(page) for page in (*PAGES[:10], *PAGES[20:22])]
    assert spans(of(*steps)) == [(0, 8 * PAGE), (8 * PAGE, 2 * PAGE), (20 * PAGE, 2 * PAGE)]


def test_long_data_is_cut() -> None:
    data = bytes(range(256)) * 160
    found = of(Program(0, data))
    assert [job.span.size for job in found] == [PROGRAM_BYTES, PROGRAM_BYTES, 8 * 1024]
    assert b"".join(job.data for job in found) == data


def test_less_is_programmed_at_once_where_that_is_asked() -> None:
    """Neighbours and gaps are not joined to more either."""
    steps = (Erase(PAGES[0]), Program(0, bytes(700)), Program(700, bytes(20)), Program(730, b"ab"))
    erased, *found = jobs(steps, 0xFF, 300)
    assert erased.phase is Phase.ERASE
    assert spans(found) == [(0, 300), (300, 300), (600, 132)]
    assert found[-1].data == bytes(120) + b"\xff" * 10 + b"ab"


def test_a_gap_is_bridged_where_it_is_known_to_be_blank() -> None:
    pieces = (Program(0, b"ab"), Program(10, b"cd"))
    assert spans(of(*pieces)) == [(0, 2), (10, 2)]
    erased, programmed = of(Erase(PAGES[0]), *pieces)
    assert erased.phase is Phase.ERASE
    assert programmed.data == b"ab" + b"\xff" * 8 + b"cd"
    assert programmed.size == 4
    far = (Program(0, b"ab"), Program(4 + LONGEST_GAP, b"cd"))
    assert len(of(MassErase(BANK), *far)) == 3


def test_checks_stay_apart() -> None:
    found = of(*(Check(page, number) for number, page in enumerate(PAGES[:3])))
    assert [(job.span, job.digest) for job in found] == list(zip(PAGES, range(3), strict=False))


def apart(found: list[tuple[int, int]]) -> list[Program]:
    """Pieces in ascending order, none over another: as plans have them."""
    programs: list[Program] = []
    for at, size in sorted(found):
        if not programs or programs[-1].span.end <= 2 * at:
            programs.append(Program(2 * at, b"\x55\xaa" * size))
    return programs


pieces = st.lists(st.tuples(st.integers(0, 31 * PAGE), st.integers(1, 700)), max_size=12).map(apart)


@given(st.sets(st.sampled_from(PAGES)), pieces)
def test_flash_comes_to_hold_what_the_steps_say(pages: set[Span], programs: list[Program]) -> None:
    """Carried out on bytes: the jobs do what the steps do, and no more is erased or programmed."""
    steps: list[Step] = [*map(Erase, sorted(pages)), *programs]
    size = 4 * BANK.size
    by_steps, by_jobs = bytearray(size), bytearray(size)
    for step in steps:
        if isinstance(step, Erase):
            by_steps[step.sector.start : step.sector.end] = b"\xff" * PAGE
        elif isinstance(step, Program):
            by_steps[step.span.start : step.span.end] = step.data
    for job in jobs(steps, 0xFF):
        data = job.data or b"\xff" * job.span.size
        assert len(data) == job.span.size
        by_jobs[job.span.start : job.span.end] = data
    assert by_jobs == by_steps
    assert sum(job.size for job in jobs(steps, 0xFF)) == sum(
        PAGE if isinstance(step, Erase) else len(step.data)
        for step in steps
        if isinstance(step, Erase | Program)
    )
