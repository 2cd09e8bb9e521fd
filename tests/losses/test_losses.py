"""What a loss is: own losses, laws, masks, errors."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cornu import losses
from cornu.core.errors import CornuWarning

CLASSES = [
    (losses.MeanSquaredError(), "real"),
    (losses.MeanAbsoluteError(), "real"),
    (losses.BinaryCrossentropy(), "real"),
    (losses.BinaryCrossentropy(from_logits=True), "real"),
    (losses.CategoricalCrossentropy(), "real"),
    (losses.CategoricalCrossentropy(from_logits=True), "real"),
    (losses.SparseCategoricalCrossentropy(), "class"),
    (losses.SparseCategoricalCrossentropy(from_logits=True, ignore_class=1), "class"),
]
IDS = [f"{type(loss).__name__}-{number}" for number, (loss, _) in enumerate(CLASSES)]


def batch(kind, rows=5):
    rng = np.random.default_rng(rows)
    y_pred = rng.uniform(0.1, 0.9, size=(rows, 3)).astype("float32")
    y_true = rng.integers(0, 3, size=rows) if kind == "class" else rng.random((rows, 3))
    return y_true, y_pred


@pytest.mark.parametrize(("loss", "kind"), CLASSES, ids=IDS)
def test_jit_equals_eager(loss, kind):
    y_true, y_pred = batch(kind)
    np.testing.assert_allclose(jax.jit(loss)(y_true, y_pred), loss(y_true, y_pred), rtol=1e-6)


@pytest.mark.parametrize(("loss", "kind"), CLASSES, ids=IDS)
def test_rows_are_on_their_own(loss, kind):
    assert loss.samplewise
    y_true, y_pred = batch(kind)
    whole = loss.call(y_true, y_pred)
    rows = [loss.call(y_true[i : i + 1], y_pred[i : i + 1])[0] for i in range(5)]
    np.testing.assert_allclose(whole, rows, rtol=1e-6)


@pytest.mark.parametrize("reduction", losses.loss.REDUCTIONS[:4])
@pytest.mark.parametrize(("loss", "kind"), CLASSES, ids=IDS)
def test_a_masked_row_is_absent(loss, kind, reduction):
    loss = type(loss)(**{**loss.get_config(), "reduction": reduction})
    y_true, y_pred = batch(kind)
    weights = np.array([1.0, 2.0, 0.5, 9.0, 9.0], "float32")
    mask = np.array([1, 1, 1, 0, 0], bool)
    for weight in (None, weights):
        kept = None if weight is None else weight[:3]
        expected = loss(y_true[:3], y_pred[:3], kept)
        np.testing.assert_allclose(loss(y_true, y_pred, weight, mask=mask), expected, rtol=1e-6)


def test_a_mask_of_rows_masks_their_positions():
    loss = losses.MeanSquaredError()
    y_true, y_pred = np.zeros((3, 2, 4)), np.random.default_rng(0).random((3, 2, 4))
    masked = loss(y_true, y_pred, mask=np.array([True, False, True]))
    assert float(masked) == pytest.approx(float(loss(y_true[::2], y_pred[::2])), rel=1e-6)


@settings(max_examples=15, deadline=None)
@given(st.lists(st.floats(0, 4, width=32), min_size=5, max_size=5))
def test_weights_are_linear(weights):
    loss = losses.MeanSquaredError(reduction="sum")
    y_true, y_pred = batch("real")
    each = [float(loss(y_true[i : i + 1], y_pred[i : i + 1])) for i in range(5)]
    total = float(loss(y_true, y_pred, np.array(weights, "float32")))
    assert total == pytest.approx(np.dot(each, weights), rel=1e-5, abs=1e-6)


def test_sum_over_batch_size_divides_by_the_number_of_losses_not_by_the_weights():
    loss = losses.MeanSquaredError()
    assert float(loss([[0.0], [0.0]], [[1.0], [3.0]], [2.0, 0.0])) == 1.0
    loss = losses.MeanSquaredError(reduction="mean_with_sample_weight")
    assert float(loss([[0.0], [0.0]], [[1.0], [3.0]], [3.0, 1.0])) == 3.0


def test_ignored_labels_are_not_counted():
    loss = losses.SparseCategoricalCrossentropy(ignore_class=-1)
    value = loss([0, -1, -1, -1], [[0.5, 0.5]] * 4)
    assert float(value) == pytest.approx(np.log(2), rel=1e-5)
    assert float(loss([-1], [[0.5, 0.5]])) == 0.0


def test_class_axis_in_the_middle():
    y_pred = np.random.default_rng(0).random((2, 4, 3))
    y_true = np.array([[0, 1, 3], [2, 2, 1]])
    middle = losses.SparseCategoricalCrossentropy(axis=1)(y_true, y_pred)
    last = losses.SparseCategoricalCrossentropy()(y_true, y_pred.transpose(0, 2, 1))
    assert float(middle) == pytest.approx(float(last), rel=1e-6)


def test_extreme_logits_stay_finite():
    x = jnp.array([[-1e4, 1e4, 0.0]])
    for labels in (np.zeros((1, 3)), np.ones((1, 3))):
        slope = jax.grad(lambda p, t=labels: losses.BinaryCrossentropy(True)(t, p))(x)
        assert np.isfinite(slope).all()
    assert float(losses.SparseCategoricalCrossentropy(True)([1], x)) == 0.0


class Coupled(losses.Loss):
    def call(self, y_true, y_pred):
        return (y_pred - y_true)[:, 0] - (y_pred - y_true).mean()


def test_own_loss():
    loss = Coupled(reduction="sum")
    assert loss.name.startswith("coupled")
    assert float(loss([[1], [2]], [[2], [4]])) == 0.0  # labels become floats
    assert not loss.samplewise
    assert loss.get_config() == {"name": loss.name, "reduction": "sum", "dtype": "float32"}
    described = losses.serialize(loss)
    assert isinstance(losses.deserialize(described, {"Coupled": Coupled}), Coupled)


def test_own_call_in_a_class_of_ours_gives_up_the_promise():
    class Mine(losses.MeanSquaredError):
        def call(self, y_true, y_pred):
            return y_pred - y_pred.mean()

    class Renamed(losses.MeanSquaredError):
        pass

    assert (Mine().samplewise, Renamed().samplewise) == (False, True)


def test_own_loss_over_structures():
    class Both(losses.Loss):
        def call(self, y_true, y_pred):
            return (y_pred["a"] - y_true[0]) ** 2 + (y_pred["b"] - y_true[1]) ** 2

    ones = np.ones(3)
    assert float(Both()((ones, 2 * ones), {"a": 3 * ones, "b": ones})) == 5.0


def power(y_true, y_pred, exponent=2):
    return jnp.mean((y_pred - y_true) ** exponent, axis=-1)


def test_function_as_loss():
    loss = losses.LossFunctionWrapper(power, name="power", exponent=4)
    assert float(loss([1.0, 1.0], [[3.0], [1.0]])) == 8.0
    assert not loss.treats_rows_alone(2)
    assert losses.LossFunctionWrapper(losses.mean_squared_error).treats_rows_alone(2)
    copy = losses.deserialize(losses.serialize(loss), {"power": power})
    assert copy.get_config() == loss.get_config()
    assert copy.fn is power


def test_function_of_ours_as_loss_is_saved_by_name():
    loss = losses.LossFunctionWrapper(losses.binary_crossentropy, from_logits=True)
    copy = losses.deserialize(losses.serialize(loss))
    assert copy.fn is losses.binary_crossentropy
    assert copy.get_config()["from_logits"] is True


def test_get():
    assert losses.get(None) is None
    assert losses.get("bce") is losses.binary_crossentropy
    assert losses.get(power) is power
    assert isinstance(losses.get(losses.MeanSquaredError), losses.MeanSquaredError)
    config = {"class_name": "BinaryCrossentropy", "config": {"from_logits": True}}
    assert losses.get(config).from_logits is True
    assert losses.deserialize("mse") is losses.mean_squared_error


def test_printed():
    assert repr(losses.MeanSquaredError()) == "<MeanSquaredError name=mean_squared_error>"


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (
            lambda: losses.get("mean_square_error"),
            'Unknown loss.*Did you mean "mean_squared_error"',
        ),
        (
            lambda: losses.MeanSquaredError(reduction="avg"),
            'Unknown reduction "avg".*sum_over_batch',
        ),
        (lambda: losses.MeanSquaredError(reduction=[]), r'Unknown reduction "\[\]"'),
        (
            lambda: losses.BinaryCrossentropy(label_smoothing=2),
            "label_smoothing must be a number from 0 to 1, but is 2.*label_smoothing=0.1",
        ),
        (
            lambda: losses.categorical_crossentropy([[1, 0]], [[1, 0]], label_smoothing=-1),
            "label_smoothing must be",
        ),
        (lambda: losses.CategoricalCrossentropy(axis=True), "axis must be a whole number.*axis=-1"),
        (lambda: losses.SparseCategoricalCrossentropy(axis="1"), "axis must be a whole number"),
    ],
)
def test_wrong_arguments(call, words):
    with pytest.raises(ValueError, match=words):
        call()


@pytest.mark.parametrize(
    ("name", "true", "pred", "words"),
    [
        (
            "mean_squared_error",
            (64, 5),
            (64, 1),
            r"mean_squared_error: y_true has shape \(64, 5\) but y_pred has shape \(64, 1\); they "
            "must be equal. Give the last layer 5 units, or pass a y_true with 1 value per row",
        ),
        ("mean_absolute_error", (4,), (4, 3), r"Pass a y_true of shape \(4, 3\), or change"),
        (
            "binary_crossentropy",
            (4, 1),
            (4, 3),
            "Give the last layer 1 units.*with 3 values per row",
        ),
        (
            "categorical_crossentropy",
            (4,),
            (4, 3),
            'class numbers: write "sparse_categorical_cross',
        ),
        ("categorical_crossentropy", (4, 1), (4, 3), r"to_categorical\(y_true, 3\)"),
        (
            "sparse_categorical_crossentropy",
            (4, 3),
            (4, 3),
            r"class numbers of shape \(4,\).*\(4, 3\).*looks one-hot: write \"categorical_crossent",
        ),
        ("sparse_categorical_crossentropy", (5,), (4, 3), "one class number for each row"),
        ("sparse_categorical_crossentropy", (), (), "y_pred is a single number; it needs an axis"),
    ],
)
def test_shapes_that_cannot_match(name, true, pred, words):
    with pytest.raises(ValueError, match=words):
        losses.get(name)(np.zeros(true), np.ones(pred, "float32"))


@pytest.mark.parametrize(
    ("losses_shape", "weights", "words"),
    [
        ((4,), (3,), r"shape \(3,\), which does not fit values of shape \(4,\).*one weight per"),
        ((4,), (4, 2), r"shape \(4, 2\), which does not fit values of shape \(4,\)"),
        (
            (4, 2),
            (4,),
            r"shape \(4,\), which.*To weight whole samples, write sample_weight\[:, None\]",
        ),
        (
            (4, 4),
            (4,),
            r"shape \(4,\), which.*To weight whole samples, write sample_weight\[:, None\]",
        ),
        ((4, 2), (4, 3), r"shape \(4, 3\), which.*or one per value, shape \(4, 2\)"),
    ],
)
def test_weights_that_do_not_fit(losses_shape, weights, words):
    loss = losses.MeanSquaredError()
    with pytest.raises(ValueError, match=f"mean_squared_error: sample_weight has {words}"):
        loss(np.zeros((*losses_shape, 3)), np.ones((*losses_shape, 3)), np.ones(weights))


def test_a_mask_that_does_not_fit():
    with pytest.raises(ValueError, match=r"mask of shape \(2,\) does not fit losses of shape \(3,\)"):
        losses.MeanSquaredError()(np.zeros((3, 1)), np.ones((3, 1)), mask=np.ones(2))


def test_a_single_class_is_warned_of():
    with pytest.warns(CornuWarning, match='always 0.*write loss="binary_crossentropy"'):
        losses.categorical_crossentropy(np.ones((3, 1)), np.ones((3, 1)))


def test_a_loss_without_call():
    with pytest.raises(NotImplementedError, match=r"Define call\(self, y_true, y_pred\)"):
        losses.Loss()([1.0], [2.0])


def test_a_wrapper_without_a_function():
    with pytest.raises(TypeError, match=r"needs a function .*fn='mse'.*losses.get\(name\)"):
        losses.LossFunctionWrapper("mse")


def primitives(jaxpr):
    """The number of operations, those inside calls included."""
    inner = [e.params.get("jaxpr") or e.params.get("call_jaxpr") for e in jaxpr.eqns]
    return sum(primitives(getattr(i, "jaxpr", i)) if i is not None else 1 for i in inner)


@pytest.mark.parametrize(
    ("loss", "kind", "most"),
    [
        (loss, kind, most)
        for (loss, kind), most in zip(CLASSES, [6, 6, 17, 14, 10, 14, 16, 29], strict=True)
    ],
    ids=IDS,
)
def test_programs_are_small(loss, kind, most):
    y_true, y_pred = batch(kind)
    traced = jax.make_jaxpr(loss)(jnp.asarray(y_true), jnp.asarray(y_pred))
    assert primitives(traced.jaxpr) <= most, traced
    assert "jit[" not in str(traced), "a nested call costs time to trace and compile"


def test_one_loss_for_a_whole_batch_has_nothing_to_mask():
    y_true, y_pred = batch("real")
    mask = np.array([1, 1, 0, 1, 0], bool)
    loss = losses.Dice()
    assert float(loss(y_true, y_pred, mask=mask)) == float(loss(y_true, y_pred))


def test_a_function_of_ones_own_may_mask_its_losses():
    """As `sparse_categorical_crossentropy` does for `ignore_class`, in a wrapper as in its class."""
    arguments = {"ignore_class": 1, "from_logits": True}
    y_true, y_pred = np.array([0, 1, 2, 1, 1]), batch("class")[1]
    wrapped = losses.LossFunctionWrapper(losses.sparse_categorical_crossentropy, **arguments)
    expected = losses.SparseCategoricalCrossentropy(from_logits=True)(y_true[::2][:2], y_pred[::2][:2])
    assert float(wrapped(y_true, y_pred)) == pytest.approx(float(expected), rel=1e-6)
    assert float(losses.SparseCategoricalCrossentropy(**arguments)(y_true, y_pred)) == float(
        wrapped(y_true, y_pred)
    )


OF_KERAS_2 = {
    "kullback_leibler_divergence": losses.kl_divergence,
    "logcosh": losses.log_cosh,
    "cosine_proximity": losses.cosine_similarity,
    "huber_loss": losses.huber,
}


@pytest.mark.parametrize("name", OF_KERAS_2)
def test_names_of_keras_2(name):
    assert losses.get(name) is OF_KERAS_2[name]
    if name != "huber_loss":
        assert getattr(losses, name) is OF_KERAS_2[name]


def test_reductions_of_tf_keras():
    names = losses.Reduction
    assert losses.Huber(reduction=names.AUTO).reduction == "sum_over_batch_size"
    assert losses.Huber(reduction=names.NONE)([[0.0]], [[1.0]]).shape == (1,)


def test_a_policy_is_a_dtype_of_losses():
    from cornu.core.policies import DTypePolicy

    assert losses.Hinge(dtype=DTypePolicy("mixed_float16")).dtype == "float16"


def test_losses_of_symbolic_tensors():
    """Each function is an op of the graph, and knows whether it mixes rows."""
    import cornu

    x, y = cornu.Input((4,)), cornu.Input((4,))
    for function in losses.functions.FUNCTIONS:
        if function.__name__ in ("categorical_generalized_cross_entropy", "ctc"):
            continue
        given = (x, y) if not function.__name__.startswith("sparse") else (cornu.Input(()), y)
        out = function(*given)
        assert out.shape == (None,), function.__name__
        assert out.node.operation.name.startswith(function.__name__)
    assert losses.dice(x, y).shape == ()
    model = cornu.Model([x, y], losses.huber(x, y, delta=0.5))
    found = model.predict([np.zeros((3, 4)), np.ones((3, 4))], verbose=0)
    np.testing.assert_allclose(found, 0.5 - 0.125)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: losses.CategoricalGeneralizedCrossEntropy(q=1), "q must be a number between 0 and 1"),
        (
            lambda: losses.categorical_generalized_cross_entropy([0], [[0.5, 0.5]], q="0.5"),
            "q must be a number between 0 and 1, but is '0.5'.*q=0.5",
        ),
        (
            lambda: losses.CategoricalGeneralizedCrossEntropy()(np.eye(2), np.eye(2)),
            r"looks one-hot: pass y_true.argmax\(axis=-1\)",
        ),
        (
            lambda: losses.circle(np.eye(3), np.ones((3, 2))),
            r"one class number per row; of one-hot rows take argmax\(axis=-1\)",
        ),
        (
            lambda: losses.ctc(np.ones((2, 3)), np.ones((2, 4))),
            r"ctc takes labels .* y_pred has shape \(2, 4\).*Fill up shorter sequences of labels with 0",
        ),
        (lambda: losses.BinaryFocalCrossentropy(label_smoothing=3), "label_smoothing must be"),
        (lambda: losses.CategoricalFocalCrossentropy(axis=True), "axis must be a whole number"),
        (lambda: losses.get("kl_divergense"), 'Did you mean "kl_divergence"'),
    ],
)
def test_wrong_arguments_of_other_losses(call, words):
    with pytest.raises(ValueError, match=words):
        call()


def test_circle_compares_with_other_embeddings():
    """Three samples against two references, worked out pair by pair."""
    labels, points = np.array([0, 1, 0]), np.array([[1.0, 0.0], [0.0, 1.0], [0.6, 0.8]])
    others, refs = np.array([0, 1]), np.array([[0.8, 0.6], [0.0, 1.0]])
    found = losses.circle(labels, points, others, refs, remove_diagonal=False, gamma=2.0, margin=0.25)
    expected = []
    for label, point in zip(labels, points, strict=True):
        d = 1 - refs @ point
        near = np.exp(-2 * (0.25 + d) * (0.25 - d))[others == label].sum()
        far = np.exp(2 * (1.25 - d) * (0.75 - d))[others != label].sum()
        expected.append(np.log1p(near * far))
    np.testing.assert_allclose(found, expected, rtol=1e-5)
