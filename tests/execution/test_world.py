"""The world that a notebook finds: its paths, archives, Colab and shell."""

from pathlib import Path

import pytest

from grader.evidence.events import Stubbed


def listing(path):
    return f"import os; print(sorted(os.listdir({path!r})))"


@pytest.fixture(scope="module")
def visited(sandboxed, whole_fruits):
    cells = {
        "drive": "from google.colab import drive\ndrive.mount('/content/drive')\n"
        + listing("/content/drive/MyDrive/AI and ML/FruitinAmazon/train"),
        "windows": listing(r"D:\Herald\FruitinAmazon\test"),
        "kaggle": listing("/kaggle/input/fruitamazon/train"),
        "home": "import os; print(sorted(os.listdir(os.path.expanduser('~/Downloads/FruitinAmazon'))))",
        "parent": listing("../data/train"),
        "joined": "import os; base = '/content/drive/MyDrive/Week 5'; print(sorted(os.listdir(os.path.join(base, 'test'))))",
        "f-string": "root = '/srv/' + 'stuff'; import os; print(sorted(os.listdir(f'{root}/FruitinAmazon/{\"train\"}')))",
        "picture": "from PIL import Image; print(Image.open('/content/here/train/acai/my favourite.jpeg').size[0] > 0)",
        "mistaken": "test_dir = '/content/there/train'; import os; print(sum(len(f) for _, _, f in os.walk(test_dir)))",
        "zip": "import zipfile\nwith zipfile.ZipFile('/content/Copy of FruitinAmazon.zip') as z: z.extractall('/content/from_code')\n"
        + listing("/content/from_code/FruitinAmazon"),
        "unzip": "!unzip -q '/content/Copy of FruitinAmazon.zip' -d /content/by_shell\n"
        + listing("/content/by_shell/FruitinAmazon/train"),
        "unzip again": "!unzip '/content/Copy of FruitinAmazon.zip' -d /content/by_shell && ls /content/by_shell",
        "cd": "%cd /content/by_shell\n" + listing("FruitinAmazon"),
        "time": "%%time\nprint('timed')",
        "pip": "%pip install livelossplot",
        "bang pip": "!pip install -q something && echo done",
        "bare pip": "pip install something",
        "wget": "!wget https://example.org/data.zip",
        "upload": "from google.colab import files\nprint(files.upload()); files.download('model.h5')",
        "captured": "names = !ls /content/by_shell\nprint(names)",
        "python variable": "where = '/content/by_shell'\n!ls {where} $where",
        "shell cell": "%%shell\necho from the shell",
        "save": "open('/content/drive/MyDrive/models/best.h5', 'w').close(); print('saved')",
    }
    evidence = sandboxed.climb(*cells.values(), data=(whole_fruits,)).evidence

    def of(name):
        cell = evidence.cells[list(cells).index(name)]
        assert cell.status == "ok", cell.error
        return cell.text

    of.evidence = evidence
    return of


CLASSES = "['acai', 'graviola', 'tucuma']\n"


def test_data_lies_where_each_notebook_looks_for_it(visited):
    assert visited("drive") == "Mounted at /content/drive\n" + CLASSES
    for name in ("windows", "kaggle", "parent", "joined"):
        assert visited(name) == CLASSES, name
    assert visited("home") == "['test', 'train']\n"


def test_a_path_that_only_a_run_knows_is_learned_from_its_failure(visited):
    assert visited("f-string") == CLASSES
    assert "/srv/stuff/FruitinAmazon/train" in {place.path for place in visited.evidence.places}


def test_a_photograph_that_a_stand_in_does_not_have_is_another_of_its_class(visited):
    assert visited("picture") == "True\n"


def test_the_training_folder_stays_the_training_folder_under_a_wrong_name(visited):
    assert visited("mistaken") == "6\n"


