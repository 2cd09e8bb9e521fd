"""Hostile archives: `.keras` files whose zip container is the attack."""

import io
import struct
import zipfile
import zlib

import numpy as np

from tests.hostile.kinds import add, kind

OUTSIDE = "would lie outside of the archive"
FOLDER = "assets/layers/string_lookup/"
for _what, _name in {
    "CVE-2025-12060 a member above": "../evil.txt",
    "GHSA-hqp4-2352-xf5r a member far above": "a/../../../../evil.txt",
    "an absolute member": "/tmp/evil.txt",
    "a member with a drive": "c:\\evil.txt",
    "W6 a member above, with backslashes": "..\\..\\evil.txt",
    "a vocabulary above": f"{FOLDER}../../../evil.txt",
}.items():
    for _door in ("load_model", "load_weights"):
        add(
            f"{_what}, {_door}",
            _door,
            lambda yard, name=_name: yard.keras({name: b"evil"}, base="words.keras"),
            OUTSIDE,
        )


def member(yard, name, change, content=b"x", **more):
    """A whole file with one more member, whose entry is changed."""
    path = yard.keras()
    with zipfile.ZipFile(path, "a") as archive:
        info = zipfile.ZipInfo(name)
        change(info)
        archive.writestr(info, content, **more)
    return path


@kind("load_model", "is a link or a device", "CVE-2025-12638")
def a_link_in_the_archive(yard):
    def link(info):
        info.create_system, info.external_attr = 3, 0o120777 << 16

    return member(yard, FOLDER + "vocabulary.txt", link, str(yard.canary / "secret.txt").encode())


@kind("load_model", "is a link or a device")
def a_device_in_the_archive(yard):
    def device(info):
        info.create_system, info.external_attr = 3, 0o060666 << 16

    return member(yard, "assets/disk", device)


@kind("load_model", "is there twice")
def a_configuration_that_is_there_twice(yard):
    import warnings

    path = yard.keras()
    with zipfile.ZipFile(path, "a") as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        archive.writestr("config.json", "{}")
    return path


@kind("load_model", "is packed in another way")
def a_member_packed_by_bzip2(yard):
    return member(yard, "assets/a.txt", lambda info: None, b"a" * 1000, compress_type=zipfile.ZIP_BZIP2)


@kind("load_model", "is packed in another way")
def a_member_packed_by_lzma(yard):
    return member(yard, "assets/a.txt", lambda info: None, b"a" * 1000, compress_type=zipfile.ZIP_LZMA)


def bomb(name):
    """A member of zeros that would unpack to very much."""

    def make(yard):
        path = yard.keras({name: None})
        packed = zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED)
        with packed as archive, archive.open(name, "w") as file:
            for _ in range(64):
                file.write(bytes(1 << 20))
        return path

    return make


for _name in ("config.json", "model.weights.h5"):
    add(f"W2 a bomb in {_name}", "load_model", bomb(_name), "would unpack to 67,108,864 bytes from")
add("W2 a bomb in weights", "load_weights", bomb("model.weights.h5"), "would unpack to 67,108,864 bytes")


@kind("load_model", "would unpack to", "W2")
def a_bomb_in_an_asset(yard):
    name = FOLDER + "vocabulary.txt"
    path = yard.keras({name: None}, base="words.keras")
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, bytes(64 << 20))
    return path


def patched(yard, member_name, offset, value):
    """A whole file with other bytes in the entry of a member in the directory."""
    path = yard.keras()
    data = bytearray(path.read_bytes())
    start = data.rindex(member_name.encode()) - 46
    assert data[start : start + 4] == b"PK\x01\x02"
    data[start + offset : start + offset + len(value)] = value
    path.write_bytes(data)
    return path


@kind("load_model", "damaged or cut off|would unpack|has [\\d,]* bytes", "W2")
def a_member_that_lies_about_its_size(yard):
    return patched(yard, "config.json", 24, struct.pack("<L", 0xFFFFFFF0))


@kind("load_model", "damaged or cut off")
def a_member_that_begins_elsewhere(yard):
    return patched(yard, "config.json", 42, struct.pack("<L", 0x7FFFFFF0))


@kind("load_model", "damaged or cut off")
def a_member_with_another_checksum(yard):
    return patched(yard, "config.json", 16, struct.pack("<L", 12345))


@kind("load_model", "is encrypted")
def a_member_that_is_encrypted(yard):
    return patched(yard, "config.json", 8, struct.pack("<H", 1))


@kind("load_model", "packed in another way|damaged")
def a_member_of_an_unknown_packing(yard):
    return patched(yard, "config.json", 10, struct.pack("<H", 77))


@kind("load_model", 'no member "config.json"')
def no_configuration(yard):
    return yard.keras({"config.json": None})


@kind("load_model", 'no member "model.weights.h5"')
def no_weights(yard):
    return yard.keras({"model.weights.h5": None})


@kind("load_model", "npz, which is not built", "W4")
def pickled_arrays_for_weights(yard):
    memory = io.BytesIO()
    np.savez(memory, a=np.array([{"a": 1}], dtype=object))
    return yard.keras({"model.weights.h5": None, "model.weights.npz": memory.getvalue()})


@kind("load_model", "damaged or cut off", "W4")
def a_pickle_for_weights(yard):
    return yard.keras({"model.weights.h5": b"\x80\x04cos\nsystem\n(S'true'\ntR."})


@kind("load_model", "a pickle, which Cornu never opens", "W4")
def a_pickle_for_a_model(yard):
    return yard.file(b"\x80\x04cos\nsystem\n(S'true'\ntR.")


@kind("load_weights", "no member", "W4")
def arrays_of_objects_for_weights(yard):
    memory = io.BytesIO()
    np.savez(memory, a=np.array([{"a": 1}], dtype=object))
    return yard.file(memory.getvalue(), ".npz")


@kind("load_model", "damaged or cut off")
def a_zip_within_a_zip_for_weights(yard):
    return yard.keras({"model.weights.h5": yard.whole["stack.keras"].read_bytes()})


@kind("load_model", "damaged or cut off|no member")
def nothing_but_the_end_of_a_zip(yard):
    return yard.file(b"PK\x05\x06" + bytes(18))


@kind("load_model", "damaged or cut off")
def a_directory_of_very_many_members(yard):
    return yard.file(b"PK\x05\x06" + struct.pack("<HHHHLLH", 0, 0, 65535, 65535, 0xFFFFFFF0, 0, 0))


@kind("load_model", "damaged or cut off")
def a_stream_that_breaks_off(yard):
    path = yard.keras(packed=zipfile.ZIP_DEFLATED)
    data = bytearray(path.read_bytes())
    start = data.index(b"config.json") + 40
    data[start : start + 20] = zlib.compress(b"other")[:20].ljust(20, b"\xff")
    path.write_bytes(data)
    return path


@kind("load_model", "a.txt|names a file")
def an_asset_that_is_a_path_on_windows(yard):
    return yard.keras({FOLDER + "a:b.txt": b"x"}, base="words.keras")


@kind("load_model", "terms|vocabulary|decode|text", "CVE-2025-12058")
def a_vocabulary_that_is_no_text(yard):
    return yard.keras({FOLDER + "vocabulary.txt": b"\xff\xfe\x00a\nb"}, base="words.keras")


for _name, _text in {
    "a number": b"7",
    "a list": b"[[1], 2]",
    "a text": b'"a"',
    "deep": b'{"a":{"b":[]}}',
}.items():
    add(
        f"notes on the writer that are {_name}",
        "load_model",
        lambda y, t=_text: y.keras({"metadata.json": t}),
        "",
        loads=True,
    )
