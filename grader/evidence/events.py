"""Events: what a student's code did, as the recorder saw it inside the kernel.

Events travel from the sandbox to the trusted side as JSON lines and are validated there. They say what
happened and where; they never carry a score. Every class here is plain data: importing this module imports no
TensorFlow.
"""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

if TYPE_CHECKING:
    import numpy as np

THUMBNAIL = 8
"""Side in pixels of the block means that stand for an image (see :class:`Thumbnails`)."""


class Record(BaseModel):
    """Base of all evidence: immutable and closed, so that a misspelt or forged field is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", ser_json_inf_nan="constants")


class Thumbnails(Record):
    """Block means of images, 8 × 8 × channels each, in the scale in which the student's code held them.

    Block means are linear in the pixels, so an affine map between a student's pixels and the served
    photograph's (divided by 255, standardised, …) is the same map between their thumbnails.
    """

    count: int = Field(ge=0, le=4096)
    channels: int = Field(ge=1, le=4)
    float32: str
    """Base64 of little-endian float32, ``count × 8 × 8 × channels``."""

    @classmethod
    def of(cls, images: np.ndarray) -> Thumbnails:
        """Pack an array of block means of shape ``(n, 8, 8, channels)``."""
        packed = images.astype("<f4", copy=False)
        return cls(
            count=packed.shape[0],
            channels=packed.shape[3],
            float32=base64.b64encode(packed.tobytes()).decode("ascii"),
        )

    def array(self) -> np.ndarray:
        """The block means as float32 of shape ``(count, 8, 8, channels)``; ``ValueError`` if the bytes do not
        fit."""
        import numpy as np

        flat = np.frombuffer(base64.b64decode(self.float32, validate=True), dtype="<f4")
        return flat.reshape(self.count, THUMBNAIL, THUMBNAIL, self.channels)


class Labels(Record):
    """The targets that came with some data."""

    encoding: Literal["integer", "one_hot", "binary", "other"]
    shape: tuple[int | None, ...]
    """Of one batch or array, the first axis being samples."""
    dtype: str
    classes: int | None = None
    """Width of one-hot targets; largest integer + 1 otherwise."""
    values: tuple[int, ...] = ()
    """Class of each sample, aligned with the thumbnails; empty when not a classification target."""
    minimum: float = 0.0
    maximum: float = 0.0


class Data(Record):
    """What was handed to ``fit``, ``evaluate`` or ``predict``."""

    container: Literal["dataset", "generator", "array", "other"]
    samples: int | None = None
    """How many samples one pass holds; None when it cannot be known."""
    batch_size: int | None = None
    """Batch size that the container itself delivers; None for arrays."""
    shape: tuple[int | None, ...] = ()
    """Shape of one sample."""
    dtype: str = ""
    minimum: float | None = None
    maximum: float | None = None
    thumbnails: Thumbnails | None = None
    """Of up to 512 samples, when samples are images."""
    labels: Labels | None = None
    loads: tuple[int, ...] = ()
    """The :class:`DatasetLoaded` ids that this data derives from."""
    reshuffles: bool = False
    """Whether two passes deliver the samples in different orders."""
    digest: str = ""
    """Of the samples seen, for telling arrays apart."""


class Shortened(Record):
    """How much of what was asked for was really done."""

    epochs: int | None = None
    samples: int | None = None
    reason: str = "work budget"


class Component(Record):
    """An optimizer, loss, metric or callback: its Keras name and what it was given."""

    name: str
    config: dict[str, Any] = {}


class Event(Record):
    """Something that happened while a cell ran."""

    cell: int
    """Index of the cell in the notebook."""


class ModelSeen(Event):
    """A model in its present form; written again whenever its configuration changes."""

    kind: Literal["model"] = "model"
    model: int
    """Identity of the Python object: a rebuilt ``model`` is another model."""
    class_name: str
    config: dict[str, Any] | None = None
    """As ``keras.saving.serialize_keras_object`` gives it; None when it has none (a student's own class)."""
    problem: str | None = None
    variables: tuple[str, ...] = ()
    """Names under which the notebook's namespace held it at the end of the cell."""
    input_shape: tuple[int | None, ...] | None = None
    parameters: int | None = None
    """As Keras counted them: a claim, recomputed from the configuration on the trusted side."""
    loaded_from: int | None = None
    """The model whose saved file this one was loaded from."""


class Compiled(Event):
    """``compile``."""

    kind: Literal["compiled"] = "compiled"
    model: int
    optimizer: Component
    losses: tuple[Component, ...] = ()
    metrics: tuple[str, ...] = ()


class Fitted(Event):
    """``fit``: what was asked for, and what the shortened run gave."""

    kind: Literal["fitted"] = "fitted"
    model: int
    epochs: int
    batch_size: int | None = None
    """The ``batch_size`` argument as passed (without effect on a dataset)."""
    steps_per_epoch: int | None = None
    data: Data
    validation: Data | None = None
    validation_split: float = 0.0
    callbacks: tuple[Component, ...] = ()
    history: dict[str, tuple[float, ...]] = {}
    epochs_run: int = 0
    shortened: Shortened | None = None
    weights: str = ""
    """Digest of the weights before training: equal digests are fresh copies, a trained model's differs."""
    weights_after: str = ""
    """The same after training, however that ended; equal to ``weights`` where not one step was made."""
    shuffle: bool = True
    """The ``shuffle`` argument (without effect on a dataset)."""
    error: str | None = None


class Evaluated(Event):
    """``evaluate``."""

    kind: Literal["evaluated"] = "evaluated"
    model: int
    data: Data
    results: dict[str, float] = {}
    shortened: Shortened | None = None
    error: str | None = None


class Predicted(Event):
    """``predict``, ``predict_on_batch`` or a direct call on concrete data."""

    kind: Literal["predicted"] = "predicted"
    model: int
    data: Data
    output_shape: tuple[int, ...] = ()
    classes: tuple[int, ...] = ()
    """``argmax`` of each row, when rows are class scores."""
    scores: tuple[tuple[float, ...], ...] = ()
    """The first 32 rows themselves, of at most 20 classes."""
    shortened: Shortened | None = None
    error: str | None = None


class Summarised(Event):
    """``summary``."""

    kind: Literal["summarised"] = "summarised"
    model: int


class Saved(Event):
    """A model or its weights written to a file."""

    kind: Literal["saved"] = "saved"
    model: int
    path: str
    whole: bool = True
    """False when only weights were written."""
    by: Literal["save", "callback"] = "save"
    error: str | None = None


class Loaded(Event):
    """A model (or weights into one) read from a file."""

    kind: Literal["loaded"] = "loaded"
    model: int | None = None
    path: str
    whole: bool = True
    of: int | None = None
    """The model that was saved there in this run."""
    error: str | None = None


class DatasetLoaded(Event):
    """A loader made data: ``image_dataset_from_directory``, ``flow_from_directory``, ``cifar10.load_data``,
    …"""

    kind: Literal["dataset"] = "dataset"
    dataset: int
    loader: str
    path: str | None = None
    arguments: dict[str, Any] = {}
    """The loader's effective arguments, defaults included."""
    samples: int | None = None
    classes: tuple[str, ...] = ()
    error: str | None = None


class Line(Record):
    """A plotted line."""

    label: str = ""
    values: tuple[float, ...] = ()
    """Its y values, the first 1,000."""
    length: int


class Picture(Record):
    """An image drawn in an axes."""

    shape: tuple[int, ...]
    thumbnail: Thumbnails | None = None
    tiles: Thumbnails | None = None
    """The equal squares that it may be put together from, row by row."""


class Axes(Record):
    """One axes of a figure."""

    title: str = ""
    xlabel: str = ""
    ylabel: str = ""
    position: tuple[float, float, float, float]
    """Left, bottom, width, height, as fractions of the figure."""
    lines: tuple[Line, ...] = ()
    pictures: tuple[Picture, ...] = ()
    bars: int = 0
    bar_values: tuple[float, ...] = ()
    """Lengths of the bars, the first 100, in the order drawn."""
    mesh: bool = False
    """Whether a heat map (``pcolormesh``, seaborn's ``heatmap``) is drawn."""
    heat_maps: tuple[Picture, ...] = ()
    """Their values, row 0 first, as shape and block means."""
    texts: tuple[str, ...] = ()
    """Texts written into it, the first 150, each shortened."""
    legend: tuple[str, ...] = ()


class FigureShown(Event):
    """A figure that became visible, in the notebook or as a file."""

    kind: Literal["figure"] = "figure"
    title: str = ""
    axes: tuple[Axes, ...]
    path: str | None = None


class MetricCalled(Event):
    """A scikit-learn metric was computed."""

    kind: Literal["metric"] = "metric"
    name: str
    true: tuple[int, ...] = ()
    predicted: tuple[int, ...] = ()
    """Integer labels; empty when the arguments were not integer labels."""
    shapes: tuple[tuple[int, ...], ...] = ()
    """Of the first two arguments."""
    error: str | None = None


class ArgmaxCalled(Event):
    """``argmax`` of something with rows of scores."""

    kind: Literal["argmax"] = "argmax"
    shape: tuple[int, ...]
    axis: int | None
    classes: tuple[int, ...] = ()


class Listed(Event):
    """A directory was listed by the student's own code."""

    kind: Literal["listed"] = "listed"
    path: str


class ImageOpened(Event):
    """An image file was opened by the student's own code."""

    kind: Literal["image"] = "image"
    path: str
    by: str
    error: str | None = None


class FileRemoved(Event):
    """A file or folder was deleted."""

    kind: Literal["removed"] = "removed"
    path: str


class FileWritten(Event):
    """A file was created or overwritten."""

    kind: Literal["written"] = "written"
    path: str


class PathMissing(Event):
    """A path was asked for that the notebook's world does not hold."""

    kind: Literal["missing"] = "missing"
    path: str


class DataHeld(Event):
    """Data that a failed cell was going to train, evaluate or predict with, under its name in the
    notebook."""

    kind: Literal["held"] = "held"
    variable: str
    data: Data


class ApiAge(Event):
    """A spelling of an older Keras, NumPy, … that a shim answered."""

    kind: Literal["api_age"] = "api_age"
    name: str
    instead: str


class Stubbed(Event):
    """Something of the outside world that a stand-in answered: Drive, pip, a download."""

    kind: Literal["stubbed"] = "stubbed"
    name: str
    detail: str = ""


class PretrainedLoaded(Event):
    """A network of ``keras.applications`` was built with ``weights="imagenet"``."""

    kind: Literal["pretrained"] = "pretrained"
    file: str
    """Name under which the weights are published."""
    served: bool
    """False where the teacher has provided no such file: the weights are random."""


class RecorderFault(Event):
    """Something could not be recorded, by a fault of the recorder's: the student's code went on
    regardless."""

    kind: Literal["fault"] = "fault"
    what: str
    error: str


class Tampered(Event):
    """The student's code reached for the recorder; nothing that was recorded from here on counts."""

    kind: Literal["tampered"] = "tampered"
    what: str


class Dropped(Event):
    """Events beyond the limit were not written."""

    kind: Literal["dropped"] = "dropped"
    limit: int


AnyEvent = Annotated[
    ModelSeen
    | Compiled
    | Fitted
    | Evaluated
    | Predicted
    | Summarised
    | Saved
    | Loaded
    | DatasetLoaded
    | FigureShown
    | MetricCalled
    | ArgmaxCalled
    | Listed
    | ImageOpened
    | FileRemoved
    | FileWritten
    | PathMissing
    | DataHeld
    | ApiAge
    | Stubbed
    | PretrainedLoaded
    | RecorderFault
    | Tampered
    | Dropped,
    Field(discriminator="kind"),
]
