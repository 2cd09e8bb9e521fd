"""What fit says to data and arguments that cannot be meant, and that nothing has changed then."""

import re

import jax.numpy as jnp
import numpy as np
import pandas as pd
import pytest
from scipy import sparse

import cornu
from cornu import layers
from cornu.core.errors import CornuWarning, NotBuiltYetError

RNG = np.random.default_rng(3)
X = RNG.normal(size=(64, 8)).astype("float32")
BITS = (X[:, 0] > 0).astype("float32")
LABELS = np.arange(64) % 3


def with_value(array, row, value):
    changed = array.copy()
    changed[row, ...] = value
    return changed


X_NAN = with_value(X, 7, np.nan)
WIDE_NAN = np.zeros((64, 20), "float32")
WIDE_NAN[7, 3] = np.nan
Y_INF = with_value(BITS, 9, np.inf)
RAGGED = [[1.0, 2.0], [3.0]] * 32
OBJECTS = np.empty(64, dtype=object)
OBJECTS[:] = RAGGED


def binary(loss="binary_crossentropy", activation="sigmoid", units=1, **compiling):
    model = cornu.Sequential(
        [
            layers.Dense(5, activation="relu", input_shape=(8,), name="hidden"),
            layers.Dense(units, activation=activation, name="last"),
        ]
    )
    model.compile(compiling.pop("optimizer", "adam"), loss, **compiling)
    return model


def three_classes(loss="sparse_categorical_crossentropy", activation="softmax"):
    return binary(loss, activation, units=3)


def regression(loss="mse", units=1, **compiling):
    return binary(loss, None, units, **compiling)


def two_outputs(loss="mse", **compiling):
    inputs = layers.Input((8,))
    outputs = [layers.Dense(1, name="left")(inputs), layers.Dense(2, name="right")(inputs)]
    model = cornu.Model(inputs, outputs)
    model.compile("sgd", loss, **compiling)
    return model


def two_inputs():
    inputs = [layers.Input((3,), name="left"), layers.Input((5,), name="right")]
    model = cornu.Model(inputs, [layers.Dense(1)(one) for one in inputs])
    model.compile("sgd", "mse")
    return model


PAIR = [BITS, X[:, :2]]
HALVES = {"left": X[:, :3], "right": X[:, 3:]}
ADAM = 'model.compile(optimizer="adam", loss="mse")'


def raising(y_true, y_pred):
    raise LookupError("mine")


