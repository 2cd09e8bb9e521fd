"""What image models see: numbers against NumPy by hand, every way of building, and errors that teach."""

import sys

import numpy as np
import pytest

import cornu
from cornu import explain, layers
from tests.explain.seen import (
    HEAD,
    IMAGE,
    KERNEL,
    by_hand,
    functional,
    linear,
    sequential,
    softmax,
    subclassed,
)
from tests.explain.subjects import assert_golden

# -- Grad-CAM ---------------------------------------------------------------------------------------


def cam_by_hand(index, image=IMAGE):
    """ReLU of the sum of maps, weighted by the mean gradient of the score: that of a mean is 1 /
    places."""
    maps, _ = by_hand(image)
    return np.maximum((maps * HEAD[:, index] / 12).sum(axis=-1), 0)


@pytest.mark.parametrize("make", [sequential, functional, subclassed])
def test_grad_cam_is_what_numpy_gives(make):
    _, scores = by_hand()
    seen = explain.grad_cam(make(), IMAGE)
    assert seen.index == int(scores.argmax())
    assert seen.layer == "conv"
    assert seen.score == pytest.approx(scores.max(), rel=1e-5)  # before the softmax
    np.testing.assert_allclose(seen.map, cam_by_hand(seen.index), rtol=1e-4, atol=1e-6)
    assert seen.array.shape == (6, 5)


def test_grad_cam_of_another_class_and_of_channels_first():
    model = sequential("channels_first")
    seen = explain.grad_cam(
        model, IMAGE.transpose(2, 0, 1)[None], layer=model.get_layer("conv"), index=-2
    )
    assert seen.index == 1
    np.testing.assert_allclose(seen.map, cam_by_hand(1), rtol=1e-4, atol=1e-6)
    assert seen.array.shape == (6, 5)


def test_grad_cam_can_be_read():
    model = sequential()
    before = model.get_weights()
    assert_golden("grad_cam.txt", explain.grad_cam(model, IMAGE))
    for a, b in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
    assert model.get_layer("out").activation is cornu.activations.softmax
    dark = explain.grad_cam(linear_maps(), np.zeros((4, 4, 1)))
    assert "nowhere in the image is evidence for this class" in str(dark)


def linear_maps():
    parts = [cornu.Input((4, 4, 1)), layers.Conv2D(1, 1, name="c"), layers.GlobalMaxPooling2D()]
    return cornu.Sequential(parts)


# -- occlusion --------------------------------------------------------------------------------------


def test_occlusion_of_a_sum_costs_what_is_covered():
    weights = np.arange(20.0).reshape(4, 5, 1)
    seen = explain.occlusion(linear((4, 5, 1), weights, 7.0), np.ones((4, 5, 1)), size=2, stride=2)
    w = weights[..., 0]
    expected = [[w[i : i + 2, j : j + 2].sum() for j in (0, 2, 3)] for i in (0, 2)]
    np.testing.assert_allclose(seen.drops, expected)
    assert seen.score == weights.sum() + 7.0
    assert seen.array[0, 3] == (expected[0][1] + expected[0][2]) / 2  # two patches lie over it
    assert_golden("occlusion.txt", seen)


def test_occlusion_of_channels_first_and_in_batches(monkeypatch):
    monkeypatch.setattr("cornu.explain.seeing.occlusion.NUMBERS", 200)
    last = explain.occlusion(sequential(), IMAGE, size=3, stride=1, baseline=0.5)
    first = explain.occlusion(
        sequential("channels_first"), IMAGE.transpose(2, 0, 1), size=3, stride=1, baseline=0.5
    )
    np.testing.assert_allclose(last.drops, first.drops, atol=1e-6)
    covered = IMAGE.copy()
    covered[1:4, 2:5] = 0.5
    whole, part = (softmax(by_hand(image)[1]) for image in (IMAGE, covered))
    index = last.index
    assert last.drops[1, 2] == pytest.approx(whole[index] - part[index], abs=1e-5)


# -- integrated gradients ---------------------------------------------------------------------------


