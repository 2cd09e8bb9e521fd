"""What is in a file, whose hooks are asked, and what comes back."""

import io
import json
import zipfile

import h5py
import numpy as np
import pytest

import cornu
from cornu.core.errors import CornuWarning, NotBuiltYetError

X = np.random.default_rng(1).normal(size=(8, 4)).astype("float32")
Y = X[:, :1] * 2


def arrays_of(path):
    """Places and shapes of what a file holds."""
    found = {}
    source = path
    if path.suffix == ".keras":
        with zipfile.ZipFile(path) as archive:
            source = io.BytesIO(archive.read("model.weights.h5"))
    with h5py.File(source) as file:
        file.visititems(lambda n, o: found.update({n: o.shape}) if hasattr(o, "shape") else None)
    return found


def config_of(path):
    with zipfile.ZipFile(path) as archive:
        return json.loads(archive.read("config.json"))


def stack(**compiled):
    cornu.utils.clear_session(free_memory=False)
    cornu.utils.set_random_seed(1)
    layers = [cornu.layers.Dense(3, activation="relu"), cornu.layers.Dropout(0.5), cornu.layers.Dense(1)]
    model = cornu.Sequential([cornu.Input((4,)), *layers])
    if compiled:
        model.compile(**compiled)
    return model


def same(one, other, x=X):
    np.testing.assert_array_equal(one.predict(x, verbose=0), other.predict(x, verbose=0))


def test_a_file_is_laid_out_as_keras_does(tmp_path):
    model = stack(optimizer="adam", loss="mse")
    model.fit(X, Y, verbose=0)
    model.save(tmp_path / "a.keras")
    with zipfile.ZipFile(tmp_path / "a.keras") as archive:
        assert archive.namelist() == ["metadata.json", "config.json", "model.weights.h5"]
        assert json.loads(archive.read("metadata.json"))["keras_version"].startswith("3.")
    places = arrays_of(tmp_path / "a.keras")
    assert places["layers/dense/vars/0"] == (4, 3)
    assert places["layers/dense_1/vars/1"] == (1,)
    assert places["optimizer/vars/0"] == ()
    assert len([p for p in places if p.startswith("optimizer/")]) == 2 + 2 * 4
    config = config_of(tmp_path / "a.keras")
    assert config["class_name"] == "Sequential"
    assert config["build_config"] == {"input_shape": [None, 4]}
    assert config["compile_config"]["loss"] == "mse"
    assert config["compile_config"]["optimizer"]["module"] == "keras.optimizers"


def test_chance_goes_on_where_it_was(tmp_path):
    """Dropout included, the epochs after loading are those that would have come."""
    model = stack(optimizer=cornu.optimizers.Adam(0.01), loss="mse", metrics=["mae"])
    model.fit(X, Y, epochs=2, verbose=0, shuffle=False)
    model.save(tmp_path / "a.keras")
    loaded = cornu.models.load_model(tmp_path / "a.keras")
    ours, theirs = (m.fit(X, Y, epochs=5, verbose=0, shuffle=False).history for m in (model, loaded))
    assert ours == theirs
    assert set(ours) == {"loss", "mae"}


def test_weights_alone(tmp_path):
    model = stack(optimizer="adam", loss="mse")
    model.fit(X, Y, verbose=0)
    model.save_weights(tmp_path / "a.weights.h5")
    other = stack()
    other.load_weights(tmp_path / "a.weights.h5")
    same(model, other)
    model.fit(X, Y, verbose=0)
    model.load_weights(str(tmp_path / "a.weights.h5"))  # with the optimizer's state
    assert int(model.optimizer.iterations) == 1
    model.save(tmp_path / "a.keras")
    again = stack()
    cornu.saving.load_weights(again, tmp_path / "a.keras")
    same(model, again)


def test_compile_is_left_out_on_request(tmp_path):
    model = stack(optimizer="adam", loss="mse")
    model.fit(X, Y, verbose=0)
    model.save(tmp_path / "a.keras")
    assert not cornu.models.load_model(tmp_path / "a.keras", compile=False).compiled
    model.save(tmp_path / "a.keras", include_optimizer=False)
    assert not any(place.startswith("optimizer") for place in arrays_of(tmp_path / "a.keras"))
    assert not cornu.models.load_model(tmp_path / "a.keras").compiled


