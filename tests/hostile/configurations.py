"""Hostile configurations. Each is put into a `.keras` file, into a `.h5` of Keras 2, into JSON text, and
given to `deserialize_keras_object` as plain values."""

import base64
import json
import marshal

from tests.hostile.kinds import add, kind
from tests.hostile.yard import old_words

NOT_KNOWN = "No class or function"


def code(canary):
    """Bytecode as Keras writes that of a lambda; it would leave a file behind."""
    source = f"lambda x: open({str(canary / 'touched')!r}, 'w')"
    compiled = eval(source).__code__
    return base64.b64encode(marshal.dumps(compiled)).decode()


def lambda_of(canary):
    return {
        "class_name": "__lambda__",
        "config": {"code": code(canary), "defaults": None, "closure": None},
    }


def entry(class_name, config, module="keras.layers", **more):
    return {
        "module": module,
        "class_name": class_name,
        "config": config,
        "registered_name": None,
        **more,
    }


def function(name, module="builtins", registered=None):
    return {
        "module": module,
        "class_name": "function",
        "config": name,
        "registered_name": registered or name,
    }


def with_layer(make):
    """A whole model with one more layer, which `make(canary)` describes."""

    def change(config, canary):
        config["config"]["layers"].append(make(canary))

    return change


def with_value(place, make):
    """A whole model in which the first Dense layer has another value."""

    def change(config, canary):
        config["config"]["layers"][1]["config"][place] = make(canary)

    return change


def with_entry(place, make):
    """A whole model with another entry at its top."""

    def change(config, canary):
        config[place] = make(canary)

    return change


def nested(levels, innermost):
    value = innermost
    for _ in range(levels):
        value = entry("TimeDistributed", {"layer": value})
    return value


def lists(levels):
    value = []
    for _ in range(levels):
        value = [value]
    return value


def late(shape):
    """A model that is built as its one layer says."""

    def change(config, canary):
        layer = entry("Dense", {"units": 10**7, "name": "late"}, build_config={"input_shape": shape})
        config["config"] = {"name": "stack", "layers": [layer]}
        del config["build_config"]

    return change


