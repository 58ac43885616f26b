"""Rungs: what fails on reduced data counts only when it fails at full size; a broken photograph is planted apart."""

import pytest

from grader.datasets.arrays import serve_array
from grader.evidence.events import DatasetLoaded, FigureShown, Fitted, ImageOpened
from grader.evidence.settings import RecorderSettings

COUNT = """
import os
found = sum(len(names) for _, _, names in os.walk("/content/FruitinAmazon/train"))
print(found)
"""


@pytest.fixture(scope="module")
def mnist(tmp_path_factory):
    cache = tmp_path_factory.mktemp("arrays")
    return {size: (("mnist", str(serve_array("mnist", size, cache))),) for size in ("reduced", "full")}


def test_the_reduced_size_comes_first_and_is_enough_when_nothing_fails(sandboxed, fruits):
    stages = []
    evidence = sandboxed.climb(COUNT, data=(fruits,), on_stage=stages.append).evidence
    assert (evidence.rung, evidence.cells[0].text) == ("reduced", "6\n")
    assert stages == ["cell 1 of 1"]


def test_a_cell_that_fails_on_reduced_data_is_judged_at_full_size(sandboxed, fruits):
    evidence = sandboxed.climb(COUNT, "assert found == 12", data=(fruits,)).evidence
    assert (evidence.rung, evidence.cells[0].text, evidence.cells[1].status) == ("full", "12\n", "ok")


def test_a_variant_is_run_at_the_size_that_is_known_to_be_right(sandboxed, fruits):
    cells = (COUNT, "assert found == 12")
    evidence = sandboxed.climb(*cells, data=(fruits,), only="reduced").evidence
    assert (evidence.rung, evidence.cells[1].status) == ("reduced", "failed")


def test_what_fails_at_both_sizes_is_a_failure(sandboxed, fruits):
    evidence = sandboxed.climb(COUNT, "assert found == 99", "print(found)", data=(fruits,)).evidence
    assert evidence.rung == "full"
    assert [cell.status for cell in evidence.cells] == ["ok", "failed", "ok"]
    assert evidence.cells[1].error.name == "AssertionError"


def test_behind_a_cell_that_is_too_much_for_the_full_size_the_reduced_one_tells_more(sandboxed, fruits):
    greedy = "labels = [found]\nif found > 6: raise MemoryError\nlabels = [labels]"
    evidence = sandboxed.climb(COUNT, greedy, "assert labels == [found]", data=(fruits,)).evidence
    assert evidence.rung == "reduced"
    assert [cell.status for cell in evidence.cells] == ["ok", "ok", "failed"]


def test_keras_data_sets_are_served_reduced_and_whole_where_the_code_insists(kernels, mnist):
    load = "from tensorflow.keras.datasets import mnist\n(x, y), (a, b) = mnist.load_data()\nprint(x.shape, x.dtype, y.shape)"
    evidence = kernels.climb(load, arrays=mnist).evidence
    assert (evidence.rung, evidence.cells[0].text) == ("reduced", "(2000, 28, 28) uint8 (2000,)\n")
    assert next(evidence.of(DatasetLoaded)).loader == "mnist.load_data"
    evidence = kernels.climb(
        "import keras\n(x, y), _ = keras.datasets.mnist.load_data()",
        "flat = x.reshape(60000, 784); print(flat.shape)",
        arrays=mnist,
    ).evidence
    assert (evidence.rung, evidence.cells[1].text) == ("full", "(60000, 784)\n")


SLICES = """
import keras
(x, y), _ = keras.datasets.mnist.load_data()
model = keras.Sequential([keras.layers.Flatten(), keras.layers.Dense(10, activation="softmax")])
model.compile("sgd", "sparse_categorical_crossentropy")
model.fit(x[:50000] / 255.0, y[:50000], validation_data=(x[50000:] / 255.0, y[50000:]), verbose=0)
"""


def test_code_that_counts_samples_begins_at_full_size(kernels, mnist):
    stages = []
    evidence = kernels.climb(SLICES, arrays=mnist, counts_samples=True, on_stage=stages.append).evidence
    fit = next(evidence.of(Fitted))
    assert (evidence.rung, fit.data.samples, fit.validation.samples) == ("full", 50000, 10000)
    assert stages == ["cell 1 of 1"]


def test_a_network_that_was_handed_nothing_is_suspicious(kernels, mnist):
    evidence = kernels.climb(
        f"try:{SLICES.replace(chr(10), chr(10) + '    ')}pass\nexcept ValueError: pass", arrays=mnist
    )
    evidence = evidence.evidence
    assert (evidence.rung, next(evidence.of(Fitted)).validation.samples) == ("full", 10000)


OPENS_ALL = """
from PIL import Image
import os
bad = []
for label in sorted(os.listdir("/content/FruitinAmazon/train")):
    folder = os.path.join("/content/FruitinAmazon/train", label)
    for name in os.listdir(folder):
        path = os.path.join(folder, name)
        try:
            with Image.open(path) as image:
                image.verify()
        except (IOError, SyntaxError):
            bad.append(name)
            os.remove(path)
            print("removed", name)
print(len(bad), "removed")
"""


def test_code_that_opens_all_images_meets_a_broken_one_in_a_run_apart(sandboxed, whole_fruits):
    evidence = sandboxed.climb("print('start')", OPENS_ALL, "print('end')", data=(whole_fruits,)).evidence
    assert evidence.cells[1].text == "0 removed\n"
    probe = evidence.probe
    assert (probe.opened, probe.removed, probe.failed) == (1, True, {})
    assert probe.text[1].startswith("removed ")
    assert probe.text[1].endswith("1 removed\n")
    assert probe.broken.startswith("train/")


