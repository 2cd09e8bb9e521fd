"""The nodes of a computational graph: steps of a program, put together to calls of layers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from cornu.explain.numbers import number as shown
from cornu.explain.program import Program, Step, Value
from cornu.explain.tracing import Call, Traced
from cornu.explain.words import WITH_CONSTANT, Word
from cornu.layers.layer import Layer

FORWARDS = "output"  # the name of a model's results, where there is no loss
FEW = 6  # operations of a loss that are shown one by one
_STRENGTH = {"add": 1, "minus": 1, "negative": 2, "times": 3, "divide": 3, "matmul": 3}


@dataclass
class Node:
    """A value that is shown: an input, a weight, the result of a step or of a call.

    Args:
        value: its number.
        name: what it is called in formulas.
        steps: places of the steps that it stands for, in the program.
        inputs: the values it is computed from, with repetitions; constants too.
        weights: those that a call uses itself.
        call: the call that it stands for.
    """

    value: Value
    name: str
    steps: list[int] = field(default_factory=list)
    inputs: list[int] = field(default_factory=list)
    weights: list[int] = field(default_factory=list)
    call: Call | None = None
    word: Word | None = None


@dataclass
class Graph:
    """Nodes by the number of their value, in the order in which they are computed.

    `same` has the node for each value: values that only have another form share one.
    """

    nodes: dict[int, Node]
    same: dict[int, int]
    result: int
    program: Program

    def tails(self, node: Node) -> list[int]:
        """The nodes that lead to this one, each once."""
        found = [self.same[number] for number in node.inputs if number in self.same]
        return [n for n in dict.fromkeys(found) if n in self.nodes and n != node.value.number]

    def formula(self, node: Node) -> str:
        """How the node is computed from others, by their names."""
        if node.word is None:
            if node.call is None:
                return ""
            layer = isinstance(node.call.layer, Layer) and not node.call.leaf
            return f"{node.call.name if layer else node.call.kind}({', '.join(self._names(node))})"
        return put(node.word, self._names(node))

    def _names(self, node: Node) -> list[str]:
        inputs = node.inputs if node.word is not None else self.tails(node)
        return [self.called(number) for number in inputs]

    def called(self, number: int) -> str:
        """The name of a value, or the number that a constant is."""
        node = self.nodes.get(self.same.get(number, number))
        literal = self.program.values[number].literal
        if node is not None:
            return node.name
        return "constant" if literal is None else shown(literal)


def put(word: Word, names: Sequence[str]) -> str:
    """A formula with these names in it.

    >>> from cornu.explain.words import WORDS
    >>> put(WORDS["mul"], ["a + b", "c"]), put(WORDS["exp"], ["a + b"])
    ('(a + b) × c', 'exp(a + b)')
    """
    tight = word.name in _STRENGTH or not word.formula.endswith(")")
    given = [f"({n})" if tight and word.name != "add" and " " in n else n for n in names]
    try:
        return word.formula.format(*given, all=", ".join(given))
    except IndexError:
        return f"{word.name}({', '.join(names)})"


def graph_of(traced: Traced, depth: int | None) -> Graph:
    """The nodes down to a depth of calls; with None, every operation."""
    return _Grouping(traced, depth).graph()


class _Grouping:
    """Puts steps together by the calls that they are part of."""

    def __init__(self, traced: Traced, depth: int | None) -> None:
        self.program, self.calls = traced.program, traced.calls
        self.name, self.depth = traced.name, depth
        self.groups: dict[int, list[int]] = {}
        closed = {n for n, call in enumerate(self.calls) if call.leaf or self._is_long(n, call)}
        self.group: list[int | None] = []
        for place, step in enumerate(self.program.steps):
            group = self._group(step, closed)
            self.group.append(group)
            if group is not None:
                self.groups.setdefault(group, []).append(place)

    def _is_long(self, number: int, call: Call) -> bool:
        steps = [s for s in self.program.steps if number in s.calls and not s.plain and s.mark is None]
        return call.name == "loss" and len(steps) > FEW

    def _group(self, step: Step, closed: set[int]) -> int | None:
        if self.depth is not None and len(step.calls) >= self.depth:
            return step.calls[self.depth - 1]
        return next((call for call in step.calls if call in closed), None)

    def graph(self) -> Graph:
        nodes: dict[int, Node] = {}
        same: dict[int, int] = {}
        used = {number for step in self.program.steps for number in step.inputs}
        used |= set(self.program.results)
        for value in self.program.values:
            if value.kind in ("input", "weight", "state") and value.number in used:
                nodes[value.number] = Node(value, value.name or "x")
                same[value.number] = value.number
        for place, step in enumerate(self.program.steps):
            self._constants(step, nodes, same)
            group = self.group[place]
            if group is not None:
                if place == self.groups[group][-1]:
                    self._join(group, nodes, same)
            elif step.plain or step.mark is not None:
                same[step.outputs[0]] = same.get(step.inputs[0], step.inputs[0])
            else:
                outs = [number for number in step.outputs if number in used]
                self._add(nodes, same, outs, [place], step.inputs, word=step.word)
        nodes = dict(sorted(nodes.items(), key=lambda item: item[1].value.kind != "input"))
        found = Graph(nodes, same, same[self.program.results[0]], self.program)
        self._drop_hidden_weights(found)
        self._name(found)
        return found

    def _constants(self, step: Step, nodes: dict[int, Node], same: dict[int, int]) -> None:
        for number in step.inputs:
            value = self.program.values[number]
            if value.kind == "constant" and number not in same:
                same[number] = number
                if value.literal is None:
                    nodes[number] = Node(value, value.name or "constant")

    def _join(self, group: int, nodes: dict[int, Node], same: dict[int, int]) -> None:
        """One node for all steps of a call."""
        places = self.groups[group]
        steps = [self.program.steps[place] for place in places]
        made = [number for step in steps for number in step.outputs]
        marked = [step.outputs[0] for step in steps if step.mark == group]
        given = [n for step in steps for n in step.inputs if n not in set(made)]
        call = self.calls[group]
        outs = marked or [steps[-1].outputs[0]]
        word = steps[0].word if len([s for s in steps if not s.plain]) == 1 and call.leaf else None
        node = self._add(nodes, same, outs, places, given, word=word)
        node.call = call
        for number in made:
            same.setdefault(number, outs[0])

    def _add(
        self,
        nodes: dict[int, Node],
        same: dict[int, int],
        outs: list[int],
        places: list[int],
        inputs: list[int],
        word: Word | None,
    ) -> Node:
        node = Node(self.program.values[outs[0]], "", places, list(inputs), word=word)
        nodes[outs[0]] = node
        same.update(dict.fromkeys(outs, outs[0]))
        return node

    def _drop_hidden_weights(self, found: Graph) -> None:
        """Weights that only calls of layers use are shown there."""
        open_uses: set[int] = set()
        for node in found.nodes.values():
            own = [found.same.get(n, n) for n in node.inputs]
            if node.call is None or node.call.leaf:
                open_uses.update(own)
            else:
                kinds = {n: self.program.values[n].kind for n in own}
                node.weights = [n for n in dict.fromkeys(own) if kinds[n] == "weight"]
                node.inputs = [
                    n for n in node.inputs if kinds[found.same.get(n, n)] in ("input", "step")
                ]
        for number, node in list(found.nodes.items()):
            if node.value.kind in ("weight", "state", "constant") and number not in open_uses:
                del found.nodes[number]

    def _name(self, found: Graph) -> None:
        """Names for all nodes: the user's, those of layers, or v1, v2, ..."""
        taken = {node.value.name for node in found.nodes.values()} | {self.name} - {FORWARDS}
        count = 0
        for number, node in found.nodes.items():
            if number == found.result and self.name != FORWARDS and node.value.kind == "step":
                node.name = self.name
            elif node.name:
                inner = node.name.partition("/")[2] if self._inside(node) else node.name
                node.name = inner.replace("/", ".")
            elif node.value.name:
                node.name = node.value.name
            elif node.call is not None and not node.call.leaf:
                node.name = _free(node.call.name, taken)
            else:
                count += 1
                while f"v{count}" in taken:
                    count += 1
                node.name = f"v{count}"
            taken.add(node.name)

    def _inside(self, node: Node) -> bool:
        """Whether a weight's path begins with the name of the one model."""
        paths = [v.name or "" for v in self.program.values if v.kind == "weight"]
        heads = {path.partition("/")[0] for path in paths}
        return node.value.kind in ("weight", "state") and len(heads) == 1 and len(paths) > 1


def _free(name: str, taken: set[str | None]) -> str:
    number, free = 1, name
    while free in taken:
        number += 1
        free = f"{name} ({number})"
    return free


def sign(node: Node, program: Program) -> str:
    """What is written into the circle of an operation."""
    if node.word is None:
        return node.call.kind if node.call is not None else node.name
    literals = [program.values[number].literal for number in node.inputs]
    step = program.steps[node.steps[-1]]
    if len(literals) == 2 and step.primitive in WITH_CONSTANT:
        for place, literal in enumerate(literals):
            if literal is not None:
                return WITH_CONSTANT[step.primitive][place].format(c=shown(literal))
    return node.word.sign or node.word.name


__all__ = ["FORWARDS", "Graph", "Node", "graph_of", "put", "sign"]