@pytest.mark.parametrize(
    "given",
    [
        {
            "loss": cornu.losses.MeanAbsoluteError(reduction="sum"),
            "metrics": [cornu.metrics.MeanAbsoluteError(name="e")],
        },
        {"loss": "mae", "weighted_metrics": ["mse"], "steps_per_execution": 3},
        {"loss": cornu.losses.mean_squared_error, "run_eagerly": True},
        {"loss": {"dense_1": "mse"}, "loss_weights": {"dense_1": 0.5}},
    ],
)
def test_how_a_model_is_compiled_comes_back(given, tmp_path):
    schedule = cornu.optimizers.schedules.ExponentialDecay(0.1, 2, 0.5)
    model = stack(optimizer=cornu.optimizers.SGD(schedule, momentum=0.9, clipnorm=1.0), **given)
    model.train_on_batch(X, Y)
    model.save(tmp_path / "a.keras")
    loaded = cornu.models.load_model(tmp_path / "a.keras")
    assert loaded.get_compile_config() == model.get_compile_config()
    assert loaded.train_on_batch(X, Y) == model.train_on_batch(X, Y)
    assert loaded.steps_per_execution == given.get("steps_per_execution", 1)
    assert loaded.run_eagerly == given.get("run_eagerly", False)


def test_loss_scaling_goes_on(tmp_path):
    inner = cornu.optimizers.SGD(0.1, momentum=0.9)
    model = stack(optimizer=cornu.optimizers.LossScaleOptimizer(inner, 8.0, 2), loss="mse")
    for _ in range(3):
        model.train_on_batch(X, Y)
    assert float(model.optimizer.dynamic_scale) == 16.0
    model.save(tmp_path / "a.keras")
    loaded = cornu.models.load_model(tmp_path / "a.keras")
    values = [np.asarray(v) for v in loaded.optimizer.variables]
    for value, variable in zip(values, model.optimizer.variables, strict=True):
        np.testing.assert_array_equal(value, variable)
    assert arrays_of(tmp_path / "a.keras")["optimizer/inner_optimizer/vars/2"] == (4, 3)


def test_frozen_layers_stay_frozen(tmp_path):
    model = stack()
    model.layers[0].trainable = False
    model.save(tmp_path / "a.keras")
    loaded = cornu.models.load_model(tmp_path / "a.keras")
    assert [layer.trainable for layer in loaded.layers] == [False, True, True]
    x = cornu.Input((4,))
    outer = cornu.Model(x, cornu.layers.Dense(1)(model(x)))
    outer.save(tmp_path / "b.keras")
    loaded = cornu.models.load_model(tmp_path / "b.keras")
    assert [w.path for w in loaded.trainable_weights] == [w.path for w in outer.trainable_weights]


def test_a_model_that_never_trained_loads_without_a_word(tmp_path):
    stack(optimizer="adam", loss="mse").save(tmp_path / "a.keras")
    loaded = cornu.models.load_model(tmp_path / "a.keras")
    assert loaded.optimizer.built
    assert int(loaded.optimizer.iterations) == 0


@pytest.mark.parametrize("policy", ["mixed_bfloat16", "mixed_float16"])
def test_dtype_policies(policy, tmp_path):
    x = cornu.Input((4,))
    dense = cornu.layers.Dense(3, dtype=policy)
    model = cornu.Sequential([x, dense, cornu.layers.Dense(1, dtype=policy)])
    model.save(tmp_path / "a.keras")
    loaded = cornu.models.load_model(tmp_path / "a.keras")
    assert [layer.dtype_policy.name for layer in loaded.layers] == [policy] * 2
    same(model, loaded)


# ------------------------------------------------------------------------- what is said of training


def told(k):
    """Layers that are told whether they train, and layers that are not."""
    x = k.Input((4,))
    silent, never, always = (
        k.layers.Dropout(0.5, seed=1, name=n) for n in ("silent", "never", "always")
    )
    outputs = [silent(x), never(x, training=False), always(x, training=True)]
    return k.Model(x, [*outputs, k.layers.BatchNormalization(name="norm")(x, training=False)])


def dropped(model):
    """For each output of `told`, whether it is not its input, while training and while not."""
    return [
        [not np.allclose(output, X, atol=1e-2) for output in model(X, training=training)]
        for training in (True, False)
    ]


def test_what_a_call_says_of_training_comes_back(tmp_path):
    model = told(cornu)
    model.save(tmp_path / "a.keras")
    loaded = cornu.models.load_model(tmp_path / "a.keras")
    assert dropped(loaded) == dropped(model)
    assert dropped(model) == [[True, False, True, False], [False, False, True, False]]


