"""Layers as users write them: weights, names, freezing, losses, and what goes wrong."""

import sys

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import cornu
from cornu.layers import Dense, Dropout, Lambda, Layer

X = np.random.default_rng(1).normal(size=(2, 4)).astype("float32")


def paths(variables):
    return [variable.path for variable in variables]


# -- layers of one's own ---------------------------------------------------------------------------


class Linear(Layer):
    """As Keras's guide to custom layers has it."""

    def __init__(self, units=3, **kwargs):
        super().__init__(**kwargs)
        self.units = units

    def build(self, input_shape):
        self.w = self.add_weight(
            shape=(input_shape[-1], self.units),
            initializer="random_normal",
            trainable=True,
            name="w",
        )
        self.b = self.add_weight((self.units,), "zeros", name="b")

    def call(self, inputs):
        return jnp.matmul(inputs, self.w) + self.b


def test_build_with_add_weight_positional_and_by_keyword():
    layer = Linear(5)
    assert not layer.built
    output = layer(X)
    np.testing.assert_allclose(output, X @ layer.w.numpy(), rtol=1e-5)
    assert paths(layer.weights) == ["linear/w", "linear/b"]
    assert layer.count_params() == 25
    assert Linear(5, name="mine").get_config() == (
        {"units": 5, "name": "mine", "trainable": True, "dtype": "float32"}
    )


def test_a_layer_of_ones_own_trains():
    model = cornu.Sequential([Linear(1)])
    model.compile("sgd", "mse")
    model.fit(X, X[:, :1], epochs=1, verbose=0)
    before = model.evaluate(X, X[:, :1], verbose=0)
    model.fit(X, X[:, :1], epochs=20, verbose=0)
    assert model.evaluate(X, X[:, :1], verbose=0) < before


def test_build_may_call_its_base_class_before_or_after():
    class Base(Linear):
        def build(self, input_shape):
            super().build(input_shape)
            self.scale = self.add_weight((), "ones", name="scale")
            self.built = True

    class First(Layer):
        def build(self, input_shape):
            super().build(input_shape)
            self.w = self.add_weight((1,), "ones", name="w")

        def call(self, inputs):
            return inputs * self.w

    base, first = Base(2), First()
    base(X)
    assert paths(base.weights) == ["base/w", "base/b", "base/scale"]
    first(X)
    assert paths(first.weights) == ["first/w"]


def test_weights_may_be_made_in_init_and_default_to_glorot():
    class Early(Layer):
        def __init__(self):
            super().__init__()
            self.w = self.add_weight((4, 4))
            self.count = self.add_weight(dtype="int32", trainable=False, name="count")

        def call(self, inputs):
            self.count.assign_add(1)
            return inputs @ self.w

    layer = Early()
    layer(X)
    layer(X)
    assert (layer.count.shape, int(layer.count)) == ((), 2)
    assert 0 < np.abs(layer.w.numpy()).max() <= np.sqrt(6 / 8)
    assert len(layer.trainable_weights) == 1


def test_add_weight_takes_the_shape_first():
    layer = Linear()
    with pytest.raises(ValueError, match=r'add_weight\(shape=..., name="kernel"\)'):
        layer.add_weight("kernel", (3,))
    with pytest.raises(ValueError, match=r"a shape is a tuple. Write shape=\(3,\)"):
        layer.add_weight(3)


class Block(Layer):
    """Layers in attributes, lists and dicts, and weights of its own."""

    def __init__(self, library=None, **kwargs):
        super().__init__(**kwargs)
        self.first = Dense(3)
        self.rest = [Dense(2), {"q": Dense(2)}]

    def build(self, input_shape):
        self.own = self.add_weight(shape=(1,), initializer="zeros", name="own")
        self.still = self.add_weight(shape=(1,), initializer="zeros", trainable=False, name="still")
        self.last = self.add_weight(shape=(1,), initializer="zeros", name="last")

    def call(self, x):
        return self.rest[1]["q"](self.rest[0](self.first(x))) + self.own


