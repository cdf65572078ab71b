"""Writes the model card from a model and its report."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import keras
from keras import tree

import keras_gan_kit
from keras_gan_kit.evaluation import Report
from keras_gan_kit.evaluation.report._score import is_score, worded_goal
from keras_gan_kit.models._gan_model import GANModel
from keras_gan_kit.models._inspection import output_of

_NO_REPORT = (
    "The model was uploaded without a report: the fidelity, utility and privacy of its samples are "
    "unknown."
)
_LIMITS = (
    "Samples are synthetic. They reproduce the gaps and the bias of the training data, and a GAN "
    "can leave out rare cases. The scores only hold for the data that they were computed on. Do "
    "not base decisions about people on synthetic samples alone."
)


def model_card(gan: GANModel, repo: str, report: Report | None) -> str:
    """Writes the card in Markdown, with the Hub's YAML header.

    Args:
        gan: The model.
        repo: The name of the repository, for the program that loads it.
        report: The report on its samples, or None.

    Returns:
        The text of `README.md`.
    """
    from huggingface_hub import ModelCardData  # an extra, whose absence `push` explains

    kind = type(gan).__name__
    header = ModelCardData(library_name="keras", tags=["keras_gan_kit", "gan", "generative"])
    parts = [
        f"---\n{header.to_yaml()}\n---\n\n# {repo.rpartition('/')[2]}",
        f"A `{kind}` of [keras_gan_kit](https://pypi.org/project/keras_gan_kit/) "
        f"{keras_gan_kit.__version__}, saved with Keras {keras.__version__} on "
        f"{keras.backend.backend()}.",
        _usage(repo),
        "## Model\n\n" + _table(("", ""), _model_rows(gan)),
        "## Training\n\n" + _table(("", ""), _training_rows(gan)),
        "## Evaluation\n\n" + (_NO_REPORT if report is None else _evaluation(report)),
        "## Privacy\n\n" + _privacy(report),
        f"## Limits\n\n{_LIMITS}",
    ]
    return "\n\n".join(parts) + "\n"


def _usage(repo: str) -> str:
    return (
        '```python\n# pip install "keras_gan_kit[hub,tensorflow]"\n'
        f'from keras_gan_kit import hub\n\ngan = hub.pull("{repo}")\n'
        "samples = gan.generate(25, seed=0)\n```"
    )


def _model_rows(gan: GANModel) -> Iterator[tuple[str, str]]:
    shapes = tree.map_structure(lambda output: tuple(output.shape[1:]), output_of(gan.generator))
    yield "samples", f"`{shapes}`"
    if gan.latent_dim is not None:
        yield "length of the latent", str(gan.latent_dim)
    classes = getattr(gan, "num_classes", None)
    if classes is not None:
        yield "classes", str(classes)
    yield "weights of the generator", f"{gan.generator.count_params():,}"
    yield "weights of the discriminator", f"{gan.discriminator.count_params():,}"
    if gan.ema_momentum is not None:
        yield "samples are drawn from", f"an average of the generator, momentum {gan.ema_momentum}"


def _training_rows(gan: GANModel) -> Iterator[tuple[str, str]]:
    if not gan.compiled:
        yield "training state", "none: compile the model before you train it"
        return
    yield "steps", f"{gan.steps_taken:,}"
    yield "loss", f"`{type(gan.adversarial_loss).__name__}`"
    for penalty in gan.penalties:
        settings = ", ".join(f"{name}={value}" for name, value in penalty.get_config().items())
        yield "penalty", f"`{type(penalty).__name__}({settings})`"
    yield "update", f"`{gan.update_order}`"
    for player, optimizer in zip(
        ("discriminator", "generator"), gan.optimizer.optimizers, strict=True
    ):
        rate = float(keras.ops.convert_to_numpy(optimizer.learning_rate))
        yield f"optimizer of the {player}", f"`{type(optimizer).__name__}`, learning rate {rate:g}"


def _evaluation(report: Report) -> str:
    rows = list(_score_rows(report.scores))
    text = report.summary or "The scores of the report."
    if rows:
        text += "\n\n" + _table(("score", "value", "other real data reach", "goal"), rows)
    return text + "\n\nThe whole report is in `report/report.html`."


def _score_rows(scores: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, ...]]:
    """Lists the scores of a report that are not about a single column or class."""
    for name, entry in scores.items():
        if is_score(entry):
            value = entry["value"]
            reason = entry.get("not_computable", "")
            reached = entry.get("floor")
            yield (
                prefix + name,
                f"not computable: {reason}" if value is None else f"{value:.4g}",
                "" if reached is None else f"{reached:.4g}",
                worded_goal(entry),
            )
        elif isinstance(entry, Mapping) and not prefix:
            yield from _score_rows(entry, f"{name}: ")


def _privacy(report: Report | None) -> str:
    found = [] if report is None else list(_verdicts(report.scores))
    if not found:
        return "Not examined (`evaluation.privacy`): the model may repeat training data."
    if any(found):
        return "**A leak was found**: samples are closer to training records than chance allows."
    return "No leak was found. That is the result of tests, not a guarantee."


def _verdicts(scores: Mapping[str, Any]) -> Iterator[bool]:
    for name, entry in scores.items():
        if name == "leak_found":
            yield bool(entry)
        elif isinstance(entry, Mapping):
            yield from _verdicts(entry)


def _table(header: tuple[str, ...], rows: Any) -> str:
    lines = [header, ("---",) * len(header), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)
