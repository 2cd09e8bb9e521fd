"""Merging layers: masks as Keras's, broadcasting, use in models, and bad input."""

import keras
import numpy as np
import pytest

import cornu
from cornu import layers
from cornu.core.masks import mask_of, set_mask
from cornu.layers.layer import is_samplewise

RNG = np.random.default_rng(4)
A, B, C = (RNG.normal(size=(2, 4, 3)).astype("float32") for _ in range(3))
MASKS = [np.array(rows, bool) for rows in ([[1, 1, 0, 0]] * 2, [[1, 0, 1, 0]] * 2, [[0, 0, 1, 0]] * 2)]
NAMES = ("Add", "Subtract", "Multiply", "Average", "Maximum", "Minimum")


def masked(arrays, masks):
    """Arrays of ours with masks; None for none."""
    arrays = [cornu.layers.Activation("linear")(x) for x in arrays]
    for x, mask in zip(arrays, masks, strict=True):
        set_mask(x, mask)
    return arrays


def masked_keras(arrays, masks):
    arrays = [keras.ops.convert_to_tensor(x) for x in arrays]
    for x, mask in zip(arrays, masks, strict=True):
        if mask is not None:
            x._keras_mask = keras.ops.convert_to_tensor(mask)
    return arrays


# -- masks -----------------------------------------------------------------------------------------


@pytest.mark.parity
@pytest.mark.parametrize("name", [*NAMES, "Concatenate", "Concatenate 1", "Dot"])
@pytest.mark.parametrize("which", [(0, 1, 2), (0, None, 1), (None, 1, None), (None, None, None)])
def test_values_and_masks_are_those_of_keras(name, which):
    name, *axis = name.split()
    arguments = {"axis": 1} if axis else {"axes": 2} if name == "Dot" else {}
    arrays = [A, B] if name in ("Subtract", "Dot") else [A, B, C]
    masks = [None if i is None else MASKS[i] for i in which][: len(arrays)]
    found = getattr(layers, name)(**arguments)(masked(arrays, masks))
    expected = getattr(keras.layers, name)(**arguments)(masked_keras(arrays, masks))
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-6)
    mask = getattr(expected, "_keras_mask", None)
    assert (mask_of(found) is None) == (mask is None)
    if mask is not None:
        np.testing.assert_array_equal(mask_of(found), mask)


def test_what_is_masked_counts_for_nothing_worked_by_hand():
    x, y = np.array([[[2.0], [3.0], [5.0]]]), np.array([[[7.0], [-1.0], [4.0]]])
    masks = [np.array([[True, False, False]]), np.array([[True, True, False]])]
    assert np.ravel(layers.Multiply()([x, y], mask=masks)).tolist() == [14, -1, 0]
    assert np.ravel(layers.Maximum()([x, y], mask=masks)).tolist() == [7, -1, 5]
    assert np.ravel(layers.Minimum()([x, y], mask=masks)).tolist() == [2, -1, 5]


def test_masks_of_images_and_of_tensors_that_gain_axes():
    images, steps = np.full((2, 4, 5, 3), 2.0), np.full((2, 4, 1, 3), 3.0)
    merged = layers.Multiply()([images, steps], mask=[MASKS[0], MASKS[1]])
    expected = [6, 2, 3, 0]  # both, the first, the second, none of them counts
    np.testing.assert_array_equal(merged[0, :, 2, 1], expected)
    first = layers.Maximum()([images, np.full((2, 3), 9.0)], mask=[None, np.array([True, False])])
    assert (first[0].max(), first[1].max()) == (9, 2)


def test_a_model_hands_masks_to_a_merging_layer():
    one, other = cornu.Input((4, 3)), cornu.Input((4, 3))

    class Masks(layers.Layer):
        def call(self, x):
            return x

        def compute_mask(self, x, previous_mask=None):
            return x[..., 0] > 0

    y = layers.GlobalAveragePooling1D()(layers.Add()([Masks()(one), Masks()(other)]))
    counts = (A[..., 0] > 0) | (B[..., 0] > 0)
    assert counts.any(1).all()
    expected = np.stack([z[kept].mean(0) for z, kept in zip(A + B, counts, strict=True)])
    found = cornu.Model([one, other], y).predict([A, B], verbose=0)
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-6)


