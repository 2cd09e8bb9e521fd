"""Programs kept whole: what is found again, by what it is told apart, and what is never kept."""

import json
import os
import subprocess
import sys
from pathlib import Path

import jax
import numpy as np
import pytest

import cornu
from cornu import layers
from cornu.training import fingerprint as fingerprints
from cornu.training import kept
from cornu.training.fingerprint import fingerprint

X = np.linspace(-1, 1, 44, dtype="float32").reshape(11, 4)
Y = (X.sum(axis=1, keepdims=True) > 0).astype("float32")


def network(units=3, **options):
    cornu.utils.set_random_seed(1)
    model = cornu.Sequential(
        [layers.Input((4,)), layers.Dense(units, "tanh"), layers.Dense(1, "sigmoid")]
    )
    model.compile(
        **{"optimizer": "adam", "loss": "binary_crossentropy", "metrics": ["accuracy"]} | options
    )
    return model


@pytest.fixture
def empty(tmp_path, monkeypatch):
    """A folder for programs that has none yet, and nothing in memory."""
    monkeypatch.setenv("CORNU_CACHE_DIR", str(tmp_path))
    kept._recent.clear()
    yield tmp_path / "whole"
    kept._recent.clear()


@pytest.fixture
def traced(monkeypatch):
    """How often code was traced for a program that is kept."""
    count = []
    real = kept.compile_ahead
    monkeypatch.setattr(kept, "compile_ahead", lambda *a, **k: count.append(1) or real(*a, **k))
    # The names of the module are looked at, too: what stands there now counts as known.
    monkeypatch.setattr(fingerprints, "_check", lambda thing: None)
    return count


SCRIPT = """
import json, sys
import numpy as np
import jax
names = []
jax.monitoring.register_event_duration_secs_listener(
    lambda event, seconds, **more: names.append(more.get("fun_name", ""))
    if event.endswith("jaxpr_trace_duration") else None
)
import cornu
cornu.utils.set_random_seed(3)
x = np.random.default_rng(0).normal(size=(50, 4)).astype("float32")
y = (x.sum(axis=1) > 0).astype("float32")
model = cornu.Sequential([
    cornu.layers.Dense(5, activation="relu", input_shape=(4,)),
    cornu.layers.Dropout(0.3),
    cornu.layers.BatchNormalization(),
    cornu.layers.Dense(1, activation="sigmoid"),
])
model.compile(optimizer="adam", loss="binary_crossentropy", metrics=["accuracy"])
history = model.fit(x, y, epochs=3, batch_size=8, validation_data=(x, y), verbose=0)
print(json.dumps({
    "traced": [name for name in names if name.startswith(("steps_", "_run"))],
    "history": history.history,
    "scores": model.evaluate(x, y, verbose=0),
    "outputs": model.predict(x[:3], verbose=0).tolist(),
}))
"""


def test_a_second_process_traces_nothing_and_ends_with_the_same_numbers(tmp_path):
    environment = {**os.environ, "CORNU_CACHE_DIR": str(tmp_path)}
    command = [sys.executable, "-c", SCRIPT]
    first, second = (
        json.loads(subprocess.run(command, env=environment, capture_output=True, check=True).stdout)
        for _ in range(2)
    )
    assert len(first.pop("traced")) >= 2
    assert second.pop("traced") == []
    assert first == second


def test_a_second_model_of_the_same_make_is_not_traced(empty, traced):
    first = network()
    one = first.fit(X, Y, epochs=2, batch_size=4, verbose=0)
    assert len(traced) == 1
    second = network()
    other = second.fit(X, Y, epochs=2, batch_size=4, verbose=0)
    assert len(traced) == 1
    assert one.history == other.history
    assert first.layers[0].name != second.layers[0].name  # names are in no program
    assert len(list(empty.iterdir())) == 1


def test_from_disk_as_from_memory(empty, traced):
    one = network().fit(X, Y, epochs=2, batch_size=4, verbose=0)
    kept._recent.clear()
    other = network().fit(X, Y, epochs=2, batch_size=4, verbose=0)
    assert len(traced) == 1
    assert one.history == other.history


@pytest.mark.parametrize("content", [b"", b"not a program", b"\x80\x04N."])
def test_a_damaged_file_is_made_anew(empty, traced, content):
    network().fit(X, Y, verbose=0)
    (file,) = empty.iterdir()
    file.write_bytes(content)
    kept._recent.clear()
    network().fit(X, Y, verbose=0)
    assert len(traced) == 2
    assert len(file.read_bytes()) > 1000


