"""Every kind of hostile file is refused with a sentence that says what is wrong; no code runs, nothing
else is read or written, little memory is taken, and it does not last."""

import re

import pytest

from tests.hostile import archives, arrays, configurations, extraction, several  # noqa: F401
from tests.hostile.kinds import KINDS
from tests.hostile.yard import Yard

MEMORY = 1 << 30
SECONDS = 10


@pytest.fixture(scope="module")
def yard(tmp_path_factory):
    yard = Yard(tmp_path_factory.mktemp("hostile"))
    yield yard
    yard.close()


def check(answer, words="", loads=False):
    """Raises an error unless a file did no harm, and was refused with these words."""
    assert answer["outcome"] == ("loaded" if loads else "refused"), answer
    check_harmless(answer)
    assert loads or re.search(words, answer["message"]), answer


def check_harmless(answer):
    """Raises an error unless a file did no harm, whatever came of it."""
    assert answer["outcome"] in ("loaded", "refused"), answer
    assert answer["taught"], answer
    assert not answer["events"], answer
    assert not answer["canary"], answer
    assert not answer["left"], answer
    assert answer["growth"] < MEMORY, answer
    assert answer["seconds"] < SECONDS, answer


NAMES = [pytest.param(name, marks=[pytest.mark.wide] * kind.wide) for name, kind in KINDS.items()]


@pytest.mark.parametrize("name", NAMES)
def test_a_hostile_file_is_refused(name, yard):
    kind = KINDS[name]
    path = kind.make(yard)
    check(yard.load(path, kind.door), kind.words, kind.loads)
    if "get_file" not in kind.door:  # and to look into it does no harm either
        check_harmless(yard.load(path, "inspect"))


# The attacks on Keras of which something is known, and those beside them without a number: the rows of
# the list of users' troubles.
KNOWN = [
    "CVE-2024-3660",
    "CVE-2024-55459",
    "CVE-2025-1550",
    "CVE-2025-8747",
    "CVE-2025-9906",
    "CVE-2025-9905",
    "CVE-2025-49655",
    "CVE-2025-12058",
    "CVE-2025-12060",
    "CVE-2025-12638",
    "CVE-2026-0897",
    "CVE-2026-1669",
    "CVE-2026-1462",
    "GHSA-hqp4-2352-xf5r",
    "CVE-2026-12479",
    "CVE-2026-12481",
    "W1",
    "W2",
    "W3",
    "W4",
    "W5",
    "W6",
    "W8",
    "W9",
]


@pytest.mark.parametrize("name", KNOWN)
def test_every_known_attack_has_a_kind(name):
    """Without one are W7, that an old package lacks guards, and W11, attacks on a repository's bots."""
    assert any(kind.startswith(f"{name} ") for kind in KINDS)


def test_there_is_no_reader_of_yaml():
    """W10: what does not exist runs no code."""
    import cornu

    assert not hasattr(cornu.models, "model_from_yaml")
