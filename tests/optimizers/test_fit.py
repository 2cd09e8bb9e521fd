"""Optimizers in `fit`: Keras's weights, averages, accumulation, rates, optimizers of one's own."""

from contextlib import contextmanager

import jax
import keras
import numpy as np
import optax
import pytest

import cornu
from cornu.core.config import custom_object_scope
from cornu.optimizers import SGD, Adam, Muon, Optimizer
from tests.optimizers.contract import TABLE, optimizer_of, quick_for

RNG = np.random.default_rng(8)
X = RNG.normal(size=(37, 4)).astype("float32")  # five batches of 8, the last one shorter
Y = (X @ RNG.normal(size=(4, 1)) + 0.1).astype("float32")


def network(optimizer, library=cornu, **compiling):
    """A compiled model with the same weights in both libraries."""
    library.utils.set_random_seed(5)
    layers = library.layers
    model = library.Sequential(
        [
            layers.Input((4,)),
            layers.Dense(3, activation="tanh", name="hidden"),
            layers.Dense(1, name="head"),
        ],
        name="net",
    )
    model.compile(optimizer, "mse", **compiling)
    return model


def fitted(optimizer, library=cornu, epochs=4, callbacks=None, **compiling):
    model = network(optimizer, library, **compiling)
    history = model.fit(X, Y, 8, epochs, verbose=0, shuffle=False, callbacks=callbacks)
    return model, history.history


def same(ours, theirs, rtol=1e-5, atol=1e-6):
    for mine, other in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(mine, np.asarray(other), rtol=rtol, atol=atol)


@contextmanager
def compiles():
    """The programs that are compiled within the block."""
    found = []

    def listen(event, duration, **more):
        if event == "/jax/core/compile/backend_compile_duration":
            found.append(more.get("fun_name"))

    jax.monitoring.register_event_duration_secs_listener(listen)
    try:
        yield found
    finally:
        jax.monitoring.unregister_event_duration_listener(listen)


@pytest.mark.parity
@pytest.mark.parametrize("number", quick_for({"Muon", "Nadam", "RMSprop", "MultiOptimizer"}))
def test_twenty_steps_with_a_short_last_batch(number):
    row = TABLE[number]
    ours, mine = fitted(optimizer_of(row))
    theirs, other = fitted(optimizer_of(row, keras), keras)
    same(ours.get_weights(), theirs.get_weights(), max(10 * row.rtol, 1e-4), 1e-5)
    np.testing.assert_allclose(mine["loss"], other["loss"], rtol=1e-4)
    assert int(ours.optimizer.iterations) == int(theirs.optimizer.iterations)


@pytest.mark.parity
@pytest.mark.parametrize("number", quick_for({"Nadam", "MultiOptimizer"}))
def test_files_go_both_ways(number, tmp_path):
    row = TABLE[number]
    for first, second in ((cornu, keras), (keras, cornu)):
        model, _ = fitted(optimizer_of(row, first), first, epochs=1)
        model.save(tmp_path / "m.keras")
        loaded = second.models.load_model(tmp_path / "m.keras")
        model.set_weights(model.get_weights())  # else Keras cannot go on after a fit with use_ema
        for each in (model, loaded):
            each.fit(X[:32], Y[:32], 8, verbose=0, shuffle=False)
        assert int(loaded.optimizer.iterations) == int(model.optimizer.iterations)
        same(loaded.get_weights(), model.get_weights(), max(10 * row.rtol, 1e-4), 1e-5)


# -- averages and accumulation ---------------------------------------------------------------------


