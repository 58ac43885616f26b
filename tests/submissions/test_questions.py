"""Where a question stands in a notebook, and the words of the student's own behind it."""

import pytest

from grader.evidence.evidence import Cell
from grader.submissions.answers import written_texts
from grader.submissions.questions import is_hedge, likeness, pieces_of, regions_of

COMPARE = "Does the deeper model perform better? Comment on the observation."
DROPOUT = "Why does dropout help?"


def pieces(*cells: str, templates: tuple[str, ...] = ()):
    """Cells from text: code begins with ``>``."""
    kept = tuple(
        Cell(index=i, type="code", source=cell[1:].lstrip(), status="ok")
        if cell.startswith(">")
        else Cell(index=i, type="markdown", source=cell)
        for i, cell in enumerate(cells)
    )
    notebook = {"cells": [{"cell_type": cell.type, "source": cell.source} for cell in kept]}
    return pieces_of(kept, written_texts(notebook), templates)


def behind(question: str, *cells: str, templates: tuple[str, ...] = ()) -> list[str]:
    regions = regions_of(pieces(*cells, templates=templates), question)
    return [piece.text for region in regions for piece in region.pieces]


class TestRegions:
    def test_an_answer_in_the_next_cell(self):
        cells = (
            "Does the deeper model perform better?\nComment on the observation.",
            "> plot()",
            "It is better.",
        )
        assert behind(COMPARE, *cells) == ["It is better."]

    def test_an_answer_in_the_same_cell(self):
        assert behind(DROPOUT, "**Q16.** Why does dropout help?\n\nIt trains many networks at once.") == [
            "It trains many networks at once."
        ]

    def test_reworded_questions_are_found(self):
        assert behind(COMPARE, "* Comment: is the performance of the deeper model better?", "It is.") == [
            "It is."
        ]

    def test_a_heading_as_question(self):
        cells = ("## Why does dropout help", "### Answer", "It hides units.", "## Next", "Other words.")
        assert behind(DROPOUT, *cells) == ["It hides units."]

    def test_the_next_question_ends_it(self):
        cells = ("Why does dropout help?", "> pass", "Plot the confusion matrix.", "Cats are taken for dogs.")
        assert behind(DROPOUT, *cells) == []

    def test_questions_asked_in_one_breath_share_what_follows(self):
        cells = (
            f"* {DROPOUT}\n* What is the difference between softmax and sigmoid?",
            "1. It hides units.\n2. Softmax adds up to one.",
        )
        (both,) = behind(DROPOUT, *cells)
        assert "hides units" in both and "Softmax adds up" in both

    def test_a_comment_below_it(self):
        assert behind(DROPOUT, DROPOUT, "> # Units can no longer rely on each other.") == [
            "Units can no longer rely on each other."
        ]

    def test_template_text_is_no_answer(self):
        assert behind(DROPOUT, DROPOUT, "**Answer:** *Double-click or enter to edit*") == []

    def test_worksheet_text_is_no_answer(self):
        cells = (DROPOUT, "You may use up to three layers of it.")
        assert behind(DROPOUT, *cells, templates=("You may use up to three layers of it.",)) == []

    def test_words_that_have_some_of_the_questions_words_are_no_question(self):
        assert behind("How does the validation accuracy change?", "The validation accuracy is behind.") == []
        assert (
            behind("How does a larger batch help?", "A larger batch can help to use the GPU, I think.") == []
        )

    def test_nobody_asked(self):
        assert regions_of(pieces("Dropout is nice."), COMPARE) == ()

    def test_far_away_is_another_matter(self):
        assert behind(DROPOUT, DROPOUT, *["> train()"] * 9, "It hides units.") == []


class TestPieces:
    @pytest.mark.parametrize(
        "text",
        [
            "Train the network with batches of 64.",
            "Is it better?",
            "Q10) Now try another batch size and comment.",
            "In this exercise you will build a CNN.",
        ],
    )
    def test_what_worksheets_say(self, text):
        assert [piece.kind for piece in pieces(text)] in (["question"], ["heading"])

    @pytest.mark.parametrize(
        "text",
        [
            "Training got faster with batches of 64.",
            "Plots show that the network overfits after the fourth epoch.",
            "Using dropout made the curves meet.",
            "Yes, it is better.",
            "What I see is that cats and dogs are mixed up.",
            "Comment: the loss falls.",
        ],
    )
    def test_what_students_say(self, text):
        assert [piece.kind for piece in pieces(text)] == ["words"]


@pytest.mark.parametrize(
    ("question", "text", "alike"),
    [(COMPARE, COMPARE, 1.0), (COMPARE, "deeper models perform", 0.6), (DROPOUT, "batch size", 0.0)],
)
def test_likeness(question, text, alike):
    assert likeness(question, text) == pytest.approx(alike, abs=0.11)


class TestHedges:
    @pytest.mark.parametrize(
        "text",
        [
            "I think it is ok.",
            "Not sure.",
            "I don't know",
            "Maybe it is better, maybe not.",
            "It works fine.",
            "The results are good.",
            "I'm not really sure about that",
        ],
    )
    def test_commit_to_nothing(self, text):
        assert is_hedge(text)

    @pytest.mark.parametrize(
        "text",
        [
            "Yes, it is better.",
            "No",
            "I think the validation loss rises because the network overfits.",
            "The accuracy rises from 0.45 to 0.52.",
            "Maybe dropout keeps single units from dominating the dense layer.",
        ],
    )
    def test_commit_to_something(self, text):
        assert not is_hedge(text)


class TestNumberedLinesOfTheWorksheet:
    LINES = ("Use of activation functions", "Differences between categorical and binary crossentropy")
    CELL = (
        "1 - Use of activation functions:\n\nThey bend what is linear.\n\n"
        "2 - Differences between categorical and binary crossentropy:\n\n"
        "Binary crossentropy:\n- for two classes\n\nCategorical crossentropy:\n- for many classes"
    )

    def test_begin_the_next_answer(self) -> None:
        found = [(piece.kind, piece.text.split("\n")[0]) for piece in pieces(self.CELL, templates=self.LINES)]
        assert [kind for kind, _ in found] == ["question", "words", "question", "words"]

    def test_words_of_the_question_may_head_a_part_of_the_answer(self) -> None:
        asked = "What is the difference between categorical and binary crossentropy?"
        (answer,) = behind(asked, self.CELL, templates=self.LINES)
        assert "Binary crossentropy" in answer and "for many classes" in answer
