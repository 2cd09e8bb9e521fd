"""Distillation: the losses against formulas and Keras, the training against one by hand."""

import jax
import jax.numpy as jnp
import keras
import numpy as np
import pytest

import cornu
from cornu import layers
from cornu.distillation import (
    DistillationLoss,
    Distiller,
    FeatureDistillation,
    LogitsDistillation,
)

RNG = np.random.default_rng(4)
X = RNG.normal(size=(10, 3)).astype("float32")
LABELS = RNG.integers(0, 4, 10)
TEACHER, STUDENT = (RNG.normal(size=(6, 4)).astype("float32") for _ in range(2))
PARTS = {"batch_size": 4, "epochs": 2, "shuffle": False, "verbose": 0}


def network(library=cornu, hidden="ones", name="code"):
    normal = library.initializers.RandomNormal
    start, top = ("ones", normal(seed=1)) if hidden == "ones" else (normal(seed=hidden), normal(seed=2))
    return library.Sequential(
        [
            library.Input((3,)),
            library.layers.Dense(2, name=name, kernel_initializer=start),
            library.layers.Dense(4, kernel_initializer=top, name="top"),
        ]
    )


@pytest.mark.parametrize("temperature", [1.0, 3.0])
def test_the_divergence_of_softened_probabilities(temperature):
    p, q = (jax.nn.softmax(z / temperature) for z in (TEACHER, STUDENT))
    expected = temperature**2 * np.mean(np.sum(p * (np.log(p) - np.log(q)), axis=-1))
    for loss in ("kl_divergence", "kld", cornu.losses.KLDivergence()):
        found = LogitsDistillation(temperature, loss).compute_loss(TEACHER, STUDENT)
        np.testing.assert_allclose(found, expected, rtol=1e-5)


@pytest.mark.parity
@pytest.mark.parametrize(
    ("kind", "ours", "theirs"),
    [
        ("LogitsDistillation", cornu.losses.KLDivergence(), keras.losses.KLDivergence()),
        ("LogitsDistillation", "mae", "mae"),
        ("FeatureDistillation", "mse", "mse"),
        ("FeatureDistillation", cornu.losses.Huber(0.1), keras.losses.Huber(0.1)),
    ],
)
def test_losses_are_those_of_keras(kind, ours, theirs):
    expected = getattr(keras.distillation, kind)(loss=theirs).compute_loss(TEACHER, STUDENT)
    found = getattr(cornu.distillation, kind)(loss=ours).compute_loss(TEACHER, STUDENT)
    np.testing.assert_allclose(found, expected, rtol=1e-5)


def test_structures_of_outputs():
    loss = FeatureDistillation(loss={"a": "mse", "b": None})
    teacher, student = {"a": TEACHER, "b": TEACHER}, {"a": STUDENT, "b": 0 * STUDENT}
    assert float(loss.compute_loss(teacher, student)) == pytest.approx(
        np.mean((TEACHER - STUDENT) ** 2), rel=1e-5
    )
    with pytest.raises(ValueError, match="must have outputs of the same structure"):
        loss.validate_outputs(teacher, [STUDENT])
    with pytest.raises(ValueError, match="There are 2 losses of distillation, but the teacher gives 1"):
        loss.compute_loss(TEACHER, STUDENT)


def test_training_is_the_sum_that_it_says():
    teacher, student = network(hidden=5), network()
    chosen = [LogitsDistillation(2.0), FeatureDistillation("mse", "code", "code")]
    model = Distiller(teacher, student, chosen, [1.0, 0.5], student_loss_weight=0.3)
    loss = cornu.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(cornu.optimizers.SGD(0.01), loss, metrics=["accuracy"])
    taught = [np.array(each) for each in teacher.get_weights()]

    def forward(weights, x):
        code = x @ weights[0] + weights[1]
        return code, code @ weights[2] + weights[3]

    def by_hand(weights, x, y):
        (code, z), (code_t, z_t) = forward(weights, x), forward(taught, x)
        known = -jnp.mean(jax.nn.log_softmax(z)[jnp.arange(len(y)), y])
        p = jax.nn.softmax(z_t / 2)
        soft = 4 * jnp.mean(jnp.sum(p * (jnp.log(p) - jax.nn.log_softmax(z / 2)), axis=-1))
        features = jnp.mean((code - code_t) ** 2)
        return 0.3 * known + 0.7 * (soft + 0.5 * features), known

    weights = [jnp.asarray(each) for each in student.get_weights()]
    step = jax.value_and_grad(by_hand, has_aux=True)
    for _ in range(2):
        sums = np.zeros(2)
        for i in (0, 4, 8):
            (total, known), slopes = step(weights, X[i : i + 4], LABELS[i : i + 4])
            weights = [w - 0.01 * slope for w, slope in zip(weights, slopes, strict=True)]
            sums += np.array([total, known]) * len(X[i : i + 4]) / len(X)
    logs = model.fit(X, LABELS, **PARTS).history
    np.testing.assert_allclose([logs["total_loss"][-1], logs["student_loss"][-1]], sums, rtol=1e-4)
    assert logs["loss"] == pytest.approx(logs["total_loss"])
    for mine, expected in zip(student.get_weights(), weights, strict=True):
        np.testing.assert_allclose(mine, expected, rtol=1e-4, atol=1e-6)
    for mine, expected in zip(teacher.get_weights(), taught, strict=True):
        np.testing.assert_array_equal(mine, expected)
    np.testing.assert_array_equal(model.predict(X, verbose=0), student.predict(X, verbose=0))


