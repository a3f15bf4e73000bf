"""`keyprotect` 3.0.1: no method of the client that no test of this folder calls."""

import ast
from collections.abc import Iterator
from inspect import isfunction
from pathlib import Path

from keyprotect.ibm_key_protect_api_v2 import IbmKeyProtectApiV2

METHODS = {name for name, it in vars(IbmKeyProtectApiV2).items() if isfunction(it) and name[0] != "_"}


def called(tree: ast.AST) -> Iterator[str]:
    """Find the client's methods in ``sdk.api.NAME()``, ``sdk.on("NAME")`` and ``sdk.act("VERB")``."""
    for call in ast.walk(tree):
        match call:
            case ast.Call(func=ast.Attribute(value=ast.Attribute(attr="api"), attr=name)):
                yield name
            case ast.Call(func=ast.Attribute(attr="on"), args=[ast.Constant(value=str(name)), *_]):
                yield name
            case ast.Call(func=ast.Attribute(attr="act"), args=[ast.Constant(value=str(verb)), *_]):
                yield f"{verb}_key"
            case _:
                pass


def test_c41_every_method_is_called_by_a_test() -> None:
    sources = [path.read_text() for path in sorted(Path(__file__).parent.glob("*.py"))]
    found = {name for source in sources for name in called(ast.parse(source))}
    assert METHODS - found == set()
    assert len(METHODS) == 46  # of this version: the look at the class finds them
