"""Rewrites links from pages to files of the repository that are pages on the site."""

import re
from typing import Any

PAGES = {
    "README.md": "index.md",
    "CHANGELOG.md": "changelog.md",
    "CONTRIBUTING.md": "contributing.md",
    "benchmarks/results/README.md": "measured.md",
    "tutorials/README.rst": "tutorials/index.rst",
}


def to_page(match: re.Match[str]) -> str:
    """Returns the link to the page that replaces a file outside of `docs`."""
    up, target = match[1], match[2]
    if target in PAGES:
        return f"]({up}{PAGES[target]}"
    folder, _, name = target.partition("/")
    if folder == "tutorials":
        return f"]({up}tutorials/{name.removesuffix('.py')}.rst"
    if folder == "examples":
        return f"]({up}scripts.md#{name.replace('.', '')}"
    return match[0]


def on_source(app: Any, name: str, content: list[str]) -> None:
    """Rewrites links such as `](../CHANGELOG.md` at any depth."""
    content[0] = re.sub(r"\]\(((?:\.\./)*)\.\./([\w./]+)", to_page, content[0])


def setup(app: Any) -> dict[str, bool]:
    """Registers the rewriting."""
    app.connect("source-read", on_source)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
