"""clone_model with all its arguments, against Keras 3.15; Function."""

import numpy as np
import pytest

import cornu
from cornu.core.errors import NotBuiltYetError


def keras():
    import keras

    return keras


def graph(k):
    """Two inputs, a shared layer, an op, a model within, and several outputs in a dict."""
    layers = k.layers
    first, second = k.Input((3,), name="first"), k.Input((3,), name="second")
    shared = layers.Dense(4, activation="relu", name="shared")
    inner = k.Sequential([layers.Dense(4, name="inside")], name="inner")
    sums = shared(first) + shared(second)
    return k.Model(
        [first, second], {"a": inner(sums), "b": layers.Dense(1, name="end")(sums)}, name="graph"
    )


def shapes(model):
    return [
        *(type(layer).__name__ + ":" + layer.name for layer in model.layers),
        *(tuple(weight.shape) for weight in model.weights),
    ]


def twice_as_wide(layer):
    config = layer.get_config()
    if layer.name in ("end", "inside"):
        config["units"] = 7
    return type(layer).from_config(config)


def dropping(k):
    def call(layer, *args, **kwargs):
        out = layer(*args, **kwargs)
        return k.layers.Dropout(0.5, name=f"drop_{layer.name}")(out) if layer.name == "end" else out

    return call


CASES = {
    "plain": lambda k: {},
    "clone_function": lambda k: {"clone_function": twice_as_wide},
    "recursive": lambda k: {"clone_function": twice_as_wide, "recursive": True},
    "call_function": lambda k: {"call_function": dropping(k)},
    "input_tensors": lambda k: {"input_tensors": [k.Input((3,), name="x"), k.Input((3,), name="y")]},
}


@pytest.mark.parity
@pytest.mark.parametrize("name", CASES)
def test_clones_of_graphs_are_those_of_keras(name):
    found = []
    for k in (cornu, keras()):
        model = graph(k)
        copy = k.models.clone_model(model, **CASES[name](k))
        assert not set(map(id, copy.weights)) & set(map(id, model.weights))
        found.append([shapes(copy), copy.name, [t.shape for t in copy.outputs]])
    assert found[0] == found[1]


def stack(k):
    return k.Sequential(
        [k.Input((3,)), k.layers.Dense(4, name="shared"), k.layers.Dense(1, name="end")], name="stack"
    )


@pytest.mark.parity
@pytest.mark.parametrize("name", ["plain", "clone_function", "input_tensors"])
def test_clones_of_stacks_are_those_of_keras(name):
    found = []
    for k in (cornu, keras()):
        arguments = CASES[name](k)
        if "input_tensors" in arguments:
            arguments["input_tensors"] = arguments["input_tensors"][:1]
        copy = k.models.clone_model(stack(k), **arguments)
        found.append([shapes(copy), copy.name, copy.output_shape])
    assert found[0] == found[1]


def test_a_stack_without_an_input_is_cloned_unbuilt():
    model = cornu.Sequential([cornu.layers.Dense(2)])
    copy = cornu.models.clone_model(
        model, clone_function=lambda layer: type(layer).from_config(layer.get_config())
    )
    assert not copy.built
    assert copy.layers[0] is not model.layers[0]


def test_layers_that_are_given_back_keep_their_weights():
    model = graph(cornu)
    copy = cornu.models.clone_model(model, clone_function=lambda layer: layer)
    assert {id(w) for w in copy.weights} == {id(w) for w in model.weights}
    x = [np.ones((2, 3), "float32"), np.zeros((2, 3), "float32")]
    for name, value in model(x).items():
        np.testing.assert_array_equal(copy(x)[name], value)


def test_a_clone_is_compiled_as_its_model():
    model = stack(cornu)
    model.compile(cornu.optimizers.Adam(0.25), "mse")
    copy = cornu.models.clone_model(model)
    assert float(copy.optimizer.learning_rate) == 0.25
    assert copy.optimizer is not model.optimizer
    assert not cornu.models.clone_model(stack(cornu)).compiled


class Own(cornu.Model):
    def __init__(self, units=2, **kwargs):
        super().__init__(**kwargs)
        self.units = units
        self.dense = cornu.layers.Dense(units)

    def call(self, x):
        return self.dense(x)


def test_a_model_of_ones_own_is_cloned_from_its_configuration():
    copy = cornu.models.clone_model(Own(5))
    assert isinstance(copy, Own)
    assert copy.units == 5


