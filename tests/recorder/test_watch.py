"""A function is watched under each name by which modules hold it, indexed or loaded later."""

from __future__ import annotations

import sys
from types import ModuleType

import pytest

from grader.recorder import watch


def made(name: str, **held: object) -> ModuleType:
    module = ModuleType(name)
    vars(module).update(held)
    return module


@pytest.mark.parametrize("indexed", [True, False])
def test_every_name_of_a_function(indexed: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    def load() -> str:
        return "loaded"

    shelf, inner = made("shelf", load=load, other=len), made("shelf.inner", read=load, again=load)
    elsewhere = made("elsewhere", load=load)
    for module in (shelf, inner, elsewhere):
        monkeypatch.setitem(sys.modules, module.__name__, module)
    monkeypatch.setattr(watch, "_index", {})
    monkeypatch.setattr(watch, "_indexed", set())
    if indexed:
        watch.index_modules()
    later = made("shelf.later", load=load)
    monkeypatch.setitem(sys.modules, "shelf.later", later)
    inner.again = len  # type: ignore[attr-defined]

    watch.watch_function(load, lambda wrapped, _, args, kwargs: f"seen, {wrapped()}", below=("shelf",))
    try:
        assert shelf.load() == inner.read() == later.load() == "seen, loaded"
        assert (shelf.other, inner.again, elsewhere.load) == (len, len, load)
    finally:
        watch.unwatch()
    assert shelf.load is inner.read is later.load is load
