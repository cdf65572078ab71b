"""Uploads a trained model with its model card."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from keras_gan_kit._errors import wrong_type
from keras_gan_kit._extra import extra
from keras_gan_kit.evaluation import Report
from keras_gan_kit.hub._card import model_card
from keras_gan_kit.models._gan_model import GANModel

MODEL = "model.keras"


def push(
    gan: GANModel,
    repo: str,
    *,
    report: Report | None = None,
    private: bool | None = None,
    token: str | None = None,
    endpoint: str | None = None,
    message: str = "Upload a model of keras_gan_kit",
) -> str:
    """Uploads a model, a model card and a report to a repository of the Hugging Face Hub.

    The repository is created if it does not exist. One commit contains `model.keras` (the whole
    model, with its optimizers if it is compiled), `README.md` (the card) and, if there is a report,
    `report/` as `Report.save` writes it. The card describes the model, how to load it, how it was
    trained, the main scores next to those of other real data, the result of the privacy tests, and
    the limitations. A report's pictures can show real samples: check it before you make it public.

    Args:
        gan: Any model of this package.
        repo: The repository as `"owner/name"`, or only a name for your own account.
        report: The result of a comparison, such as `evaluation.compare_images`.
        private: Whether a new repository is private. None uses the account's default.
        token: The access token. None uses the one that `hf auth login` stored.
        endpoint: The address of the server. None means huggingface.co or the environment variable
            HF_ENDPOINT.
        message: The message of the commit.

    Returns:
        The address of the repository.

    Raises:
        ImportError: If `huggingface_hub` is not installed.
        TypeError: If `gan` or `report` has the wrong type.
        ValueError: If `repo` is not a valid name.
        OSError: If the server rejects the upload or can't be reached.

    Example:
        >>> import keras_gan_kit as kgk
        >>> def share(gan, real, synthetic):
        ...     report = kgk.evaluation.compare_images(real, synthetic)
        ...     return kgk.hub.push(gan, "my-name/my-digits", report=report)
    """
    _check(gan, repo, report)
    with extra("hub", "repo", received=repr(repo), library="huggingface_hub"):
        from huggingface_hub import HfApi

    client = HfApi(endpoint=endpoint, token=token, library_name="keras_gan_kit")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        # First, so that a model that can't be saved fails before anything is created on the server.
        gan.save(folder / MODEL)
        if report is not None:
            report.save(folder / "report")
        address = client.create_repo(repo, private=private, exist_ok=True)
        text = model_card(gan, address.repo_id, report)
        (folder / "README.md").write_text(text, encoding="utf-8")
        client.upload_folder(repo_id=address.repo_id, folder_path=folder, commit_message=message)
    return str(address)


def _check(gan: Any, repo: Any, report: Any) -> None:
    if not isinstance(gan, GANModel):
        raise wrong_type(
            "gan",
            received=gan,
            expected="a model of this package",
            fix="pass a GAN or another model of keras_gan_kit",
        )
    if report is not None and not isinstance(report, Report):
        raise wrong_type(
            "report",
            received=report,
            expected="None or a Report",
            fix="pass the result of a comparison, such as `evaluation.compare_images(...)`",
        )
    if not isinstance(repo, str):
        raise wrong_type("repo", received=repo, expected="a string", fix="pass 'owner/name'")
