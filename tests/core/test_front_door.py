"""The public face: a table of names, and the closest one for a misspelt name."""

import pytest

import cornu


@pytest.mark.parametrize(
    ("wrong", "right"),
    [("Sequentail", "Sequential"), ("layer", "Layer"), ("Modell", "Model"), ("optimiser", "Optimizer")],
)
def test_a_misspelt_name_is_answered_with_the_closest(wrong, right):
    with pytest.raises(AttributeError, match=rf"cornu has no '{wrong}'.*Did you mean \"{right}"):
        getattr(cornu, wrong)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("TFSMLayer", "is left out: it runs a TensorFlow SavedModel.*wrap it: cornu.layers.JaxLayer"),
        ("TorchModuleWrapper", "is left out: it runs a PyTorch module.*copy its weights, layer.set_w"),
    ],
)
def test_layers_that_are_left_out_on_purpose_say_what_to_use(name, words):
    with pytest.raises(AttributeError, match=words) as caught:
        getattr(cornu.layers, name)
    assert "yet" not in str(caught.value)
    assert name not in dir(cornu.layers)


def test_a_name_like_none_is_answered_with_all():
    with pytest.raises(AttributeError, match=r"Known names: .*Sequential"):
        _ = cornu.qqqq


def test_the_public_names_are_listed():
    assert {"Sequential", "Model", "layers", "Variable"} <= set(dir(cornu))
    assert cornu.Sequential is cornu.models.Sequential
    assert cornu.layers.Input is cornu.Input
