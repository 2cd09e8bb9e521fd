"""Idioms of old slides that Keras 3.15 refuses, in one program; five are refused, with the fix."""

from tests.compat.process import cornu
from tests.eras.test_eras import PROGRAMS

REFUSED = {
    "K.get_session refused": "There are no sessions",
    "save('folder') refused": 'Write save("folder.keras")',
    "keras with Lambda": "Cornu never runs code from a file",
    "wrong width fails": "expects size 8 on the last axis",
    "one-hot loss with integer labels fails": "wants one column per class",
}


def test_every_idiom_runs_or_is_refused_with_what_to_write(tmp_path):
    done = cornu("run", PROGRAMS / "idioms.py", folder=tmp_path)
    assert done.returncode == 0, done.stderr
    lines = [line for line in done.stdout.splitlines() if line.startswith(("ok ", "FAIL "))]
    assert len(lines) == 33
    assert [line for line in lines if not line.startswith("ok ")] == []
    for name, words in REFUSED.items():
        line = next(line for line in lines if name in line)
        assert words in line
