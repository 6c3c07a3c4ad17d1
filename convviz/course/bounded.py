"""Whether what a reader typed comes to an end, told from its syntax before it runs.

It runs in the reader's own Jupyter kernel, and much that does not end there cannot be interrupted
either: ``sum(iter(int, 1))`` and ``10**10**10`` never leave C. So only expressions are taken that
work out something of what is there, with numbers that stay small when they are multiplied. What
they call may be a function of an author's, of which the syntax says nothing: `in_time` ends that.
"""

from __future__ import annotations

import ast
import builtins
import math
import sys
import time
from collections.abc import Callable
from types import FrameType
from typing import Any, TypeVar

MOST = 10**7  # of the product of all numbers in an answer: 80 MB as a list
MOST_CHARACTERS = 1_000
MOST_SECONDS = 10.0  # of a program of the notebooks: a thousandth of that

_Result = TypeVar("_Result")
# That only read what they are given. ``iter``, ``open``, ``input``, ``exit`` and the like are none.
_FUNCTIONS = frozenset(
    {
        *("abs", "all", "any", "bool", "dict", "divmod", "enumerate", "float", "int", "len"),
        *("list", "max", "min", "range", "reversed", "round", "set", "sorted", "str", "sum"),
        *("tuple", "zip"),
    }
)
_NODES = (
    *(ast.Constant, ast.Name, ast.Load, ast.Attribute, ast.Subscript, ast.Slice, ast.Starred),
    *(ast.Tuple, ast.List, ast.Set, ast.Dict, ast.Call, ast.keyword, ast.IfExp),
    *(ast.BinOp, ast.UnaryOp, ast.BoolOp, ast.Compare, ast.operator, ast.unaryop, ast.boolop),
    *(ast.cmpop, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp, ast.comprehension),
    *(ast.Store,),  # of a comprehension's own names
)


class NotAnExpressionError(Exception):
    """Python cannot read it as a value, as an index or as arguments."""


class TooLongError(Exception):
    """It still runs after `MOST_SECONDS`."""


def in_time(work: Callable[[], _Result]) -> _Result:
    """What ``work`` gives, ended at the first line of Python that it reaches too late.

    Raises
    ------
    TooLongError
    """
    end = time.monotonic() + MOST_SECONDS

    def watch(_frame: FrameType, _event: str, _argument: Any) -> Any:
        if time.monotonic() > end:
            raise TooLongError(f"more than {MOST_SECONDS:g} seconds")
        return watch

    before = sys.gettrace()
    sys.settrace(watch)
    try:
        return work()
    finally:
        sys.settrace(before)


def ends(text: str) -> bool:
    """Whether ``text`` is sure to end soon, in as much memory as there is.

    Raises
    ------
    NotAnExpressionError
        Where it is no expression, no index such as ``0, 1:3`` and no arguments such as ``n=1``.
    """
    if len(text) > MOST_CHARACTERS:
        return False
    try:
        tree = _parsed(text)
        return all(map(_is_plain, ast.walk(tree))) and _most(tree) <= MOST
    except (ValueError, RecursionError, MemoryError, OverflowError):
        raise NotAnExpressionError from None


def _parsed(text: str) -> ast.expr:
    for form, kind in (("{}", ast.expr), ("_[{}]", ast.Subscript), ("_({})", ast.Call)):
        whole = form.format(text)
        try:
            tree = ast.parse(whole, mode="eval").body
        except SyntaxError:
            continue
        if form == "{}" or (isinstance(tree, kind) and _spans(tree, whole)):
            return tree
    raise NotAnExpressionError


def _spans(tree: ast.expr, text: str) -> bool:
    """Whether the brackets put around a text still belong together."""
    inner = tree.value if isinstance(tree, ast.Subscript) else getattr(tree, "func", None)
    return isinstance(inner, ast.Name) and tree.end_col_offset == len(text.encode())


def _is_plain(node: ast.AST) -> bool:
    """Whether a part works out something, and can be neither a loop nor a way to one."""
    match node:
        case ast.Name(name):
            return name in _FUNCTIONS or not hasattr(builtins, name)
        case ast.Attribute(_, name):
            return not name.startswith("_")
        case ast.Call(function):
            return _is_named(function)
        case ast.BinOp(_, ast.LShift(), _):
            return False
        case ast.BinOp(_, ast.Pow(), exponent):
            return isinstance(exponent, (ast.Constant, ast.Name, ast.UnaryOp))
    return isinstance(node, _NODES)


def _is_named(function: ast.expr) -> bool:
    """Whether a function is called by its name, which may be a part of something's."""
    while isinstance(function, ast.Attribute):
        function = function.value
    return isinstance(function, ast.Name)


def _most(node: ast.AST) -> float:
    """The product of all numbers, powers worked out."""
    match node:
        case ast.Constant(int() | float() as number):
            return max(1.0, abs(float(number)))
        case ast.BinOp(base, ast.Pow(), ast.Constant(int() | float() as exponent)):
            return math.pow(_most(base), exponent)
    return math.prod(map(_most, ast.iter_child_nodes(node)))
