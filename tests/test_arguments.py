"""No argument is accepted and ignored: what a public function or constructor takes, its code uses.

This looks at the source of all of `src/cornu`: each argument must be read in the function's body, or
stand below with the reason why there is nothing to do for it.
"""

import ast
from pathlib import Path

import pytest

import cornu

SRC = Path(cornu.__file__).parent
NAMES = "a name for the graph of TensorFlow 1, which there is none of"
NOTEBOOK = "IPython hands itself over"
NOTHING_TO_DO = {
    "__init__.py load_ipython_extension(ipython)": NOTEBOOK,
    "__init__.py unload_ipython_extension(ipython)": NOTEBOOK,
    **{f"backend/loops.py {each}(name)": NAMES for each in ("map_fn", "foldl", "foldr")},
    **{f"backend/variables.py {each}(name)": NAMES for each in ("constant", "zeros_like", "ones_like")},
    "core/symbolic.py rows_stay(x)": "a rule takes what the function takes",
    "dtype_policies.py QuantizedFloat8DTypePolicy.__init__(amax_history_length)": "raises: not built",
    "layers/additions.py Additions.add_loss(inputs)": "Keras 2 asked what a loss comes from; not needed",
    "layers/preprocessing/text.py TextVectorization.adapt(batch_size)": "all batches together decide",
    "optimizers/memory.py Memory.add_variable(aggregation)": "says how several devices add up",
    "ops/math.py top_k(sorted)": "they are sorted always, as with Keras on JAX",
    "preprocessing/image/transforms.py apply_channel_shift(channel_axis)": "all channels move alike",
    "utils/bounding_boxes.py pad(height)": "Keras's argument, which has no meaning there either",
    "utils/bounding_boxes.py pad(width)": "Keras's argument, which has no meaning there either",
}


def is_stub(function):
    """Whether a function is for others to write, or raises an error whatever it gets."""
    body = [each for each in function.body if not _is_text(each)]
    return all(isinstance(each, (ast.Pass, ast.Raise)) for each in body)


def _is_text(statement):
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)


def functions(tree, within=""):
    """Public functions, constructors, and methods that document their arguments, with their names."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.ClassDef):
            yield from functions(node, f"{within}{node.name}.")
        elif isinstance(node, ast.FunctionDef) and not is_stub(node):
            documented = not within or "Args:" in (ast.get_docstring(node) or "")
            if node.name == "__init__" or (documented and not node.name.startswith("_")):
                yield f"{within}{node.name}", node


def unused(function):
    """Arguments that the body does not read."""
    arguments = function.args
    names = [each.arg for each in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)]
    names += [arguments.kwarg.arg] if arguments.kwarg else []
    used = {node.id for part in function.body for node in ast.walk(part) if isinstance(node, ast.Name)}
    if "locals" in used:  # which reads them all
        return []
    return [name for name in names if name not in used and name not in ("self", "cls")]


def test_every_argument_is_used():
    found = {
        f"{path.relative_to(SRC).as_posix()} {name}({argument})"
        for path in sorted(SRC.rglob("*.py"))
        for name, function in functions(ast.parse(path.read_text(encoding="utf-8")))
        for argument in unused(function)
        if not argument.startswith("_")
    }
    assert found == set(NOTHING_TO_DO)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("def f(x, y): return x", ["y"]),
        ("def f(x, **more): return x", ["more"]),
        ("def f(x): return lambda: x", []),
        ("def f(x, y): return g(**locals())", []),
    ],
)
def test_the_search_itself(source, expected):
    assert unused(ast.parse(source).body[0]) == expected
