"""`python -m keras_gan_kit.generation MODEL N DIR`: `generate_dataset` from a shell."""

from __future__ import annotations

import argparse
import sys

from keras_gan_kit.data import TableTransformer
from keras_gan_kit.generation._plan import FORMATS, IMAGE_FORMATS
from keras_gan_kit.generation.generate_dataset import generate_dataset

# What a shell expects of a program that Ctrl-C has stopped.
_INTERRUPTED = 130


def main(arguments: list[str] | None = None) -> int:
    """Draws a data set.

    Args:
        arguments: The words after the program's name; None for those of the process.

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
        dataset = generate_dataset(**options, verbose=0 if quiet else 1)
    except KeyboardInterrupt:
        sys.stderr.write("Stopped. The same command goes on where it was.\n")
        return _INTERRUPTED
    except (TypeError, ValueError, OSError, ImportError, KeyError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    if not quiet:
        sys.stdout.write(f"{len(dataset)} samples in {dataset.directory}\n")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m keras_gan_kit.generation",
        description="Draw samples of a model into a folder. The same command goes on where an "
        "interrupted one was.",
    )
    add = parser.add_argument
    add("model_or_path", metavar="MODEL", help="a .keras file of a GAN or a generator")
    add("num_samples", metavar="N", type=int, help="how many samples")
    add("directory", metavar="DIR", help="the folder for the data set; made if needed")
    add("--seed", type=int, default=0, help="which samples (default 0)")
    add("--format", choices=FORMATS, default="parquet", help="default parquet")
    add("--shard-size", type=int, help="samples in a shard (default: by size and number)")
    tables = parser.add_mutually_exclusive_group()
    tables.add_argument("--table", metavar="FILE", help="what TableTransformer.save wrote")
    tables.add_argument("--columns", metavar="A,B,...", help="names for the table's columns")
    add("--labels", type=int, help="the class of all samples (default: all classes in turn)")
    add("--image-format", choices=IMAGE_FORMATS, default="png", help="default png, without loss")
    add("--quality", type=int, default=95, help="of JPEGs, 1 to 100 (default 95)")
    add("--batch-size", type=int, help="samples at once (default: by their size)")
    add("--engine", choices=("local", "ray"), default="local", help="default local")
    add("--quiet", action="store_true", help="show nothing but errors")
    return parser


if __name__ == "__main__":
    sys.exit(main())
