"""Code that counts samples is told apart from code that counts anything else."""

import nbformat.v4 as nb
import pytest

from grader.submissions.counting import counts_samples
from grader.submissions.source import parse_cells


def counts(*cells):
    return counts_samples(parse_cells(nb.new_notebook(cells=[nb.new_code_cell(cell) for cell in cells])), 500)


@pytest.mark.parametrize(
    "code",
    [
        "x_val = x_train[40000:]",
        "x_part = x_train[:-5000, :, :]",
        "plt.imshow(x_train[1234])",
        "train_test_split(x_train, y_train, test_size=10000)",
        "data.skip(45000)",
        "for i in range(50000): show(i)",
        "np.random.choice(60000, 9)",
        "flat = x_train.reshape(50000, 3072)",
        "flat = np.reshape(x_train, (50000, 3072))",
        "x_train = x_train.reshape((60000, 28, 28, 1))",
        "x_train[: 40 * 1000]",
    ],
)
def test_rows_by_number(code):
    assert counts(code)


def test_a_name_that_holds_the_number():
    assert counts("VALIDATION = 5000", "x_val = x_train[-VALIDATION:]")


@pytest.mark.parametrize(
    "code",
    [
        "x_train[:100]",
        "flat = x_train.reshape(-1, 3072)",
        "flat = x_train.reshape(len(x_train), 32 * 32 * 3)",
        "x_train[:, 1000:]",
        "train_test_split(x_train, y_train, test_size=0.2, random_state=4200)",
        "model.fit(x_train, y_train, epochs=1000, batch_size=1024)",
        "data.shuffle(50000).batch(64)",
        "Dense(1024)",
        "this does not parse x[9000]",
    ],
)
def test_other_numbers(code):
    assert not counts(code)
