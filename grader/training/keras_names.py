"""The Keras classes that a recipe may name: a closed list, because a configuration is a student's data.

What is missing on purpose: ``Lambda``, ``TFSMLayer`` and the wrappers of other frameworks (they run code),
the look-up layers and ``TextVectorization`` (they open files), base classes, and the constants that
configurations can hold as arrays (they hold data of any size).
"""

from __future__ import annotations


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


_DIMENSIONS = ("1D", "2D", "3D")
_EACH_DIMENSION = (
    "AveragePooling",
    "Conv",
    "ConvLSTM",
    "Cropping",
    "GlobalAveragePooling",
    "GlobalMaxPooling",
    "MaxPooling",
    "SpatialDropout",
    "UpSampling",
    "ZeroPadding",
)
LAYERS = frozenset(
    [f"{name}{dimension}" for name in _EACH_DIMENSION for dimension in _DIMENSIONS]
    + [f"Conv{dimension}Transpose" for dimension in _DIMENSIONS]
    + [f"{name}Conv{dimension}" for name in ("Depthwise", "Separable") for dimension in ("1D", "2D")]
) | _names(
    """
    Activation ActivityRegularization Add AdditiveAttention AlphaDropout Attention Average
    BatchNormalization Bidirectional CenterCrop Concatenate Dense Dot Dropout ELU EinsumDense Embedding
    Flatten GRU GRUCell GaussianDropout GaussianNoise GroupNormalization Identity InputLayer LSTM LSTMCell
    LayerNormalization LeakyReLU Masking Maximum Minimum MultiHeadAttention Multiply Normalization PReLU
    Permute RMSNormalization RNN RandomBrightness RandomContrast RandomCrop RandomFlip RandomRotation
    RandomTranslation RandomZoom ReLU RepeatVector Rescaling Reshape Resizing SimpleRNN SimpleRNNCell
    Softmax SpectralNormalization StackedRNNCells Subtract TimeDistributed UnitNormalization
    """
)
ACTIVATIONS = _names("""
    celu elu exponential gelu glu hard_shrink hard_sigmoid hard_silu hard_swish hard_tanh leaky_relu linear
    log_sigmoid log_softmax mish relu relu6 selu sigmoid silu soft_shrink softmax softplus softsign
    sparse_plus sparse_sigmoid sparsemax squareplus swish tanh tanh_shrink threshold
    """)
INITIALIZERS = _names("""
    Constant GlorotNormal GlorotUniform HeNormal HeUniform Identity LecunNormal LecunUniform Ones Orthogonal
    OrthogonalInitializer RandomNormal RandomUniform TruncatedNormal VarianceScaling Zeros
    """)
LOSSES = _names("""
    BinaryCrossentropy BinaryFocalCrossentropy CategoricalCrossentropy CategoricalFocalCrossentropy
    CategoricalHinge CosineSimilarity Hinge Huber KLDivergence LogCosh MeanAbsoluteError
    MeanAbsolutePercentageError MeanSquaredError MeanSquaredLogarithmicError Poisson
    SparseCategoricalCrossentropy SquaredHinge
    """)
OPTIMIZERS = _names("Adadelta Adafactor Adagrad Adam AdamW Adamax Ftrl Lamb Lion Nadam RMSprop SGD")
SCHEDULES = _names("""
    CosineDecay CosineDecayRestarts ExponentialDecay InverseTimeDecay PiecewiseConstantDecay PolynomialDecay
    """)
_OPERATIONS = _names("Absolute Add Divide Maximum Mean Minimum Multiply Negative Square Subtract TrueDivide")

CLASSES: dict[str, frozenset[str]] = {
    "keras": frozenset({"Sequential", "Functional", "Model", "DTypePolicy"}),
    "keras.models": frozenset({"Sequential", "Model"}),
    "keras.src.models.functional": frozenset({"Functional"}),
    "keras.src.models.sequential": frozenset({"Sequential"}),
    "keras.layers": LAYERS,
    "keras.initializers": INITIALIZERS,
    "keras.regularizers": frozenset({"L1", "L1L2", "L2", "OrthogonalRegularizer"}),
    "keras.constraints": frozenset({"MaxNorm", "MinMaxNorm", "NonNeg", "UnitNorm"}),
    "keras.optimizers.schedules": SCHEDULES,
    "keras.src.ops.numpy": _OPERATIONS,
    "keras.src.ops.nn": frozenset({"Relu", "Sigmoid", "Softmax", "Softplus", "LeakyRelu"}),
}
"""What may be named, by the module that the configuration gives for it."""

_LOSS_ALIASES = {
    "mse": "MeanSquaredError",
    "mae": "MeanAbsoluteError",
    "mape": "MeanAbsolutePercentageError",
    "msle": "MeanSquaredLogarithmicError",
    "bce": "BinaryCrossentropy",
    "kld": "KLDivergence",
}


def _plain(name: str) -> str:
    return name.lower().replace("_", "")


_LOSS_NAMES = {_plain(name): name for name in LOSSES} | _LOSS_ALIASES
_OPTIMIZER_NAMES = {_plain(name): name for name in OPTIMIZERS}


def loss_class(name: str) -> str | None:
    """Class name of a loss given by class, function or short name (``"mse"``); None if Keras has no such
    loss.
    """
    return _LOSS_NAMES.get(_plain(name))


def optimizer_class(name: str) -> str | None:
    """Class name of an optimizer given by class name or string (``"adam"``); None if it is not one of
    Keras's.
    """
    return _OPTIMIZER_NAMES.get(_plain(name))
