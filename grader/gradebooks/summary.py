"""What an export did and, above all, what it did not: nothing is left out without a line here."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from grader.gradebooks.book import Book, Entry
from grader.gradebooks.times import Times, late_by_name
from grader.reports.text import STATUS_WORDS, number
from grader.visible import one_line


def summary(book: Book, times: Times, notes: Iterable[str], confirm_in: str) -> list[str]:
    """The lines that the console and the summary file show.

    Args:
        book: the class.
        times: for what could not be read.
        notes: what the dialect has to say.
        confirm_in: where proposals are confirmed, in words.
    """
    return [one_line(line, limit=10**6) for line in _lines(book, times, notes, confirm_in)]


def _lines(book: Book, times: Times, notes: Iterable[str], confirm_in: str) -> Iterator[str]:
    if book.roster and book.matching:
        yield (
            f"{len(book.entries)} submissions, {len(book.roster.students)} students in "
            f"{book.roster.table.path.name}: {len(book.matching.students)} matched"
        )
    yield from notes
    yield from _about_marks(book)
    yield from _about_students(book, confirm_in)
    yield from _about_lateness(book, times)


def _about_marks(book: Book) -> Iterator[str]:
    proposed = sum(entry.grade.status == "needs_review" for entry in book.entries)
    if proposed:
        yield f"proposed marks, which a human is to confirm (the class page lists them): {proposed}"
    none = [entry for entry in book.entries if entry.mark is None]
    yield from _section(
        "no mark, and none written",
        (
            f"{entry.grade.submission}: {STATUS_WORDS[entry.grade.status]}: {entry.grade.reason}"
            for entry in none
        ),
    )


def _about_students(book: Book, confirm_in: str) -> Iterator[str]:
    if book.matching is None:
        return
    proposals = {proposal.submission: proposal for proposal in book.matching.proposals}
    yield from _section(
        f"near, and not used until confirmed ({confirm_in})",
        (f"{each.submission}: {each.student}, {each.likeness:.0%} alike" for each in proposals.values()),
    )
    yield from _section(
        "submissions without a student",
        (f"{name}: {why}" for name, why in book.matching.unmatched.items() if name not in proposals),
    )
    yield from _section("students without a submission", map(str, book.missing))


def _about_lateness(book: Book, times: Times) -> Iterator[str]:
    unreadable = [
        f"{entry.grade.submission}: {text}"
        for entry in book.entries
        if entry.student and entry.submitted is None and (text := times.unreadable(entry.student))
    ]
    yield from _section("times that could not be read (give them: --timestamps FILE)", unreadable)
    if book.policy is None:
        return
    late = [entry for entry in book.entries if entry.mark and entry.mark.days]
    yield from _section("late", map(_late, late))
    unknown = [entry for entry in book.entries if entry.mark and entry.submitted is None]
    if unknown:
        yield f"no time known, so no penalty, for {len(unknown)}: {_names(unknown)}"
    flagged = [entry for entry in unknown if late_by_name(entry.grade.handed_in_as)]
    if flagged:
        yield f"of these Canvas has marked as late (give their times: --timestamps FILE): {_names(flagged)}"


def _late(entry: Entry) -> str:
    mark = entry.mark
    assert mark is not None
    days = "1 day" if mark.days == 1 else f"{mark.days} days"
    sum_ = f"{number(mark.before)} − {number(mark.penalty)} = {number(mark.after)}"
    return f"{entry.grade.submission}: {days}: {sum_}"


def _section(heading: str, items: Iterable[str]) -> Iterator[str]:
    listed = list(items)
    if listed:
        yield f"{heading}: {len(listed)}"
        yield from (f"  {item}" for item in listed)


def _names(entries: Iterable[Entry]) -> str:
    return ", ".join(entry.grade.submission for entry in entries)
