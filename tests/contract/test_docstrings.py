"""What the docstring of every public name says is what the signature and the code say."""

import ast
import builtins
import inspect
import re
import textwrap
from pathlib import Path

import pytest
from every_name import CLASSES, NAMES, named, signature

DOCS = Path(__file__).parents[2] / "docs"
# Numbers and strings that a text says are the default.
DEFAULT = re.compile(r"\b[Dd]efaults? (?:is |to |of )?`?(-?\d+(?:\.\d+)?|\"\w+\")")
DEEP = 5  # calls from a public name to where it raises


def section(thing, title):
    """The text under a title of the docstring, without its indentation; None where it is not."""
    text = inspect.cleandoc(thing.__doc__ or "") + "\n"
    found = re.search(rf"^{title}:\n((?:    .*\n|\n)+)", text, re.M)
    return found and textwrap.dedent(found[1])


def entries(thing, title):
    """Maps what a section describes to the descriptions."""
    found = re.findall(r"^(\*{0,2}\w+): (.*\n(?: .*\n)*)", section(thing, title) or "", re.M)
    return {name: " ".join(text.split()) for name, text in found}


def starred(parameter):
    return {parameter.VAR_POSITIONAL: "*", parameter.VAR_KEYWORD: "**"}.get(
        parameter.kind, ""
    ) + parameter.name


def mistakes(parameters, described):
    """Says where descriptions of arguments contradict the arguments."""
    expected = [starred(p) for p in parameters]
    if list(described) != expected:
        return [f"Args has {list(described)}, the signature {expected}"]
    found = []
    for p in named(parameters):
        text = described[p.name]
        takes_none = p.default is None or re.search(r"None|Any|Activation", str(p.annotation))
        if re.search(r"\bNone for\b", text) and not takes_none:
            found.append(f"{p.name} takes no None")
        for value in DEFAULT.findall(text):
            if ast.literal_eval(value) != p.default:
                found.append(f"{p.name} has the default {p.default!r}, not {value}")
    return found


def own_arguments(thing):
    """The arguments; none for a class that has no constructor of its own."""
    if inspect.isclass(thing) and thing.__init__ is object.__init__:
        return []
    return signature(thing)


@pytest.mark.parametrize("name", NAMES)
def test_args_are_those_of_the_signature(name):
    thing = NAMES[name]
    assert mistakes(own_arguments(thing), entries(thing, "Args")) == []


def methods():
    for name, thing in CLASSES.items():
        for key, member in vars(thing).items():
            function = inspect.unwrap(getattr(member, "__func__", member))
            if not key.startswith("_") and inspect.isfunction(function):
                yield pytest.param(function, id=f"{name}.{key}")


@pytest.mark.parametrize("function", list(methods()))
def test_args_of_methods_are_those_of_the_signature(function):
    assert function.__doc__
    if section(function, "Args"):
        parameters = [p for p in signature(function) if p.name != "cls"]
        assert mistakes(parameters, entries(function, "Args")) == []


def test_contradictions_are_seen():
    def wrong(size: int = 3, *, name: str = "a"):
        """Does nothing.

        Args:
            size: How large; the default is 4.
            name: What it is called; None for no name.
        """

    assert mistakes(signature(wrong), entries(wrong, "Args")) == [
        "size has the default 3, not 4",
        "name takes no None",
    ]
    assert "signature ['size'" in mistakes(signature(wrong), {"name": "", "size": ""})[0]


@pytest.mark.parametrize("name", NAMES)
def test_what_is_returned_is_said(name):
    thing = NAMES[name]
    if inspect.isclass(thing):
        assert section(thing, "Returns") is None
    else:
        returns = inspect.signature(thing).return_annotation
        assert returns is not inspect.Signature.empty
        assert bool(section(thing, "Returns")) == (returns not in (None, "None"))


@pytest.mark.parametrize("name", NAMES)
def test_an_example_shows_the_name(name):
    example = section(NAMES[name], "Example")
    assert example
    assert ">>> " in example


@pytest.mark.parametrize("name", NAMES)
def test_the_reference_has_a_page_for_the_name(name):
    folder, word = name.split(".")
    assert f"\n   {word}\n" in (DOCS / "api" / f"{folder}.rst").read_text() + "\n"


def resolved(call, function, owner):
    """What a call in a function calls, and the class whose method it is; None if unknown."""
    if isinstance(call, ast.Name):
        thing = function.__globals__.get(call.id)
        return (thing.__init__, thing) if inspect.isclass(thing) else (thing, None)
    if isinstance(call, ast.Attribute) and owner is not None:
        of = call.value
        classes = owner.__mro__
        if isinstance(of, ast.Call) and getattr(of.func, "id", "") == "super":
            classes = classes[1:]
        elif not (isinstance(of, ast.Name) and of.id in ("self", "cls")):
            return None, None
        for cls in classes:
            if call.attr in vars(cls):
                return getattr(vars(cls)[call.attr], "__func__", vars(cls)[call.attr]), owner
    return None, None


def exception(raised, function):
    """The built-in exception that a `raise` raises, by name or by a function that returns it."""
    thing = raised.func if isinstance(raised, ast.Call) else raised
    name = getattr(thing, "id", "")
    helper = function.__globals__.get(name)
    if inspect.isfunction(helper):
        name = inspect.signature(helper).return_annotation
    found = getattr(builtins, str(name), None)
    return found if inspect.isclass(found) and issubclass(found, Exception) else None


def written_by_us(function):
    """Whether the function stands in a file of the package: `dataclass` writes some itself."""
    ours = inspect.isfunction(function) and function.__module__.startswith("keras_gan_kit")
    return ours and function.__code__.co_filename.endswith(".py")


def raised_by(function, owner, seen, deep=DEEP):
    """Maps exceptions to the names of the functions of ours that lead there."""
    function = inspect.unwrap(function) if callable(function) else function
    if not deep or (function, owner) in seen or not written_by_us(function):
        return {}
    seen.add((function, owner))
    found = {}
    for node in ast.walk(ast.parse(textwrap.dedent(inspect.getsource(function)))):
        if isinstance(node, ast.Raise) and node.exc and (kind := exception(node.exc, function)):
            found.setdefault(kind, function.__qualname__)
        elif isinstance(node, ast.Call):
            below = raised_by(*resolved(node.func, function, owner), seen, deep - 1)
            for kind, path in below.items():
                found.setdefault(kind, f"{function.__qualname__} > {path}")
    return found


@pytest.mark.parametrize("name", NAMES)
def test_what_is_raised_is_said(name):
    thing = NAMES[name]
    owner = thing if inspect.isclass(thing) else None
    found = raised_by(thing.__init__ if owner else thing, owner, set())
    said = tuple(getattr(builtins, kind) for kind in entries(thing, "Raises"))
    assert {kind: path for kind, path in found.items() if not issubclass(kind, said)} == {}


def test_a_raise_is_found_through_helpers_and_bases():
    assert set(raised_by(NAMES["penalties.R1"].__init__, None, set())) == {TypeError, ValueError}
    assert set(raised_by(NAMES["models.WGANGP"].__init__, NAMES["models.WGANGP"], set())) == {
        TypeError,
        ValueError,
    }
