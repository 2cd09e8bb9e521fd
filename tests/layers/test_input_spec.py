"""What an InputSpec lets pass, against Keras."""

import keras
import numpy as np
import pytest

import cornu

SQUEEZED = {"shape": (None, 3, 1), "allow_last_axis_squeeze": True}


def passes(lib, spec, value):
    """Whether a layer with this specification takes the value."""

    class Takes(lib.layers.Layer):
        def __init__(self):
            super().__init__()
            self.input_spec = lib.layers.InputSpec(**spec)

        def call(self, x):
            return np.zeros(1) if x is None else x

    try:
        Takes()(value)
    except ValueError:
        return False
    return True


@pytest.mark.parity
@pytest.mark.parametrize(
    ("spec", "shape", "expected"),
    [
        (SQUEEZED, (2, 3), True),
        (SQUEEZED, (2, 3, 1), True),
        (SQUEEZED, (2, 4), False),
        ({"shape": (None, 3), "allow_last_axis_squeeze": True}, (2, 3, 1), True),
        ({"shape": (None, 3, 1)}, (2, 3), False),
        ({"ndim": 2, "optional": True}, None, True),
        ({"ndim": 2}, None, False),
    ],
)
def test_what_a_specification_lets_pass(spec, shape, expected):
    value = None if shape is None else np.ones(shape, "float32")
    assert [passes(lib, spec, value) for lib in (cornu, keras)] == [expected, expected]