# id: the model, the arguments of fit, the error, words of its message
ROWS = {
    "different lengths": (
        binary,
        {"x": X, "y": BITS[:50]},
        ValueError,
        "fit needs as many rows in each array, but x has 64, y has 50. "
        "Row i of y belongs to row i of x.",
    ),
    "different lengths of weights": (
        binary,
        {"x": X, "y": BITS, "sample_weight": BITS[:3]},
        ValueError,
        "sample_weight has 3",
    ),
    "a list of samples": (
        binary,
        {"x": list(X), "y": BITS},
        ValueError,
        "x[7] has 8, .... If x is a list of samples, make it one array: x = numpy.stack(x).",
    ),
    "a list of targets": (
        binary,
        {"x": X, "y": list(BITS[:, None])},
        ValueError,
        "y[6] has 1, .... If y is a list of samples, make it one array: y = numpy.stack(y).",
    ),
    "too few features": (
        binary,
        {"x": X[:, :7], "y": BITS},
        ValueError,
        'Dense layer "hidden" expects size 8 on the last axis, but got size 7: ',
    ),
    "what to write for too few features": (
        binary,
        {"x": X[:, :7], "y": BITS},
        ValueError,
        "build the model for this data: input_shape=(7,) (or Input((7,)))",
    ),
    "too few features to validate": (
        binary,
        {"x": X, "y": BITS, "validation_data": (X[:, :3], BITS)},
        ValueError,
        "expects size 8 on the last axis, but got size 3",
    ),
    "no x": (binary, {"x": None, "y": BITS}, ValueError, "fit got x=None, but needs data"),
    "no y": (
        binary,
        {"x": X},
        ValueError,
        'The loss "binary_crossentropy" needs targets for the output "last", but y holds none.',
    ),
    "labels from 1": (
        three_classes,
        {"x": X, "y": LABELS + 1},
        ValueError,
        "y holds the class 3, but the model's output has 3 units, for the classes 0 to 2. "
        "Number the classes from 0: y = y - 1.",
    ),
    "labels from -1": (
        three_classes,
        {"x": X, "y": LABELS - 1},
        ValueError,
        "y holds the class -1, but the model's output has 3 units, for the classes 0 to 2. "
        "Number the classes from 0: y = y + 1.",
    ),
    "labels with gaps": (
        three_classes,
        {"x": X, "y": LABELS * 3},
        ValueError,
        "y holds the class 6, but the model's output has 3 units, for the classes 0 to 2. "
        "Give the last layer 7 units, or number the classes from 0.",
    ),
    "labels to validate": (
        three_classes,
        {"x": X, "y": LABELS, "validation_data": (X, LABELS + 1)},
        ValueError,
        "y holds the class 3",
    ),
    "one-hot for a sparse loss": (
        three_classes,
        {"x": X, "y": np.eye(3)[LABELS]},
        ValueError,
        'The loss "sparse_categorical_crossentropy" wants whole-number classes of shape (samples,), '
        "but y has shape (64, 3): it looks one-hot. "
        'Use loss="categorical_crossentropy", or y = y.argmax(axis=-1).',
    ),
    "classes for a one-hot loss": (
        lambda: three_classes("categorical_crossentropy"),
        {"x": X, "y": LABELS},
        ValueError,
        'The loss "categorical_crossentropy" wants one column per class, shape (64, 3), but y has '
        "shape (64,): it looks like whole-number classes. Use "
        'loss="sparse_categorical_crossentropy", or y = cornu.utils.to_categorical(y, 3).',
    ),
    "real numbers for a sparse loss": (
        three_classes,
        {"x": X, "y": np.full(64, 0.25)},
        ValueError,
        'wants whole-number classes, but y holds 0.25. For a number to be predicted use loss="mse".',
    ),
    "classes -1 and 1": (
        binary,
        {"x": X, "y": 2 * BITS - 1},
        ValueError,
        'The loss "binary_crossentropy" wants targets from 0 to 1, but y goes from -1 to 1. '
        "Write the two classes as 0 and 1: y = (y + 1) / 2.",
    ),
    "classes 1 and 2": (binary, {"x": X, "y": BITS + 1}, ValueError, "as 0 and 1: y = y - 1."),
    "pixels": (binary, {"x": X, "y": BITS * 255}, ValueError, "but y goes from 0 to 255."),
    "strings": (
        three_classes,
        {"x": X, "y": np.array(["cat", "dog"] * 32)},
        ValueError,
        'y holds strings (the first is "cat"), but a network computes with numbers. Number the classes '
        "first:\n    classes, y = numpy.unique(y, return_inverse=True)",
    ),
    "a list of strings": (
        three_classes,
        {"x": X, "y": ["cat", "dog"] * 32},
        ValueError,
        'y holds strings (the first is "cat")',
    ),
    "NaN in x": (
        binary,
        {"x": X_NAN, "y": BITS},
        ValueError,
        "x holds NaN (first in row 7), which would make the loss NaN at once. Remove those rows or fill "
        "in the values, for instance\n    x = numpy.nan_to_num(x)",
    ),
    "NaN in a JAX array": (
        binary,
        {"x": jnp.asarray(X_NAN), "y": BITS},
        ValueError,
        "x holds NaN (first in row 7)",
    ),
    "infinity in y": (
        binary,
        {"x": X, "y": Y_INF},
        ValueError,
        "y holds an infinite value (first in row 9)",
    ),
    "NaN in validation data": (
        binary,
        {"x": X, "y": BITS, "validation_data": (X_NAN, BITS)},
        ValueError,
        "x of validation_data holds NaN (first in row 7)",
    ),
    "NaN in the rows that are split off": (
        binary,
        {"x": X_NAN[::-1], "y": BITS, "validation_split": 0.5},
        ValueError,
        "x holds NaN (first in row 56)",
    ),
    "NaN in weights": (
        binary,
        {"x": X, "y": BITS, "sample_weight": X_NAN[:, 0]},
        ValueError,
        "sample_weight holds NaN (first in row 7)",
    ),
    "an object array": (
        binary,
        {"x": OBJECTS, "y": BITS},
        ValueError,
        "x cannot become one array: its 64 rows have different lengths or types (lengths 2, 1, 2, ...). "
        "Fill them up with zeros before calling fit, and mask these, with Embedding(..., "
        'mask_zero=True) or Masking(): x = cornu.utils.pad_sequences(x, padding="post").',
    ),
    "a ragged list": (binary, {"x": RAGGED, "y": BITS}, ValueError, "(lengths 2, 1, 2, ...). Fill"),
    "things that are no numbers": (
        binary,
        {"x": [[1.0, None], [object(), 2.0]] * 32, "y": BITS},
        ValueError,
        "have different lengths or types (an object array of NoneType, float, object).",
    ),
    "no rows": (binary, {"x": X[:0], "y": BITS[:0]}, ValueError, "fit got no data: x has 0 rows."),
    "an empty list": (binary, {"x": [], "y": []}, ValueError, "fit got no data: x has 0 rows."),
    "a number for x": (
        binary,
        {"x": 1.0, "y": BITS},
        ValueError,
        "fit got a single number for x, but needs one row per sample.",
    ),
    "a number for y": (binary, {"x": X, "y": 1.0}, ValueError, "a single number for y"),
    "a path": (
        binary,
        {"x": "data.csv", "y": BITS},
        TypeError,
        "fit got x='data.csv', but needs an array. Load the file first.",
    ),
    "a generator of single rows": (
        binary,
        {"x": (row for row in X)},
        ValueError,
        "expects data of shape (None, 8), but got shape (8,). Rows of samples come first",
    ),
    "sparse targets": (
        binary,
        {"x": X, "y": sparse.csr_matrix(BITS[:, None])},
        TypeError,
        "fit got a sparse matrix (csr_matrix) for y, which only x may be. Make it an ordinary array: "
        "y = y.toarray().",
    ),
    "NaN in a sparse matrix": (
        binary,
        {"x": sparse.csr_matrix(WIDE_NAN), "y": BITS},
        ValueError,
        "holds NaN (first in row 7)",
    ),
    "complex numbers": (
        binary,
        {"x": X.astype("complex64"), "y": BITS},
        TypeError,
        "x holds values of type complex64, but a network computes with real numbers.",
    ),
    "dates": (
        binary,
        {"x": X, "y": np.array(["2020-01-01"] * 64, "datetime64[D]")},
        TypeError,
        "y holds values of type datetime64[D]",
    ),
    "a table with a column of strings": (
        binary,
        {"x": pd.DataFrame({"city": ["Rome"] * 64, "size": 1.0}), "y": BITS},
        ValueError,
        "x is a table whose columns city hold no numbers. Encode them first (for instance "
        "pandas.get_dummies(x, dtype=float)) or leave them out (x.drop(columns=['city'])).",
    ),
    "batch_size 0": (
        binary,
        {"x": X, "y": BITS, "batch_size": 0},
        ValueError,
        "batch_size must be a whole number of 1 or more, got batch_size=0.",
    ),
    "batch_size 2.5": (binary, {"x": X, "y": BITS, "batch_size": 2.5}, ValueError, "batch_size=2.5."),
    "batch_size '32'": (binary, {"x": X, "y": BITS, "batch_size": "32"}, ValueError, "batch_size='32'."),
    "epochs as text": (
        binary,
        {"x": X, "y": BITS, "epochs": "3"},
        ValueError,
        "epochs must be a whole number of 0 or more, got epochs='3'.",
    ),
    "epochs 2.5": (binary, {"x": X, "y": BITS, "epochs": 2.5}, ValueError, "got epochs=2.5."),
    "validation_freq 0": (
        binary,
        {"x": X, "y": BITS, "validation_freq": 0},
        ValueError,
        "validation_freq must be a whole number of 1 or more",
    ),
    "verbose 3": (
        binary,
        {"x": X, "y": BITS, "verbose": 3},
        ValueError,
        "verbose=3 must be 0 (silent), 1 (a bar), 2 (a line per epoch) or 'auto'.",
    ),
    "validation_split 1.5": (
        binary,
        {"x": X, "y": BITS, "validation_split": 1.5},
        ValueError,
        "validation_split=1.5 must be a fraction between 0 and 1: 0.2 keeps the last 20% of the rows "
        "for validation.",
    ),
    "validation_split of one row": (
        binary,
        {"x": X[:1], "y": BITS[:1], "validation_split": 0.5},
        ValueError,
        "validation_split=0.5 of 1 rows leaves one part empty. Use another fraction, or pass "
        "validation_data=(x_val, y_val).",
    ),
    "validation_data without y": (
        binary,
        {"x": X, "y": BITS, "validation_data": X},
        ValueError,
        "validation_data must be (x, y) or (x, y, sample_weight), got float32 array of shape (64, 8).",
    ),
    "validation_data of four": (
        binary,
        {"x": X, "y": BITS, "validation_data": (X, BITS, BITS, BITS)},
        ValueError,
        "got 4 entries.",
    ),
    "validation_data of different lengths": (
        binary,
        {"x": X, "y": BITS, "validation_data": (X, BITS[:3])},
        ValueError,
        "fit(validation_data=...) needs as many rows in each array, but x has 64, y has 3.",
    ),
    "class_weight with several outputs": (
        two_outputs,
        {"x": X, "y": PAIR, "class_weight": {0: 1.0}},
        ValueError,
        "class_weight={0: 1.0} does not say for which of the 2 outputs it is (left, right). Write a "
        "dict of weights for each, by name or in a list: class_weight={'left': {0: 1.0, 1: 5.0}}.",
    ),
    "class_weight and sample_weight": (
        binary,
        {"x": X, "y": BITS, "class_weight": {0: 1.0}, "sample_weight": BITS},
        ValueError,
        "Pass class_weight or sample_weight, not both: multiply them into sample_weight.",
    ),
    "class_weight by name": (
        binary,
        {"x": X, "y": BITS, "class_weight": {"cat": 1.0}},
        ValueError,
        "class_weight={'cat': 1.0}: the keys are classes, whole numbers from 0.",
    ),
    "class_weight as a list": (
        binary,
        {"x": X, "y": BITS, "class_weight": [1.0, 2.0]},
        ValueError,
        "class_weight must be a dict of classes and weights, got [1.0, 2.0]. "
        "Write for instance class_weight={0: 1.0, 1: 5.0}.",
    ),
    "weights of another shape": (
        binary,
        {"x": X, "y": BITS, "sample_weight": X},
        ValueError,
        "sample_weight has shape (32, 8), which does not fit values of shape (32,).",
    ),
    "a single y for two outputs": (
        two_outputs,
        {"x": X, "y": BITS},
        ValueError,
        "The model has 2 outputs (left, right), but y holds 1 array. "
        "Give one array of targets per output, as a list or a dict.",
    ),
    "two y for one output": (
        binary,
        {"x": X, "y": [BITS, BITS]},
        ValueError,
        "The model has 1 output (last), but y holds 2 arrays.",
    ),
    "a misspelt output": (
        two_outputs,
        {"x": X, "y": {"left": BITS, "rigth": X[:, :2]}},
        ValueError,
        'y names an output "rigth" that the model does not have. Did you mean "right"?',
    ),
    "an output without targets": (
        two_outputs,
        {"x": X, "y": {"left": BITS}},
        ValueError,
        'The loss "mse" needs targets for the output "right", but y holds none.',
    ),
    "a misspelt input": (
        two_inputs,
        {"x": {"left": X[:, :3], "rigth": X[:, 3:]}, "y": PAIR},
        ValueError,
        'The model has an input "right", but the dict it was called with has no such key: '
        'Did you mean "rigth"?',
    ),
    "one input of two": (
        two_inputs,
        {"x": X[:, :3], "y": PAIR},
        ValueError,
        "The model has 2 inputs (left, right), but was called with 1.",
    ),
    "five targets for one unit": (
        regression,
        {"x": X, "y": X[:, :5]},
        ValueError,
        "mean_squared_error: y_true has shape (32, 5) but y_pred has shape (32, 1); they must be equal. "
        "Give the last layer 5 units, or pass a y_true with 1 value per row.",
    ),
    "one target for five units": (
        lambda: regression(units=5),
        {"x": X, "y": BITS},
        ValueError,
        "y_true has shape (32,) but y_pred has shape (32, 5); they must be equal.",
    ),
    "a loss per row": (
        lambda: regression(cornu.losses.MeanSquaredError(reduction="none")),
        {"x": X, "y": BITS},
        ValueError,
        'The loss "mean_squared_error" gave an array of shape (32,), but training minimizes one number. '
        "Average it, for instance with jax.numpy.mean, or leave reduction='sum_over_batch_size'.",
    ),
    "no loss": (
        lambda: regression(None),
        {"x": X, "y": BITS},
        ValueError,
        "There is no loss to minimize: no output has one, and no layer adds one. "
        'Pass compile(loss="mse") or another loss, or call add_loss in a layer.',
    ),
    "three losses for two outputs": (
        lambda: two_outputs(["mse"] * 3),
        {"x": X, "y": PAIR},
        ValueError,
        "compile(loss=...) has 3 entries, but the model has 2 outputs (left, right). "
        "Write one entry per output (None for none).",
    ),
    "a loss for a misspelt output": (
        lambda: two_outputs({"left": "mse", "rigth": "mse"}),
        {"x": X, "y": PAIR},
        ValueError,
        'compile(loss=...) names an output "rigth" that the model does not have. Did you mean "right"?',
    ),
    "one loss weight for two outputs": (
        lambda: two_outputs(loss_weights=2.0),
        {"x": X, "y": PAIR},
        ValueError,
        "compile(loss_weights=...) needs one entry per output (left, right): a list or a dict.",
    ),
    "metrics of one output for two": (
        lambda: two_outputs(metrics=["mae"]),
        {"x": X, "y": PAIR},
        ValueError,
        "compile(metrics=...) has 1 entries, but the model has 2 outputs (left, right).",
    ),
}


