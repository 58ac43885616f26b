"""Block means: exact averages of the whole area, for any size of image."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from grader.evidence.thumbnails import block_means

sizes = st.integers(1, 40)


@given(sizes, sizes, st.floats(-300, 300, width=32))
def test_a_constant_image_stays_constant(height, width, value):
    means = block_means(np.full((2, height, width, 3), value, np.float32))
    assert means.shape == (2, 8, 8, 3)
    np.testing.assert_allclose(means, value, rtol=1e-5, atol=1e-5)


@given(sizes, sizes, st.integers(1, 4), st.randoms(use_true_random=False))
def test_the_mean_of_the_blocks_is_the_mean_of_the_image(height, width, channels, random):
    image = np.random.default_rng(random.getrandbits(32)).random((1, height, width, channels))
    np.testing.assert_allclose(block_means(image).mean((1, 2)), image.mean((1, 2)), rtol=1e-5)


@given(arrays(np.uint8, st.tuples(st.just(2), sizes, sizes, st.just(3))), st.floats(-2, 2), st.floats(-5, 5))
def test_an_affine_map_of_pixels_is_the_same_map_of_block_means(images, scale, offset):
    mapped = block_means(images.astype(np.float64) * scale + offset)
    np.testing.assert_allclose(mapped, block_means(images) * scale + offset, atol=1e-3)


def test_sizes_that_eight_divides_give_plain_means_of_blocks():
    image = np.random.default_rng(0).integers(0, 256, (1, 16, 24, 3)).astype(np.uint8)
    plain = image.reshape(1, 8, 2, 8, 3, 3).mean((2, 4))
    np.testing.assert_allclose(block_means(image), plain, rtol=1e-6)


def test_pixels_on_an_edge_count_by_their_area():
    row = np.arange(12.0).reshape(1, 1, 12, 1)  # a block is 1.5 pixels wide
    np.testing.assert_allclose(block_means(row)[0, 0, :2, 0], [(0 + 0.5 * 1) / 1.5, (0.5 * 1 + 2) / 1.5])


def test_lists_may_mix_sizes_and_agree_with_arrays():
    rng = np.random.default_rng(1)
    one, two = rng.random((30, 20, 3)), rng.random((9, 50, 3))
    both = block_means([one, two])
    np.testing.assert_array_equal(both[:1], block_means(one[np.newaxis]))
    np.testing.assert_array_equal(both[1:], block_means(two[np.newaxis]))


def test_grey_images_may_lack_the_channel_axis():
    grey = np.random.default_rng(2).random((5, 28, 28))
    np.testing.assert_array_equal(block_means(grey), block_means(grey[..., np.newaxis]))
    np.testing.assert_array_equal(block_means(list(grey)), block_means(grey))


@pytest.mark.parametrize("shape", [(3,), (3, 4), (2, 0, 8, 3), (1, 2, 3, 4, 5)])
def test_what_is_no_image_is_refused(shape):
    with pytest.raises(ValueError, match="shape"):
        block_means(np.zeros(shape))


def test_mixed_numbers_of_channels_are_refused():
    with pytest.raises(ValueError, match="channels"):
        block_means([np.zeros((8, 8, 3)), np.zeros((8, 8))])
