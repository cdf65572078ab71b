"""Print the lowest version of everything that pyproject.toml names, as constraints for pip."""

import re
import sys
import tomllib
from itertools import chain
from pathlib import Path

PYPROJECT = Path(__file__).parents[1] / "pyproject.toml"
REQUIREMENT = re.compile(r"(?P<name>[\w-]+)(>=|==)(?P<version>[\d.]+)")


def lowest() -> list[str]:
    """A line such as `numpy==2.0` for each; a requirement without a lowest version is an error."""
    pyproject = tomllib.loads(PYPROJECT.read_text())
    project = pyproject["project"]
    extras = project["optional-dependencies"].values()
    lines = []
    for wanted in chain(pyproject["build-system"]["requires"], project["dependencies"], *extras):
        if wanted.startswith(f"{project['name']}["):
            continue  # an extra that is made of others
        found = REQUIREMENT.fullmatch(wanted)
        if found is None:
            raise ValueError(f"{wanted!r} in pyproject.toml has no lowest version: write name>=1.2")
        lines.append(f"{found['name']}=={found['version']}")
    return sorted(lines)


if __name__ == "__main__":
    sys.stdout.writelines(f"{line}\n" for line in lowest())
