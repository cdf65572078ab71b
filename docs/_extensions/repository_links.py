"""Links of the pages lead to files of the repository; on the site some of those are pages."""

import re
from typing import Any

PAGES = {
    "README.md": "index.md",
    "CHANGELOG.md": "changelog.md",
    "CONTRIBUTING.md": "contributing.md",
    "benchmarks/results/README.md": "measured.md",
}


def to_page(match: re.Match[str]) -> str:
    """Returns the link to what the site has instead of a file outside of `docs`."""
    up, target = match[1], match[2]
    if target in PAGES:
        return f"]({up}{PAGES[target]}"
    if target.startswith("examples/"):
        script = target.removeprefix("examples/").replace("README.rst", "index").split(".")[0]
        return f"]({up}tutorials/{script}.rst"
    return match[0]


def on_source(app: Any, name: str, content: list[str]) -> None:
    """Rewrites `](../CHANGELOG.md`, from any depth, in a Markdown page."""
    content[0] = re.sub(r"\]\(((?:\.\./)*)\.\./([\w./]+)", to_page, content[0])


def setup(app: Any) -> dict[str, bool]:
    """Connects the rewriting."""
    app.connect("source-read", on_source)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
