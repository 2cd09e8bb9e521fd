"""Hostile files of the newer formats: weights in shards, models as folders, safetensors."""

import json
import os

import h5py

from tests.hostile.arrays import ARRAYS, PLACE, put
from tests.hostile.configurations import chain, entry, function
from tests.hostile.kinds import add, kind

OUTSIDE = "shards are plain files ending with '.h5' beside their map"
DAMAGED = "is damaged or no file of safetensors"
DENSE = "/layers/dense/vars"

# ------------------------------------------------------------------------------------------ the map


def map_with(change):
    """Weights in shards whose map a function has changed, or made anew."""

    def make(yard):
        def within(folder):
            path = folder / "stack.weights.json"
            found = json.loads(path.read_text())
            found = change(found, yard) or found
            path.write_bytes(found if isinstance(found, bytes) else json.dumps(found).encode())

        return yard.several(within)

    return make


def naming(name):
    """A map that names another file for one place."""
    return map_with(lambda found, yard: found["weight_map"].update({DENSE: name}))


for _what, _name in {
    "a shard above": "../other.h5",
    "a shard far above": "../../../../etc/other.h5",
    "an absolute shard": "/etc/other.h5",
    "a shard below": "a/other.h5",
    "a shard above, with backslashes": "..\\other.h5",
    "a shard on a drive": "c:other.h5",
    "a shard of another ending": "secret.txt",
    "a shard without a name": "",
    "a shard that is the folder": "..",
    "a shard with a line break": "a.h5\n",
    "a shard with a zero byte": "a\0.h5",
    "a shard from the net": "https://example.com/a.h5",
    "a shard in a list above": ["stack_00000.weights.h5", "../other.h5"],
}.items():
    add(f"{_what}, in a map", "load_weights", naming(_name), OUTSIDE)


def listed(found):
    """The shards of one place, as a list."""
    names = found["weight_map"][DENSE]
    return [names] if isinstance(names, str) else names


def without_a_place(found, yard):
    del found["weight_map"][DENSE]


MAPS = {
    "a shard that is not there": (lambda m, y: m["weight_map"].update({DENSE: "no.h5"}), "1 of the"),
    "very many shards": (
        lambda m, y: m["weight_map"].update({f"/l/{n}": f"s_{n:07}.h5" for n in range(300_000)}),
        "it names more than 10,000 files",
    ),
    "very many shards of one place": (
        lambda m, y: m["weight_map"].update({DENSE: [f"s_{n:07}.h5" for n in range(300_000)]}),
        "it names more than 10,000 files",
    ),
    "a shard that is a number": (lambda m, y: m["weight_map"].update({DENSE: 7}), "is in no file"),
    "a shard that is a dict": (lambda m, y: m["weight_map"].update({DENSE: {"a": 1}}), "is in no file"),
    "shards that are numbers": (lambda m, y: m["weight_map"].update({DENSE: [1, 2]}), "is in no file"),
    "no shards of a place": (lambda m, y: m["weight_map"].update({DENSE: []}), "the file holds none"),
    "a place in the wrong shard": (
        lambda m, y: m["weight_map"].update({DENSE: m["weight_map"]["/layers/dense_1/vars"]}),
        'has no "layers/dense"|holds',
    ),
    "a place that is missing": (
        lambda m, y: m["weight_map"].pop(DENSE) and None,
        "the file holds none for it",
    ),
    "no map": (lambda m, y: {"a": 1}, 'it has no "weight_map"'),
    "a map that is a list": (lambda m, y: [1], 'it has no "weight_map"'),
    "a map of a list": (lambda m, y: {"weight_map": [1]}, 'it has no "weight_map"'),
    "a map that is no JSON": (lambda m, y: b"{nonsense", "is no JSON text"),
    "a map of brackets": (lambda m, y: b'{"a":' + b"[" * 100_000, "levels deep|no JSON"),
    "a map of very many lists": (lambda m, y: b"[" + b"[]," * 300_000 + b"1]", "more than 200,000"),
    "a map that is no text": (lambda m, y: b"\xff\xfe\x00", "is no JSON text"),
    "a place that is there twice": (
        lambda m, y: b'{"weight_map": {"/a/vars": "a.h5", "/a/vars": "b.h5"}}',
        'has the entry "/a/vars" twice',
    ),
    "a map longer than any": (lambda m, y: b'{"a": "' + b"a" * (65 << 20) + b'"}', "longer than"),
    "a mark that is another's": (
        lambda m, y: m["metadata"]["shards"].update(dict.fromkeys(m["metadata"]["shards"], "other")),
        "is another one of this name",
    ),
    "a mark that is a list": (
        lambda m, y: m["metadata"]["shards"].update({name: [1] for name in m["metadata"]["shards"]}),
        "is another one of this name",
    ),
}
for _name, (_change, _words) in MAPS.items():
    add(f"{_name}, in a map", "load_weights", map_with(_change), _words)
