"""Examples in docstrings and pages run, links have targets, and the reference is complete."""

import argparse
import ast
import doctest
import importlib
import itertools
import pkgutil
import re
import runpy
import shlex
import sys
import tomllib
from pathlib import Path

import keras
import numpy as np
import pytest

import keras_gan_kit
from keras_gan_kit import callbacks

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
    code = code.replace("epochs=20,", "epochs=4,")  # seconds instead of a minute
    names = {}
    exec(compile(code, "README.md", "exec"), names)  # our own file
    assert names["pictures"].shape == (25, 28, 28, 1)
    assert len(list((tmp_path / "runs/first/samples").glob("*.png"))) == 4
    assert keras.saving.load_model(tmp_path / "gan.keras").steps_taken == 4 * 57
    # Neighboring pixels belong together, as in real digits (0.93) and not as in noise (0).
    differences = names["gan"].generate(200, seed=1)[..., 0]
    differences -= differences.mean(axis=0)
    left, right = differences[:, :, :-1].ravel(), differences[:, :, 1:].ravel()
    assert np.corrcoef(left, right)[0, 1] > 0.6


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


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of these libraries
@pytest.mark.parametrize(
    ("page", "library"),
    [
        ("tracking.md", "wandb"),
        ("tracking.md", "mlflow"),
        ("tuning.md", "optuna"),
        ("tuning.md", "keras_tuner"),
    ],
)
def test_other_libraries_do_what_a_page_shows(page, library, make_gan, tmp_path, monkeypatch):
    pytest.importorskip(library)
    monkeypatch.chdir(tmp_path)
    blocks = re.findall(r"```py\n(.*?)```", (ROOT / "docs" / page).read_text(), re.S)
    (code,) = (block for block in blocks if f"import {library}" in block)
    code = re.sub(r"epochs=20|n_trials=20|max_trials=20", lambda m: m[0][:-2] + "1", code)
    gan = make_gan()
    gan.compile()
    images = np.zeros((8, 4, 4, 1), "float32")
    names = {"gan": gan, "images": images, "callbacks": callbacks}
    exec(compile(code.replace("every=10", "every=1"), page, "exec"), names)  # our own file
    assert list(tmp_path.iterdir())


# The pages, and the scripts whose first lines say how to run them.
WITH_COMMANDS = [*sorted(ROOT.glob("*.md")), *PAGES, ROOT / "benchmarks" / "README.md"]
WITH_COMMANDS += sorted([*ROOT.glob("examples/*.py"), *ROOT.glob("benchmarks/*.py")])
TUTORIALS = sorted(ROOT.glob("tutorials/*.py"))
# Small enough for a test.
SMALL = {"EPOCHS": 1, "CROPS": 60, "PAGES": 24, "PATIENTS": 60}


