"""Lets long code in texts break after dots, underscores and brackets instead of inside words."""

import re
from typing import Any

CODE = re.compile(r'(<span class="pre">)([^<]+)(</span>)')
PLACES = re.compile(r"(?<=\w)([._/=(,]+)(?=[\w&\[(])")


def with_breaks(match: re.Match[str]) -> str:
    """Adds a place for a line break after each dot, underscore, slash and bracket."""
    return match[1] + PLACES.sub(r"\1<wbr>", match[2]) + match[3]


def on_page(app: Any, page: str, template: str, context: dict[str, Any], doctree: Any) -> None:
    """Rewrites the code in the body of a page."""
    if "body" in context:
        context["body"] = CODE.sub(with_breaks, context["body"])


def setup(app: Any) -> dict[str, bool]:
    """Registers the rewriting."""
    app.connect("html-page-context", on_page)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
