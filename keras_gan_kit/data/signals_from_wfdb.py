"""Reads WFDB records, PhysioNet's signal format."""

from __future__ import annotations

from collections.abc import Sequence
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from keras_gan_kit._arguments import integer
from keras_gan_kit._errors import explain, invalid
from keras_gan_kit._extra import extra
from keras_gan_kit.data._image_arguments import value_bounds
from keras_gan_kit.data._image_files import printable
from keras_gan_kit.data._scale_pixels import scale_levels
from keras_gan_kit.data.wfdb_signals import WfdbSignals

# What wfdb raises for damaged files.
_FAULTS = (
    OSError,
    EOFError,
    ValueError,
    TypeError,
    AttributeError,
    LookupError,
    ArithmeticError,
    RuntimeError,
    NotImplementedError,
)
_UNIT = (-1.0, 1.0)


def signals_from_wfdb(
    path: str | PathLike[str],
    *,
    length: int | None = None,
    channels: Sequence[str] | None = None,
    source_range: tuple[float, float] | None = None,
) -> WfdbSignals:
    """Reads a WFDB record, or all records in a folder and its sub-folders, as signals.

    Values are physical, as wfdb computes them from gain and baseline. The extra `medical` installs
    wfdb.

    Args:
        path: A folder, or the path of a record's header (.hea), with or without the suffix.
        length: The number of samples to keep from the start; None for all, if all records have the
            same number.
        channels: The names of the channels to keep, in order; None for all, which must be the same
            in all records.
        source_range: The physical values that become -1 and 1, such as `(-2.5, 2.5)` for mV; values
            outside are clipped. None keeps physical values.

    Returns:
        A `WfdbSignals`, a named tuple of `signals`, `names`, `channel_names`, `units` and
        `sampling_rate`.

    Raises:
        FileNotFoundError: If the path does not exist.
        ImportError: If wfdb is not installed.
        TypeError: If an argument is of the wrong type.
        ValueError: If there is no record, one can't be read, is too short, lacks samples or
            channels, or records differ in channels, units or sampling rate.

    Example:
        >>> from keras_gan_kit import data
        >>> def ecgs(folder):
        ...     return data.signals_from_wfdb(folder, length=5000, source_range=(-2.5, 2.5)).signals
    """
    kept = None if length is None else integer("length", length)
    limits = None if source_range is None else value_bounds("source_range", source_range)
    with extra("medical", "path", received=repr(str(path)), library="wfdb"):
        import wfdb  # noqa: F401
    root = Path(path)
    headers = _headers(root)
    records = [_record(header, channels) for header in headers]
    _check_alike(headers, records)
    lengths = sorted({len(record.p_signal) for record in records})
    if kept is None and len(lengths) > 1:
        raise invalid(
            "length",
            received=f"None, for records of {lengths[0]} to {lengths[-1]} samples",
            expected="records of the same length",
            fix=f"pass length={lengths[0]} to keep that many samples of each",
        )
    signals = [
        _samples(header, record.p_signal, kept or lengths[0])
        for header, record in zip(headers, records, strict=True)
    ]
    array = np.stack(signals).astype(np.float32)
    if limits is not None:
        scale_levels(array, limits, _UNIT, array)
    first = records[0]
    folder = root if root.is_dir() else headers[0].parent
    names = [header.with_suffix("").relative_to(folder).as_posix() for header in headers]
    return WfdbSignals(
        array,
        tuple(map(printable, names)),
        tuple(first.sig_name),
        tuple(first.units),
        float(first.fs),
    )


def _headers(path: Path) -> list[Path]:
    if path.is_dir():
        # Segments are listed in the header of their multi-segment record.
        found = sorted(path.rglob("*.hea"))
        parts = {part for header in found for part in _segments(header)}
        headers = [header for header in found if header.with_suffix("") not in parts]
        if headers:
            return headers
        raise invalid(
            "path",
            received=f"{str(path)!r}, without a header file (.hea)",
            expected="a folder of WFDB records",
            fix="check the path",
        )
    header = path if path.suffix == ".hea" else Path(f"{path}.hea")
    if not header.is_file():
        details = {"expected": "a WFDB record or a folder of them", "fix": "check the name"}
        raise FileNotFoundError(
            explain("path", received=f"{str(path)!r}, which does not exist", **details)
        )
    return [header]


def _segments(header: Path) -> list[Path]:
    """Returns the segments in a multi-segment header, whose first line contains a "/"."""
    lines = [
        line
        for line in header.read_text(encoding="utf-8", errors="replace").splitlines()
        if line and line[0] != "#"
    ]
    if not lines or "/" not in lines[0].split()[0]:
        return []
    return [header.parent / line.split()[0] for line in lines[1:]]


def _record(header: Path, channels: Sequence[str] | None) -> Any:
    import wfdb

    names = None if channels is None else list(channels)
    try:
        record = wfdb.rdrecord(str(header.with_suffix("")), channel_names=names)
    except _FAULTS as error:
        raise invalid(
            "path",
            received=f"{printable(str(header))!r}, which wfdb can't read "
            f"({str(error) or type(error).__name__})",
            expected="a complete record: a header and its signal files",
            fix="download it again, or remove it",
        ) from error
    found = [] if record.p_signal is None else list(record.sig_name)
    missing = [name for name in names or found if name not in found]
    if missing or not found:
        raise invalid(
            "channels",
            received=f"{missing or names!r}, for {printable(str(header))!r} with {found}",
            expected="channels that every record has",
            fix="pass names of existing channels, or remove the record",
        )
    if names is not None:
        order = [found.index(name) for name in names]
        record.p_signal = record.p_signal[:, order]
        record.sig_name, record.units = names, [record.units[i] for i in order]
    return record


def _check_alike(headers: Sequence[Path], records: Sequence[Any]) -> None:
    first = (records[0].sig_name, records[0].units, records[0].fs)
    for header, record in zip(headers, records, strict=True):
        own = (record.sig_name, record.units, record.fs)
        if own != first:
            raise invalid(
                "path",
                received=f"{printable(str(header))!r} with {_described(own)} after records with "
                f"{_described(first)}",
                expected="records with the same channels, units and sampling rate",
                fix="pass `channels`, resample the records, or read them one by one",
            )


def _described(kind: tuple[Any, Any, Any]) -> str:
    names, units, rate = kind
    return f"{', '.join(names)} in {', '.join(dict.fromkeys(units))} at {rate:g} Hz"


def _samples(header: Path, signal: NDArray[Any], length: int) -> NDArray[Any]:
    if len(signal) < length or not np.isfinite(signal[:length]).all():
        short = len(signal) < length
        received = f"{len(signal)} samples" if short else "samples that are missing (NaN)"
        raise invalid(
            "length" if short else "path",
            received=f"{received} in {printable(str(header))!r}",
            expected=f"{length} samples in each record",
            fix="pass a smaller `length`, or remove the record",
        )
    return signal[:length]