@pytest.mark.parity
def test_what_keras_notes_of_training_is_not_taken_for_what_the_user_says(tmp_path):
    """It notes the default, False, in every call of a Dropout."""
    import keras

    told(keras).save(tmp_path / "a.keras")
    loaded = cornu.models.load_model(tmp_path / "a.keras")
    assert dropped(loaded) == [[True, True, True, False], [False, False, True, False]]
    told(cornu).save(tmp_path / "b.keras")
    np.testing.assert_allclose(keras.models.load_model(tmp_path / "b.keras")(X)[0], X)


@pytest.mark.parity
def test_a_function_that_is_not_known_is_named():
    config = cornu.Model((x := cornu.Input((4,))), cornu.ops.erfinv(x)).get_config()
    config["layers"][1]["class_name"] = "Erfonv"
    with pytest.raises(NotBuiltYetError, match=r"calls keras.ops.erfonv on symbolic tensors"):
        cornu.Model.from_config(config)


# ------------------------------------------------------------------------------ classes of the user's


class Scale(cornu.layers.Layer):
    """A layer with every hook."""

    calls: list = []  # noqa: RUF012

    def __init__(self, factor=2.0, **kwargs):
        super().__init__(**kwargs)
        self.factor = factor
        self.words = None

    def build(self, input_shape):
        self.scale = self.add_weight((input_shape[-1],), "ones", name="scale")

    def call(self, inputs):
        return inputs * self.scale * self.factor

    def save_own_variables(self, store):
        super().save_own_variables(store)
        store["extra"] = np.array([1, 2, 3])
        assert "extra" in store
        assert len(store) == 2

    def load_own_variables(self, store):
        assert sorted(store) == ["0", "extra"]
        assert store["extra"].tolist() == [1, 2, 3]
        self.scale.assign(store["0"])

    def save_assets(self, dir_path):
        with open(f"{dir_path}/words.txt", "w") as file:
            file.write("a\nb")

    def load_assets(self, dir_path):
        with open(f"{dir_path}/words.txt") as file:
            self.words = file.read().split()

    def get_build_config(self):
        return {"size": 4}

    def build_from_config(self, config):
        self.calls.append(config)
        self.build((None, config["size"]))


def test_the_hooks_of_a_layer(tmp_path):
    x = cornu.Input((4,))
    model = cornu.Model(x, Scale(3.0)(x))
    model.layers[-1].scale.assign(X[0])
    model.save(tmp_path / "a.keras")
    Scale.calls.clear()
    loaded = cornu.models.load_model(tmp_path / "a.keras", custom_objects={"Scale": Scale})
    assert loaded.layers[-1].words == ["a", "b"]
    assert Scale.calls == [{"size": 4}]
    same(model, loaded)
    with pytest.raises(ValueError, match=r'"Scale" is known(.|\n)*custom_objects=\{"Scale": Scale\}'):
        cornu.models.load_model(tmp_path / "a.keras")


def test_the_hooks_of_a_model_that_compiles_itself(tmp_path):
    class Own(cornu.Model):
        def __init__(self):
            super().__init__()
            self.dense = cornu.layers.Dense(1)

        def call(self, inputs):
            return self.dense(inputs)

        def compile(self, rate, **kwargs):
            super().compile(cornu.optimizers.SGD(rate), "mse", **kwargs)
            self.rate = rate

        def get_compile_config(self):
            return {"rate": self.rate}

        def compile_from_config(self, config):
            self.compile(**config)

    model = Own()
    model.compile(0.25)
    model.fit(X, Y, verbose=0)
    model.save(tmp_path / "a.keras")
    loaded = cornu.models.load_model(tmp_path / "a.keras", {"Own": Own})
    assert loaded.rate == 0.25
    del Own.get_compile_config, Own.compile_from_config
    model.save(tmp_path / "a.keras")
    with pytest.warns(CornuWarning, match="Own has a compile method of its own, which was not called"):
        assert not cornu.models.load_model(tmp_path / "a.keras", {"Own": Own}).compiled


