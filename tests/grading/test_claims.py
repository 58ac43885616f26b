"""What saved outputs claim: read as they stand, and doubted where the code does not bear them out."""

from evidence_builder import Notebook, rubric_of, trained, works

from grader.grading.claims import claims_of, doubts_of
from grader.training.calibration import Judgement
from grader.training.result import TrainingResult

RUBRIC = rubric_of({"check": "trains", "network": "cnn", "data": "fruits", "epochs": 12})


def log(asked=250, figures=(0.2, 0.4, 0.6)):
    return "".join(
        f"Epoch {number}/{asked}\n3/3 ━━━ 1s 9ms/step - accuracy: {figure} - loss: 1.0 "
        f"- val_accuracy: {figure + 0.05:.2f} - val_loss: 1.1\n"
        for number, figure in enumerate(figures, 1)
    )


def summary(trainable):
    return f" Total params: 9,999 (3 KB)\n Trainable params: {trainable} (2 KB)\n Non-trainable params: 7\n"


def claiming(book: Notebook, claimed: str, text: str = "") -> Notebook:
    """The last cell with the output that the student saved, and what it printed when it ran."""
    book.cells[-1] = book.cells[-1].model_copy(update={"claimed": claimed, "text": text})
    return book


def claims_and_doubts(book, **known):
    work, _ = works(book, RUBRIC, **known)
    claims = claims_of(work)
    return claims, doubts_of(work, claims)


def test_the_saved_log_of_the_training_that_counts_is_the_claim(world):
    (claim,), doubts = claims_and_doubts(claiming(trained(world), log()))
    assert (claim.network, claim.cell, claim.epochs) == ("cnn", 2, 250)
    assert claim.accuracy == (0.2, 0.4, 0.6) and claim.val_accuracy == (0.25, 0.45, 0.65)
    assert doubts == ()


def test_of_two_trainings_in_a_cell_each_has_its_own_log(world):
    book = claiming(trained(world).fits(), log(figures=(0.1, 0.2)) + log(figures=(0.7, 0.8)))
    (claim,), _ = claims_and_doubts(book)
    assert claim.accuracy == (0.7, 0.8)


def test_without_saved_output_there_is_no_claim(world):
    assert claims_and_doubts(trained(world)) == ((), ())
    assert claims_and_doubts(claiming(trained(world), "done\n")) == ((), ())


def test_output_of_another_number_of_epochs_is_doubted(world):
    _, doubts = claims_and_doubts(claiming(trained(world), log(asked=25)))
    assert doubts == ("Cell 3: the saved output is of a training of 25 epochs, the code asks for 250.",)


def test_a_summary_of_another_network_is_doubted_and_the_optimizer_s_numbers_are_not(world):
    book = claiming(Notebook(world).code().builds(), summary("12,345"), summary("2,116,454"))
    _, doubts = claims_and_doubts(book)
    assert doubts == (
        "Cell 1: the saved summary shows 12,345 trainable parameters, the code builds 2,116,454.",
    )
    same = summary("2,116,454").replace("9,999", "6,349,364")
    assert claims_and_doubts(claiming(book, same, summary("2,116,454")))[1] == ()
    other_keras = claiming(book, summary("2116454"), summary("2,116,454"))
    assert claims_and_doubts(other_keras)[1] == ()


def test_an_accuracy_out_of_the_network_s_reach_is_doubted(world):
    poor = TrainingResult(accuracy=0.21, curve=(0.2, 0.21, 0.22))
    judgement = Judgement(passed=False, accuracy=0.21, threshold=0.47, tries=(poor,))
    book = claiming(trained(world), log(figures=(0.3, 0.5, 0.9, 0.95)))
    _, (doubt,) = claims_and_doubts(book, judgements={"cnn": judgement})
    assert "a validation accuracy of 0.95 within 3 epochs" in doubt and "reached 0.21" in doubt
    modest = claiming(trained(world), log(figures=(0.3, 0.4, 0.5)))
    assert claims_and_doubts(modest, judgements={"cnn": judgement})[1] == ()
    passed = judgement.model_copy(update={"passed": True})
    assert claims_and_doubts(book, judgements={"cnn": passed})[1] == ()