def test_a_student_may_learn_from_its_teacher_alone():
    model = Distiller(network(hidden=5), network(), LogitsDistillation(), student_loss_weight=0.0)
    model.compile("adam", "mse")
    logs = model.fit(X, **PARTS).history
    assert logs["student_loss"] == [0.0, 0.0]
    assert logs["loss"][1] < logs["loss"][0]


def test_configurations_and_files(tmp_path):
    chosen = [
        LogitsDistillation(2.0, "mae"),
        FeatureDistillation(cornu.losses.Huber(0.2), "code", "code"),
    ]
    model = Distiller(network(hidden=5), network(), chosen, [1.0, 0.5], student_loss_weight=0.3)
    model.compile("sgd", "mse")
    model.fit(X, TEACHER[[0] * 10], **PARTS)
    model.save(tmp_path / "d.keras")
    again = cornu.models.load_model(tmp_path / "d.keras")
    assert again.distillation_losses[0].temperature == 2.0
    assert again.distillation_losses[1].loss.delta == 0.2
    assert (again.student_loss_weight, again.distillation_loss_weights) == (0.3, [1.0, 0.5])
    np.testing.assert_array_equal(again.predict(X, verbose=0), model.predict(X, verbose=0))
    assert again.evaluate(X, TEACHER[[0] * 10], verbose=0) == pytest.approx(
        model.evaluate(X, TEACHER[[0] * 10], verbose=0)
    )


class Vague(DistillationLoss):
    pass


NARROW = cornu.Sequential([cornu.Input((3,)), layers.Dense(2, name="narrow")])


class Subclassed(cornu.Model):
    def call(self, x):
        return x


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: LogitsDistillation(0), "temperature must be a number above 0, but is 0"),
        (lambda: LogitsDistillation(loss=None), "LogitsDistillation needs a loss, but got loss=None"),
        (lambda: FeatureDistillation([None]), "FeatureDistillation needs a loss"),
        (lambda: LogitsDistillation(loss="kld_"), 'Did you mean "kld"'),
        (lambda: Distiller(None, network(), Vague()), "The teacher must be a model, but is None"),
        (lambda: Distiller(network(), NARROW, Vague()), r"outputs of the same shapes.*4\).*2\)"),
        (lambda: Distiller(network(), network(), ["mse"]), "holds 'mse', which is no DistillationLoss"),
        (
            lambda: Distiller(network(), network(), [Vague()], [1.0, 2.0]),
            "distillation_loss_weights has 2 entries for 1 losses",
        ),
        (
            lambda: Distiller(network(), network(), Vague(), student_loss_weight=2),
            "student_loss_weight must be a number from 0 to 1, but is 2",
        ),
        (
            lambda: Distiller(network(), network(), FeatureDistillation("mse", "cod", "code")),
            'In the teacher: There is no layer "cod". Did you mean "code"',
        ),
        (
            lambda: Distiller(Subclassed(), network(), FeatureDistillation("mse", "code", "code")),
            r"teacher_layer_name='code'\) needs a teacher that is a graph of layers",
        ),
        (
            lambda: FeatureDistillation().compute_loss(TEACHER, STUDENT[:, :2]),
            r"features have shape \(6, 4\), but the student's \(6, 2\). Add a Dense layer",
        ),
    ],
)
def test_what_cannot_be_distilled_is_refused(call, words):
    with pytest.raises(ValueError, match=words):
        call()


def test_a_loss_that_says_nothing():
    with pytest.raises(NotImplementedError, match="Define compute_loss"):
        Vague().compute_loss(TEACHER, STUDENT)