def test_a_class_that_takes_several_inputs(tmp_path):
    class Two(cornu.Model):
        def __init__(self, units=2):
            super().__init__()
            self.units = units
            self.embedding = cornu.layers.Embedding(5, units)
            self.zipped = {
                "a": cornu.layers.Dense(1),
                "b": [cornu.layers.Dense(2), cornu.layers.Dense(1)],
            }

        def call(self, data):
            words, numbers = data
            words = self.embedding(words).reshape((-1, 2 * self.units))
            return self.zipped["a"](words) + self.zipped["b"][1](self.zipped["b"][0](numbers))

    words = np.arange(8).reshape(4, 2) % 5
    model = Two(3)
    expected = model.predict([words, X[:4]], verbose=0)
    model.save(tmp_path / "a.keras")
    places = arrays_of(tmp_path / "a.keras")
    assert "zipped/dense/vars/0" in places or "layers/dense/vars/0" in places
    loaded = cornu.models.load_model(tmp_path / "a.keras", {"Two": Two})
    np.testing.assert_array_equal(loaded.predict([words, X[:4]], verbose=0), expected)


def test_a_model_trained_by_a_step_of_its_own_keeps_its_parts(tmp_path):
    """It has no `call`: each part says itself how it was built."""

    @cornu.saving.register_keras_serializable(package="tests")
    class Pair(cornu.Model):
        def __init__(self, one, other, **kwargs):
            super().__init__(**kwargs)
            self.one, self.other = one, other

        @classmethod
        def from_config(cls, config):
            parts = {k: cornu.layers.deserialize(config.pop(k)) for k in ("one", "other")}
            return cls(**parts, **config)

    one, other = cornu.layers.Dense(2), cornu.Sequential([cornu.layers.Dense(3)])
    one(X), other(X)
    model = Pair(one, other)
    model.built = True
    model.save(tmp_path / "a.keras")
    loaded = cornu.models.load_model(tmp_path / "a.keras")
    np.testing.assert_array_equal(loaded.one(X), one(X))
    np.testing.assert_array_equal(loaded.other(X), other(X))


def test_a_graph_with_a_step_of_its_own_is_a_graph(tmp_path):
    class Stepping(cornu.Model):
        def train_step(self, data):
            return super().train_step(data)

    x = cornu.Input((4,))
    model = Stepping(x, cornu.layers.Dense(1)(x))
    model.save(tmp_path / "a.keras")
    loaded = cornu.models.load_model(tmp_path / "a.keras", {"Stepping": Stepping})
    assert type(loaded) is Stepping
    same(model, loaded)


def test_a_layer_in_two_models_stays_one_layer(tmp_path):
    shared = cornu.layers.Dense(4, name="shared")
    x, y = cornu.Input((4,)), cornu.Input((4,))
    inner = cornu.Model(x, shared(x), name="inner")
    model = cornu.Model(y, shared(inner(y)))
    model.save(tmp_path / "a.keras")
    loaded = cornu.models.load_model(tmp_path / "a.keras")
    assert loaded.get_layer("shared") is loaded.get_layer("inner").get_layer("shared")
    same(model, loaded)


def test_functions_by_name(tmp_path):
    @cornu.saving.register_keras_serializable(package="tests")
    def twice(x):
        return 2 * x

    def cubed(y_true, y_pred):
        return abs(y_true - y_pred) ** 3

    model = cornu.Sequential([cornu.Input((4,)), cornu.layers.Dense(1, activation=twice)])
    model.compile("sgd", cubed)
    model.train_on_batch(X, Y)
    model.save(tmp_path / "a.keras")
    loaded = cornu.models.load_model(tmp_path / "a.keras", custom_objects={"cubed": cubed})
    assert loaded.train_on_batch(X, Y) == model.train_on_batch(X, Y)
    with pytest.raises(ValueError, match=r'"cubed" is known(.|\n)*custom_objects=\{"cubed": cubed\}'):
        cornu.models.load_model(tmp_path / "a.keras")
    assert not cornu.models.load_model(tmp_path / "a.keras", compile=False).compiled


# ----------------------------------------------------------------------- code, and what is not plain


def test_a_lambda_is_given_by_the_name_of_its_layer(tmp_path):
    model = cornu.Sequential([cornu.Input((4,)), cornu.layers.Lambda(lambda x: 3 * x, name="three")])
    with pytest.warns(CornuWarning, match="the model holds a lambda, and a file cannot hold code"):
        model.save(tmp_path / "a.keras")
    with pytest.raises(ValueError, match=r'Lambda "three": its function was a lambda, and Cornu never'):
        cornu.models.load_model(tmp_path / "a.keras")
    loaded = cornu.models.load_model(tmp_path / "a.keras", {"three": lambda x: 3 * x})
    same(model, loaded)


