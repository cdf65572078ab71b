"""Films of picture files."""

from __future__ import annotations

import importlib
import itertools
import struct
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import IO, cast

import keras
import numpy as np
from PIL import Image

from keras_gan_kit._errors import invalid
from keras_gan_kit._extra import extra
from keras_gan_kit.data._image_files import image_formats
from keras_gan_kit.data._read_image import IMAGE_FAULTS


def write_film(path: Path, pictures: list[Path], *, fps: float, verbose: int = 0) -> None:
    """Writes one frame for each picture.

    Args:
        path: The film: its ending, .gif or .mp4, says of which kind.
        pictures: At least one file, all of one size.
        fps: Pictures a second.
        verbose: 1 shows a progress bar.

    Raises:
        ValueError: If a file is no picture, or two differ in size.
        OSError: If the film cannot be written.
    """
    bar = keras.utils.Progbar(len(pictures), unit_name="picture") if verbose else None
    write = _write_gif if path.suffix.lower() == ".gif" else _write_mp4
    write(path, _frames(pictures, _read, bar), fps)


def check_same_size(pictures: list[Path]) -> None:
    """Looks at the headers of pictures.

    Raises:
        ValueError: If a file is no picture, or two differ in size.
    """
    for _ in _frames(pictures, _header):
        pass


def check_encoder() -> None:
    """Makes sure that mp4 films can be written here.

    Raises:
        ImportError: Otherwise.
    """
    instead = "a path that ends in .gif"
    with extra("video", "path", received="an mp4", library="imageio-ffmpeg", otherwise=instead):
        importlib.import_module("imageio_ffmpeg").get_ffmpeg_exe()


def _read(path: Path) -> Image.Image:
    with Image.open(path, formats=image_formats()) as picture:
        return picture.convert("RGB")


def _header(path: Path) -> Image.Image:
    with Image.open(path, formats=image_formats()) as picture:
        return picture


def _frames(
    pictures: list[Path],
    read: Callable[[Path], Image.Image],
    bar: keras.utils.Progbar | None = None,
) -> Iterator[Image.Image]:
    """Reads one picture after another: a film of thousands does not fit into memory."""
    size = None
    for i, path in enumerate(pictures, start=1):
        try:
            picture = read(path)
        except IMAGE_FAULTS as error:
            raise invalid(
                "directory",
                received=f"{str(path)!r}, which is no picture ({error})",
                expected="pictures that Pillow reads",
                fix="remove the file",
            ) from error
        if size is not None and picture.size != size:
            raise invalid(
                "directory",
                received=f"{str(path)!r} of {picture.size[0]}x{picture.size[1]} pixels, after "
                f"pictures of {size[0]}x{size[1]}",
                expected="pictures of one size",
                fix="choose those of one film with `pattern`, or move the others away",
            )
        size = picture.size
        yield picture
        if bar is not None:
            bar.update(i)


def _write_gif(path: Path, frames: Iterator[Image.Image], fps: float) -> None:
    palettes = map(_with_palette, frames)
    first, duration = next(palettes), round(1000 / fps)
    try:
        first.save(path, save_all=True, append_images=palettes, duration=duration, loop=0)
    except (OverflowError, struct.error) as error:  # equal pictures become one that stands longer
        raise invalid(
            "fps",
            received=f"{fps:g}, at which a picture stands still for more than 655 seconds",
            expected="what a gif has room for",
            fix="raise `fps`, or make an mp4",
        ) from error


def _with_palette(frame: Image.Image) -> Image.Image:
    """Reduces a picture to 256 colours: exactly where it is gray, else to its own best ones."""
    pixels = np.asarray(frame)
    gray = bool((pixels == pixels[..., :1]).all())
    return frame.convert("L") if gray else frame.quantize(256)


def _write_mp4(path: Path, frames: Iterator[Image.Image], fps: float) -> None:
    first = next(frames)
    width, height = (side + side % 2 for side in first.size)
    with tempfile.TemporaryFile() as complaints:
        # Not by imageio, whose way of starting ffmpeg forks the process: JAX has threads in it.
        encoder = subprocess.Popen(
            _command(path, f"{width}x{height}", fps), stdin=subprocess.PIPE, stderr=complaints
        )
        try:
            raw = cast(IO[bytes], encoder.stdin)
            with suppress(BrokenPipeError), raw:  # the exit code tells what broke
                for frame in itertools.chain([first], frames):
                    raw.write(_even(np.asarray(frame)).tobytes())
        except BaseException:
            encoder.kill()
            raise
        finally:
            code = encoder.wait()
        complaints.seek(0)
        if code:
            text = complaints.read().decode(errors="replace").strip()
            raise OSError(f"ffmpeg could not write {str(path)!r}: {text or f'exit code {code}'}.")


def _command(path: Path, size: str, fps: float) -> list[str]:
    program = importlib.import_module("imageio_ffmpeg").get_ffmpeg_exe()
    raw = ["-f", "rawvideo", "-pix_fmt", "rgb24", "-s", size, "-r", f"{fps:g}", "-i", "-"]
    # Of all formats yuv420p is the one that every player shows; 18 is hardly visible loss.
    film = ["-c:v", "libx264", "-crf", "18", "-pix_fmt", "yuv420p"]
    # The index comes first: the film plays while it loads.
    return [program, "-v", "error", "-y", *raw, *film, "-movflags", "+faststart", str(path)]


def _even(pixels: np.ndarray) -> np.ndarray:
    """Repeats the last row and column of odd sides: yuv420p has one colour for four pixels."""
    height, width = pixels.shape[:2]
    return np.pad(pixels, ((0, height % 2), (0, width % 2), (0, 0)), mode="edge")
