"""Hostile HDF5 files: weights that lie elsewhere, declare more than there is, or are no numbers. Each is
a `.weights.h5`, is put into a `.keras`, and is a `.h5` of Keras 2."""

import h5py
import numpy as np

from tests.hostile.kinds import add, kind

PLACE = "layers/dense/vars/1"  # a bias of three numbers
OLD_PLACE = "model_weights/first/stack/first/bias"


def external(yard):
    def make(file, place):
        group, _, name = place.rpartition("/")
        files = [(str(yard.canary / "secret.txt"), 0, 12)]
        file[group].create_dataset(name, (3,), "f4", external=files)

    return make


def virtual(yard, growing=False):
    def make(file, place):
        source = h5py.VirtualSource(
            str(yard.canary / "other.h5"), "x", (3,), maxshape=(None,) if growing else None
        )
        layout = h5py.VirtualLayout((3,), "f4", maxshape=(None,) if growing else None)
        if growing:
            layout[: h5py.h5s.UNLIMITED] = source[: h5py.h5s.UNLIMITED]
        else:
            layout[:] = source
        file.create_virtual_dataset(place, layout)

    return make


def filtered(number):
    def make(file, place):
        plan = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
        plan.set_chunk((3,))
        plan.set_filter(number, h5py.h5z.FLAG_OPTIONAL)
        space = h5py.h5s.create_simple((3,))
        h5py.h5d.create(file.id, place.encode(), h5py.h5t.IEEE_F32LE, space, plan)

    return lambda yard: make


def declared(shape, **more):
    return lambda yard: lambda file, place: file.create_dataset(place, shape, "f4", **more)


def of(data, **more):
    return lambda yard: lambda file, place: file.create_dataset(place, data=data, **more)


def linked(link):
    def at(yard):
        def make(file, place):
            file[place] = link(yard)

        return make

    return at


def round_about(file, place):
    """A group that holds itself."""
    file[place] = file[place.rpartition("/")[0]]


def references(file, place):
    file.create_dataset(place, data=np.array([file.ref] * 3, dtype=h5py.ref_dtype))


def noted(note):
    """Three numbers with a note on their dtype that does not fit."""

    def make(file, place):
        dataset = file.create_dataset(place, data=np.zeros(3, "f4"))
        dataset.attrs["dtype"] = note

    return lambda yard: make


def of_type(kind):
    """Three numbers of a type that NumPy may not know."""

    def make(file, place):
        space = h5py.h5s.create_simple((3,))
        h5py.h5d.create(file.id, place.encode(), kind(), space)

    return lambda yard: make


def odd_float():
    kind = h5py.h5t.IEEE_F32LE.copy()
    kind.set_fields(31, 20, 11, 0, 20)
    return kind


def misnamed(file, place):
    """An array under a name that is no UTF-8."""
    group = file[place.rpartition("/")[0]]
    h5py.h5d.create(group.id, b"bi\xffs", h5py.h5t.IEEE_F32LE, h5py.h5s.create_simple((3,)))


