#!/usr/bin/env python3
"""Cuts writes off at every step, over more boards and images than the test suite has time for.

    scripts/campaign.py --seeds 5              # each USB transfer in four ways, each act of flash
    scripts/campaign.py --first 17 --seeds 1   # once more what failed
    scripts/campaign.py --dfu 10000            # writes over DFU, interrupted so often
    scripts/campaign.py --uart 2000            # writes over UART, each with other bad luck
    scripts/campaign.py --dfu-boards 50        # writes over USB to so many virtual boards

Each seed draws a chip, what is on it, an image over parts of its pages, and another image. The
checks are those of tests/faults; the first that fails ends the campaign with the seed and the step.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from tests.faults import dfu_boards, dfu_interruptions, uart_luck  # noqa: E402
from tests.faults.bench import Bench, Outcome, surroundings  # noqa: E402
from tests.faults.luck import Kind, instants_of, transfers_of  # noqa: E402
from tests.faults.scene import FLASH, Piece, Scene, random_bytes  # noqa: E402

CHIPS = ("STM32F103C4", "STM32F103C8", "STM32F103RC")  # 16 and 64 KiB in 1 KiB pages; 2 KiB pages
LONGEST = 3000

Step = tuple[str, Callable[[], Outcome | None]]


def scene_of(seed: int) -> Scene:
    """A board and two images, drawn from a seed."""
    draw = random.Random(seed)
    bench = Bench("--chip", draw.choice(CHIPS), "--uptime", "0")
    size = bench.chip.flash.span.size
    blank = draw.choice((0.0, 0.5, 0.9))  # so much of it; mass erase pays where little is held
    held = b"".join(
        b"\xff" * sector.size if draw.random() < blank else draw.randbytes(sector.size)
        for sector in bench.chip.flash.sectors
    )
    image = piece(draw, size, draw.randrange(size))
    near = image.address - FLASH + draw.randrange(-2048, 2048)  # often beside or over the first
    return Scene(bench, held, image, piece(draw, size, near))


def piece(draw: random.Random, flash_size: int, start: int) -> Piece:
    """Bytes within flash, from about `start`; the vector table is left out."""
    length = draw.randrange(1, LONGEST)
    start = min(max(start, 8), flash_size - length)
    return Piece(FLASH + start, random_bytes(draw.getrandbits(32), length))


def steps(scene: Scene, acts: int) -> Iterator[Step]:
    """Every transfer in every way, and the middle of up to `acts` acts of the flash."""
    transfers = transfers_of(scene.write)
    for kind in Kind:
        for transfer in range(1, transfers + 1):
            yield f"{kind}@{transfer}", partial(scene.cut_off, kind, transfer)
    scene.rewind()
    instants = instants_of(scene.write)
    for instant in instants[:: max(1, len(instants) // acts)]:
        yield f"powerless at {instant} ps", partial(scene.without_power_from, instant)


def run(seed: int, acts: int) -> int:
    """One seed; how many steps were cut off."""
    count = 0
    with tempfile.TemporaryDirectory() as folder, surroundings(Path(folder)):
        scene = scene_of(seed)
        for name, cut in steps(scene, acts):
            try:
                outcome = cut()
                if outcome is not None:
                    scene.must_tell_the_truth(outcome)
            except BaseException:
                print(f"seed {seed}, {name}:", file=sys.stderr)
                raise
            count += 1
    return count


def interrupt_dfu(first: int, wanted: int) -> None:
    """So many interruptions, several on a device; and storms of transfers that fail."""
    seed, interrupted, through = first, 0, 0
    while interrupted < wanted:
        interrupted += dfu_interruptions.Interruption(seed).run(5)
        through += dfu_interruptions.storm(seed)
        seed += 1
    devices = seed - first
    print(f"{devices} devices, {interrupted} writes interrupted: none is stuck, all are as written")
    print(f"{devices} storms: {through} writes got through, the others said that they did not")


def try_uart(first: int, wanted: int) -> None:
    """So many writes, each with bytes lost, doubled and changed, and some with a cable pulled."""
    again = 0
    for seed in range(first, first + wanted):
        with tempfile.TemporaryDirectory() as folder:
            ended = uart_luck.run(uart_luck.luck(seed), Path(folder))
        if not ended.right or len(ended.errors) > 1:
            raise AssertionError(f"seed {seed}: {ended}")
        again += len(ended.errors)
    print(f"{wanted} writes over UART: {wanted - again} came off at once, {again} when given again")


def strike_dfu_boards(first: int, count: int) -> None:
    """So many boards, each written to with one thing wrong, again and again."""
    for seed in range(first, first + count):
        with tempfile.TemporaryDirectory() as folder, surroundings(Path(folder)):
            ends = dfu_boards.run(seed, Path(folder), strikes=20)
        print(f"board {seed}: {ends}, all as written in the end", flush=True)


def main() -> None:
    """Run the campaign."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--seeds", type=int, default=3, help="how many")
    parser.add_argument("--acts", type=int, default=10_000, help="of the flash to cut, a seed")
    parser.add_argument("--dfu", type=int, default=0, help="interrupted writes over DFU instead")
    parser.add_argument("--dfu-boards", type=int, default=0, help="virtual boards on USB instead")
    parser.add_argument("--uart", type=int, default=0, help="writes over UART instead")
    options = parser.parse_args()
    if options.uart:
        try_uart(options.first, options.uart)
        return
    if options.dfu_boards:
        strike_dfu_boards(options.first, options.dfu_boards)
        return
    if options.dfu:
        interrupt_dfu(options.first, options.dfu)
        return
    for seed in range(options.first, options.first + options.seeds):
        print(f"seed {seed}: {run(seed, options.acts)} steps cut off, nothing lost", flush=True)


if __name__ == "__main__":
    main()