# What is written beside the map, and is not asked for, does no harm.
for _name, _change in {
    "metadata that is a number": lambda m, y: m.update(metadata=7),
    "a total that lies": lambda m, y: m["metadata"].update(total_size=1 << 60),
    "shards that are named twice": lambda m, y: m["weight_map"].update({DENSE: 2 * listed(m)}),
}.items():
    add(f"{_name}, in a map", "load_weights", map_with(_change), "", loads=True)

# -------------------------------------------------------------------------------------- the shards


def shard_of(folder, place=DENSE):
    """The path of the shard that has the last array of a place."""
    names = json.loads((folder / "stack.weights.json").read_text())["weight_map"][place]
    return folder / (names if isinstance(names, str) else names[-1])


def a_shard(change):
    return lambda yard: yard.several(lambda folder: change(shard_of(folder), yard))


def instead(change):
    """A shard that is replaced by something else."""

    def make(path, yard):
        path.unlink()
        change(path, yard)

    return a_shard(make)


for _name, (_make, _words) in {
    "a link to a file elsewhere": (
        lambda path, yard: path.symlink_to(yard.canary / "other.h5"),
        "is refused: it names the file",
    ),
    "a link to nothing": (lambda path, yard: path.symlink_to("nothing.h5"), "are missing"),
    "a folder": (lambda path, yard: path.mkdir(), "are missing"),
    "a pipe that nobody writes": (lambda path, yard: os.mkfifo(path), "are missing"),
    "a pickle": (lambda path, yard: path.write_bytes(b"\x80\x04cos\nsystem\n."), "damaged or cut off"),
    "nothing": (lambda path, yard: path.touch(), "damaged or cut off"),
}.items():
    add(f"{_name} in place of a shard", "load_weights", instead(_make), _words)


def with_array(make, place=PLACE):
    def change(yard):
        def within(path, yard):
            with h5py.File(path, "a") as file:
                put(make(yard), place)(file)

        return a_shard(within)(yard)

    return change


for _name, (_make, _words) in ARRAYS.items():
    add(f"{_name}, in a shard", "load_weights", with_array(_make), _words)


@kind("load_weights", "a heap of texts without end")
def a_heap_of_which_a_piece_has_no_size(yard):
    """At it, HDF5 would stay for ever."""

    def change(path, yard):
        content = bytearray(path.read_bytes())
        first = content.index(b"GCOL") + 16
        content[first : first + 16] = bytes(16)
        path.write_bytes(content)

    return a_shard(change)(yard)


@kind("load_weights", "damaged or cut off")
def a_shard_that_is_cut_off(yard):
    return a_shard(lambda path, yard: path.write_bytes(path.read_bytes()[:900]))(yard)