def test_bad_masks_are_refused():
    with pytest.raises(ValueError, match=r'"m" takes a list of 2 masks.*got 1\. Write mask=\['):
        layers.Multiply(name="m")([A, B], mask=[MASKS[0]])
    expected = r"a mask has shape \(2, 3\), but its tensor has shape \(2, 4, 3\)"
    with pytest.raises(ValueError, match=expected):
        layers.Maximum()([A, B], mask=[MASKS[0], MASKS[1][:, :3]])
    with pytest.raises(ValueError, match=r"takes a list of 2 masks, .*got bool array"):
        layers.Add().compute_mask([A, B], MASKS[0])


# -- values ----------------------------------------------------------------------------------------


def test_worked_values():
    x, y = np.array([[1.0, 2.0]]), np.array([[4.0, -8.0]])
    expected = {
        "Add": [5, -6], "Subtract": [-3, 10], "Multiply": [4, -16], "Average": [2.5, -3],
        "Maximum": [4, 2], "Minimum": [1, -8],
    }  # fmt: skip
    for name, values in expected.items():
        assert np.ravel(getattr(layers, name)()([x, y])).tolist() == values
        assert np.ravel(getattr(layers, name.lower())([x, y])).tolist() == values
    assert np.ravel(layers.concatenate([x, y], axis=0)).tolist() == [1, 2, 4, -8]
    assert np.ravel(layers.dot([x, y], axes=1)).tolist() == [-12]


def test_dot_is_einsum():
    x, y = RNG.normal(size=(2, 3, 4, 5)).astype("float32"), RNG.normal(size=(2, 6, 4)).astype("float32")
    np.testing.assert_allclose(
        layers.Dot((2, -1))([x, y]), np.einsum("bikj,blk->bijl", x, y), rtol=1e-5, atol=1e-5
    )


def test_cosines_and_vectors_of_length_0():
    x, y = np.array([[3.0, 4.0], [0.0, 0.0]]), np.array([[4.0, 3.0], [1.0, 0.0]])
    layer = layers.Dot(1, normalize=True)
    np.testing.assert_allclose(layer([x, y]), [[0.96], [0.0]], rtol=1e-6)


def test_functions_make_layers_with_arguments():
    x = cornu.Input((3,))
    tensor = layers.add([x, x], name="sum")
    assert (tensor.shape, tensor.node.operation.name) == ((None, 3), "sum")
    assert layers.concatenate([x, x]).shape == (None, 6)
    assert layers.concatenate([cornu.Input((None, 3)), cornu.Input((2, 3))], axis=1).shape == (
        None,
        None,
        3,
    )
    assert layers.dot([x, x], axes=1, normalize=True).shape == (None, 1)


def test_a_residual_network_trains():
    x = cornu.Input((4,))
    h = layers.Dense(4, "relu")(x)
    y = layers.Dense(1)(layers.Concatenate()([layers.Add()([x, h]), layers.Multiply()([x, h])]))
    model = cornu.Model(x, y)
    assert is_samplewise(model)
    model.compile("adam", "mse")
    data = RNG.normal(size=(21, 4)).astype("float32")
    history = model.fit(data, data[:, :1], batch_size=8, epochs=15, verbose=0).history["loss"]
    assert history[-1] < history[0]


def test_joining_batches_mixes_rows():
    x = cornu.Input((3,))
    for axis in (0, -2):
        layer = layers.Concatenate(axis=axis)
        layer([x, x])
        assert not is_samplewise(layer)
    assert is_samplewise(layers.Concatenate())


