"""Docstrings here are written like Markdown; this makes reStructuredText of them.

What differs: an indented block after a blank line is an equation or code, a table is drawn with
bars, and a bar in the text is a bar. What is returned is told in sentences, whose colons mean
nothing: types stand in the signature.
"""

import re
from typing import Any

from sphinx.util import inspect


def indent_of(line: str) -> int:
    """Counts the spaces that a line begins with."""
    return len(line) - len(line.lstrip())


def table(rows: list[str]) -> list[str]:
    """Makes a list-table of a table drawn with bars."""
    cells = [[cell.strip() for cell in row.strip().strip("|").split("|")] for row in rows]
    body = [cells[0], *cells[2:]]  # without the rule under the head
    lines = [".. list-table::", "   :header-rows: 1", ""]
    for row in body:
        lines += [
            ("   * - " if number == 0 else "     - ") + cell for number, cell in enumerate(row)
        ]
    return [*lines, ""]


def escaped(line: str) -> str:
    """Escapes bars and stars outside of code, which would be substitutions and emphasis."""
    parts = re.split(r"(`[^`]*`)", line)
    return "".join(
        part if part.startswith("`") else re.sub(r"([|*])", r"\\\1", part) for part in parts
    )


def prepare(lines: list[str]) -> list[str]:
    """Returns the lines of a docstring as reStructuredText."""
    result: list[str] = []
    before, block = 0, None  # the indentation of the last line of text, and of the block's text
    for number, line in enumerate(lines):
        text = line.strip()
        if not text:
            result.append("")
            continue
        indent, after_blank = indent_of(line), number > 0 and not lines[number - 1].strip()
        if block is not None and indent <= block:
            block = None
        if block is None and after_blank and indent >= before + 4 and not text.startswith(">>>"):
            result += [" " * before + "::", ""]
            block = before
        if block is None:
            before = indent
            if not text.startswith(("|", ">>>", "...")):
                line = escaped(line)
        result.append(line)
    return with_tables(result)


def with_tables(lines: list[str]) -> list[str]:
    """Replaces tables that are drawn with bars."""
    result: list[str] = []
    rows: list[str] = []
    for line in [*lines, ""]:
        if line.startswith("| "):
            rows.append(line)
            continue
        if line.startswith("|-"):
            rows.append(line)
            continue
        if rows:
            result += table(rows)
            rows = []
        result.append(line)
    return result


def without_types(lines: list[str], what: str) -> list[str]:
    """Puts an empty type, and its colon, where napoleon would look for one."""
    after = {number + 1 for number, line in enumerate(lines) if line == "Returns:"}
    if what in ("property", "attribute"):
        after.add(0)
    return [
        " " * indent_of(line) + ": " + line.strip() if number in after else line
        for number, line in enumerate(lines)
    ]


def on_docstring(app: Any, what: str, name: str, thing: Any, options: Any, lines: Any) -> None:
    """Changes the lines in place, as autodoc has it."""
    lines[:] = prepare(without_types(lines, what))


def on_member(app: Any, what: str, name: str, thing: Any, skip: bool, options: Any) -> bool | None:
    """Leaves out what classes inherit from Keras: Keras documents it."""
    if what != "class":
        return None
    function = getattr(thing, "fget", None) or getattr(thing, "__func__", thing)
    module = getattr(function, "__module__", None) or ""
    return None if module.startswith("keras_gan_kit") else True


def on_signature(
    app: Any, what: str, name: str, thing: Any, options: Any, signature: str, returns: str
) -> tuple[str, str] | None:
    """Shows the arguments of a class that Keras hides behind a `__new__` of its own."""
    if what != "class" or signature != "(*args, **kwargs)":
        return None
    found = inspect.signature(thing.__init__, bound_method=True)
    return inspect.stringify_signature(
        found, show_return_annotation=False, unqualified_typehints=True
    ), returns


def setup(app: Any) -> dict[str, bool]:
    """Runs before napoleon, which reads the sections."""
    app.connect("autodoc-process-docstring", on_docstring, priority=100)
    app.connect("autodoc-skip-member", on_member)
    app.connect("autodoc-process-signature", on_signature)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
