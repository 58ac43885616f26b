"""``answered`` with a question: the answer is found behind it, or where words speak of it."""

from __future__ import annotations

import pytest
from evidence_builder import MET, PARTLY, Notebook, World, judge, judge_all, rubric_of, trained

BATCH = "Try another batch size. Is there any improvement?"
WHY = "Which phenomenon do you see, and what can be done?"


def grade(book: Notebook, **more: object):
    return judge(book, "answered", **({"question": BATCH, "about": ["batch", "improv"]} | more))


class TestBehindTheQuestion:
    def test_is_proposed_with_its_text(self, world: World) -> None:
        book = Notebook(world).markdown(BATCH).code("fit()").markdown("Batches of 64 gave no improvement.")
        result = grade(book)
        assert (result.status, result.earned, result.cells) == ("needs_review", MET, (2,))
        assert "“Batches of 64 gave no improvement.”" in result.found

    def test_a_hedge_is_half(self, world: World) -> None:
        book = Notebook(world).markdown(BATCH).markdown("I think the batch is ok.")
        result = grade(book)
        assert (result.status, result.earned) == ("needs_review", PARTLY)

    def test_words_beside_the_point_are_half(self, world: World) -> None:
        book = Notebook(world).markdown(BATCH).markdown("The images are small and of mixed quality.")
        result = grade(book)
        assert (result.status, result.earned) == ("needs_review", PARTLY) and "batch" in result.found

    def test_each_group_must_occur(self, world: World) -> None:
        groups = [["overfit"], ["dropout", "augment"]]
        book = Notebook(world).markdown(WHY).markdown("The network is over-fitting after five epochs.")
        assert grade(book, question=WHY, about=[], all_of=groups).earned == PARTLY
        book.markdown("Dropout would help.")
        assert grade(book, question=WHY, about=[], all_of=groups).earned == MET

    def test_in_one_line_with_the_task(self, world: World) -> None:
        book = Notebook(world).markdown("Comment on the batch size: 64 gives no improvement at all.")
        assert grade(book, question="Comment on the batch size").earned == MET

    def test_words_above_the_training_are_no_answer_to_what_came_of_it(self, world: World) -> None:
        early = Notebook(world).markdown(f"{BATCH}\n\nA batch of 64 is the usual one.").code().builds()
        book = early.code().compiles().code().fits().markdown("With more images in a batch it is no faster.")
        assert grade(book, after_network="cnn").cells == (4,)

    def test_numbers_and_few_words(self, world: World) -> None:
        book = Notebook(world).markdown(BATCH).markdown("Yes, 64: 0.52")
        assert grade(book).status == "not_attempted"
        assert grade(book, min_words=1, about=[]).earned == MET

    @pytest.mark.parametrize(
        "text", ["*Double-click or enter to edit*", "**Answer:** your answer here", "..."]
    )
    def test_template_text_is_none(self, world: World, text: str) -> None:
        assert grade(Notebook(world).markdown(BATCH).markdown(text)).status == "not_attempted"

    def test_the_question_itself_is_none(self, world: World) -> None:
        assert grade(Notebook(world).markdown(BATCH)).status == "not_attempted"

    def test_notes_on_the_code_are_none(self, world: World) -> None:
        book = Notebook(world).markdown(BATCH).code("# another batch size\nmodel.fit(x, y, batch_size=64)")
        assert grade(book).status == "not_attempted"