@pytest.mark.parity
@pytest.mark.filterwarnings("ignore:.*lambda.*:UserWarning")
def test_code_in_a_file_of_keras_is_never_run(tmp_path):
    import keras

    model = keras.Sequential([keras.Input((4,)), keras.layers.Lambda(lambda x: 3 * x, name="three")])
    model.save(tmp_path / "a.keras")
    with pytest.raises(ValueError, match=r'Lambda "three": its function was a lambda, and Cornu never'):
        cornu.models.load_model(tmp_path / "a.keras")
    with pytest.raises(ValueError, match=r"load_model\(safe_mode=False\) is refused: Cornu never runs"):
        cornu.models.load_model(tmp_path / "a.keras", safe_mode=False)
    loaded = cornu.models.load_model(tmp_path / "a.keras", {"three": lambda x: 3 * x})
    np.testing.assert_allclose(loaded.predict(X, verbose=0), 3 * X, rtol=1e-6)


def test_what_is_not_plain_is_named(tmp_path):
    class Odd(cornu.layers.Layer):
        def call(self, inputs):
            return inputs

        def get_config(self):
            return {**super().get_config(), "what": {1, 2}}

    model = cornu.Sequential([cornu.Input((4,)), Odd(name="odd")])
    (tmp_path / "a.keras").write_bytes(b"before")
    with pytest.raises(TypeError, match=r'cannot be written: Odd "odd", what is \{1, 2\}, and only'):
        model.save(tmp_path / "a.keras")
    assert (tmp_path / "a.keras").read_bytes() == b"before"


def test_json_and_back():
    model = stack(optimizer="adam", loss="mse")
    text = model.to_json(indent=1)
    again = cornu.models.model_from_json(text)
    assert again.to_json(indent=1) == text
    assert [w.shape for w in again.weights] == [w.shape for w in model.weights]
    with pytest.raises(ValueError, match="The configuration is no JSON text: Expecting"):
        cornu.models.model_from_json("{")
    with pytest.raises(ValueError, match="describes a list, not a model"):
        cornu.models.model_from_json("[]")
    with pytest.raises(ValueError, match="describes a Adam, not a model"):
        cornu.models.model_from_json(
            '{"class_name": "Adam", "module": "keras.optimizers", "config": {}}'
        )


# ------------------------------------------------------------------------------------- vocabularies


def test_vocabularies_travel_as_assets(tmp_path):
    texts = np.array(["a b c", "b c", "c d e"])
    layers = cornu.layers
    text = layers.TextVectorization(output_mode="tf_idf", name="text")
    text.adapt(texts)
    words = layers.StringLookup(name="words")
    words.adapt(["x", "y", "x"])
    given = layers.IntegerLookup(vocabulary=[3, 5], output_mode="one_hot", name="given")
    bins = layers.Discretization(num_bins=2, name="bins")
    bins.adapt([0.0, 1.0, 2.0, 3.0])
    a, b, c, d = (cornu.Input((1,), dtype=t) for t in ("string", "string", "int32", "float32"))
    model = cornu.Model([a, b, c, d], [text(a), words(b), given(c), bins(d)])
    data = [texts[:2, None], np.array([["x"], ["q"]]), np.array([[5], [9]]), np.array([[0.5], [2.5]])]
    expected = model.predict(data, verbose=0)
    model.save(tmp_path / "a.keras")
    with zipfile.ZipFile(tmp_path / "a.keras") as archive:
        assert archive.read("assets/layers/string_lookup/vocabulary.txt") == b"[UNK]\nx\ny"
        assert "assets/layers/integer_lookup/vocabulary.txt" not in archive.namelist()
    loaded = cornu.models.load_model(tmp_path / "a.keras")
    for one, other in zip(loaded.predict(data, verbose=0), expected, strict=True):
        np.testing.assert_array_equal(one, other)


def test_a_feature_space(tmp_path):
    space = cornu.utils.FeatureSpace(
        {"age": "float_normalized", "city": "string_categorical", "size": "float_discretized"},
        crosses=[("city", "size")],
        crossing_dim=4,
        num_discretization_bins=2,
    )
    data = {"age": [1.0, 2.0, 4.0], "city": ["a", "b", "a"], "size": [0.0, 1.0, 2.0]}
    with pytest.raises(ValueError, match="has not seen data yet"):
        space.save(tmp_path / "a.keras")
    space.adapt(data)
    space.save(tmp_path / "a.keras")
    assert arrays_of(tmp_path / "a.keras")["features/feature/preprocessor/vars/0"] == (1,)
    loaded = cornu.models.load_model(tmp_path / "a.keras")
    np.testing.assert_array_equal(loaded(data), space(data))


