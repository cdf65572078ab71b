"""Joins images with table rows."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from keras_gan_kit._arguments import one_of
from keras_gan_kit._errors import invalid, warn, wrong_type
from keras_gan_kit._files import written_atomically
from keras_gan_kit.data._image_files import printable
from keras_gan_kit.data._match_names import LeftOut, match_names
from keras_gan_kit.data._read_images import UNSTATED_GRAY

if TYPE_CHECKING:
    import pandas as pd

    from keras_gan_kit.data import TableTransformer

_NAMED = 5  # examples per reason in an error or warning


def joint_cohort(
    images: str | PathLike[str] | ArrayLike,
    table: pd.DataFrame | str | PathLike[str],
    *,
    key: str | Callable[[Mapping[str, Any]], object],
    names: Sequence[object] | None = None,
    transformer: TableTransformer | None = None,
    image_size: int | Sequence[int] | None = None,
    color_mode: Literal["grayscale", "rgb"] = UNSTATED_GRAY,
    source_range: tuple[float, float] | None = None,
    on_error: Literal["raise", "skip"] = "raise",
    report: str | PathLike[str] | None = None,
    verbose: int = 1,
) -> dict[str, Any]:
    """Joins images and table rows by name, and reports those without a counterpart.

    You can pass the result to `fit` if you pass a `transformer` here. Otherwise encode the table
    first: `cohort["table"] = transformer.fit_transform(cohort["table"])`.

    A row names its image by the path in the folder or by the file name, with or without the suffix.
    Each row needs exactly one image, and each image exactly one row.

    Args:
        images: A folder, read as by `images_from_directory`; or an array
            `(n, height, width, channels)`, float32 in [-1, 1] or uint8 pixels.
        table: A DataFrame, or a file that `read_table` reads.
        key: The column with the name of each row's image; a template of columns, such as
            `"ecg_{id:04d}.png"`; or a function from a row, given as a dict, to the name.
        names: The names of the images in an array; None for 0 to n - 1.
        transformer: A `TableTransformer` that encodes the table. It is fitted on the rows of the
            cohort unless it is fitted already. The columns of the key are dropped, unless they are
            declared.
        image_size: Height and width in pixels of images from a folder, as one integer or
            `(height, width)`; None for their own size, if it is the same for all.
        color_mode: `"grayscale"` for one channel, `"rgb"` for three, for images from a folder. If
            you don't choose one and the files have color, a warning says so.
        source_range: The levels in the files of a folder that are black and white, as in
            `images_from_directory`.
        on_error: `"raise"` raises an error that lists rows and images without a counterpart or with
            several, and files that can't be read. `"skip"` leaves them out, and warns with their
            number and names.
        report: A CSV file for the complete list of those, written before the error or warning.
        verbose: 0 for no progress bar.

    Returns:
        `{"image": ..., "table": ...}` in the order of the table: images
        `(n, height, width, channels)`, float32 in [-1, 1], and the rows as a DataFrame with their
        index, or with a `transformer` as float32 `(n, width)`. Images that don't fit in memory are
        a read-only `np.memmap`.

    Raises:
        FileNotFoundError: If the folder or file does not exist.
        NotADirectoryError: If `images` is a file.
        TypeError: If an argument is of the wrong type.
        ValueError: If rows or images would be left out, or nothing is left; if a column does not
            exist, an argument is out of range, or the transformer can't encode the rows.

    Example:
        >>> import pandas as pd
        >>> table = pd.DataFrame({"file": ["b.png", "a.png"], "age": [70, 55]})
        >>> pictures = np.stack([np.zeros((4, 4, 1)), np.ones((4, 4, 1))]).astype("float32")
        >>> cohort = joint_cohort(pictures, table, key="file", names=["a", "b"])
        >>> cohort["image"].mean((1, 2, 3)).tolist(), cohort["table"]["age"].tolist()
        ([1.0, 0.0], [70, 55])
    """
    # Import pandas late: it takes half a second.
    from keras_gan_kit.data._cohort_images import cohort_images
    from keras_gan_kit.data._image_names import image_names, key_columns
    from keras_gan_kit.data.read_table import as_table

    one_of("on_error", on_error, ("raise", "skip"))
    _check_transformer(transformer)
    source = cohort_images(images, names, image_size, color_mode, source_range)
    rows = as_table(table)
    pairs, left_out = match_names(image_names(rows, key), source.names)
    if not pairs or (left_out and on_error == "raise"):  # before the images are read
        _tell(left_out, len(pairs), "raise", report)
    array, kept, unreadable = source.read([image for _, image in pairs], bool(verbose))
    if left_out or unreadable:
        _tell(left_out + unreadable, len(kept), on_error, report)
    rows = rows.iloc[[pairs[position][0] for position in kept]]
    if transformer is None:
        return {"image": array, "table": rows}
    return {"image": array, "table": _matrix(transformer, rows, key_columns(rows, key))}


def _matrix(
    transformer: TableTransformer, rows: pd.DataFrame, keys: list[str]
) -> NDArray[np.float32]:
    named = {
        column
        for value in transformer.get_params().values()
        if isinstance(value, Collection) and not isinstance(value, str)
        for column in value
    }
    fitted = transformer.__sklearn_is_fitted__()
    if fitted:
        named |= set(transformer.summary().index)
    rows = rows.drop(columns=[column for column in keys if column not in named])
    return transformer.transform(rows) if fitted else transformer.fit_transform(rows)


def _check_transformer(transformer: object) -> None:
    from keras_gan_kit.data import TableTransformer  # imports scikit-learn

    if transformer is not None and not isinstance(transformer, TableTransformer):
        raise wrong_type(
            "transformer",
            received=f"{transformer!r:.80} of type {type(transformer).__name__}",
            expected="a TableTransformer, or None",
            fix="pass for example transformer=TableTransformer(scaling='modes')",
        )


def _tell(
    left_out: Sequence[LeftOut], remaining: int, on_error: str, report: str | PathLike[str] | None
) -> None:
    """Raises an error or warns, and writes the complete list if requested.

    Raises:
        ValueError: If rows or images would be left out with `on_error="raise"`, or no pair remains.
    """
    if report is not None:
        import pandas as pd

        path = Path(report)
        path.parent.mkdir(parents=True, exist_ok=True)
        with written_atomically(path) as unfinished:
            rows = [[printable(text) for text in entry] for entry in left_out]
            pd.DataFrame(rows, columns=LeftOut._fields).to_csv(unfinished, index=False)
    groups: dict[str, list[str]] = {}
    for what, name, _ in left_out:
        groups.setdefault(what, []).append(printable(name))
    counted = [
        f"{len(found)} x {what} ({', '.join(found[:_NAMED])}{', ...' * (len(found) > _NAMED)})"
        for what, found in groups.items()
    ]
    if remaining and on_error == "skip":
        warn(f"{remaining} pairs; left out: {'; '.join(counted)}")
        return
    fix = "correct `key`, the table or the images"
    if remaining:
        fix += f", or pass on_error='skip' to use the other {remaining}"
    raise invalid(
        "images",
        received=f"{remaining} pairs; {'; '.join(counted)}",
        expected="one readable image per row, and one row per image",
        fix=fix if report is not None else f"{fix}; report='left_out.csv' writes the complete list",
    )
