"""What a student wrote, and the section in which it stands."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.submissions.answers import is_labelled, is_template, own_words, plain, written_texts
from grader.submissions.sections import cells_of, sections

TEMPLATES = (
    "Use the fit function to train the model. Set the batch size to 16 and the number of epochs to 250.",
    "Describe what you see in the images.",
    "Use callbacks for avoiding overfitting.",
)


def notebook(*cells):
    """Cells from text: code begins with ``>``."""
    return {
        "cells": [
            {"cell_type": "code", "source": cell[1:].lstrip()}
            if cell.startswith(">")
            else {"cell_type": "markdown", "source": cell}
            for cell in cells
        ]
    }


class TestWrittenTexts:
    def test_markdown_comments_and_printed_words_in_order(self):
        texts = written_texts(
            notebook(
                "## Task 1\nThe fruits differ in *colour*.",
                "> # The photographs are small\n# and dark.\nx = 1\n"
                "print('They vary', x)\nprint(f'{x} images are blurred')",
            )
        )
        assert [(text.cell, text.kind, text.text) for text in texts] == [
            (0, "markdown", "The fruits differ in colour."),
            (1, "comment", "The photographs are small\nand dark."),
            (1, "printed", "They vary"),
            (1, "printed", "… images are blurred"),
        ]

    def test_code_that_was_commented_out_is_not_writing(self):
        assert written_texts(notebook("> # model.fit(x, epochs=3)\n# x = 1\n#-----\npass")) == ()

    def test_headings_badges_pictures_and_rules_are_not_writing(self):
        badge = (
            '<a href="https://colab.research.google.com/x"><img src="https://x.svg" alt="Open In Colab"/></a>'
        )
        assert (
            written_texts(
                notebook(badge, "# Task 1: CNN", "![a](data:image/png;base64,AAAA)", "---", "<h1>A</h1>")
            )
            == ()
        )

    def test_a_huge_embedded_picture_is_quick(self):
        assert plain("Look: ![a](data:image/gif;base64," + "A" * 3_000_000 + ") wide") == "Look:   wide"

    @pytest.mark.parametrize(
        ("text", "labelled"),
        [
            ("Observation: the images vary", True),
            ("**Observations:**\n- they vary", True),
            ("What did you observe?\nThey vary", True),
            ("Answer – they vary", True),
            ("The images vary in size", False),
            ("No answer of mine can be short", False),
        ],
    )
    def test_what_calls_itself_an_answer(self, text, labelled):
        assert is_labelled(text) is labelled


class TestTemplates:
    @pytest.mark.parametrize(
        "text",
        [
            "",
            "*Double-click (or enter) to edit*",
            "Your answer here",
            "**Answer:** your answer here",
            "Answer:",
            "TODO",
            "# Task 1: Data understanding",
            "https://keras.io",
            "Describe what you see in the images!",
            "describe what you see on the images",
            "Use the fit function to train the model.\n"
            "Set the batch size to 16 and the number of epochs\nto 250.",
            "Set the batch size to 16",
            "* Use callbacks for avoid-\ning overfitting.",
            "What did you observe?",
        ],
    )
    def test_no_answers(self, text):
        assert is_template(text, TEMPLATES)

    @pytest.mark.parametrize(
        "text",
        [
            "The fruits have different sizes.",
            "Describe what you see in the images.\n\nThey are of mixed sizes and some are blurred.",
            "Observation: colours differ between classes",
            "What did you observe? Some photographs are drawings.",
            "I set the batch size to 32 because memory was short.",
        ],
    )
    def test_answers(self, text):
        assert not is_template(text, TEMPLATES)

    def test_what_is_left_is_the_students(self):
        text = "Describe what you see in the images.\nAnswer: Mixed sizes; set the batch size to 8."
        assert own_words(text, TEMPLATES) == "mixed sizes set the batch size to 8"

    @given(st.lists(st.sampled_from(TEMPLATES), max_size=5).map("\n\n".join))
    def test_templates_in_any_order_are_templates(self, text):
        assert is_template(text, TEMPLATES)

    @given(st.text(max_size=200))
    def test_any_text_can_be_judged(self, text):
        is_template(text, TEMPLATES)


class TestSections:
    BOOK = notebook(
        "# Worksheet",  # 0
        "## Task 1: Look",  # 1
        "> look()",  # 2
        "### 1b. Corrupted",  # 3
        "> check()",  # 4
        "**Task-2 Load**",  # 5
        "> load()",  # 6
        "TASK3\n\nBuild the network",  # 7
        "> build()\n# --- Task 4: compile ---\ncompile()",  # 8
        "> # Task 4 train\nfit()",  # 9
        "# Conclusion",  # 10
        "Done.",  # 11
    )

    @pytest.mark.parametrize(
        ("title", "cells"),
        [
            ("Task 1", (1, 2, 3, 4)),
            ("task 2", (5, 6)),
            ("Task 3", (7, 8)),
            ("Task 4", (8, 9)),
            ("Task 5", ()),
            ("Corrupted", (3, 4)),
            ("conclusion", (10, 11)),
            ("Worksheet", tuple(range(10))),
        ],
    )
    def test_cells_of_a_question(self, title, cells):
        assert cells_of(sections(self.BOOK), title) == cells

    def test_task_1_is_not_task_10_but_holds_task_1_2(self):
        book = notebook("# Task 1", "> a", "## Task 1.2", "> b", "# Task 10", "> c")
        known = sections(book)
        assert cells_of(known, "Task 1") == (0, 1, 2, 3)
        assert cells_of(known, "Task 1.2") == (2, 3)
        assert cells_of(known, "Task 10") == (4, 5)

    def test_html_and_question_words(self):
        known = sections(notebook("<h2>Question 2</h2>", "> a", "Q3)", "> b"))
        assert cells_of(known, "Q2") == (0, 1) and cells_of(known, "Question 3") == (2, 3)

    def test_a_comment_that_mentions_a_task_is_no_heading(self):
        assert sections(notebook("> x = 1  # as in Task 3\n# see Task 3 for more\n")) == ()

    def test_a_notebook_without_headings_has_no_sections(self):
        assert sections(notebook("> a", "words")) == () and cells_of((), "Task 1") == ()

    def test_of_a_text_that_consists_of_headings_the_first_are_read(self):
        titles = [section.title for section in sections(notebook("Task 1\n" * 14_000))]
        assert titles == ["Task 1"] * 500
