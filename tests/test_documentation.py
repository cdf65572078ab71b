"""Examples in docstrings and pages run as they stand, links lead somewhere, no name is left out."""

import ast
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
PAGES = sorted(path for path in (ROOT / "docs").rglob("*.md") if "_build" not in path.parts)
DOCUMENTS = [path for path in PAGES if "```python" in path.read_text()]


@pytest.mark.parametrize(
    "document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT / "docs"))
)
def test_the_programs_of_the_documents_run(document, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    blocks = re.findall(r"```python\n(.*?)```", document.read_text(), re.S)
    assert blocks
    for number, code in enumerate(blocks):
        exec(compile(code, f"{document.name}, block {number}", "exec"), {})  # our own file


def test_links_in_the_documents_lead_somewhere():
    for document in [*ROOT.glob("*.md"), *PAGES]:
        for target in re.findall(r"\]\((?!https?:)([^)#]+)", document.read_text()):
            assert (document.parent / target).exists(), f"{document.name}: {target}"


def names_in(path):
    """The names that a folder of the package offers."""
    tree = ast.parse(path.read_text())
    return {
        name.name for node in tree.body if isinstance(node, ast.ImportFrom) for name in node.names
    }


FOLDERS = ["models", "losses", "penalties", "networks", "data", "datasets"]
FOLDERS += ["callbacks", "generation", "evaluation"]


@pytest.mark.parametrize("folder", FOLDERS)
def test_the_reference_lists_every_public_name(folder):
    page = (ROOT / "docs" / "api" / f"{folder}.rst").read_text()
    listed = re.findall(r"^   (\w+)$", page, re.M)
    assert sorted(listed) == sorted(names_in(ROOT / "keras_gan_kit" / folder / "__init__.py"))


def test_the_reference_has_every_folder():
    index = (ROOT / "docs" / "api" / "index.rst").read_text()
    assert re.findall(r"^   (\w+)$", index, re.M) == FOLDERS
    public = names_in(ROOT / "keras_gan_kit" / "__init__.py")
    models = names_in(ROOT / "keras_gan_kit" / "models" / "__init__.py")
    assert public == models | set(FOLDERS) - {"models"}