def test_fit_ends_with_the_averages():
    plain, _ = fitted(SGD(0.1), epochs=1)
    model = network(SGD(0.1, use_ema=True, ema_momentum=0.5))
    seen = []
    watch = cornu.callbacks.LambdaCallback(
        on_train_batch_end=lambda batch, logs: seen.append(model.get_weights())
    )
    model.fit(X, Y, 8, verbose=0, shuffle=False, callbacks=[watch])
    same(seen[-1], plain.get_weights())
    mean = seen[0]
    for weights in seen[1:]:
        mean = [0.5 * a + 0.5 * w for a, w in zip(mean, weights, strict=True)]
    same(model.get_weights(), mean)
    untrained = network(SGD(0.1, use_ema=True))
    untrained.optimizer.build(untrained.trainable_variables)
    before = untrained.get_weights()
    untrained.optimizer.finalize_variable_values(untrained.trainable_variables)
    same(untrained.get_weights(), before, 0, 0)  # no step was made: there is no average yet


def test_accumulated_steps_are_one_step_of_their_mean():
    """Four batches of 8 make one of 32."""
    whole = network(SGD(0.1, momentum=0.9))
    whole.fit(X[:32], Y[:32], 32, epochs=2, verbose=0, shuffle=False)
    parts = network(SGD(0.1, momentum=0.9, gradient_accumulation_steps=4))
    parts.fit(X[:32], Y[:32], 8, epochs=2, verbose=0, shuffle=False)
    same(parts.get_weights(), whole.get_weights(), 1e-4, 1e-6)
    assert int(parts.optimizer.iterations) == 2
    eager = network(SGD(0.1, momentum=0.9, gradient_accumulation_steps=4), run_eagerly=True)
    eager.fit(X[:32], Y[:32], 8, epochs=2, verbose=0, shuffle=False)
    same(eager.get_weights(), whole.get_weights(), 1e-4, 1e-6)


def test_what_is_not_used_costs_nothing():
    """The step of a plain optimizer holds no condition, and no operation beside its own."""
    weight = cornu.Variable([1.0, 2.0], name="w")

    def operations(optimizer):
        optimizer.build([weight])
        own = [v.value for v in optimizer.variables]
        step = jax.make_jaxpr(optimizer.stateless_apply)(own, [np.ones(2, "float32")], [weight.value])
        return [str(e.primitive) for e in step.eqns]

    assert set(operations(SGD(0.1))) == {"add", "mul", "sub"}
    assert "cond" in operations(SGD(0.1, gradient_accumulation_steps=2))


def test_variables_of_ones_own_change_with_the_accumulated_steps_only():
    """Also one that the optimizer does not hold."""
    count = cornu.Variable(0.0, name="count")

    class Counting(SGD):
        def update_step(self, gradient, variable, learning_rate):
            super().update_step(gradient, variable, learning_rate)
            count.assign_add(1.0)

    fitted(Counting(0.1, gradient_accumulation_steps=5), epochs=2)
    assert float(count) == 2 * 4  # four weights, two updates


# -- learning rates ---------------------------------------------------------------------------------


def test_a_rate_may_be_set_at_any_time_without_a_new_program():
    model = network(SGD(0.1))
    model.fit(X, Y, 8, verbose=0)
    model.train_on_batch(X[:8], Y[:8])
    rates = []

    def batch(number, logs):
        model.optimizer.learning_rate = 0.1 / (number + 1)
        rates.append(float(model.optimizer.learning_rate))

    def epoch(number, logs):
        cornu.backend.set_value(model.optimizer.lr, 0.01 * (number + 1))
        rates.append(float(cornu.backend.get_value(model.optimizer.lr)))

    at = cornu.callbacks.LambdaCallback(on_train_batch_end=batch, on_epoch_end=epoch)
    model.fit(X, Y, 8, epochs=1, verbose=0, callbacks=[at])
    rates.clear()
    with compiles() as found:
        model.fit(X, Y, 8, epochs=2, verbose=0, callbacks=[at])
        model.optimizer.learning_rate = 0.0
        before = model.get_weights()
        model.fit(X, Y, 8, verbose=0)
        model.train_on_batch(X[:8], Y[:8])
    assert found == []
    same(model.get_weights(), before, 0, 0)
    np.testing.assert_allclose(rates[5::6], [0.01, 0.02], rtol=1e-6)
    np.testing.assert_allclose(rates[:5], 0.1 / np.arange(1, 6), rtol=1e-6)


