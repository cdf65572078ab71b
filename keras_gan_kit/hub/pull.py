"""Downloads a model that `push` uploaded."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras

from keras_gan_kit._errors import invalid, wrong_type
from keras_gan_kit._extra import extra
from keras_gan_kit.hub.push import MODEL


def pull(
    repo: str,
    *,
    revision: str | None = None,
    token: str | None = None,
    endpoint: str | None = None,
    cache_dir: str | Path | None = None,
) -> Any:
    """Downloads a model from a repository of the Hugging Face Hub and loads it.

    The file is kept in the Hub's cache, so that it is downloaded once, and a second call works
    offline. Keras' safe mode is on: a file that contains code, such as a Lambda layer, raises an
    error.

    Args:
        repo: The repository, as `"owner/name"`.
        revision: A branch, a tag or a commit. None means the main branch; a commit makes a program
            repeatable.
        token: The access token, for private repositories. None uses the stored one.
        endpoint: The address of the server, as in `push`.
        cache_dir: The folder of the cache. None means the Hub's own.

    Returns:
        The model, ready for `generate`, and for `fit` if it was compiled when it was pushed.

    Raises:
        ImportError: If `huggingface_hub` is not installed.
        TypeError: If `repo` is not a string.
        ValueError: If the repository has no model of this package.
        OSError: If the repository does not exist or the server can't be reached.

    Example:
        >>> import keras_gan_kit as kgk
        >>> def draw(repo):
        ...     return kgk.hub.pull(repo).generate(25, seed=0)
    """
    if not isinstance(repo, str):
        raise wrong_type("repo", received=repo, expected="a string", fix="pass 'owner/name'")
    with extra("hub", "repo", received=repr(repo), library="huggingface_hub"):
        from huggingface_hub import hf_hub_download
        from huggingface_hub.errors import RemoteEntryNotFoundError
    try:
        path = hf_hub_download(
            repo,
            MODEL,
            revision=revision,
            token=token,
            endpoint=endpoint,
            cache_dir=cache_dir,
            library_name="keras_gan_kit",
        )
    except RemoteEntryNotFoundError as error:
        raise invalid(
            "repo",
            received=f"{repo!r}, which has no file {MODEL}",
            expected="a repository that `hub.push` wrote",
            fix="download other files with `huggingface_hub.hf_hub_download`",
        ) from error
    return keras.saving.load_model(path)
