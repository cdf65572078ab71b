"""`python -m keras_gan_kit.generation MODEL N DIR`: `generate_dataset` from a shell."""

from __future__ import annotations

import argparse
import json
import sys
from typing import Any

from keras_gan_kit._errors import invalid
from keras_gan_kit.data import TableTransformer
from keras_gan_kit.generation._plan import FORMATS, IMAGE_FORMATS
from keras_gan_kit.generation.generate_dataset import generate_dataset

# The exit code that shells expect after Ctrl-C.
_INTERRUPTED = 130


def main(arguments: list[str] | None = None) -> int:
    """Writes a dataset.

    Args:
        arguments: The arguments of the command; None for those of the process.

    Returns:
        The exit code: 0, or 1 after an error, or 130 after Ctrl-C.
    """
    options = vars(_parser().parse_args(arguments))
    quiet = options.pop("quiet")
    columns, table = options.pop("columns"), options.pop("table")
    try:
        if table is not None:
            options["table"] = TableTransformer.load(table)
        elif columns is not None:
            options["table"] = columns.split(",")
        options["conditions"] = _conditions(options["conditions"])
        dataset = generate_dataset(**options, verbose=0 if quiet else 1)
    except KeyboardInterrupt:
        sys.stderr.write("Interrupted. Repeat the command to continue.\n")
        return _INTERRUPTED
    except (TypeError, ValueError, OSError, ImportError, KeyError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    if not quiet:
        sys.stdout.write(f"{len(dataset)} samples in {dataset.directory}\n")
    return 0


def _conditions(text: str | None) -> Any:
    """Reads conditions from JSON, in which a list of two is a range."""
    if text is None:
        return None
    try:
        read = json.loads(text)
    except json.JSONDecodeError as error:
        raise invalid(
            "--conditions",
            received=f"{text!r}, which is not valid JSON ({error})",
            expected="an object from columns to values",
            fix="""write it in single quotes: --conditions '{"age": [60, 70]}'""",
        ) from error
    if not isinstance(read, dict):
        return read
    return {k: tuple(v) if isinstance(v, list) and len(v) == 2 else v for k, v in read.items()}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m keras_gan_kit.generation",
        description="Write samples of a model to a folder. Repeat an interrupted command to "
        "continue.",
    )
    add = parser.add_argument
    add("model_or_path", metavar="MODEL", help="a .keras file of a GAN or a generator")
    add("num_samples", metavar="N", type=int, help="the number of samples")
    add("directory", metavar="DIR", help="the folder of the dataset, created if needed")
    add("--seed", type=int, default=0, help="the seed of the latents (default 0)")
    add("--format", choices=FORMATS, default="parquet", help="default parquet")
    add("--shard-size", type=int, help="samples in a shard (default: by their size and number)")
    tables = parser.add_mutually_exclusive_group()
    tables.add_argument("--table", metavar="FILE", help="a file of TableTransformer.save")
    tables.add_argument("--columns", metavar="A,B,...", help="the names of the table's columns")
    add("--labels", type=int, help="the class of all samples (default: all classes in turn)")
    add(
        "--conditions",
        metavar="JSON",
        help='conditions of all samples: {"age": [60, 70], "diabetes": true} (default: as in '
        "training)",
    )
    add(
        "--image-format",
        choices=IMAGE_FORMATS,
        default="png",
        help="default png, which is lossless",
    )
    add("--quality", type=int, default=95, help="of JPEGs, 1 to 100 (default 95)")
    add("--batch-size", type=int, help="samples in one pass (default: by their size)")
    add("--value-range", type=float, nargs=2, metavar=("LOW", "HIGH"), help="black and white")
    add("--engine", choices=("local", "ray"), default="local", help="default local")
    add("--quiet", action="store_true", help="show errors only")
    return parser


if __name__ == "__main__":
    sys.exit(main())
