"""What the rows of the contract do not show of the ops of images."""

import numpy as np
import pytest
import scipy.ndimage
from hypothesis import given, settings
from hypothesis import strategies as st

import cornu
from cornu import ops
from cornu.random import SeedGenerator

RNG = np.random.default_rng(10)
PHOTOS = RNG.uniform(size=(2, 5, 6, 3)).astype("float32")
PHOTO = PHOTOS[0]
BYTES = (PHOTOS * 255).astype("uint8")
TURN = np.array([0.9, -0.3, 1.3, 0.2, 1.1, -0.7, 0, 0], "float32")
# SciPy's names for what JAX and Keras call 'wrap' and 'constant'.
SCIPYS = {"wrap": "grid-wrap", "constant": "grid-constant"}
MODES = ("constant", "nearest", "wrap", "mirror", "reflect")
few = settings(max_examples=15, deadline=None, derandomize=True)


@few
@given(
    st.lists(st.integers(1, 5), min_size=1, max_size=3),
    st.sampled_from((0, 1)),
    st.sampled_from(MODES),
    st.integers(0, 9),
)
def test_map_coordinates_is_that_of_scipy(shape, order, mode, seed):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=shape).astype("float32")
    places = rng.uniform(-4, 9, size=(len(shape), 7)).astype("float32")
    found = ops.image.map_coordinates(x, places, order, mode, 0.5)
    expected = scipy.ndimage.map_coordinates(
        x, places, order=order, mode=SCIPYS.get(mode, mode), cval=0.5
    )
    np.testing.assert_allclose(found, expected, atol=1e-4)


def test_one_map_serves_all_images():
    found = ops.image.affine_transform(PHOTOS, TURN)
    np.testing.assert_allclose(found, ops.image.affine_transform(PHOTOS, [TURN, TURN]), atol=1e-6)
    np.testing.assert_allclose(found[1], ops.image.affine_transform(PHOTOS[1], TURN), atol=1e-6)


def test_whole_numbers_are_rounded_not_cut_off():
    exact = ops.image.resize(BYTES.astype("float32"), (7, 3))
    found = ops.image.resize(BYTES, (7, 3))
    assert found.dtype == "uint8"
    np.testing.assert_allclose(found, exact, atol=0.501)
    over = ops.image.resize(BYTES, (9, 9), "bicubic")  # goes beyond 0..255, and is kept inside
    assert (
        np.abs(
            np.asarray(over, "float32")
            - np.clip(ops.image.resize(BYTES.astype("float32"), (9, 9), "bicubic"), 0, 255)
        ).max()
        <= 0.501
    )
    blurred = ops.image.gaussian_blur(np.full((1, 5, 5, 1), 200, "uint8"))
    assert blurred[0, 2, 2, 0] == 200


def test_blur_is_that_of_scipy():
    weights = [np.exp(-0.5 * ((np.arange(n) - (n - 1) / 2) / s) ** 2) for n, s in ((3, 1.0), (5, 2.0))]
    across, down = (w / w.sum() for w in weights)
    expected = scipy.ndimage.correlate1d(PHOTO, across, axis=1, mode="constant")
    expected = scipy.ndimage.correlate1d(expected, down, axis=0, mode="constant")
    for data_format in (None, "channels_last"):
        found = ops.image.gaussian_blur(PHOTO, (3, 5), (1.0, 2.0), data_format)
        np.testing.assert_allclose(found, expected, atol=1e-6)


def test_edges_of_bytes_may_be_negative():
    edges = ops.image.sobel_edges(BYTES)
    expected = np.stack(
        [
            scipy.ndimage.sobel(BYTES[0, ..., 1].astype("float32"), axis=axis, mode="constant")
            for axis in (0, 1)
        ],
        -1,
    )
    np.testing.assert_allclose(edges[0, :, :, 1], expected)
    np.testing.assert_allclose(ops.image.sobel_edges(BYTES[0]), edges[0])


def test_ssim_of_bytes_is_a_float_and_that_of_the_same_image_is_1():
    assert ops.image.ssim(BYTES, BYTES, 255, 3).tolist() == pytest.approx([1, 1])
    found = ops.image.ssim(BYTES, 255 - BYTES, 255, 3)
    as_floats = BYTES.astype("float32")
    np.testing.assert_allclose(found, ops.image.ssim(as_floats, 255 - as_floats, 255, 3), rtol=1e-4)