@kind("load_weights", '"layers/dense" is a link into another file')
def a_link_in_the_middle_of_a_path_of_a_shard(yard):
    def change(path, yard):
        with h5py.File(path, "a") as file:
            del file["layers/dense"]
            file["layers/dense"] = h5py.ExternalLink(str(yard.canary / "other.h5"), "/")

    return a_shard(change)(yard)


# ----------------------------------------------------------------------------------------- folders


def a_folder(change, base="stack"):
    return lambda yard: yard.several(lambda folder: change(folder, yard), base)


def link(member, target):
    def change(folder, yard):
        path = folder / member
        if path.is_dir():
            for each in path.rglob("*"):
                each.is_file() and each.unlink()
            for each in sorted(path.rglob("*"), reverse=True):
                each.rmdir()
            path.rmdir()
        else:
            path.unlink()
        path.symlink_to(target(yard))

    return change


def text(content):
    return lambda folder, yard: (folder / "config.json").write_bytes(content(yard))


def weights(make):
    def change(folder, yard):
        with h5py.File(folder / "model.weights.h5", "a") as file:
            put(make(yard), PLACE)(file)

    return change


def sparse(member, size):
    """A member that declares more than the disk holds of it."""
    return lambda folder, yard: os.truncate(folder / member, size)


VOCABULARY = "assets/layers/string_lookup/vocabulary.txt"
LEADS_OUT = "is a link that leads out of the folder"
for _name, (_change, _words, _base) in {
    "weights that lie elsewhere": (
        link("model.weights.h5", lambda y: y.canary / "other.h5"),
        LEADS_OUT,
        "stack",
    ),
    "a configuration that lies elsewhere": (
        link("config.json", lambda y: y.canary / "secret.txt"),
        LEADS_OUT,
        "stack",
    ),
    "CVE-2025-12058 a vocabulary that lies elsewhere": (
        link(VOCABULARY, lambda y: y.canary / "secret.txt"),
        LEADS_OUT,
        "words",
    ),
    "assets that lie elsewhere": (link("assets", lambda y: y.canary), LEADS_OUT, "words"),
    "a configuration of gigabytes": (sparse("config.json", 1 << 32), "has 4,294,967,296 bytes", "stack"),
    "a vocabulary of gigabytes": (sparse(VOCABULARY, 1 << 32), "has 4,294,967,296 bytes", "words"),
    "weights that are cut off": (sparse("model.weights.h5", 900), "damaged or cut off", "stack"),
    "no weights": (lambda f, y: (f / "model.weights.h5").unlink(), "no member", "stack"),
    "a pipe for weights": (
        lambda f, y: ((f / "model.weights.h5").unlink(), os.mkfifo(f / "model.weights.h5")),
        "no member",
        "stack",
    ),
    "a pipe for a configuration": (
        lambda f, y: ((f / "config.json").unlink(), os.mkfifo(f / "config.json")),
        "no member",
        "stack",
    ),
    "a folder for a configuration": (
        lambda f, y: ((f / "config.json").unlink(), (f / "config.json").mkdir()),
        "no member",
        "stack",
    ),
    "CVE-2025-1550 os.system": (
        text(lambda y: json.dumps(entry("system", {"command": "true"}, "os")).encode()),
        'No class or function "system" is known',
        "stack",
    ),
    "CVE-2025-8747 a function that downloads": (
        text(
            lambda y: json.dumps(
                entry("Lambda", {"name": "evil", "function": function("get_file", "keras.utils")})
            ).encode()
        ),
        'No class or function "get_file"',
        "stack",
    ),
    "W8 twenty thousand units": (
        text(lambda y: json.dumps(y.config()).replace('"units": 3', '"units": 200000000').encode()),
        "but the file holds only",
        "stack",
    ),
    "very many layers": (
        text(lambda y: json.dumps(chain(9_000, lambda n: entry("ReLU", {"name": n}))).encode()),
        "more than any known model",
        "stack",
    ),
    "a configuration of brackets": (text(lambda y: b"[" * 100_000), "levels deep|no JSON", "stack"),
    "CVE-2026-1669 an array kept in another file": (
        weights(ARRAYS["CVE-2026-1669 an array kept in another file"][0]),
        "kept in another file",
        "stack",
    ),
    "CVE-2026-0897 petabytes": (
        weights(ARRAYS["CVE-2026-0897 petabytes"][0]),
        "has shape|declares",
        "stack",
    ),
    "W1 a view of another file": (
        weights(ARRAYS["W1 a view of another file"][0]),
        "a view of other arrays",
        "stack",
    ),
}.items():
    _wide = _name == "very many layers"
    add(f"{_name}, in a folder", "load_model", a_folder(_change, _base), _words, wide=_wide)