def freezing(block):
    """Trainable and non-trainable weights, as layers are frozen and thawed one after the other."""
    block(X)
    seen = []

    def look():
        seen.append([paths(block.weights), paths(block.trainable_weights)])
        seen[-1].append(paths(block.non_trainable_weights))

    look()
    for change in (
        lambda: setattr(block.rest[0], "trainable", False),
        lambda: setattr(block, "trainable", False),
        lambda: setattr(block, "trainable", True),
        lambda: setattr(block.first, "trainable", False),
        lambda: setattr(block.own, "trainable", False),
    ):
        change()
        look()
    return seen


@pytest.mark.parity
def test_freezing_at_every_level_is_that_of_keras():
    import keras

    keras.utils.clear_session(free_memory=False)

    class Theirs(keras.layers.Layer):
        def __init__(self, **kwargs):
            super().__init__(**kwargs)
            self.first = keras.layers.Dense(3)
            self.rest = [keras.layers.Dense(2), {"q": keras.layers.Dense(2)}]

        build = Block.__dict__["build"].__wrapped__
        call = Block.call

    assert freezing(Block(name="block")) == freezing(Theirs(name="block"))


def test_a_frozen_layer_does_not_train():
    model = cornu.Sequential([Dense(3, input_shape=(4,), trainable=False), Dense(1)])
    model.compile("sgd", "mse")
    frozen, free = (layer.kernel.numpy() for layer in model.layers)
    model.fit(X, X[:, :1], verbose=0)
    np.testing.assert_array_equal(model.layers[0].kernel, frozen)
    assert not np.array_equal(model.layers[1].kernel, free)


@pytest.mark.parametrize("where", ["call", "build"])
def test_layers_made_late_are_found(where):
    class Late(Layer):
        def make(self):
            if not hasattr(self, "inner"):
                self.inner = Dense(3)

        def call(self, x):
            if where == "call":
                self.make()
            return self.inner(x)

    if where == "build":
        Late.build = lambda self, input_shape: self.make()
    for argument in (X, cornu.Input((4,))):
        cornu.utils.clear_session(free_memory=False)
        layer = Late()
        assert layer(argument).shape[-1] == 3
        assert layer(X).shape == (2, 3)
        assert paths(layer.weights) == ["late/dense/kernel", "late/dense/bias"]


def test_several_inputs_in_a_list():
    class Join(Layer):
        def build(self, input_shape):
            self.shapes = input_shape
            self.w = self.add_weight((input_shape[0][-1],), "ones", name="w")

        def call(self, inputs):
            return inputs[0] * self.w + inputs[1]

    layer = Join()
    np.testing.assert_allclose(layer([X, X]), 2 * X)
    assert layer.shapes == [(2, 4), (2, 4)]
    assert Join()([cornu.Input((4,)), cornu.Input((4,))]).shape == (None, 4)


def test_several_arguments_with_a_shape_each():
    class Join(Layer):
        def build(self, a_shape, b_shape):
            self.shapes = (a_shape, b_shape)

        def call(self, a, b, training=None):
            return jnp.concatenate([a, b], -1)

    layer = Join()
    assert layer(X, X[:, :1]).shape == (2, 5)
    assert layer.shapes == ((2, 4), (2, 1))
    layer = Join()
    assert layer(cornu.Input((4,)), b=cornu.Input((3,))).shape == (None, 7)
    assert layer.shapes == ((None, 4), (None, 3))


@pytest.mark.parity
def test_sub_classes_count_and_share_as_in_keras():
    import keras

    def model(library):
        shared = library.layers.Dense(4)
        stack = library.Sequential([shared, library.layers.Dense(4)])

        class Both(library.Model):
            def __init__(self):
                super().__init__()
                self.one = shared
                self.more = [shared, stack]

            def call(self, x):
                return self.more[1](self.one(x))

        both = Both()
        both(X)
        return paths(both.weights), both.count_params(), [layer.name for layer in both.layers]

    keras.utils.clear_session(free_memory=False)
    assert model(cornu) == model(keras)


