"""Converts tables of mixed columns to matrices and back."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from inspect import signature
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Self, get_type_hints

import keras
import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.exceptions import NotFittedError

from keras_gan_kit._arguments import integer
from keras_gan_kit._errors import explain, invalid, wrong_type
from keras_gan_kit._files import written_atomically
from keras_gan_kit.data._from_json import check_types
from keras_gan_kit.data._table_declarations import array_as_table, declarations, plain

if TYPE_CHECKING:
    import pandas as pd

    from keras_gan_kit.data._column import Column
    from keras_gan_kit.data._fitted_table import FittedTable
    from keras_gan_kit.data._table_column import Rules

Names = Collection[str]
# What pandas raises for levels that don't match their dtype, and json for deep nesting.
_DAMAGED = (ValueError, ArithmeticError, NotImplementedError, RecursionError)


@keras.saving.register_keras_serializable(package="keras_gan_kit")
class TableTransformer(TransformerMixin, BaseEstimator):
    """Converts a table of mixed columns to a matrix for networks, and back.

    A scikit-learn transformer. `fit` infers the kind of each column, unless you declare it. Check
    `summary()` before training:

    - constant: all values are equal. It is restored, but not learned.
    - key: it only identifies rows. All values differ, and they are text, integers that step by a
      constant, or integers in a column named, for example, "patient_id". It is not learned;
      `inverse_transform` generates new values of the same form.
    - binary: two different values.
    - ordinal: an ordered category, or integers that span less than ten.
    - continuous: other numbers, dates, times and durations.
    - categorical: text, and other categories.

    Missing values are a separate state in every column that has some. `inverse_transform` restores
    the names, order, dtypes, units, time zones and categories of the columns, as well as the
    smallest and largest numbers and the number of decimals. Values pass through float32, so numbers
    with more than seven digits are rounded.

    Scaling "minmax" maps every column, whatever its kind, to one number in [0, 1] for a sigmoid
    (levels by their position); a second number marks missing values. "modes" is the mode-specific
    normalization of CTGAN (Xu et al. 2019, arXiv 1907.00503): a continuous number becomes its
    position in a mode of a Gaussian mixture, for a tanh, and a one-hot vector of the mode; levels
    become one-hot vectors, each for a softmax; constant columns are left out.

    Args:
        continuous: Columns of numbers.
        binary: Columns with two values.
        categorical: Columns of values without an order.
        ordinal: Columns of levels that have an order; a dict also gives the order:
            `{"grade": ["none", "mild", "severe"]}`.
        thresholds: Thresholds of columns: `{"LAD": 50}` converts values of 50 or more to 1 and
            others to 0. `inverse_transform` returns 0 and 1.
        drop: Columns to leave out, such as names.
        scaling: "minmax" or "modes".
        log: Columns of numbers on a logarithmic scale. None chooses those whose numbers span
            several orders of magnitude; `summary()` shows them.
        out_of_range: What `transform` does with numbers beyond those of the training rows: "clip"
            clips them and warns, "error" raises an error, "extend" keeps them, and lets
            `inverse_transform` return numbers outside the bounds.
        handle_unknown: What `transform` does with levels that the training rows lack, and with
            missing values in columns that had none: "warn" and "ignore" encode them as all zeros in
            a one-hot vector, and elsewhere as the most frequent level or the mean; "error" raises
            an error.
        constraints: Constraints that every row of `inverse_transform` satisfies: comparisons such
            as `"admitted <= discharged"` and `"sex == 'f' or pregnant == 'no'"`, and formulas for a
            column such as `"bmi = round(weight / (height / 100) ** 2, 1)"`. They may contain
            columns (in backticks if the name has spaces), numbers, text, dates as text (times are
            in days), `+ - * / // % **`, `< <= > >= == != in and or not` and abs, round, floor,
            ceil, sqrt, log, log10, exp, min and max. Rows with missing values satisfy a constraint.
            `fit` warns about training rows that violate one; `violations()` counts them.

    Raises:
        TypeError: If an argument has the wrong type.
        ValueError: If a column is declared twice, or an argument has an invalid value.

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

    # On the class, because in scikit-learn a constructor may only set its arguments.
    _fitted: FittedTable | None = None

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
        log: Names | None = None,
        out_of_range: Literal["clip", "error", "extend"] = "clip",
        handle_unknown: Literal["warn", "ignore", "error"] = "warn",
        constraints: Sequence[str] | None = None,
    ) -> None:
        self.continuous = continuous
        self.binary = binary
        self.categorical = categorical
        self.ordinal = ordinal
        self.thresholds = thresholds
        self.drop = drop
        self.scaling = scaling
        self.log = log
        self.out_of_range = out_of_range
        self.handle_unknown = handle_unknown
        self.constraints = constraints
        declarations(self.get_params())

    def fit(self, table: pd.DataFrame | ArrayLike | str | PathLike[str], y: Any = None) -> Self:
        """Infers the kinds of the columns and fits their scalings.

        Args:
            table: A DataFrame of pandas, Polars or Arrow; a file that `read_table` reads; or an
                array `(n, columns)`, whose columns are named "x0", "x1" and so on. It is not
                modified.
            y: Ignored; present for compatibility with scikit-learn.

        Returns:
            The transformer itself.

        Raises:
            TypeError: If it is not a table.
            ValueError: If a column is missing, doesn't fit its declaration, or can't be learned.
        """
        # Import pandas late: it takes half a second.
        from keras_gan_kit.data._constraints import parse
        from keras_gan_kit.data._fitted_table import fit_table

        declared = declarations(self.get_params())
        frame, is_named = self._frame(table)
        log = None if self.log is None else list(self.log)
        parsed = [parse(text) for text in self.constraints or ()]
        drop = plain(self.drop) or []
        self._fitted = fit_table(frame, declared, drop, self.scaling, log, parsed)
        self._set_names(list(frame.columns) if is_named else None, frame.shape[1])
        return self

    def transform(
        self, table: pd.DataFrame | ArrayLike | str | PathLike[str]
    ) -> NDArray[np.float32]:
        """Encodes a table as a matrix.

        Args:
            table: A table in any form that `fit` accepts. The order of the columns doesn't matter,
                and keys and dropped columns may be absent.

        Returns:
            float32 `(n, width)`.

        Raises:
            TypeError: If it is not a table.
            ValueError: If columns are missing or unknown, or a value is invalid under
                `out_of_range` or `handle_unknown`.
            sklearn.exceptions.NotFittedError: If `fit` has not been called.
        """
        fitted = self._state()
        frame, is_named = self._frame(table)
        if not is_named and frame.shape[1] != self.n_features_in_:
            raise ValueError(
                f"X has {frame.shape[1]} features, but TableTransformer is expecting "
                f"{self.n_features_in_} features as input."
            )
        return fitted.encode(fitted.prepare(frame), self._rules())

    def fit_transform(
        self, table: pd.DataFrame | ArrayLike | str | PathLike[str], y: Any = None
    ) -> NDArray[np.float32]:
        """Returns `fit(table).transform(table)`."""
        if isinstance(table, str | PathLike):
            from keras_gan_kit.data.read_table import as_table

            table = as_table(table)
        return self.fit(table).transform(table)

    def inverse_transform(self, matrix: ArrayLike, *, first_row: int = 0) -> pd.DataFrame:
        """Decodes a matrix to a table.

        Args:
            matrix: Numbers `(n, width)`, such as `transform` or a generator returns. Numbers
                outside the bounds are clipped; for a softmax, the largest output determines the
                level.
            first_row: The index of the first row, from which keys are generated. Pass the number of
                rows returned so far to get different keys.

        Returns:
            A DataFrame of `n` rows with the index 0 to n - 1.

        Raises:
            ValueError: If the shape is wrong, or numbers are not finite.
            sklearn.exceptions.NotFittedError: If `fit` has not been called.
        """
        first = integer("first_row", first_row, minimum=0)
        return self._state().decode(np.asarray(matrix), self._rules(), first)

    def prepare(self, table: pd.DataFrame | str | PathLike[str]) -> pd.DataFrame:
        """Drops columns and applies thresholds, as in the tables that `inverse_transform` returns.

        Use it to compare real rows with synthetic ones.

        Args:
            table: A DataFrame, or a file that `read_table` reads.

        Returns:
            The kept columns, with the index of the table.

        Raises:
            TypeError: If it is not a table.
            ValueError: If columns are missing or unknown.
            sklearn.exceptions.NotFittedError: If `fit` has not been called.
        """
        return self._state().prepare(self._frame(table)[0])

    @property
    def width(self) -> int:
        """The number of columns of the matrix."""
        return self._state().width

    @property
    def blocks(self) -> tuple[tuple[str, int], ...]:
        """The activation and width of each block of columns in the matrix."""
        return tuple(block for scaling in self._state().scalings for block in scaling.blocks)

    def get_feature_names_out(self, input_features: Any = None) -> NDArray[np.object_]:
        """Returns a name for each column of the matrix.

        Args:
            input_features: None, or the names of the columns that `fit` was called with.

        Raises:
            ValueError: If the names differ from those in `fit`.
        """
        fitted = self._state()
        given = None if input_features is None else list(input_features)
        if given is not None and given != self._names():
            raise invalid(
                "input_features",
                received=f"{given}, which is not equal to feature_names_in_",
                expected=f"None, or {self._names()}",
                fix="leave it out",
            )
        return np.array(fitted.output_names(), object)

    def summary(self) -> pd.DataFrame:
        """Returns a table that describes each column, including dropped ones."""
        return self._state().summary()

    def violations(self) -> pd.DataFrame:
        """Returns the number of training rows that violate each constraint."""
        import pandas as pd

        fitted = self._state()
        counts = np.array(fitted.violations, int)
        shown = {"violations": counts, "share": counts / max(fitted.rows, 1)}
        return pd.DataFrame(shown, index=pd.Index(self.constraints or [], name="constraint"))

    def get_config(self) -> dict[str, Any]:
        """Returns the arguments and the fitted state as a JSON object."""
        arguments = plain(self.get_params())
        if self._fitted is None:
            return {**arguments, "fitted": None}
        names = {"names": self._names(), "named": hasattr(self, "feature_names_in_")}
        return {**arguments, "fitted": {**self._fitted.as_json(), **names}}

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Self:
        """Creates a transformer from what `get_config` returned."""
        arguments = dict(config)
        fitted = arguments.pop("fitted")
        transformer = cls(**arguments)
        if fitted is not None:
            from keras_gan_kit.data._fitted_table import FittedTable

            transformer._fitted = FittedTable.from_json(fitted)
            check_types(
                {key: fitted[key] for key in ("names", "named") if key in fitted},
                {"names": list[str], "named": bool},
            )
            # Version 1 didn't store the order of dropped columns.
            names = fitted.get("names") or [
                *(column.name for column in transformer._fitted.columns),
                *transformer._fitted.dropped,
            ]
            transformer._set_names(names if fitted.get("named", True) else None, len(names))
        return transformer

    def save(self, path: str | PathLike[str]) -> None:
        """Writes the transformer to a JSON file, which `load` reads.

        Args:
            path: The file. An existing file is overwritten.
        """
        with written_atomically(Path(path)) as unfinished:
            unfinished.write_text(json.dumps(self.get_config(), indent=1), encoding="utf-8")

    @classmethod
    def load(cls, path: str | PathLike[str]) -> Self:
        """Reads a transformer that `save` wrote.

        Args:
            path: The file.

        Returns:
            The transformer, including its fitted state.

        Raises:
            FileNotFoundError: If there is no such file.
            ValueError: If `save` didn't write the file.
        """
        content = Path(path).read_bytes()
        try:
            config = json.loads(content.decode())
            if not isinstance(config, dict) or "fitted" not in config:
                raise ValueError("it has no entry 'fitted'")
            hints = get_type_hints(cls.__init__) | {"fitted": dict[str, Any] | None}
            if not config.keys() <= hints.keys():
                raise ValueError(f"its entries are {list(config)}")
            check_types(config | {"fitted": None}, hints)
            return cls.from_config(config)
        except _DAMAGED as error:
            raise invalid(
                "path",
                received=f"{str(path)!r}, which holds something else ({error})",
                expected="a file that TableTransformer.save wrote",
                fix="check the path",
            ) from error

    def set_params(self, **params: Any) -> Self:
        """Changes arguments. Call `fit` again afterwards.

        Raises:
            ValueError: If there is no such argument, or its value is not valid.
            TypeError: If a value has the wrong type.
        """
        if not params:
            return self
        known = self.get_params()
        if params.keys() <= known.keys():
            declarations({**known, **params})
        super().set_params(**params)  # raises for unknown arguments
        self.__dict__.pop("_fitted", None)
        return self

    def __sklearn_is_fitted__(self) -> bool:
        return self._fitted is not None

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = tags.input_tags.string = tags.input_tags.categorical = True
        tags.transformer_tags.preserves_dtype = []  # the matrix is float32
        return tags

    def __repr__(self, N_CHAR_MAX: int = 700) -> str:  # noqa: N803 (scikit-learn passes it)
        arguments = signature(type(self)).parameters.values()  # in order
        given = {a.name: getattr(self, a.name) for a in arguments}
        shown = {a.name for a in arguments if given[a.name] not in (None, a.default)}
        options = [f"{k}={v!r}" for k, v in plain(given).items() if k in shown and v != []]
        call = f"TableTransformer({', '.join(options)})"
        return call if self._fitted is None else f"{call}\n{self.summary().to_string()}"

    @property
    def columns(self) -> tuple[Column, ...]:
        """The types of the columns that `inverse_transform` returns."""
        return tuple(column.type for column in self._state().columns)

    def _rules(self) -> Rules:
        from keras_gan_kit.data._table_column import Rules

        return Rules(self.out_of_range, self.handle_unknown)

    def _frame(self, table: Any) -> tuple[pd.DataFrame, bool]:
        """Converts a table to a DataFrame, and returns whether its columns have names."""
        from keras_gan_kit.data.read_table import as_table

        if hasattr(table, "tocsr"):
            raise wrong_type(
                "table",
                received=f"sparse data of type {type(table).__name__}",
                expected="a pandas.DataFrame, an array or a file: sparse data is not supported",
                fix="pass table.toarray()",
            )
        if isinstance(table, list):
            return array_as_table(np.array(table, object)), False
        is_array = hasattr(table, "__array__") and not hasattr(table, "columns")
        if not is_array:
            return as_table(table), True
        return array_as_table(np.asarray(table)), False

    def _set_names(self, names: list[str] | None, count: int) -> None:
        """Sets scikit-learn's attributes of fitted estimators."""
        self.n_features_in_ = count
        if names is not None:
            self.feature_names_in_ = np.array(names, object)
        elif hasattr(self, "feature_names_in_"):
            del self.feature_names_in_

    def _names(self) -> list[str]:
        names = getattr(self, "feature_names_in_", None)
        return [f"x{i}" for i in range(self.n_features_in_)] if names is None else list(names)

    def _state(self) -> FittedTable:
        if self._fitted is None:
            raise NotFittedError(
                explain(
                    "transformer",
                    received="a transformer that is not fitted",
                    expected="a fitted TableTransformer",
                    fix="call fit(table) first",
                )
            )
        return self._fitted
