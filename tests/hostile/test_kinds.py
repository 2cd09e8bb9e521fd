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
    if kind.door != "get_file":  # and to look into it does no harm either
        check_harmless(yard.load(path, "inspect"))