# What stands in the place of an array: how it is made, and what the message says.
ARRAYS = {
    "CVE-2026-1669 an array kept in another file": (external, "kept in another file"),
    "CVE-2026-1669 a link into another file": (
        linked(lambda yard: h5py.ExternalLink(str(yard.canary / "other.h5"), "x")),
        "a link into another file",
    ),
    "a link into a file that is not there": (
        linked(lambda yard: h5py.ExternalLink("../../nothing.h5", "x")),
        "a link into another file",
    ),
    "W1 a link to another place": (
        linked(lambda yard: h5py.SoftLink("/elsewhere")),
        "a link to another place",
    ),
    "a link to itself": (linked(lambda yard: h5py.SoftLink(PLACE)), "a link to another place"),
    "W1 a view of another file": (virtual, "a view of other arrays"),
    "W1 a growing view of another file": (lambda yard: virtual(yard, True), "a view of other arrays"),
    "W9 a filter of a plugin": (filtered(32015), r"packed with the filter \[32015\]"),
    "W9 a filter that nobody knows": (filtered(511), r"packed with the filter \[511\]"),
    "CVE-2026-0897 petabytes": (declared((1 << 50,), chunks=(1 << 10,)), "has shape|declares"),
    "CVE-2026-0897 petabytes, packed": (
        declared((1 << 50,), chunks=(1 << 20,), compression="gzip"),
        "has shape|declares",
    ),
    "more than 64 bits of bytes": (
        declared((1 << 40, 1 << 20), chunks=(1, 1 << 10)),
        "has shape|declares",
    ),
    "texts": (of(["a", "b", "c"]), "of the type object"),
    "texts of fixed length": (of(np.array([b"a", b"b", b"c"])), "of the type"),
    "complex numbers": (of(np.zeros(3, "complex64")), "of the type complex64"),
    "records": (of(np.zeros(3, [("a", "f4"), ("b", "f4")])), "of the type"),
    "bytes of no kind": (of(np.zeros(3, "V7")), "of the type"),
    "references to objects": (lambda yard: references, "of the type object"),
    "times": (of_type(lambda: h5py.h5t.UNIX_D32LE), "type|damaged"),
    "lists of any length": (
        of(np.array([np.zeros(2, "f4")] * 3 + [None], dtype=object)[:3], dtype=h5py.vlen_dtype("f4")),
        "of the type object",
    ),
    "one number": (of(np.float32(1)), "has shape"),
    "no numbers": (of(h5py.Empty("f4")), "is empty"),
    "another shape": (of(np.zeros((3, 1), "f4")), "has shape"),
    "a group in place of an array": (
        lambda yard: lambda file, place: file.create_group(place),
        "a group in place of an array",
    ),
    "a group that holds itself": (
        lambda yard: round_about,
        "a group in place of an array|None for it|holds",
    ),
    "a name that is no text": (lambda yard: misnamed, "None for it|holds|which it names"),
    "a type in place of an array": (
        lambda yard: lambda file, place: file.__setitem__(place, np.dtype("f4")),
        "in place of an array",
    ),
}
# What is read as numbers, whatever is noted.
NOTES = {
    "a dtype that is a list": noted([b"bfloat16"] * 3),
    "a dtype that is no dtype": noted("object"),
    "a float of odd form": of_type(odd_float),
    "a dtype of half the size": noted("bfloat16"),
}


def put(make, place):
    """A function that puts something else into a place of an open file."""

    def change(file):
        del file[place]
        make(file, place)

    return change


for _name, (_make, _words) in ARRAYS.items():
    add(
        f"{_name}, in .weights.h5",
        "load_weights",
        lambda y, m=_make: y.weights(put(m(y), PLACE)),
        _words,
    )
    add(
        f"{_name}, in .keras",
        "load_model",
        lambda y, m=_make: y.keras_with_weights(put(m(y), PLACE)),
        _words,
    )
    add(f"{_name}, in .h5", "load_model", lambda y, m=_make: y.old(change=put(m(y), OLD_PLACE)), _words)
    add(
        f"{_name}, in .h5 for weights",
        "load_weights",
        lambda y, m=_make: y.old(change=put(m(y), OLD_PLACE)),
        _words,
    )
for _name, _make in NOTES.items():
    add(_name, "load_weights", lambda y, m=_make: y.weights(put(m(y), PLACE)), "", loads=True)


# ------------------------------------------------------------------------------------ groups and names


def group_link(place, link):
    def change(file, yard):
        del file[place]
        file[place] = link(yard)

    return change


def attribute(place, name, value):
    def change(file, yard):
        group = file[place]
        if name in group.attrs:
            del group.attrs[name]
        if value is not None:
            group.attrs[name] = value

    return change


def other(yard):
    return h5py.ExternalLink(str(yard.canary / "other.h5"), "/")


def a_loop_of_groups(file, yard):
    file["layers/dense/again"] = file["layers"]
    del file["layers/dense/vars/1"]


def numbered_badly(file, yard):
    file.move("layers/dense/vars/1", "layers/dense/vars/01")


