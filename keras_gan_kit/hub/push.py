"""Upload of a trained model with its model card."""

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
    `report/` as `Report.save` writes it. The card is made from the model and the report: what the
    model is and how to load it, how it was trained, the main scores beside what other real data
    reach, the verdict on privacy, and the limits of all this. A report's pictures can show real
    samples: look at it before you make it public.

    Args:
        gan: Any model of this package.
        repo: The repository as `"owner/name"`, or a name alone for your own account.
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
        OSError: If the server refuses the upload or can't be reached.

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
        # Before anything is created on the server: what can't be saved fails here.
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
            fix="pass a GAN, or another class that has `generate`",
        )
    if report is not None and not isinstance(report, Report):
        raise wrong_type(
            "report",
            received=report,
            expected="None or a Report",
            fix="pass what a comparison returns, such as `evaluation.compare_images(...)`",
        )
    if not isinstance(repo, str):
        raise wrong_type("repo", received=repo, expected="text", fix="pass 'owner/name'")
