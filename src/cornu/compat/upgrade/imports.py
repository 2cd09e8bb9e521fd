"""The import statements of Keras: where names come from today, what is added, what is not needed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import libcst as cst
from libcst.metadata import MetadataWrapper, ScopeProvider
from libcst.metadata.scope_provider import ImportAssignment, Scope

from cornu.compat.old.names import NAMES
from cornu.compat.upgrade.facts import Chain, Facts, dotted, first_name
from cornu.compat.upgrade.forms import REPLACED
from cornu.compat.upgrade.today import gone, old_module, rooms, split, today

Import = cst.Import | cst.ImportFrom
# Rooms of which the module is imported, not the name, and what it is called then.
_BY_MODULE = {"ops": "ops", "random": "keras_random"}


@dataclass(frozen=True)
class Bound:
    """What an import binds: `from module import name as local`; without a name `import module`."""

    module: str
    name: str
    local: str


@dataclass
class Plan:
    """What becomes of one import statement."""

    added: dict[Bound, None] = field(default_factory=dict)
    renamed: set[str] = field(default_factory=set)
    used: set[str] = field(default_factory=set)


class Imports:
    """Answers how a name of Keras is written at a place, and settles the imports in the end."""

    def __init__(self, facts: Facts, root_of: Callable[[str], str]) -> None:
        self.facts = facts
        self.root_of = root_of
        self.bound = facts.all_bound()
        self.statements = list(_statements(facts.module))
        self.plans = [Plan(used=_used(facts.scopes, node)) for node in self.statements]
        self._place = {node: at for at, node in enumerate(self.statements)}
        self._given: dict[tuple[str, str, int | None], str] = {}
        for node in self.statements:
            self._note_what_is_there(node)

    def paths(self, node: Import) -> Iterator[tuple[str, str]]:
        """The names of Keras in a statement, each a root and a path below it."""
        for full, _, _ in _aliases(node):
            found = split(full)
            if found and found[1]:
                yield found

    @property
    def any_of_keras(self) -> bool:
        """Whether the program imports Keras, or TensorFlow."""
        named = [full for node in self.statements for full, _, _ in _aliases(node)]
        return bool(self.facts.found.stars) or any(split(full) or full == "tensorflow" for full in named)

    def names(self, node: Chain) -> bool:
        """Whether an import names what a chain stands for, so that what is said of it is said there."""
        found = split(self.facts.bound_to(node))
        whole = self.facts.keras(node)
        return (
            found is not None
            and whole is not None
            and bool(found[1])
            and gone(found[1]) == gone(whole[1])
        )

    def refer(self, node: Chain, path: str) -> cst.BaseExpression:
        """The expression for a name of Keras at `node`, where another name of Keras stands now."""
        found = self.facts.keras(node)
        assert found is not None
        root, old = found
        target, bound, local = self.root_of(root), self.facts.bound_to(node), first_name(node).value
        places = self._places(node)
        text = self._through_module(node, root, target, path)
        if text is None and bound and isinstance(node, cst.Name) and path == today(old):
            text = self._direct(places, bound, local, path)
        room, _, last = path.rpartition(".")
        if text is None and not bound and room in {room for _, room in self.facts.found.stars}:
            text = last  # the star brings it
        if text is None:
            text = self._added(places, target, path, bound)
        made = cst.parse_expression(text)
        return made.with_changes(lpar=node.lpar, rpar=node.rpar)

    def _through_module(self, node: Chain, root: str, target: str, path: str) -> str | None:
        """`keras.layers.X` or `L.X`, where the module that is bound leads to it today."""
        bound, local = self.facts.bound_to(node), first_name(node).value
        if isinstance(node, cst.Name) and bound != root:
            return None
        end = f".{path}" if path else ""
        if target == bound or target.startswith(bound + "."):
            return local + target[len(bound) :] + end
        if bound == root:
            plain = any(isinstance(each.node, cst.Import) for each in self.facts.imports_of(node))
            return (target if plain and local == root else local) + end
        below = split(bound)
        module = below[1] if below else ""
        if module and not old_module(module) and path.startswith(module + "."):
            return local + path[len(module) :]
        return None

    def _direct(self, places: list[int], bound: str, local: str, path: str) -> str:
        """The name of today for one that was imported by itself."""
        last = path.rpartition(".")[2]
        if bound.rpartition(".")[2] != local or last == local:
            return local  # `import X as local`
        if last in self.bound and not any((path, at) in self._objects(last) for at in places):
            return local
        for at in places:
            self.plans[at].renamed.add(local)
        return last

    def _objects(self, local: str) -> set[tuple[str, int]]:
        """What the imports of Keras call `local`, as it is today."""
        found = set()
        for node in self.statements:
            for full, name, _ in _aliases(node):
                known = split(full)
                if name == local and known:
                    found |= {(today(known[1]), at) for at in range(len(self.statements))}
        return found

    def _added(self, places: list[int], target: str, path: str, bound: str) -> str:
        """A name that is imported beside the import that stands at `places`."""
        room, _, name = path.rpartition(".")
        if bound == "tensorflow":
            return f"{self._bind(places, Bound('keras', '', 'keras'))}.{path}"
        if room in _BY_MODULE:
            return f"{self._bind(places, Bound(target, room, _BY_MODULE[room]))}.{name}"
        return self._bind(places, Bound(f"{target}.{room}" if room else target, name, name))

    def _bind(self, places: list[int], wanted: Bound) -> str:
        """The local name of what is wanted, bound at each of these statements."""
        everywhere = any(self._at_top(self.statements[at]) for at in places)
        for at in (None, *places):
            if (wanted.module, wanted.name, at) in self._given:
                return self._given[wanted.module, wanted.name, at]
        local = wanted.local if wanted.local not in self.bound else f"keras_{wanted.local}"
        self.bound.add(local)
        for at in places:
            self.plans[at].added[Bound(wanted.module, wanted.name, local)] = None
            self._given[wanted.module, wanted.name, None if everywhere else at] = local
        return local

    def _note_what_is_there(self, node: Import) -> None:
        """Names that are imported at the top already, under the path of today."""
        for full, local, _ in _aliases(node) if self._at_top(node) else ():
            found = split(full)
            if found and found[1] and today(found[1]) == found[1]:
                module, _, name = f"{self.root_of(found[0])}.{found[1]}".rpartition(".")
                self._given[module, name, None] = local
            elif found and self.root_of(found[0]) == "keras":
                self._given["keras", "", None] = local

    def _at_top(self, node: Import) -> bool:
        line = self.facts.parents[node]
        return self.facts.parents.get(line) is self.facts.module

    def _places(self, node: Chain) -> list[int]:
        """The statements that bind the first name of a chain, or the last star."""
        found = [self._place[each.node] for each in self.facts.imports_of(node)]  # type: ignore[index]
        if found:
            return sorted(set(found))
        return [at for at, each in enumerate(self.statements) if _is_star_of_keras(each)][-1:]

    def settle(self, module: cst.Module) -> cst.Module:
        """The module with its imports in today's words."""
        wrapper = MetadataWrapper(module)
        return wrapper.module.visit(_Settler(self, wrapper))