def test_archives_are_unpacked_by_code_and_by_shell_and_nothing_is_asked(visited):
    assert visited("zip") == "['test', 'train']\n"
    assert visited("unzip") == CLASSES
    assert "inflating: /content/by_shell/FruitinAmazon/test" in visited("unzip again")
    assert "\nFruitinAmazon\n" in visited("unzip again")
    assert visited("cd").endswith("['test', 'train']\n")


def test_magics_and_shell_work(visited):
    assert visited("time").startswith("timed\n")
    assert "FruitinAmazon" in visited("captured")
    assert visited("python variable").count("/content/by_shell:") == 2
    assert visited("shell cell") == "from the shell\n"
    assert visited("bang pip").endswith("done\n")
    assert visited("save") == "saved\n"


def test_the_outside_world_is_answered_by_stand_ins_and_recorded(visited):
    names = [event.name for event in visited.evidence.of(Stubbed)]
    assert names.count("pip") == 3
    assert {"drive.mount", "files.upload", "files.download", "wget"} <= set(names)
    assert visited.evidence.problems == ("wget: answered by a stand-in",)


def test_what_a_notebook_deletes_is_gone_for_it_alone(sandboxed, whole_fruits):
    before = sorted(Path(whole_fruits.full.root).rglob("*"))
    first = sandboxed.climb(
        "import shutil, os\nshutil.rmtree('/content/FruitinAmazon/train')\nprint(os.path.exists('/content/FruitinAmazon/train'))",
        "print(len(os.listdir('/data/FruitinAmazon/train')))",
        "for folder, _, names in os.walk('/data/FruitinAmazon'):\n    for name in names:\n        open(os.path.join(folder, name), 'w').close()",
        data=(whole_fruits,),
    ).evidence
    assert [cell.text for cell in first.cells[:2]] == ["False\n", "3\n"]
    assert sorted(Path(whole_fruits.full.root).rglob("*")) == before
    assert all(path.stat().st_size for path in before if path.is_file())
    second = sandboxed.climb(
        "import os; print(len(os.listdir('/content/FruitinAmazon/train')))", data=(whole_fruits,)
    )
    assert second.evidence.cells[0].text == "3\n"


def test_in_place_relative_paths_still_reach_the_data(kernels, whole_fruits):
    from grader.execution.paths import paths_of
    from grader.execution.request import World

    found = paths_of(("FruitinAmazon/train",), (whole_fruits.names,), ".", ".")
    world = World(places=found.places, data=(whole_fruits.full,))
    played = kernels.play(listing("FruitinAmazon/train"), world=world, sandbox="none")
    assert played.text(0) == CLASSES


def test_a_kernel_keeps_to_its_threads_and_runs_graphs_as_they_are_traced(kernels):
    evidence = kernels.climb(
        "import numpy, sklearn.metrics, tensorflow as tf\nfrom threadpoolctl import threadpool_info",
        "print(max(pool['num_threads'] for pool in threadpool_info()))",
        "print(tf.config.threading.get_intra_op_parallelism_threads())",
        "print(tf.config.optimizer.get_experimental_options()['disable_meta_optimizer'])",
    ).evidence
    assert [cell.text for cell in evidence.cells[1:]] == ["1\n", "1\n", "True\n"]


def test_what_an_ordinary_notebook_needs_is_imported_before_it_begins(kernels):
    evidence = kernels.climb(
        "import keras, numpy as np, sys\nbefore = set(sys.modules)",
        "model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])\nmodel.summary()",
        "model.compile('adam', 'mse')\nmodel.fit(np.ones((8, 2)), np.ones(8), validation_split=0.25, verbose=0);",
        "no_such_name",
        "print(sorted(set(sys.modules) - before))",
        "print('IPython.core.magics.execution' in before)",
    ).evidence
    assert evidence.cells[3].error.name == "NameError"
    assert [cell.text for cell in evidence.cells[4:]] == ["[]\n", "True\n"]
