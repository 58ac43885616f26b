"""Names that every reader of a Keras notebook knows, and the import that each of them is short of."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass

from grader.submissions.source import CellSource, Import

_WHOLE = {
    "np": "numpy",
    "pd": "pandas",
    "plt": "matplotlib.pyplot",
    "mpimg": "matplotlib.image",
    "sns": "seaborn",
    "tf": "tensorflow",
    **{name: name for name in ("numpy", "pandas", "seaborn", "tensorflow", "cv2", "sklearn", "matplotlib")},
    **{name: name for name in ("os", "sys", "random", "math", "time", "glob", "shutil", "re", "json")},
    **{name: name for name in ("itertools", "zipfile", "pathlib", "warnings", "collections", "pickle")},
}
"""Alias → module, for ``import module as alias``."""

_PARTS = {
    "tensorflow": "keras",
    "tensorflow.keras": """layers models optimizers losses metrics callbacks datasets regularizers
        initializers applications utils preprocessing Sequential Model Input""",
    "tensorflow.keras.models": "load_model clone_model model_from_json",
    "tensorflow.keras.layers": """Dense Conv2D SeparableConv2D MaxPooling2D MaxPool2D AveragePooling2D
        GlobalAveragePooling2D GlobalMaxPooling2D Flatten Dropout SpatialDropout2D BatchNormalization
        Activation ReLU LeakyReLU Softmax Rescaling Resizing Reshape ZeroPadding2D UpSampling2D InputLayer
        Concatenate Normalization RandomFlip RandomRotation RandomZoom RandomTranslation RandomContrast
        Conv1D MaxPooling1D GlobalAveragePooling1D Embedding LSTM GRU""",
    "tensorflow.keras.optimizers": "Adam AdamW SGD RMSprop Adagrad Adadelta Adamax Nadam",
    "tensorflow.keras.losses": "SparseCategoricalCrossentropy CategoricalCrossentropy BinaryCrossentropy",
    "tensorflow.keras.callbacks": """EarlyStopping ModelCheckpoint ReduceLROnPlateau TensorBoard CSVLogger
        LearningRateScheduler LambdaCallback Callback""",
    "tensorflow.keras.utils": """to_categorical plot_model image_dataset_from_directory load_img
        img_to_array array_to_img""",
    "tensorflow.keras.preprocessing": "image",
    "tensorflow.keras.preprocessing.image": "ImageDataGenerator",
    "tensorflow.keras.datasets": "mnist fashion_mnist cifar10 cifar100",
    "tensorflow.keras.regularizers": "l1 l2 l1_l2",
    "sklearn.metrics": """confusion_matrix classification_report accuracy_score precision_score recall_score
        f1_score ConfusionMatrixDisplay precision_recall_fscore_support roc_curve roc_auc_score auc""",
    "sklearn.model_selection": "train_test_split KFold StratifiedKFold",
    "sklearn.preprocessing": "LabelEncoder OneHotEncoder LabelBinarizer StandardScaler MinMaxScaler",
    "sklearn.utils": "shuffle",
    "PIL": "Image",
    "pathlib": "Path",
    "collections": "Counter defaultdict OrderedDict",
    "tqdm": "tqdm",
    "copy": "deepcopy",
}

HOMES = {name: module for module, names in _PARTS.items() for name in names.split()}
"""Name → module, for ``from module import name``."""

_WORDS = """keras layers models optimizers losses metrics callbacks datasets regularizers initializers
    applications utils preprocessing image mnist fashion_mnist cifar10 cifar100 random math time glob json"""
_VALUES = """append extend items keys values sort shape dtype numpy astype reshape copy split join map batch
    take history fit predict evaluate size mean pop index update format"""

_MODULE_WORDS = frozenset(_WORDS.split())
"""Modules whose names are ordinary words too, which a student may have meant for something else."""

_OF_VALUES = frozenset(_VALUES.split())
"""Attributes that lists, arrays, data sets, networks have: a word that has them is no module."""

_OF = {
    "Image": frozenset({"open", "fromarray", "new", "Image", "BILINEAR", "NEAREST", "LANCZOS", "BICUBIC"}),
    "image": frozenset({"load_img", "img_to_array", "array_to_img", "ImageDataGenerator"}),
}
"""The only attributes that show which of several things of that name is meant."""


@dataclass(frozen=True)
class Forgotten:
    """An import that a notebook lacks."""

    statement: str
    names: tuple[str, ...]
    """All that it brings."""


def forgotten_import(name: str, at: int, cells: Sequence[CellSource]) -> Forgotten | None:
    """The import that gives ``name``, missing in the cell with index ``at``; None when nobody can be sure.

    The student's own import of it, further down, comes before the table's. The other names of the same module
    that the notebook uses and nobody makes are brought along: one forgotten line is one slip.
    """
    if name not in _WHOLE and name not in HOMES and not _is_imported(name, cells):
        return None
    nodes = [node for cell in cells if cell.tree for node in ast.walk(cell.tree)]
    used = {node.id for node in nodes if isinstance(node, ast.Name)}
    if name not in used or not _is_meant(name, cells):
        return None
    for cell in cells:
        own = next((each for each in cell.imports if each.alias == name), None)
        if own is not None and cell.index >= at:
            return Forgotten(_statement(own), (name,))
    if any(name in cell.defines for cell in cells):
        return None
    if name in _WHOLE:
        module = _WHOLE[name]
        return Forgotten(f"import {module}" + (f" as {name}" if name != module else ""), (name,))
    home = HOMES.get(name)
    if home is None:
        return None
    made = frozenset().union(*(cell.defines for cell in cells))
    needed = {each for cell in cells for each in cell.uses} - made
    along = sorted(
        each for each in needed if each != name and HOMES.get(each) == home and _is_meant(each, cells)
    )
    names = (name,) if name in _MODULE_WORDS else (name, *along)
    return Forgotten(f"from {_in_style(home, cells)} import {', '.join(sorted(names))}", tuple(sorted(names)))


def _is_imported(name: str, cells: Sequence[CellSource]) -> bool:
    return any(each.alias == name for cell in cells for each in cell.imports)


def _statement(own: Import) -> str:
    if own.name is None:
        plain = own.alias == own.module.partition(".")[0]
        return f"import {own.module}" + ("" if plain else f" as {own.alias}")
    return f"from {own.module} import {own.name}" + ("" if own.alias == own.name else f" as {own.alias}")


def _is_meant(name: str, cells: Sequence[CellSource]) -> bool:
    """Whether the notebook uses the name as what everybody knows by it: a module by its attributes, a
    function by calling it."""
    for cell in cells:
        for node in ast.walk(cell.tree) if cell.tree else ():
            attributes, called = _uses(name, node)
            if name in _OF and attributes - _OF[name]:
                return False
            if name in _MODULE_WORDS and (attributes & _OF_VALUES or called is not None):
                return False
            if called is False and name not in _WHOLE and name[:1].islower():
                return False
    return True


def _uses(name: str, node: ast.AST) -> tuple[frozenset[str], bool | None]:
    """Attributes that a node takes of the name; whether it calls it (None: the node does not use it bare)."""
    empty: frozenset[str] = frozenset()
    if isinstance(node, ast.Attribute):
        is_it = isinstance(node.value, ast.Name) and node.value.id == name
        return (frozenset({node.attr}) if is_it else empty), None
    bare: bool | None = None
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Name) and child.id == name and isinstance(child.ctx, ast.Load):
            bare = isinstance(node, ast.Call) and node.func is child
    return empty, bare


def _in_style(module: str, cells: Sequence[CellSource]) -> str:
    """``keras.layers`` in a notebook that imports ``keras`` and never ``tensorflow.keras``."""
    modules = [each.module for cell in cells for each in cell.imports]
    alone = any(each.partition(".")[0] == "keras" for each in modules)
    if not alone or any(each.startswith("tensorflow.keras") for each in modules):
        return module
    return module.removeprefix("tensorflow.") if module.startswith("tensorflow.keras") else module
