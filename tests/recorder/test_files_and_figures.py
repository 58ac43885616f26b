"""What is recorded of files that a notebook touches and figures that it shows."""

import pytest

from grader.evidence.events import FigureShown, FileRemoved, FileWritten, ImageOpened, Listed, PathMissing

FIGURES = {
    "setup": "import matplotlib.pyplot as plt, numpy as np, pandas as pd, seaborn as sns",
    "grid": """
fig, axes = plt.subplots(2, 3); fig.suptitle("Samples")
for ax in axes.ravel(): ax.imshow(np.full((12, 10, 3), 200, "uint8")); ax.set_title("acai")
plt.show()
""",
    "curves": """
plt.plot([3, 2, 1], label="train"); plt.plot([4, 3, 2], label="validation")
plt.title("Loss"); plt.xlabel("epoch"); plt.ylabel("loss"); plt.legend(); plt.show()
""",
    "no show": "plt.plot([1, 2])",
    "two": "plt.plot([1]); plt.show(); plt.plot([2]); plt.show()",
    "pandas": "_ = pd.DataFrame({'loss': [3, 2], 'val_loss': [4, 3]}).plot(title='History')",
    "heatmap": "_ = sns.heatmap(np.eye(3), annot=True)",
    "bars": "_ = plt.bar(['a', 'b', 'c'], [3, 1, 2])",
    "file": "plt.plot([1, 2]); plt.savefig('out.png'); plt.close()",
    "odd": "plt.plot(['a', 'b'], ['x', 'y']); plt.imshow(np.zeros((0, 0))); plt.show()",
    "nothing": "fig = plt.figure(); plt.close(fig)",
}


@pytest.fixture(scope="module")
def figures(kernels):
    played = kernels.play(*FIGURES.values())

    def of(name):
        index = list(FIGURES).index(name)
        assert played.status[index] == "ok", played.run.notebook.cells[index].outputs
        return [event for event in played.of(FigureShown) if event.cell == index]

    return of


def test_a_grid_of_pictures(figures):
    (figure,) = figures("grid")
    assert figure.title == "Samples"
    assert len(figure.axes) == 6
    assert len({round(ax.position[1], 3) for ax in figure.axes}) == 2
    assert figure.axes[0].title == "acai"
    assert figure.axes[0].pictures[0].shape == (12, 10, 3)
    assert figure.axes[0].pictures[0].thumbnail.array().mean() == pytest.approx(200)


def test_curves_with_labels_and_legend(figures):
    ((axes,),) = [figure.axes for figure in figures("curves")]
    assert (axes.title, axes.xlabel, axes.ylabel, axes.legend) == (
        "Loss",
        "epoch",
        "loss",
        ("train", "validation"),
    )
    assert [(line.label, line.values, line.length) for line in axes.lines] == [
        ("train", (3, 2, 1), 3),
        ("validation", (4, 3, 2), 3),
    ]


def test_figures_count_when_they_become_visible_however_they_were_made(figures):
    assert len(figures("no show")) == 1
    assert len(figures("two")) == 2
    assert [line.label for line in figures("pandas")[0].axes[0].lines] == ["loss", "val_loss"]
    assert figures("heatmap")[0].axes[0].mesh
    assert figures("bars")[0].axes[0].bars == 3
    assert figures("file")[0].path.endswith("/out.png")
    assert len(figures("odd")) == 1
    assert figures("nothing") == []


FILES = {
    "setup": """
import os, shutil, glob, cv2, numpy as np, tensorflow as tf
from pathlib import Path
from PIL import Image
os.makedirs("shots/one")
for name in ("a.jpg", "b.png", "c.jpeg", "d.jpg"): Image.new("RGB", (9, 9)).save(f"shots/one/{name}")
open("shots/one/bad.jpg", "wb").write(b"no picture")
""",
    "list": "os.listdir('shots'); list(Path('shots/one').iterdir())",
    "walk": "list(os.walk('shots')); glob.glob('shots/*/*.jpg')",
    "open": "Image.open('shots/one/a.jpg')",
    "open by others": "import keras\n_ = cv2.imread('shots/one/b.png'); keras.utils.load_img('shots/one/c.jpeg'); tf.io.read_file('shots/one/a.jpg'); _ = cv2.imread('shots/one/bad.jpg')",
    "broken": "Image.open('shots/one/bad.jpg')",
    "remove": "os.remove('shots/one/bad.jpg'); Path('shots/one/a.jpg').unlink()",
    "move": "shutil.move('shots/one/b.png', 'elsewhere.png'); os.rename('shots/one/d.jpg', 'd.jpg')",
    "remove tree": "shutil.rmtree('shots')",
    "write": "Path('report.txt').write_text('x'); np.save('numbers.npy', np.zeros(2))",
    "ask": "os.path.exists('/content/absent/train'), Path('/content/nowhere').is_dir()",
    "missing": "open('/content/data/labels.csv')",
    "odd": "os.path.exists(3), os.listdir(b'.'), os.listdir()",
}


@pytest.fixture(scope="module")
def files(kernels):
    played = kernels.play(*FILES.values())
    assert {name for i, name in enumerate(FILES) if played.status[i] == "failed"} == {"broken", "missing"}

    def of(name, kind):
        events = [event for event in played.of(kind) if event.cell == list(FILES).index(name)]
        return [event.path.partition("/content/")[2] or event.path for event in events]

    of.events = played.of
    return of


def test_listing(files):
    assert files("list", Listed) == ["shots", "shots/one"]
    assert {"shots", "shots/one"} <= set(files("walk", Listed))


def test_opening_by_any_library(files):
    assert files("open", ImageOpened) == ["shots/one/a.jpg"]
    assert files("open by others", ImageOpened) == [
        *("shots/one/b.png", "shots/one/c.jpeg", "shots/one/a.jpg", "shots/one/bad.jpg")
    ]
    assert files.events(ImageOpened)[4].error == "unreadable"
    assert files("broken", ImageOpened) == ["shots/one/bad.jpg"]


def test_removing_and_moving_away(files):
    assert files("remove", FileRemoved) == ["shots/one/bad.jpg", "shots/one/a.jpg"]
    assert files("move", FileRemoved) == ["shots/one/b.png", "shots/one/d.jpg"]
    assert files("move", FileWritten) == ["elsewhere.png", "d.jpg"]
    assert "shots" in files("remove tree", FileRemoved)


def test_writing(files):
    assert files("write", FileWritten) == ["report.txt", "numbers.npy"]


def test_paths_that_are_not_there(files):
    assert files("ask", PathMissing) == ["absent/train", "nowhere"]
    assert set(files("missing", PathMissing)) == {"data/labels.csv"}