# -- bad input -------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [*NAMES, "Concatenate"])
def test_a_single_tensor_is_no_list(name):
    layer = getattr(layers, name)(name="m")
    expected = (
        rf'{name} "m" takes a list of .*tensors, got one tensor of shape \(2, 4, 3\)\. Write {name}'
    )
    with pytest.raises(ValueError, match=expected):
        layer(A)
    with pytest.raises(ValueError, match=r"got one tensor of shape \(None, 3\)"):
        layer(cornu.Input((3,)))
    with pytest.raises(ValueError, match="got an empty list"):
        layer([])


def test_two_tensors_where_two_are_needed():
    for layer in (layers.Subtract(), layers.Dot(1)):
        expected = (
            r"takes a list of two tensors, got 3 of shapes \(2, 4, 3\), \(2, 4, 3\) and \(2, 4, 3\)"
        )
        with pytest.raises(ValueError, match=expected):
            layer([A, B, C])


def test_shapes_that_do_not_broadcast_are_all_named():
    expected = (
        r'Add "sum" cannot merge tensors of shapes \(2, 4, 3\), \(2, 4, 3\) and \(2, 5, 3\): on axis -2 '
        r"they have the sizes 4 and 5, which must be equal, or 1"
    )
    with pytest.raises(ValueError, match=expected):
        layers.Add(name="sum")([A, B, np.ones((2, 5, 3))])
    expected = r"shapes \(None, 4, 3\) and \(None, 2\): on axis -1 they have the sizes 2 and 3"
    with pytest.raises(ValueError, match=expected):
        layers.Multiply()([cornu.Input((4, 3)), cornu.Input((2,))])
    expected = r"on axis 0, the batch, they have the sizes 1 and 2, which must be equal\."
    with pytest.raises(ValueError, match=expected):
        layers.Maximum()([A, B[:1]])


def test_concatenate_names_the_axis_that_differs():
    expected = (
        r'Concatenate "c" with axis=-1 cannot join tensors of shapes \(2, 4, 3\) and \(2, 3, 3\): they '
        r"differ on axis 1, with sizes 3 and 4\. Only on axis 2 may they differ"
    )
    with pytest.raises(ValueError, match=expected):
        layers.Concatenate(name="c")([A, B[:, :3]])
    with pytest.raises(ValueError, match=r"axis=3 is out of range for .*axes are 0 to 2, or -3 to -1"):
        layers.Concatenate(3)([A, B])
    with pytest.raises(
        ValueError, match=r"shapes \(2, 4, 3\) and \(2, 3\): all must have the same number"
    ):
        layers.Concatenate()([A, B[:, 0]])
    with pytest.raises(TypeError, match=r"axis must be a whole number, got axis=1\.5"):
        layers.Concatenate(1.5)


def test_axes_of_dot():
    for axes in ("1", 1.0, None):
        with pytest.raises(TypeError, match=r"axes must be a whole number or a pair of them.*got axes="):
            layers.Dot(axes)
    for axes in ((1, 2, 3), (1, "2"), ((1, 2), 1)):
        with pytest.raises(
            ValueError, match=r"axes must be a whole number or a pair of them.*got axes="
        ):
            layers.Dot(axes)
    for axes in (0, 3, (1, -3)):
        expected = (
            r"is out of range for tensors of shapes .*it may be 1 to 2, or -2 to -1; 0 is the batch"
        )
        with pytest.raises(ValueError, match=expected):
            layers.Dot(axes)([A, B])
    with pytest.raises(ValueError, match=r"of the second, each sample is a single number; reshape it"):
        layers.Dot(1)([A, B[:, 0, 0]])


def test_dot_names_sizes_that_differ():
    expected = (
        r"Dot \"d\" with axes=\(1, 2\) cannot multiply tensors of shapes \(2, 4, 3\) and \(2, 4, 3\): "
        r"their axes have sizes 4 and 3, which must be equal"
    )
    with pytest.raises(ValueError, match=expected):
        layers.Dot((1, 2), name="d")([A, B])
    with pytest.raises(ValueError, match="their batches have sizes 2 and 1"):
        layers.Dot(1)([A, B[:1]])
