"""What is known of a program before it is changed: which names are Keras's, what variables hold.

Only what an import of Keras binds counts, by Python's rules of scope: a function of the program's own
that is called `merge` is not Keras's.
"""

from __future__ import annotations

import builtins
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

import libcst as cst
from libcst.metadata import (
    MetadataWrapper,
    ParentNodeProvider,
    QualifiedNameProvider,
    QualifiedNameSource,
    ScopeProvider,
)
from libcst.metadata.scope_provider import Assignment, ImportAssignment, Scope

from cornu.compat.upgrade.today import is_known, settled, split, today

Chain = cst.Name | cst.Attribute
MODEL, OPTIMIZER, HISTORY, LOGS = "models.Model", "optimizers.Optimizer", "callbacks.History", "logs"
MODELS = (MODEL, "models.Sequential", "models.Functional", "Model", "Sequential")
_GIVES_MODEL = ("load_model", "model_from_json", "model_from_yaml", "model_from_config", "clone_model")
_OF_A_MODEL = {
    "fit": HISTORY,
    "fit_generator": HISTORY,
    "optimizer": OPTIMIZER,
    "history": HISTORY,
    "get_layer": "layers.Layer",
    "from_config": MODEL,
}


class Facts:
    """A parsed program, and answers about its nodes."""

    def __init__(self, module: cst.Module) -> None:
        self.wrapper = MetadataWrapper(module)
        self.module = self.wrapper.module
        self.names = self.wrapper.resolve(QualifiedNameProvider)
        self.scopes = self.wrapper.resolve(ScopeProvider)
        self.parents = self.wrapper.resolve(ParentNodeProvider)
        self._busy: set[cst.CSTNode] = set()
        self.found = _Collector(self)
        self.wrapper.module.visit(self.found)

    def keras(self, node: cst.CSTNode) -> tuple[str, str] | None:
        """The root of Keras and the path below it, for a name that imports of Keras bind."""
        if not isinstance(node, (cst.Name, cst.Attribute)) or not dotted(node):
            return None
        given = self._qualified(node)
        found = {split(name.name) for name in given if name.source is QualifiedNameSource.IMPORT}
        if not given:
            return self._from_star(node)
        if len(found) > 1 and None not in found:  # `try: import ... except ImportError: import ...`
            paths = {today(each[1]) for each in found if each}
            return next(iter(found)) if len(paths) == 1 else None
        return found.pop() if len(found) == 1 == len({name.source for name in given}) else None

    def reassigned(self, node: cst.CSTNode) -> str | None:
        """The path of a name of Keras that the program assigns, too: nobody knows which it is."""
        scope = self.scopes.get(node) if isinstance(node, cst.Name) else None
        if scope is None or not isinstance(node, cst.Name):
            return None
        others = [each for each in scope[node.value] if not isinstance(each, ImportAssignment)]
        if not others or not all(isinstance(getattr(each, "node", None), cst.Name) for each in others):
            return None  # its own function or class of that name is no doubt meant
        found = (split(each.name) for each in self._qualified(node))
        return next((settled(each[1]) for each in found if each), None)

    def _from_star(self, node: Chain) -> tuple[str, str] | None:
        """What a name can only be from `from keras.layers import *`."""
        if isinstance(node, cst.Attribute) or not self.found.stars or hasattr(builtins, node.value):
            return None
        parent = self.parents.get(node)
        if not isinstance(parent, cst.Call) or parent.func is not node:
            return None  # elsewhere a name that nobody binds may be a keyword or an attribute
        scope = self.scopes.get(node)
        if scope is None or scope[node.value]:
            return None
        for root, room in reversed(self.found.stars):
            path = f"{room}.{node.value}" if room else node.value
            if is_known(path):
                return root, path
        return None

    def _qualified(self, node: cst.CSTNode) -> Any:
        found: Any = self.names.get(node, set())
        return found() if callable(found) else found

    def imports_of(self, node: Chain) -> list[ImportAssignment]:
        """The imports that bind the first name of a chain."""
        name = first_name(node)
        scope = self.scopes.get(name)
        found = scope[name.value] if scope is not None else ()
        return [each for each in found if isinstance(each, ImportAssignment)]

    def bound_to(self, node: Chain) -> str:
        """The dotted name that the first name of a chain stands for."""
        return next((name.name for name in self._qualified(first_name(node))), "")

    def all_bound(self) -> set[str]:
        """Every name that anything in the program binds."""
        scopes = {scope for scope in self.scopes.values() if scope is not None}
        return {each.name.split(".")[0] for scope in scopes for each in scope.assignments}

    def path(self, node: cst.CSTNode) -> str | None:
        """Today's path of a name of Keras."""
        found = self.keras(node)
        return today(found[1]) if found else None

    def kind(self, node: cst.CSTNode | None) -> str | None:
        """The class of what an expression gives, as a path of today; None where nobody can know."""
        if node is None or node in self._busy:
            return None
        self._busy.add(node)
        try:
            if isinstance(node, cst.Call):
                return self._kind_of_call(node)
            if isinstance(node, cst.Name):
                return self._agreed(self._values_of(node))
            if isinstance(node, cst.Attribute):
                return self._kind_of_attribute(node)
        finally:
            self._busy.discard(node)
        return None

    def is_model(self, node: cst.CSTNode) -> bool:
        """Whether an expression gives a model of Keras."""
        return self.kind(node) in MODELS

    def values(self, node: cst.CSTNode) -> list[cst.BaseExpression]:
        """The expressions that a name was given."""
        found = self._values_of(node) if isinstance(node, cst.Name) else ()
        return [each for each in found if isinstance(each, cst.BaseExpression)]

    def origins(self, node: cst.CSTNode) -> set[cst.Call]:
        """The calls that may have made what an expression gives, followed through the program's code."""
        if node in self._busy:
            return set()
        self._busy.add(node)
        try:
            if isinstance(node, cst.Name):
                sources: list[Any] = self.values(node)
            elif isinstance(node, cst.Attribute) and dotted(node.value) == "self":
                sources = self.found.attributes.get(node.attr.value, [])
            elif isinstance(node, cst.Call) and isinstance(node.func, cst.Name):
                sources = [x for d in self._definitions(node.func) for x in self._given_by(d)]
            else:
                sources = []
            found = {each for x in sources if isinstance(x, cst.CSTNode) for each in self.origins(x)}
        finally:
            self._busy.discard(node)
        return found or ({node} if isinstance(node, cst.Call) else set())

    def _agreed(self, values: Iterable[Any]) -> str | None:
        kinds = {value if isinstance(value, str) else self.kind(value) for value in values}
        kinds.discard(None)
        if kinds and all(kind in MODELS for kind in kinds):
            return kinds.pop() if len(kinds) == 1 else MODEL
        return kinds.pop() if len(kinds) == 1 else None

    def _values_of(self, node: cst.Name) -> Iterable[Any]:
        scope = self.scopes.get(node)
        for assignment in scope[node.value] if scope is not None else ():
            if isinstance(assignment, Assignment):
                yield from self.found.values.get(assignment.node, ())

    def _kind_of_call(self, node: cst.Call) -> str | None:
        path = self.path(node.func)
        if path is not None:
            gives = path.split(".")[-1] in _GIVES_MODEL or path.startswith("applications.")
            return MODEL if gives else _plain(path)
        if isinstance(node.func, cst.Attribute):
            owner = self.kind(node.func.value)
            if owner in MODELS:
                return _OF_A_MODEL.get(node.func.attr.value)
            return f"{owner}.{node.func.attr.value}" if owner else None
        if isinstance(node.func, cst.Name):
            return self._agreed(
                value
                for definition in self._definitions(node.func)
                for value in self._given_by(definition)
            )
        return None

    def _kind_of_attribute(self, node: cst.Attribute) -> str | None:
        owner = self.kind(node.value)
        if owner in MODELS:
            return _OF_A_MODEL.get(node.attr.value)
        if owner == HISTORY:
            return LOGS if node.attr.value == "history" else None
        if isinstance(node.value, cst.Name) and node.value.value == "self":
            if node.attr.value == "model" and (owner or "").startswith("callbacks."):
                return MODEL
            return self._agreed(self.found.attributes.get(node.attr.value, ()))
        return None

    def _definitions(self, name: cst.Name) -> Iterable[cst.CSTNode]:
        scope = self.scopes.get(name)
        for assignment in scope[name.value] if scope is not None else ():
            if isinstance(assignment, Assignment):
                yield assignment.node

    def _given_by(self, definition: cst.CSTNode) -> Iterable[Any]:
        """What a call of a function or class of the program may give."""
        if isinstance(definition, cst.FunctionDef):
            yield from self.found.returns.get(definition, ())
        if isinstance(definition, cst.ClassDef):
            yield self.base(definition)

    def base(self, definition: cst.ClassDef) -> str | None:
        """The class of Keras that a class of the program is derived from."""
        if definition in self._busy:
            return None
        self._busy.add(definition)
        try:
            for arg in definition.bases:
                path = self.path(arg.value)
                if path:
                    return _plain(path)
                for other in self._definitions(arg.value) if isinstance(arg.value, cst.Name) else ():
                    if isinstance(other, cst.ClassDef) and self.base(other):
                        return self.base(other)
        finally:
            self._busy.discard(definition)
        return None

    def enclosing_class(self, node: cst.CSTNode) -> cst.ClassDef | None:
        """The class in whose body a node stands."""
        at: cst.CSTNode | None = node
        while at is not None and not isinstance(at, cst.ClassDef):
            at = self.parents.get(at)
        return at