def test_integrated_gradients_of_a_line_are_weights_times_differences():
    w, x, b = np.array([3.0, -1.0, 0.5]), np.array([2.0, 4.0, 8.0]), np.array([1.0, 1.0, 0.0])
    seen = explain.integrated_gradients(
        linear((3,), w, 5.0), x, baseline=b, names=["size", "age", "rank"]
    )
    np.testing.assert_allclose(seen.array, w * (x - b), rtol=1e-5)
    assert (seen.start, seen.score) == (7.0, 11.0)
    assert seen.error < 1e-5
    assert_golden("integrated_gradients.txt", seen)


def test_integrated_gradients_are_complete_and_numpys(monkeypatch):
    """f = x0 * x1 by the midpoint rule is exact: half of the product for each of both."""
    monkeypatch.setattr("cornu.explain.seeing.integrated_gradients.NUMBERS", 16)
    inputs = cornu.Input((2,))
    model = cornu.Model(inputs, inputs[:, :1] * inputs[:, 1:])
    seen = explain.integrated_gradients(model, [3.0, 4.0], steps=50)
    np.testing.assert_allclose(seen.array, [6.0, 6.0], rtol=1e-5)
    assert "They sum to 12, as 12 - 0 does (completeness)." in str(seen)


@pytest.mark.parametrize("make", [sequential, subclassed])
def test_integrated_gradients_of_an_image(make):
    seen = explain.integrated_gradients(make(), IMAGE, index=1)
    assert seen.array.shape == IMAGE.shape
    start, end = (softmax(by_hand(image)[1])[1] for image in (np.zeros_like(IMAGE), IMAGE))
    assert seen.score == pytest.approx(end, rel=1e-5)
    assert seen.start == pytest.approx(start, rel=1e-5)
    assert seen.array.sum() == pytest.approx(end - start, abs=1e-3)


def test_too_few_steps_are_told():
    inputs = cornu.Input((1,))
    steep = cornu.Model(inputs, cornu.ops.tanh(inputs * 50.0))
    text = str(explain.integrated_gradients(steep, [1.0], steps=3))
    assert "% off (completeness). Give more steps." in text


# -- what layers give, and kernels ------------------------------------------------------------------


