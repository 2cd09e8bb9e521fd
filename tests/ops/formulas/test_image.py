"""Functions of images, against SciPy, the standard library's colors, and each other."""

import colorsys

import numpy as np
import pytest
import scipy.ndimage

from cornu.ops.formulas import colors, image

RNG = np.random.default_rng(6)
PHOTOS = RNG.uniform(0, 1, size=(2, 5, 7, 3)).astype("float32")
SCIPYS = {"wrap": "grid-wrap", "constant": "grid-constant"}


@pytest.mark.parametrize("mode", image.FILL_MODES)
@pytest.mark.parametrize("far", [1.0, 9.0])
def test_an_affine_map_is_that_of_scipy(mode, far):
    a0, a1, a2, b0, b1, b2 = 0.9, -0.3, 1.3 * far, 0.2, 1.1, -0.7 * far
    rows = np.array([[b1, b0], [a1, a0]])  # SciPy's axes are y, x
    table = np.array([[a0, a1, a2, b0, b1, b2, 0, 0]] * 2, "float32")
    found = np.asarray(image.affine_transform(PHOTOS, table, "bilinear", mode, 0.5))
    for n in range(2):
        for channel in range(3):
            expected = scipy.ndimage.affine_transform(
                PHOTOS[n, ..., channel],
                rows,
                (b2, a2),
                order=1,
                mode=SCIPYS.get(mode, mode),
                cval=0.5,
            )
            np.testing.assert_allclose(found[n, ..., channel], expected, atol=1e-5)


@pytest.mark.parametrize("size", [(1, 1), (1, 4), (3, 1)])
@pytest.mark.parametrize("mode", image.FILL_MODES)
def test_tiny_images_have_surroundings_too(size, mode):
    photo = np.full((*size, 1), 2.0, "float32")
    shift = np.array([1, 0, 5.5, 0, 1, -3.25, 0, 0], "float32")
    expected = 0.0 if mode == "constant" else 2.0
    np.testing.assert_allclose(image.affine_transform(photo, shift, "bilinear", mode), expected)


def test_colors_are_those_of_the_standard_library():
    pixels = np.concatenate([PHOTOS.reshape(-1, 3), np.eye(3), np.zeros((1, 3)), np.ones((1, 3))])
    pixels = pixels[None].astype("float32")
    hsv = colors.rgb_to_hsv(pixels[None])[0]
    expected = [colorsys.rgb_to_hsv(*map(float, pixel)) for pixel in pixels[0]]
    np.testing.assert_allclose(hsv[0], expected, atol=1e-6)
    np.testing.assert_allclose(colors.hsv_to_rgb(hsv[None])[0], pixels, atol=1e-6)


def test_channels_first_is_the_same_moved():
    first = np.moveaxis(PHOTOS, -1, 1)
    for function in (colors.rgb_to_hsv, colors.rgb_to_grayscale, image.gaussian_blur):
        moved = function(first, data_format="channels_first")
        np.testing.assert_allclose(np.moveaxis(moved, 1, -1), function(PHOTOS), atol=1e-6)
    moved = image.resize(first, (3, 9), data_format="channels_first")
    np.testing.assert_allclose(np.moveaxis(moved, 1, -1), image.resize(PHOTOS, (3, 9)), atol=1e-6)


def test_a_projective_map_takes_four_points_to_four_points():
    start = RNG.uniform(0, 5, size=(3, 4, 2)).astype("float32")
    start[:, 1, 0] += 10
    start[:, 2, 1] += 10
    start[:, 3] += 10
    end = start + RNG.uniform(-1, 1, size=start.shape).astype("float32")
    table = np.asarray(image.compute_homography_matrix(start, end))
    for coefficients, points, expected in zip(table, end, start, strict=True):
        found = np.stack(image.projected(coefficients, points[:, 0], points[:, 1]), axis=-1)
        np.testing.assert_allclose(found, expected, atol=2e-3)


def test_a_gaussian_has_the_width_it_says():
    dot = np.zeros((1, 21, 21, 1), "float32")
    dot[0, 10, 10] = 1.0
    found = np.asarray(image.gaussian_blur(dot, (15, 15), (1.0, 2.0)))[0, ..., 0]
    expected = scipy.ndimage.gaussian_filter(dot[0, ..., 0], (2.0, 1.0), radius=7)
    np.testing.assert_allclose(found, expected, atol=1e-6)


@pytest.mark.parity
@pytest.mark.parametrize("dtype", ["uint8", "int32"])
def test_whole_numbers_are_rounded_as_in_keras(dtype):
    from keras import ops

    whole = np.random.default_rng(2).integers(0, 256, size=(2, 6, 8, 3)).astype(dtype)
    shift = np.array([1, 0, 0.5, 0, 1, -0.25, 0, 0], "float32")
    for ours, theirs, *arguments in (
        (image.resize, ops.image.resize, (3, 5)),
        (image.resize, ops.image.resize, (9, 4), "bicubic"),  # which leaves the range
        (image.resize, ops.image.resize, (9, 4), "nearest"),
        (image.affine_transform, ops.image.affine_transform, np.stack([shift, shift])),
    ):
        found = ours(whole, *arguments)
        expected = np.asarray(theirs(whole, *arguments))
        assert found.dtype == dtype == expected.dtype
        np.testing.assert_array_equal(found, expected)


def test_classes_of_32_bits_stay_the_same():
    classes = np.array([[[2**30 + 1], [2**30 + 3]]], "int32")
    assert image.resize(classes, (1, 4), "nearest").ravel().tolist() == [2**30 + 1] * 2 + [2**30 + 3] * 2


@pytest.mark.parametrize("function", [image.gaussian_blur, colors.rgb_to_hsv, colors.hsv_to_rgb])
def test_what_computes_with_fractions_takes_floats(function):
    name = function.__name__
    with pytest.raises(TypeError, match=rf"{name} computes with floats, but got images of dtype uint8"):
        function(np.ones((4, 4, 3), "uint8"))


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: image.resize(PHOTOS, (2, 2), "linear"), r"interpolation must be one of"),
        (lambda: image.resize(PHOTOS, (2, 2), fill_mode="wrap"), r"fill_mode must be one of 'constant'"),
        (
            lambda: image.resize(PHOTOS, (2, 2), crop_to_aspect_ratio=True, pad_to_aspect_ratio=True),
            r"exclude each other",
        ),
        (lambda: image.affine_transform(PHOTOS, np.ones(8), "cubic"), r"interpolation must be one of"),
        (
            lambda: image.affine_transform(PHOTOS, np.ones(8), fill_mode="miror"),
            r'Did you mean "mirror"',
        ),
        (
            lambda: image.perspective_transform(PHOTOS, np.ones((3, 2)), np.ones((3, 2))),
            r"must both have shape \(4, 2\)",
        ),
        (lambda: colors.rgb_to_hsv(np.ones((4, 4, 2))), r"rgb_to_hsv needs 3 channels"),
    ],
)
def test_a_wrong_argument_is_named(call, words):
    with pytest.raises(ValueError, match=words):
        call()