def _is_star_of_keras(node: Import) -> bool:
    star = isinstance(node, cst.ImportFrom) and isinstance(node.names, cst.ImportStar)
    return star and node.module is not None and split(dotted(node.module)) is not None  # type: ignore[union-attr]


def _statements(module: cst.Module) -> Iterator[Import]:
    """The imports of a module, in their order."""
    found: list[Import] = []

    class Finder(cst.CSTVisitor):
        def visit_Import(self, node: cst.Import) -> None:
            found.append(node)

        def visit_ImportFrom(self, node: cst.ImportFrom) -> None:
            found.append(node)

    module.visit(Finder())
    yield from found


def _aliases(node: Import) -> Iterator[tuple[str, str, cst.ImportAlias]]:
    """The full name of each thing that is imported, what it is called here, and its place."""
    if isinstance(node, cst.ImportFrom) and (node.relative or node.module is None):
        return
    before = f"{dotted(node.module)}." if isinstance(node, cst.ImportFrom) and node.module else ""
    for alias in node.names if not isinstance(node.names, cst.ImportStar) else ():
        full = before + dotted(alias.name)
        plain = dotted(alias.name).split(".")[0]
        yield full, dotted(alias.asname.name) if alias.asname else plain, alias


def _used(scopes: Mapping[cst.CSTNode, Scope | None], node: Import) -> set[str]:
    """The names that a statement binds and that are used somewhere."""
    scope = scopes.get(node)
    found: set[str] = set()
    for each in scope.assignments if scope is not None else ():
        if isinstance(each, ImportAssignment) and each.node is node and each.references:
            found.add(each.name.split(".")[0])
    return found


