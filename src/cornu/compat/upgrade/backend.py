"""The functions of Keras 2's backend, and how Keras 3 writes them.

`_x_` in a pattern stands for an argument, `ops.` and `random.` for those rooms of Keras.
"""

from __future__ import annotations

#: What `keras.backend` still has.
KEPT = frozenset(
    [
        "backend",
        "clear_session",
        "epsilon",
        "floatx",
        "get_uid",
        "image_data_format",
        "is_float_dtype",
        "is_int_dtype",
        "is_keras_tensor",
        "result_type",
        "set_epsilon",
        "set_floatx",
        "set_image_data_format",
        "standardize_dtype",
    ]
)

#: The same name and arguments in `keras.ops`.
_SAME = (
    "abs all any arange cast cos elu equal exp floor greater greater_equal "
    "less less_equal log logsumexp max maximum mean min minimum not_equal one_hot ones ones_like prod "
    "reshape round shape sigmoid sign sin softmax softplus softsign sqrt square squeeze stack std sum "
    "tanh tile transpose var zeros zeros_like"
)
#: Functions that are in `keras.ops` under this or another name, to be called in the same way.
FUNCTIONS = {
    **{f"backend.{name}": f"ops.{name}" for name in _SAME.split()},
    "backend.pow": "ops.power",
    "backend.clip": "ops.clip",
    "backend.dot": "ops.dot",
    "backend.permute_dimensions": "ops.transpose",
    "backend.stop_gradient": "ops.stop_gradient",
    "backend.reverse": "ops.flip",
    "backend.random_normal": "random.normal",
    "backend.random_uniform": "random.uniform",
    "backend.truncated_normal": "random.truncated_normal",
}
#: Arguments that are called otherwise there.
ARGUMENTS = {
    "random.normal": {"std": "stddev"},
    "random.uniform": {"low": "minval", "high": "maxval"},
    "ops.clip": {"min_value": "x_min", "max_value": "x_max"},
    "ops.power": {"x": "x1", "a": "x2"},
    "ops.transpose": {"pattern": "axes"},
    "ops.flip": {"axes": "axis"},
    "ops.dot": {"x": "x1", "y": "x2"},
    "ops.tile": {"n": "repeats"},
    "ops.one_hot": {"indices": "x"},
    **{
        f"ops.{name}": {"x": "x1", "y": "x2"}
        for name in [
            "equal",
            "not_equal",
            "greater",
            "greater_equal",
            "less",
            "less_equal",
            "maximum",
            "minimum",
        ]
    },
}

#: The parameters with their defaults (None: has to be given), and what the call becomes.
PATTERNS: dict[str, tuple[dict[str, str | None], str]] = {
    "set_value": ({"x": None, "value": None}, "_x_.assign(_value_)"),
    "get_value": ({"x": None}, "ops.convert_to_numpy(_x_)"),
    "eval": ({"x": None}, "ops.convert_to_numpy(_x_)"),
    "update": ({"x": None, "new_x": None}, "_x_.assign(_new_x_)"),
    "update_add": ({"x": None, "increment": None}, "_x_.assign_add(_increment_)"),
    "update_sub": ({"x": None, "decrement": None}, "_x_.assign_sub(_decrement_)"),
    "int_shape": ({"x": None}, "_x_.shape"),
    "ndim": ({"x": None}, "len(_x_.shape)"),
    "dtype": ({"x": None}, "_x_.dtype"),
    "constant": ({"value": None, "dtype": "None"}, "ops.convert_to_tensor(_value_, dtype=_dtype_)"),
    "cast_to_floatx": ({"x": None}, "ops.convert_to_numpy(_x_).astype(_K_.floatx())"),
    "flatten": ({"x": None}, "ops.reshape(_x_, (-1,))"),
    "batch_flatten": ({"x": None}, "ops.reshape(_x_, (ops.shape(_x_)[0], -1))"),
    "concatenate": ({"tensors": None, "axis": "-1"}, "ops.concatenate(_tensors_, axis=_axis_)"),
    "expand_dims": ({"x": None, "axis": "-1"}, "ops.expand_dims(_x_, axis=_axis_)"),
    "argmax": ({"x": None, "axis": "-1"}, "ops.argmax(_x_, axis=_axis_)"),
    "argmin": ({"x": None, "axis": "-1"}, "ops.argmin(_x_, axis=_axis_)"),
    "cumsum": ({"x": None, "axis": "0"}, "ops.cumsum(_x_, axis=_axis_)"),
    "cumprod": ({"x": None, "axis": "0"}, "ops.cumprod(_x_, axis=_axis_)"),
    "relu": ({"x": None}, "ops.relu(_x_)"),
    "eye": ({"size": None}, "ops.eye(_size_)"),
    "repeat_elements": (
        {"x": None, "rep": None, "axis": None},
        "ops.repeat(_x_, _rep_, axis=_axis_)",
    ),
    "repeat": ({"x": None, "n": None}, "ops.repeat(ops.expand_dims(_x_, axis=1), _n_, axis=1)"),
    "gather": ({"reference": None, "indices": None}, "ops.take(_reference_, _indices_, axis=0)"),
    "l2_normalize": ({"x": None, "axis": "-1"}, "ops.normalize(_x_, axis=_axis_, order=2)"),
    "hard_sigmoid": ({"x": None}, "ops.clip(0.2 * _x_ + 0.5, 0.0, 1.0)"),
    "dropout": ({"x": None, "level": None}, "random.dropout(_x_, _level_)"),
    "categorical_crossentropy": (
        {"target": None, "output": None, "from_logits": "False"},
        "ops.categorical_crossentropy(_target_, _output_, from_logits=_from_logits_)",
    ),
    "sparse_categorical_crossentropy": (
        {"target": None, "output": None, "from_logits": "False"},
        "ops.sparse_categorical_crossentropy(_target_, _output_, from_logits=_from_logits_)",
    ),
    "binary_crossentropy": (
        {"target": None, "output": None, "from_logits": "False"},
        "ops.binary_crossentropy(_target_, _output_, from_logits=_from_logits_)",
    ),
}
SEED = (
    "in compiled code on JAX this needs seed=generator: a keras.random.SeedGenerator, made once outside"
)
_MODEL = "keras.Model(inputs, outputs) gives inner values"
#: Functions that no single expression replaces, and what to do.
ADVICE = {
    "function": f"there is no K.function: {_MODEL}, keras.ops compute with them",
    "gradients": "there is no K.gradients: differentiate a function with the backend (jax.grad)",
    "get_session": "there are no sessions: call the model, or predict",
    "set_session": "there are no sessions: delete this",
    "learning_phase": "there is no learning phase: call(self, x, training=False) is told",
    "set_learning_phase": "there is no learning phase: pass training=True or False to the call",
    "in_train_phase": "use the training argument of call: x if training else alt",
    "in_test_phase": "use the training argument of call: alt if training else x",
    "switch": "write keras.ops.cond(condition, f, g) for functions, keras.ops.where for tensors",
    "batch_dot": "write keras.ops.einsum or keras.ops.matmul, with the axes of this product",
    "variable": "write keras.Variable(value)",
    "placeholder": "write keras.Input(shape)",
    "rnn": "write keras.ops.scan, or a cell in keras.layers.RNN",
    "image_dim_ordering": 'write K.image_data_format(): "channels_first" is "th", "channels_last" "tf"',
    "set_image_dim_ordering": 'write K.set_image_data_format("channels_first") for "th"',
}
OTHER = "keras.backend has no {name} today: look in keras.ops"
