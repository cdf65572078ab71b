"""The rules of the house that a machine can check."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "keras_gan_kit"
FILES = sorted(PACKAGE.rglob("*.py"))
# Imports point backwards along the walk.
WALK = [
    "_errors",
    "_arguments",
    "_files",
    "_keras",
    "_backend",
    "data",
    "datasets",
    "networks",
    "losses",
]
WALK += [
    "penalties",
    "models",
    "callbacks",
    "generation",
    "evaluation",
    "pretrained",
    "hub",
    "explore",
]


TESTS = Path(__file__).parent
SEAM = [
    path for name in ("models", "losses", "penalties") for path in (TESTS / name).glob("test*.py")
]


def imports(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module


def folder(path):
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def is_text_file(call):
    if not isinstance(call.func, ast.Attribute):
        return False
    mode = getattr(call.args[0], "value", None) if call.args else None
    is_open = call.func.attr == "open" and mode in ("r", "w", "a", "x")
    return is_open or call.func.attr in ("read_text", "write_text")


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_file(path):
    assert len(path.read_text().splitlines()) <= 500
    for name in imports(path):
        top = name.split(".")[0]
        if top in ("jax", "torch", "tensorflow"):
            assert folder(path) == "_backend", f"{name} outside the seam"
        fence = path == PACKAGE / "_keras.py"
        assert fence or not name.startswith("keras.src"), "private parts of Keras"
        if top == "keras_cv":
            assert path == PACKAGE / "data" / "augment.py", "KerasCV outside its file"
        if top == "keras_gan_kit" and folder(path) != "__init__":
            target = name.split(".")[1] if "." in name else None
            if target and target in WALK and folder(path) in WALK:
                assert WALK.index(target) <= WALK.index(folder(path)), f"{name} points forward"
    for node in ast.walk(ast.parse(path.read_text())):
        assert not isinstance(node, ast.Assert), f"assert at line {node.lineno}"
        if isinstance(node, ast.Call):
            assert getattr(node.func, "id", "") != "print", f"print at line {node.lineno}"
            if ast.unparse(node.func) == "warnings.warn":
                assert path.name == "_errors.py", f"not by `warn`, line {node.lineno}"
            if is_text_file(node):
                named = {keyword.arg for keyword in node.keywords}
                assert "encoding" in named, f"the platform's encoding at line {node.lineno}"
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            doc = ast.get_docstring(node, clean=False)
            size = node.end_lineno - node.lineno + 1 - (doc.count("\n") + 1 if doc else 0)
            assert size <= 40, f"{node.name} has {size} lines"


@pytest.mark.parametrize("path", sorted(SEAM), ids=lambda path: str(path.relative_to(TESTS)))
def test_what_guards_the_seam_runs_on_every_backend(path):
    text = path.read_text()
    reason = re.search(r"^# Runs once: \S+ \S+", text, re.M)
    assert "pytest.mark.backend" in text or reason, "mark it `backend`, or write `# Runs once: why`"


# Each folder of evaluation imports only these; a folder above imports none of its neighbors.
GROUND = frozenset({"samples", "report", "features"})
BELOW = {
    "samples": frozenset(),
    "report": {"samples"},
    "features": {"samples"},
    "tables": GROUND,
    "images": GROUND,
    "utility": GROUND,
    "privacy": GROUND,
    "segmentation": GROUND,
    "cohorts": GROUND | {"tables", "images"},
}


@pytest.mark.parametrize("name", BELOW)
def test_a_folder_of_evaluation_imports_only_those_below(name):
    start = "keras_gan_kit.evaluation."
    for path in (PACKAGE / "evaluation" / name).glob("*.py"):
        for imported in imports(path):
            if imported.startswith(start):
                other = imported.removeprefix(start).split(".")[0]
                assert other in BELOW[name] | {name}, f"{path.name} imports {other}"
    folders = {path.parent.name for path in (PACKAGE / "evaluation").glob("*/*.py")}
    assert folders == set(BELOW)


def test_importing_is_cheap_and_has_no_side_effect():
    code = """
import sys, random, warnings, logging
import keras, numpy
before, state = set(sys.modules), random.getstate()
numpy_state = numpy.random.get_state()[1].tolist()
handlers = list(logging.getLogger().handlers)
import keras_gan_kit
new = {name.split(".")[0] for name in set(sys.modules) - before}
heavy = new & {"sklearn", "pandas", "matplotlib", "scipy", "keras_cv", "ray", "pyarrow"}
assert not heavy, heavy
assert random.getstate() == state
assert numpy.random.get_state()[1].tolist() == numpy_state
assert logging.getLogger().handlers == handlers
"""
    subprocess.run([sys.executable, "-W", "ignore", "-c", code], check=True, timeout=120)


def test_the_changelog_and_the_package_agree_on_the_version():
    import keras_gan_kit

    text = (PACKAGE.parent / "pyproject.toml").read_text()
    assert re.search(r'^version = "(.+)"$', text, re.M)[1] == keras_gan_kit.__version__
