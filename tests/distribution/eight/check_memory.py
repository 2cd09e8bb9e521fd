"""No device ever holds the whole of a large variable that is split: from its first value to its last."""

from collections.abc import Callable, Iterator
from typing import Any

import jax
import jax.tree_util as tree
import numpy as np
import pytest

import cornu
from cornu import distribution, layers
from cornu.core import placement
from cornu.core.in_force import in_force
from cornu.training.kept import Kept

pytest.importorskip("orbax.checkpoint", reason="orbax-checkpoint is not installed")

SIDE, PARTS = 1536, 8
LARGE = 4 * SIDE**2  # bytes: 9.4 MB
RNG = np.random.default_rng(0)
X, Y = RNG.normal(size=(16, SIDE)).astype("float32"), np.zeros((16, 1), "float32")


def on_one_device(array: Any) -> int:
    """Bytes of an array that each of its devices has."""
    return int(np.prod(array.sharding.shard_shape(array.shape))) * array.dtype.itemsize


def network() -> Any:
    cornu.utils.set_random_seed(1)
    hidden = [layers.Dense(SIDE, name=name, use_bias=False) for name in ("one", "two", "three")]
    model = cornu.Sequential([layers.Input((SIDE,)), *hidden, layers.Dense(1, name="out")], name="net")
    model.compile("adam", "mse")
    return model


class Watch:
    """Notes the most that an array, which is put on devices or there now, takes on one of them."""

    def __init__(self) -> None:
        self.most = 0

    def seen(self, arrays: Any) -> Any:
        found = [each for each in tree.tree_leaves(arrays) if isinstance(each, jax.Array)]
        sizes = [on_one_device(each) for each in found if not isinstance(each, jax.core.Tracer)]
        self.most = max(self.most, *sizes, 0)
        return arrays

    def of(self, function: Callable[..., Any]) -> Callable[..., Any]:
        return lambda *arguments, **named: self.seen(function(*arguments, **named))

    def check(self) -> None:
        """Each large array that is there lies in parts, and no larger one was put anywhere."""
        self.seen(jax.live_arrays())
        assert self.most == LARGE // PARTS


@pytest.fixture
def watch(monkeypatch: pytest.MonkeyPatch) -> Iterator[Watch]:
    found = Watch()
    for module, name in ((jax, "device_put"), (jax, "make_array_from_callback"), (placement, "made")):
        monkeypatch.setattr(module, name, found.of(getattr(module, name)))
    with distribution.FullySharded().scope():
        yield found


def test_a_large_variable_is_in_parts_from_first_to_last(watch: Watch, tmp_path: Any) -> None:
    model = network()
    kernels = [layer.kernel for layer in model.layers[:3]]
    watch.check()
    assert [on_one_device(kernel.value) for kernel in kernels] == [LARGE // PARTS] * 3
    start = kernels[0].numpy()
    assert abs(start.std() - np.sqrt(2 / (2 * SIDE))) < 1e-4  # Glorot's, of the whole matrix
    saver = cornu.callbacks.OrbaxCheckpoint(tmp_path / "orbax")
    backup = cornu.callbacks.BackupAndRestore(tmp_path / "backup", delete_checkpoint=False)
    fitted = {"batch_size": 8, "verbose": 0}
    model.fit(X, Y, epochs=1, callbacks=[saver, backup], **fitted)
    watch.check()
    large = [v for v in (*model.weights, *model.optimizer.variables) if v.nbytes == LARGE]
    assert len(large) == 9
    assert {on_one_device(variable.value) for variable in large} == {LARGE // PARTS}
    model.save(tmp_path / "a.keras")
    wanted = [kernel.numpy() for kernel in kernels]
    assert not np.array_equal(start, wanted[0])
    del model, kernels, large
    for load in (
        lambda: cornu.models.load_model(tmp_path / "orbax"),
        lambda: cornu.models.load_model(tmp_path / "a.keras"),
    ):
        again = load()
        for layer, kernel in zip(again.layers[:3], wanted, strict=True):
            np.testing.assert_array_equal(layer.kernel.numpy(), kernel)
        watch.check()
        again.set_weights(again.get_weights())
        watch.check()
        del again, layer
    again = network()
    again.fit(X, Y, epochs=1, callbacks=[backup], **fitted)  # restores what is there, and is done
    for layer, kernel in zip(again.layers[:3], wanted, strict=True):
        np.testing.assert_array_equal(layer.kernel.numpy(), kernel)
    watch.check()


def test_a_step_takes_the_share_of_the_state_and_what_it_gathers(
    watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = []
    call = Kept.__call__

    def noted(self: Kept, *arguments: Any) -> Any:
        specs = [
            jax.ShapeDtypeStruct(a.shape, a.dtype, sharding=getattr(a, "sharding", None))
            for a in tree.tree_leaves(arguments)
        ]
        given.append((self, tree.tree_unflatten(tree.tree_structure(arguments), specs)))
        return call(self, *arguments)

    monkeypatch.setattr(Kept, "__call__", noted)
    model = network()
    model.fit(X, Y, epochs=1, batch_size=8, verbose=0)
    program, arguments = given[0]
    needs = program.jitted.lower(*arguments).compile().memory_analysis()
    share, state = LARGE // PARTS, 9
    data = X.nbytes + Y.nbytes
    assert state * share <= needs.argument_size_in_bytes < state * share + data + LARGE // 50
    assert needs.output_size_in_bytes < state * share + LARGE // 50
    # What is gathered for a while, weights and gradients before they are summed, a step needs beside.
    assert needs.temp_size_in_bytes < 10 * LARGE
    watch.check()


def test_each_device_draws_its_part(watch: Watch, monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = cornu.initializers.GlorotUniform(seed=1)((SIDE, SIDE))
    found = cornu.Variable(cornu.initializers.GlorotUniform(seed=1), shape=(SIDE, SIDE))
    np.testing.assert_allclose(found.numpy(), wanted, rtol=1e-6)
    monkeypatch.setattr(in_force, "making", True)
    draw = lambda: cornu.initializers.GlorotUniform(seed=1)((SIDE, SIDE))  # noqa: E731
    program = jax.jit(draw, out_shardings=found.value.sharding).lower().compile()
    needs = program.memory_analysis()
    assert needs.output_size_in_bytes == LARGE // PARTS
    assert needs.temp_size_in_bytes <= 4 * LARGE // PARTS  # the bits of its part


@pytest.mark.parametrize(
    "name", ["zeros", "identity", pytest.param("orthogonal", marks=pytest.mark.wide)]
)
def test_what_numpy_makes_each_device_is_given_its_part_of(name: str, watch: Watch) -> None:
    found = cornu.Variable(cornu.initializers.get(name), shape=(SIDE, SIDE))
    watch.check()
    if name != "orthogonal":
        np.testing.assert_array_equal(found.numpy(), cornu.initializers.get(name)((SIDE, SIDE)))


class Deep(layers.Layer):
    """Has layers that are built while a model is traced."""

    def __init__(self) -> None:
        super().__init__()
        self.one, self.two = layers.Dense(SIDE, use_bias=False), layers.Dense(8)

    def call(self, x: Any) -> Any:
        return self.two(self.one(x))


def test_layers_that_are_built_within_others(watch: Watch) -> None:
    inputs = cornu.Input((SIDE,))
    model = cornu.Model(inputs, Deep()(inputs))
    watch.check()
    assert on_one_device(model.weights[0].value) == LARGE // PARTS