@pytest.mark.parametrize("row", ROWS)
def test_fit_says_what_is_wrong_and_changes_nothing(row):
    make, arguments, error, words = ROWS[row]
    model = make()
    before = model.get_weights()
    with pytest.raises(error, match=re.escape(words)):
        model.fit(**{"verbose": 0, **arguments})
    for a, b in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("row", ["too few features", "NaN in x", "labels from 1", "different lengths"])
def test_after_an_error_the_model_can_be_trained(row):
    make, arguments, error, _ = ROWS[row]
    model = make()
    y = LABELS if make is three_classes else BITS
    with pytest.raises(error):
        model.fit(**arguments, verbose=0)
    before = model.get_weights()[0]
    model.fit(X, y, verbose=0)
    assert not np.array_equal(before, model.get_weights()[0])


# -- what was not compiled or built ----------------------------------------------------------------


@pytest.mark.parametrize("call", ["fit", "evaluate", "train_on_batch", "test_on_batch"])
def test_a_model_that_is_not_compiled_says_so(call):
    model = cornu.Sequential([layers.Dense(1)])
    message = (
        f"The model is not compiled, so {call} knows no loss. Write first, for instance:\n    {ADAM}"
    )
    with pytest.raises(RuntimeError, match=re.escape(message)):
        getattr(model, call)(X, BITS)


