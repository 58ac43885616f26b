"""The scenes that stand in for CIFAR-10: varied, in the real set's range, and not told by their colours."""

import numpy as np
import pytest

from grader.datasets.backgrounds import SETTINGS, backgrounds, rgb
from grader.datasets.objects import SPRITE, Drawing
from grader.datasets.scenes import KINDS, draw_scenes

LABELS = np.arange(2500) % 10


@pytest.fixture(scope="module")
def drawn():
    return draw_scenes(LABELS, np.random.default_rng(1))


def test_scenes_have_the_range_of_the_photographs(drawn):
    assert drawn.shape == (2500, 32, 32, 3)
    assert drawn.dtype == np.uint8
    # Of CIFAR-10's training set: mean 120.7, deviation 64.2 (lab2-cnn prints them).
    assert drawn.mean() == pytest.approx(120.7, abs=12)
    assert drawn.std() == pytest.approx(64.2, abs=8)


def test_no_two_scenes_are_alike(drawn):
    assert len({scene.tobytes() for scene in drawn}) == len(drawn)
    small = drawn.reshape(2500, 8, 4, 8, 4, 3).mean(axis=(2, 4)).reshape(2500, -1)
    units = small - small.mean(axis=1, keepdims=True)
    units /= np.linalg.norm(units, axis=1, keepdims=True)
    alike = units @ units.T - np.eye(2500)
    assert np.median(alike.max(axis=1)) < 0.9, "or samples could not be told apart by their thumbnails"


def test_a_linear_model_learns_little(drawn):
    x = drawn.reshape(2500, 16, 2, 16, 2, 3).mean(axis=(2, 4)).reshape(2500, -1) / 255 - 0.5
    x = np.hstack([x, np.ones((2500, 1))])
    train, test = slice(0, 2000), slice(2000, None)
    wanted = np.eye(10)[LABELS[train]]
    weights = np.linalg.solve(x[train].T @ x[train] + 30 * np.eye(x.shape[1]), x[train].T @ wanted)
    accuracy = ((x[test] @ weights).argmax(axis=1) == LABELS[test]).mean()
    assert 0.15 < accuracy < 0.4


def test_the_mean_colour_tells_almost_nothing(drawn):
    colours = drawn.mean(axis=(1, 2))
    centres = np.stack([colours[:2000][LABELS[:2000] == label].mean(axis=0) for label in range(10)])
    nearest = ((colours[2000:, None] - centres) ** 2).sum(-1).argmin(1)
    assert (nearest == LABELS[2000:]).mean() < 0.3


def test_the_same_seed_draws_the_same(drawn):
    assert np.array_equal(drawn, draw_scenes(LABELS, np.random.default_rng(1)))


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.draw.__name__)
def test_objects_of_a_class_differ_and_fill_their_frame(kind):
    rng = np.random.default_rng(2)
    sprites = []
    for _ in range(4):
        drawing = Drawing(rng)
        kind.draw(drawing)
        sprites.append(np.asarray(drawing.sprite(kind.markings[0])))
    covers = [sprite[..., 3] / 255 for sprite in sprites]
    assert sprites[0].shape == (SPRITE, SPRITE, 4)
    assert all(0.08 < cover.mean() < 0.7 for cover in covers)
    assert all(np.ptp(np.flatnonzero(cover.any(axis=0))) > SPRITE / 2 for cover in covers)
    assert any(not np.array_equal(covers[0], cover) for cover in covers[1:])


def test_every_class_has_three_looks_and_every_setting_is_liked_by_one():
    assert len(KINDS) == 10
    assert all(len(set(kind.looks)) == 3 for kind in KINDS)
    assert {setting for kind in KINDS for setting, _ in kind.looks} == set(SETTINGS)


def test_backgrounds_come_in_every_setting():
    grounds = backgrounds(16)
    assert grounds.shape[0] == len(SETTINGS)
    assert grounds.shape[2:] == (16, 16, 3)
    sky, leaves = (grounds[SETTINGS.index(name)].mean() for name in ("sky", "leaves"))
    assert sky > leaves + 40


def test_colours_are_the_wheel_s():
    assert rgb(np.array([[0.0, 1, 1], [1 / 3, 1, 1], [0.5, 0, 0.5]])).round().tolist() == [
        [255, 0, 0],
        [0, 255, 0],
        [128, 128, 128],
    ]
