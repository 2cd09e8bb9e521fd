"""`cornu upgrade` rewrites programs of earlier years. A file in `upgrade/` has an old and a new one."""

import io
import re
import tokenize
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cornu.compat.upgrade.rewrite import MARK, find_marks, rewrite

PAIRS = sorted((Path(__file__).parent / "upgrade").glob("*.txt"))


def pair(path):
    before, after = path.read_text().split("--------\n")
    return before, after


def comments(text):
    tokens = tokenize.generate_tokens(io.StringIO(text).readline)
    found = (token.string for token in tokens if token.type == tokenize.COMMENT)
    return [comment for comment in found if not comment.startswith(MARK)]


def test_there_are_pairs_enough():
    assert len(PAIRS) >= 25


@pytest.mark.parametrize("path", PAIRS, ids=lambda path: path.stem)
def test_a_program_becomes_one_of_today(path):
    before, after = pair(path)
    assert rewrite(before) == after
    assert rewrite(after) == after
    assert comments(after) == comments(before)
    compile(after, path.name, "exec")


@pytest.mark.parametrize("path", PAIRS, ids=lambda path: path.stem)
def test_lines_without_keras_stay_letter_by_letter(path):
    """A line of NumPy with odd spaces, between any two of a program's lines, comes out as it went in."""
    odd = "zz  =  np . array( [1,2 ,3] )   # odd\n"
    before, after = pair(path)
    ends = [at for at, line in enumerate(before.splitlines(True)) if re.match(r"\S.*[^,(:\\]\n", line)]
    lines = before.splitlines(True)
    lines.insert(ends[-1] + 1, odd)
    assert odd in rewrite("".join(lines))
    assert rewrite("".join(lines)).replace(odd, "") == after


STATEMENTS = (
    "model.add(Convolution2D(8, 3, 3, border_mode='same'))",
    "model.add(Dense(output_dim=3, init='normal'))  # a comment",
    "h = model.fit(x, y, nb_epoch=3)",
    "h.history['acc']",
    "model.compile('sgd', 'mse', metrics=['accuracy'])",
    "c = model.predict_classes(x)",
    "y = np_utils.to_categorical(y, nb_classes=3)",
    "z = merge([a, b], mode='concat')",
    "z = K.mean(K.concatenate([a, b])) + K.epsilon()",
    "opt = SGD(lr=0.1, decay=1e-3)",
    "K.set_value(opt.lr, 0.5)",
    "for merge in []: merge([1], mode='sum')",
    "K.function([a], [b])",
    "def Dense(output_dim): return output_dim",
)
IMPORTS = (
    "from keras.models import Sequential",
    "from keras.layers.core import Dense",
    "from keras.layers import Convolution2D, merge",
    "from keras.utils import np_utils",
    "from keras import backend as K",
    "from keras.optimizers import SGD",
)


@given(st.permutations(IMPORTS), st.lists(st.sampled_from(STATEMENTS), max_size=8), st.booleans())
@settings(max_examples=12, deadline=None, derandomize=True, database=None)
def test_twice_is_once(imports, statements, inner):
    body = [*imports, "model = Sequential()", *statements]
    text = "\n".join(body) + "\n"
    if inner:
        text = "def f(x, y, a, b):\n" + "".join(f"    {line}\n" for line in body)
    once = rewrite(text)
    compile(once, "program", "exec")
    assert rewrite(once) == once


def test_a_file_without_keras_is_not_even_looked_at():
    text = "import numpy as np\nmerge  = np.dot\n"
    assert rewrite(text) is text


@pytest.mark.parametrize(
    "text, line, said",
    [
        ("from keras import layers\nprint 'hello'\n", 2, "Missing parentheses in call to 'print'"),
        ("import keras\nx = (1,\ny = 2\n", 2, "was never closed"),
    ],
)
def test_a_syntax_error_has_its_line(text, line, said):
    with pytest.raises(SyntaxError, match=said) as caught:
        rewrite(text)
    assert caught.value.lineno == line


def test_marks_are_found_with_the_line_below_them():
    text = "import keras\n# cornu upgrade: look\n# a comment\nkeras.layers.Highway()\n"
    assert list(find_marks(text)) == [(4, "look")]
    assert list(find_marks("x = '# cornu upgrade: in a string'\n")) == []


def test_lines_end_as_they_did():
    text = "from keras.layers.core import Dense\r\nDense(output_dim=3)\r\n"
    assert rewrite(text) == "from keras.layers import Dense\r\nDense(units=3)\r\n"


NAMESPACE = """\
import numpy as np
import tensorflow as tf
from tensorflow.keras.layers import Dense
from tensorflow.keras import backend as K

m = tf.keras.Sequential([Dense(1), tf.keras.layers.Dense(output_dim=3)])
K.clear_session()
"""


def test_tf_keras_becomes_keras_when_asked():
    assert rewrite(NAMESPACE, "keras") == (
        "import numpy as np\n"
        "import keras\n"
        "from keras.layers import Dense\n"
        "from keras import backend as K\n\n"
        "m = keras.Sequential([Dense(1), keras.layers.Dense(units=3)])\n"
        "K.clear_session()\n"
    )


def test_tensorflow_stays_where_more_of_it_is_used():
    after = rewrite(NAMESPACE + "tf.constant(3)\n", "keras")
    assert after.startswith(
        "import numpy as np\nimport tensorflow as tf\nimport keras\nfrom keras.layers"
    )
    assert after.endswith("tf.constant(3)\n")


def test_tf_keras_the_package_is_keras():
    text = "import tf_keras\nfrom tf_keras import layers\n"
    text += "tf_keras.Model(input=a, output=layers.Dense(1)(a))\n"
    assert rewrite(text) == (
        "import keras\nfrom keras import layers\nkeras.Model(inputs=a, outputs=layers.Dense(1)(a))\n"
    )
