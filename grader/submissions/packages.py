"""Modules that student notebooks import: is a missing one misspelt, old, or just not installed here?"""

from __future__ import annotations

import difflib
import sys

_THIRD_PARTY = """
absl accelerate albumentations altair autokeras bokeh bs4 catboost cupy cv2 dask datasets deepface
diffusers efficientnet einops evaluate fastai flask gdown gradio graphviz h5py huggingface_hub
imagehash imageio imblearn imgaug imutils IPython ipywidgets jax joblib kaggle kagglehub keras
keras_core keras_cv keras_hub keras_nlp keras_preprocessing keras_tuner kerastuner lazypredict
librosa lightgbm lime livelossplot matplotlib mlflow mlxtend mpl_toolkits networkx nltk numba numpy
onnx opendatasets openpyxl optuna pandas patoolib PIL plotly prettytable psutil pycocotools pydicom
pydot pydotplus pytorch_lightning rarfile ray requests scikeras scikitplot scipy seaborn shap
skimage sklearn skopt spacy splitfolders statsmodels streamlit sympy tabulate tensorboard tensorflow
tensorflow_addons tensorflow_datasets tensorflow_hub tensorflow_io tensorflow_probability termcolor
tf2onnx tf_explain tf_keras tf_keras_vis tflearn tflite_runtime timm tokenizers torch torchaudio
torchinfo torchmetrics torchsummary torchvision tqdm transformers tsne ultralytics umap visualkeras
vit_keras wandb wget wordcloud xgboost yaml yellowbrick
"""

WELL_KNOWN = frozenset(_THIRD_PARTY.split())
"""Third-party modules that exist, by import name: seen in course notebooks, or popular beside Keras."""

HOSTED = frozenset({"google", "google.colab", "kaggle_datasets", "kaggle_secrets", "kaggle_web_client"})
"""Modules that only a hosted notebook service has."""

OLD = (
    "distutils",
    "imp",
    "keras.api",
    "keras.applications.",
    "keras.backend.",
    "keras.callbacks.",
    "keras.datasets.",
    "keras.engine",
    "keras.initializers.",
    "keras.layers.",
    "keras.legacy",
    "keras.losses.",
    "keras.models.",
    "keras.optimizers.",
    "keras.preprocessing",
    "keras.regularizers.",
    "keras.src",
    "keras.utils.",
    "keras.wrappers",
    "scipy.misc",
    "sklearn.cross_validation",
    "sklearn.externals",
    "tensorflow.compat",
    "tensorflow.contrib",
    "tensorflow.examples",
    "tensorflow.python",
)
"""Modules that libraries once had or hid; a name that ends in a dot stands for what was below it."""

OLD_NAMES = frozenset(
    {"np_utils", "multi_gpu_model", "Merge", "merge", "CuDNNGRU", "CuDNNLSTM", "KerasClassifier"}
    | {"imread", "imresize", "plot_confusion_matrix", "plot_roc_curve", "set_random_seed", "get_session"}
)
"""Names that Keras, TensorFlow, SciPy and scikit-learn once exported."""

ALIKE = 0.75
"""Similarity (``difflib`` ratio) from which an unknown name counts as a misspelling of a known one."""


def is_old(module: str) -> bool:
    """Whether a library once had this module."""
    bare = module.removeprefix("tensorflow.") if module.startswith("tensorflow.keras") else module
    return any(bare == old or bare.startswith(old if old.endswith(".") else old + ".") for old in OLD)


def exists_elsewhere(module: str) -> bool:
    """Whether the module's package exists, though it is not installed here."""
    return module in HOSTED or module.partition(".")[0] in WELL_KNOWN | HOSTED


def nearest(module: str) -> str | None:
    """The module that a misspelt one was meant to be."""
    package = module.partition(".")[0]
    for known in (WELL_KNOWN, sys.stdlib_module_names):
        if alike := difflib.get_close_matches(package, sorted(known), n=1, cutoff=ALIKE):
            return alike[0]
    return None
