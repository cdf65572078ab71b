"""A history of fakes: nothing is lost, nothing is doubled, half is exchanged."""

import keras
import numpy as np
import pytest

from keras_gan_kit.models._image_pool import ImagePool

pytestmark = pytest.mark.backend


def make(size):
    return ImagePool(size, {"a": keras.Input((2,)), "b": keras.Input((1, 1))})


def fakes(numbers):
    """Samples that are known by their number."""
    numbers = np.asarray(numbers, "float32")
    return {"a": np.stack([numbers, -numbers], axis=1), "b": numbers[:, None, None]}


def exchange(pool, numbers, seed):
    """Returns the numbers of what is handed out."""
    tensors = {key: keras.ops.convert_to_tensor(leaf) for key, leaf in fakes(numbers).items()}
    handed_out = pool.exchange(tensors, seed=seed)
    found = {key: keras.ops.convert_to_numpy(leaf) for key, leaf in handed_out.items()}
    numbers = found["b"].ravel()
    np.testing.assert_array_equal(found["a"], fakes(numbers)["a"])  # samples stay whole
    return numbers.astype(int).tolist()


def kept_by(pool):
    numbers = keras.ops.convert_to_numpy(pool.kept[1]).ravel()
    np.testing.assert_array_equal(keras.ops.convert_to_numpy(pool.kept[0]), fakes(numbers)["a"])
    return numbers[: int(keras.ops.convert_to_numpy(pool.count))].astype(int).tolist()


def test_the_first_fakes_are_kept_and_handed_out():
    pool, seed = make(6), keras.random.SeedGenerator(0)
    for start in (0, 2, 4):
        assert exchange(pool, [start, start + 1], seed) == [start, start + 1]
    assert kept_by(pool) == [0, 1, 2, 3, 4, 5]


@pytest.mark.parametrize(("size", "batch"), [(4, 4), (5, 3), (7, 1), (3, 8), (50, 16), (1, 1)])
def test_nothing_is_lost_and_nothing_doubled(size, batch):
    pool, seed = make(size), keras.random.SeedGenerator(1)
    exchanged = 0
    for step in range(12):
        new = list(range(step * batch, (step + 1) * batch))
        before = kept_by(pool)
        handed_out = exchange(pool, new, seed)
        after = kept_by(pool)
        assert len(handed_out) == batch
        assert len(after) == min(size, len(before) + batch)
        free = len(after) - len(before)
        assert handed_out[:free] == new[:free]
        # What was free is kept and handed out; from then on, what goes in comes out.
        assert sorted(before + new + new[:free]) == sorted(after + handed_out)
        exchanged += len(set(handed_out) - set(new))
    assert exchanged > 0


def test_half_of_the_fakes_are_exchanged_for_any_of_the_old_ones():
    size, batch, rounds = 5, 2, 400
    pool, seed = make(size), keras.random.SeedGenerator(2)
    exchange(pool, range(size), seed)
    ages, exchanged = np.zeros(size), 0
    for step in range(rounds):
        before = kept_by(pool)
        new = [100 + 2 * step, 101 + 2 * step]
        old = set(exchange(pool, new, seed)) - set(new)
        exchanged += len(old)
        for number in old:
            ages[before.index(number)] += 1
    share, error = exchanged / (batch * rounds), 0.5 / np.sqrt(batch * rounds)
    assert abs(share - 0.5) < 4 * error
    assert abs(ages / exchanged - 1 / size).max() < 4 * np.sqrt(0.16 / exchanged)
