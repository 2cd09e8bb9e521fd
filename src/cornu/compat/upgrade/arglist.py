"""The arguments of a call, changed with their layout kept; and expressions made from a pattern."""

from __future__ import annotations

import re
from ast import literal_eval
from collections.abc import Mapping
from typing import Any

import libcst as cst

UNKNOWN = object()
_ATOMS = (cst.Name, cst.Attribute, cst.Call, cst.Subscript, cst.BaseNumber, cst.BaseString)
_BRACKETED = (cst.List, cst.Dict, cst.Set, cst.ListComp, cst.DictComp, cst.SetComp)


class Arguments:
    """The arguments of one call."""

    def __init__(self, call: cst.Call) -> None:
        self.call = call
        self.args = list(call.args)

    @property
    def clear(self) -> bool:
        """Whether all arguments are written out: no `*args`, no `**options`."""
        return not any(arg.star for arg in self.args)

    @property
    def positional(self) -> list[cst.Arg]:
        """Those without a name."""
        return [arg for arg in self.args if arg.keyword is None and not arg.star]

    def keyword(self, name: str) -> cst.Arg | None:
        """The argument that is given by this name."""
        found = (arg for arg in self.args if arg.keyword is not None and arg.keyword.value == name)
        return next(found, None)

    def find(self, name: str, place: int | None = None) -> cst.Arg | None:
        """The argument with this name, or at this place."""
        given = self.keyword(name)
        if given is None and place is not None and place < len(self.positional):
            return self.positional[place]
        return given

    def value(self, name: str, place: int | None = None) -> cst.BaseExpression | None:
        """What that argument is."""
        given = self.find(name, place)
        return None if given is None else given.value

    def literal(self, name: str, place: int | None = None) -> Any:
        """Its value if that stands there, else UNKNOWN."""
        return literal(self.value(name, place))

    def rename(self, arg: cst.Arg, name: str) -> None:
        """Gives an argument another name, or its first."""
        equal = arg.equal
        if arg.keyword is None:
            equal = cst.AssignEqual(cst.SimpleWhitespace(""), cst.SimpleWhitespace(""))
        self._put(arg, arg.with_changes(keyword=cst.Name(name), equal=equal))

    def set(self, arg: cst.Arg, value: cst.BaseExpression) -> None:
        """Gives an argument another value."""
        self._put(arg, arg.with_changes(value=value))

    def add(self, name: str, value: cst.BaseExpression) -> None:
        """One more argument, at the end."""
        new = cst.Arg(
            value, cst.Name(name), cst.AssignEqual(cst.SimpleWhitespace(""), cst.SimpleWhitespace(""))
        )
        last = self.args[-1] if self.args else None
        if last is not None and len(self.args) > 1 and not last.star:
            between = self.args[-2].comma
            new = new.with_changes(comma=last.comma, whitespace_after_arg=last.whitespace_after_arg)
            self._put(
                last, last.with_changes(comma=between, whitespace_after_arg=cst.SimpleWhitespace(""))
            )
        self.args.append(new)

    def drop(self, arg: cst.Arg) -> None:
        """Takes an argument out; a comment beside it stays."""
        at = next(i for i, each in enumerate(self.args) if each is arg)
        last = at == len(self.args) - 1
        self.args.pop(at)
        if at and (last or _comment(arg.comma)):
            before = self.args[at - 1]
            if last or not _comment(before.comma):
                after = arg.whitespace_after_arg if last else before.whitespace_after_arg
                self.args[at - 1] = before.with_changes(comma=arg.comma, whitespace_after_arg=after)

    def applied(self, func: cst.BaseExpression | None = None) -> cst.Call:
        """The call with these arguments."""
        call = self.call.with_changes(args=self.args)
        return call if func is None else call.with_changes(func=func)

    def _put(self, arg: cst.Arg, new: cst.Arg) -> None:
        self.args[next(i for i, each in enumerate(self.args) if each is arg)] = new


def written_out(call: cst.Call) -> cst.Call:
    """The call with `**{"units": 3}` and `**dict(units=3)` as arguments of their own.

    >>> code(written_out(cst.parse_expression("Dense(**{'units': 3}, name='a')")))
    "Dense(units=3, name='a')"
    """
    found = [(arg, pairs_of(arg.value) if arg.star == "**" else None) for arg in call.args]
    if all(pairs is None for _, pairs in found):
        return call
    args: list[cst.Arg] = []
    for arg, pairs in found:
        new = [
            cst.Arg(value, cst.Name(name), cst.AssignEqual(*[cst.SimpleWhitespace("")] * 2), COMMA)
            for name, value in pairs or ()
        ]
        if new:
            new[-1] = new[-1].with_changes(
                comma=arg.comma, whitespace_after_arg=arg.whitespace_after_arg
            )
        args += [arg] if pairs is None else new
    return call.with_changes(args=args)