# ------------------------------------------------------------------------------ what is not possible


@pytest.mark.parametrize(
    "call, error, words",
    [
        (lambda m, f: m.save(f / "a"), ValueError, r'must end with ".keras".*save\("a.keras"\)'),
        (lambda m, f: m.save(f / "a.weights.h5"), ValueError, r"For the weights alone: .*save_weights"),
        (lambda m, f: m.save(f / "a.h5", save_format="keras"), ValueError, r'"save_format" that asks'),
        (
            lambda m, f: m.save(f / "a.keras", zipped=False),
            ValueError,
            r'Write save\(".*a", zipped=False',
        ),
        (lambda m, f: m.save(f / "a.keras", fromat="x"), ValueError, r'no argument "fromat"'),
        (lambda m, f: m.save(f / "a.keras", save_format="tf"), ValueError, r'no argument "save_format"'),
        (lambda m, f: m.save(io.BytesIO()), TypeError, r"filepath must be a path"),
        (lambda m, f: m.save_weights(f / "a.keras"), ValueError, r'save_weights\("a.weights.h5"\)'),
        (lambda m, f: m.save_weights(f / "a.weights.json"), ValueError, r"how large they may be"),
        (
            lambda m, f: m.load_weights(f / "a.weights.h5"),
            FileNotFoundError,
            r'Did you mean ".*b.weights',
        ),
        (lambda m, f: cornu.models.load_model(f / "q"), FileNotFoundError, "there is no file"),
        (lambda m, f: m.load_weights(f / "b.weights.h5", skip=1), ValueError, r'no argument "skip"'),
        (lambda m, f: cornu.models.load_model(f / "b.weights.h5"), ValueError, r"but weights alone"),
        (lambda m, f: cornu.models.load_model(f), ValueError, r"is a folder, but no model"),
        (
            lambda m, f: cornu.models.load_model(f / "x/y.keras"),
            FileNotFoundError,
            "does not exist either",
        ),
    ],
)
def test_what_is_not_possible_is_said(call, error, words, tmp_path):
    model = stack()
    model.save_weights(tmp_path / "b.weights.h5")
    with pytest.raises(error, match=words):
        call(model, tmp_path)


def test_a_saved_model_of_tensorflow(tmp_path):
    (tmp_path / "saved_model.pb").touch()
    with pytest.raises(NotBuiltYetError, match="SavedModel of TensorFlow"):
        cornu.models.load_model(tmp_path)


def test_a_model_that_is_not_built(tmp_path):
    model = cornu.Sequential([cornu.layers.Dense(1)])
    for call in (model.save_weights, model.load_weights):
        (tmp_path / "a.weights.h5").write_bytes(b"\x89HDF\r\n\x1a\n")
        with pytest.raises(ValueError, match="is not built yet, so it has no weights"):
            call(tmp_path / "a.weights.h5")
    with pytest.warns(CornuWarning, match="the file holds no weights"):
        model.save(tmp_path / "a.keras")
    assert not cornu.models.load_model(tmp_path / "a.keras").built


def test_a_file_that_is_there(tmp_path, monkeypatch):
    model, path = stack(), tmp_path / "a.keras"
    path.write_bytes(b"before")
    answers = iter(["what", "n", "y"])
    monkeypatch.setattr("builtins.input", lambda question: next(answers))
    model.save(path, overwrite=False)
    assert path.read_bytes() == b"before"
    model.save(path, overwrite=False)
    assert zipfile.is_zipfile(path)

    def nobody(question):
        raise EOFError

    monkeypatch.setattr("builtins.input", nobody)
    with pytest.raises(FileExistsError, match="is there already, and was left as it is"):
        model.save(path, overwrite=False)


def test_no_weight_is_left_out_in_silence(tmp_path):
    class Unlucky(cornu.layers.Layer):
        def build(self, input_shape):
            self.inner = cornu.layers.Dense(1)
            self.inner.build(input_shape)
            self._described_build = [self.inner]
            del self.inner

        def call(self, inputs):
            return inputs

    model = cornu.Sequential([cornu.Input((4,)), Unlucky()])
    with pytest.raises(ValueError, match=r"The weights .*kernel, .*bias cannot be saved"):
        model.save_weights(tmp_path / "a.weights.h5")