for _name in ("model.weights.h5", "config.json"):
    add(
        f"{_name} that lies elsewhere, in a folder for weights",
        "load_weights",
        a_folder(link(_name, lambda y: y.canary / "other.h5")),
        f"{LEADS_OUT}|holds|damaged",
        loads=_name == "config.json",
    )

# ------------------------------------------------------------------------------------- safetensors


def first(change):
    """A change of the entry of the first array, which is a kernel of shape (4, 3)."""

    def make(found):
        change(found["first/kernel"])

    return make


def placed(start, end):
    return first(lambda e: e.update(data_offsets=[start, end]))


def also(name, **fields):
    return lambda found: found.update(
        {name: {"dtype": "F32", "shape": [], "data_offsets": [0, 4], **fields}}
    )


for _name, (_change, _words) in {
    "offsets that overlap": (
        lambda found: (
            found["first/kernel"].update(data_offsets=found["first/kernel"]["data_offsets"])
            or found["second/kernel"].update(
                shape=[3, 1],
                data_offsets=[found["first/kernel"]["data_offsets"][0] + o for o in (0, 12)],
            )
        ),
        "overlaps|leaves a gap",
    ),
    "an array within an array": (also("more"), "overlaps"),
    "negative offsets": (placed(-48, 0), "no shape or place that makes sense"),
    "offsets the wrong way round": (placed(48, 0), "needs 48 bytes, but its place has -48"),
    "offsets of 64 bits": (placed(1 << 63, (1 << 63) + 48), "leaves a gap|bytes"),
    "offsets beyond 64 bits": (placed(1 << 80, (1 << 80) + 48), "leaves a gap|bytes"),
    "offsets that are fractions": (placed(0.0, 48.0), "no shape or place that makes sense"),
    "offsets that are truths": (placed(False, True), "no shape or place that makes sense"),
    "three offsets": (first(lambda e: e["data_offsets"].append(48)), "no shape or place"),
    "no offsets": (first(lambda e: e.pop("data_offsets")), "no shape or place"),
    "a dtype that lies": (
        first(lambda e: e.update(dtype="F64")),
        "needs 96 bytes, but its place",
    ),
    "a dtype that is half": (first(lambda e: e.update(dtype="F16")), "needs 24 bytes, but"),
    "a dtype of objects": (first(lambda e: e.update(dtype="O")), "has the type 'O', which is none of"),
    "a dtype that is a list": (first(lambda e: e.update(dtype=["F32"])), "has the type|damaged"),
    "a dtype in NumPy's words": (first(lambda e: e.update(dtype="|O8")), "which is none of"),
    "complex numbers": (first(lambda e: e.update(dtype="C64", shape=[2, 3])), "has shape"),
    "a negative shape": (first(lambda e: e.update(shape=[-4, -3])), "no shape or place"),
    "petabytes": (first(lambda e: e.update(shape=[1 << 50])), "bytes, but its place has 48"),
    "more than 64 bits of numbers": (
        first(lambda e: e.update(shape=[1 << 40, 1 << 40])),
        "bytes, but its place has 48",
    ),
    "nothing of very much": (
        first(lambda e: e.update(shape=[1 << 62, 0, 1 << 62])),
        "needs 0 bytes, but its place has 48",
    ),
    "very many axes": (first(lambda e: e.update(shape=[1] * 100_000 + [4, 3])), "has shape"),
    "a shape that is a text": (first(lambda e: e.update(shape="4")), "no shape or place"),
    "an entry that is a list": (lambda found: found.update({"first/kernel": [1]}), "has the type None"),
    "another shape": (first(lambda e: e.update(shape=[3, 4])), "has shape"),
    "another name": (
        lambda found: found.update({"../../first/kernel": found.pop("first/kernel")}),
        'the file has no "first/kernel"',
    ),
    "nothing at all": (lambda found: {"__metadata__": {"a": "b"}}, "arrays have 0 bytes"),
    "a list": (lambda found: [1, 2], DAMAGED),
    "a number": (lambda found: 7.5, DAMAGED),
}.items():
    add(f"{_name}, safetensors", "load_weights", lambda y, c=_change: y.tensors(change=c), _words)

