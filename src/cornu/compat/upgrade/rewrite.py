"""A program of an earlier Keras as text, in the words of Keras 3."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from typing import TypeVar

import libcst as cst

from cornu.compat.upgrade.calls import Calls, has_form
from cornu.compat.upgrade.facts import Chain, Facts, first_name
from cornu.compat.upgrade.imports import Imports
from cornu.compat.upgrade.keys import accuracy_key
from cornu.compat.upgrade.today import ROOTS, gone, today

MARK = "# cornu upgrade: "
_Statement = cst.SimpleStatementLine | cst.BaseCompoundStatement
_Node = TypeVar("_Node", bound=cst.CSTNode)


def rewrite(source: str, namespace: str = "same") -> str:
    """The program in the words of Keras 3; what is not Keras stays as it is, letter by letter.

    Args:
        source: the program.
        namespace: "keras" turns `tf.keras` into `keras`; "same" lets it be.

    Raises:
        SyntaxError: if it is not Python 3, with the line.

    Example:
        >>> print(rewrite("from keras.layers.core import Dense\\nDense(output_dim=3)"))
        from keras.layers import Dense
        Dense(units=3)
    """
    module = parse(source)
    if not re.search(r"\b(tf_)?keras\b", source):
        return source
    facts = Facts(module)
    names = _Names(facts, namespace)
    changed = facts.module.visit(names)
    return names.imports.settle(changed).code


def parse(source: str) -> cst.Module:
    """The syntax tree.

    Raises:
        SyntaxError: if it is not Python 3, with the line and Python's own words.
    """
    try:
        return cst.parse_module(source)
    except cst.ParserSyntaxError as error:
        ast.parse(source)
        raise SyntaxError(error.message, ("", error.raw_line, error.raw_column, None)) from None


def find_marks(text: str) -> Iterator[tuple[int, str]]:
    """The lines that are marked for a person, and what is said: the line below the comment."""
    lines = text.splitlines()
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.COMMENT and token.string.startswith(MARK):
            line = token.start[0]
            while line < len(lines) and lines[line].lstrip().startswith("#"):
                line += 1
            yield line + 1, token.string[len(MARK) :]


class _Names(cst.CSTTransformer):
    """Changes names and calls; what this means for the imports is left to `Imports`."""

    def __init__(self, facts: Facts, namespace: str) -> None:
        super().__init__()
        self.facts = facts
        self.namespace = namespace
        self.imports = Imports(facts, self.root_of)
        self.calls = Calls(self)
        single, double = facts.module.code.count("'"), facts.module.code.count('"')
        self.quote = '"' if double > single else "'"
        self._marks: list[list[str]] = [[]]
        self._done: dict[cst.CSTNode, cst.BaseExpression] = {}

    def root_of(self, root: str) -> str:
        """The import path that a root of Keras becomes."""
        return "keras" if self.namespace == "keras" else ROOTS[root]

    @property
    def uses_keras(self) -> bool:
        """Whether the program imports Keras at all."""
        return self.imports.any_of_keras

    # -- marks: comments above a statement --

    def mark(self, text: str) -> None:
        """Has a person look at the statement that is being changed."""
        self._marks[-1].append(text)

    def on_visit(self, node: cst.CSTNode) -> bool:
        if isinstance(node, _Statement):
            self._marks.append([])
        return super().on_visit(node)

    def on_leave(self, original_node: _Node, updated_node: _Node) -> object:  # type: ignore[override]
        updated = super().on_leave(original_node, updated_node)
        if not isinstance(original_node, _Statement):
            return updated
        marks = self._marks.pop()
        return (
            marked(original_node, updated, marks, self.facts.module)
            if isinstance(updated, _Statement)
            else updated
        )

    # -- names --

    def visit_Import(self, node: cst.Import) -> bool:
        self._mark_imported(node)
        return False

    def visit_ImportFrom(self, node: cst.ImportFrom) -> bool:
        self._mark_imported(node)
        return False

    def _mark_imported(self, node: cst.Import | cst.ImportFrom) -> None:
        for root, path in self.imports.paths(node):
            if (said := gone(path, self.root_of(root))) and not has_form(path):
                self.mark(said)

    def visit_Attribute(self, node: cst.Attribute) -> bool:
        new = self._renamed(node)
        if new is not None:
            self._done[node] = new
        return new is None

    def leave_Attribute(
        self, original_node: cst.Attribute, updated_node: cst.Attribute
    ) -> cst.BaseExpression:
        if original_node in self._done:
            return self._done.pop(original_node)
        return self.calls.attribute(original_node, updated_node)

    def leave_Name(self, original_node: cst.Name, updated_node: cst.Name) -> cst.BaseExpression:
        return self._renamed(original_node) or updated_node

    def _renamed(self, node: Chain) -> cst.BaseExpression | None:
        """Today's expression for a name of Keras, if it is another one."""
        found = self.facts.keras(node)
        if found is None or self.calls.will_replace(node):
            return None
        root, path = found
        above = self.facts.parents.get(node)
        whole = not (isinstance(above, cst.Attribute) and self.facts.keras(above))
        told = not path or not whole or has_form(path) or self.imports.names(node)
        if not told and (said := gone(path, self.root_of(root))):
            self.mark(said)
        new = self.calls.function_of(path) or today(path)
        if new == path and self.root_of(root) == root:
            return None
        return self.imports.refer(node, new)

    def refer(self, node: cst.BaseExpression, path: str) -> cst.BaseExpression:
        """The expression for a name of Keras, imported beside the one at `node` if it must be."""
        assert isinstance(node, (cst.Name, cst.Attribute)), first_name(node)
        return self.imports.refer(node, path)

    def leave_FunctionDef(
        self, original_node: cst.FunctionDef, updated_node: cst.FunctionDef
    ) -> cst.FunctionDef:
        owner = self.facts.parents.get(self.facts.parents[original_node])
        base = self.facts.base(owner) if isinstance(owner, cst.ClassDef) else None
        if original_node.name.value != "get_output_shape_for" or not (base or "").startswith("layers."):
            return updated_node
        return updated_node.with_changes(name=cst.Name("compute_output_shape"))

    # -- calls --

    def leave_Call(self, original_node: cst.Call, updated_node: cst.Call) -> cst.BaseExpression:
        return self.calls.call(original_node, updated_node)

    def leave_Subscript(
        self, original_node: cst.Subscript, updated_node: cst.Subscript
    ) -> cst.BaseExpression:
        return accuracy_key(self, original_node, updated_node)


def marked(
    original: _Statement, statement: _Statement, marks: list[str], module: cst.Module
) -> _Statement:
    """The statement below a comment for each mark that is not there yet."""
    given = statement.leading_lines
    above = module.header if original is module.body[0] else ()
    there = {line.comment.value for line in (*given, *above) if line.comment}
    new = [
        cst.EmptyLine(comment=cst.Comment(MARK + " ".join(text.split())))
        for text in dict.fromkeys(marks)
        if MARK + " ".join(text.split()) not in there
    ]
    return statement.with_changes(leading_lines=[*given, *new]) if new else statement
