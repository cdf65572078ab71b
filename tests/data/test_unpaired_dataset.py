"""Two sets side by side, in orders that any step can be asked for."""

import numpy as np
import pytest

from keras_gan_kit.data import UnpairedDataset


def read(dataset, epochs):
    """What is read of each set, batch by batch."""
    return [
        [dataset.batch(epoch, step) for step in range(dataset.batches_per_epoch)]
        for epoch in range(epochs)
    ]


def sequence(batches, which):
    return [number for epoch in batches for batch in epoch for number in batch[which].tolist()]


@pytest.mark.parametrize(("len_a", "len_b"), [(7, 7), (7, 3), (3, 7), (1, 5), (5, 1)])
@pytest.mark.parametrize("batch_size", [1, 2, 10])
@pytest.mark.parametrize("steps_per_epoch", [None, 3])
def test_each_pass_over_a_set_has_all_of_it(len_a, len_b, batch_size, steps_per_epoch):
    dataset = UnpairedDataset(
        np.arange(len_a), np.arange(len_b), batch_size=batch_size, steps_per_epoch=steps_per_epoch
    )
    batches = read(dataset, 6)
    for epoch in batches:
        assert len(epoch) == steps_per_epoch or -(-max(len_a, len_b) // batch_size)
        assert all(len(a) == len(b) <= batch_size for a, b in epoch)
    for which, length in ((0, len_a), (1, len_b)):
        numbers = sequence(batches, which)
        for start in range(0, len(numbers) - length + 1, length):
            assert sorted(numbers[start : start + length]) == list(range(length))


def test_an_epoch_is_one_pass_over_the_longer_set():
    dataset = UnpairedDataset(np.arange(3), np.arange(8), batch_size=3)
    assert dataset.batches_per_epoch == len(dataset) == 3
    (epoch,) = read(dataset, 1)
    assert sorted(number for _, b in epoch for number in b.tolist()) == list(range(8))


def test_orders_are_of_their_own():
    dataset = UnpairedDataset(np.arange(20), np.arange(20), batch_size=20)
    batches = read(dataset, 2)
    orders = {tuple(sequence([epoch], which)) for epoch in batches for which in (0, 1)}
    assert len(orders) == 4
    others = read(UnpairedDataset(np.arange(20), np.arange(20), batch_size=20, seed=1), 2)
    assert sequence(others, 0) != sequence(batches, 0)


def test_any_step_can_be_asked_for():
    def make():
        return UnpairedDataset(np.arange(7), np.arange(4), batch_size=2, seed=3)

    expected = read(make(), 3)
    for epoch, step in ((2, 3), (0, 1), (1, 0), (2, 0)):
        for found, wanted in zip(make().batch(epoch, step), expected[epoch][step], strict=True):
            np.testing.assert_array_equal(found, wanted)
    dataset = make()
    dataset.seek(1, step=2)
    left = [(a.tolist(), b.tolist()) for a, b in dataset]
    assert left == [(a.tolist(), b.tolist()) for a, b in expected[1][2:]]


def test_several_batches_are_read_at_once():
    dataset = UnpairedDataset(np.arange(6), np.arange(4) + 10, batch_size=2)
    indices = [dataset.batch_indices(0, step) for step in range(3)]
    a, b = dataset.take(np.stack(indices))
    assert a.shape == b.shape == (3, 2)
    for step in range(3):
        for whole, one in zip((a, b), dataset.batch(0, step), strict=True):
            np.testing.assert_array_equal(whole[step], one)


def test_structures_of_arrays():
    a = {"image": np.zeros((3, 2)), "table": np.arange(3)}
    dataset = UnpairedDataset(a, [np.arange(5)], batch_size=4)
    first, second = dataset.batch(0, 0)
    assert {key: leaf.shape for key, leaf in first.items()} == {"image": (4, 2), "table": (4,)}
    assert second[0].shape == (4,)


@pytest.mark.parametrize(
    ("error", "argument", "a", "b", "options"),
    [
        (TypeError, "a", None, np.arange(3), {}),
        (TypeError, "b", np.arange(3), None, {}),
        (ValueError, "a", np.arange(0), np.arange(3), {}),
        (ValueError, "b", np.arange(3), np.arange(0), {}),
        (ValueError, "a", {"x": np.arange(3), "y": np.arange(2)}, np.arange(3), {}),
        (ValueError, "batch_size", np.arange(3), np.arange(3), {"batch_size": 0}),
        (TypeError, "shuffle", np.arange(3), np.arange(3), {"shuffle": "no"}),
        (ValueError, "seed", np.arange(3), np.arange(3), {"seed": -1}),
        (ValueError, "steps_per_epoch", np.arange(3), np.arange(3), {"steps_per_epoch": 0}),
    ],
)
def test_bad_input_is_named(error, argument, a, b, options):
    with pytest.raises((TypeError, ValueError)) as caught:
        UnpairedDataset(a, b, **options)
    assert caught.type is error
    assert str(caught.value).startswith(f"Invalid `{argument}`. Received: ")