class TestElsewhere:
    def test_words_that_speak_of_it_count_where_nobody_asks(self, world: World) -> None:
        book = Notebook(world).code("fit()").markdown("With a batch of 64 the accuracy stays the same.")
        assert grade(book).earned == MET

    def test_words_on_something_else_do_not(self, world: World) -> None:
        book = Notebook(world).markdown("The photographs are small and have mixed backgrounds.")
        assert grade(book).status == "not_attempted"

    def test_the_worksheets_introduction_answers_nothing_that_is_asked_later(self, world: World) -> None:
        book = Notebook(world).markdown("You get to know how a batch is trained, and how to improve it.")
        book.code("fit()").markdown(BATCH)
        assert grade(book).status == "not_attempted"

    def test_below_the_training_of_the_network(self, world: World) -> None:
        words = "A larger batch makes each step smoother."
        before = Notebook(world).markdown(words).code().builds().code().compiles().code().fits()
        assert grade(before, after_network="cnn").status == "not_attempted"
        assert grade(trained(world).markdown(words), after_network="cnn").earned == MET

    def test_above_the_training_and_below_the_next_network_are_other_places(self, world: World) -> None:
        book = trained(world).markdown("## Question 9").code().markdown("A larger batch is an improvement.")
        there = grade(book, section="Question 9")
        elsewhere = grade(book.markdown("## Question 10").code(), section="Question 10")
        assert (there.earned, elsewhere.earned) == (MET, PARTLY)
        assert "elsewhere" in elsewhere.found
        named = book.markdown("## Question 11").markdown("Another batch size is no improvement to try.")
        assert grade(named, section="Question 9").earned == MET

    def test_words_before_the_training_are_none_even_where_it_is_asked(self, world: World) -> None:
        early = Notebook(world).markdown(f"{BATCH}\n\nWith a batch of 64 the accuracy stays the same.")
        book = early.code().builds().code().compiles().code().fits()
        assert grade(book).earned == MET
        assert grade(book, after_network="cnn").status == "not_attempted"

    def test_asked_before_the_training_no_other_answer_serves(self, world: World) -> None:
        lines = (
            {"check": "answered", "question": BATCH, "about": ["batch", "improv"], "after_network": "cnn"},
            {"check": "answered", "question": WHY, "all_of": [["overfit"], ["dropout"]]},
        )
        book = Notebook(world).markdown(BATCH).code().builds().code().compiles().code().fits().markdown(WHY)
        book.markdown("It is overfitting, there is no improvement by any batch; dropout would help.")
        assert [check.earned for check in judge_all(book, rubric_of(*lines))] == [0, MET]

    def test_in_a_section(self, world: World) -> None:
        book = (
            Notebook(world)
            .markdown("## Question 10")
            .code("fit()")
            .markdown("There is no improvement with 64.")
        )
        assert grade(book, section="Question 10").earned == MET
        assert grade(book.markdown("## Question 11"), section="Question 11").status == "not_attempted"


class TestOneTextForTwoQuestions:
    LINES = (
        {"check": "answered", "question": BATCH, "about": ["batch"]},
        {"check": "answered", "question": WHY, "all_of": [["overfit"], ["dropout"]]},
    )

    def marks(self, book: Notebook):
        return [check.earned for check in judge_all(book, rubric_of(*self.LINES))]

    def test_an_answer_to_one_is_none_to_the_other(self, world: World) -> None:
        book = Notebook(world).markdown(BATCH).code("fit()").markdown(WHY)
        book.markdown("It is overfitting; dropout or a smaller batch would help.")
        assert self.marks(book) == [0, MET]

    def test_unless_it_speaks_of_both(self, world: World) -> None:
        book = Notebook(world).markdown(BATCH).code("fit()")
        book.markdown("A batch of 64 changes nothing. It overfits as the first did, so dropout is needed.")
        assert self.marks(book) == [MET, MET]

    def test_a_sentence_away_from_its_question_answers_one_only(self, world: World) -> None:
        book = Notebook(world).code("fit()")
        book.markdown("A batch of 64 overfits as the first did, so dropout is needed.")
        assert sorted(self.marks(book)) == [0, MET]

    def test_sentences_go_where_they_answer_most(self, world: World) -> None:
        """The first speaks of both, the second of the batch alone."""
        book = Notebook(world).code("fit()")
        book.markdown("Any batch overfits, so dropout is needed.").code("fit()")
        book.markdown("A batch of 64 is no improvement.")
        assert self.marks(book) == [MET, MET]

    def test_where_both_are_asked_a_stem_or_two_is_not_speaking_of_both(self, world: World) -> None:
        book = Notebook(world).markdown(BATCH).markdown("*Double-click or enter to edit*").markdown(WHY)
        book.markdown("It is overfitting, there is no improvement by any batch; dropout would help.")
        lines = ({"check": "answered", "question": BATCH, "about": ["batch", "improv"]}, self.LINES[1])
        marks = [check.earned for check in judge_all(book, rubric_of(*lines))]
        assert marks == [0, MET]

    def test_a_hedge_behind_the_question_is_the_answer_whatever_stands_elsewhere(self, world: World) -> None:
        book = Notebook(world).markdown(BATCH).markdown("I think the batch is ok.").markdown("## Summary")
        book.markdown("A larger batch is an improvement in time, not in accuracy.")
        assert grade(book).earned == PARTLY
