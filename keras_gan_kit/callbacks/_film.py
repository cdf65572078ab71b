"""Writes mp4 and gif films from picture files."""

from __future__ import annotations

import importlib
import io
import itertools
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import IO, Any, cast

import keras
import numpy as np
from PIL import Image

from keras_gan_kit._errors import invalid
from keras_gan_kit._extra import extra
from keras_gan_kit.data._read_image import UnreadableImageError, read_image, stored_size


def write_film(path: Path, pictures: list[Path], *, fps: float, verbose: int = 0) -> None:
    """Writes a film with one frame per picture, in constant memory.

    Args:
        path: The film. Its suffix, .gif or .mp4, sets the format.
        pictures: At least one picture file, all of the same size.
        fps: Frames per second.
        verbose: 1 shows a progress bar.

    Raises:
        ValueError: If a file can't be read as a picture, or two differ in size.
        OSError: If the film can't be written.
    """
    bar = keras.utils.Progbar(len(pictures), unit_name="picture") if verbose else None
    write = _write_gif if path.suffix.lower() == ".gif" else _write_mp4
    write(path, _frames(pictures, bar), fps)


def check_same_size(pictures: list[Path]) -> None:
    """Checks the sizes of pictures, from their headers.

    Raises:
        ValueError: If a file can't be read as a picture, or two differ in size.
    """
    for _ in _in_one_size(pictures, lambda path, size: None):
        pass


def check_encoder() -> None:
    """Checks that mp4 films can be written.

    Raises:
        ImportError: If imageio-ffmpeg is missing.
    """
    instead = "a path that ends in .gif"
    with extra("video", "path", received="an mp4", library="imageio-ffmpeg", otherwise=instead):
        importlib.import_module("imageio_ffmpeg").get_ffmpeg_exe()


def _frames(pictures: list[Path], bar: keras.utils.Progbar | None) -> Iterator[np.ndarray]:
    # Frames with 16 bits or transparency look as `images_from_directory` reads them.
    frames = _in_one_size(pictures, lambda path, size: read_image(path, size, "RGB"))
    for i, frame in enumerate(frames, start=1):
        yield frame
        if bar is not None:
            bar.update(i)


def _in_one_size(
    pictures: list[Path], read: Callable[[Path, tuple[int, int]], Any]
) -> Iterator[Any]:
    """Reads pictures one by one; thousands of them don't fit into memory."""
    first = None
    for path in pictures:
        try:
            size = stored_size(path)
            found = read(path, size)
        except UnreadableImageError as error:
            raise invalid(
                "directory",
                received=error.received,
                expected="pictures that Pillow can read",
                fix="remove the file",
            ) from error
        if first is not None and size != first:
            raise invalid(
                "directory",
                received=f"{str(path)!r} with {size[1]}x{size[0]} pixels, after pictures with "
                f"{first[1]}x{first[0]} pixels",
                expected="pictures of one size",
                fix="select the pictures of one film with `pattern`, or move the others away",
            )
        first = size
        yield found


# Repeat forever: the application extension that all players understand.
_FOREVER = b"\x21\xff\x0bNETSCAPE2.0\x03\x01\x00\x00\x00"


def _write_gif(path: Path, frames: Iterator[np.ndarray], fps: float) -> None:
    """Writes a gif frame by frame.

    Pillow's own animations hold all frames in memory. Here, Pillow encodes each frame as a separate
    gif, and this function joins their blocks: each global color table becomes a frame's local one.
    """
    with path.open("wb") as film:
        for number, frame in enumerate(frames):
            single = io.BytesIO()
            _with_palette(frame).save(single, "GIF", duration=round(1000 / fps))
            content = single.getvalue()
            colors_end = 13 + 3 * 2 ** ((content[10] & 7) + 1)
            if number == 0:  # the size of the screen, and no global color table
                film.write(b"GIF89a" + content[6:10] + b"\x70\x00\x00" + _FOREVER)
            control, image = _blocks(content, colors_end)
            # A local color table as large as the global one; the interlace flag stays.
            flags = bytes([0x80 | image[9] & 0x40 | content[10] & 7])
            film.write(control + image[:9] + flags + content[13:colors_end] + image[10:])
        film.write(b";")


def _blocks(content: bytes, start: int) -> tuple[bytes, bytes]:
    """Returns the graphic control extension and the image of a gif with one frame."""
    control = b""
    while content[start] == 0x21:  # an extension: its label, then blocks up to an empty one
        end = start + 2
        while content[end]:
            end += content[end] + 1
        if content[start + 1] == 0xF9:
            control = content[start : end + 1]
        start = end + 1
    return control, content[start:-1]


def _with_palette(frame: np.ndarray) -> Image.Image:
    """Reduces a picture to 256 colors. Gray pictures keep all levels."""
    picture = Image.fromarray(frame)
    gray = bool((frame == frame[..., :1]).all())
    return picture.convert("L") if gray else picture.quantize(256)


def _write_mp4(path: Path, frames: Iterator[np.ndarray], fps: float) -> None:
    first = next(frames)
    height, width = (side + side % 2 for side in first.shape[:2])
    with tempfile.TemporaryFile() as messages:
        # Not with imageio, which forks to start ffmpeg: a fork can deadlock with JAX's threads.
        encoder = subprocess.Popen(
            _command(path, f"{width}x{height}", fps), stdin=subprocess.PIPE, stderr=messages
        )
        try:
            raw = cast(IO[bytes], encoder.stdin)
            with suppress(BrokenPipeError), raw:  # the exit code reports the error
                for frame in itertools.chain([first], frames):
                    raw.write(_even(frame).tobytes())
        except BaseException:
            encoder.kill()
            raise
        finally:
            code = encoder.wait()
        messages.seek(0)
        if code:
            text = messages.read().decode(errors="replace").strip()
            raise OSError(f"ffmpeg could not write {str(path)!r}: {text or f'exit code {code}'}.")


def _command(path: Path, size: str, fps: float) -> list[str]:
    program = importlib.import_module("imageio_ffmpeg").get_ffmpeg_exe()
    raw = ["-f", "rawvideo", "-pix_fmt", "rgb24", "-s", size, "-r", f"{fps:g}", "-i", "-"]
    # All players support yuv420p; a constant rate factor of 18 is visually lossless.
    film = ["-c:v", "libx264", "-crf", "18", "-pix_fmt", "yuv420p"]
    # With the index first, the film plays while it loads.
    return [program, "-v", "error", "-y", *raw, *film, "-movflags", "+faststart", str(path)]


def _even(pixels: np.ndarray) -> np.ndarray:
    """Repeats the last row and column of odd sides: yuv420p stores one color per four pixels."""
    height, width = pixels.shape[:2]
    return np.pad(pixels, ((0, height % 2), (0, width % 2), (0, 0)), mode="edge")