class _Settler(cst.CSTTransformer):
    """Puts the plans into the statements."""

    def __init__(self, imports: Imports, wrapper: MetadataWrapper) -> None:
        super().__init__()
        self.imports = imports
        now = list(_statements(wrapper.module))
        scopes = wrapper.resolve(ScopeProvider)
        self.plans = dict(zip(now, imports.plans, strict=True))
        self.used = {node: _used(scopes, node) for node in now}

    def leave_Module(self, original_node: cst.Module, updated_node: cst.Module) -> cst.Module:
        body, rest = self._body(original_node.body, updated_node.body)
        return updated_node.with_changes(body=body, footer=[*rest, *updated_node.footer])

    def leave_IndentedBlock(
        self, original_node: cst.IndentedBlock, updated_node: cst.IndentedBlock
    ) -> cst.IndentedBlock:
        body, rest = self._body(original_node.body, updated_node.body)
        body = body or [cst.SimpleStatementLine([cst.Pass()])]
        return updated_node.with_changes(body=body, footer=[*rest, *updated_node.footer])

    def leave_SimpleStatementSuite(
        self, original_node: cst.SimpleStatementSuite, updated_node: cst.SimpleStatementSuite
    ) -> cst.SimpleStatementSuite:
        made: list[cst.BaseSmallStatement] = []
        for small in original_node.body:
            made += self._small(small) if isinstance(small, (cst.Import, cst.ImportFrom)) else [small]
        if made == list(original_node.body):
            return updated_node
        made = made or [cst.Pass()]
        made[-1] = made[-1].with_changes(semicolon=cst.MaybeSentinel.DEFAULT)
        return updated_node.with_changes(body=made)

    def _body(
        self, original: Sequence[cst.BaseStatement], updated: Sequence[cst.BaseStatement]
    ) -> tuple[list[cst.BaseStatement], list[cst.EmptyLine]]:
        """The statements; what stood above one that is gone stands above the next."""
        made: list[cst.BaseStatement] = []
        carried: list[cst.EmptyLine] = []
        for before, after in zip(original, updated, strict=True):
            lines = [after]
            if isinstance(before, cst.SimpleStatementLine) and isinstance(
                after, cst.SimpleStatementLine
            ):
                lines = self._line(before, after)
                if not lines:
                    carried += after.leading_lines
                    continue
            if carried and hasattr(lines[0], "leading_lines"):
                lines[0] = lines[0].with_changes(leading_lines=[*carried, *lines[0].leading_lines])
                carried = []
            made += lines
        return made, carried

    def _line(
        self, original: cst.SimpleStatementLine, line: cst.SimpleStatementLine
    ) -> list[cst.BaseStatement]:
        """The lines that one line becomes: imports that do not fit into it go below."""
        kept: list[cst.BaseSmallStatement] = []
        below: list[cst.BaseSmallStatement] = []
        for small in original.body:
            new = self._small(small) if isinstance(small, (cst.Import, cst.ImportFrom)) else [small]
            kept += new[:1]
            below += new[1:]
        if kept == list(original.body) and not below:
            return [line]
        if kept:
            kept[-1] = kept[-1].with_changes(semicolon=cst.MaybeSentinel.DEFAULT)
            return [line.with_changes(body=kept), *(cst.SimpleStatementLine([each]) for each in below)]
        return []

    def _small(self, node: Import) -> list[cst.BaseSmallStatement]:
        """The statements that one import becomes."""
        plan = self.plans[node]
        if isinstance(node, cst.ImportFrom) and isinstance(node.names, cst.ImportStar):
            return [self._star(node), *(_statement(each) for each in plan.added)]
        groups: dict[str, list[tuple[Bound, cst.ImportAlias | None]]] = defaultdict(list)
        changed = bool(plan.added)
        for full, local, alias in _aliases(node):
            new = self._today(node, full, local, alias, plan)
            before = _as_it_was(node, full, local, alias)
            changed = changed or new != before
            if new is not None:
                groups[new.module if new.name else ""].append((new, alias))
        if not changed:
            return [node]
        for each in plan.added:
            groups[each.module if each.name else "a line of its own"].append((each, None))
        return [_rebuilt(node, rows, first=at == 0) for at, rows in enumerate(groups.values())]

    def _today(
        self, node: Import, full: str, local: str, alias: cst.ImportAlias, plan: Plan
    ) -> Bound | None:
        """What an alias is to bind; None if nobody needs it any more."""
        found = split(full)
        ours = found is not None or full == "tensorflow"
        unused = local in plan.used and local not in self.used[node]
        plain = isinstance(node, cst.Import) and alias.asname is None
        if ours and unused and local not in plan.renamed and not (plain and found):
            return None
        if found is None:
            return _as_it_was(node, full, local, alias)
        root, path = found
        thing = isinstance(node, cst.ImportFrom) and (path in REPLACED or path in NAMES)
        module_too = old_module(path) and not thing
        new = rooms(path)[0] if module_too else today(path)
        whole = self.imports.root_of(root) + (f".{new}" if new else "")
        module, _, name = whole.rpartition(".")
        if isinstance(node, cst.Import) and (alias.asname or plain):
            return Bound(whole, "", whole.split(".")[0] if plain else local)
        keep = alias.asname is not None or local in self.used[node]
        if not module:
            return Bound(name, "", local if keep else name)
        return Bound(module, name, local if keep else name)

    def _star(self, node: cst.ImportFrom) -> cst.ImportFrom:
        """`from keras.layers.core import *` is `from keras.layers import *`."""
        full = dotted(node.module) if node.module is not None and not node.relative else ""
        found = split(full)
        if found is None:
            return node
        new = (rooms(found[1]) or (found[1],))[0]
        whole = self.imports.root_of(found[0]) + (f".{new}" if new else "")
        return node if whole == full else node.with_changes(module=_chain(whole))


