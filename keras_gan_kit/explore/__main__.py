"""`python -m keras_gan_kit.explore MODEL`: opens the explorer of a model in a browser."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

import keras

from keras_gan_kit._errors import explain
from keras_gan_kit.data import TableTransformer
from keras_gan_kit.explore.explorer import explorer


def main(arguments: list[str] | None = None) -> int:
    """Opens the explorer of a model, until it is interrupted.

    Args:
        arguments: The arguments of the command; None for those of the process.

    Returns:
        The exit code: 0, or 1 after an error.
    """
    options = _parser().parse_args(arguments)
    try:
        page = explorer(
            _load(options.model),
            table=None if options.table is None else TableTransformer.load(options.table),
            images=options.images,
        )
        page.launch(
            server_name=options.host,
            server_port=options.port,
            share=False,
            inbrowser=not options.quiet,
            quiet=options.quiet,
            footer_links=["gradio", "settings"],
        )
    except (TypeError, ValueError, OSError, ImportError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


def _load(path: str) -> Any:
    if not Path(path).is_file():
        raise FileNotFoundError(
            explain(
                "MODEL",
                received=f"{path!r}, which does not exist",
                expected="a .keras file",
                fix="check the name, or save a model with gan.save('gan.keras')",
            )
        )
    return keras.saving.load_model(path, compile=False)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m keras_gan_kit.explore",
        description="Show the samples of a model in a browser, on this machine only.",
    )
    add = parser.add_argument
    add("model", metavar="MODEL", help="a .keras file of a GAN")
    add("--table", metavar="FILE", help="a file of TableTransformer.save, to show table rows")
    add("--images", metavar="DIR", help="training images, to show the nearest ones")
    add("--port", type=int, help="default: the first free one from 7860 on")
    add("--host", default="127.0.0.1", help="default 127.0.0.1: this machine only")
    add("--quiet", action="store_true", help="open no browser, and print nothing")
    return parser


if __name__ == "__main__":
    sys.exit(main())
