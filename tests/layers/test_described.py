"""What layers and models tell about themselves, beside what Keras says."""

import keras
import numpy as np
import pytest

import cornu
from cornu.core.errors import NotBuiltYetError

X = np.ones((4, 3), "float32")


def holding(library):
    """A layer of the user's, with a layer and a metric inside."""

    class Holding(library.layers.Layer):
        def __init__(self):
            super().__init__(name="holding")
            self.dense = library.layers.Dense(1, name="dense")
            self.mean = library.metrics.Mean(name="mean")

        def call(self, x):
            self.mean.update_state(x)
            return self.dense(x)

    return Holding()


def told(library):
    """Paths, dtypes and metrics of layers, in words."""
    alone = library.layers.Dense(2, name="alone")
    before = alone.path
    alone.build((None, 3))
    inner = library.layers.Dense(1, name="inner")
    stack = library.Sequential([library.Input((3,)), inner], name="stack")
    outer = holding(library)
    outer(X)
    mixed = library.layers.Dense(1, dtype="mixed_bfloat16")
    return {
        "paths": [before, alone.path, inner.path, stack.path, outer.path, outer.dense.path],
        "metrics": [metric.name for metric in outer.metrics],
        "variables": [variable.path for variable in outer.metrics_variables],
        "dtypes": [alone.input_dtype, mixed.input_dtype],
        "others": [alone.supports_jit, alone.quantization_mode, alone.metrics],
    }


def test_paths_metrics_and_dtypes_are_those_of_keras():
    assert told(cornu) == told(keras)


@pytest.mark.parametrize("library", [cornu, keras])
def test_the_spec_of_an_output(library):
    layer = library.layers.Dense(2)
    spec = layer.compute_output_spec(library.KerasTensor((None, 3)))
    assert (tuple(spec.shape), spec.dtype) == ((None, 2), "float32")
    with pytest.raises(AttributeError):
        _ = layer.output  # no node was made
    out = layer.symbolic_call(library.KerasTensor((5, 3)))
    assert tuple(out.shape) == (5, 2)
    model = library.Sequential([library.Input((3,)), layer])
    assert tuple(model.compute_output_spec(library.KerasTensor((7, 3))).shape) == (7, 2)


def test_a_symbolic_call_on_arrays_says_what_to_write():
    with pytest.raises(TypeError, match=r"symbolic_call takes symbolic tensors. Write symbolic_call"):
        cornu.layers.Dense(2, name="d").symbolic_call(X)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda layer: layer.quantize("int8"), r"Dense.quantize: quantization is not built yet"),
        (lambda layer: layer.enable_lora(4), r"Dense.enable_lora: LoRA is not built yet"),
    ],
)
def test_stages_that_are_not_built_say_so(call, words):
    with pytest.raises(NotBuiltYetError, match=words):
        call(cornu.layers.Dense(2))


def fitted(library):
    """A model after an epoch."""
    inner = library.layers.Dense(1, name="inner", kernel_initializer="ones")
    model = library.Sequential([library.Input((3,)), inner], name="stack")
    plain = [model.loss if library is cornu else None, model.run_eagerly, model.steps_per_execution]
    model.compile("adam", "mse", metrics=["mae"], steps_per_execution=2)
    model.fit(X, np.zeros((4, 1)), verbose=0)
    return model, plain


def flat(tree, above=""):
    """The leaves of nested dicts, by path."""
    for name, value in tree.items():
        path = f"{above}/{name}"
        yield from flat(value, path) if isinstance(value, dict) else [(path, value)]


def test_the_tree_of_the_state_is_that_of_keras():
    ours, theirs = (dict(flat(fitted(library)[0].get_state_tree())) for library in (cornu, keras))
    kept = [path for path in theirs if not path.startswith("/metrics")]
    assert [path for path in ours if not path.startswith("/metrics")] == kept
    for path in kept:
        np.testing.assert_allclose(ours[path], theirs[path], rtol=1e-5, err_msg=path)


def test_the_tree_of_the_state_goes_back_in():
    model, plain = fitted(cornu)
    assert plain == [None, False, 1]
    assert (model.loss, model.jit_compile, model.steps_per_execution) == ("mse", True, 2)
    tree = model.get_state_tree("numpy_array")
    assert isinstance(tree["trainable_variables"]["stack"]["inner"]["kernel"], np.ndarray)
    predicted = model.predict(X, verbose=0)
    model.set_weights([np.zeros((3, 1)), np.zeros(1)])
    model.set_state_tree(tree)
    np.testing.assert_array_equal(model.predict(X, verbose=0), predicted)


