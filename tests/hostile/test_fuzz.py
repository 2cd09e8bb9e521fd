"""Whatever becomes of a configuration or of a file's bytes: it is loaded, or refused with a sentence."""

import json
import re

import h5py
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import cornu
from cornu.core.config import serialize
from tests.hostile.test_kinds import MEMORY, SECONDS, yard  # noqa: F401

FEW, MANY = 80, 3000  # examples
QUICK = settings(
    max_examples=FEW,
    deadline=None,
    database=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
WIDE = settings(QUICK, max_examples=MANY, derandomize=False)


# ------------------------------------------------------------------------------- real configurations


def models():
    """Models with most forms that a configuration has."""
    layers = cornu.layers
    cornu.utils.clear_session(free_memory=False)
    stack = [
        layers.Dense(3, "relu", kernel_regularizer="l2"),
        layers.Dropout(0.5),
        layers.BatchNormalization(),
    ]
    compiled = cornu.Sequential([cornu.Input((4,)), *stack, layers.Dense(1)])
    compiled.compile(
        cornu.optimizers.Adam(cornu.optimizers.schedules.CosineDecay(0.1, 10)), "mse", ["mae"]
    )
    image = cornu.Input((6, 6, 1))
    h = layers.Conv2D(2, 3, padding="same")(image)
    h = layers.Concatenate()([layers.MaxPooling2D()(h), layers.AveragePooling2D(2)(h)])
    images = cornu.Model(image, layers.Dense(2)(layers.Flatten()(h)))
    words = cornu.Input((5,), dtype="int32")
    h = layers.Embedding(9, 4, mask_zero=True)(words)
    h = layers.Bidirectional(layers.LSTM(3, return_sequences=True))(h)
    h = layers.TimeDistributed(layers.Dense(2))(h) * 2 + 1
    texts = cornu.Model(words, [layers.GRU(2)(h), layers.MultiHeadAttention(2, 3)(h, h)])
    lookup = cornu.Sequential(
        [cornu.Input((1,), dtype="string"), layers.StringLookup(vocabulary=["a", "b"])]
    )
    inner = cornu.Sequential([cornu.Input((3,)), layers.Dense(3)])
    x = cornu.Input((3,))
    return compiled, images, texts, lookup, cornu.Model(x, inner(inner(x)) - x)


@pytest.fixture(scope="module")
def configs():
    return [json.loads(json.dumps(serialize(model))) for model in models()]


ODD = [
    *(None, True, False, -1, 0, 1, 2, 7, 10**6, 10**12, 2**63, 10**40, -0.5, 1.5, 1e300),
    *(
        "",
        "a",
        "relu",
        "float32",
        "float16",
        "object",
        "../../x",
        "/etc/passwd",
        "os.system",
        "\ud800",
        "é" * 50,
    ),
    *([], {}, [[]], [None], [1, 2, 3], [None, 4], [-1], ["x", 0, 0], {"a": 1}, {"class_name": "Dense"}),
    {"class_name": "Dense", "config": {}},
    {"module": "keras.layers", "class_name": "Dense", "config": {"units": 1}, "registered_name": None},
    {"module": "builtins", "class_name": "function", "config": "eval", "registered_name": "eval"},
    {"class_name": "__lambda__", "config": {"code": "4wEAAAA="}},
    {"class_name": "__keras_tensor__", "config": {"keras_history": ["x", 0, 0]}},
    {"class_name": "__numpy__", "config": {"value": [1, 2], "dtype": "float32"}},
]


def places(value, path=()):
    """All places in nested lists and dicts."""
    yield path
    if isinstance(value, dict):
        for key, item in value.items():
            yield from places(item, (*path, key))
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield from places(item, (*path, number))


def at(config, path):
    for step in path:
        config = config[step]
    return config


def mutate(config, rng):
    """One change: another value, one less, one more level, two exchanged, or one twice."""
    known = list(places(config))[1:]
    if not known:
        return
    path = rng.choice(known)
    within, key = at(config, path[:-1]), path[-1]
    how = rng.choice(["value", "value", "number", "delete", "nest", "swap", "copy", "rename"])
    if how == "value":
        within[key] = json.loads(json.dumps(rng.choice(ODD)))
    elif how == "number":
        within[key] = rng.choice([rng.randint(-3, 40), round(rng.uniform(-2, 2), 3)])
    elif how == "delete":
        del within[key]
    elif how == "nest":
        within[key] = rng.choice([[within[key]], {"a": within[key]}])
    elif how == "rename" and isinstance(within, dict):
        within[key + rng.choice(["x", "s", "_", ""])[:1]] = within.pop(key)
    else:
        other = rng.choice(known)
        value = json.loads(json.dumps(at(config, other)))
        if how == "swap" and path[: len(other)] != other and other[: len(path)] != path:
            at(config, other[:-1])[other[-1]] = within[key]
        if path[: len(other)] != other:
            within[key] = value


def check(answer):
    assert answer["outcome"] in ("loaded", "refused"), answer
    assert answer["taught"], answer
    assert not any(answer[what] for what in ("events", "canary", "left")), answer
    assert answer["growth"] < MEMORY, answer
    assert answer["seconds"] < SECONDS, answer
    assert answer["outcome"] == "loaded" or len(answer["message"]) > 20, answer


def a_changed_configuration(yard, configs, rng):  # noqa: F811
    config = json.loads(json.dumps(rng.choice(configs)))
    for _ in range(rng.randint(1, 3)):
        mutate(config, rng)
    door = rng.choice(["model_from_json", "deserialize", "load_model", "old"])
    if door == "old":
        entry = {key: config[key] for key in ("class_name", "config") if key in config}
        check(yard.load(yard.old(entry or {"a": 1}), "load_model"))
    elif door == "load_model":
        check(yard.load(yard.keras(config=config), door))
    else:
        check(yard.load(yard.json(config), door))


@QUICK
@given(rng=st.randoms(use_true_random=False))
def test_a_changed_configuration(yard, configs, rng):  # noqa: F811
    a_changed_configuration(yard, configs, rng)


@pytest.mark.wide
@pytest.mark.timeout(3600)
@WIDE
@given(rng=st.randoms(use_true_random=False))
def test_many_changed_configurations(yard, configs, rng):  # noqa: F811
    a_changed_configuration(yard, configs, rng)


# --------------------------------------------------------------------------------------- bytes of files


FILES = {"stack.keras": "load_model", "stack.weights.h5": "load_weights", "stack.h5": "load_model"}
FILES |= {"stack.safetensors": "load_weights", "shards/stack.weights.json": "load_weights"}
FILES |= {"shards/stack_00001.weights.h5": "load_weights"}
FILES |= {"stack/config.json": "load_model", "stack/model.weights.h5": "load_model"}
CUT = "damaged or cut off|It is empty|no file of safetensors|is no JSON text"


def whole(yard, name):  # noqa: F811
    return (yard.folder / name).read_bytes()


def put(yard, name, content):  # noqa: F811
    """The path to load, where one file has another content."""
    base, _, member = name.rpartition("/")
    if not base:
        return yard.file(content, name[5:])
    return yard.several(lambda folder: (folder / member).write_bytes(content), base)


def changed_bytes(content, rng):
    """The bytes with some turned, cut out, or put in."""
    found = bytearray(content)
    for _ in range(rng.randint(1, 4)):
        place = rng.randint(0, len(found) - 1)
        how = rng.choice(["bit", "bytes", "cut", "insert", "size"])
        if how == "bit":
            found[place] ^= 1 << rng.randint(0, 7)
        elif how == "bytes":
            found[place : place + 8] = rng.randbytes(8)[: len(found) - place]
        elif how == "cut" and len(found) > 64:
            del found[place : place + rng.randint(1, 32)]
        elif how == "insert":
            found[place:place] = rng.randbytes(rng.randint(1, 16))
        elif how == "size":  # numbers in these formats are little-endian
            found[place : place + 4] = rng.choice([b"\xff\xff\xff\x7f", b"\xff" * 4, bytes(4)])
    return bytes(found)


def changed_file(yard, rng):  # noqa: F811
    name = rng.choice(sorted(FILES))
    content = changed_bytes(whole(yard, name), rng)
    path = put(yard, name, content)
    check(yard.load(path, FILES[name]))
    check(yard.load(path, "inspect"))


@QUICK
@given(rng=st.randoms(use_true_random=False))
def test_changed_bytes(yard, rng):  # noqa: F811
    changed_file(yard, rng)


@pytest.mark.wide
@pytest.mark.timeout(3600)
@WIDE
@given(rng=st.randoms(use_true_random=False))
def test_many_changed_bytes(yard, rng):  # noqa: F811
    changed_file(yard, rng)


@pytest.mark.parametrize(
    "step",
    [10, pytest.param(1, marks=[pytest.mark.wide, pytest.mark.timeout(1800)])],
    ids=["tenths", "hundredths"],
)
@pytest.mark.parametrize("name", FILES)
def test_a_file_that_is_cut_off(name, step, yard):  # noqa: F811
    content = whole(yard, name)
    for part in range(0, 100, step):
        path = put(yard, name, content[: len(content) * part // 100])
        answer = yard.load(path, FILES[name])
        check(answer)
        assert answer["outcome"] == "refused", (part, answer)
        assert re.search(CUT, answer["message"]), (part, answer)
        check(yard.load(path, "inspect"))


@pytest.mark.wide
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("name", FILES)
def test_every_byte_of_the_head_of_a_file(name, yard):  # noqa: F811
    """Where the structures of HDF5 and the entries of zip lie, each byte is another one."""
    content = whole(yard, name)
    rng = np.random.default_rng(3)
    head = min(96, len(content))
    for place in [*range(head), *rng.integers(0, len(content), 400)]:
        wrong = bytearray(content)
        wrong[place] ^= int(rng.integers(1, 256))
        check(yard.load(put(yard, name, bytes(wrong)), FILES[name]))


def test_files_hold_what_the_fuzzer_believes(yard):  # noqa: F811
    """The whole files are loaded: what is refused above is refused for its change."""
    for name, door in FILES.items():
        assert yard.load(put(yard, name, whole(yard, name)), door)["outcome"] == "loaded"
    with h5py.File(yard.whole["stack.weights.h5"]) as file:
        assert file["layers/dense/vars/1"].shape == (3,)


def test_real_configurations_are_loaded(yard, configs):  # noqa: F811
    for config in configs:
        assert yard.load(yard.json(config), "model_from_json")["outcome"] == "loaded"