SECRET_FILE = "secret.txt"
# name: the change of a whole configuration, the pattern of the message; and the doors it is not for.
CONFIGURATIONS = {
    # -- code and names of callables ----------------------------------------------------------------
    "CVE-2024-3660 code of a lambda": (
        with_layer(lambda c: entry("Lambda", {"name": "evil", "function": lambda_of(c)})),
        'Lambda "evil": its function was a lambda, and Cornu never runs code',
    ),
    "CVE-2024-3660 code of a lambda as in Keras 2": (
        with_layer(
            lambda c: entry(
                "Lambda", {"name": "evil", "function": [code(c), None, None], "function_type": "lambda"}
            )
        ),
        'Lambda "evil"',
    ),
    "CVE-2025-1550 os.system as a class": (
        with_layer(lambda c: entry("system", {"command": f"touch {c}/touched"}, "os")),
        f'{NOT_KNOWN} "system" is known',
    ),
    "CVE-2025-1550 os.system as a function": (
        with_layer(lambda c: entry("Lambda", {"function": function("system", "os"), "arguments": {}})),
        f'{NOT_KNOWN} "system" is known',
    ),
    "CVE-2025-1550 eval as a function": (
        with_layer(lambda c: entry("Lambda", {"function": function("eval")})),
        f'{NOT_KNOWN} "eval" is known',
    ),
    "CVE-2025-1550 a class of a module that is not imported": (
        with_layer(lambda c: entry("Popen", {"args": ["touch", f"{c}/touched"]}, "subprocess")),
        f'{NOT_KNOWN} "Popen" is known',
    ),
    "CVE-2025-8747 get_file as a function": (
        with_layer(
            lambda c: entry(
                "Lambda",
                {
                    "function": function("get_file", "keras.utils"),
                    "arguments": {"origin": f"file://{c}/{SECRET_FILE}", "cache_dir": str(c)},
                },
            )
        ),
        f'{NOT_KNOWN} "get_file" is known',
    ),
    "CVE-2025-8747 get_file as a class": (
        with_layer(
            lambda c: entry("get_file", {"origin": "http://localhost/x"}, "keras.src.utils.file_utils")
        ),
        f'{NOT_KNOWN} "get_file" is known',
    ),
    "CVE-2025-9906 a call that would switch safety off": (
        with_layer(lambda c: entry("enable_unsafe_deserialization", {}, "keras.config")),
        f'{NOT_KNOWN} "enable_unsafe_deserialization" is known',
    ),
    "CVE-2025-9906 the same before a lambda": (
        lambda config, c: config["config"]["layers"].extend(
            [
                entry(
                    "Lambda", {"function": function("enable_unsafe_deserialization", "keras.src.saving")}
                ),
                entry("Lambda", {"function": lambda_of(c)}),
            ]
        ),
        f'{NOT_KNOWN} "enable_unsafe_deserialization" is known',
    ),
    "CVE-2025-49655 TorchModuleWrapper": (
        with_layer(lambda c: entry("TorchModuleWrapper", {"module": code(c)})),
        f'{NOT_KNOWN} "TorchModuleWrapper" is known|TorchModuleWrapper.*is not built',
    ),
    "CVE-2026-1462 TFSMLayer": (
        with_layer(lambda c: entry("TFSMLayer", {"filepath": str(c)})),
        f'{NOT_KNOWN} "TFSMLayer" is known|TFSMLayer.*is not built',
    ),
    "CVE-2026-12481 safe_mode in the configuration": (
        with_layer(
            lambda c: entry("Lambda", {"name": "evil", "function": lambda_of(c), "safe_mode": False})
        ),
        'Lambda "evil"',
    ),
    "safe_mode at the top": (
        lambda config, c: (
            config.update(safe_mode=False, custom_objects={"f": "os.system"})
            or config["config"]["layers"].append(
                entry("Lambda", {"name": "e", "function": lambda_of(c)})
            )
        ),
        'Lambda "e"',
    ),
    "a function of our own that makes objects": (
        with_layer(lambda c: entry("Lambda", {"function": function("deserialize", "keras.layers")})),
        f'{NOT_KNOWN} "deserialize" is known',
    ),
    "a loss that makes objects": (
        with_layer(lambda c: entry("Lambda", {"function": function("deserialize", "keras.losses")})),
        f'{NOT_KNOWN} "deserialize" is known',
    ),
    "a module of Cornu's": (
        with_layer(lambda c: entry("import_module", {"name": "os"}, "cornu.core.config")),
        f'{NOT_KNOWN} "import_module" is known',
    ),
    "an attribute of a module": (
        with_layer(lambda c: entry("__class__", {}, "keras.layers")),
        f'{NOT_KNOWN} "__class__" is known',
    ),
    "an op that is none": (
        with_layer(lambda c: entry("__import__", {"name": "os"}, "keras.src.ops.numpy")),
        NOT_KNOWN,
    ),
    "an initializer of os": (
        with_value("kernel_initializer", lambda c: entry("system", {"command": "true"}, "os")),
        f'{NOT_KNOWN} "system" is known',
    ),
    "an activation of os": (
        with_value("activation", lambda c: function("system", "os")),
        f'{NOT_KNOWN} "system" is known',
    ),
    "an activation that is a lambda": (
        with_value("activation", lambda_of),
        "a function as code \\(a lambda\\), which Cornu never runs",
    ),
    "a regularizer of subprocess": (
        with_value("kernel_regularizer", lambda c: entry("Popen", {"args": "true"}, "subprocess")),
        f'{NOT_KNOWN} "Popen" is known',
    ),
    "a policy of os": (
        with_value("dtype", lambda c: entry("system", {"command": "true"}, "os")),
        'Dense "first" cannot be made|"system" is known|dtype',
    ),
    "a dtype of objects": (with_value("dtype", lambda c: "object"), 'dtype "object"|Unknown dtype'),
    # -- files named --------------------------------------------------------------------------------
    **{
        f"CVE-2025-12058 {cls} with {what}": (
            with_layer(lambda c, cls=cls, path=path: entry(cls, {"vocabulary": path(c)})),
            f"{cls}.*holds the path",
        )
        for cls in ("StringLookup", "IntegerLookup", "TextVectorization")
        for what, path in {
            "an absolute path": lambda c: str(c / SECRET_FILE),
            "a relative path": lambda c: f"../canary/{SECRET_FILE}",
            "an address": lambda c: "http://localhost:9/vocabulary.txt",
        }.items()
    },
    "CVE-2026-12479 a name that is a path": (
        with_value("name", lambda c: f"../../{c}/touched"),
        "layers? |name",
    ),
    # -- sizes --------------------------------------------------------------------------------------
    "W8 huge units": (with_value("units", lambda c: 10**13), "asks for .* bytes, but"),
    "units beyond all numbers": (with_value("units", lambda c: 10**30), "asks for .* bytes, but"),
    "negative units": (with_value("units", lambda c: -3), 'Dense "first"|units'),
    "units that are a fraction": (with_value("units", lambda c: 2.5), "units|shape"),
    "units that are a text": (with_value("units", lambda c: "many"), 'Dense "first"|units'),
    "units that are a list": (with_value("units", lambda c: [1] * 10), 'Dense "first"|units|shape'),
    "huge Embedding": (
        with_layer(lambda c: entry("Embedding", {"input_dim": 10**9, "output_dim": 10**4})),
        "asks for [\\d,]* bytes, but",
    ),
    "an input of huge size": (
        lambda config, c: config["config"]["layers"][0]["config"].update(batch_shape=[None, 10**12]),
        "asks for [\\d,]* bytes, but",
    ),
    "a batch of huge size": (
        lambda config, c: config["config"].update(
            layers=[
                entry("InputLayer", {"batch_shape": [10**9, 5, 4]}),
                entry("LSTM", {"units": 1000, "stateful": True}),
            ],
            build_input_shape=None,
        ),
        "asks for [\\d,]* bytes, but",
    ),
    # -- structure ----------------------------------------------------------------------------------
    "lists within lists": (with_value("kernel_initializer", lambda c: lists(200)), "levels deep"),
    "layers within layers": (
        with_layer(lambda c: nested(70, entry("Dense", {"units": 1}))),
        "levels deep",
    ),
    "layers within layers up to the limit": (
        with_layer(lambda c: nested(38, entry("Dense", {"units": 1}))),
        "cannot be made from its configuration|levels deep",
    ),
    "more parts than any model": (
        with_value("kernel_initializer", lambda c: [[]] * 250_000),
        "more than 200,000 lists and dicts",
    ),
    "an array of objects": (
        with_value(
            "kernel_initializer",
            lambda c: {"class_name": "__numpy__", "config": {"value": [1], "dtype": "object"}},
        ),
        "dtype",
    ),
    "an array that is no table": (
        with_value(
            "kernel_initializer",
            lambda c: {
                "class_name": "__numpy__",
                "config": {"value": [[1], [1, 2]], "dtype": "float32"},
            },
        ),
        "__numpy__ cannot be made from its configuration",
    ),
    "a tensor without content": (
        with_value("kernel_initializer", lambda c: {"class_name": "__tensor__", "config": None}),
        "__tensor__ cannot be made from its configuration",
    ),
    "a type specification": (
        with_layer(
            lambda c: {"class_name": "__typespec__", "module": "os", "spec_name": "system", "config": {}}
        ),
        f'{NOT_KNOWN} "__typespec__" is known',
    ),
    "W5 a class that is no text": (
        with_layer(lambda c: entry(["os", "system"], {})),
        "names a class by a text|describes a|unhashable|not of the kind",
    ),
    "W5 a configuration that is a number": (
        with_layer(lambda c: entry("Dense", 7)),
        "Dense cannot be made from its configuration",
    ),
    "W5 a configuration that is a list": (
        with_layer(lambda c: entry("Dense", ["units", 3])),
        "Dense cannot be made from its configuration",
    ),
    "an argument that is not there": (
        with_value("unitz", lambda c: 3),
        'Dense "first".*no argument "unitz".*Did you mean "units"|unitz',
    ),
    "layers that are no list": (
        lambda config, c: config["config"].update(layers=7),
        'Sequential "stack" cannot be made from its configuration|cannot be made',
    ),
    "no layers at all": (
        lambda config, c: config["config"].pop("layers"),
        'has no entry "?.?layers|cannot be made',
    ),
}
# What is compiled, and how layers are built, Keras 2 wrote elsewhere or not at all.
OF_KERAS_3 = {
    "an optimizer of os": (
        with_entry(
            "compile_config", lambda c: {"optimizer": entry("system", {"command": "true"}, "os")}
        ),
        f'{NOT_KNOWN} "system" is known',
    ),
    "a loss that is a lambda": (
        with_entry("compile_config", lambda c: {"optimizer": "sgd", "loss": lambda_of(c)}),
        "a function as code \\(a lambda\\), which Cornu never runs",
    ),
    "an argument of compile that is not there": (
        with_entry("compile_config", lambda c: {"optimiser": "sgd"}),
        'Sequential "stack" cannot be made.*optimiser',
    ),
    "a metric of huge size": (
        with_entry(
            "compile_config",
            lambda c: {
                "optimizer": "sgd",
                "loss": "mse",
                "metrics": [entry("MeanIoU", {"num_classes": 10**6}, "keras.metrics")],
            },
        ),
        "asks for [\\d,]* bytes, but|more memory",
    ),
    "a metric of huge number": (
        with_entry(
            "compile_config",
            lambda c: {
                "optimizer": "sgd",
                "loss": "mse",
                "metrics": [entry("AUC", {"num_thresholds": 10**10}, "keras.metrics")],
            },
        ),
        "num_thresholds",
    ),
    "a layer built for a huge shape": (late([None, 10**9]), "asks for [\\d,]* bytes, but"),
    "a layer built for what is no shape": (
        late({"a": []}),
        'Dense "late"|Sequential "stack" cannot be made',
    ),
    "W5 a registered name of another class": (
        with_layer(lambda c: entry("Dense", {"units": 1}, "os", registered_name="os>system")),
        f'{NOT_KNOWN} "Dense" is known',
    ),
    "W5 a module that is no text": (
        with_layer(lambda c: entry("Dense", {}, {"a": 1})),
        "names a class by a text",
    ),
}