def test_a_model_that_is_not_compiled_predicts():
    assert cornu.Sequential([layers.Dense(1)]).predict(X, verbose=0).shape == (64, 1)


def test_a_model_that_is_not_built_is_built_by_fit():
    model = cornu.Sequential([layers.Dense(3), layers.Dense(1)])
    model.compile("sgd", "mse")
    model.fit(X, BITS, verbose=0)
    assert model.get_weights()[0].shape == (8, 3)


def test_a_model_without_layers_says_so():
    model = cornu.Sequential(name="mine")
    model.compile("sgd", "mse")
    with pytest.raises(ValueError, match=r'Sequential "mine" has no layers\. Add one first'):
        model.fit(X, BITS)


# -- names -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("action", "words"),
    [
        (
            lambda: binary("binary_crosentropy"),
            'Unknown loss "binary_crosentropy". Did you mean "binary_cr',
        ),
        (lambda: binary(optimizer="adm"), 'Unknown optimizer "adm". Did you mean "adam"?'),
        (lambda: binary(metrics=["acuracy"]), 'Unknown metric "acuracy". Did you mean "accuracy"?'),
        (lambda: binary(weighted_metrics=["mes"]), 'Unknown metric "mes". Did you mean'),
        (lambda: binary(activation="rleu"), 'Unknown activation "rleu". Did you mean "relu"?'),
        (lambda: binary(metrics="accuracy"), "compile(metrics=...) takes a list: metrics=['accuracy']."),
        (
            lambda: binary(steps_per_execution=0),
            "steps_per_execution must be a whole number above 0, got 0.",
        ),
    ],
)
def test_compile_names_what_it_does_not_know(action, words):
    with pytest.raises(ValueError, match=re.escape(words)):
        action()