def test_other_arguments_may_be_set_too():
    model = network(SGD(0.1))
    model.fit(X, Y, 8, verbose=0)
    before = model.get_weights()
    model.optimizer.clipvalue = 1e-12
    model.fit(X, Y, 8, verbose=0)
    same(model.get_weights(), before, 0, 1e-9)
    model.optimizer.clipvalue = None
    model.optimizer.weight_decay = 0.5
    model.optimizer.exclude_from_weight_decay(var_names=["bias"])
    model.fit(np.zeros((8, 4)), np.zeros((8, 1)), 8, verbose=0)
    assert not np.allclose(model.get_weights()[0], before[0])


# -- optimizers of one's own --------------------------------------------------------------------------


class Heavy:
    """An optimizer as they are written for Keras 3, from the documentation of its base class."""

    def __new__(cls, library):
        class HeavyBall(library.optimizers.Optimizer):
            def __init__(self, learning_rate=0.05, inertia=0.9, **kwargs):
                super().__init__(learning_rate=learning_rate, **kwargs)
                self.inertia = inertia

            def build(self, variables):
                super().build(variables)
                self.velocities = []
                for variable in variables:
                    self.velocities.append(
                        self.add_variable_from_reference(reference_variable=variable, name="velocity")
                    )
                self.count = self.add_variable((), "ones", name="count")

            def update_step(self, gradient, variable, learning_rate):
                ops = library.ops
                rate = ops.cast(learning_rate, variable.dtype)
                m = self.velocities[self._get_variable_index(variable)]
                bias = 1 - self.inertia ** ops.cast(self.iterations + 1, variable.dtype)
                self.assign(m, ops.add(ops.multiply(m, self.inertia), ops.multiply(gradient, rate)))
                self.assign_sub(variable, m / bias)
                self.assign_add(self.count, 1.0)

            def get_config(self):
                return {**super().get_config(), "inertia": self.inertia}

        return HeavyBall


@pytest.mark.parity
@pytest.mark.parametrize("arguments", [{"clipnorm": 1.0, "weight_decay": 0.1, "use_ema": True}])
def test_an_optimizer_written_for_keras_runs_compiled(arguments, tmp_path):
    models = [fitted(Heavy(library)(**arguments), library)[0] for library in (cornu, keras)]
    ours, theirs = models
    same(ours.get_weights(), theirs.get_weights(), 1e-4)
    found, expected = ([v.name for v in model.optimizer.variables] for model in models)
    assert found == expected
    same(*[[np.asarray(v) for v in model.optimizer.variables] for model in models], 1e-4)
    ours.save(tmp_path / "m.keras")
    with custom_object_scope({"HeavyBall": type(ours.optimizer)}):
        loaded = cornu.models.load_model(tmp_path / "m.keras")
    for model in (ours, loaded):
        model.fit(X, Y, 8, verbose=0, shuffle=False)
    same(ours.get_weights(), loaded.get_weights(), 0, 0)
    assert loaded.optimizer.inertia == 0.9


def test_ours_may_be_subclassed_by_its_step():
    class Halved(Adam):
        def update_step(self, gradient, variable, learning_rate):
            super().update_step(gradient, variable, learning_rate * 0.5)

    same(fitted(Halved(0.2))[0].get_weights(), fitted(Adam(0.1))[0].get_weights(), 1e-4)


def test_an_optimizer_that_defines_no_step():
    with pytest.raises(NotImplementedError, match=r"Define update\(self, gradient, value, slots"):
        fitted(Optimizer(0.1))