def changed(yard, change, base="stack"):
    config = yard.config(base)
    change(config, yard.canary)
    return config


def _in_keras_2(yard, change):
    return yard.old(old_words(changed(yard, change)))


MAKERS = {
    ".keras": ("load_model", lambda yard, change: yard.keras(config=changed(yard, change))),
    ".h5": ("load_model", _in_keras_2),
    "JSON": ("model_from_json", lambda yard, change: yard.json(changed(yard, change))),
    "plain values": ("deserialize", lambda yard, change: yard.json(changed(yard, change))),
}
for _table, _doors in ((CONFIGURATIONS, MAKERS), (OF_KERAS_3, [".keras", "JSON", "plain values"])):
    for _name, (_change, _words) in _table.items():
        for _where in _doors:
            _door, _make = MAKERS[_where]
            add(f"{_name}, in {_where}", _door, lambda y, m=_make, c=_change: m(y, c), _words)


# ---------------------------------------------------------------------------------- graphs of layers


def graph(change):
    return lambda yard: yard.keras(
        config=changed(yard, lambda config, c: change(config["config"]), "graph")
    )


def reference(name, *numbers):
    return {
        "class_name": "__keras_tensor__",
        "config": {"shape": [None, 3], "keras_history": [name, *numbers]},
    }