# -- calls -----------------------------------------------------------------------------------------


class Probe(Layer):
    """Notes the training flag that it is called with."""

    def __init__(self, seen, **kwargs):
        super().__init__(**kwargs)
        self.seen = seen

    def call(self, x, training=None):
        self.seen.append(bool(training))
        return x


def test_the_training_flag_reaches_inner_layers():
    class Outer(Layer):
        def __init__(self, seen):
            super().__init__()
            self.inner = Probe(seen)

        def call(self, x):
            return self.inner(x)

    seen = []
    outer = Outer(seen)
    outer(X, training=True)
    outer(X)
    cornu.Sequential([outer])(X, training=True)
    x = cornu.Input((4,))
    model = cornu.Model(x, outer(x))
    seen.clear()
    model(X, training=True)
    model(X, training=False)
    outer.inner(X, training=True)
    assert seen == [True, False, True]


def test_an_inner_call_may_decide_for_itself():
    class Never(Layer):
        def __init__(self, seen):
            super().__init__()
            self.inner = Probe(seen)

        def call(self, x):
            return self.inner(x, training=False)

    seen = []
    Never(seen)(X, training=True)
    assert seen[-1] is False


def test_the_default_of_training_is_the_users():
    class Eager(Layer):
        def call(self, x, training=True):
            return x * (2.0 if training else 1.0)

    np.testing.assert_array_equal(Eager()(X), 2 * X)
    np.testing.assert_array_equal(Eager()(X, training=False), X)


def test_inputs_of_every_kind():
    layer = Dense(3)
    expected = layer(X)
    for same in (X.astype("float64"), X.tolist(), jnp.asarray(X), cornu.Variable(X)):
        np.testing.assert_allclose(layer(same), expected, rtol=1e-6)
    assert layer(np.ones((2, 4), "int32")).dtype == "float32"
    assert cornu.layers.Flatten()(np.ones((2, 4), "int32")).dtype == "int32"
    assert cornu.layers.Flatten()(np.ones((2, 4), "float64")).dtype == "float32"
    assert Lambda(lambda x: x, autocast=False)(np.ones((2, 4), "float16")).dtype == "float16"
    half = Dense(3, dtype="float16")
    assert half(X).dtype == half.kernel.dtype == "float16"


def test_losses_are_those_of_the_last_call():
    class Penalty(Layer):
        def call(self, x):
            self.add_loss(0.5 * jnp.sum(x))
            self.add_loss([jnp.max(x), 1.0])
            return x

    layer = Penalty()
    for _ in range(2):
        layer(X)
    np.testing.assert_allclose(layer.losses, [0.5 * X.sum(), X.max(), 1.0], rtol=1e-6)
    model = cornu.Sequential([Penalty(), Penalty()])
    model(X)
    assert len(model.losses) == 6


def test_activity_regularizer_is_divided_by_the_batch():
    layer = Dense(3, activity_regularizer=cornu.regularizers.L2(0.1), kernel_initializer="ones")
    output = np.asarray(layer(X))
    np.testing.assert_allclose(layer.losses, [0.1 * (output**2).sum() / 2], rtol=1e-5)


def test_weight_regularizers_follow_the_weights():
    layer = Dense(3, kernel_regularizer="l2")
    assert layer.losses == []
    layer(X)
    layer.set_weights([np.full((4, 3), 2.0), np.zeros(3)])
    np.testing.assert_allclose(layer.losses, [0.01 * 4 * 12], rtol=1e-6)
    layer.trainable = False
    assert layer.losses == []


