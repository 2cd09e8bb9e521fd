"""The compiled programs have the collectives that should be there, and no others."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import jax
import jax.tree_util as tree
import numpy as np
import pytest

import cornu
from cornu import distribution, layers
from cornu.distribution.collectives import SENT, Collective, collectives
from cornu.training import kept

sys.path.insert(0, str(Path(__file__).parent))
from check_equal import strategies

from tests.distribution.networks import MODELS, rows_for

#: Bytes that losses and metrics need, two sums of each, and batch statistics, two for each channel. The
#: backward pass needs two more, but these are the gradients of gamma and beta.
METRICS = {"mlp": 16, "cnn": 8 + 2 * 4 * (16 + 32), "lstm": 16, "transformer": 16}
Programs = dict[str, list[Collective]]


@contextmanager
def recorded() -> Iterator[Programs]:
    """Within the block the collectives of every program that is run are noted, by what it does."""
    programs: Programs = {}
    made: dict[Any, Any] = {}

    def call(self: Any, *arguments: Any) -> Any:
        shapes = [(leaf.shape, leaf.dtype) for leaf in tree.tree_leaves(arguments)]
        key = id(self), str(shapes)
        if key not in made:
            program = jax.jit(self.function, **self.options).lower(*arguments).compile()
            made[key] = program, self
            function = getattr(self.function, "func", self.function)
            owner = function.__self__
            what = "train" if "trainable" in getattr(owner, "keep", ()) else "evaluate"
            what = "predict" if function.__name__ == "_run" else what
            if function.__name__ != "_run_one":
                programs[what] = collectives(program.as_text())
        return made[key][0](*arguments)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(kept.Kept, "__call__", call)
        yield programs


def programs_of(
    model: Any, data: dict[str, Any], optimizer: Any = "adam", fit_alone: bool = False
) -> Programs:
    """The collectives of fit, evaluate and predict."""
    with recorded() as programs:
        model.compile(optimizer, "sparse_categorical_crossentropy", metrics=["accuracy"])
        model.fit(**data, batch_size=16, epochs=1, verbose=0)
        if fit_alone:
            return programs
        model.evaluate(**data, batch_size=16, verbose=0)
        model.predict(data["x"], batch_size=16, verbose=0)
    return programs


def built(name: str, kind: str, **how: Any) -> tuple[Any, Programs]:
    data = rows_for(name)
    if name == "cnn":
        del data["sample_weight"]
    with strategies(name)[kind]().scope():
        model = MODELS[name]()
        return model, programs_of(model, data, **how)


def total(found: list[Collective], kind: str) -> int:
    return sum(each.bytes for each in found if each.kind == kind)


def kinds(found: list[Collective]) -> set[str]:
    return {each.kind for each in found}


def nbytes(weights: Any) -> int:
    return sum(weight.nbytes for weight in weights)


@pytest.mark.parametrize("name", MODELS)
def test_data_parallel_sums_gradients_and_what_is_reported(name: str) -> None:
    model, programs = built(name, "data", fit_alone=name != "mlp")
    train = programs["train"]
    assert kinds(train) == {"all-reduce"}
    assert {each.depth for each in train} == {1}  # once in a step, and in no loop within it
    assert {each.groups for each in train} == {(tuple(range(8)),)}
    assert total(train, "all-reduce") == nbytes(model.trainable_weights) + METRICS[name]
    if name == "mlp":
        assert kinds(programs["evaluate"]) == {"all-reduce"}
        assert total(programs["evaluate"], "all-reduce") == 16
        assert programs["predict"] == []


@pytest.mark.parametrize(
    "name",
    ["mlp", "lstm", *(pytest.param(name, marks=pytest.mark.wide) for name in ("cnn", "transformer"))],
)
def test_fully_sharded_gathers_weights_and_sums_gradients(name: str) -> None:
    model, programs = built(name, "sharded")
    split = [w for w in model.trainable_weights if not w.value.sharding.is_fully_replicated]
    train = programs["train"]
    assert kinds(train) == {"all-reduce", "all-gather"}
    assert {each.depth for each in train} == {1}
    gathers = [each for each in train if each.kind == "all-gather"]
    assert sorted(each.bytes for each in gathers) == sorted(weight.nbytes for weight in split)
    # The CPU's compiler has no reduce-scatter: it sums all and keeps a part.
    assert total(train, "all-reduce") == nbytes(model.trainable_weights) + METRICS[name]
    for verb, most in (("evaluate", 16), ("predict", 0)):  # weights are gathered, never rows
        assert kinds(programs[verb]) <= {"all-reduce", "all-gather"}
        assert total(programs[verb], "all-gather") == nbytes(split)
        assert total(programs[verb], "all-reduce") <= most


@pytest.mark.parametrize(
    "name", ["mlp", *(pytest.param(name, marks=pytest.mark.wide) for name in list(MODELS)[1:])]
)
def test_model_parallel_sums_gradients_by_batch_and_gathers_activations_by_model(name: str) -> None:
    model, programs = built(name, "model")
    pairs = tuple((i, i + 1) for i in range(0, 8, 2))
    columns = (0, 2, 4, 6), (1, 3, 5, 7)
    for found in programs.values():
        for each in found:
            along_model = each.groups == pairs or each.kind == "collective-permute"
            assert along_model or each.kind == "all-reduce"  # rows stay where they are
    train = programs["train"]
    by_batch = sum(each.bytes for each in train if each.groups == columns)
    parts = sum(int(np.prod(w.value.sharding.shard_shape(w.shape))) for w in model.trainable_weights)
    assert by_batch <= 4 * parts + METRICS[name] + 8
    assert all(each.groups != columns for each in train if each.depth > 1)
    if name == "mlp":  # the activations of 4 rows, forward and backward, and two gradients of biases
        assert total([e for e in train if e.groups == pairs], "all-gather") == 4 * (4 * 64 + 64 + 4 + 16)
        assert max(e.bytes for e in train if e.groups == pairs) == 4 * 4 * 64


def test_clipping_by_the_global_norm_needs_the_norms_of_the_parts_alone() -> None:
    for kind, most in (("data", 0), ("sharded", 4 * 4)):
        optimizer = cornu.optimizers.Adam(global_clipnorm=1.0)
        model, programs = built("mlp", kind, optimizer=optimizer, fit_alone=True)
        wanted = nbytes(model.trainable_weights) + METRICS["mlp"]
        assert 0 <= total(programs["train"], "all-reduce") - wanted <= most


def test_recurrent_layers_sum_their_gradients_once_whatever_their_cell() -> None:
    def network() -> Any:
        return cornu.Sequential(
            [
                layers.Input((5, 8)),
                layers.Bidirectional(layers.GRU(8, recurrent_dropout=0.2, return_sequences=True)),
                layers.RNN([layers.LSTMCell(8, dropout=0.1), layers.GRUCell(8, reset_after=False)]),
                layers.Dense(4, "softmax"),
            ]
        )

    rng = np.random.default_rng(0)
    data = {"x": rng.normal(size=(32, 5, 8)).astype("float32"), "y": rng.integers(0, 4, 32)}
    weights: list[Any] = []
    for scope in (None, distribution.DataParallel()):
        cornu.utils.set_random_seed(0)
        if scope is None:
            model = network()
            model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
            model.fit(**data, batch_size=16, epochs=1, verbose=0)
        else:
            with scope.scope():
                model = network()
                programs = programs_of(model, data, fit_alone=True)
        weights.append(model.get_weights())
    for found, wanted in zip(*weights, strict=True):
        np.testing.assert_allclose(found, wanted, atol=2e-6)
    assert {each.depth for each in programs["train"]} == {1}
    twice = 2 * 4 * 24  # a GRU's bias is used within the loop and before it
    assert total(programs["train"], "all-reduce") == nbytes(model.trainable_weights) + 8 + twice


def test_no_rows_are_gathered_where_one_device_computes_a_few_images_at_a_time() -> None:
    with distribution.DataParallel().scope():
        model = cornu.Sequential(
            [
                layers.Input((32, 32, 3)),
                layers.Conv2D(32, 3, activation="relu"),
                layers.Conv2D(32, 3, activation="relu"),
                layers.GlobalAveragePooling2D(),
                layers.Dense(4, "softmax"),
            ]
        )
        data = {"x": np.ones((64, 32, 32, 3), np.float32), "y": np.zeros(64, "int32")}
        with recorded() as programs:
            model.compile("sgd", "sparse_categorical_crossentropy")
            model.fit(**data, batch_size=64, verbose=0)
    assert kinds(programs["train"]) == {"all-reduce"}
    assert total(programs["train"], "all-reduce") == nbytes(model.trainable_weights) + 4


def test_gathered_weights_have_second_derivatives_too() -> None:
    x = np.ones((8, 4), np.float32)
    with distribution.FullySharded(min_size=8).scope():
        model = cornu.Sequential([layers.Input((4,)), layers.Dense(16, use_bias=False)])
        found = cornu.hessian(lambda: (model(x) ** 2).sum(), model.layers[-1].kernel)()
    # The sum of (x w)^2 over 8 rows of ones: 2 * 8 for each pair of rows of one column.
    np.testing.assert_allclose(found, 16 * np.einsum("ab,ik->iakb", np.eye(16), np.ones((4, 4))))


# ------------------------------------------------------------------------------ what the user is told


def trained(kind: str, **arguments: Any) -> Any:
    with strategies("mlp")[kind]().scope():
        model = MODELS["mlp"]()
        model.compile("sgd", "sparse_categorical_crossentropy", **arguments.pop("compiling", {}))
        data = tree.tree_map(lambda array: array[:48], rows_for("mlp"))
        model.fit(**data, batch_size=16, verbose=0, **{"epochs": 2, **arguments})
    return model


def test_communication_is_a_table_against_the_ideal() -> None:
    model = trained("data")
    found = distribution.communication(model)
    gradients = nbytes(model.trainable_weights)
    assert found.ideal == SENT["all-reduce"](8) * gradients
    assert found.bytes("all-reduce") == gradients + 4  # the loss
    assert found.sent == SENT["all-reduce"](8) * (gradients + 4)
    assert found.within_loops == []
    assert found.devices == 8
    assert "DataParallel on 8 devices, one step:" in str(found)
    assert "weights, gradients: ideal" in str(found)
    sharded = distribution.communication(trained("sharded"))
    assert found.ideal == pytest.approx(sharded.ideal)  # gathering and scattering are half a sum each


def test_explain_fit_says_what_a_step_was_made_of() -> None:
    line = trained("data").explain_fit()
    assert line.startswith("A compiled loop ran over data on the device. On 8 devices (DataParallel)")
    shares = [int(part.split("%")[0].split()[-1]) for part in line.split(",") if "%" in part]
    assert len(shares) == 3
    assert 98 <= sum(shares) <= 102
    assert "(measured: waiting for data)" in line
    assert "(estimated: 1 collective," in line
    assert ("(the rest)" in line and "Look at" in line) or "Compute is most of it" in line
    assert "a second epoch" in trained("data", epochs=1).explain_fit()


def test_waiting_for_data_is_input() -> None:
    import time

    def slow() -> Iterator[Any]:
        data = rows_for("mlp")
        for _ in range(12):
            time.sleep(0.05)
            yield data["x"][:16], data["y"][:16]

    with distribution.DataParallel().scope():
        model = MODELS["mlp"]()
        model.compile("sgd", "sparse_categorical_crossentropy")
        model.fit(slow(), steps_per_epoch=6, epochs=2, verbose=0)
    line = model.explain_fit()
    assert int(line.split("input ")[1].split("%")[0]) > 50
    assert "Look at the input first" in line


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: MODELS["mlp"](), "was not trained under a distribution yet"),
        (lambda: trained("data", epochs=1, compiling={"run_eagerly": True}), "run_eagerly=True"),
    ],
)
def test_communication_says_what_it_needs(make: Callable[[], Any], words: str) -> None:
    with pytest.raises(RuntimeError, match=words):
        distribution.communication(make())
