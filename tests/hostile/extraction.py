"""Hostile archives for `get_file(extract=True)`."""

import io
import tarfile
import warnings
import zipfile

from tests.hostile.kinds import add, kind

LEAVES = "would be written outside of the folder"


def tar(yard, *members, mode="w"):
    """A tar archive of these: pairs of what changes an entry, and its content."""
    path = yard._new(".tar")
    with tarfile.open(path, mode) as archive:
        for change, content in members:
            info = tarfile.TarInfo("plain.txt")
            info.size = len(content)
            change(info)
            archive.addfile(info, io.BytesIO(content))
    return path


def entry(name, kind=tarfile.REGTYPE, target=""):
    def change(info):
        info.name, info.type, info.linkname = name, kind, target

    return change


TARS = {
    "CVE-2024-55459 a file above": ([(entry("../evil.txt"), b"x")], LEAVES),
    "CVE-2024-55459 a file far above": ([(entry("a/b/../../../evil.txt"), b"x")], LEAVES),
    "an absolute file": ([(entry("/tmp/evil.txt"), b"x")], LEAVES),
    "a file with a drive": ([(entry("C:/evil.txt"), b"x")], LEAVES),
    "W6 a file above, with backslashes": ([(entry("..\\evil.txt"), b"x")], LEAVES),
    "CVE-2025-12060 a link out of the folder": (
        [(entry("link", tarfile.SYMTYPE, "../../canary/secret.txt"), b"")],
        LEAVES,
    ),
    "CVE-2025-12638 an absolute link": ([(entry("link", tarfile.SYMTYPE, "/etc/passwd"), b"")], LEAVES),
    "CVE-2025-12060 a file through a link": (
        [(entry("link", tarfile.SYMTYPE, ".."), b""), (entry("link/evil.txt"), b"x")],
        f"{LEAVES}|which the archive does not hold",
    ),
    "W3 a link by text only within": (
        [(entry("a/link", tarfile.SYMTYPE, "../b/../../canary"), b"")],
        f"{LEAVES}|which the archive does not hold",
    ),
    "W3 a hard link to a file outside": ([(entry("link", tarfile.LNKTYPE, "/etc/passwd"), b"")], LEAVES),
    "W3 a hard link whose name leaves": (
        [(entry("a.txt"), b"x"), (entry("../evil.txt", tarfile.LNKTYPE, "a.txt"), b"")],
        LEAVES,
    ),
    "a link to itself": (
        [(entry("link", tarfile.SYMTYPE, "link"), b"")],
        "which the archive does not hold|damaged",
    ),
    "a device": ([(entry("disk", tarfile.BLKTYPE), b"")], "a device or a pipe"),
    "a pipe": ([(entry("pipe", tarfile.FIFOTYPE), b"")], "a device or a pipe"),
}
for _name, (_members, _words) in TARS.items():
    add(f"{_name}, tar", "get_file", lambda yard, m=_members: tar(yard, *m), _words)


def packed(yard, *names, content=b"x"):
    path = yard._new(".zip")
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for name in names:
            archive.writestr(zipfile.ZipInfo(name), content)
    return path


for _name in ("../evil.txt", "/tmp/evil.txt", "a/../../evil.txt", "C:\\evil.txt", "..\\evil.txt"):
    add(
        f"CVE-2025-12060 a member {_name}, zip",
        "get_file",
        lambda y, n=_name: packed(y, "a.txt", n),
        LEAVES,
    )


@kind("get_file", "", loads=True)
def a_link_in_a_zip_is_left_out(yard):
    path = packed(yard, "a.txt")
    with zipfile.ZipFile(path, "a") as archive:
        info = zipfile.ZipInfo("link")
        info.create_system, info.external_attr = 3, 0o120777 << 16
        archive.writestr(info, str(yard.canary / "secret.txt"))
    return path


@kind("get_file", "would unpack to more than", "W2")
def a_bomb_of_zip(yard):
    path = yard._new(".zip")
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("zeros", "w") as file:
        for _ in range(80):
            file.write(bytes(1 << 20))
    return path


@kind("get_file", "would unpack to more than", "W2")
def a_bomb_of_tar(yard):
    import gzip

    path = yard._new(".tar.gz")
    info = tarfile.TarInfo("zeros")
    info.size = 80 << 20
    with gzip.open(path, "wb", compresslevel=1) as file:
        file.write(info.tobuf())
        for _ in range(80):
            file.write(bytes(1 << 20))
        file.write(bytes(1024))
    return path


@kind("get_file", "no archive of the kind")
def no_archive(yard):
    return yard.file(b"nothing", ".tar")


@kind("get_file", "damaged|no archive")
def an_archive_that_ends_early(yard):
    path = tar(yard, (entry("a.txt"), b"x" * 100_000), mode="w:gz")
    path.write_bytes(path.read_bytes()[:80])
    return path


# No address is asked: the name is refused before. Nobody listens at this one.
for _what, _given in {
    "W6 an address whose name leads up": {"origin": "http://127.0.0.1:9/a/.."},
    "W6 an address with backslashes": {"origin": "http://127.0.0.1:9/..\\..\\evil.txt"},
    "W6 a name with backslashes": {"fname": "..\\evil.txt", "origin": "http://127.0.0.1:9/a"},
    "W6 a name that leads up": {"fname": "../evil.txt", "origin": "http://127.0.0.1:9/a"},
    "W6 an absolute name": {"fname": "/tmp/evil.txt", "origin": "http://127.0.0.1:9/a"},
    "W6 an address of another kind": {"fname": "a", "origin": "gopher://127.0.0.1:9/a"},
}.items():
    add(
        _what,
        "a name for get_file",
        lambda y, g=_given: y.json(g),
        "a name without folders|no name for the file can be told|is no address with",
    )
