"""Equations as MathML, which browsers draw by themselves: MathJax would come from the network."""

from typing import Any

from docutils import nodes
from docutils.utils.math.latex2mathml import tex2mathml


def visit_inline(translator: Any, node: Any) -> None:
    """Writes an equation in a line of text."""
    translator.body.append(tex2mathml(node.astext()))
    raise nodes.SkipNode


def visit_block(translator: Any, node: Any) -> None:
    """Writes an equation of its own, which may be scrolled where it is wide."""
    translator.body.append('<span class="equation">')
    translator.body.append(tex2mathml(node.astext(), as_block=True))
    translator.body.append("</span>")
    raise nodes.SkipNode


def setup(app: Any) -> dict[str, bool]:
    """Adds the renderer that `html_math_renderer` names."""
    app.add_html_math_renderer("mathml", (visit_inline, None), (visit_block, None))
    return {"parallel_read_safe": True, "parallel_write_safe": True}