def test_a_folder_that_cannot_be_written_costs_nothing_but_time(tmp_path, monkeypatch, traced):
    (tmp_path / "file").write_text("in the way of a folder")
    monkeypatch.setenv("CORNU_CACHE_DIR", str(tmp_path / "file"))
    kept._recent.clear()
    assert len(network().fit(X, Y, verbose=0).history["loss"]) == 1


def test_files_of_others_are_not_read(empty, traced, monkeypatch):
    network().fit(X, Y, verbose=0)
    kept._recent.clear()
    monkeypatch.setattr(os, "getuid", lambda: os.stat("/").st_uid + 1)
    network().fit(X, Y, verbose=0)
    assert len(traced) == 2


def test_turned_off_nothing_is_kept(monkeypatch, tmp_path, traced):
    monkeypatch.setenv("CORNU_CACHE_DIR", "off")
    network().fit(X, Y, verbose=0)
    assert traced == []


def test_check_mode_finds_a_program_that_is_not_what_would_be_traced(empty, monkeypatch):
    monkeypatch.setenv(kept.CHECK, "1")
    network().fit(X, Y, batch_size=4, verbose=0)
    network().fit(X, Y, batch_size=4, verbose=0)  # the same: nothing to say
    monkeypatch.setattr(kept, "fingerprint", lambda *things: "the same for all")
    monkeypatch.setattr(fingerprints, "_check", lambda thing: None)
    network().fit(X, Y, batch_size=4, verbose=0)
    with pytest.raises(AssertionError, match="is not the one that would be traced now"):
        network(loss="mse").fit(X, Y, batch_size=4, verbose=0)


def test_check_mode_has_nothing_to_compare_with_a_program_that_was_kept_without_it(empty, monkeypatch):
    network().fit(X, Y, batch_size=4, verbose=0)
    monkeypatch.setenv(kept.CHECK, "1")
    network().fit(X, Y, batch_size=4, verbose=0)


def test_a_program_whose_tracing_warns_is_made_once_and_not_kept(empty, traced):
    frozen = network()
    for layer in frozen.layers:
        layer.trainable = False
    with pytest.warns(UserWarning, match="no trainable weights"):
        frozen.fit(X, Y, batch_size=4, verbose=0)
    frozen.fit(X, Y, batch_size=4, verbose=0)
    assert len(traced) == 1
    assert not empty.exists()


# ------------------------------------------------------------------------------------ fingerprints


def built(**options):
    model = network(**options)
    model.fit(X, Y, batch_size=4, verbose=0)
    return model


def test_names_seeds_and_values_do_not_count():
    one, other = built(), built()
    other.set_weights([w + 1 for w in other.get_weights()])
    other.optimizer.learning_rate = 0.5
    assert fingerprint(one) == fingerprint(other) is not None


CHANGES = {
    "width": lambda: built(units=4),
    "loss": lambda: built(loss="mse"),
    "loss argument": lambda: built(loss=cornu.losses.BinaryCrossentropy(label_smoothing=0.1)),
    "optimizer": lambda: built(optimizer="sgd"),
    "optimizer argument": lambda: built(optimizer=cornu.optimizers.Adam(beta_1=0.8)),
    "clipping": lambda: built(optimizer=cornu.optimizers.Adam(clipnorm=1.0)),
    "schedule": lambda: built(
        optimizer=cornu.optimizers.Adam(cornu.optimizers.schedules.CosineDecay(0.1, 100))
    ),
    "metric": lambda: built(metrics=["mae"]),
    "metric argument": lambda: built(metrics=[cornu.metrics.BinaryAccuracy("accuracy", threshold=0.4)]),
    "metric name": lambda: built(metrics=[cornu.metrics.BinaryAccuracy("other")]),
    "weighted": lambda: built(weighted_metrics=["accuracy"]),
}


@pytest.mark.parametrize("change", CHANGES)
def test_what_is_given_counts(change):
    found = fingerprint(CHANGES[change]())
    assert found is not None
    assert found != fingerprint(built())