# -- the first layer's input -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("declared", "shape"),
    [
        ({"input_shape": (4,)}, (None, 4)),
        ({"input_shape": [4]}, (None, 4)),
        ({"input_shape": 4}, (None, 4)),
        ({"input_dim": 4}, (None, 4)),
        ({"batch_input_shape": (7, 4)}, (7, 4)),
        ({"input_shape": (4,), "batch_size": 3}, (3, 4)),
        ({"input_shape": (None, 4)}, (None, None, 4)),
    ],
)
def test_declared_input_shapes(declared, shape):
    model = cornu.Sequential([Dense(3, **declared), Dropout(0.5)])
    assert model.input_shape == shape
    assert model.built
    again = cornu.Sequential.from_config(model.get_config())
    assert again.input_shape == shape


# -- errors ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("make", "error", "words"),
    [
        (
            lambda: Dense(3, activaton="relu"),
            ValueError,
            'Dense has no argument "activaton". Did you mean "activation"',
        ),
        (lambda: Dense(3, input_shpe=(4,)), ValueError, 'Did you mean "input_shape"'),
        (lambda: Dense(3, qqq=1), ValueError, "Known names: .*units"),
        (lambda: Dense("3"), ValueError, r"units must be a whole number above 0, got units='3'"),
        (lambda: Dense(0), ValueError, "units must be a whole number above 0, got units=0"),
        (lambda: Dense(2.5), ValueError, "got units=2.5"),
        (lambda: Dense(True), ValueError, "got units=True"),
        (lambda: Dense(3, kernel_initializer="glrot"), ValueError, "initializer"),
        (lambda: Dense(3, name="a/b"), ValueError, 'must be a string without "/", got name=.a/b'),
        (lambda: Dense(3, name=7), ValueError, "must be a string"),
        (lambda: Dense(3, dtype="flaot32"), ValueError, 'Did you mean "float32"'),
        (lambda: Dropout(2), ValueError, r"rate must be a number from 0 to 1.*got rate=2. Write"),
        (lambda: Dropout("0.5"), ValueError, "got rate='0.5'"),
        (lambda: Dropout(-0.1), ValueError, "got rate=-0.1"),
        (
            lambda: cornu.layers.Flatten("first"),
            ValueError,
            "must be 'channels_last' or 'channels_first'",
        ),
        (lambda: Lambda(3), TypeError, "Lambda needs a function, got 3"),
        (
            lambda: cornu.Input(),
            ValueError,
            r"Input needs a shape, that of one sample.*Input\(shape=\(8,\)\)",
        ),
        (lambda: cornu.Input(4), ValueError, r"a shape is a tuple. Write Input\(shape=\(4,\)\)"),
        (lambda: cornu.Input((4,), batch_shape=(2, 4)), ValueError, "not both"),
        (lambda: cornu.Input((-1, 4)), ValueError, r"or None if it varies, got \(None, -1, 4\)"),
        (lambda: Dense(3)(np.ones(3)), ValueError, r"rank 2 or more, but got rank 1.*\(3,\).*x\[None\]"),
        (
            lambda: Dense(3)(cornu.Input((None,))),
            ValueError,
            r"needs to know the size of its input's last axis",
        ),
        (lambda: Dense(3).count_params(), ValueError, "is not built yet, so its weights are not known"),
        (
            lambda: Dense(3).output,
            AttributeError,
            "never been called on a symbolic tensor, so it has no output",
        ),
        (lambda: Dense(3).input, AttributeError, "so it has no input tensor"),
    ],
)
def test_errors_teach(make, error, words):
    with pytest.raises(error, match=words):
        make()


def test_super_forgotten_is_explained():
    class Forgot(Layer):
        def __init__(self):
            self.inner = Dense(2)

        def call(self, x):
            return x

    for argument in (X, cornu.Input((4,))):
        with pytest.raises(
            RuntimeError, match=r"Forgot.__init__ must call super\(\).__init__\(\*\*kwargs\)"
        ):
            Forgot()(argument)


def test_a_layer_without_call_is_explained():
    class Empty(Layer):
        pass

    with pytest.raises(NotImplementedError, match=r"Empty needs a method call\(self, inputs\)"):
        Empty()(X)


