"""Specification of how a sandbox is chosen, and what is told where the strongest cannot be had."""

from __future__ import annotations

from pathlib import Path

import pytest

from grader.cli import settings
from grader.cli.main import main
from grader.cli.settings import settings_of
from grader.errors import UserError
from grader.execution.request import Strength
from grader.execution.strengths import STRENGTHS, Probed, probe, strongest


def on_a_machine_with(only: set[Strength], monkeypatch: pytest.MonkeyPatch) -> None:
    def tried(strength: Strength) -> Probed:
        works = strength in only or strength == "none"
        return Probed(strength, works, "" if works else "it is not there")

    monkeypatch.setattr(settings, "probe", tried)
    monkeypatch.setattr(settings, "strongest", lambda: next(each for each in STRENGTHS if tried(each).works))


def chosen(tmp_path: Path, **options: object) -> Strength:
    given = {"cache": tmp_path, "jobs": 1, "limits": []} | options
    return settings_of("worksheet5", **given).sandbox  # type: ignore[arg-type]


def test_by_itself_the_strongest_is_taken_and_a_weaker_one_told(tmp_path, monkeypatch, capsys):
    on_a_machine_with({"namespaces", "landlock"}, monkeypatch)
    assert chosen(tmp_path) == "namespaces"
    assert capsys.readouterr().err == ""
    on_a_machine_with({"landlock", "user"}, monkeypatch)
    assert chosen(tmp_path) == "landlock"
    assert "Landlock" in capsys.readouterr().err


def test_without_any_sandbox_nothing_is_run_unless_the_teacher_says_so(tmp_path, monkeypatch, capsys):
    on_a_machine_with(set(), monkeypatch)
    with pytest.raises(UserError, match="--sandbox none"):
        chosen(tmp_path)
    assert chosen(tmp_path, sandbox="none") == "none"
    assert "your own rights" in capsys.readouterr().err
    # On a machine of the student's own, or one that is thrown away.
    assert chosen(tmp_path, trusting=True) == "none"


def test_a_sandbox_that_cannot_be_had_is_refused_with_the_reason(tmp_path, monkeypatch):
    on_a_machine_with({"landlock"}, monkeypatch)
    with pytest.raises(UserError, match="--sandbox namespaces: it is not there"):
        chosen(tmp_path, sandbox="namespaces")


def test_doctor_shows_every_sandbox_and_why_one_cannot_be_had(tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    code = main(["doctor", "--cache", str(tmp_path / "none yet")])
    assert code == (0 if strongest() != "none" else 1)
    told = capsys.readouterr().out
    for strength in STRENGTHS:
        (line,) = (line for line in told.splitlines() if line[1:].strip().startswith(f"{strength}  "))
        assert line.startswith("✓" if probe(strength).works else "–")
        assert probe(strength).why_not[:30] in line
    assert "GiB free" in told and str(tmp_path) in told.replace("\n", "")
