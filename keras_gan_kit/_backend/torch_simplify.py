"""The PyTorch backend: removes from a recorded step what needs no run."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import torch
from torch import fx

_SAME = (torch.ops.aten.detach.default, torch.ops.aten.alias.default)
_LARGEST = 4096  # elements of a constant; larger ones are made in each step, as in Keras


def simplified(module: fx.GraphModule) -> fx.GraphModule:
    """Removes nodes that only return their input, and computes constants.

    Constants that Python numbers became would be copied to the device in every step.
    """
    graph = module.graph
    for node in list(graph.nodes):
        if node.target in _SAME:
            node.replace_all_uses_with(node.args[0])
            graph.erase_node(node)
    number = 0
    with torch.no_grad():
        for node in list(graph.nodes):
            if not _is_constant(node):
                continue
            arguments, options = fx.map_arg(
                (node.args, node.kwargs), lambda n: getattr(module, n.target)
            )
            name = f"constant_{number}"
            number += 1
            module.register_buffer(name, node.target(*arguments, **options))
            with graph.inserting_before(node):
                node.replace_all_uses_with(graph.get_attr(name))
            graph.erase_node(node)
    graph.eliminate_dead_code()
    module.delete_all_unused_submodules()
    module.recompile()
    return module


def _is_constant(node: fx.Node) -> bool:
    if not isinstance(node.target, torch._ops.OpOverload):
        return False
    result = node.meta.get("val")
    return (
        isinstance(result, torch.Tensor)
        and result.numel() <= _LARGEST
        and all(source.op == "get_attr" for source in node.all_input_nodes)
        and not node.target._schema.is_mutable
        and torch.Tag.nondeterministic_seeded not in node.target.tags
        and not _is_written(node)
    )


def _is_written(node: fx.Node) -> bool:
    """Returns whether an operation may change the tensor, or a view of it, in place."""
    for user in node.users:
        if not isinstance(user.target, torch._ops.OpOverload):
            return True
        aliases = list(_aliases(user, node))
        if any(alias.is_write for alias in aliases) or (aliases and _is_written(user)):
            return True
    return False


def _aliases(user: fx.Node, node: fx.Node) -> Iterator[Any]:
    """Yields how a user's results and changes relate to the arguments that a node is."""
    schema = user.target._schema
    named = dict(zip((argument.name for argument in schema.arguments), user.args, strict=False))
    for argument in schema.arguments:
        value = (named | user.kwargs).get(argument.name)
        parts = value if isinstance(value, list | tuple) else [value]
        if any(part is node for part in parts) and argument.alias_info is not None:
            yield argument.alias_info