# -- evaluate, predict, single batches -------------------------------------------------------------


@pytest.mark.parametrize("call", ["evaluate", "train_on_batch", "test_on_batch"])
def test_the_other_calls_check_rows_too(call):
    with pytest.raises(ValueError, match=f"{call} needs as many rows in each array"):
        getattr(binary(), call)(X, BITS[:3])


def test_evaluate_checks_values_and_labels():
    with pytest.raises(ValueError, match="x holds NaN"):
        binary().evaluate(X_NAN, BITS, verbose=0)
    with pytest.raises(ValueError, match="y holds the class 3"):
        three_classes().evaluate(X, LABELS + 1, verbose=0)


@pytest.mark.parametrize(
    ("x", "arguments", "words"),
    [
        (X[:, :7], {}, 'Dense layer "hidden" expects size 8 on the last axis, but got size 7'),
        (X[:0], {}, "predict got no data: x has 0 rows."),
        (None, {}, "predict got x=None"),
        (X, {"batch_size": 0}, "batch_size must be a whole number of 1 or more, got batch_size=0."),
        (X, {"batch_size": -3}, "got batch_size=-3."),
    ],
)
def test_predict_says_what_is_wrong(x, arguments, words):
    with pytest.raises(ValueError, match=re.escape(words)):
        binary().predict(x, verbose=0, **arguments)


