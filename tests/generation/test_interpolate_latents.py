"""Paths between latents, against what is known of circles and lines."""

import math

import keras
import numpy as np
import pytest

from keras_gan_kit.generation import interpolate_latents


def normal(seed, size=64):
    return np.random.default_rng(seed).normal(size=size).astype("float32")


def angles(path):
    """The angle between each latent and the next."""
    unit = path.astype("float64") / np.linalg.norm(path.astype("float64"), axis=1, keepdims=True)
    apart = np.linalg.norm(unit[1:] - unit[:-1], axis=1)
    return 2 * np.arcsin(apart / 2)


@pytest.mark.parametrize("method", ["slerp", "linear"])
@pytest.mark.parametrize("steps", [2, 3, 10])
@pytest.mark.parametrize("size", [2, 3, 100])
def test_the_ends_are_what_was_given_to_the_last_bit(method, steps, size):
    start, end = normal(0, size), normal(1, size)
    path = interpolate_latents(start, end, steps, method=method)
    assert path.dtype == np.float32
    assert path.shape == (steps, size)
    np.testing.assert_array_equal(path[[0, -1]], [start, end])


@pytest.mark.parametrize("degrees", [0.01, 1, 45, 90, 135, 179, 179.99])
def test_a_circle_is_walked_in_equal_arcs(degrees):
    omega = math.radians(degrees)
    end = 2 * np.array([math.cos(omega), math.sin(omega)])
    path = interpolate_latents(np.array([2.0, 0.0]), end, 5)
    walked = omega * np.linspace(0, 1, 5)
    expected = 2 * np.stack([np.cos(walked), np.sin(walked)], axis=1)
    # Near 180 degrees the rounding of the ends to float32 is magnified.
    np.testing.assert_allclose(path, expected, atol=1e-6 / math.sin(max(omega, math.pi / 2)))


def test_ends_of_one_norm_keep_it_and_all_angles_are_equal():
    start, end = (10 * x / np.linalg.norm(x) for x in (normal(0), normal(1)))
    path = interpolate_latents(start, end, 9)
    np.testing.assert_allclose(np.linalg.norm(path, axis=1), 10.0, rtol=1e-6)
    cosine = float(start @ end) / 100
    np.testing.assert_allclose(angles(path), math.acos(cosine) / 8, rtol=1e-4)


def test_of_other_ends_the_norm_and_the_angle_go_in_equal_steps():
    path = interpolate_latents(normal(0), 3 * normal(1), 9)
    norms = np.linalg.norm(path.astype("float64"), axis=1)
    np.testing.assert_allclose(norms, np.linspace(norms[0], norms[-1], 9), rtol=1e-6)
    np.testing.assert_allclose(angles(path), angles(path)[0], rtol=1e-4)


def test_the_way_back_is_the_way_there():
    there, back = (interpolate_latents(normal(i), normal(1 - i), 7) for i in (0, 1))
    np.testing.assert_allclose(there, back[::-1], atol=1e-6)


def test_a_line_has_equal_differences_and_leaves_the_sphere():
    start, end = np.array([1.0, 0.0]), np.array([0.0, 1.0])
    path = interpolate_latents(start, end, 5, method="linear")
    np.testing.assert_array_equal(np.diff(path, axis=0), np.tile([-0.25, 0.25], (4, 1)))
    assert np.linalg.norm(path[2]) == pytest.approx(math.sqrt(0.5))


@pytest.mark.parametrize("factor", [1.0, 0.5, 4.0])
def test_between_parallel_ends_the_path_is_a_line(factor):
    start = normal(0)
    path = interpolate_latents(start, factor * start, 5)
    expected = np.linspace(1, factor, 5)[:, None] * start
    np.testing.assert_allclose(path, expected, rtol=1e-5, atol=1e-6)


def test_nearly_parallel_ends_give_no_nan():
    start = normal(0)
    path = interpolate_latents(start, start + np.float32(1e-7) * normal(1), 5)
    np.testing.assert_allclose(path, np.tile(start, (5, 1)), atol=1e-6)


@pytest.mark.parametrize("factor", [-1.0, -0.3])
def test_between_opposite_ends_there_is_no_shortest_arc(factor):
    start = normal(0)
    with pytest.raises(ValueError, match=r"`end`.*opposite of `start`.*third latent.*'linear'"):
        interpolate_latents(start, factor * start, 5)
    path = interpolate_latents(start, factor * start, 5, method="linear")
    assert np.isfinite(path).all()


@pytest.mark.parametrize("argument", ["start", "end"])
def test_zero_has_no_direction(argument):
    latents = {"start": normal(0), "end": normal(1), argument: np.zeros(64)}
    with pytest.raises(ValueError, match=f"`{argument}`.*no direction"):
        interpolate_latents(**latents, steps=3)


@pytest.mark.backend
def test_tensors_of_the_backend_and_lists_are_taken():
    start, end = normal(0), normal(1)
    expected = interpolate_latents(start, end, 4)
    tensors = (keras.ops.convert_to_tensor(x) for x in (start, end))
    np.testing.assert_array_equal(interpolate_latents(*tensors, 4), expected)
    np.testing.assert_array_equal(interpolate_latents(start.tolist(), end.tolist(), 4), expected)


@pytest.mark.backend
def test_a_gan_draws_the_path(make_gan):
    gan = make_gan()
    path = interpolate_latents(normal(0, 3), normal(1, 3), 5)
    drawn = gan.generate(latents=path)
    assert drawn.shape == (5, 4, 4, 1)
    for latent, sample in zip(path, drawn, strict=True):
        np.testing.assert_allclose(gan.generate(latents=latent[None])[0], sample, atol=1e-6)


@pytest.mark.parametrize(
    ("error", "argument", "value"),
    [
        (TypeError, "start", None),
        (TypeError, "start", 1.0),
        (TypeError, "end", "latent"),
        (ValueError, "end", np.zeros((1, 4))),
        (ValueError, "start", np.zeros((0,))),
        (ValueError, "end", np.ones(3)),
        (ValueError, "start", np.array([1.0, np.nan, 0.0, 0.0])),
        (ValueError, "end", np.array([1.0, np.inf, 0.0, 0.0])),
        (ValueError, "steps", 1),
        (TypeError, "steps", 2.0),
        (TypeError, "steps", True),
        (ValueError, "method", "cubic"),
        (ValueError, "method", None),
    ],
)
def test_wrong_arguments_are_named(error, argument, value):
    arguments = {"start": np.eye(4)[0], "end": np.eye(4)[1], "steps": 3, argument: value}
    with pytest.raises((TypeError, ValueError)) as caught:
        interpolate_latents(**arguments)
    assert caught.type is error
    for part in (f"`{argument}`", "Received: ", "Expected: ", "Fix: "):
        assert part in str(caught.value)