@pytest.mark.parametrize(
    ("tree", "words"),
    [
        ({"trainable_variable": {}}, 'part .trainable_variable.*Did you mean "trainable_variables"'),
        (
            {"trainable_variables": {"stack": {"inner": {"bias": np.zeros(1), "kernal": X}}}},
            'no variable "stack/inner/kernal" .*Did you mean "stack/inner/kernel"',
        ),
        (
            {"trainable_variables": {"stack": {"inner": {"bias": np.ones(1), "kernel": X}}}},
            r'"stack/inner/kernel" has shape \(3, 1\), but the tree holds one of shape \(4, 3\)',
        ),
    ],
)
def test_a_wrong_tree_changes_nothing(tree, words):
    model, _ = fitted(cornu)
    before = model.get_weights()
    with pytest.raises(ValueError, match=words):
        model.set_state_tree(tree)
    for old, new in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)
    with pytest.raises(ValueError, match=r'value_format=.numpy.*Did you mean "numpy_array"'):
        model.get_state_tree("numpy")


def test_the_operations_of_a_graph():
    x = cornu.Input((3,), name="x")
    model = cornu.Model(x, cornu.ops.add(cornu.layers.Dense(1, name="d")(x), 1.0))
    assert [operation.name for operation in model.operations] == ["x", "d", "add"]


class Sum(cornu.callbacks.EarlyStopping):
    """Stops by a number made of two logs."""

    def get_monitor_value(self, logs):
        return logs["loss"] + logs["mae"]


def test_early_stopping_by_a_number_of_ones_own():
    model, _ = fitted(cornu)
    model.compile(cornu.optimizers.SGD(0.0), "mse", metrics=["mae"])
    stop = Sum(monitor="both", mode="min", patience=1)
    history = model.fit(X, np.zeros((4, 1)), epochs=9, verbose=0, callbacks=[stop])
    assert len(history.epoch) == 2
    assert stop.monitor_op is np.less
    assert cornu.callbacks.EarlyStopping("val_accuracy").monitor_op is np.greater
    assert cornu.callbacks.EarlyStopping("something").monitor_op is None


# What Keras's own machinery calls, or what belongs to stages that are not built.
MACHINERY = {
    *("add_variable", "call_signature_parameters", "rematerialized_call", "inner_loop", "single_state"),
    *("compute_loss_and_updates", "jax_state_sync", "variable_serialization_spec"),
    *("make_train_function", "make_test_function", "make_predict_function"),
    *("train_function", "test_function", "predict_function"),
    *("aggregation", "overwrite_with_gradient", "synchronization"),  # of replicas
    *("ragged", "ragged_rank", "record_history", "reshape", "row_splits_dtype", "sparse", "squeeze"),
    *("export", "get_quantization_layer_structure", "quantized_build", "quantized_call"),
    *("lora_alpha", "lora_enabled", "lora_rank", "quantization_config"),
    "fn",  # of a loss that is a class of its own here
}


def things(library):
    """Objects of many kinds, built."""
    layers = library.layers
    dense, memory = layers.Dense(2), layers.LSTM(2)
    dense.build((None, 3))
    memory.build((None, 4, 3))
    attention = layers.MultiHeadAttention(2, 4)
    attention.build((None, 4, 3), (None, 4, 3))
    model = library.Sequential([library.Input((3,)), layers.Dense(1)])
    model.compile("adam", "mse", metrics=["mae"])
    return {
        "Dense": dense,
        "LSTM": memory,
        "MultiHeadAttention": attention,
        "Sequential": model,
        "KerasTensor": library.KerasTensor((2, 3)),
        "Variable": library.Variable(1.0),
        "Mean": library.metrics.Mean(),
        "MeanSquaredError": library.losses.MeanSquaredError(),
        "EarlyStopping": library.callbacks.EarlyStopping(),
    }


@pytest.mark.parametrize("name", things(cornu))
def test_what_keras_tells_is_told(name):
    ours, theirs = things(cornu)[name], things(keras)[name]
    # Some have no value yet, and say why when they are asked.
    names = {name for name in dir(theirs) if not name.startswith("_")} - set(dir(ours))
    assert {name for name in names if not hasattr(ours, name)} - MACHINERY == set()
