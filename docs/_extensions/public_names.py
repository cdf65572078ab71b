"""A public name that stands in code, like `losses.Hinge`, links to its page."""

import inspect
import re
from typing import Any

from docutils import nodes
from sphinx import addnodes
from sphinx.transforms import SphinxTransform

import keras_gan_kit

FOLDERS = ("callbacks", "data", "datasets", "evaluation", "generation", "losses", "networks")
FOLDERS += ("penalties",)
METHODS = ("compile", "fit", "evaluate", "generate", "call", "train_step", "test_step")


def public(module: Any) -> list[str]:
    """Names what a package offers: classes and functions of ours, and no modules."""
    return [
        name
        for name, thing in sorted(vars(module).items())
        if not name.startswith("_")
        and (inspect.isclass(thing) or inspect.isfunction(thing))
        and thing.__module__.startswith("keras_gan_kit.")
    ]


def targets() -> dict[str, str]:
    """Maps what may stand in a text to the full name."""
    found = {}
    for folder in FOLDERS:
        for name in public(getattr(keras_gan_kit, folder)):
            full = f"keras_gan_kit.{folder}.{name}"
            found |= {full: full, f"{folder}.{name}": full}
            # A word alone, such as `digits`, may mean something else.
            if "_" in name or not name.islower():
                found[name] = full
    for name in public(keras_gan_kit):
        found[name] = found[f"keras_gan_kit.{name}"] = f"keras_gan_kit.{name}"
    found |= {f"GAN.{method}": f"keras_gan_kit.GAN.{method}" for method in METHODS}
    return found


class LinkPublicNames(SphinxTransform):
    """Wraps code that is a public name, with or without arguments, in a reference."""

    default_priority = 300

    def apply(self, **options: Any) -> None:
        """Goes through all code in texts."""
        known = targets()
        for node in list(self.document.findall(nodes.literal)):
            match = re.fullmatch(r"([\w.]+)(\(.*\))?", node.astext(), re.S)
            inside = (nodes.title, nodes.reference, addnodes.pending_xref, addnodes.desc_signature)
            parents, parent = [], node.parent
            while parent is not None:
                parents.append(parent)
                parent = parent.parent
            if match is None or match[1] not in known:
                continue
            if any(isinstance(parent, inside) for parent in parents):
                continue
            reference = addnodes.pending_xref(
                "",
                node.deepcopy(),
                refdomain="py",
                reftype="obj",
                reftarget=known[match[1]],
                refexplicit=True,
                refwarn=True,
                refdoc=self.env.docname,
            )
            node.replace_self(reference)


def setup(app: Any) -> dict[str, bool]:
    """Adds the transform."""
    app.add_transform(LinkPublicNames)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
