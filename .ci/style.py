"""Print what the checks of style and types need: the tools, and libraries with types to read."""

import re
import sys
import tomllib
from pathlib import Path

PYPROJECT = Path(__file__).parents[1] / "pyproject.toml"
MODULES = {"scikit-learn": "sklearn"}  # where a package's name is not that of its module


def needed() -> list[str]:
    """Requirements of pyproject.toml whose modules mypy does not skip."""
    pyproject = tomllib.loads(PYPROJECT.read_text())
    project = pyproject["project"]
    skipped = {
        module.removesuffix(".*")
        for override in pyproject["tool"]["mypy"]["overrides"]
        if override.get("follow_imports") == "skip"
        for module in override["module"]
    }
    tools = [line for line in project["optional-dependencies"]["dev"] if "[" not in line]
    names = {line: re.match(r"[\w-]+", line)[0] for line in project["dependencies"]}
    return tools + [line for line, name in names.items() if MODULES.get(name, name) not in skipped]


if __name__ == "__main__":
    sys.stdout.writelines(f"{line}\n" for line in needed())