def test_a_layer_without_gradient_takes_part_in_none_of_it():
    weights = [cornu.Variable([1.0], name="used"), cornu.Variable([1.0], name="unused")]
    optimizer = Adam(0.1, gradient_accumulation_steps=2, weight_decay=0.1)
    for _ in range(4):
        with pytest.warns(UserWarning, match="no gradient for unused"):
            optimizer.apply([np.ones(1), None], weights)
    assert float(weights[1][0]) == 1.0
    assert float(weights[0][0]) < 0.9


# -- optax ---------------------------------------------------------------------------------------------


def labels(weights):
    return {path: "slow" if "bias" in path else "fast" for path in weights}


TRANSFORMATIONS = {
    "adam": lambda: optax.adam(1e-2),
    "chain": lambda: optax.chain(
        optax.clip_by_global_norm(0.5),
        optax.adamw(optax.cosine_decay_schedule(0.1, 15), weight_decay=0.1),
    ),
    "noise": lambda: optax.chain(optax.add_noise(0.1, 0.5, 3), optax.sgd(0.05, momentum=0.9)),
    "labels": lambda: optax.multi_transform({"fast": optax.adam(0.1), "slow": optax.sgd(0.01)}, labels),
    "several": lambda: optax.MultiSteps(optax.adam(0.05), 3),
    "polyak": lambda: optax.polyak_sgd(0.5),
    "plateau": lambda: optax.chain(
        optax.sgd(0.1), optax.contrib.reduce_on_plateau(0.5, patience=2, cooldown=1)
    ),
    "lbfgs": lambda: optax.lbfgs(memory_size=3),
    "backtracking": lambda: optax.chain(
        optax.sgd(0.2), optax.scale_by_backtracking_linesearch(max_backtracking_steps=6, store_grad=True)
    ),
}


def by_hand(transformation, epochs):
    """The loop that optax's documentation shows, over the same batches."""
    model = network("sgd")
    params = {v.path: v.value for v in model.trainable_variables}
    state = transformation.init(params)

    @jax.jit
    def step(params, state, x, y):
        def loss(params):
            hidden = jax.numpy.tanh(x @ params["net/hidden/kernel"] + params["net/hidden/bias"])
            out = hidden @ params["net/head/kernel"] + params["net/head/bias"]
            return jax.numpy.mean((out - y) ** 2)

        value, grad = jax.value_and_grad(loss)(params)
        update = optax.with_extra_args_support(transformation).update
        updates, state = update(grad, state, params, value=value, grad=grad, value_fn=loss)
        return optax.apply_updates(params, updates), state

    for _ in range(epochs):
        for start in range(0, 32, 8):
            params, state = step(params, state, X[start : start + 8], Y[start : start + 8])
    return params


@pytest.mark.parametrize(
    "name",
    [
        name if name in ("adam", "polyak") else pytest.param(name, marks=pytest.mark.wide)
        for name in TRANSFORMATIONS
    ],
)
def test_optax_in_fit_is_its_own_loop(name):
    model = network(TRANSFORMATIONS[name]())
    model.fit(X[:32], Y[:32], 8, epochs=4, verbose=0, shuffle=False)
    expected = by_hand(TRANSFORMATIONS[name](), 4)
    same([v.numpy() for v in model.trainable_variables], [expected[v.path] for v in model.weights], 1e-4)
    assert int(model.optimizer.iterations) == 16


def test_optax_in_files(tmp_path):
    model = network(TRANSFORMATIONS["labels"]())
    model.fit(X, Y, 8, verbose=0, shuffle=False)
    model.save(tmp_path / "m.keras")
    model.save_weights(tmp_path / "m.weights.h5")
    with pytest.raises(ValueError, match=r"A file cannot hold an optax transformation.*custom_objects="):
        cornu.models.load_model(tmp_path / "m.keras")
    given = {"OptaxOptimizer": TRANSFORMATIONS["labels"]()}
    loaded = cornu.models.load_model(tmp_path / "m.keras", custom_objects=given)
    again = network(TRANSFORMATIONS["labels"]())
    again.optimizer.build(again.trainable_variables)
    again.load_weights(tmp_path / "m.weights.h5")
    for each in (model, loaded, again):
        each.fit(X, Y, 8, verbose=0, shuffle=False)
        same(each.get_weights(), model.get_weights(), 0, 0)
    assert repr(model.optimizer).startswith("<OptaxOptimizer name=optax_optimizer")