WRONG = [
    (lambda: cornu.models.clone_model(3), TypeError, "clone_model takes a model, got int"),
    (
        lambda: cornu.models.clone_model(stack(cornu), call_function=print),
        ValueError,
        "call_function is for graphs of layers",
    ),
    (
        lambda: cornu.models.clone_model(Own(), clone_function=print),
        ValueError,
        "clone_function is for Sequential models and graphs of layers. Of Own the layers",
    ),
    (
        lambda: cornu.models.clone_model(stack(cornu), clone_function=3),
        TypeError,
        "must be a function, got 3",
    ),
    (
        lambda: cornu.models.clone_model(graph(cornu), cornu.Input((3,))),
        ValueError,
        r"must have the structure of the model's inputs \(first \(None, 3\), second \(None, 3\)\)",
    ),
    (
        lambda: cornu.models.clone_model(graph(cornu), [np.ones(3), np.ones(3)]),
        TypeError,
        "input_tensors must be symbolic tensors",
    ),
    (
        lambda: cornu.models.clone_model(stack(cornu), [cornu.Input((3,)), cornu.Input((3,))]),
        ValueError,
        "a Sequential model has one input, but input_tensors has 2",
    ),
]


@pytest.mark.parametrize("call, error, words", WRONG)
def test_what_cannot_be_cloned_is_said(call, error, words):
    with pytest.raises(error, match=words):
        call()


def test_a_function_is_a_graph_to_be_called():
    a, b = cornu.Input((2,), name="a"), cornu.Input((2,), name="b")
    function = cornu.Function([a, b], {"sum": a + b}, name="adding")
    found = function([np.ones((1, 2), "float32"), np.full((1, 2), 2, "float32")])
    assert found["sum"].tolist() == [[3.0, 3.0]]
    assert [t.name for t in function.inputs] == ["a", "b"]
    assert function([cornu.Input((2,)), b])["sum"].shape == (None, 2)
    assert (function.name, len(function.operations)) == ("adding", 3)
    with pytest.raises(ValueError, match="The graph is not connected"):
        cornu.Function(a, a + b)


# -- scopes and policies ------------------------------------------------------------------------------


def test_within_a_stateless_scope_variables_have_other_values():
    import jax

    variable, other = cornu.Variable([1.0, 2.0]), cornu.Variable(3.0)

    def loss(value):
        with cornu.StatelessScope([(variable, value)], collect_losses=True) as scope:
            variable.assign(variable * 2)
            other.assign_add(1.0)
            scope.add_loss(0.5)
        return scope.get_current_value(variable).sum() + scope.get_current_value(other) + scope.losses[0]

    value, gradient = jax.jit(jax.value_and_grad(loss))(variable.value)
    assert (float(value), gradient.tolist()) == (2 * 3 + 4 + 0.5, [2.0, 2.0])
    assert (variable.numpy().tolist(), float(other)) == ([1.0, 2.0], 3.0)
    with cornu.StatelessScope() as scope:
        assert scope.get_current_value(other) is None


def test_wrong_states_are_named():
    variable = cornu.Variable([1.0, 2.0], name="w")
    with pytest.raises(ValueError, match=r'variable "w" has shape \(2,\), but its value \(3,\)'):
        cornu.StatelessScope([(variable, [1.0, 2.0, 3.0])])
    with pytest.raises(ValueError, match=r"pairs \(variable, value\), got 3"):
        cornu.StatelessScope([(3, 4)])
    with pytest.raises(ValueError, match="initialize_variables can only be True"):
        cornu.StatelessScope(initialize_variables=False)


def test_devices_by_name():
    for name in ("cpu", "CPU:0", "/cpu:0", cornu.ops.ones(1).device):
        with cornu.device(name):
            assert cornu.Variable(1.0).value.device.platform == "cpu"
    for name in ("tpu:0", "cpu:99", "cqu"):
        with pytest.raises(ValueError, match=f'There is no device "{name}"'), cornu.device(name):
            pass
    with pytest.raises(ValueError, match="device takes a name such as 'cpu:0', got 3"), cornu.device(3):
        pass


@pytest.mark.parity
def test_policies_have_the_names_and_arguments_of_keras():
    from tests.table_of_names import room

    found = room(keras().dtype_policies)
    assert (found.missing, found.different) == ([], {})
    policies = cornu.dtype_policies
    described = policies.serialize(policies.DTypePolicy("mixed_bfloat16"))
    theirs = keras().dtype_policies
    assert described == theirs.serialize(theirs.DTypePolicy("mixed_bfloat16"))
    assert policies.deserialize(described) == policies.get("mixed_bfloat16")


@pytest.mark.parametrize(
    "name", ["QuantizedDTypePolicy", "QuantizedFloat8DTypePolicy", "Int4DTypePolicy", "GPTQDTypePolicy"]
)
def test_quantization_is_said_to_be_missing(name):
    policies = cornu.dtype_policies
    with pytest.raises(NotBuiltYetError, match=f"{name} is not built yet: layers compute in floats"):
        getattr(policies, name)("int8", "float32")
    with pytest.raises(NotBuiltYetError, match="AWQDTypePolicy is not built yet"):
        policies.AWQDTypePolicy("awq")
    with pytest.raises(NotBuiltYetError, match=r"DTypePolicyMap is not built yet. Give each layer"):
        policies.DTypePolicyMap()
    with pytest.raises(TypeError, match="takes a DTypePolicy, got 'float32'"):
        policies.serialize("float32")