def test_activations_are_those_of_numpy():
    seen = explain.activations(sequential(), np.stack([IMAGE, IMAGE]))
    maps, scores = by_hand()
    np.testing.assert_allclose(seen.arrays["conv"], maps, rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(seen.arrays["out"], softmax(scores), rtol=1e-5)
    assert_golden("activations.txt", seen)


def test_activations_of_chosen_layers_nested_and_of_ones_own():
    assert list(explain.activations(functional(), IMAGE[None]).arrays) == ["conv", "pool", "out"]
    model = subclassed()
    some = explain.activations(model, IMAGE[None], layers=["block", model.pool], maps=2)
    assert list(some.arrays) == ["block", "pool"]
    assert str(some).endswith("The picture has at most 2 maps of a layer, at equal distances.")


def test_of_many_layers_some_are_drawn_and_a_layer_called_twice_is_numbered():
    same = layers.Dense(2, name="same")
    deep = cornu.Sequential([cornu.Input((2,)), *(layers.Dense(2) for _ in range(13))])
    text = str(explain.activations(deep, np.ones((1, 2))))
    assert text.endswith("12 of 13 layers, at equal distances; choose others by layers=[...].")
    inputs = cornu.Input((2,))
    twice = cornu.Model(inputs, same(same(inputs)))
    assert list(explain.activations(twice, [[1.0, 2.0]]).arrays) == ["same", "same (2)"]


def test_layers_with_loops_inside_are_looked_at_as_a_whole():
    model = cornu.Sequential(
        [
            cornu.Input((3,), dtype="int32"),
            layers.Embedding(5, 4, name="words"),
            layers.Bidirectional(layers.LSTM(2, return_sequences=True), name="read"),
            layers.LSTM(3, name="last"),
        ]
    )
    seen = explain.activations(model, np.array([[1, 2, 3]]))
    assert {name: array.shape for name, array in seen.arrays.items()} == {
        "words": (3, 4),
        "read": (3, 4),
        "last": (3,),
    }
    with pytest.raises(ValueError, match=r"is not called by itself when model .* runs: it is part of"):
        explain.activations(model, np.array([[1, 2, 3]]), layers="lstm_cell")


def test_filters_are_the_kernels():
    seen = explain.filters(sequential())
    np.testing.assert_array_equal(seen.array, np.moveaxis(KERNEL, -1, 0))
    assert_golden("filters.txt", seen)
    assert explain.filters(functional(), "conv").array.shape == (4, 3, 3, 2)


def test_filters_of_every_kind_of_convolution():
    image = cornu.Input((8, 8, 3))
    x = layers.DepthwiseConv2D(3, depth_multiplier=2, name="depthwise")(image)
    x = layers.Conv2DTranspose(5, 2, name="up")(x)
    x = layers.SeparableConv2D(4, 3, name="separable")(x)
    x = layers.Conv1D(2, 3, name="line")(layers.Reshape((-1, 4))(x))
    model = cornu.Model(image, x)
    shapes = {
        "depthwise": (6, 3, 3, 1),
        "up": (5, 2, 2, 6),
        "separable": (5, 3, 3, 1),
        "line": (2, 1, 3, 4),
    }
    for name, shape in shapes.items():
        assert explain.filters(model, name).array.shape == shape
    up = model.get_layer("up").get_weights()[0]  # (height, width, filters, channels)
    np.testing.assert_array_equal(explain.filters(model, "up").array[1, 0, 1], up[0, 1, 1])


def test_filters_of_a_dense_on_images():
    model = linear((2, 3, 1), range(6))
    np.testing.assert_array_equal(
        explain.filters(model, shape=(2, 3)).array[0, :, :, 0], [[0, 1, 2], [3, 4, 5]]
    )
    with pytest.raises(
        ValueError, match=r"each unit of layer \"sum\" .* has 6 weights.*such as shape=\(1, 6\)"
    ):
        explain.filters(model, "sum")
    with pytest.raises(ValueError, match=r'layer "flat" \(Flatten\) has no kernels that are images'):
        explain.filters(model, "flat")
    with pytest.raises(ValueError, match=r'no layer "sun"\. Did you mean "sum"'):
        explain.filters(model, "sun")


# -- all of them ------------------------------------------------------------------------------------


def test_every_picture_is_drawn(tmp_path):
    model = sequential()
    pictures = [
        explain.grad_cam(model, IMAGE),
        explain.occlusion(model, IMAGE),
        explain.integrated_gradients(model, IMAGE),
        explain.integrated_gradients(linear((3,), [1, 2, 3]), [1.0, -1.0, 0.0]),
        explain.integrated_gradients(linear((4, 2), range(8)), np.ones((4, 2))),
        explain.activations(model, IMAGE[None]),
        explain.filters(model),
    ]
    for number, picture in enumerate(pictures):
        picture.save(tmp_path / f"{number}.png", dpi=40)
        assert (tmp_path / f"{number}.png").stat().st_size > 1000


def test_without_matplotlib_the_text_is_there_and_the_error_says_what_to_install(monkeypatch):
    seen = explain.filters(sequential())
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    assert "4 filters" in str(seen)
    with pytest.raises(ImportError, match=r'pip install "cornu\[plots\]"'):
        seen.save("filters.png")


EXPLAIN = [explain.grad_cam, explain.occlusion, explain.integrated_gradients]


@pytest.mark.parametrize("function", EXPLAIN)
def test_what_is_wrong_is_said(function):
    call = f"explain.{function.__name__}"
    with pytest.raises(TypeError, match=f"{call} takes a model first, got 3"):
        function(3, IMAGE)
    with pytest.raises(ValueError, match="is not built, so its layers know no shapes"):
        function(cornu.Sequential([layers.Dense(1)]), IMAGE)
    two = [cornu.Input((6, 5, 2), name="left"), cornu.Input((6, 5, 2), name="right")]
    both = cornu.Model(two, layers.Add()(two), name="pair")
    with pytest.raises(
        ValueError, match=rf'{call}: model "pair" takes 2 inputs \(left, right\), and one'
    ):
        function(both, IMAGE)
    with pytest.raises(
        ValueError, match=r"has shape \(7, 7, 2\), but model .* takes \(6, 5, 2\) for one"
    ):
        function(sequential(), np.ones((7, 7, 2)))
    with pytest.raises(ValueError, match=r"holds 4 samples, and one is explained at a time: .*\[0\]"):
        function(sequential(), np.ones((4, 6, 5, 2)))
    with pytest.raises(ValueError, match=r"Its channels are missing: 2 of them are needed"):
        function(sequential(), np.ones((6, 5)))
    with pytest.raises(
        ValueError, match=r"index=3, but the model has 3 outputs, so .* from 0 to 2\. Leave"
    ):
        function(sequential(), IMAGE, index=3)
    bad = IMAGE.copy()
    bad[0, 0, 0] = np.nan
    with pytest.raises(ValueError, match=r"holds NaN \(first in row 0\)"):
        function(sequential(), bad)
    maps = cornu.Sequential([cornu.Input((6, 5, 2)), layers.Conv2D(1, 1)], name="maps")
    with pytest.raises(ValueError, match=r'"maps" gives an output of shape \(6, 5, 1\) for one sample'):
        function(maps, IMAGE)


def test_wrong_layers_sizes_and_steps_are_told():
    model = sequential()
    with pytest.raises(
        ValueError, match=r'model "image_model" has no layer "cnov"\. Did you mean "conv"'
    ):
        explain.grad_cam(model, IMAGE, layer="cnov")
    with pytest.raises(
        ValueError, match=r'layer "pool" .* gives \(4,\), no feature maps.*have them: "conv"'
    ):
        explain.grad_cam(model, IMAGE, layer="pool")
    with pytest.raises(ValueError, match="No layer of the model has them"):
        explain.grad_cam(linear((4, 4, 1), range(16)), np.ones((4, 4)))
    with pytest.raises(ValueError, match=r"is about images.*but image has shape \(3,\)"):
        explain.grad_cam(linear((3,), [1, 2, 3]), [1.0, 2.0, 3.0])
    with pytest.raises(ValueError, match=r"occlusion\(size=9\): a whole number of pixels from 1 to 5"):
        explain.occlusion(model, IMAGE, size=9)
    large = linear((200, 200, 1), np.ones(40000))
    with pytest.raises(ValueError, match=r"has 40,000 places .* Give a larger stride, such as stride=2"):
        explain.occlusion(large, np.ones((200, 200)), size=1)
    with pytest.raises(ValueError, match=r"steps=0\): a whole number above 0"):
        explain.integrated_gradients(model, IMAGE, steps=0)
    with pytest.raises(ValueError, match=r"baseline has shape \(3,\), but x \(6, 5, 2\)"):
        explain.integrated_gradients(model, IMAGE, baseline=[1.0, 2.0, 3.0])
    with pytest.raises(ValueError, match="names has 1 names, but x has 3 features"):
        explain.integrated_gradients(linear((3,), [1, 2, 3]), [1.0, 2.0, 3.0], names=["a"])
    words = cornu.Sequential([cornu.Input((3,)), layers.Embedding(5, 2, name="words"), layers.Flatten()])
    with pytest.raises(ValueError, match='layer "words" reads rows of a table'):
        explain.integrated_gradients(words, [1.0, 2.0, 3.0])
    with pytest.raises(ValueError, match="x holds NaN"):
        explain.activations(model, np.full((1, 6, 5, 2), np.nan))
    with pytest.raises(ValueError, match=r"activations\(maps=0\)"):
        explain.activations(model, IMAGE[None], maps=0)


def test_of_many_filters_some_are_drawn_and_it_is_said():
    parts = [cornu.Input((9, 9, 3)), layers.Conv2D(80, 3, name="a"), layers.Conv2D(20, 3, name="b")]
    model = cornu.Sequential(parts)
    text = str(explain.filters(model))
    assert text.endswith("The picture has 64 of the 80 filters, at equal distances.")
    lines = str(explain.filters(model, "b")).splitlines()
    assert lines[-2] == "The picture has 16 of the 20 filters, at equal distances."
    assert lines[-1] == "Of their 80 channels it has 8, at equal distances."