def _calls(name, *references):
    def change(config):
        found = next(each for each in config["layers"] if each["name"] == name)
        found["inbound_nodes"] = [{"args": list(references), "kwargs": {}}]

    return change


GRAPHS = {
    "a graph that goes round": (_calls("first", reference("second", 0, 0)), "has a cycle"),
    "a layer that is called on itself": (_calls("first", reference("first", 0, 0)), "has a cycle"),
    "a tensor that nobody makes": (
        _calls("first", reference("nobody", 0, 0)),
        "names layers that it does not",
    ),
    "a tensor of a number beyond": (
        _calls("first", reference("x", 9, 10**9)),
        "has a cycle|does not hold",
    ),
    "a place that is no place": (_calls("first", reference(["x"], 0, 0)), "cannot be made"),
    "a reference without a place": (
        _calls("first", {"class_name": "__keras_tensor__", "config": {}}),
        "keras_history",
    ),
    "a call on no tensor": (_calls("first", 3), "on no tensor"),
    "two layers of one name": (
        lambda config: config["layers"].append(dict(config["layers"][1])),
        'two layers of the name "first"',
    ),
    "calls that are no list": (
        lambda config: config["layers"][1].update(inbound_nodes=5),
        "cannot be made",
    ),
    "outputs that nobody makes": (
        lambda config: config.update(output_layers=[["nobody", 0, 0]]),
        "names an output .*nobody.* that no layer makes",
    ),
    "an op of os in the graph": (
        lambda config: config["layers"].append(
            {**entry("System", {"name": "o"}, "keras.src.ops.os"), "name": "o", "inbound_nodes": []}
        ),
        "system|System",
    ),
    "an op on no tensor that would be huge": (
        lambda config: config["layers"].append(
            {
                **entry("Arange", {"name": "o"}, "keras.src.ops.numpy"),
                "name": "o",
                "inbound_nodes": [{"args": [10**12], "kwargs": {}}],
            }
        ),
        "on no tensor",
    ),
    "a function of os as an argument": (
        _calls("first", reference("x", 0, 0), function("system", "os")),
        f'{NOT_KNOWN} "system" is known',
    ),
}
for _name, (_change, _words) in GRAPHS.items():
    add(f"{_name}, in .keras", "load_model", graph(_change), _words)


