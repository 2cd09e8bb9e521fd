"""Automatic names, spelt and counted as Keras does."""

import pytest

import cornu
from cornu.core.names import auto_name, snake_case, unique_names

CLASSES = [
    *("Dense", "LeakyReLU", "Conv2D", "Conv2DTranspose", "GlobalAveragePooling2D", "PReLU", "ELU"),
    *("LSTM", "GRUCell", "RNN", "ReLU", "BatchNormalization", "TFSMLayer", "MyLayer2D", "A", "aB"),
    *("HTTPServer", "Layer_2X", "_Private", "MaxPooling1D", "SeparableConv1D", "ConvLSTM2D", "X1Y2"),
]


@pytest.mark.parity
@pytest.mark.parametrize("name", CLASSES)
def test_snake_case_is_that_of_keras(name):
    from keras.src.utils.naming import to_snake_case

    assert snake_case(name) == to_snake_case(name)


def test_names_count_up_and_start_afresh():
    cornu.utils.clear_session()
    assert [auto_name("dense") for _ in range(3)] == ["dense", "dense_1", "dense_2"]
    assert auto_name("conv2d") == "conv2d"
    cornu.utils.clear_session()
    assert auto_name("dense") == "dense"


def test_a_given_name_does_not_count():
    cornu.utils.clear_session()
    layers = [cornu.layers.Dense(1, name="mine"), cornu.layers.Dense(1), cornu.layers.Dense(1)]
    assert [layer.name for layer in layers] == ["mine", "dense", "dense_1"]


def test_unique_names():
    class Named:
        def __init__(self, path):
            self.path = path

    assert unique_names([Named(n) for n in ("a", "b", "a", "a_1", "a")]) == (
        ["a", "b", "a_1", "a_1_1", "a_2"]
    )
