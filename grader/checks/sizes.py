"""How large the images are that reach a network's first convolution."""

from __future__ import annotations

from grader.checks.channels import WEIGHTED
from grader.checks.outcome import Outcome, absent, met, partly, unmet
from grader.checks.registry import check
from grader.checks.work import Work
from grader.evidence.events import Data, Evaluated, Fitted, Predicted
from grader.network.network import Network, Shape


@check("fed_size", written_as=("fit", "resize", "Resizing"))
def fed_size(work: Work, *, network: str, size: tuple[int, int]) -> Outcome:
    """Look at the size of the images that really reach the network's first convolution.

    Resizing in the pipeline and resizing in the network are the same. Images of that size that are not the
    worksheet's, as ``np.resize`` makes them, are partly; a network that only declares the size is not.

    Args:
        network: Name of the expected network.
        size: Height and width in pixels.
    """
    wanted = f"images of {size[0]}×{size[1]} at the first convolution"
    hint = (
        f"Resize the images before fit() (tf.image.resize(x, ({size[0]}, {size[1]}))), or put Resizing first."
    )
    answer, fed = work.answer(network), _fed(work, network)
    if answer is None or fed is None:
        return absent(wanted, hint, found="nothing is fed to the network")
    data, cell = fed.data, fed.cell
    reached = _reached(answer.network, data)
    if reached is None:
        return unmet(wanted, f"data of shape {data.shape}", hint, cells=(cell,))
    found = f"{reached[0]}×{reached[1]}"
    if reached != tuple(size):
        return unmet(wanted, found, hint, cells=(cell,))
    if work.data and data.thumbnails is not None and not work.view(data).known:
        seen = f"{found}, but not the worksheet's images"
        return partly(wanted, seen, f"{hint} np.resize() repeats pixels in place of scaling.", cells=(cell,))
    return met(wanted, found, cells=(cell,))


def _fed(work: Work, network: str) -> Fitted | Evaluated | Predicted | None:
    """The training that counts; whatever else the network was given where it is never trained."""
    judged: list[Evaluated | Predicted] = [
        *work.of_alike(network, Evaluated),
        *work.of_alike(network, Predicted),
    ]
    return work.fit(network) or (judged[-1] if judged else None)


def _reached(network: Network, data: Data) -> tuple[int, int] | None:
    """Height and width at the first layer with weights; those of the data where they are not the declared
    ones, for nothing in the network resizes what it does not take."""
    fed, declared = _sides(data.shape), _sides(network.input_shape)
    first = next((layer for layer in network.layers if layer.kind.startswith(WEIGHTED)), None)
    if fed is None or first is None or (declared is not None and declared != fed):
        return fed
    before = network.layers[first.inputs[0]].output_shape if first.inputs else network.input_shape
    return _sides(before) or fed


def _sides(shape: Shape | None) -> tuple[int, int] | None:
    if shape is None or len(shape) < 2 or shape[0] is None or shape[1] is None:
        return None
    return shape[0], shape[1]
