from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from swdflash.host.holders import Holder, holders_of


def test_a_program_that_has_a_node_open_is_named(tmp_path: Path) -> None:
    node, other = tmp_path / "node", tmp_path / "other"
    node.touch()
    program = "import sys; f = open(sys.argv[1]); print('open', flush=True); sys.stdin.read()"
    with subprocess.Popen(
        [sys.executable, "-c", program, str(node)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        found = holders_of([node, other])
        process.communicate("")
    assert found[other] == ()
    assert [holder.pid for holder in found[node]] == [process.pid]
    assert "python" in str(found[node][0])


def test_this_process_stands_in_nobodys_way(tmp_path: Path) -> None:
    (tmp_path / "node").touch()
    with (tmp_path / "node").open():
        assert holders_of([tmp_path / "node"])[tmp_path / "node"] == ()


def test_a_name_with_escapes_is_made_fit_to_print(tmp_path: Path) -> None:
    node, process = tmp_path / "node", tmp_path / "proc" / "4711"
    (process / "fd").mkdir(parents=True)
    (process / "comm").write_bytes(b"\x1b[31mevil\n")
    (process / "fd" / "3").symlink_to(node)
    (found,) = holders_of([node], tmp_path / "proc")[node]
    assert found == Holder(4711, "\N{REPLACEMENT CHARACTER}[31mevil")


def test_processes_that_may_not_be_looked_at_are_passed_over(tmp_path: Path) -> None:
    (tmp_path / "1").mkdir()
    (tmp_path / str(os.getpid())).mkdir()
    (tmp_path / "version").touch()
    assert holders_of([Path("/dev/x")], tmp_path) == {Path("/dev/x"): ()}
