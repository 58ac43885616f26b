"""A pre-trained base in a network: which one, with which weights, frozen or not."""

from __future__ import annotations

from typing import Any

import pytest
from evidence_builder import MET, NOT, PARTLY, Notebook, World, judge, rubric_of, works
from serialized import conv, dense, flatten, layer, pool, sequential

from grader.errors import UserError
from grader.evidence.events import Loaded, PretrainedLoaded
from grader.grading.grade import CheckGrade

FILE = "vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5"
NETWORKS = {"net": {"layers": ["VGG16()", "Flatten()", 'Dense(6, activation="softmax")']}}
ASKED = {"network": "net", "base": "VGG16", "weights": "imagenet", "frozen": True, "top": False}


def vgg16(trainable: bool = False) -> Any:
    """VGG16 without its top, as it is nested in a configuration."""
    layers = []
    for block, (filters, count) in enumerate(((64, 2), (128, 2), (256, 3), (512, 3), (512, 3)), 1):
        layers += [
            conv(filters, name=f"block{block}_conv{number}", trainable=trainable)
            for number in range(1, count + 1)
        ]
        layers.append(pool(name=f"block{block}_pool"))
    return sequential((128, 128, 3), *layers)


def net(base: Any) -> Any:
    return sequential((128, 128, 3), base, flatten(), dense(6, "softmax"))


def notebook(world: World, config: Any, *, file: str | None = FILE, served: bool = False) -> Notebook:
    book = Notebook(world).code()
    if file:
        book.happens(PretrainedLoaded, file=file, served=served)
    return book.code().builds(config).compiles().fits()


def graded(book: Notebook, **changed: Any) -> CheckGrade:
    return judge(book, "pretrained", networks=NETWORKS, **(ASKED | changed))


def test_as_asked_whether_its_weights_could_be_had_or_not(world: World) -> None:
    for served in (True, False):
        grade = graded(notebook(world, net(vgg16()), served=served))
        assert (grade.earned, grade.found) == (MET, "VGG16, with imagenet weights, without its top, frozen")


def test_weights_from_a_file_of_the_students(world: World) -> None:
    book = notebook(world, net(vgg16()), file=None)
    assert graded(book).earned == PARTLY
    book.happens(Loaded, model=1, path=f"/kaggle/input/vgg16/{FILE}", whole=False)
    assert graded(book).earned == MET


def test_one_thing_wrong_is_partly_two_are_not(world: World) -> None:
    learning = graded(notebook(world, net(vgg16(trainable=True))))
    assert (learning.earned, learning.hint) == (
        PARTLY,
        "Set trainable = False on the base before you compile.",
    )
    assert graded(notebook(world, net(vgg16(trainable=True)), file=None)).earned == NOT
    assert graded(notebook(world, net(vgg16(trainable=True))), frozen=None).earned == MET


def test_another_base_is_not(world: World) -> None:
    grade = graded(notebook(world, net(vgg16())), base="Xception")
    assert (grade.earned, grade.found) == (NOT, "VGG16")


def test_a_network_without_a_base_answers_none_that_is_to_have_one(world: World) -> None:
    book = notebook(world, sequential((128, 128, 3), conv(), flatten(), dense(6, "softmax")))
    assert (graded(book).status, graded(book).found) == (
        "not_attempted",
        "no pre-trained base in the network",
    )
    work, _ = works(book, rubric_of({"check": "summarised", "network": "net"}, networks=NETWORKS))
    assert work.answers == {}


def test_a_base_that_keras_has_not_is_the_rubrics_mistake(world: World) -> None:
    with pytest.raises(UserError, match='no network "Xceptoin"; did you mean "Xception"'):
        graded(notebook(world, net(vgg16())), base="Xceptoin")


@pytest.mark.parametrize(("served", "file"), [(False, FILE), (True, FILE), (False, None)])
def test_why_an_accuracy_says_nothing(world: World, served: bool, file: str | None) -> None:
    book = notebook(world, net(vgg16()), file=file, served=served)
    work, _ = works(book, rubric_of({"check": "summarised", "network": "net"}, networks=NETWORKS))
    reason = work.random_weights("net")
    if file and not served:
        assert reason is not None and "grade data add VGG16 FILE.h5" in reason
    else:
        assert reason is None


def test_what_reaches_its_first_convolution_is_what_reaches_the_base(world: World) -> None:
    enlarged = sequential((64, 64, 3), layer("UpSampling2D", size=[2, 2]), vgg16(), flatten(), dense(6))
    book = Notebook(world).code().builds(enlarged).compiles().fits(world.data(size=(64, 64)))
    assert judge(book, "fed_size", network="net", size=[128, 128], networks=NETWORKS).earned == MET
    assert judge(book, "fed_size", network="net", size=[64, 64], networks=NETWORKS).earned == NOT


def test_its_single_layers_are_judged_as_any_others(world: World) -> None:
    book = notebook(world, net(vgg16()))
    assert judge(book, "network", network="net", judge="whole", networks=NETWORKS).earned == MET
    added = sequential((128, 128, 3), vgg16(), layer("Dropout", rate=0.5), flatten(), dense(6, "softmax"))
    assert (
        judge(notebook(world, added), "network", network="net", judge="whole", networks=NETWORKS).earned
        == PARTLY
    )