def test_code_that_happens_to_show_the_broken_image_is_probed_again(sandboxed, whole_fruits):
    shows_some = """
from PIL import Image
import glob
first = sorted(glob.glob("/content/FruitinAmazon/train/*"))[0]
for path in glob.glob(first + "/*"):
    Image.open(path).load()
"""
    evidence = sandboxed.climb(shows_some + OPENS_ALL, data=(whole_fruits,)).evidence
    probe = evidence.probe
    assert (probe.opened, probe.removed, probe.failed) == (0, True, {})


def test_a_mended_notebook_is_probed_only_where_its_mend_may_matter(sandboxed, whole_fruits):
    def probed(*cells, before=None):
        stages = []
        climbed = sandboxed.climb(*cells, data=(whole_fruits,), before=before, on_stage=stages.append)
        return climbed.evidence, [stage for stage in stages if stage.startswith("probe")]

    handed_in, stages = probed("import os", OPENS_ALL, "pritn(1)")
    assert stages == ["probe, cell 1 of 3", "probe, cell 2 of 3"]
    mended, stages = probed("import os", OPENS_ALL, "print(1)", before=handed_in)
    assert (mended.probe, mended.cells[2].text, stages) == (handed_in.probe, "1\n", [])
    mended, stages = probed("import os, sys", OPENS_ALL, "print(1)", before=handed_in)
    assert mended.probe.removed
    assert stages == ["probe, cell 1 of 3", "probe, cell 2 of 3"]


def test_a_probe_draws_no_figures(sandboxed, whole_fruits):
    shows = """
import io
import matplotlib.pyplot as plt
from PIL import Image
plt.plot([1, 2])
file = io.BytesIO()
plt.savefig(file, format="png")
print(*Image.open(file).size)
"""
    evidence = sandboxed.climb(shows + OPENS_ALL, data=(whole_fruits,)).evidence
    assert evidence.cells[0].text.startswith("640 480\n0 removed")
    assert evidence.probe.text[0].startswith("1 1\nremoved ")
    assert len(list(evidence.of(FigureShown))) == 2


def test_code_that_stops_at_the_broken_image_is_seen_to(sandboxed, whole_fruits):
    careless = "from PIL import Image\nimport glob\nfor path in glob.glob('/content/FruitinAmazon/train/*/*'):\n    Image.open(path)"
    evidence = sandboxed.climb(careless, data=(whole_fruits,)).evidence
    assert evidence.cells[0].status == "ok"
    assert evidence.probe.failed.keys() == {0}
    assert not evidence.probe.removed


def test_libraries_that_open_images_for_training_are_not_the_students_own_opening(sandboxed, whole_fruits):
    evidence = sandboxed.climb(
        """
import keras
from keras import layers
flow = keras.preprocessing.image.ImageDataGenerator().flow_from_directory(
    "/content/FruitinAmazon/train", target_size=(16, 16), batch_size=2)
folder = keras.utils.image_dataset_from_directory("/content/FruitinAmazon/train", image_size=(16, 16), batch_size=2,
                                                  label_mode="categorical", verbose=False)
model = keras.Sequential([keras.Input((16, 16, 3)), layers.Flatten(), layers.Dense(3, activation="softmax")])
model.compile("sgd", "categorical_crossentropy")
for data in (flow, folder):
    model.fit(data, verbose=0)
    print(model.evaluate(data, verbose=0) > 0, model.predict(data, verbose=0).shape)
""",
        data=(whole_fruits,),
        recorder=RecorderSettings(),
    ).evidence
    assert evidence.cells[0].text.count("True (6, 3)\n") == 2
    assert not list(evidence.of(ImageOpened))
    assert evidence.probe is None
    assert evidence.problems == ()


def test_one_picture_shown_is_no_search_through_all(sandboxed, whole_fruits):
    evidence = sandboxed.climb(
        "from PIL import Image\nimport glob\nImage.open(sorted(glob.glob('/content/FruitinAmazon/train/*/*'))[0]).load()",
        data=(whole_fruits,),
    ).evidence
    assert len(list(evidence.of(ImageOpened))) == 1
    assert evidence.probe is None


def test_what_fails_on_any_data_needs_no_confirmation_where_somebody_waits(sandboxed, fruits):
    def rung(cell, **how):
        return sandboxed.climb(COUNT, cell, data=(fruits,), **how).evidence.rung

    assert rung("undefined") == "full"
    assert rung("undefined", patient=False) == "reduced"
    assert rung("import nowhere\n", patient=False) == "reduced"
    assert rung("assert found == 12", patient=False) == "full"


def test_what_a_run_has_left_behind_can_be_seen_while_it_runs(kernels):
    seen = []
    kernels.climb(
        "import matplotlib.pyplot as plt\nprint('one')\nplt.plot([1, 2]); plt.show()",
        "print('two')",
        on_run=lambda so_far: seen.append(so_far()),
    )
    before, between = seen
    assert [cell.status for cell in before.cells] == ["not_run", "not_run"] and not before.events
    assert [cell.status for cell in between.cells] == ["ok", "not_run"]
    assert between.cells[0].text.startswith("one\n")
    assert [event.cell for event in between.of(FigureShown)] == [0]
