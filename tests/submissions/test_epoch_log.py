"""Training logs in saved outputs, as Keras 2 and Keras 3 print them."""

import pytest

from grader.submissions.epoch_log import epoch_logs

KERAS_3 = (
    "Epoch 1/3\n"
    "\r1/2 ━━━━ 0s 9ms/step - accuracy: 0.1000 - loss: 2.0000"
    "\r2/2 ━━━━ 1s 7ms/step - accuracy: 0.1950 - loss: 2.1 - val_accuracy: 0.3704 - val_loss: 1.7836\n"
    "Epoch 2/3\n2/2 ━━━━ 1s 7ms/step - accuracy: 0.2950 - loss: 1.1 - val_accuracy: 0.4704 - val_loss: 1.6\n"
    "Epoch 3/3\n2/2 ━━━━ 1s 7ms/step - accuracy: 0.3950 - loss: 0.1 - val_accuracy: 0.5704 - val_loss: 1.5\n"
)
KERAS_2 = (
    "Epoch 1/2\n"
    "1562/1562 [====] - 45s 25ms/step - loss: 1.7 - accuracy: 0.3523 - val_loss: 1.2 - val_accuracy: 0.52\n"
    "Epoch 2/2\n"
    "1562/1562 [====] - 36s 23ms/step - loss: 1.3 - accuracy: 0.5095 - val_loss: 1.1 - val_accuracy: 0.59\n"
)


def test_each_epoch_has_its_last_figures():
    (log,) = epoch_logs(KERAS_3)
    assert (log.asked, log.accuracy, log.val_accuracy) == (3, (0.195, 0.295, 0.395), (0.3704, 0.4704, 0.5704))


def test_keras_2_reads_alike():
    (log,) = epoch_logs(KERAS_2)
    assert (log.asked, log.accuracy, log.val_accuracy) == (2, (0.3523, 0.5095), (0.52, 0.59))


def test_several_trainings_of_one_cell_are_told_apart():
    assert [log.asked for log in epoch_logs(KERAS_3 + "LR = 0.01\n" + KERAS_2 + KERAS_2)] == [3, 2, 2]


@pytest.mark.parametrize("metric", ["acc", "sparse_categorical_accuracy", "categorical_accuracy"])
def test_accuracy_under_its_other_names(metric):
    (log,) = epoch_logs(KERAS_3.replace("accuracy", metric))
    assert log.accuracy == (0.195, 0.295, 0.395)


def test_an_interrupted_training_keeps_the_epochs_that_it_finished():
    (log,) = epoch_logs(KERAS_3[: KERAS_3.index("Epoch 3/3")] + "Epoch 3/3\n")
    assert len(log.accuracy) == 2 and log.asked == 3


def test_other_metrics_and_other_words_are_no_accuracy():
    assert epoch_logs("Epoch 1/2\n1/1 - top_5_accuracy: 0.9 - loss: 0.1")[0].accuracy == ()
    assert epoch_logs("Test accuracy: 0.93\nepochs: 1/3") == ()


@pytest.mark.parametrize("figure", ["1e999", "7.5", "9" * 40, "nan", "0.5.5"])
def test_what_is_no_accuracy_is_left_out(figure):
    (log,) = epoch_logs(f"Epoch 1/1\n1/1 - accuracy: {figure}\n")
    assert log.accuracy == ()
