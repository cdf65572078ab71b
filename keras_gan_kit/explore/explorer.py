"""A page that shows the samples of a model."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Any

from keras_gan_kit._extra import extra
from keras_gan_kit.explore._session import Field, Session

_MOST, _REACH = 32, 6.0


def explorer(gan: Any, *, table: Any = None, images: str | Path | None = None) -> Any:
    """Builds a page that shows the samples of a model, for `launch` or to mount in an app.

    It has a seed, truncation, sliders that move samples along `generation.latent_directions`, a
    field for each condition, paths between the latents of two seeds, the nearest training images,
    and a file of what is shown. Nothing leaves this machine: `launch()` listens on 127.0.0.1.

    Args:
        gan: A model that draws samples from latents: `GAN`, `ConditionalGAN` and others.
        table: The fitted `TableTransformer` of the rows of joint samples. None shows no rows.
        images: A folder of training images, of which the nearest to each sample are shown.

    Returns:
        A `gradio.Blocks`.

    Raises:
        ImportError: If Gradio is not installed.
        TypeError: If `gan` is no such model.
        ValueError: If `images` can't be read.
    """
    os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")  # read when Gradio is imported
    with extra("explore", "gan", received="a model to explore", library="gradio"):
        import gradio as gr
    session = Session(gan, table, images, tempfile.mkdtemp(prefix="explore_"))
    with gr.Blocks(title="Explorer", analytics_enabled=False) as page, gr.Row():
        with gr.Column(scale=1):
            seed = gr.Number(0, label="Seed", precision=0, elem_id="seed")
            count = gr.Slider(1, _MOST, 16, step=1, label="Samples")
            asked = [_inputs(gr, field) for field in session.fields]
            with gr.Accordion("Variety and directions", open=False):
                truncation = gr.Slider(0.0, 1.5, 1.0, label="Truncation")
                steps = [
                    gr.Slider(-_REACH, _REACH, 0.0, label=f"Direction {i + 1}")
                    for i in range(len(session.directions))
                ]
            draw = gr.Button("Draw", variant="primary", elem_id="draw")
            with gr.Accordion("Path to another seed", open=False):
                end = gr.Number(1, label="Seed at the end", precision=0)
                path = gr.Button("Draw the path", elem_id="path")
        with gr.Column(scale=2):
            shown = _outputs(gr, session)
    boxes = [box for boxes in asked for box in boxes]
    sizes = [len(boxes) for boxes in asked]
    drawn = [seed, count, truncation, *steps, *boxes]

    def on_draw(seed: float, count: float, truncation: float, *rest: Any) -> list[Any]:
        values = _grouped(rest[len(steps) :], sizes)
        found = session.draw(int(count), int(seed), truncation, rest[: len(steps)], values)
        return _values(session, found)

    def on_path(start: float, end: float, count: float, *rest: Any) -> list[Any]:
        return _values(
            session, session.path(int(start), int(end), int(count), _grouped(rest, sizes))
        )

    with page:
        path.click(_told(gr, on_path), [seed, end, count, *boxes], shown)
        changes = [draw.click, page.load, *(slider.release for slider in (*steps, truncation))]
        for change in changes:
            change(_told(gr, on_draw), drawn, shown)
    return page


def _inputs(gr: Any, field: Field) -> list[Any]:
    """Returns the inputs of a condition: a list of choices, or the two ends of a range."""
    if field.choices is not None:
        return [gr.Dropdown(list(field.choices), value=field.choices[0], label=field.name)]
    with gr.Row():
        kinds = [gr.Textbox("", label=f"{field.name}, {end}") for end in ("from", "to")]
    gr.Markdown(f"{field.name}: {field.bounds}")
    return kinds


def _grouped(values: Any, sizes: list[int]) -> list[Any]:
    """Returns a value for each field: a choice, or two numbers."""
    rest, found = list(values), []
    for size in sizes:
        part, rest = rest[:size], rest[size:]
        found.append(part[0] if size == 1 else tuple(map(_number, part)))
    return found


def _number(text: str) -> Any:
    try:
        return float(text)
    except ValueError:  # empty, or a date
        return text.strip() or None


def _outputs(gr: Any, session: Session) -> list[Any]:
    outputs = []
    if session.parts:
        outputs.append(gr.Image(label="Samples", format="png", elem_id="samples"))
    if session.real is not None:
        outputs.append(gr.Image(label="Nearest training images", format="png", elem_id="nearest"))
    if session.fields or session.table is not None:
        outputs.append(gr.Dataframe(label="Conditions and rows", elem_id="rows"))
    return [*outputs, gr.File(label="Download", elem_id="file")]


def _values(session: Session, shown: Any) -> list[Any]:
    found = [shown.picture] if session.parts else []
    found += [shown.nearest] if session.real is not None else []
    found += [shown.rows] if session.fields or session.table is not None else []
    return [*found, shown.file]


def _told(gr: Any, function: Any) -> Any:
    """Shows errors of the package on the page."""

    def told(*values: Any) -> Any:
        try:
            return function(*values)
        except (ValueError, TypeError) as error:
            raise gr.Error(str(error)) from error

    return told
