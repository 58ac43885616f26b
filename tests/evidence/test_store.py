"""The evidence store: whole entries or none, and keys of everything that could have changed a run."""

import shutil
import threading

import nbformat
import pytest

from grader.evidence import store as store_module
from grader.evidence.events import Summarised
from grader.evidence.evidence import Cell, Evidence
from grader.evidence.store import EvidenceStore, ExecutedNotebooks, evidence_key, fingerprint

EVIDENCE = Evidence(
    notebook="a.ipynb",
    cells=(Cell(index=0, type="code", source="1", status="ok", text="über\n"),),
    events=(Summarised(cell=0, model=1),),
)
NOTEBOOK = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("1")])
KEY = "ab" * 32


@pytest.fixture
def store(tmp_path):
    made = EvidenceStore(tmp_path / "evidence")
    made.put(KEY, EVIDENCE, NOTEBOOK)
    return made


def files(store, name):
    (file,) = store.folder.rglob(name)
    return file


def test_what_was_kept_comes_back(store):
    assert EvidenceStore(store.folder).get(KEY) == EVIDENCE
    assert store.executed(KEY) == NOTEBOOK
    assert store.get("cd" * 32) is None
    assert store.executed("cd" * 32) is None


def test_an_entry_replaces_an_earlier_one_and_leaves_no_rest(store):
    other = EVIDENCE.model_copy(update={"notebook": "b.ipynb"})
    store.put(KEY, other, NOTEBOOK)
    assert store.get(KEY) == other
    assert not list(store.folder.rglob(".new-*"))


def test_a_notebook_of_which_a_kernel_sent_half_a_character_is_kept(store):
    printed = nbformat.v4.new_output("stream", text="\ud800 1")
    store.put(
        KEY, EVIDENCE, nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("1", outputs=[printed])])
    )
    assert store.executed(KEY).cells[0].outputs[0].text == "? 1"


@pytest.mark.parametrize("keep", [0, 10, -1])
def test_a_truncated_entry_is_none(store, keep):
    for name in ("evidence.json.gz", "executed.ipynb.gz"):
        file = files(store, name)
        file.write_bytes(file.read_bytes()[:keep])
    assert store.get(KEY) is None
    assert store.executed(KEY) is None


@pytest.mark.parametrize("at", [0, 5, 30, 60, 100])
def test_a_corrupted_entry_is_none_or_what_was_kept(store, at):
    file = files(store, "evidence.json.gz")
    content = bytearray(file.read_bytes())
    content[at % len(content)] ^= 0xFF
    file.write_bytes(bytes(content))
    assert store.get(KEY) in (None, EVIDENCE)


def test_an_entry_of_another_shape_is_none(store):
    import gzip

    files(store, "evidence.json.gz").write_bytes(gzip.compress(b'{"notebook": "a", "unknown": 1}'))
    assert store.get(KEY) is None
    files(store, "executed.ipynb.gz").write_bytes(gzip.compress(b'{"cells": 3}'))
    assert store.executed(KEY) is None


@pytest.mark.parametrize("name", ["evidence.json.gz", "executed.ipynb.gz"])
def test_an_entry_of_which_a_part_is_spoilt_is_none_until_it_is_kept_anew(store, name):
    file = files(store, name)
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 0x10
    file.write_bytes(bytes(content))
    assert store.get(KEY) is None
    store.put(KEY, EVIDENCE, NOTEBOOK)
    assert store.get(KEY) == EVIDENCE
    assert store.executed(KEY) == NOTEBOOK


def test_two_batches_that_keep_the_same_run_at_once_leave_it_whole(store):
    faults = []

    def keep():
        try:
            for _ in range(30):
                EvidenceStore(store.folder).put(KEY, EVIDENCE, NOTEBOOK)
        except OSError as fault:
            faults.append(fault)

    batches = [threading.Thread(target=keep) for _ in range(3)]
    for batch in batches:
        batch.start()
    for batch in batches:
        batch.join()
    assert faults == []
    assert store.get(KEY) == EVIDENCE
    assert not list(store.folder.rglob(".new-*"))


def test_a_folder_that_vanished_is_an_entry_that_is_not_there(store):
    shutil.rmtree(store.folder)
    assert store.get(KEY) is None
    store.put(KEY, EVIDENCE, NOTEBOOK)
    assert store.get(KEY) == EVIDENCE


def test_keys_change_with_the_notebook_the_settings_and_the_code(monkeypatch):
    keys = {evidence_key(b"notebook", {"a": 1, "b": [1]}), evidence_key(b"notebook", {"b": [1], "a": 1})}
    assert len(keys) == 1
    keys |= {evidence_key(b"notebook ", {"a": 1, "b": [1]}), evidence_key(b"notebook", {"a": 2, "b": [1]})}
    monkeypatch.setattr(store_module, "fingerprint", lambda: "another code")
    keys.add(evidence_key(b"notebook", {"a": 1, "b": [1]}))
    assert len(keys) == 4


def test_the_fingerprint_holds_while_nothing_changes():
    before = fingerprint()
    fingerprint.cache_clear()
    assert fingerprint() == before
    assert len(before) == 64


def test_executed_notebooks_are_read_when_asked_for(store):
    notebooks = ExecutedNotebooks(store, {"anna": KEY, "bela": "cd" * 32})
    assert list(notebooks) == ["anna", "bela"]
    assert notebooks["anna"] == NOTEBOOK
    assert notebooks["bela"] is None
    with pytest.raises(KeyError):
        notebooks["nobody"]
