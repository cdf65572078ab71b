"""Reading a data set back, in pieces and in whole."""

import keras
import numpy as np
import pandas as pd
import pytest
import tiny_models

from keras_gan_kit.generation import GeneratedDataset, generate_dataset, read_dataset


@pytest.fixture(scope="module", params=["parquet", "folder"])
def dataset(request, tmp_path_factory):
    keras.utils.set_random_seed(0)
    folder = tmp_path_factory.mktemp(request.param)
    return generate_dataset(
        tiny_models.joint(),
        # More than one group of rows in a Parquet file, and shards that batches straddle.
        3000,
        folder,
        format=request.param,
        shard_size=2500,
        batch_size=300,
        table=tiny_models.Patients(),
        verbose=0,
    )


@pytest.fixture(scope="module")
def whole(dataset):
    return dataset.load()


@pytest.mark.parametrize(
    "place",
    [
        slice(0, 1),
        slice(1020, 1030),
        slice(2499, 2501),
        slice(2700, None),
        slice(-3, None),
        slice(7, 7),
        slice(9, 2),
        slice(2999, 5000),
    ],
)
def test_any_slice(dataset, whole, place):
    read = dataset[place]
    np.testing.assert_array_equal(read["image"], whole["image"][place])
    expected = whole["table"][place].reset_index(drop=True)
    pd.testing.assert_frame_equal(read["table"], expected)


def test_shards_and_batches_are_all_there_is(dataset, whole):
    assert [len(shard["table"]) for shard in dataset] == [2500, 500]
    batches = list(dataset.batches(700))
    assert [len(batch["image"]) for batch in batches] == [700] * 4 + [200]
    together = np.concatenate([batch["image"] for batch in batches])
    np.testing.assert_array_equal(together, whole["image"])


def test_opening_reads_nothing_and_knows_its_length(dataset):
    again = read_dataset(str(dataset.directory))
    assert isinstance(again, GeneratedDataset)
    assert len(again) == 3000
    assert "3000 samples" in repr(again)
    np.testing.assert_array_equal(again.load(5)["image"], dataset[:5]["image"])
    again.verify()


@pytest.mark.parametrize("place", [3, "a", None, (1, 2)])
def test_one_sample_is_a_slice(dataset, place):
    with pytest.raises(TypeError, match=r"`samples`.*dataset\[:100\]"):
        dataset[place]


@pytest.mark.parametrize("step", [-1, 2])
def test_slices_have_no_steps(dataset, step):
    with pytest.raises(ValueError, match="consecutive samples"):
        dataset[0:10:step]


def test_wrong_numbers_are_named(dataset):
    for argument, call in {
        "num_samples": lambda: dataset.load(0),
        "batch_size": lambda: dataset.batches(0),
    }.items():
        with pytest.raises(ValueError, match=f"`{argument}`"):
            call()


def test_a_folder_without_a_data_set(tmp_path):
    for folder in (tmp_path, tmp_path / "missing"):
        with pytest.raises(ValueError, match=r"`directory`.*no _manifest.json"):
            read_dataset(folder)
    with pytest.raises(TypeError, match="`directory`"):
        read_dataset(None)


def test_images_alone_have_no_table(tmp_path):
    dataset = generate_dataset(tiny_models.images(), 3, tmp_path, verbose=0)
    with pytest.raises(ValueError, match="only has images"):
        dataset.table()