COMMA = cst.Comma(whitespace_after=cst.SimpleWhitespace(" "))


def pairs_of(node: cst.BaseExpression) -> list[tuple[str, cst.BaseExpression]] | None:
    """The names and values of a dict that is written there; None if it is none."""
    if isinstance(node, cst.Call) and code(node.func) == "dict":
        named = [(arg.keyword.value, arg.value) for arg in node.args if arg.keyword is not None]
        return named if len(named) == len(node.args) else None
    if not isinstance(node, cst.Dict):
        return None
    found = []
    for each in node.elements:
        name = literal(each.key) if isinstance(each, cst.DictElement) else None
        if not isinstance(name, str) or not name.isidentifier():
            return None
        found.append((name, each.value))
    return found


def _comment(node: cst.CSTNode | cst.MaybeSentinel) -> bool:
    return isinstance(node, cst.CSTNode) and "#" in cst.Module([]).code_for_node(node)


def literal(node: cst.CSTNode | None) -> Any:
    """The value of an expression that is written out, else UNKNOWN.

    >>> literal(cst.parse_expression("(3, 'same')"))
    (3, 'same')
    """
    if node is None:
        return UNKNOWN
    try:
        return literal_eval(code(node))
    except (ValueError, SyntaxError, TypeError):
        return UNKNOWN


def code(node: cst.CSTNode) -> str:
    """A node as text."""
    return cst.Module([]).code_for_node(node)


def fill(pattern: str, parts: Mapping[str, cst.BaseExpression | list[cst.Arg]]) -> cst.BaseExpression:
    """An expression from a pattern: `_x_` stands for the part "x", in brackets where it needs them.

    >>> code(fill("_x_.shape", {"x": cst.parse_expression("a + b")}))
    '(a + b).shape'
    """
    made = cst.parse_expression(pattern).visit(_Filler(parts))
    assert isinstance(made, cst.BaseExpression)
    return made


class _Filler(cst.CSTTransformer):
    def __init__(self, parts: Mapping[str, cst.BaseExpression | list[cst.Arg]]) -> None:
        self.parts = parts

    def leave_Name(self, original_node: cst.Name, updated_node: cst.Name) -> cst.BaseExpression:
        found = re.fullmatch(r"_(\w+?)_", original_node.value)
        part = self.parts[found[1]] if found else updated_node
        return updated_node if isinstance(part, list) else part

    def leave_Call(self, original_node: cst.Call, updated_node: cst.Call) -> cst.Call:
        args: list[cst.Arg] = []
        for arg in updated_node.args:
            found = (
                re.fullmatch(r"_(\w+)_", arg.value.value) if isinstance(arg.value, cst.Name) else None
            )
            part = self.parts.get(found[1]) if found else None
            args += part if isinstance(part, list) else [arg]
        func = bracketed(updated_node.func)
        return updated_node.with_changes(func=func, args=args)

    def leave_Attribute(
        self, original_node: cst.Attribute, updated_node: cst.Attribute
    ) -> cst.Attribute:
        return updated_node.with_changes(value=bracketed(updated_node.value))

    def leave_BinaryOperation(
        self, original_node: cst.BinaryOperation, updated_node: cst.BinaryOperation
    ) -> cst.BinaryOperation:
        left, right = updated_node.left, bracketed(updated_node.right)
        left = left if isinstance(left, cst.UnaryOperation) else bracketed(left)
        return updated_node.with_changes(left=left, right=right)

    def leave_UnaryOperation(
        self, original_node: cst.UnaryOperation, updated_node: cst.UnaryOperation
    ) -> cst.UnaryOperation:
        return updated_node.with_changes(expression=bracketed(updated_node.expression))


def bracketed(node: cst.BaseExpression) -> cst.BaseExpression:
    """The expression, in brackets unless it holds together by itself."""
    if isinstance(node, (*_ATOMS, *_BRACKETED)) or node.lpar:
        return node
    return node.with_changes(lpar=[cst.LeftParen()], rpar=[cst.RightParen()])