def _as_it_was(node: Import, full: str, local: str, alias: cst.ImportAlias) -> Bound:
    if isinstance(node, cst.Import):
        return Bound(full, "", local)
    module, _, name = full.rpartition(".")
    return Bound(module, name, local)


def _rebuilt(
    node: Import, rows: list[tuple[Bound, cst.ImportAlias | None]], first: bool
) -> cst.BaseSmallStatement:
    """One statement for names of one module, in the layout that the old one had if it is the first."""
    rows = list({row[0]: row for row in reversed(rows)}.values())[::-1]
    made = [_alias(bound, alias) for bound, alias in rows]
    if isinstance(node, cst.ImportFrom) == bool(rows[0][0].name) and first:
        old = [alias for alias in node.names if isinstance(alias, cst.ImportAlias)]  # type: ignore[union-attr]
        made = _with_commas(made, old)
        module = {"module": _chain(rows[0][0].module)} if rows[0][0].name else {}
        same = (
            isinstance(node, cst.ImportFrom)
            and dotted(node.module or cst.Name("_")) == rows[0][0].module
        )
        return node.with_changes(names=made, **({} if same else module))
    made = [alias.with_changes(comma=cst.MaybeSentinel.DEFAULT) for alias in made]
    if rows[0][0].name:
        return cst.ImportFrom(_chain(rows[0][0].module), made)
    return cst.Import(made)


def _with_commas(made: list[cst.ImportAlias], old: list[cst.ImportAlias]) -> list[cst.ImportAlias]:
    """The aliases, with commas and lines as the old ones had them."""
    between = old[0].comma if len(old) > 1 else cst.MaybeSentinel.DEFAULT
    last = old[-1].comma
    before = (
        alias.with_changes(comma=between) if alias.comma is last or _missing(alias) else alias
        for alias in made[:-1]
    )
    return [*before, made[-1].with_changes(comma=last)]


def _missing(alias: cst.ImportAlias) -> bool:
    return isinstance(alias.comma, cst.MaybeSentinel)


def _alias(bound: Bound, alias: cst.ImportAlias | None) -> cst.ImportAlias:
    name = bound.name or bound.module
    plain = bound.name if bound.name else bound.module.split(".")[0]
    asname = None if bound.local == plain else cst.AsName(cst.Name(bound.local))
    if alias is None:
        return cst.ImportAlias(_chain(name), asname)
    kept = alias.asname if asname is not None and alias.asname is not None else asname
    return alias.with_changes(name=_chain(name), asname=kept)


def _statement(bound: Bound) -> cst.BaseSmallStatement:
    alias = _alias(bound, None)
    return cst.ImportFrom(_chain(bound.module), [alias]) if bound.name else cst.Import([alias])


def _chain(text: str) -> cst.Name | cst.Attribute:
    made = cst.parse_expression(text)
    assert isinstance(made, (cst.Name, cst.Attribute))
    return made
