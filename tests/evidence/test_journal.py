"""What is read of a journal: the recorder's own lines, of sizes that a person's work has."""

import json
from pathlib import Path

import pytest

from grader.evidence import journal
from grader.evidence.events import Stubbed, Summarised
from grader.evidence.journal import Journal, new_key, read_journal, sealed

KEY = new_key()


def line(**event: object) -> bytes:
    return sealed(json.dumps({"cell": 0, **event}).encode(), KEY)


def reading(path: Path, *lines: bytes, most: int = 100) -> Journal:
    written = path / "events.jsonl"
    written.write_bytes(b"".join(lines))
    return read_journal(written, KEY, most)


def test_what_the_recorder_wrote_comes_back_in_order(tmp_path: Path) -> None:
    read = reading(tmp_path, line(kind="summarised", model=1), line(kind="stubbed", name="wget"))
    assert read == Journal((Summarised(cell=0, model=1), Stubbed(cell=0, name="wget")), 0, 0)


def test_lines_of_other_hands_do_not_count_and_are_counted(tmp_path: Path) -> None:
    event = b'{"kind": "summarised", "cell": 0, "model": 1}'
    forged = (event + b"\n", sealed(event, new_key()), b"\x00\xff no event\n", b"[" * 10_000 + b"\n")
    assert reading(tmp_path, *forged) == Journal((), 0, 4)


def test_a_changed_line_loses_its_seal(tmp_path: Path) -> None:
    assert reading(tmp_path, line(kind="summarised", model=1).replace(b"1", b"2", 1)).foreign == 1


def test_a_line_that_the_end_of_the_kernel_cut_off_is_nobodys_forgery(tmp_path: Path) -> None:
    assert reading(tmp_path, line(kind="summarised", model=1)[:-30]) == Journal((), 0, 0)


def test_deep_and_crowded_lines_are_not_read(tmp_path: Path) -> None:
    deep: object = 1
    for _ in range(200):
        deep = [deep]
    odd = [
        line(kind="dataset", dataset=1, loader="x", arguments={"a": each}) for each in (deep, [0] * 300_000)
    ]
    assert reading(tmp_path, *odd) == Journal((), 2, 0)


def test_half_characters_which_no_file_could_hold_are_not_read(tmp_path: Path) -> None:
    read = reading(tmp_path, sealed(b'{"kind": "listed", "cell": 0, "path": "\\ud800"}', KEY))
    assert read == Journal((), 1, 0)


def test_what_would_fill_the_memory_in_all_is_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal, "_ALL_VALUES", 1_000)
    crowd = line(kind="dataset", dataset=1, loader="x", arguments={"a": [[]] * 100})
    read = reading(tmp_path, *[crowd] * 9, line(kind="summarised", model=1))
    assert (len(read.events), read.unreadable) == (5, 5)
    assert read.events[-1] == Summarised(cell=0, model=1), "what is small is still read"


def test_no_more_lines_are_read_than_the_recorder_writes(tmp_path: Path) -> None:
    assert len(reading(tmp_path, *[line(kind="summarised", model=1)] * 50, most=7).events) == 7


def test_a_kernel_that_wrote_nothing_has_an_empty_journal(tmp_path: Path) -> None:
    assert read_journal(tmp_path / "absent", KEY, 10) == Journal((), 0, 0)
