"""No argument is accepted and ignored: what a public function or constructor takes, its code uses.

This looks at the source of all of `src/cornu`: each argument must be read in the function's body, or
stand below with the reason why there is nothing to do for it.
"""

import ast
import inspect
import operator
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
    "optimizers/optimizer.py Optimizer.loss_arguments(loss_of_batch)": "optax's, below it, needs it",
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


def trees():
    """All modules, parsed."""
    for path in sorted(SRC.rglob("*.py")):
        yield path.relative_to(SRC).as_posix(), ast.parse(path.read_text(encoding="utf-8"))


def test_every_argument_is_used():
    found = {
        f"{path} {name}({argument})"
        for path, tree in trees()
        for name, function in functions(tree)
        for argument in unused(function)
        if not argument.startswith("_")
    }
    assert found == set(NOTHING_TO_DO)


#: Arguments that a constructor only keeps, and that are read in a way that this test does not see.
BY_NAME = "getattr(self, f'{of}_initializer') and the like"
SEVERAL_DEVICES = "one device has the whole batch"
RESULT = "a result, for the caller to read"
READ_ELSEWHERE = {
    "explain/seeing/embedding.py Embedding.__init__(variance)": RESULT,
    "explain/seeing/occlusion.py Occlusion.__init__(drops)": RESULT,
    **{
        f"compat/layers/activations.py {cls}.__init__({argument})": "getattr, by the names of weights"
        for cls, names in {
            "ParametricSoftplus": ("alpha_init", "beta_init"),
            "SReLU": ("t_left_init", "a_left_init", "t_right_init", "a_right_init"),
        }.items()
        for argument in names
    },
    **{
        f"layers/convolutional/{part}.__init__({of}_{what})": BY_NAME
        for part, of in (
            ("depthwise_convolution.py Depthwise", "depthwise"),
            ("separable_convolution.py SeparableConv", "pointwise"),
        )
        for what in ("initializer", "regularizer", "constraint")
    },
    "layers/core.py Lambda.__init__(output_shape)": "shapes come from tracing; kept in files",
    "optimizers/adafactor.py Adafactor.__init__(relative_step)": "without effect in Keras, too",
    "layers/normalization/batch_normalization.py BatchNormalization.__init__(synchronized)": (
        SEVERAL_DEVICES
    ),
    **{
        f"layers/preprocessing/color_jitter.py RandomColorJitter.__init__({each}_factor)": "by names"
        for each in ("brightness", "contrast", "saturation", "hue")
    },
    "layers/preprocessing/text.py TextVectorization.__init__(ragged)": "checked: only False is built",
    **{
        f"layers/preprocessing/translation.py RandomTranslation.__init__({each}_factor)": "by names"
        for each in ("height", "width")
    },
    **{
        f"training/sources/py_dataset.py PyDataset.__init__({each})": "getattr in ByNumber"
        for each in ("use_multiprocessing", "max_queue_size")
    },
}


def kept_alone(function):
    """Arguments of a constructor whose one use is to become an attribute, with the attribute's name."""
    names = {each.arg for each in (*function.args.args, *function.args.kwonlyargs)}
    reads = [node.id for node in ast.walk(function) if isinstance(node, ast.Name) and node.id in names]
    for statement in ast.walk(function):
        if not isinstance(statement, ast.Assign):
            continue
        for target in statement.targets:
            both = isinstance(target, ast.Tuple) and isinstance(statement.value, ast.Tuple)
            pair = [(target, statement.value)]
            sides = zip(target.elts, statement.value.elts, strict=True) if both else pair
            for left, right in sides:
                mine = isinstance(left, ast.Attribute) and isinstance(left.value, ast.Name)
                if mine and left.value.id == "self":
                    inside = [n.id for n in ast.walk(right) if isinstance(n, ast.Name)]
                    yield from ((n, left.attr) for n in inside if n in names and reads.count(n) == 1)


def test_what_a_constructor_keeps_is_read_somewhere():
    """An argument that is only stored, and shown by get_config, would be accepted and ignored."""
    parsed = dict(trees())
    read = {
        node.attr
        for tree in parsed.values()
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load)
    }
    found = {
        f"{path} {name}({argument})"
        for path, tree in parsed.items()
        for name, function in functions(tree)
        if name.endswith("__init__")
        for argument, attribute in kept_alone(function)
        if attribute not in read
    }
    assert found == set(READ_ELSEWHERE)


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


def required(cls):
    """Something for each argument that must be given."""
    given = {"fn": cornu.losses.mse, "inner_optimizer": cornu.optimizers.SGD(), "loss": "mse"}
    kinds = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    return {
        name: given.get(name, 1)
        for name, each in inspect.signature(cls).parameters.items()
        if each.default is each.empty and each.kind not in kinds
    }


ROOMS = ("callbacks", "losses", "metrics", "optimizers", "optimizers.schedules", "initializers")
ROOMS += ("regularizers", "constraints", "utils")
#: One whose further arguments are its parameters, one that holds names alone, and one that holds values
#: of any name.
NO_CONSTRUCTOR = {"CallbackList", "Config", "Reduction"}


def classes():
    """The public classes around training."""
    for room in ROOMS:
        place = operator.attrgetter(room)(cornu)
        for name in dir(place):
            found = getattr(place, name)
            ours = isinstance(found, type) and found.__module__.startswith("cornu.")
            if ours and name not in NO_CONSTRUCTOR:
                yield found


@pytest.mark.parametrize(
    "cls", sorted(set(classes()), key=lambda cls: cls.__qualname__), ids=lambda c: c.__name__
)
def test_an_argument_that_no_constructor_has_is_refused(cls):
    """At once, or, where further arguments are those of a function, when that is called."""

    def use():
        return cls(**required(cls), unheard_of=1)([[1.0]], [[1.0]])

    with pytest.raises((TypeError, ValueError), match="unheard_of"):
        use()


def test_a_class_without_a_constructor_takes_nothing():
    with pytest.raises(TypeError, match=r"Ones takes no arguments, got 3. Write Ones\(\)"):
        cornu.initializers.Ones(3)