def first_name(node: cst.CSTNode) -> cst.Name:
    """The `a` of `a.b.c`."""
    while isinstance(node, cst.Attribute):
        node = node.value
    return node if isinstance(node, cst.Name) else cst.Name("_")


def _plain(path: str) -> str:
    """A path without the two ways to write a model's class."""
    return f"models.{path}" if path in ("Model", "Sequential") else path


class _Collector(cst.CSTVisitor):
    """Where values go: variables, attributes of `self`, parameters, what functions return."""

    def __init__(self, facts: Facts) -> None:
        self.facts = facts
        self.values: dict[cst.CSTNode, list[Any]] = defaultdict(list)
        self.attributes: dict[str, list[cst.BaseExpression]] = defaultdict(list)
        self.returns: dict[cst.CSTNode, list[cst.BaseExpression]] = defaultdict(list)
        self.stars: list[tuple[str, str]] = []
        self.calls: list[cst.Call] = []
        self._functions: list[cst.FunctionDef] = []

    def visit_ImportFrom(self, node: cst.ImportFrom) -> None:
        if isinstance(node.names, cst.ImportStar) and node.module is not None and not node.relative:
            found = split(dotted(node.module))
            if found:
                self.stars.append((found[0], settled(f"{found[1]}._").removesuffix("_").rstrip(".")))

    def visit_Assign(self, node: cst.Assign) -> None:
        for target in node.targets:
            self._assign(target.target, node.value)

    def visit_AnnAssign(self, node: cst.AnnAssign) -> None:
        self._assign(node.target, node.value)

    def visit_NamedExpr(self, node: cst.NamedExpr) -> None:
        self._assign(node.target, node.value)

    def _assign(self, target: cst.CSTNode, value: cst.BaseExpression | None) -> None:
        if value is None:
            return
        if isinstance(target, cst.Tuple) and isinstance(value, cst.Tuple):
            for left, right in zip(target.elements, value.elements, strict=False):
                self._assign(left.value, right.value)
        elif isinstance(target, cst.Name):
            self.values[target].append(value)
        elif isinstance(target, cst.Attribute) and dotted(target.value) == "self":
            self.attributes[target.attr.value].append(value)

    def visit_FunctionDef(self, node: cst.FunctionDef) -> None:
        self._functions.append(node)
        owner = self.facts.parents.get(self.facts.parents[node])
        if isinstance(owner, cst.ClassDef) and node.params.params:
            self.values[node.params.params[0]].append(_Self(owner))

    def leave_FunctionDef(self, original_node: cst.FunctionDef) -> None:
        self._functions.pop()

    def visit_Return(self, node: cst.Return) -> None:
        if self._functions and node.value is not None:
            self.returns[self._functions[-1]].append(node.value)

    def visit_Call(self, node: cst.Call) -> None:
        self.calls.append(node)

    def leave_Module(self, original_node: cst.Module) -> None:
        for call in self.calls:
            if isinstance(call.func, cst.Name):
                scope = self.facts.scopes.get(call.func)
                self._hand_over(call, call.func, scope)
        for given in self.values.values():
            given[:] = [self.facts.base(x.owner) if isinstance(x, _Self) else x for x in given]

    def _hand_over(self, call: cst.Call, name: cst.Name, scope: Scope | None) -> None:
        """Takes the arguments of a call as values of the parameters."""
        for assignment in scope[name.value] if scope is not None else ():
            function = assignment.node if isinstance(assignment, Assignment) else None
            if not isinstance(function, cst.FunctionDef):
                continue
            positional = list(function.params.params)
            by_name = {p.name.value: p for p in (*positional, *function.params.kwonly_params)}
            for place, arg in enumerate(call.args):
                if arg.star:
                    break
                parameter = by_name.get(arg.keyword.value) if arg.keyword else None
                if not arg.keyword and place < len(positional):
                    parameter = positional[place]
                if parameter is not None:
                    self.values[parameter].append(arg.value)


class _Self:
    """Stands for the first argument of a method until the classes are known."""

    def __init__(self, owner: cst.ClassDef) -> None:
        self.owner = owner


def dotted(node: cst.CSTNode) -> str:
    """`a.b.c` as text; nothing if it is not made of names alone.

    >>> dotted(cst.parse_expression("a.b.c"))
    'a.b.c'
    >>> dotted(cst.parse_expression("a().b"))
    ''
    """
    if isinstance(node, cst.Attribute):
        before = dotted(node.value)
        return f"{before}.{node.attr.value}" if before else ""
    return node.value if isinstance(node, cst.Name) else ""
