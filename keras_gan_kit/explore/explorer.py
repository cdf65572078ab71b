"""Builds a page that shows the samples of a model."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
import warnings
from pathlib import Path
from typing import Any

from keras_gan_kit._extra import extra
from keras_gan_kit.explore._session import Field, Session, Shown

_MOST, _REACH = 32, 6.0
# Gradio deletes its copies of pictures and files: (check interval, age of deletion) in seconds.
_CACHE = (600, 3600)


def explorer(gan: Any, *, table: Any = None, images: str | Path | None = None) -> Any:
    """Builds a page that shows the samples of a model. Call `launch` on it or mount it in an app.

    "New samples" goes to the next seed. The page also has truncation, sliders that move samples
    along `generation.latent_directions`, a field for each condition, paths between the latents of
    two seeds, the nearest training images, and a file of all results. Nothing leaves this
    machine: `launch()` listens on 127.0.0.1.

    Args:
        gan: A model that draws samples from latents: `GAN`, `ConditionalGAN` and others.
        table: The fitted `TableTransformer` of the rows of joint samples. None for the one that the
            generator was built with; without it, no rows are shown.
        images: A folder of training images, of which the nearest to each sample are shown.

    Returns:
        A `gradio.Blocks`.

    Raises:
        ImportError: If Gradio is not installed.
        TypeError: If `gan` is not such a model.
        ValueError: If `images` can't be read, or `table` does not have the columns that the model
            draws.

    Example:
        >>> from keras_gan_kit import pretrained
        >>> page = explorer(pretrained.digits())  # doctest: +SKIP
        >>> page.launch()  # doctest: +SKIP
    """
    os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")  # read when Gradio is imported
    with extra("explore", "gan", received="a model to explore", library="gradio"):
        import gradio as gr
    folder = tempfile.mkdtemp(prefix="explore_")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    session = Session(gan, table, images, folder)
    with gr.Blocks(title="Explorer", analytics_enabled=False, delete_cache=_CACHE) as page:
        with gr.Row():
            with gr.Column(scale=1):
                inputs = _Inputs(gr, session)
            with gr.Column(scale=2):
                shown = _outputs(gr, session)
        _connect(gr, page, session, inputs, shown)
    return page


class _Inputs:
    """The left column of the page."""

    def __init__(self, gr: Any, session: Session) -> None:
        small = {"min_width": 100}  # side by side
        with gr.Row():
            self.another = gr.Button("New samples", variant="primary", elem_id="another", **small)
            self.draw = gr.Button("Draw", elem_id="draw", **small)
        self.seed = gr.Number(0, label="Seed", precision=0, elem_id="seed")
        self.count = gr.Slider(1, _MOST, 16, step=1, label="Samples")
        asked = [_fields(gr, field) for field in session.fields]
        self.boxes = [box for boxes in asked for box in boxes]
        self.sizes = [len(boxes) for boxes in asked]
        with gr.Accordion("Variety and directions", open=False):
            self.truncation = gr.Slider(0.0, 1.5, 1.0, label="Truncation")
            self.steps = [
                gr.Slider(-_REACH, _REACH, 0.0, label=f"Direction {i + 1}")
                for i in range(len(session.directions))
            ]
        with gr.Accordion("Path to another seed", open=False):
            self.end = gr.Number(1, label="Seed at the end", precision=0)
            self.path = gr.Button("Draw the path", elem_id="path")

    def asked(self, values: Any) -> list[Any]:
        """Returns a value for each field: a choice, or the two ends of a range."""
        rest, found = list(values), []
        for size in self.sizes:
            part, rest = rest[:size], rest[size:]
            found.append(part[0] if size == 1 else tuple(part))
        return found


def _fields(gr: Any, field: Field) -> list[Any]:
    """Returns the inputs of a condition: a list of choices, or the two ends of a range."""
    if field.choices is not None:
        return [gr.Dropdown(list(field.choices), value=field.choices[0], label=field.name)]
    ends = zip(("from", "to"), field.bounds, strict=True)
    with gr.Row():
        return [
            gr.Textbox("", label=f"{field.name}, {end}", placeholder=bound, min_width=80)
            for end, bound in ends
        ]


def _outputs(gr: Any, session: Session) -> list[Any]:
    # Gradio's button to share a picture would upload it.
    picture = {"format": "png", "buttons": ["download", "fullscreen"], "interactive": False}
    outputs = []
    if session.parts:
        outputs.append(gr.Image(label="Samples", elem_id="samples", **picture))
    if session.real is not None:
        outputs.append(gr.Image(label="Nearest training images", elem_id="nearest", **picture))
    if session.fields or session.table is not None:
        outputs.append(gr.Dataframe(label="Conditions and rows", elem_id="rows", interactive=False))
    return [*outputs, gr.File(label="Download", elem_id="file", interactive=False)]


def _connect(gr: Any, page: Any, session: Session, inputs: _Inputs, shown: list[Any]) -> None:
    """Connects the inputs of the page to the functions that draw."""
    steps = len(inputs.steps)

    def on_draw(seed: Any, count: int, truncation: float, *rest: Any) -> Shown:
        return session.draw(count, seed, truncation, rest[:steps], inputs.asked(rest[steps:]))

    def on_path(start: Any, end: Any, count: int, *rest: Any) -> Shown:
        return session.path(start, end, count, inputs.asked(rest))

    # One drawing at a time, which leaves the last one visible, and no entry in the page's own API.
    one = {"trigger_mode": "always_last", "concurrency_id": "model", "api_visibility": "private"}
    one["show_progress"] = "minimal"
    drawn = [inputs.seed, inputs.count, inputs.truncation, *inputs.steps, *inputs.boxes]
    sliders = [inputs.count, inputs.truncation, *inputs.steps]
    changes = [page.load, inputs.draw.click, inputs.seed.submit]
    changes += [slider.release for slider in sliders]
    changes += [box.submit if isinstance(box, gr.Textbox) else box.input for box in inputs.boxes]
    draw = _told(gr, on_draw, session, shown)
    gr.on(changes, draw, drawn, shown, **one)
    after = inputs.another.click(_next, inputs.seed, inputs.seed, api_visibility="private")
    after.then(draw, drawn, shown, **one)
    asked = [inputs.seed, inputs.end, inputs.count, *inputs.boxes]
    inputs.path.click(_told(gr, on_path, session, shown), asked, shown, **one)


def _next(seed: int | None) -> int:
    return 0 if seed is None else seed + 1


def _told(gr: Any, function: Any, session: Session, shown: list[Any]) -> Any:
    """Wraps a function of the page so that it shows errors and leaves the outputs unchanged."""

    def told(*values: Any) -> dict[Any, Any]:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            try:
                found = _values(session, function(*values))
            except (ValueError, TypeError) as error:
                gr.Warning(str(error), duration=20, title="Nothing was drawn")
                return {output: gr.skip() for output in shown}
        for warning in caught:
            if warning.category is UserWarning:  # from this package; others are not shown
                gr.Info(str(warning.message), title="Note")
        return dict(zip(shown, found, strict=True))

    return told


def _values(session: Session, shown: Shown) -> list[Any]:
    """Returns the values of the outputs, in their order."""
    found: list[Any] = [shown.picture] if session.parts else []
    found += [shown.nearest] if session.real is not None else []
    found += [shown.rows] if session.fields or session.table is not None else []
    return [*found, shown.file]
