"""Which photographs an array holds and how they were scaled, measured from thumbnails."""

import dataclasses
import os
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from fruit_spec import FRUITS, Spec
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from grader.datasets import provision
from grader.datasets.identify import identify
from grader.datasets.index import LUMINANCE, ImageIndex
from grader.datasets.served import serve_image_folder
from grader.evidence.thumbnails import block_means

RESAMPLING = [Image.Resampling.NEAREST, Image.Resampling.BILINEAR, Image.Resampling.BOX]

SCALINGS = {
    "raw 0..255": lambda x: x,
    "divided by 255": lambda x: x / 255,
    "divided by 255 twice": lambda x: x / 255 / 255,
    "scaled to [-1, 1]": lambda x: x / 127.5 - 1,
    "standardised": lambda x: (x - x.mean((0, 1, 2))) / x.std((0, 1, 2)),
    "channel means subtracted": lambda x: x[..., ::-1] - (103.939, 116.779, 123.68),
}


def photographs(fruits, index, side, how=Image.Resampling.BILINEAR):
    """All served images as a student has them: RGB, one size, float."""
    images = []
    for path in index.paths:
        with Image.open(fruits.root / path) as image:
            images.append(np.asarray(image.convert("RGB").resize((side, side), how)))
    return np.stack(images).astype(np.float64)


@pytest.fixture(scope="module")
def index(fruits):
    return ImageIndex.of(fruits)


@pytest.fixture(scope="module")
def at_128(fruits, index):
    return photographs(fruits, index, 128)


def test_an_index_knows_every_image_and_is_kept(fruits, index):
    assert len(index.paths) == len(index.whole) == 120
    assert Counter(index.splits) == {"train": 90, "test": 30}
    assert Counter(index.classes) == dict.fromkeys(FRUITS, 20)
    again = ImageIndex.of(fruits)
    assert again.paths == index.paths
    np.testing.assert_array_equal(again.whole, index.whole)
    assert again.deviation == pytest.approx(index.deviation)


@pytest.mark.parametrize("how", RESAMPLING)
@pytest.mark.parametrize(("side", "least"), [(224, 120), (128, 120), (64, 120), (28, 116)])
def test_every_photograph_is_known_again_at_any_size(fruits, index, side, least, how):
    found = identify(block_means(photographs(fruits, index, side, how)), index)
    assert found.matched >= least
    assert all(match in (None, number) for number, match in enumerate(found.matches))
    assert found.preprocessing.words == "raw 0..255"
    assert found.preprocessing.exact


@pytest.mark.parametrize("words", SCALINGS)
def test_usual_scalings_have_names(index, at_128, words):
    found = identify(block_means(SCALINGS[words](at_128)), index)
    assert found.matched == 120
    assert found.preprocessing.words == words
    assert found.preprocessing.exact
    assert found.preprocessing.residual < 1


@settings(max_examples=25, deadline=None)
@given(
    scale=st.floats(1e-5, 1e3) | st.floats(-1e3, -1e-5),
    offset=st.floats(-3, 3),
    order=st.permutations(range(120)),
)
def test_any_affine_map_and_order_is_recovered(index, scale, offset, order):
    taken = np.array(order[:50])
    found = identify(index.whole[taken].astype(np.float64) * scale + offset * abs(scale) * 255, index)
    assert found.matches == tuple(taken.tolist())
    assert found.preprocessing.scale == pytest.approx([scale] * 3, rel=1e-4)
    assert found.preprocessing.offset == pytest.approx([offset * abs(scale) * 255] * 3, abs=abs(scale) * 0.1)
    assert found.preprocessing.exact


def test_channels_may_have_maps_of_their_own(index, at_128):
    mean, deviation = np.array((0.485, 0.456, 0.406)), np.array((0.229, 0.224, 0.225))
    found = identify(block_means((at_128 / 255 - mean) / deviation), index).preprocessing
    assert found.words == "standardised"
    assert found.scale == pytest.approx(1 / 255 / deviation, rel=1e-3)
    assert found.offset == pytest.approx(-mean / deviation, abs=5e-3)


def test_each_image_standardised_by_itself_is_no_one_map(index, at_128):
    alone = (at_128 - at_128.mean((1, 2, 3), keepdims=True)) / at_128.std((1, 2, 3), keepdims=True)
    found = identify(block_means(alone), index)
    assert found.matched == 120
    assert found.preprocessing.words == "standardised"
    assert not found.preprocessing.exact


def test_what_has_no_name_is_told_in_numbers(index, at_128):
    found = identify(block_means(at_128 / 100 + 3), index).preprocessing
    assert found.words == "unknown"
    assert found.exact
    assert str(found) == "pixel * 0.01 +3"


def test_another_curve_is_not_exact(index, at_128):
    found = identify(block_means((at_128 / 255) ** 3), index).preprocessing
    assert found.words == "unknown"
    assert not found.exact


def test_grey_28_by_28(fruits, index):
    grey = photographs(fruits, index, 28, Image.Resampling.BOX) @ LUMINANCE
    for images in (grey, np.repeat(grey[..., np.newaxis], 3, axis=3)):
        found = identify(block_means(images / 255), index)
        assert found.matches == tuple(range(120))
        assert found.channels == "grey"
        assert found.preprocessing.words == "divided by 255"
        assert len(found.preprocessing.scale) == 1


