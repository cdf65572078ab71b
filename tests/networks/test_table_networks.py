"""Rows of a table alone: sizes, ranges, training, and what is refused."""

import numpy as np
import pandas as pd
import pytest

from keras_gan_kit import RelativisticGAN
from keras_gan_kit.data import TableTransformer
from keras_gan_kit.networks import table_discriminator, table_generator

pytestmark = pytest.mark.backend


def patients():
    draws = np.random.default_rng(0)
    return pd.DataFrame({"age": draws.normal(60, 10, 50), "sex": draws.choice(["f", "m"], 50)})


def test_parameters_are_those_of_dense_layers():
    generator = table_generator(5, 3, units=(7, 6))
    assert generator.count_params() == (3 + 1) * 7 + (7 + 1) * 6 + (6 + 1) * 5
    discriminator = table_discriminator(5, units=(7, 6))
    assert discriminator.count_params() == (5 + 1) * 7 + (7 + 1) * 6 + (6 + 1) * 1


def test_a_number_of_columns_means_numbers_between_0_and_1():
    rows = table_generator(5, 3, units=(7,)).predict(100.0 * np.ones((2, 3)), verbose=0)
    assert rows.shape == (2, 5)
    assert rows.min() >= 0 and rows.max() <= 1


def test_a_transformer_takes_the_rows_back():
    table = TableTransformer(scaling="modes").fit(patients())
    generator = table_generator(table, units=(8,))
    gan = RelativisticGAN(generator, table_discriminator(table, units=(8,)), seed=0)
    gan.compile()
    gan.fit(table.transform(patients()), epochs=1, batch_size=25, verbose=0)
    drawn = table.inverse_transform(gan.generate(20, seed=0))
    assert drawn.dtypes.equals(patients().dtypes)
    assert set(drawn["sex"]) <= {"f", "m"}
    assert drawn["age"].between(patients()["age"].min(), patients()["age"].max()).all()


@pytest.mark.parametrize(
    ("build", "options", "error", "argument"),
    [
        (table_generator, {"table": 0}, ValueError, "table"),
        (table_generator, {"table": "35"}, TypeError, "table"),
        (table_generator, {"table": 3, "units": ()}, ValueError, "units"),
        (table_generator, {"table": 3, "latent_dim": 0}, ValueError, "latent_dim"),
        (table_discriminator, {"table": 2.5}, TypeError, "table"),
        (table_discriminator, {"table": 3, "units": (0,)}, ValueError, r"units\[0\]"),
    ],
)
def test_what_makes_no_network_is_named(build, options, error, argument):
    with pytest.raises(error, match=f"`{argument}`"):
        build(**options)