def set_attribute(path, value):
    def change(model):
        *way, name = path.split(".")
        thing = model
        for step in way:
            thing = thing[int(step)] if step.isdigit() else getattr(thing, step)
        setattr(thing, name, value)

    return change


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("layers.0.trainable", False),
        ("layers.0.activation", cornu.activations.relu),
        ("layers.0.use_bias", False),
        ("layers.0.kernel_regularizer", cornu.regularizers.L2(0.1)),
        ("layers.0.kernel.constraint", cornu.constraints.NonNeg()),
        ("optimizer.beta_2", 0.9),
        ("objective.outputs.0.loss.reduction", "sum"),
    ],
)
def test_what_is_set_later_counts(path, value):
    model = built()
    before = fingerprint(model)
    set_attribute(path, value)(model)
    assert fingerprint(model) not in (before, None)


@pytest.mark.parametrize(
    "path", ["layers.0.activation", "layers.0.call", "layers.1.kernel_regularizer", "train_step"]
)
def test_code_of_the_users_has_no_fingerprint(path):
    model = built()
    set_attribute(path, lambda *given: given[0])(model)
    assert fingerprint(model) is None


@pytest.mark.parametrize("place", ["<stdin>", "<string>", "<ipython-input-1>", "/tmp/ipykernel_1/2.py"])
def test_code_that_is_typed_in_is_code_of_the_users(place):
    names = {}
    exec(compile("def mine(x): return x", place, "exec"), {"__name__": "__main__"}, names)
    assert fingerprint(layers.Activation(names["mine"])) is None


def test_settings_count():
    model = built()
    before = fingerprint(model)
    with jax.default_matmul_precision("float32"):
        assert fingerprint(model) != before
    cornu.config.set_epsilon(1e-3)
    try:
        assert fingerprint(model) != before
    finally:
        cornu.config.set_epsilon(1e-7)
    assert fingerprint(model) == before


def test_constants_count(monkeypatch, empty, traced):
    network().fit(X, Y, verbose=0)
    monkeypatch.setattr("cornu.training.loop.AHEAD", 7)
    network().fit(X, Y, verbose=0)
    assert len(traced) == 2


@pytest.mark.parametrize(
    "place", ["cornu.losses.functions.mean_squared_error", "cornu.layers.core.Dense.call"]
)
def test_with_code_of_anothers_in_place_of_ours_nothing_is_kept(monkeypatch, place):
    assert fingerprints.constants() is not None
    monkeypatch.setattr(place, lambda *given: given[0])
    assert fingerprints.constants() is None


def two_inputs(swapped):
    a, b = cornu.Input((2,)), cornu.Input((2,))
    joined = layers.Concatenate()([layers.Dense(2)(a), layers.Dense(2, "relu")(b)])
    return cornu.Model([b, a] if swapped else [a, b], joined)


def test_names_count_where_there_are_several_inputs():
    cornu.utils.clear_session(free_memory=False)
    one = fingerprint(two_inputs(False))
    cornu.utils.clear_session(free_memory=False)
    other = fingerprint(two_inputs(True))
    assert None not in (one, other)
    assert one != other


def test_shared_layers_differ_from_equal_ones():
    def twice(shared):
        x = cornu.Input((2,))
        first = layers.Dense(2)
        return cornu.Model(x, (first if shared else layers.Dense(2))(first(x)))

    assert fingerprint(twice(True)) != fingerprint(twice(False))


def test_arrays_that_are_constants_count():
    def spread(mean):
        return layers.Normalization(mean=mean, variance=1.0)

    assert fingerprint(spread(1.0)) == fingerprint(spread(1.0)) != fingerprint(spread(2.0))


def test_learnt_and_unlearnt_normalization_differ(empty):
    def scaled():
        return cornu.Sequential([layers.Input((4,)), layers.Normalization()])

    learnt = scaled()
    learnt.layers[0].adapt(X)
    learnt.predict(X, verbose=0)
    with pytest.raises(ValueError, match="Call adapt"):
        scaled().predict(X, verbose=0)


@pytest.mark.parametrize(
    "optimizer",
    [cornu.optimizers.Muon(), cornu.optimizers.AdamW()],
    ids=["its own rules about names", "names excluded from decay"],
)
def test_optimizers_that_go_by_names_have_none(optimizer):
    if isinstance(optimizer, cornu.optimizers.AdamW):
        optimizer.exclude_from_weight_decay(var_names=["bias"])
    assert fingerprint(network(optimizer=optimizer)) is None


def test_the_folder_is_the_users_alone(empty):
    network().fit(X, Y, verbose=0)
    assert Path(empty).stat().st_mode & 0o077 == 0
