"""The teacher's copies of pre-trained weights."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import h5py
import pytest

from grader.cli.main import main
from grader.datasets.provision_weights import add, all_weights
from grader.errors import UserError
from grader.executors.jobs import weights_for

NOTOP = "xception_weights_tf_dim_ordering_tf_kernels_notop.h5"


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("GRADER_DATA", str(tmp_path / "data"))
    yield tmp_path


def file_of(
    home: Path, name: str = NOTOP, layers: Sequence[str] = ("block1_conv1", "block1_conv1_bn")
) -> Path:
    with h5py.File(home / name, "w") as file:
        file.attrs["layer_names"] = [layer.encode() for layer in layers]
    return home / name


def test_a_file_is_kept_under_its_networks_name(home: Path) -> None:
    copy = add("xception", file_of(home))
    assert (copy.base, copy.part, copy.source, copy.key) == ("Xception", "notop", NOTOP, "xception.notop")
    assert copy.path.read_bytes() == (home / NOTOP).read_bytes()
    assert all_weights() == [copy]


@pytest.mark.parametrize("name", ["Xception", "XCEPTION", NOTOP.removesuffix(".h5")])
def test_the_name_may_be_the_published_files(home: Path, name: str) -> None:
    assert add(name, file_of(home)).base == "Xception"


def test_with_its_top_is_another_file(home: Path) -> None:
    add("xception", file_of(home))
    add("xception", file_of(home, "all.h5", ["block1_conv1", "predictions"]))
    assert [copy.key for copy in all_weights()] == ["xception.notop", "xception.top"]


def test_a_file_added_again_takes_the_place_of_the_earlier(home: Path) -> None:
    add("xception", file_of(home))
    later = add("xception", file_of(home, "later.h5", ["block1_conv1"]))
    assert all_weights() == [later]
    assert len(list((home / "data/weights").glob("*.h5"))) == 1


def test_what_is_no_such_file_is_an_error(home: Path) -> None:
    (home / "text.h5").write_text("not found")
    for name, source, told in (
        ("xceptoin", file_of(home), 'no network "xceptoin"; did you mean "Xception"'),
        ("xception", home / "text.h5", "is no file of Keras weights"),
        ("xception", home / "absent.h5", "there is no such file"),
        ("xception", file_of(home, "other.h5", ["conv1_conv"]), "it has no layer block1_conv1"),
    ):
        with pytest.raises(UserError, match=told):
            add(name, source)
    assert all_weights() == []


def test_the_command_adds_lists_and_removes(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["data", "add", "xception", str(file_of(home))]) == 0
    assert "Xception: pre-trained weights without its top" in capsys.readouterr().out
    assert main(["data", "list"]) == 0
    assert "Xception weights notop" in " ".join(capsys.readouterr().out.split())
    assert main(["data", "remove", "xception"]) == 0
    assert all_weights() == []


def test_only_notebooks_that_use_such_networks_are_given_them(home: Path) -> None:
    copy = add("xception", file_of(home))
    given = ((copy.key, str(copy.path)),)
    assert weights_for("from tensorflow.keras.applications import Xception") == given
    assert weights_for("model = Sequential()") == ()
