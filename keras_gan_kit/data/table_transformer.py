"""A table of mixed columns as one matrix for networks, and back."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Self

import keras
import numpy as np
from numpy.typing import ArrayLike, NDArray

from keras_gan_kit._errors import explain, invalid
from keras_gan_kit._faults import FAULTS
from keras_gan_kit._files import written_atomically
from keras_gan_kit.data._table_declarations import declarations, plain

if TYPE_CHECKING:
    import pandas as pd

    from keras_gan_kit.data._fitted_table import FittedTable


_ARGUMENTS = ("continuous", "binary", "categorical", "ordinal", "thresholds", "drop", "scaling")

Names = Collection[str]


@keras.saving.register_keras_serializable(package="keras_gan_kit")
class TableTransformer:
    """Makes of a table what networks learn from, and of what they generate a table again.

    A scikit-learn transformer. `fit` looks at each column that is not declared, and infers what it
    is; look at `summary()` before training:

    - constant: no two different values. It is restored, and not learnt.
    - binary: two different values.
    - ordinal: an ordered category, or whole numbers that span less than ten.
    - continuous: other numbers.
    - categorical: text, and other categories.

    Missing values are a state of their own, in every column that has some. `inverse_transform`
    restores names and order of the columns, dtypes, categories, and of numbers the smallest, the
    largest and how many decimals they have. Values go through float32, which has seven digits:
    numbers of more come back rounded.

    Scaling "minmax" makes one number in [0, 1] of every column, whatever its kind (of a level its
    position among all), for a sigmoid; a second one marks missing values. "modes" is the
    mode-specific normalisation of CTGAN (Xu et al. 2019, arXiv 1907.00503): a continuous number
    becomes its place in a mode of a Gaussian mixture, for a tanh, and a one-hot vector that says in
    which; levels become one-hot vectors, each for a softmax; constant columns become nothing.

    Args:
        continuous: Columns of numbers on a scale.
        binary: Columns of two values.
        categorical: Columns of values without an order.
        ordinal: Columns of levels that have an order; a dict also says which:
            `{"grade": ["none", "mild", "severe"]}`.
        thresholds: Where to cut columns: `{"LAD": 50}` makes 1 of 50 and more, 0 of less. They come
            back as 0 and 1.
        drop: Columns that are neither learnt nor restored, such as names.
        scaling: "minmax" or "modes".

    Raises:
        TypeError: If an argument has the wrong type.
        ValueError: If a column is declared twice, or a threshold or the scaling is not possible.

    Example:
        >>> import pandas as pd
        >>> table = pd.DataFrame({"name": list("abcd"), "age": [48, 70, 61, 59]})
        >>> table["LAD"] = [30.0, 80.0, 50.0, None]
        >>> transformer = TableTransformer(thresholds={"LAD": 50}, drop=["name"])
        >>> transformer.fit_transform(table).astype(float).round(2).tolist()
        [[0.0, 0.0, 0.0], [1.0, 1.0, 0.0], [0.59, 1.0, 0.0], [0.5, 0.67, 1.0]]
        >>> transformer.inverse_transform([[0.5, 0.9, 0.1]]).to_dict("records")
        [{'age': 59, 'LAD': 1}]
    """

    def __init__(
        self,
        *,
        continuous: Names | None = None,
        binary: Names | None = None,
        categorical: Names | None = None,
        ordinal: Names | Mapping[str, Sequence[Any]] | None = None,
        thresholds: Mapping[str, float] | None = None,
        drop: Names | None = (),
        scaling: Literal["minmax", "modes"] = "minmax",
    ) -> None:
        self.continuous = continuous
        self.binary = binary
        self.categorical = categorical
        self.ordinal = ordinal
        self.thresholds = thresholds
        self.drop = drop
        self.scaling = scaling
        self._fitted: FittedTable | None = None
        declarations(self.get_params())

    def fit(self, table: pd.DataFrame | str | PathLike[str], y: Any = None) -> Self:
        """Learns what the columns are, and how to scale them.

        Args:
            table: A DataFrame, or a file that `read_table` reads. It is not changed.
            y: Ignored; scikit-learn passes it.

        Returns:
            The transformer itself.

        Raises:
            TypeError: If it is no table.
            ValueError: If a column is missing, is not what it is declared to be, or is nothing that
                can be learnt (a date, a name in every row).
        """
        # Here, because pandas takes half a second to import.
        from keras_gan_kit.data._fitted_table import fit_table
        from keras_gan_kit.data.read_table import as_table

        self._fitted = fit_table(
            as_table(table),
            declarations(self.get_params()),
            plain(self.drop) or [],
            self.scaling,
        )
        return self

    def transform(self, table: pd.DataFrame | str | PathLike[str]) -> NDArray[np.float32]:
        """Returns the table as a matrix.

        Args:
            table: A DataFrame, or a file that `read_table` reads. The order of its columns does not
                matter, and those to drop may be absent.

        Returns:
            float32 `(n, width)`.

        Raises:
            TypeError: If it is no table.
            ValueError: If columns are missing or unknown, or a value was not possible when the
                transformer was fitted: an unknown category, a number out of bounds, a missing one.
            sklearn.exceptions.NotFittedError: If `fit` has not been called.
        """
        from keras_gan_kit.data.read_table import as_table

        fitted = self._state()
        return fitted.encode(fitted.prepare(as_table(table)))

    def fit_transform(
        self, table: pd.DataFrame | str | PathLike[str], y: Any = None
    ) -> NDArray[np.float32]:
        """Returns `fit(table).transform(table)`."""
        from keras_gan_kit.data.read_table import as_table

        table = as_table(table)
        return self.fit(table).transform(table)

    def inverse_transform(self, matrix: ArrayLike) -> pd.DataFrame:
        """Returns the table that a matrix stands for.

        Args:
            matrix: Numbers `(n, width)`, such as `transform` or a generator returns: numbers
                outside the bounds are moved to them, of a softmax the largest output counts.

        Returns:
            A DataFrame of `n` rows, numbered from 0.

        Raises:
            ValueError: If the shape is wrong, or numbers are not finite.
            sklearn.exceptions.NotFittedError: If `fit` has not been called.
        """
        return self._state().decode(np.asarray(matrix))

    def prepare(self, table: pd.DataFrame | str | PathLike[str]) -> pd.DataFrame:
        """Returns a table as `inverse_transform` would: columns dropped, thresholds applied.

        Real rows are compared with synthetic ones in this form.

        Args:
            table: A DataFrame, or a file that `read_table` reads.

        Returns:
            The columns that are learnt, with the index of the table.

        Raises:
            TypeError: If it is no table.
            ValueError: If columns are missing or unknown.
            sklearn.exceptions.NotFittedError: If `fit` has not been called.
        """
        from keras_gan_kit.data.read_table import as_table

        return self._state().prepare(as_table(table))

    @property
    def width(self) -> int:
        """How many columns the matrix has."""
        return self._state().width

    @property
    def blocks(self) -> tuple[tuple[str, int], ...]:
        """Activation and width of the outputs that follow each other in the matrix."""
        return tuple(block for scaling in self._state().scalings for block in scaling.blocks)

    def get_feature_names_out(self, input_features: Any = None) -> NDArray[np.object_]:
        """Returns a name for each column of the matrix; scikit-learn asks for them."""
        return np.array(self._state().output_names(), object)

    def summary(self) -> pd.DataFrame:
        """Shows what each column was taken for: one row for each, those dropped included."""
        return self._state().summary()

    def get_config(self) -> dict[str, Any]:
        """Returns the arguments and what was fitted, all of it as what JSON can hold."""
        arguments = plain(self.get_params())
        return {**arguments, "fitted": None if self._fitted is None else self._fitted.as_json()}

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Self:
        """Makes the transformer again of what `get_config` returned."""
        arguments = dict(config)
        fitted = arguments.pop("fitted")
        transformer = cls(**arguments)
        if fitted is not None:
            from keras_gan_kit.data._fitted_table import FittedTable

            transformer._fitted = FittedTable.from_json(fitted)
        return transformer

    def save(self, path: str | PathLike[str]) -> None:
        """Writes the transformer to a JSON file, which `load` reads.

        Args:
            path: The file. One that exists is replaced.
        """
        with written_atomically(Path(path)) as unfinished:
            unfinished.write_text(json.dumps(self.get_config(), indent=1), encoding="utf-8")

    @classmethod
    def load(cls, path: str | PathLike[str]) -> Self:
        """Reads a transformer that `save` wrote.

        Args:
            path: The file.

        Returns:
            The transformer, fitted if it was.

        Raises:
            FileNotFoundError: If there is no such file.
            ValueError: If it is another file.
        """
        content = Path(path).read_bytes()
        try:
            return cls.from_config(json.loads(content.decode()))
        except FAULTS as error:
            raise invalid(
                "path",
                received=f"{str(path)!r}, which holds something else ({error})",
                expected="a file that TableTransformer.save wrote",
                fix="check the path",
            ) from error

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Returns the arguments, as scikit-learn asks for them."""
        return {name: getattr(self, name) for name in _ARGUMENTS}

    def set_params(self, **params: Any) -> Self:
        """Changes arguments, as scikit-learn does; `fit` has to be called again."""
        type(self)(**{**self.get_params(), **params})  # says what is wrong with them
        for name, value in params.items():
            setattr(self, name, value)
        self._fitted = None
        return self

    def __sklearn_is_fitted__(self) -> bool:
        return self._fitted is not None

    def __repr__(self) -> str:
        given = plain(self.get_params()).items()
        options = [f"{name}={v!r}" for name, v in given if v not in (None, [], "minmax")]
        call = f"TableTransformer({', '.join(options)})"
        return call if self._fitted is None else f"{call}\n{self.summary().to_string()}"

    def _state(self) -> FittedTable:
        if self._fitted is None:
            from sklearn.exceptions import NotFittedError

            raise NotFittedError(
                explain(
                    "transformer",
                    received="one that has not been fitted",
                    expected="a fitted TableTransformer",
                    fix="call fit(table) first",
                )
            )
        return self._fitted