def test_a_layer_used_with_two_widths_names_both():
    layer = Dense(3, name="narrow")
    layer(X)
    for wrong in (np.ones((2, 5)), cornu.Input((5,))):
        with pytest.raises(
            ValueError, match=r'"narrow" expects size 4 on the last axis, but got size 5'
        ) as caught:
            layer(wrong)
        assert "input_shape=(5,)" in str(caught.value)
    assert layer(X).shape == (2, 3)


def test_a_list_of_tensors_where_one_is_taken_is_refused():
    with pytest.raises(ValueError, match=r'"d" takes one tensor, but got a list of 2. Join several'):
        Dense(3, name="d")([X, X])
    with pytest.raises(ValueError, match="takes one tensor, but got"):
        Dense(3)([cornu.Input((4,)), cornu.Input((4,))])


def test_a_function_written_in_place_has_no_name_to_be_found_by():
    config = Lambda(lambda x: x).get_config()
    with pytest.raises(ValueError, match="its function was a lambda, and Cornu never runs code"):
        Lambda.from_config(config)


def test_an_error_tells_the_way_there():
    class Outer(Layer):
        def __init__(self):
            super().__init__(name="outer")
            self.inner = Lambda(lambda x: x @ np.ones((3, 3), "float32"), name="wrong")

        def call(self, x):
            return self.inner(x)

    with pytest.raises(TypeError) as caught:
        Outer()(X)
    notes = "\n".join(caught.value.__notes__)
    assert 'in Lambda "wrong", called with float32(2, 4)' in notes
    assert 'in Outer "outer", called with float32(2, 4)' in notes


def test_after_a_failed_first_call_the_layer_can_be_used():
    class Fussy(Layer):
        def call(self, x):
            if x.shape[-1] != 4:
                raise KeyError("width")
            return x

    layer = Fussy()
    with pytest.raises(KeyError, match="width"):
        layer(np.ones((2, 5)))
    assert layer(X).shape == (2, 4)


def test_set_weights_changes_all_or_nothing():
    layer = Dense(3, name="d")
    layer(X)
    before = layer.get_weights()
    with pytest.raises(ValueError, match=r'"d" has 2 weights, but set_weights got 1 arrays.*\(4, 3\)'):
        layer.set_weights([np.ones((4, 3))])
    with pytest.raises(
        ValueError, match=r'weight "d/bias" has shape \(3,\), but the array given .* \(2,\)'
    ):
        layer.set_weights([np.ones((4, 3)), np.ones(2)])
    for now, then in zip(layer.get_weights(), before, strict=True):
        np.testing.assert_array_equal(now, then)
    layer.set_weights(iter([np.ones((4, 3)), np.zeros(3)]))
    np.testing.assert_allclose(layer(X), np.repeat(X.sum(1, keepdims=True), 3, 1), rtol=1e-5)


# -- special to one layer --------------------------------------------------------------------------


def test_dropping_everything_gives_zeros():
    np.testing.assert_array_equal(Dropout(1, seed=1)(X, training=True), np.zeros_like(X))


def test_dropout_keeps_the_expected_sum():
    ones = np.ones((400, 100), "float32")
    for rate in (0.1, 0.5, 0.8):
        output = np.asarray(Dropout(rate, seed=3)(ones, training=True))
        np.testing.assert_allclose(np.unique(output), [0, 1 / (1 - rate)], rtol=1e-6)
        assert abs(output.mean() - 1) < 6 * np.sqrt(rate / (1 - rate) / ones.size)


def test_lambda_takes_structures_and_arguments():
    joined = Lambda(lambda pair: jnp.concatenate(pair, -1))([cornu.Input((4,)), cornu.Input((3,))])
    assert joined.shape == (None, 7)
    parts = Lambda(lambda x: {"all": x, "first": x[:, :1]})(cornu.Input((4,)))
    assert {name: part.shape for name, part in parts.items()} == {"all": (None, 4), "first": (None, 1)}
    np.testing.assert_array_equal(Lambda(lambda x, times: x * times, arguments={"times": 3})(X), 3 * X)


