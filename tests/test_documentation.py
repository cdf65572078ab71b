"""Examples in docstrings and in the README run as they stand."""

import doctest
import importlib
import pkgutil
import re
from pathlib import Path

import keras
import pytest

import keras_gan_kit

ROOT = Path(__file__).parents[1]
OTHERS = {"tensorflow", "jax", "torch"} - {keras.backend.backend()}
MODULES = [
    name
    for _, name, _ in pkgutil.walk_packages(keras_gan_kit.__path__, "keras_gan_kit.")
    if name.removeprefix("keras_gan_kit._backend.").split("_")[0] not in OTHERS
]


@pytest.mark.parametrize("name", MODULES)
def test_docstring_examples(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    result = doctest.testmod(importlib.import_module(name))
    assert result.failed == 0


def test_the_readme_example_runs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (code,) = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(), re.S)
    names = {}
    exec(compile(code, "README.md", "exec"), names)  # our own file
    assert names["pictures"].shape == (25, 28, 28, 1)
    assert len(list((tmp_path / "runs/digits/samples").glob("*.png"))) == 10
    assert keras.saving.load_model(tmp_path / "gan.keras").steps_taken == 570


# Programs are marked `python`; excerpts, and what needs other files or devices, `py`.
DOCUMENTS = [
    path for path in sorted((ROOT / "docs").glob("*.md")) if "```python" in path.read_text()
]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_the_programs_of_the_documents_run(document, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    blocks = re.findall(r"```python\n(.*?)```", document.read_text(), re.S)
    assert blocks
    for number, code in enumerate(blocks):
        exec(compile(code, f"{document.name}, block {number}", "exec"), {})  # our own file


def test_links_in_the_documents_lead_somewhere():
    for document in [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")]:
        for target in re.findall(r"\]\((?!https?:)([^)#]+)", document.read_text()):
            assert (document.parent / target).exists(), f"{document.name}: {target}"