def test_the_rate_of_optax():
    model = network(optax.adam(0.1))
    with pytest.raises(AttributeError, match=r"keeps its learning rate to itself.*inject_hyperparams"):
        model.optimizer.learning_rate  # noqa: B018
    with pytest.raises(AttributeError, match="keeps its learning rate to itself"):
        model.optimizer.learning_rate = 0.1
    model = network(optax.inject_hyperparams(optax.sgd)(learning_rate=0.1))
    model.fit(X, Y, 8, verbose=0)
    assert float(model.optimizer.learning_rate) == pytest.approx(0.1)
    model.optimizer.learning_rate = 0.0
    before = model.get_weights()
    with compiles() as found:
        model.fit(X, Y, 8, verbose=0)
    assert found == []
    same(model.get_weights(), before, 0, 0)


def asking(look):
    """A transformation that changes nothing, and keeps a number made of what it is given beside."""

    def update(updates, state, params=None, **beside):
        return jax.tree.map(jax.numpy.zeros_like, updates), look(params, updates, **beside)

    return optax.GradientTransformationExtraArgs(lambda params: jax.numpy.zeros(()), update)


def test_the_loss_that_optax_computes_again_is_that_of_the_batch():
    """Also where layers draw random numbers and move statistics."""

    def differences(params, updates, value, grad, value_fn, obj_fn, grad_fn):
        again = jax.tree.leaves(jax.tree.map(lambda a, b: abs(a - b).max(), grad_fn(params), grad))
        doubled = obj_fn(jax.tree.map(lambda w: 2 * w, params))
        return abs(value_fn(params) - value) + sum(again) + 1.0 * (doubled == value)

    def trained(optimizer):
        cornu.utils.set_random_seed(1)
        inner = [cornu.layers.BatchNormalization(), cornu.layers.Dropout(0.5), cornu.layers.Dense(1)]
        model = cornu.Sequential([cornu.Input((3,)), *inner])
        model.compile(optimizer, "mse")
        model.fit(X[:, :3], Y, 8, verbose=0, shuffle=False)
        return model

    asked, plain = trained(asking(differences)), trained(cornu.optimizers.SGD(0.0))
    assert float(asked.optimizer.variables[-1]) < 1e-6
    same(asked.get_weights(), plain.get_weights(), 0, 1e-6)
    assert all(np.isfinite(float(each)) for each in asked.losses)


def needy(updates, state, params=None, *, temperature, **beside):
    return jax.tree.map(lambda g: -temperature * g, updates), state


NEEDY = optax.GradientTransformationExtraArgs(lambda params: (), needy)


def test_an_optax_transformation_that_needs_more():
    words = (
        r"needs more than gradients and weights: .*'temperature'.*fit gives it value, grad, value_fn.*"
    )
    with pytest.raises(ValueError, match=words + r"optimizer.apply\(gradients, weights, temperature="):
        fitted(NEEDY)
    weight = cornu.Variable([1.0], name="weight")
    optimizer = cornu.optimizers.get(NEEDY)
    with pytest.raises(ValueError, match=r"Give it to apply.*apply\(gradients, weights, temperature="):
        optimizer.apply([np.ones(1)], [weight])
    optimizer.apply([np.ones(1)], [weight], temperature=0.25)
    assert weight.numpy().tolist() == [0.75]


def test_muon_and_others_are_found_by_name_in_any_case():
    for name in ("muon", "Muon", "MUON"):
        assert isinstance(cornu.optimizers.get(name), Muon)
