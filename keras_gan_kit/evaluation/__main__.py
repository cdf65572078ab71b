"""Implements the command `python -m keras_gan_kit.evaluation REAL SYNTHETIC OUT`."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from keras_gan_kit.evaluation.cohorts.compare_cohorts import compare_cohorts
from keras_gan_kit.evaluation.images.compare_images import compare_images
from keras_gan_kit.evaluation.privacy.privacy import privacy
from keras_gan_kit.evaluation.report.report import Report
from keras_gan_kit.evaluation.samples._read_samples import constraints_at, read_samples
from keras_gan_kit.evaluation.samples._samples import Samples, samples_of
from keras_gan_kit.evaluation.tables.compare_tables import compare_tables
from keras_gan_kit.evaluation.utility.utility import utility

_COMPARISONS: dict[tuple[str, ...], Any] = {
    ("table",): compare_tables,
    ("image",): compare_images,
    ("image", "table"): compare_cohorts,
}


def main(arguments: list[str] | None = None) -> int:
    """Compares two sets of samples and writes the report.

    Args:
        arguments: The command-line arguments; None for those of the process.

    Returns:
        The exit code: 0, or 1 after an error.
    """
    options = _parser().parse_args(arguments)
    try:
        report = _report(options)
        path = report.save(options.out)
    except (TypeError, ValueError, OSError, ImportError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.write(f"{report!r}\n{path}\n")
    return 0


def _report(options: argparse.Namespace) -> Report:
    read, notes = {}, []
    for name in ("real", "synthetic", "holdout"):
        path = getattr(options, name)
        if path is None:
            continue
        given, note = read_samples(
            path,
            limit=options.max_samples,
            image_size=options.image_size,
            color_mode=options.color_mode,
        )
        read[name] = samples_of(name, given)
        notes.extend([note] if note else [])
    real, synthetic = read["real"], read["synthetic"]
    if real.parts != synthetic.parts:
        raise ValueError(
            f"REAL has {' and '.join(real.parts)}, SYNTHETIC has {' and '.join(synthetic.parts)}: "
            "both must have the same parts."
        )
    compare = _COMPARISONS[real.parts]
    parts = [{part: getattr(samples, part) for part in real.parts} for samples in (real, synthetic)]
    if len(real.parts) == 1:
        parts = [part[real.parts[0]] for part in parts]
    kinds = _kinds(options, real)
    chosen: dict[str, Any] = {} if real.table is None else dict(kinds)
    if real.table is not None:
        chosen["constraints"] = options.constraints or constraints_at(options.synthetic)
    chosen |= {} if real.parts == ("table",) else {"features": options.features}
    reports = {"comparison": compare(*parts, seed=options.seed, **chosen)}
    if options.target:
        test = read.get("holdout")
        reports["utility"] = utility(
            real, synthetic, target=options.target, real_test=test, seed=options.seed, **kinds
        )
    if "holdout" in read:
        reports["privacy"] = privacy(real, synthetic, read["holdout"], seed=options.seed, **kinds)
    summary = "\n\n".join([*notes, *(report.summary for report in reports.values())])
    return Report.combined("Real and synthetic samples", summary=summary, parts=reports)


def _kinds(options: argparse.Namespace, real: Samples) -> dict[str, Any]:
    kinds: dict[str, Any] = {"continuous": options.continuous, "categorical": options.categorical}
    if real.table is None and any(kinds.values()):
        raise ValueError("--continuous and --categorical need a table, but REAL has only images.")
    return kinds


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m keras_gan_kit.evaluation",
        description="Compare synthetic samples with real ones, and write an HTML page, PNG "
        "figures and scores as JSON. REAL, SYNTHETIC and --holdout can each be a .npy file (rows "
        "or images), a .npz file (arrays image and table, optionally columns), a CSV or Parquet "
        "file, a folder of images, or a folder written by generate_dataset.",
    )
    add = parser.add_argument
    add("real", metavar="REAL", type=Path, help="the samples that the generator was trained on")
    add("synthetic", metavar="SYNTHETIC", type=Path, help="the generated samples")
    add("out", metavar="OUT", type=Path, help="the folder for the report; created if needed")
    add(
        "--holdout",
        type=Path,
        help="real samples that the generator has not seen: adds privacy tests",
    )
    names: dict[str, Any] = {"nargs": "+", "metavar": "COLUMN"}
    add("--target", **names, help="columns to predict; adds the utility tests")
    names["default"] = []
    add("--continuous", **names, help="columns to treat as numbers")
    add("--categorical", **names, help="columns of numbers that are codes")
    names["metavar"] = "TEXT"
    text = "constraints such as 'admitted <= discharged', whose violations are counted; default: "
    add("--constraints", **names, help=f"{text}those in SYNTHETIC's manifest")
    add("--features", default="pixels", help="features of images: pixels (default) or inception-v3")
    add(
        "--max-samples",
        type=int,
        default=20_000,
        help="of a generated dataset or a folder; default: 20000",
    )
    size = "height and width to resize a folder's images to; default: the size of the first image"
    add("--image-size", type=int, nargs=2, metavar=("HEIGHT", "WIDTH"), help=size)
    add("--color-mode", choices=("grayscale", "rgb"), default="grayscale")
    add("--seed", type=int, default=0, help="seed of all random choices")
    return parser


if __name__ == "__main__":
    sys.exit(main())