# ------------------------------------------------------------------------------ elastic_transform


def test_elastic_transform_moves_pixels_by_smooth_noise():
    alpha, sigma = 3.0, 0.6
    found = ops.image.elastic_transform(PHOTOS, alpha, sigma, fill_mode="nearest", seed=1)
    size = int(6 * sigma) | 1
    weights = np.exp(-0.5 * ((np.arange(size) - (size - 1) / 2) / sigma) ** 2)
    weights /= weights.sum()
    import jax

    key = cornu.random.draw_seed(1)
    for n in range(2):
        moves = []
        for each in (key, jax.random.fold_in(np.asarray(key), 1)):
            noise = np.asarray(cornu.random.normal((2, 5, 6), seed=np.asarray(each)))[n] * sigma
            for axis in (0, 1):
                noise = scipy.ndimage.correlate1d(noise, weights, axis=axis, mode="constant")
            moves.append(alpha * noise)
        rows, columns = np.mgrid[:5, :6]
        for channel in range(3):
            expected = scipy.ndimage.map_coordinates(
                PHOTOS[n, ..., channel], [rows + moves[1], columns + moves[0]], order=1, mode="nearest"
            )
            np.testing.assert_allclose(found[n, ..., channel], expected, atol=1e-5)


def test_elastic_transform_by_seed():
    generator = SeedGenerator(3)
    one, other = (ops.image.elastic_transform(PHOTO, seed=generator, sigma=1.0) for _ in range(2))
    assert np.abs(one - other).max() > 1e-3
    first = np.moveaxis(PHOTO, -1, 0)
    again = ops.image.elastic_transform(
        first, 20.0, 1.0, seed=SeedGenerator(3), data_format="channels_first"
    )
    np.testing.assert_allclose(np.moveaxis(np.asarray(again), 0, -1), one, atol=1e-5)


# ------------------------------------------------------------------------------- symbolic tensors


@pytest.mark.parametrize(
    "call, shape",
    [
        (lambda x: ops.image.rgb_to_hsv(x), (None, None, None, 3)),
        (lambda x: ops.image.resize(x, (4, 4), pad_to_aspect_ratio=True), (None, 4, 4, 3)),
        (lambda x: ops.image.resize(x, (4, 4), crop_to_aspect_ratio=True), (None, 4, 4, 3)),
        (lambda x: ops.image.affine_transform(x, TURN), (None, None, None, 3)),
        (lambda x: ops.image.crop_images(x, 1, 1, target_height=3, target_width=2), (None, 3, 2, 3)),
        (lambda x: ops.image.crop_images(x, 1, 1, 1, 1), (None, None, None, 3)),
        (lambda x: ops.image.pad_images(x, 1, 1, target_height=9, target_width=9), (None, 9, 9, 3)),
        (lambda x: ops.image.extract_patches(x, 2), (None, None, None, 12)),
        (lambda x: ops.image.extract_patches(x, 3, 2, 1, "same"), (None, None, None, 27)),
        (lambda x: ops.image.sobel_edges(x), (None, None, None, 3, 2)),
        (lambda x: ops.image.ssim(x, x, filter_size=3), (None,)),
        (lambda x: ops.image.elastic_transform(x, sigma=1.0, seed=2), (None, None, None, 3)),
    ],
)
def test_sizes_may_be_unknown(call, shape):
    x = cornu.Input((None, None, 3))
    y = call(x)
    assert y.shape == shape
    np.testing.assert_allclose(cornu.Model(x, y)(PHOTOS), call(PHOTOS), atol=1e-5)


# --------------------------------------------------------------------------------------- messages