for _name, (_header, _words) in {
    "no JSON": (b"nonsense", DAMAGED),
    "no text": (b"\xff\xfe\x00\x01", DAMAGED),
    "text of two bytes a letter": ("{}".encode("utf-16-be"), DAMAGED),
    "brackets": (b"[" * 100_000, DAMAGED),
    "brackets within brackets": (b'{"a":' * 50_000 + b"1" + b"}" * 50_000, DAMAGED),
    "a name twice": (b'{"a": 1, "a": 2}', "a name stands twice"),
    "very many arrays": (
        b"{"
        + b",".join(
            b'"a%d":{"dtype":"F32","shape":[0],"data_offsets":[0,0]}' % n for n in range(300_000)
        )
        + b"}",
        "it names more than 200,000 arrays",
    ),
    "very many lists": (b'{"a":[' + b"[]," * 5_000_000 + b"1]}", "it names more than 200,000 arrays"),
    "very many numbers": (b'{"a":[' + b"1.5," * 5_000_000 + b"1]}", DAMAGED),
    "a very long number": (b'{"a":' + b"9" * 10_000 + b"}", DAMAGED),
    "a header longer than any": (b" " * (40 << 20) + b"{}", "its header would have"),
}.items():
    add(f"{_name}, safetensors", "load_weights", lambda y, h=_header: y.tensors(header=h), _words)
for _name, _length in {
    "beyond the file": 1 << 20,
    "of 63 bits": (1 << 63) - 1,
    "of 64 bits": (1 << 64) - 1,
}.items():
    add(
        f"a header {_name}, safetensors",
        "load_weights",
        lambda y, n=_length: y.file(n.to_bytes(8, "little") + b"{}", ".safetensors"),
        "its header would have",
    )
for _name, _content, _words in (
    ("nothing", b"", "shorter than 8 bytes"),
    ("seven bytes", b"1234567", "shorter than 8 bytes"),
    ("a pickle", b"\x80\x04cos\nsystem\n(S'true'\ntR.", DAMAGED),
    ("a zip archive", b"PK\x03\x04" + bytes(60), DAMAGED),
):
    add(
        f"{_name} in place of safetensors",
        "load_weights",
        lambda y, c=_content: y.file(c, ".safetensors"),
        _words,
    )


@kind("load_weights", "bytes, and the file has|arrays have")
def safetensors_with_more_behind(yard):
    path = yard.tensors()
    path.write_bytes(path.read_bytes() + b"more")
    return path


@kind("load_weights", "", loads=True)
def safetensors_with_strange_notes(yard):
    return yard.tensors(change=lambda found: found.update(__metadata__={"format": ["../../x", {}]}))


# -------------------------------------------------------------------------- what inspecting looks at


@kind("load_weights", "", loads=True)
def groups_that_hold_themselves_twice(yard):
    def change(file):
        for name in ("again", "once_more"):
            file[f"layers/{name}"] = file["layers"]

    return yard.weights(change)