def test_predict_computes_with_nan():
    found = binary().predict(X_NAN, verbose=0)[:, 0]
    assert np.flatnonzero(np.isnan(found)).tolist() == [7]


def test_whole_numbers_too_large_for_32_bits_stay_large():
    model = cornu.Sequential([layers.Flatten(input_shape=(1,))])
    assert model.predict(np.array([[2**40]]), verbose=0)[0, 0] == 2.0**40


# -- warnings about the last layer -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("make", "y", "words"),
    [
        (
            lambda: binary(activation="softmax"),
            BITS,
            'The output "last" is a softmax over one unit, which is always 1: nothing can be learnt. '
            'Use activation="sigmoid" with one unit and loss="binary_crossentropy", '
            "or one unit per class.",
        ),
        (
            lambda: binary(cornu.losses.BinaryCrossentropy(from_logits=True)),
            BITS,
            'The loss "binary_crossentropy" has from_logits=True, but the output "last" already goes '
            "through sigmoid, so the function would be applied twice. Leave from_logits out, or remove "
            "the last activation.",
        ),
        (
            lambda: three_classes(activation=None),
            LABELS,
            'The loss "sparse_categorical_crossentropy" expects probabilities, but the output "last" '
            "has no activation, so its values may be any number. "
            'Use activation="softmax" in the last layer, or the loss with from_logits=True.',
        ),
    ],
)
def test_a_last_activation_that_does_not_fit_the_loss_is_warned_of(make, y, words):
    model = make()
    with pytest.warns(CornuWarning, match=re.escape(words)) as caught:
        model.fit(X, y, verbose=0)
    assert caught[0].filename == __file__  # points at the user's line