# name: door, the format, the change of a file, and what the message says.
FILES = {
    "W1 a link in the middle of a path": (
        "load_weights",
        ".weights.h5",
        group_link("layers/dense", other),
        '"layers/dense" is a link into another file',
    ),
    "W1 a link at the beginning of a path": (
        "load_weights",
        ".weights.h5",
        group_link("layers", other),
        '"layers" is a link into another file',
    ),
    "W1 a soft link in the middle of a path": (
        "load_weights",
        ".weights.h5",
        group_link("layers/dense", lambda yard: h5py.SoftLink("/layers/dense_1")),
        '"layers/dense" is a link to another place',
    ),
    "an array in place of a group": (
        "load_weights",
        ".weights.h5",
        lambda file, yard: (file.__delitem__("layers/dense"), file.__setitem__("layers/dense", [1.0])),
        "an array in place of a group",
    ),
    "groups in a loop": ("load_weights", ".weights.h5", a_loop_of_groups, "the file holds 1 for it"),
    "weights under another number": (
        "load_weights",
        ".weights.h5",
        numbered_badly,
        'holds no weight "1"',
    ),
    "no weights at all": (
        "load_weights",
        ".weights.h5",
        lambda file, yard: file.__delitem__("layers"),
        "the file holds none for it",
    ),
    "W1 a link for all weights": (
        "load_model",
        ".h5",
        group_link("model_weights", other),
        '"model_weights" is a link into another file',
    ),
    "W1 a link for a layer": (
        "load_model",
        ".h5",
        group_link("model_weights/first", other),
        "is a link into another file",
    ),
    "W1 a link for the optimizer's state": (
        "load_model",
        ".h5",
        group_link("optimizer_weights", other),
        '"optimizer_weights" is a link into another file',
    ),
    "names that are paths upwards": (
        "load_model",
        ".h5",
        attribute("model_weights/first", "weight_names", [b"../second/stack/second/bias", b"../../x"]),
        "damaged or cut off|holds",
    ),
    "names that are absolute paths": (
        "load_model",
        ".h5",
        attribute("model_weights/first", "weight_names", [b"/model_weights/second/x", b"/y"]),
        "damaged or cut off|holds",
    ),
    "layers that are paths": (
        "load_model",
        ".h5",
        attribute("model_weights", "layer_names", [b"../model_weights/first", b"second"]),
        "damaged or cut off|holds",
    ),
    "names that are numbers": (
        "load_model",
        ".h5",
        attribute("model_weights", "layer_names", [1, 2, 3]),
        '"layer_names".*is no list of names',
    ),
    "names that are one text": (
        "load_model",
        ".h5",
        attribute("model_weights", "layer_names", "first"),
        '"layer_names".*is no list of names',
    ),
    "a name that is there twice": (
        "load_model",
        ".h5",
        attribute("model_weights", "layer_names", [b"first", b"first"]),
        "has a name twice",
    ),
    "no names": (
        "load_model",
        ".h5",
        attribute("model_weights", "layer_names", None),
        "holds weights of 0 layers",
    ),
    "a configuration that is a number": (
        "load_model",
        ".h5",
        attribute("/", "model_config", 7),
        "describes a int",
    ),
    "a configuration that is an array": (
        "load_model",
        ".h5",
        attribute("/", "model_config", np.zeros((3, 3))),
        "no JSON text|describes",
    ),
    "CVE-2025-9905 os.system compiled": (
        "load_model",
        ".h5",
        attribute(
            "/", "training_config", '{"optimizer_config": {"class_name": "system", "config": {}}}'
        ),
        "system",
    ),
    "CVE-2025-9905 a lambda compiled": (
        "load_model",
        ".h5",
        attribute(
            "/",
            "training_config",
            '{"optimizer_config": {"class_name": "SGD", "config": {}}, '
            '"loss": {"class_name": "__lambda__", "config": {"code": "4wEAAAA="}}}',
        ),
        "lambda|__lambda__",
    ),
    "a compilation that is no dict": (
        "load_model",
        ".h5",
        attribute("/", "training_config", "[1]"),
        "What the model is compiled with cannot be made",
    ),
    "a compilation that is no JSON": (
        "load_model",
        ".h5",
        attribute("/", "training_config", "{"),
        "is no JSON text",
    ),
}


@kind("load_model", '"/: model_config" is a text longer than the file')
def a_text_that_declares_two_gigabytes(yard):
    path = yard.old()
    data = bytearray(path.read_bytes())
    at = data.index(b"model_config\0")
    sizes = [int.from_bytes(data[at - 8 + i : at - 6 + i], "little") for i in (2, 4, 6)]
    begin = at + sum(-(-size // 8) * 8 for size in sizes)
    data[begin : begin + 4] = b"\xff\xff\xff\x7f"
    path.write_bytes(data)
    return path


def _file(ending, change):
    if ending == ".weights.h5":
        return lambda yard: yard.weights(lambda file: change(file, yard))
    return lambda yard: yard.old(change=lambda file: change(file, yard))


for _name, (_door, _ending, _change, _words) in FILES.items():
    add(f"{_name}, {_ending}", _door, _file(_ending, _change), _words)