@pytest.mark.parametrize(
    "name, args, kwargs, words",
    [
        ("resize", (PHOTO[0], (2, 2)), {}, r"images must have 3 or 4 axes, \(height, width, channels\)"),
        ("resize", (PHOTO, (2, 2), "bilinera"), {}, 'Did you mean "bilinear"'),
        ("resize", (PHOTO, (2, 2)), {"fill_mode": "reflect"}, "fill_mode must be one of 'constant'"),
        ("resize", (PHOTO, (2, 2)), {"data_format": "channel_first"}, 'Did you mean "channels_first"'),
        ("resize", (PHOTO, (2, 0)), {}, "size must be a whole number, 1 or more"),
        ("resize", (PHOTO, (2, 2, 2)), {}, "size must be a whole number or a tuple of 2"),
        (
            "resize",
            (PHOTO, (2, 2)),
            {"crop_to_aspect_ratio": True, "pad_to_aspect_ratio": True},
            "exclude each other",
        ),
        ("affine_transform", (PHOTO, TURN, "biliner"), {}, 'Did you mean "bilinear"'),
        ("affine_transform", (PHOTO, TURN, "nearest", "miror"), {}, 'Did you mean "mirror"'),
        ("affine_transform", (PHOTO, TURN[:6]), {}, r"a row of 8 numbers .* got shape \(1, 6\)"),
        ("affine_transform", (PHOTOS, [TURN] * 3), {}, r"or one for all 2, got shape \(3, 8\)"),
        ("perspective_transform", (PHOTO, np.ones((3, 2)), np.ones((3, 2))), {}, r"shape \(4, 2\) or"),
        ("rgb_to_hsv", (BYTES,), {}, "images must hold floats, got uint8 array"),
        ("hsv_to_rgb", (PHOTO[..., :2],), {}, "needs 3 channels"),
        ("rgb_to_grayscale", (PHOTO[..., :2],), {}, "needs 3 channels"),
        ("gaussian_blur", (PHOTO, 3, 1.0), {}, "sigma must be two numbers"),
        ("gaussian_blur", (PHOTO, (3, 3, 3)), {}, "kernel_size must be a whole number or a tuple of 2"),
        ("map_coordinates", (PHOTO, np.ones((2, 4)), 1), {}, r"coordinates must have shape \(3, ...\)"),
        ("map_coordinates", (PHOTO, np.ones((3, 4)), 2), {}, "order must be 0"),
        ("map_coordinates", (PHOTO, np.ones((3, 4)), 1, "wrp"), {}, 'Did you mean "wrap"'),
        ("elastic_transform", (PHOTO,), {"sigma": 0}, "sigma must be above 0"),
        ("elastic_transform", (PHOTO,), {"fill_mode": "refect"}, 'Did you mean "reflect"'),
        (
            "scale_and_translate",
            (PHOTO, (2, 2), [1.0], [1.0], (0,), "linear"),
            {},
            "output_shape must have 3 sizes",
        ),
        (
            "scale_and_translate",
            (PHOTO, (2, 2, 3), [1.0], [1.0], (0,), "linaer"),
            {},
            'Did you mean "linear"',
        ),
        ("sobel_edges", (PHOTO[0],), {}, "images must have 3 or 4 axes"),
        ("ssim", (PHOTO, PHOTO[:4]), {}, r"the same shape, got \(5, 6, 3\) and \(4, 6, 3\)"),
        ("ssim", (PHOTO, PHOTO), {}, r"a filter of \(11, 11\) does not fit into a size of \(5, 6\)"),
        (
            "crop_images",
            (PHOTO, 1, 1),
            {},
            "two of top_cropping, bottom_cropping, target_height must be",
        ),
        ("crop_images", (PHOTO, 1, 1, 5, 1), {}, "a size of 5 does not become"),
        ("crop_images", (PHOTO, 3, 0, None, 0, 4), {}, "a size of 5 does not become target_height=4"),
        ("pad_images", (PHOTO, 0, -1, 0, 0), {}, "as whole numbers from 0, got left_padding=-1"),
        ("pad_images", (PHOTO, 0, 0, None, 0, 4), {}, "a size of 5 does not become target_height=4"),
        ("extract_patches", (PHOTO, 7), {}, r"a patch of \(7, 7\) does not fit into a size of \(5, 6\)"),
        ("extract_patches", (PHOTO[0], 2), {}, "images must have 3 or 4 axes"),
        ("extract_patches", (PHOTO, (2, 2), 1, 1, "sam"), {}, 'Did you mean "same"'),
        ("extract_patches_3d", (PHOTO, 2), {}, "volumes must have 4 or 5 axes"),
    ],
)
def test_bad_arguments_are_explained(name, args, kwargs, words):
    with pytest.raises(ValueError, match=words) as caught:
        getattr(ops.image, name)(*args, **kwargs)
    assert str(caught.value).startswith(f"ops.{name}(")
