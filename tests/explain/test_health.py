"""explain.health: constructed ailments are found with their numbers, and a healthy network has none."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import cornu
from cornu import explain, layers
from tests.explain.subjects import assert_golden

RNG = np.random.default_rng(1)
X = RNG.normal(size=(40, 3)).astype("float32")
Y = (X[:, 0] > 0).astype("float32")


def network(*parts, features=3, name="network"):
    cornu.utils.set_random_seed(0)
    return cornu.Sequential([cornu.Input((features,)), *parts], name=name)


def deep(activation, depth=8, initializer="glorot_uniform"):
    hidden = [
        layers.Dense(4, activation, kernel_initializer=initializer, name=f"h{n}") for n in range(depth)
    ]
    return network(*hidden, layers.Dense(1, name="out"))


def small(dead=0):
    """Two layers, of whose eight ReLU units so many are never above 0."""
    model = network(layers.Dense(8, "relu", name="hidden"), layers.Dense(1, "sigmoid", name="out"))
    kernel, bias = model.layers[0].get_weights()
    bias[:dead] = -1000.0
    model.layers[0].set_weights([kernel, bias])
    return model


def found(report, what):
    return [finding for finding in report.findings if finding.what == what]


def test_a_healthy_network_has_no_findings():
    report = explain.health(small(), X, Y, loss="binary_crossentropy")
    assert report
    assert report.findings == []
    assert str(report).startswith('Health of model "network": nothing found.')


@pytest.mark.parametrize(("dead", "serious"), [(2, False), (6, True)])
def test_the_share_of_dead_units(dead, serious):
    model = small(dead)
    kernel, bias = model.layers[0].get_weights()
    live = int((X @ kernel + bias > 0).any(axis=0).sum())
    report = explain.health(model, X, Y, loss="binary_crossentropy")
    (finding,) = found(report, "dead ReLUs")
    assert finding.numbers == {"share": (8 - live) / 8, "units": 8, "never": 8 - live}
    assert (8 - live, finding.layer, finding.serious) == (dead, "hidden", serious)
    assert report.healthy is not serious
    if serious:
        assert_golden("health_dead.txt", report)


def test_dead_maps_of_a_convolution_with_channels_first_and_in_a_class_of_ones_own():
    class Own(cornu.Model):
        def __init__(self):
            super().__init__(name="own")
            self.conv = layers.Conv2D(4, 3, data_format="channels_first", name="conv")
            self.relu = layers.ReLU(name="relu")
            self.flat, self.out = layers.Flatten(), layers.Dense(3, "softmax", name="out")

        def call(self, x):
            return self.out(self.flat(self.relu(self.conv(x))))

    model, x = Own(), RNG.normal(size=(6, 2, 5, 5)).astype("float32")
    model(x)
    model.conv.bias.assign([-99.0, -99.0, -99.0, 0.0])
    report = explain.health(model, x, np.array([0, 1, 2] * 2), loss="sparse_categorical_crossentropy")
    (finding,) = found(report, "dead ReLUs")
    assert (finding.layer, finding.numbers["never"], finding.numbers["units"]) == ("relu", 3, 4)


def test_gradient_norms_are_jaxs():
    model = small()
    (w, b), (v, c) = (layer.get_weights() for layer in model.layers)

    def loss(weights, shift):
        w, b, v, c = weights
        hidden = jnp.maximum(X @ w + b, 0) + shift
        return ((jax.nn.sigmoid(hidden @ v + c)[:, 0] - Y) ** 2).mean()

    of_weights, of_hidden = jax.grad(loss, argnums=(0, 1))((w, b, v, c), jnp.zeros((40, 8)))
    hidden, out = explain.health(model, X, Y, loss="mse").rows
    norms = [float(jnp.linalg.norm(g)) for g in of_weights]
    assert hidden["gradient"] == pytest.approx(np.hypot(norms[0], norms[1]), rel=1e-5)
    assert out["gradient"] == pytest.approx(np.hypot(norms[2], norms[3]), rel=1e-5)
    assert hidden["by_output"] == pytest.approx(float(jnp.linalg.norm(of_hidden)), rel=1e-5)
    assert hidden["weights"] == pytest.approx(np.sqrt((w**2).sum() + (b**2).sum()), rel=1e-5)
    assert hidden["ratio"] == pytest.approx(hidden["gradient"] / hidden["weights"])
    assert hidden["size"] == pytest.approx(np.sqrt((np.maximum(X @ w + b, 0) ** 2).mean()), rel=1e-5)


def test_vanishing_and_exploding_gradients():
    vanishing = explain.health(deep("sigmoid"), X, Y, loss="mse")
    (finding,) = found(vanishing, "vanishing gradients")
    assert finding.layer == "h0"
    rows = {row["name"]: row["by_output"] for row in vanishing.rows}
    assert finding.numbers["ratio"] == pytest.approx(rows["h0"] / rows["out"])
    exploding = explain.health(
        deep("linear", initializer=cornu.initializers.Constant(3.0)), X, Y, loss="mse"
    )
    assert found(exploding, "exploding gradients")[0].numbers["ratio"] > 1e3
    assert found(exploding, "large gradients")
    stopped = network(layers.Dense(2), layers.Dense(1), layers.Lambda(cornu.ops.stop_gradient))
    assert found(explain.health(stopped, X, Y, loss="mse"), "no gradient")
    assert not found(explain.health(deep("relu", 2), X, Y, loss="mse"), "vanishing gradients")


def test_saturated_units():
    model = network(layers.Dense(4, "tanh", name="hidden"), layers.Dense(1, name="out"))
    model.layers[0].set_weights([np.ones((3, 4)) * 100, np.zeros(4)])
    share = (np.abs(np.tanh(X.sum(axis=1) * 100)) > 0.98).mean()
    (finding,) = found(explain.health(model, X, Y, loss="mse"), "saturated")
    assert finding.numbers["share"] == pytest.approx(share, abs=1e-6)
    assert f"{share:.0%} of the outputs lie at the limits" in finding.text


def test_inputs():
    x = X * [1, 200, 1] + [0, 0, 0]
    x[:, 2] = 4.0
    report = explain.health(network(layers.Dense(1, name="out")), x, Y, loss="mse")
    (unscaled,), (constant,) = found(report, "unscaled inputs"), found(report, "constant features")
    assert unscaled.numbers["column"] == 1
    assert unscaled.numbers["size"] == pytest.approx(np.abs(x[:, 1]).mean(), rel=1e-5)
    assert constant.numbers == {"columns": [2]}
    assert not constant.serious
    images = RNG.integers(0, 256, (8, 4, 4, 1), dtype="uint8")
    parts = [layers.Conv2D(1, 3, name="conv"), layers.Flatten(), layers.Dense(1, name="out")]
    for first, count in (([], 1), ([layers.Rescaling(1 / 255)], 0)):
        model = cornu.Sequential([cornu.Input((4, 4, 1)), *first, *parts])
        unscaled = found(explain.health(model, images, Y[:8], loss="mse"), "unscaled inputs")
        assert len(unscaled) == count
    bad = X.copy()
    bad[3, 1] = np.nan
    report = explain.health(small(), bad, Y, loss="mse")
    assert (
        report.findings[0].text == "x holds NaN (first in row 3), which would make the loss NaN at once."
    )


CLASSES = np.arange(40) % 3
FITS = [
    ("sigmoid", "sparse_categorical_crossentropy", CLASSES, "of classes that exclude each other"),
    ("softmax", "mse", np.eye(3)[CLASSES], "measures the distance of numbers"),
    ("softmax", "binary_crossentropy", np.eye(3)[CLASSES], "asks of each unit by itself"),
    ("linear", "sparse_categorical_crossentropy", CLASSES, "has no activation"),
    ("relu", "categorical_crossentropy", np.eye(3)[CLASSES], "goes through relu"),
    (
        "softmax",
        cornu.losses.SparseCategoricalCrossentropy(from_logits=True),
        CLASSES,
        "has from_logits=True, but",
    ),
    ("softmax", "sparse_categorical_crossentropy", CLASSES, None),
    ("linear", cornu.losses.SparseCategoricalCrossentropy(from_logits=True), CLASSES, None),
    ("sigmoid", "binary_crossentropy", np.eye(3)[CLASSES], None),
    ("linear", "mse", np.eye(3)[CLASSES], None),
]


def test_a_loss_that_does_not_fit_the_last_layer():
    for activation, loss, y, words in FITS:
        last = layers.Dense(3, activation, name="out")
        findings = found(explain.health(network(last), X, y, loss=loss), "loss")
        assert len(findings) == (words is not None), (activation, loss)
        if words:
            assert words in findings[0].text
            assert findings[0].layer == "out"
            assert findings[0].advice
    single = network(layers.Dense(1, "softmax", name="out"))
    assert "always 1" in found(explain.health(single, X, Y, loss="binary_crossentropy"), "loss")[0].text


def test_targets():
    model = network(layers.Dense(3, "softmax", name="out"))
    loss = "sparse_categorical_crossentropy"
    wrong = explain.health(model, X, CLASSES + 1, loss=loss)
    assert wrong.findings[0].text.startswith("y holds the class 3, but the model's output has 3 units")
    assert wrong.findings[0].advice == "Number the classes from 0: y = y - 1."
    rare = np.zeros(40)
    rare[:2] = 1
    (finding,) = found(explain.health(small(), X, rare, loss="binary_crossentropy"), "imbalanced target")
    assert finding.numbers == {"counts": [38, 2]}
    assert "Class 0 is 38 of 40 targets (95%), class 1 2: always answering 0" in finding.text
    assert not finding.serious
    same = explain.health(small(), X, np.ones(40), loss="binary_crossentropy")
    assert found(same, "constant target")[0].text == "All 40 targets are class 1."
    (reach,) = found(explain.health(small(), X, Y * 5, loss="mse"), "targets out of reach")
    assert reach.text == (
        "Targets go from 0 to 5, but sigmoid gives numbers from 0 to 1: the others can never be met."
    )


def test_weights_and_gradients_that_are_no_numbers():
    model = small()
    model.layers[1].bias.assign([np.nan])
    (finding,) = explain.health(model, X, Y, loss="mse").findings
    assert finding.text == 'The weight "bias" of layer "out" (Dense) is NaN.'
    root = network(
        layers.Dense(1, name="d"), layers.Lambda(lambda t: cornu.ops.sqrt(t * 0.0), name="root")
    )
    root.compile(loss="mse")
    report = explain.health(root, X, Y)
    assert report.findings[0].what == "not finite"
    assert "the gradient of weight" in report.findings[0].text
    assert "add a small number inside" in report.findings[0].advice
    assert "is not finite" in explain.health(root, X, Y, loss="mse").findings[0].text


def test_several_outputs_and_a_loss_of_ones_own():
    x = cornu.Input((3,))
    hidden = layers.Dense(4, "tanh", name="hidden")(x)
    ends = [layers.Dense(1, name="age")(hidden), layers.Dense(3, "sigmoid", name="kind")(hidden)]
    model = cornu.Model(x, ends)
    model.compile(loss={"age": "mse", "kind": "sparse_categorical_crossentropy"})
    report = explain.health(model, X, {"age": Y, "kind": CLASSES})
    assert [finding.layer for finding in report.findings] == ["kind"]
    assert [row["name"] for row in report.rows] == ["hidden", "age", "kind"]

    class Own(cornu.Sequential):
        def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
            return cornu.ops.mean(y_pred**2)

    own = Own([cornu.Input((3,)), layers.Dense(1, name="out")])
    own.compile("sgd")
    report = explain.health(own, X, Y)
    assert report.loss == pytest.approx(float((own.predict(X, verbose=0) ** 2).mean()), rel=1e-5)


def test_rows_are_drawn_and_it_is_said(monkeypatch):
    model = small()
    report = explain.health(model, X, Y, loss="mse", rows=10, seed=3)
    assert "Layers were measured on 10 of 40 rows, drawn by chance." in str(report)
    rows = np.random.default_rng(3).permutation(40)[:10]
    assert report.loss == pytest.approx(
        ((model.predict(X[rows], verbose=0)[:, 0] - Y[rows]) ** 2).mean()
    )
    monkeypatch.setattr("cornu.explain.checkup.measures.NUMBERS", 9 * 7)
    assert "on 7 of 40 rows" in str(explain.health(model, X, Y, loss="mse"))


def test_nothing_of_the_model_changes_and_a_notebook_sees_a_table(tmp_path):
    model = network(
        layers.BatchNormalization(), layers.Dense(3, "relu"), layers.Dropout(0.5), layers.Dense(1)
    )
    before = [variable.numpy() for variable in model.variables]
    report = explain.health(model, X, np.zeros(40), loss="mse")
    for value, variable in zip(before, model.variables, strict=True):
        np.testing.assert_array_equal(value, variable.numpy())
    html = report._repr_html_()
    assert html.count("<table>") == 2
    assert "<th>gradient by output</th>" in html
    assert "<td>constant target</td>" in html
    report.save(tmp_path / "health.html")
    assert (tmp_path / "health.html").read_text() == html


def test_what_is_wrong_is_said():
    with pytest.raises(TypeError, match=r"explain\.health takes a model first, got 3"):
        explain.health(3, X, Y)
    with pytest.raises(ValueError, match="is not built"):
        explain.health(cornu.Sequential([layers.Dense(1)]), X, Y)
    with pytest.raises(ValueError, match=r'not compiled.*explain\.health\(model, x, y, loss="mse"\)'):
        explain.health(small(), X, Y)
    with pytest.raises(ValueError, match=r"x has 40 rows, but y has 39\. Give each sample one target"):
        explain.health(small(), X, Y[1:], loss="mse")
    with pytest.raises(ValueError, match=r"rows=0\): a whole number above 0"):
        explain.health(small(), X, Y, loss="mse", rows=0)
