"""A dozen attacks on the grader, graded in a class of honest students: none gets anything, none changes theirs.

Both take a minute or two; the whole corpus is graded by make hostile.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from grader.execution.strengths import probe
from tests.hostile.attack import CORPUS
from tests.hostile.campaign import Report, campaign
from tests.hostile.corpus import FAMILIES

pytestmark = pytest.mark.skipif(not probe("namespaces").works, reason="no private namespaces on this machine")

FEW = (
    "read-around-the-root",
    "write-outside",
    "forge-whole-run",
    "forge-messages",
    "patch-through-wrappers",
    "end-daemon",
    "bomb-forks",
    "files-links",
    "files-link-to-write",
    "files-fifo-archive",
    "model-with-code",
    "markup-displays",
)
"""Of each family the ones that got something once, or that say most."""


def told(report: Report) -> list[str]:
    got = [f"{outcome.attack.name}: {'; '.join(outcome.got)}" for outcome in report.outcomes if outcome.got]
    changed = [f"{name}: {pair}" for name, pair in report.honest.items() if pair[0] != pair[1]]
    return [*got, *changed, *report.harm]


def test_the_corpus_has_attacks_of_every_family() -> None:
    assert len(CORPUS) >= 45
    assert {attack.family for attack in CORPUS.values()} == set(FAMILIES)


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_dozen_attacks_get_nothing(tmp_path: Path) -> None:
    report = campaign([CORPUS[name] for name in FEW], tmp_path)
    assert told(report) == []
    assert report.clean


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_loot_is_seen_where_there_is_no_sandbox(tmp_path: Path) -> None:
    """What the other tests do not find would be found."""
    readers = [CORPUS[name] for name in ("read-rubric", "read-home", "read-environment")]
    report = campaign(readers, tmp_path, "--sandbox", "none")
    assert all(any("loot" in each for each in outcome.got) for outcome in report.outcomes)
    assert not report.clean