def test_blue_may_come_first(index, at_128):
    found = identify(block_means(at_128[..., ::-1] / 255), index)
    assert found.channels == "bgr"
    assert found.matches == tuple(range(120))
    assert found.preprocessing.words == "divided by 255"


def test_an_alpha_channel_does_not_matter(index, at_128):
    found = identify(block_means(np.concatenate([at_128, np.full_like(at_128[..., :1], 255)], axis=3)), index)
    assert found.matches == tuple(range(120))
    assert found.preprocessing.words == "raw 0..255"


def test_augmented_by_mirroring(index, at_128):
    mirrored = np.arange(120) % 3 == 0
    images = np.where(mirrored[:, np.newaxis, np.newaxis, np.newaxis], at_128[:, :, ::-1], at_128)
    found = identify(block_means(images / 255), index)
    assert found.matches == tuple(range(120))
    assert found.flipped == 40
    assert found.preprocessing.words == "divided by 255"
    assert found.preprocessing.exact


def test_cropped_to_the_central_square(index):
    found = identify(index.centre / 255, index)
    assert found.cropped
    assert found.matches == tuple(range(120))
    assert found.preprocessing.words == "divided by 255"


def test_splits_classes_and_labels(index, at_128):
    order = np.random.default_rng(0).permutation([n for n in range(120) if index.splits[n] == "test"])
    found = identify(block_means(at_128[order] / 255), index)
    assert found.splits() == {"test": 30}
    assert found.classes() == dict.fromkeys(FRUITS, 5)
    assert found.distinct == 30
    labels = [FRUITS.index(index.classes[number]) for number in order]
    assert found.label_agreement(labels, FRUITS) == 1.0
    assert found.label_agreement([(label + 1) % 6 for label in labels], FRUITS) == 0.0
    assert found.label_agreement([0] * 30, FRUITS) == pytest.approx(1 / 6)
    assert found.label_agreement([-1, 6, 99], FRUITS) == 0.0
    assert found.files()[0] == index.paths[order[0]]


def test_what_was_never_served_is_not_found(index, at_128):
    rng = np.random.default_rng(3)
    noise = block_means(rng.integers(0, 256, (40, 64, 64, 3)))
    constant = np.full((2, 8, 8, 3), 7.0)
    absent = np.full((1, 8, 8, 3), np.nan)
    found = identify(np.concatenate([noise, constant, absent]), index)
    assert found.matched == 0
    assert found.preprocessing.words == "unknown"
    assert found.label_agreement([0] * 43, FRUITS) is None


def test_photographs_outside_the_index_are_not_taken_for_others(index, at_128):
    known = slice(0, None, 2)
    half = dataclasses.replace(
        index, whole=index.whole[known], centre=index.centre[known], paths=index.paths[known]
    )
    found = identify(block_means(at_128), half)
    assert found.matches[1::2] == (None,) * 60
    assert found.matches[0::2] == tuple(range(60))
    assert found.preprocessing.words == "raw 0..255"


def test_strange_samples_do_not_spoil_the_map(index, at_128):
    images = at_128 / 255
    images[:12] = images[:12] * 3 + 1
    found = identify(block_means(images), index)
    assert found.matched == 120
    assert found.preprocessing.words == "divided by 255"


def test_nothing_at_all(index):
    found = identify(np.zeros((0, 8, 8, 3)), index)
    assert found.matches == ()
    assert found.preprocessing.words == "unknown"
    with pytest.raises(ValueError, match="8, 8"):
        identify(np.zeros((3, 16, 16, 3)), index)


class TestOnePhotographSavedTwice:
    @pytest.fixture
    def doubled(self, index):
        """The index with its first ten training photographs in test/ too, a shade brighter."""
        train = [number for number in range(120) if index.splits[number] == "train"][:10]
        copies = tuple(f"test/{index.classes[number]}/copy {number}.jpeg" for number in train)
        return train, dataclasses.replace(
            index,
            whole=np.concatenate([index.whole, index.whole[train] * 0.99 + 1]),
            centre=np.concatenate([index.centre, index.centre[train] * 0.99 + 1]),
            paths=index.paths + copies,
        )

    def test_belongs_to_the_split_of_the_others(self, doubled):
        _, index = doubled
        for split in ("train", "test"):
            numbers = [number for number in range(len(index.paths)) if index.splits[number] == split]
            found = identify(index.whole[numbers], index)
            assert found.splits() == {split: len(numbers)}
            assert found.ambiguous == 10
            assert found.matches == tuple(numbers)

    def test_both_copies_are_told_apart_when_both_are_there(self, doubled):
        _, index = doubled
        found = identify(index.whole, index)
        assert found.distinct == len(index.paths)
        assert found.splits() == {"train": 90, "test": 40}


@pytest.mark.real
@pytest.mark.skipif(
    "GRADER_TEST_FRUITS" not in os.environ, reason="GRADER_TEST_FRUITS names no zip of photographs"
)
@pytest.mark.parametrize("side", [224, 128, 64, 28])
def test_real_photographs_are_known_again(tmp_path, side):
    provision.add("fruits", Path(os.environ["GRADER_TEST_FRUITS"]))
    served = serve_image_folder("fruits", Spec(), tmp_path)
    index = ImageIndex.of(served)
    for how in RESAMPLING:
        found = identify(block_means(photographs(served, index, side, how) / 255), index)
        assert found.matched >= (120 if side >= 64 else 114)
        assert all(match in (None, number) for number, match in enumerate(found.matches))
        assert found.preprocessing.words == "divided by 255"
        assert found.preprocessing.exact
