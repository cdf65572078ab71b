"""Datasets of samples with conditions."""

import pandas as pd
import pytest

from keras_gan_kit import ConditionalGAN, data, generation, networks
from keras_gan_kit.generation.__main__ import main


def conditioned(columns):
    frame = pd.DataFrame({"age": [20, 40, 60, 60], "ill": [False, True, True, False]})
    table = data.TableTransformer(continuous=["age"]).fit(frame)
    inner = networks.table_generator(data.TableTransformer().fit(frame[columns]), 6, units=(4,))
    judge = networks.table_discriminator(1 if columns == ["ill"] else 2, units=(4,))
    gan = ConditionalGAN(
        networks.conditional_generator(inner, conditions=table, embedding_dim=2),
        networks.conditional_discriminator(judge, conditions=table),
        conditions=table,
    )
    gan.keep_examples(None, gan.encode_conditions(frame))
    return gan


def test_conditions_are_written_with_the_samples(tmp_path):
    gan = conditioned(["ill"])
    asked = {"age": (30, 70), "ill": True}
    options = {"conditions": asked, "shard_size": 3, "verbose": 0, "seed": 5}
    dataset = generation.generate_dataset(gan, 7, tmp_path, table=["score"], **options)
    _, conditions = dataset[:]
    expected = gan.draw_conditions(7, conditions=asked, seed=5)
    pd.testing.assert_frame_equal(conditions, expected)
    assert list(dataset.table()) == ["score", "age", "ill"]
    assert set(conditions["age"]) <= {40, 60}
    generation.generate_dataset(gan, 7, tmp_path, table=["score"], **options)
    with pytest.raises(ValueError, match="`labels`"):
        other = options | {"conditions": {"ill": True}}
        generation.generate_dataset(gan, 7, tmp_path, table=["score"], **other)


def test_conditions_that_are_columns_of_the_rows_are_written_once(tmp_path):
    frame = pd.DataFrame({"ill": [False, True, True, False]})
    table = data.TableTransformer().fit(frame)
    options = {"conditions": {"ill": True}, "verbose": 0, "table": table}
    dataset = generation.generate_dataset(conditioned(["ill"]), 4, tmp_path, **options)
    samples, conditions = dataset[:]
    assert samples["ill"].all()
    assert list(conditions) == ["age"]
    with pytest.raises(ValueError, match="Invalid `conditions`"):
        plain = networks.table_generator(2, 3)
        generation.generate_dataset(plain, 4, tmp_path / "b", conditions={"ill": True})
    with pytest.raises(ValueError, match="Invalid `labels`"):
        generation.generate_dataset(conditioned(["ill"]), 4, tmp_path / "c", labels=1)


def test_the_command_takes_conditions(tmp_path, capsys):
    conditioned(["ill"]).save(tmp_path / "gan.keras")
    words = [str(tmp_path / "gan.keras"), "4", str(tmp_path / "a"), "--quiet", "--conditions"]
    assert main([*words, '{"age": [30, 50]}']) == 0
    _, conditions = generation.read_dataset(tmp_path / "a")[:]
    assert set(conditions["age"]) == {40}
    assert main([*words, "{age"]) == 1
    assert "JSON" in capsys.readouterr().err