def test_flatten_of_unknown_sizes():
    assert cornu.layers.Flatten()(cornu.Input((None, 4))).shape == (None, None)
    assert cornu.layers.Flatten()(cornu.Input((3, 4))).shape == (None, 12)
    assert cornu.layers.Flatten()(np.ones((2, 0, 3))).shape == (2, 0)


# -- cost ------------------------------------------------------------------------------------------


def calls_of(function):
    """(file, function, depth) of each Python call that `function()` makes."""
    calls, depth = [], 0

    def watch(frame, event, argument):
        nonlocal depth
        if event == "call":
            depth += 1
            calls.append((frame.f_code.co_filename, frame.f_code.co_name, depth))
        elif event == "return":
            depth -= 1

    sys.setprofile(watch)
    try:
        function()
    finally:
        sys.setprofile(None)
    return calls[1:]  # without `function` itself


@pytest.mark.parametrize("activation", [None, "relu", "sigmoid", "tanh", "softmax", "gelu"])
def test_a_warm_dense_reaches_the_mathematics_in_a_few_hops(monkeypatch, activation):
    layer, x = Dense(3, activation), jnp.asarray(X)
    layer(x)
    layer(x)
    # The fewest of three: a garbage collection in between makes calls of its own.
    calls = min((calls_of(lambda: layer(x)) for _ in range(3)), key=len)
    assert len(calls) <= 40, calls

    hops = []

    def matmul(*arguments):
        frame = sys._getframe(1)
        while frame.f_globals.get("__name__", "").startswith("cornu."):
            hops.append(frame.f_code.co_name)
            frame = frame.f_back
        return jax.lax.dot(*arguments)

    monkeypatch.setattr(jnp, "matmul", matmul)
    layer(x)
    assert 1 <= len(hops) <= 4, hops


OF_SEVERAL_LENGTHS = [[1.0, 2.0], [3.0], [4.0]]


def objects(rows):
    array = np.empty(len(rows), object)
    array[:] = rows
    return array


@pytest.mark.parametrize("given", [OF_SEVERAL_LENGTHS, objects(OF_SEVERAL_LENGTHS)])
@pytest.mark.parametrize(
    "make",
    [
        lambda: Dense(2, name="first"),
        lambda: cornu.layers.Embedding(9, 2, name="first"),
        lambda: cornu.Sequential([Dense(2)], name="first"),
    ],
)
def test_lists_of_different_lengths_are_told_about_padding(make, given):
    layer = make()
    cls = type(layer).__name__
    words = (
        rf'{cls} "first": the rows .* different lengths \(lengths 2, 1, 1\).*utils.pad_sequences.*Mask'
    )
    with pytest.raises(ValueError, match=words):
        layer(given)


def test_lengths_are_compared_inside_of_the_rows():
    with pytest.raises(ValueError, match=r"\(lengths 2, 1, 2, \.\.\.\), so they are no array"):
        Dense(2)([[[1, 2], [3]], [[4, 5], [6]]])


@pytest.mark.parametrize("shape", [(-3,), (2.5,), ("8",), (True,)])
def test_sizes_of_an_input_are_whole_numbers(shape):
    with pytest.raises(ValueError, match=r"Input: a size is a whole number, 0 or more, or None if it"):
        cornu.Input(shape)


def test_an_error_in_a_layer_shows_the_way_to_it_and_nothing_of_the_engine():
    class Wrong(Layer):
        def call(self, inputs):
            return inputs @ np.ones((3, 3), "float32")

    model = cornu.Sequential([Dense(4, input_shape=(2,), name="first")])
    with pytest.raises(TypeError) as caught:
        model.add(Wrong(name="second"))
    notes = "\n".join(caught.value.__notes__)
    assert '  in Wrong "second", called with float32(None, 4)' in notes
    assert "JAX has removed" not in notes
