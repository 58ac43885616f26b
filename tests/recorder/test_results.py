"""What is recorded of results: heat maps, bars, texts, pictures put together, counted matrices, scores."""

import numpy as np
import pytest

from grader.evidence.events import FigureShown, MetricCalled, Predicted
from grader.evidence.thumbnails import block_means

MATRIX = np.arange(100).reshape(10, 10)

CELLS = {
    "setup": """
import matplotlib.pyplot as plt, numpy as np, pandas as pd, seaborn as sns, tensorflow as tf, keras
from sklearn.metrics import ConfusionMatrixDisplay, confusion_matrix
matrix = np.arange(100).reshape(10, 10)
true, given = [0, 1, 2, 2, 1], np.array([0, 1, 1, 2, 0])
""",
    "heatmap": "_ = sns.heatmap(matrix, annot=True, fmt='d')",
    "frame": "_ = sns.heatmap(pd.DataFrame(matrix), cbar=False)",
    "imshow": "plt.imshow(matrix, cmap='Blues'); plt.colorbar(); plt.show()",
    "matshow": "_ = plt.matshow(matrix)",
    "mesh": "_ = plt.pcolormesh(matrix)",
    "display": "_ = ConfusionMatrixDisplay.from_predictions(true, given)",
    "bars": "_ = plt.bar(['a', 'b', 'c'], [0.2, 0.7, 0.1])",
    "lying bars": "_ = plt.barh(['a', 'b', 'c'], [0.2, 0.7, 0.1])",
    "seaborn bars": "_ = sns.barplot(x=[0.2, 0.7, 0.1], y=['a', 'b', 'c'], orient='h')",
    "histogram": "_ = plt.hist([1, 1, 2, 3], bins=3)",
    "texts": "plt.imshow(np.zeros((4, 4, 3))); plt.text(0, 0, 'cat'); plt.annotate('dog' * 50, (1, 1)); plt.show()",
    "put together": """
tiles = np.random.default_rng(0).random((12, 32, 32, 3))
plt.imshow(np.vstack([np.hstack(list(tiles[row * 4 : row * 4 + 4])) for row in range(3)])); plt.show()
""",
    "photograph": "plt.imshow(np.zeros((100, 120, 3))); plt.show()",
    "tensorflow": "tf.math.confusion_matrix(true, given)",
    "tensorflow by name": "tf.math.confusion_matrix(labels=true, predictions=given, num_classes=3)",
    "pandas": "pd.crosstab(pd.Series(true), pd.Series(given), rownames=['true'], colnames=['given'])",
    "scikit-learn": "confusion_matrix(y_true=true, y_pred=given)",
    "predict": """
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3, activation="softmax")])
scores = model.predict(np.random.default_rng(0).random((40, 4)), verbose=0)
print(scores[5].tolist())
""",
}


@pytest.fixture(scope="module")
def of(kernels):
    played = kernels.play(*CELLS.values())

    def events(name, kind):
        index = list(CELLS).index(name)
        assert played.status[index] == "ok", played.run.notebook.cells[index].outputs
        return [event for event in played.of(kind) if event.cell == index]

    events.text = lambda name: played.text(list(CELLS).index(name))
    return events


@pytest.mark.parametrize("name", ["heatmap", "frame", "imshow", "matshow", "mesh"])
def test_a_matrix_drawn_keeps_its_shape_and_the_means_of_its_values(of, name):
    (figure,) = of(name, FigureShown)
    axes = figure.axes[0]
    (picture,) = axes.heat_maps or axes.pictures
    assert picture.shape == (10, 10)
    assert np.allclose(picture.thumbnail.array()[0], block_means(MATRIX[None])[0])


def test_numbers_written_into_a_heat_map(of):
    assert of("heatmap", FigureShown)[0].axes[0].texts == tuple(map(str, range(100)))


@pytest.mark.parametrize("name", ["bars", "lying bars", "seaborn bars"])
def test_bars_by_their_lengths(of, name):
    assert of(name, FigureShown)[0].axes[0].bar_values == (0.2, 0.7, 0.1)


def test_the_bars_of_a_histogram(of):
    assert of("histogram", FigureShown)[0].axes[0].bar_values == (2, 1, 1)


def test_texts_are_shortened(of):
    assert of("texts", FigureShown)[0].axes[0].texts == ("cat", ("dog" * 50)[:60])


def test_a_picture_put_together_is_taken_apart(of):
    picture = of("put together", FigureShown)[0].axes[0].pictures[0]
    tiles = np.random.default_rng(0).random((12, 32, 32, 3))
    assert picture.shape == (96, 128, 3)
    assert np.allclose(picture.tiles.array(), block_means(tiles))


def test_a_single_photograph_is_not(of):
    assert of("photograph", FigureShown)[0].axes[0].pictures[0].tiles is None


@pytest.mark.parametrize(
    ("name", "known_as"),
    [
        ("display", "confusion_matrix"),
        ("tensorflow", "confusion_matrix"),
        ("tensorflow by name", "confusion_matrix"),
        ("pandas", "crosstab"),
        ("scikit-learn", "confusion_matrix"),
    ],
)
def test_matrices_counted_by_any_library(of, name, known_as):
    (metric,) = of(name, MetricCalled)
    assert (metric.name, metric.true, metric.predicted) == (known_as, (0, 1, 2, 2, 1), (0, 1, 1, 2, 0))


def test_the_first_scores_of_a_prediction(of):
    (event,) = of("predict", Predicted)
    assert len(event.scores) == 32
    printed = [float(each) for each in of.text("predict").strip(" []\n").split(",")]
    assert event.scores[5] == pytest.approx(printed, abs=1e-5)