# ------------------------------------------------------------------------------------------ JSON text


def _text(make, words, name):
    add(f"{name}, in .keras", "load_model", lambda yard: yard.keras(config=make(yard)), words)
    add(f"{name}, in JSON", "model_from_json", lambda yard: yard.json(make(yard)), words)
    add(f"{name}, in .h5", "load_model", lambda yard: yard.old(make(yard)), words)


def _twice(yard):
    return json.dumps(yard.config()).encode().replace(b'"units": 3', b'"units": 3, "units": 4', 1)


_text(lambda y: b"[" * 200_000, "levels deep|more than 200,000", "brackets that only open")
_text(lambda y: b"[" * 100_000 + b"]" * 100_000, "levels deep|no JSON", "brackets within brackets")
_text(lambda y: b'{"a":' * 5_000 + b"1" + b"}" * 5_000, "levels deep", "dicts within dicts")
_text(_twice, 'has the entry "units" twice', "an entry that is there twice")
_text(lambda y: b"nonsense", "is no JSON text", "no JSON")
_text(lambda y: b"[]", "describes a list, not a model", "a list in place of a model")
_text(lambda y: b'"' + b"a" * 100 + b'"', "describes a str, not a model", "a text in place of a model")
_text(lambda y: b"9" * 10_000, "is no JSON text|describes a int", "a number of ten thousand digits")


@kind("load_model", "has [\\d,]* bytes, and", "W2")
def a_configuration_longer_than_any(yard):
    return yard.keras(config=b'{"a": "' + b"a" * (70 << 20) + b'"}', packed=0)


@kind("load_model", "is no JSON text")
def a_configuration_that_is_no_text(yard):
    return yard.keras(config=b"\xff\xfe\x00\x01")


# ---------------------------------------------------------------- very many layers, calls and weights

MANY = "it asks for more than any known model"


def chain(count, layer):
    """A graph in which layers follow one another."""
    first = entry("InputLayer", {"batch_shape": [None, 2], "name": "x"}, name="x", inbound_nodes=[])
    layers, before = [first], "x"
    for number in range(count):
        place = {"class_name": "__keras_tensor__", "config": {"keras_history": [before, 0, 0]}}
        before = f"d{number}"
        node = {"args": [place], "kwargs": {}}
        layers.append({**layer(before), "name": before, "inbound_nodes": [node]})
    return graph_of(layers, before)


def graph_of(layers, last, node=0):
    ends = {"input_layers": [["x", 0, 0]], "output_layers": [[last, node, 0]]}
    return entry("Functional", {"name": "g", "layers": layers, **ends}, "keras.models")