@pytest.mark.parametrize(
    ("make", "y"),
    [
        (binary, BITS),
        (three_classes, LABELS),
        (lambda: three_classes(cornu.losses.SparseCategoricalCrossentropy(True), None), LABELS),
        (regression, BITS),
    ],
)
def test_a_last_activation_that_fits_is_not(make, y, recwarn):
    make().fit(X, y, verbose=0)
    assert not recwarn.list


# -- errors in code of the user's ------------------------------------------------------------------


def notes_of(model, error, y=BITS):
    with pytest.raises(error) as caught:
        model.fit(X, y, verbose=0)
    return "\n".join(getattr(caught.value, "__notes__", []))


def test_an_error_in_a_loss_tells_its_name_and_shapes():
    notes = notes_of(regression(raising), LookupError)
    assert 'while computing the loss "raising" of y_true of shape (32,), y_pred of (32, 1)' in notes


@pytest.mark.parametrize(
    "loss",
    [
        lambda y, p: jnp.mean(p) if jnp.mean(p) > 0 else jnp.mean(y),
        lambda y, p: float(jnp.mean(p)),
        lambda y, p: np.mean(np.asarray(p)),
    ],
    ids=["if", "float", "numpy"],
)
def test_a_loss_that_cannot_be_compiled_says_what_to_use(loss):
    notes = notes_of(regression(loss), Exception)
    assert "use jax.numpy in place of numpy, jax.numpy.where in place of `if`" in notes


def test_an_error_in_a_metric_tells_its_name():
    notes = notes_of(regression(metrics=[raising]), LookupError)
    assert 'while updating the metric "raising" (MeanMetricWrapper)' in notes


def test_an_error_in_a_layer_tells_the_way_to_it_and_the_shapes():
    class Bad(layers.Layer):
        ready = False

        def call(self, inputs):
            if self.ready:
                raise LookupError("mine")
            return inputs

    class Block(layers.Layer):
        def __init__(self):
            super().__init__(name="block")
            self.dense = layers.Dense(3)
            self.bad = Bad(name="bad")

        def call(self, inputs):
            return self.bad(self.dense(inputs))

    block = Block()
    model = cornu.Sequential([layers.Dense(5, input_shape=(8,)), block, layers.Dense(1)], name="net")
    model.compile("sgd", "mse")
    block.bad.ready = True
    notes = notes_of(model, LookupError)
    assert 'in Bad "bad", called with float32(32, 3)' in notes
    assert 'in Block "block", called with float32(32, 5)' in notes
    assert 'in Sequential "net", called with float32(32, 8)' in notes
    assert notes.index('"bad"') < notes.index('"block"') < notes.index('"net"')


@pytest.mark.parametrize(
    "call, arguments, error, words",
    [
        (
            "fit",
            {"nb_epochs": 3},
            TypeError,
            r'fit has no argument "nb_epochs". Did you mean "epochs"\?',
        ),
        ("evaluate", {"step": 3}, TypeError, r'evaluate has no argument "step". Did you mean "steps"'),
        ("predict", {"worker": 3}, TypeError, r'predict has no argument "worker". '),
        (
            "compile",
            {"metric": ["mae"]},
            TypeError,
            r'compile has no argument "metric". Did you mean "metrics"\?',
        ),
        (
            "compile",
            {"target_tensors": 1},
            NotBuiltYetError,
            r"compile\(target_tensors=...\) is not built",
        ),
    ],
)
def test_unknown_arguments_are_named_with_what_to_write(call, arguments, error, words):
    model = cornu.Sequential([cornu.layers.Dense(1, input_shape=(2,))])
    model.compile("sgd", "mse")
    data = () if call == "compile" else (np.ones((4, 2)),)
    with pytest.raises(error, match=words):
        getattr(model, call)(*data, **arguments)