@pytest.mark.parametrize("tutorial", TUTORIALS, ids=lambda path: path.stem)
def test_a_tutorial_runs_as_a_notebook(tutorial, tmp_path, monkeypatch):
    """Runs its cells one after the other, in a process with the arguments of a kernel."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["ipykernel_launcher.py", "-f", "kernel.json"])
    source = tutorial.read_text()
    for name, value in SMALL.items():
        source = re.sub(rf"^{name} = \d+$", f"{name} = {value}", source, flags=re.M)
    names = {"__name__": "__main__"}
    for number, cell in enumerate(re.split(r"^# %%.*$", source, flags=re.M)):
        exec(compile(cell, f"{tutorial.name}, cell {number}", "exec"), names)  # our own file
    assert list((tmp_path / "runs" / tutorial.stem).glob("*.png"))


def shell_commands(path):
    """Returns the commands in a page or in the docstring of a script, without comments."""
    text = path.read_text()
    if path.suffix == ".md":
        text = "\n".join(re.findall(r"```sh\n(.*?)```", text, re.S))
    else:
        text = "\n".join(re.findall(r"^    (python .*)", ast.get_docstring(ast.parse(text)), re.M))
    lines = text.replace("\\\n", " ").splitlines()
    return {shlex.join(words) for line in lines if (words := shlex.split(line, comments=True))}


COMMANDS = sorted(set().union(*map(shell_commands, WITH_COMMANDS)))
# `.ci/run` runs these, perhaps with other options, or is one of them. Coverage is measured by hand.
RUN_ELSEWHERE = """
python3 -m venv .venv
. .venv/bin/activate
pre-commit install
bash .ci/run
coverage report
sphinx-build -W --keep-going -b html docs docs/_build
"""


@pytest.mark.usefixtures("benchmark_scripts")
@pytest.mark.parametrize("command", COMMANDS)
def test_a_program_takes_the_arguments_that_a_page_gives_it(command, monkeypatch):
    understands = argparse.ArgumentParser.parse_args

    def parse_args(parser, *arguments):
        understands(parser, *arguments)
        sys.exit("understood")

    monkeypatch.setattr(argparse.ArgumentParser, "parse_args", parse_args)
    monkeypatch.setenv("KERAS_BACKEND", keras.backend.backend())  # some scripts set it
    words = shlex.split(command)
    while re.match(r"\w+=", words[0]):
        words.pop(0)
    match words:
        case ["python", "-m", module, *arguments] if module.startswith("keras_gan_kit."):
            with pytest.raises(SystemExit, match="understood"):
                importlib.import_module(f"{module}.__main__").main(arguments)
        case ["python", script] if ROOT / script in TUTORIALS:
            pass  # see `test_a_tutorial_runs_as_a_notebook`
        case ["python", script, *arguments] if script.startswith(("examples/", "benchmarks/")):
            monkeypatch.setattr(sys, "argv", [script, *arguments])
            with pytest.raises(SystemExit, match="understood"):
                runpy.run_path(str(ROOT / script), run_name="__main__")
        case ["python", "train.py"]:
            assert "TF_CONFIG=" in command  # the program above it in docs/devices.md
        case ["torchrun", *_, "train.py"]:
            pass  # see `tests/integration/test_ranks.py`
        case ["python", "-m", "pytest", *arguments]:
            assert all((ROOT / word).exists() for word in arguments if word.startswith("tests"))
        case ["pip", "install", *_] if "[" in command:
            pass  # see the next test
        case _:
            assert command in RUN_ELSEWHERE.splitlines(), "run it in `.ci/run`, and say so above"


def test_the_tests_of_faults_exist_and_all_are_listed():
    page = (ROOT / "docs/faults.md").read_text()
    tests = ROOT / "tests"
    named = set(re.findall(r"`(\w+/test_\w+\.py)`", page))
    assert {name for name in named if not (tests / name).is_file()} == set()
    about = re.compile(r"test_(\w*(fault|hostile|kill|clock|soak|locked|propert)\w*)\.py")
    files = {str(path.relative_to(tests)) for path in tests.rglob("test_*.py")}
    assert {name for name in files if about.search(name)} - named == set()


def test_every_extra_that_is_named_exists():
    pyproject = tomllib.loads((ROOT / "pyproject.toml").read_text())
    texts = [*WITH_COMMANDS, *sorted((ROOT / "keras_gan_kit").rglob("*.py"))]
    # As a command, and as what makes one in a message.
    pattern = re.compile(r"""(?:pip install (?:-e )?["']?(?:\.|keras_gan_kit)\[|\bextra\(")(\w+)""")
    named = {name for path in texts for name in pattern.findall(path.read_text())}
    assert named - set(pyproject["project"]["optional-dependencies"]) == set()
    assert named >= {"test", "dev", "docs", "cv", "jax", "parquet", "ray", "torch", "video"}


def test_links_in_the_documents_lead_somewhere():
    for document in [*ROOT.glob("*.md"), *PAGES]:
        for target in re.findall(r"\]\((?!https?:)([^)#]+)", document.read_text()):
            assert (document.parent / target).exists(), f"{document.name}: {target}"


def names_in(path):
    """Returns the public names of a folder: those it imports, also under `TYPE_CHECKING`."""
    tree = ast.parse(path.read_text())
    blocks = [tree.body, *(node.body for node in tree.body if isinstance(node, ast.If))]
    names = {
        name.name
        for node in itertools.chain.from_iterable(blocks)
        if isinstance(node, ast.ImportFrom)
        for name in node.names
    }
    return {name for name in names if not name.startswith("_")}


FOLDERS = ["models", "losses", "penalties", "networks", "data", "datasets"]
FOLDERS += ["callbacks", "generation", "evaluation", "pretrained", "hub", "explore"]


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