def row(count, layer, shape=None):
    layers = [entry("InputLayer", {"batch_shape": shape, "name": "x"})] if shape else []
    layers += [layer(f"d{number}") for number in range(count)]
    return entry("Sequential", {"name": "m", "layers": layers}, "keras.models")


def relu(name):
    return entry("ReLU", {"name": name})


def dense(name):
    return entry("Dense", {"units": 2, "name": name})


def one_called_very_often(count):
    config = chain(1, relu)
    nodes = config["config"]["layers"][1]["inbound_nodes"]
    for number in range(count):
        inner = {"class_name": "__keras_tensor__", "config": {"keras_history": ["d0", number, 0]}}
        nodes.append({"args": [inner], "kwargs": {}})
    return graph_of(config["config"]["layers"], "d0", count)


for _name, _config, _wide in (
    ("very many layers in a graph", lambda: chain(9_000, relu), False),
    ("very many layers that are not built", lambda: row(15_000, relu), False),
    ("very many layers in a row", lambda: row(9_000, relu, (None, 2)), True),
    ("very many layers with weights", lambda: chain(3_900, dense), True),
    ("one layer that is called very often", lambda: one_called_very_often(9_000), True),
):
    add(_name, "model_from_json", lambda y, c=_config: y.json(c()), MANY, wide=_wide)


@kind("load_model", MANY)
def very_many_layers_of_keras_2(yard):
    return yard.old(old_words(row(15_000, relu)))


@kind("model_from_json", MANY)
def models_that_double_within_each_other(yard):
    """Thirteen levels, each of two of the level below: eight thousand layers, and as many models."""
    inner = relu("d")
    for number in range(13):
        other = {**inner, "config": {**inner["config"], "name": f"n{number}"}}
        inner = entry("Sequential", {"name": f"m{number}", "layers": [inner, other]}, "keras.models")
    return yard.json(inner)


# ------------------------------------------------------------------------- large, but without any harm


@kind("model_from_json", "", loads=True)
def as_many_layers_as_the_largest_models_have(yard):
    return yard.json(chain(1_100, dense))


@kind("model_from_json", "", "W8", loads=True)
def a_large_model_takes_no_memory_before_it_is_used(yard):
    return yard.json(changed(yard, with_value("units", lambda c: 2 * 10**8)))


@kind("model_from_json", "", loads=True)
def a_long_unrolled_layer_is_not_unrolled_before_it_is_used(yard):
    layers = [
        entry("InputLayer", {"batch_shape": [None, 10**6, 2]}),
        entry("SimpleRNN", {"units": 1, "unroll": True}),
    ]
    return yard.json({"module": "keras", "class_name": "Sequential", "config": {"layers": layers}})


@kind("load_model", "asks for 1,600,[\\d,]* bytes, but the file holds only", "W8")
def twenty_thousand_units_in_a_small_file(yard):
    layers = [
        entry("InputLayer", {"batch_shape": [None, 20_000]}),
        entry("Dense", {"units": 20_000, "name": "first"}),
    ]
    return yard.keras(
        config={"module": "keras", "class_name": "Sequential", "config": {"layers": layers}}
    )


# ------------------------------------------------------------------------------------- doors of layers


for _door, _wrap in {
    "layers.deserialize": lambda layer: layer,
    "deserialize": lambda layer: layer,
    "from_config": lambda layer: {"config": {"layers": [layer]}},
}.items():
    add(
        f"CVE-2026-12481 a lambda at the door {_door}",
        _door,
        lambda y, w=_wrap: y.json(w(entry("Lambda", {"name": "evil", "function": lambda_of(y.canary)}))),
        'Lambda "evil": its function was a lambda',
    )
    add(
        f"CVE-2026-12481 os.system at the door {_door}",
        _door,
        lambda y, w=_wrap: y.json(w(entry("system", {"command": "true"}, "os"))),
        f'{NOT_KNOWN} "system" is known',
    )
    add(
        f"lists within lists at the door {_door}",
        _door,
        lambda y, w=_wrap: y.json(w(entry("Dense", {"units": lists(300)}))),
        "levels deep",
    )
