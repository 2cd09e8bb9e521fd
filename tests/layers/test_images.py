"""What layers do to images, against NumPy, SciPy and worked values; with labels, masks and boxes."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.ndimage

import cornu
import cornu.utils.bounding_boxes
from cornu import layers
from cornu.core.errors import NotBuiltYetError

RNG = np.random.default_rng(4)
PHOTOS = RNG.uniform(0, 255, size=(4, 6, 6, 3)).astype("float32")
LABELS = np.eye(4, dtype="float32")
MASKS = RNG.integers(0, 5, size=(4, 6, 6, 1)).astype("int32")


def on(layer, data, training=True):
    """What a layer gives while training, as NumPy arrays."""
    return jax.tree_util.tree_map(np.asarray, layer(data, training=training))


# --------------------------------------------------------------------------------------- size


@pytest.mark.parametrize("size", [(12, 9), (3, 4), (6, 6)])
def test_bilinear_resizing_is_that_of_scipy(size):
    factors = (1, size[0] / 6, size[1] / 6, 1)
    expected = scipy.ndimage.zoom(PHOTOS, factors, order=1, grid_mode=True, mode="nearest")
    np.testing.assert_allclose(on(layers.Resizing(*size), PHOTOS), expected, rtol=1e-4)


def test_resizing_rounds_integers_and_keeps_masks_whole():
    layer = layers.Resizing(1, 1)
    assert on(layer, np.array([[[3], [4]], [[4], [4]]], "uint8")).tolist() == [[[4]]]  # of 3.75
    out = on(layers.Resizing(3, 3), {"images": PHOTOS, "segmentation_masks": MASKS})
    assert out["segmentation_masks"].dtype == "int32"
    np.testing.assert_array_equal(out["segmentation_masks"], MASKS[:, 1::2, 1::2])


def test_proportions_are_kept_by_cropping_or_padding():
    wide = np.arange(8, dtype="float32").reshape(1, 2, 4, 1)
    cropped = on(layers.Resizing(2, 2, crop_to_aspect_ratio=True), wide)
    assert cropped[0, ..., 0].tolist() == [[1, 2], [5, 6]]
    padded = on(layers.Resizing(4, 4, pad_to_aspect_ratio=True, fill_value=-1.0), wide)
    assert padded[0, ..., 0].tolist() == [[-1] * 4, [0, 1, 2, 3], [4, 5, 6, 7], [-1] * 4]


def test_a_crop_is_a_window_of_the_image():
    np.testing.assert_array_equal(on(layers.CenterCrop(2, 4), PHOTOS), PHOTOS[:, 2:4, 1:5])
    layer = layers.RandomCrop(2, 3, seed=1)
    windows = {(i, j): PHOTOS[:, i : i + 2, j : j + 3].tobytes() for i in range(5) for j in range(4)}
    found = [on(layer, PHOTOS).tobytes() for _ in range(60)]
    assert set(found) <= set(windows.values())
    assert len(set(found)) > 15  # of 20 places
    still = on(layer, PHOTOS, training=False)
    assert still.shape == (4, 2, 3, 3)


def test_a_crop_larger_than_the_image_is_the_largest_part_made_larger():
    image = np.arange(4, dtype="float32").reshape(1, 2, 2, 1)
    for layer in (layers.CenterCrop(4, 2), layers.RandomCrop(4, 2, seed=1)):
        expected = layers.Resizing(4, 2, crop_to_aspect_ratio=True)(image)
        np.testing.assert_array_equal(on(layer, image), expected)


@pytest.mark.parity
def test_random_crops_are_those_of_keras_while_training():
    import keras

    ours, theirs = layers.RandomCrop(3, 4, seed=3), keras.layers.RandomCrop(3, 4, seed=3)
    for _ in range(3):
        np.testing.assert_array_equal(on(ours, PHOTOS), theirs(PHOTOS, training=True))


# --------------------------------------------------------------------------------------- moves


def test_flips_are_those_of_numpy_each_image_for_itself():
    layer = layers.RandomFlip("vertical", seed=2)
    out = np.concatenate([on(layer, PHOTOS) for _ in range(5)])
    flipped = [
        np.array_equal(a, b[::-1]) for a, b in zip(out, np.tile(PHOTOS, (5, 1, 1, 1)), strict=True)
    ]
    same = [np.array_equal(a, b) for a, b in zip(out, np.tile(PHOTOS, (5, 1, 1, 1)), strict=True)]
    assert all(a != b for a, b in zip(flipped, same, strict=True))
    assert 4 < sum(flipped) < 16


@pytest.mark.parametrize("quarters", [-1, 1, 2])
@pytest.mark.parametrize("interpolation", ["nearest", "bilinear"])
def test_a_rotation_by_quarters_is_rot90(quarters, interpolation):
    layer = layers.RandomRotation((quarters / 4, quarters / 4), interpolation=interpolation)
    expected = np.rot90(PHOTOS, quarters, axes=(1, 2))
    np.testing.assert_allclose(on(layer, PHOTOS), expected, atol=0.02)


@pytest.mark.parametrize("mode", ["reflect", "wrap", "constant", "nearest"])
def test_a_rotation_is_that_of_scipy(mode):
    angle = np.deg2rad(0.1 * 360)
    matrix = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    middle = np.array([2.5, 2.5])
    image = PHOTOS[0, ..., 0]
    expected = scipy.ndimage.affine_transform(
        image,
        matrix,
        middle - matrix @ middle,
        order=1,
        mode={"wrap": "grid-wrap", "constant": "grid-constant"}.get(mode, mode),
        cval=7.0,
    )
    layer = layers.RandomRotation((0.1, 0.1), fill_mode=mode, fill_value=7.0)
    np.testing.assert_allclose(on(layer, PHOTOS)[0, ..., 0], expected, atol=1e-2)


def test_a_shift_by_whole_pixels_rolls_or_pads():
    down_2_left_1 = {"height_factor": (2 / 6, 2 / 6), "width_factor": (-1 / 6, -1 / 6)}
    for mode, expected in {
        "wrap": np.roll(PHOTOS, (2, -1), axis=(1, 2)),
        "constant": np.pad(PHOTOS, ((0, 0), (2, 0), (0, 1), (0, 0)))[:, :6, 1:],
        "nearest": np.pad(PHOTOS, ((0, 0), (2, 0), (0, 1), (0, 0)), "edge")[:, :6, 1:],
        "reflect": np.pad(PHOTOS, ((0, 0), (2, 0), (0, 1), (0, 0)), "symmetric")[:, :6, 1:],
    }.items():
        layer = layers.RandomTranslation(**down_2_left_1, fill_mode=mode)
        np.testing.assert_allclose(on(layer, PHOTOS), expected, atol=1e-2)


def test_zooming_in_by_half_shows_the_middle():
    layer = layers.RandomZoom((-0.5, -0.5), interpolation="nearest")
    ramp = np.broadcast_to(np.arange(8.0, dtype="float32")[:, None, None], (8, 8, 1))
    columns = on(layer, ramp)[:, 0, 0]
    assert columns.tolist() == [2, 2, 3, 3, 4, 4, 5, 5]


def test_zoom_without_a_width_keeps_the_proportions():
    layer = layers.RandomZoom(0.4, seed=1)
    tall, wide = layer.get_random_transformation(PHOTOS).drawn
    np.testing.assert_array_equal(tall, wide)


def test_a_shear_slides_rows():
    layer = layers.RandomShear(x_factor=(1.0, 1.0), interpolation="nearest", fill_mode="wrap", seed=1)
    for image, out in zip(PHOTOS, on(layer, PHOTOS), strict=True):
        left = np.stack([np.roll(row, -i, axis=0) for i, row in enumerate(image)])
        right = np.stack([np.roll(row, i, axis=0) for i, row in enumerate(image)])
        assert np.allclose(out, left) or np.allclose(out, right)


def test_a_perspective_takes_the_corners_where_it_says():
    layer = layers.RandomPerspective((1, 1), scale=0.3, seed=5)
    size, (chosen, start, end) = layer.get_random_transformation(PHOTOS)
    assert chosen.all()
    moved = layer.move_points(start + 0.5, (chosen, start, end), size) - 0.5
    np.testing.assert_allclose(moved, end, atol=1e-4)
    assert not np.allclose(start, end)


@pytest.mark.parity
def test_elastic_fields_are_two_and_the_first_is_that_of_keras():
    import keras

    across = np.broadcast_to(np.arange(20.0, dtype="float32")[:, None], (2, 20, 20, 1)) * 5 + 60
    across, down = across.copy(), across.swapaxes(1, 2).copy()
    arguments = {"factor": (1, 1), "scale": (0.9, 0.9), "fill_mode": "nearest", "seed": 6}
    warped = {}
    for name, ramp in (("x", across), ("y", down)):
        warped[name] = on(layers.RandomElasticTransform(**arguments), ramp) - ramp
    expected = keras.layers.RandomElasticTransform(**arguments)(across, training=True) - across
    np.testing.assert_allclose(warped["x"], expected, atol=1e-3)
    inside = (slice(None), slice(5, -5), slice(5, -5))
    both = np.corrcoef(warped["x"][inside].ravel(), warped["y"][inside].ravel())[0, 1]
    assert np.abs(warped["x"]).max() > 0.5
    assert abs(both) < 0.5


def test_no_strength_is_no_change():
    for layer in (
        layers.RandomElasticTransform(scale=0.0),
        layers.RandomRotation(0.0),
        layers.RandomPerspective(scale=0.0, factor=(1, 1)),
        layers.RandomShear(),
        layers.RandomSharpness((0.5, 0.5)),
        layers.RandomHue(0.0),
        layers.RandomSaturation((0.5, 0.5)),
        layers.RandomGaussianBlur(sigma=0.0),
        layers.RandomErasing(factor=0.0),
    ):
        np.testing.assert_allclose(on(layer, PHOTOS), PHOTOS, atol=2e-2)


# -------------------------------------------------------------------------------------- colors


def test_a_hue_turned_around_comes_back():
    once = layers.RandomHue((1.0, 1.0))  # half of the circle
    np.testing.assert_allclose(on(once, on(once, PHOTOS)), PHOTOS, atol=0.02)
    assert np.abs(on(once, PHOTOS) - PHOTOS).max() > 50


def test_saturation_is_kept_below_full():
    out = on(layers.RandomSaturation((0.9, 0.9)), PHOTOS)
    assert out.min() >= 0
    np.testing.assert_allclose(out.max(axis=-1), PHOTOS.max(axis=-1), rtol=1e-5)  # the value stays


def test_blurring_is_that_of_scipy():
    layer = layers.RandomGaussianBlur((1, 1), kernel_size=5, sigma=(0.8, 0.8))
    expected = scipy.ndimage.gaussian_filter(PHOTOS, (0, 0.8, 0.8, 0), mode="constant", radius=2)
    np.testing.assert_allclose(on(layer, PHOTOS), expected, rtol=1e-4)


def test_sharpness_is_the_kernel_of_scipy():
    kernel = np.full((3, 3), 1 / 13)
    kernel[1, 1] = 5 / 13
    expected = scipy.ndimage.convolve(PHOTOS, kernel[None, :, :, None], mode="constant")
    np.testing.assert_allclose(on(layers.RandomSharpness((0, 0)), PHOTOS), expected, rtol=1e-4)


def test_inverting_stays_in_the_range():
    layer = layers.RandomInvert((1, 1), value_range=(-1, 1))
    assert on(layer, np.full((1, 1, 1), -0.25)).item() == 0.25


def test_contrast_keeps_the_mean_of_each_channel():
    image = np.full((1, 2, 1), 100.0)
    image[0, 0] = 60.0
    assert on(layers.RandomContrast((0, 0)), image).ravel().tolist() == [60, 100]
    layer = layers.RandomContrast((1, 1), seed=3)
    out = on(layer, np.stack([image] * 30))
    np.testing.assert_allclose(out.mean(axis=(1, 2, 3)), 80, rtol=1e-5)
    assert out.std(axis=(1, 2, 3)).min() < 10
    assert out.std(axis=(1, 2, 3)).max() > 30


def test_integer_images_become_floats_and_do_not_wrap_around():
    out = on(layers.RandomBrightness((0.5, 0.5)), np.full((2, 2, 3), 200, "uint8"))
    assert out.dtype == "float32"
    assert (out == 255).all()
    assert on(layers.RandomGrayscale(1.0), PHOTOS.astype("uint8")).dtype == "float32"


def test_posterizing_to_n_bits_leaves_2_to_the_n_values():
    ramp = np.arange(256, dtype="float32").reshape(16, 16, 1)
    for bits in (1, 3, 8):
        assert len(np.unique(on(layers.RandomPosterization((bits, bits)), ramp))) == 2**bits


def test_erasing_fills_one_box():
    out = on(
        layers.RandomErasing((1, 1), (0.3, 0.3), fill_value=-1, value_range=(-1, 255), seed=1), PHOTOS
    )
    for image in out:
        rows, columns = np.where((image == -1).all(axis=-1))
        height, width = np.ptp(rows) + 1, np.ptp(columns) + 1
        assert len(rows) == height * width
        assert abs(height - 6 * 0.3**0.5) <= 1
        assert abs(width - 6 * 0.3**0.5) <= 1


# ------------------------------------------------------------------------------------ contrast


def test_equalized_values_are_equally_frequent_in_each_image():
    dark = RNG.uniform(0, 40, size=(2, 32, 32, 1)).astype("float32").round()
    dark[1] += 100
    out = on(layers.Equalization(), dark)
    for image in out:
        counts = np.histogram(image, bins=8, range=(0, 256))[0]
        assert counts.min() > 80  # 128 each, if the values were finer
    np.testing.assert_array_equal(out[:1], on(layers.Equalization(), dark[:1]))
    np.testing.assert_array_equal(on(layers.Equalization(), np.full((3, 3, 1), 9.0)), 9.0)


@pytest.mark.parity
def test_equalizing_one_image_gives_what_keras_gives():
    import keras

    for options in ({}, {"bins": 16}, {"value_range": (0, 1)}):
        image = PHOTOS[:1] / (255 if "value_range" in options else 1)
        expected = keras.layers.Equalization(**options)(image, training=True)
        np.testing.assert_allclose(on(layers.Equalization(**options), image), expected, atol=1e-4)


def test_local_equalization_with_one_tile_and_no_limit_is_the_cumulative_distribution():
    image = np.arange(64, dtype="float32").reshape(8, 8, 1)
    layer = layers.ContrastLimitedAdaptiveHistogramEqualization(tile_grid_size=(1, 1), clip_limit=0)
    np.testing.assert_allclose(on(layer, image).ravel(), np.arange(64) / 63 * 255, atol=1e-3)


def test_channels_first_is_channels_last_moved():
    for name, arguments in {"AutoContrast": {}, "Equalization": {}, "RandAugment": {"seed": 3}}.items():
        last = on(getattr(layers, name)(**arguments), PHOTOS)
        first = getattr(layers, name)(**arguments, data_format="channels_first")
        np.testing.assert_allclose(
            on(first, np.moveaxis(PHOTOS, -1, 1)), np.moveaxis(last, -1, 1), atol=1e-3
        )


# -------------------------------------------------------------------------------------- mixing


@pytest.mark.parametrize("name", ["MixUp", "CutMix"])
def test_labels_are_mixed_as_the_images_are(name):
    shades = np.ones((4, 6, 6, 1), "float32") * np.array([1.0, 10, 100, 1000])[:, None, None, None]
    layer = getattr(layers, name)(seed=4)
    out = on(layer, {"images": shades.astype("float32"), "labels": LABELS, "id": np.arange(4)})
    np.testing.assert_allclose(out["labels"].sum(axis=1), 1, rtol=1e-6)
    mean = out["labels"] @ np.array([1.0, 10, 100, 1000])
    tolerance = {"rtol": 1e-4} if name == "MixUp" else {"atol": 250}  # whole pixels of 36
    np.testing.assert_allclose(out["images"].mean(axis=(1, 2, 3)), mean, **tolerance)
    assert (out["labels"] > 0).sum() > 4
    assert out["id"].tolist() == [0, 1, 2, 3]
    assert on(layer, {"images": PHOTOS, "labels": LABELS}, False)["labels"].tolist() == LABELS.tolist()


@pytest.mark.parity
@pytest.mark.filterwarnings("ignore:.*int64:UserWarning")  # Keras asks for it
@pytest.mark.parametrize("name", ["MixUp", "CutMix"])
def test_mixed_labels_are_those_of_keras(name):
    import keras

    ours, theirs = getattr(layers, name)(seed=9), getattr(keras.layers, name)(seed=9)
    for _ in range(2):
        expected = theirs({"images": PHOTOS, "labels": LABELS}, training=True)
        found = on(ours, {"images": PHOTOS, "labels": LABELS})
        np.testing.assert_allclose(found["images"], expected["images"], rtol=1e-5)
        np.testing.assert_allclose(found["labels"], expected["labels"], atol=1e-6)


def test_a_single_image_has_no_partner():
    given = {"images": PHOTOS[0], "labels": LABELS[0]}
    for layer in (layers.MixUp(seed=1), layers.CutMix(seed=1)):
        out = on(layer, given)
        np.testing.assert_allclose(out["images"], PHOTOS[0], rtol=1e-5)
        assert out["labels"].tolist() == LABELS[0].tolist()


def test_masks_are_pasted_with_the_images():
    images = MASKS.astype("float32")
    out = on(layers.CutMix(seed=1), {"images": images, "segmentation_masks": MASKS})
    np.testing.assert_array_equal(out["images"], out["segmentation_masks"])


@pytest.mark.parametrize(
    "layer",
    [
        *(layers.RandomFlip(seed=1), layers.RandomCrop(3, 3, seed=1), layers.CenterCrop(2, 2)),
        *(layers.RandomRotation(0.3, seed=1), layers.RandomZoom(0.4, seed=1)),
        *(layers.RandomTranslation(0.3, 0.3, seed=1), layers.RandomShear(0.4, 0.4, seed=1)),
        *(layers.RandomPerspective(seed=1), layers.RandAugment(seed=3)),
        layers.RandomElasticTransform(seed=1),
    ],
    ids=lambda layer: type(layer).__name__,
)
def test_masks_move_with_the_images_and_keep_their_numbers(layer):
    layer.interpolation = "nearest"
    images = np.repeat(MASKS.astype("float32") * 10, 3, axis=-1)
    out = on(layer, {"images": images, "labels": np.arange(4), "segmentation_masks": MASKS})
    assert out["segmentation_masks"].dtype == "int32"
    assert set(np.unique(out["segmentation_masks"])) <= set(range(5))
    assert out["labels"].tolist() == [0, 1, 2, 3]
    if not isinstance(layer, layers.RandAugment):
        np.testing.assert_allclose(out["images"][..., :1], out["segmentation_masks"] * 10, atol=1e-3)


def test_masks_stay_where_only_colors_change():
    for layer in (layers.RandomHue(0.5), layers.RandomErasing(), layers.Equalization()):
        out = on(layer, {"images": PHOTOS, "segmentation_masks": MASKS})
        np.testing.assert_array_equal(out["segmentation_masks"], MASKS)


def test_a_policy_applies_what_it_has_drawn():
    layer = layers.RandAugment(num_ops=1, seed=2)
    size, (chosen, drawn) = layer.get_random_transformation(PHOTOS)
    operation = layer.operations()[int(chosen[0])]
    expected = operation.apply(jnp.asarray(PHOTOS), drawn[int(chosen[0])])
    np.testing.assert_allclose(layer.apply(PHOTOS, (chosen, drawn)), expected, atol=1e-3)
    assert size.height == 6


def test_augmix_stays_between_the_image_and_its_versions():
    layer = layers.AugMix(seed=1, all_ops=False)
    out = [on(layer, PHOTOS) for _ in range(3)]
    assert all(image.min() >= 0 and image.max() <= 255 for image in out)
    assert not np.allclose(out[0], out[1])
    gray = np.full((2, 4, 4, 3), 100.0, "float32")
    assert layer.get_config()["all_ops"] is False
    assert "random_brightness" not in vars(layer)
    assert on(layer, gray).shape == gray.shape


# --------------------------------------------------------------------------------------- boxes


BOXES = {
    "boxes": np.array([[[1, 2, 4, 5], [0, 0, 2, 3]]] * 4, "float32"),
    "labels": np.array([[7, 8]] * 4),
}


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("RandomFlip", {"seed": 2}),
        ("Resizing", {"height": 3, "width": 9}),
        ("Resizing", {"height": 3, "width": 9, "pad_to_aspect_ratio": True}),
        ("Resizing", {"height": 3, "width": 9, "crop_to_aspect_ratio": True}),
        ("CenterCrop", {"height": 4, "width": 3}),
        ("RandomHue", {"factor": 0.2}),
    ],
)
@pytest.mark.parametrize("form", ["xyxy", "center_xywh", "rel_yxyx"])
@pytest.mark.parity
def test_boxes_are_moved_as_keras_moves_them(name, arguments, form):
    import keras

    height_width = {"height": 6, "width": 6}
    boxes = cornu.utils.bounding_boxes.convert_format(BOXES["boxes"], "xyxy", form, **height_width)
    results = []
    for library in (cornu, keras):
        layer = getattr(library.layers, name)(**arguments, bounding_box_format=form)
        given = {"images": PHOTOS, "bounding_boxes": {**BOXES, "boxes": np.asarray(boxes)}}
        results.append(layer(given, training=True)["bounding_boxes"])
    np.testing.assert_allclose(results[0]["boxes"], results[1]["boxes"], atol=1e-4)
    np.testing.assert_array_equal(results[0]["labels"], results[1]["labels"])


@pytest.mark.parametrize(
    "layer",
    [
        layers.RandomFlip("horizontal", seed=1, bounding_box_format="xyxy"),
        layers.RandomCrop(18, 18, seed=1, bounding_box_format="xyxy"),
        layers.RandomTranslation(0.2, 0.2, "constant", seed=1, bounding_box_format="xyxy"),
        layers.RandomZoom(0.2, 0.2, "constant", seed=1, bounding_box_format="xyxy"),
        layers.RandomRotation((0.25, 0.25), "constant", seed=1, bounding_box_format="xyxy"),
        layers.RandomPerspective((1, 1), 0.2, seed=1, bounding_box_format="xyxy"),
        layers.RandomShear((0.2, 0.2), fill_mode="constant", bounding_box_format="xyxy"),
        layers.Resizing(12, 30, bounding_box_format="xyxy"),
        layers.CenterCrop(16, 12, bounding_box_format="xyxy"),
    ],
    ids=lambda layer: type(layer).__name__,
)
def test_a_box_stays_around_its_thing(layer):
    images = np.zeros((3, 24, 24, 1), "float32")
    images[:, 8:14, 9:17] = 255.0
    boxes = {"boxes": np.tile([[[9.0, 8, 17, 14]]], (3, 1, 1)), "labels": np.ones((3, 1), "int32")}
    out = on(layer, {"images": images, "bounding_boxes": boxes})
    for image, (box,) in zip(out["images"], out["bounding_boxes"]["boxes"], strict=True):
        rows, columns = np.where(image[..., 0] > 127)
        thing = columns.min(), rows.min(), columns.max() + 1, rows.max() + 1
        np.testing.assert_allclose(box, thing, atol=1.01)


def test_a_box_outside_the_image_loses_its_label():
    boxes = {"boxes": np.array([[0.0, 0, 1, 1], [2, 2, 4, 4]]), "labels": np.array([3, 4])}
    layer = layers.CenterCrop(2, 2, bounding_box_format="xyxy")
    out = on(layer, {"images": PHOTOS[0], "bounding_boxes": boxes})["bounding_boxes"]
    assert out["labels"].tolist() == [-1, 4]
    assert out["boxes"].tolist() == [[0, 0, 0, 0], [0, 0, 2, 2]]


def test_boxes_of_both_images_come_along_in_mixup():
    layer = layers.MixUp(seed=1, bounding_box_format="xyxy")
    out = on(layer, {"images": PHOTOS, "bounding_boxes": BOXES})["bounding_boxes"]
    assert out["boxes"].shape == (4, 4, 4)
    assert out["labels"].tolist() == [[7, 8, 7, 8]] * 4


@pytest.mark.parity
@pytest.mark.parametrize("training", [False, True])
def test_boxes_stay_in_augmix_as_in_keras(training):
    import keras

    for library in (cornu, keras):
        layer = library.layers.AugMix(seed=1, bounding_box_format="xyxy")
        given = {"images": PHOTOS, "labels": LABELS, "bounding_boxes": BOXES}
        out = layer(given, training=training)
        for part, expected in BOXES.items():
            np.testing.assert_array_equal(out["bounding_boxes"][part], expected)
        np.testing.assert_array_equal(out["labels"], LABELS)


def test_as_many_boxes_as_asked_for():
    for number, labels in ((1, [[7]]), (3, [[7, 8, 0]])):
        layer = layers.MaxNumBoundingBoxes(number, fill_value=0, bounding_box_format="xyxy")
        first = {"boxes": BOXES["boxes"][:1], "labels": BOXES["labels"][:1]}
        out = on(layer, {"images": PHOTOS[:1].astype("uint8"), "bounding_boxes": first})
        assert out["images"].dtype == "uint8"
        assert out["bounding_boxes"]["labels"].tolist() == labels
        assert out["bounding_boxes"]["boxes"].shape == (1, number, 4)


# -------------------------------------------------------------------------------------- models


def small_model(library, *steps):
    model = library.Sequential(
        [library.Input((6, 6, 3)), *steps, library.layers.Flatten(), library.layers.Dense(2)]
    )
    model.compile(library.optimizers.SGD(1e-7), "mse")
    weights = np.random.default_rng(0).normal(size=(108, 2)).astype("float32") * 0.01
    model.layers[-1].set_weights([weights, np.zeros(2, "float32")])
    return model


def test_a_model_augments_while_training_and_not_afterwards():
    model = small_model(cornu, layers.RandomFlip(seed=1), layers.RandomRotation(0.2, seed=1))
    first = model.predict(PHOTOS, verbose=0)
    np.testing.assert_allclose(first, model.layers[-1](PHOTOS.reshape(4, -1)), rtol=1e-4)
    np.testing.assert_array_equal(first, model.predict(PHOTOS, verbose=0))
    before = model.layers[0].generator.state.numpy()
    model.fit(PHOTOS, LABELS[:, :2], epochs=2, batch_size=2, verbose=0)
    drawn = model.layers[0].generator.state.numpy() - before
    assert drawn.tolist() == [0, 4]  # once for each step


@pytest.mark.parity
def test_a_training_with_augmentation_is_that_of_keras():
    import keras

    losses = []
    for library in (cornu, keras):
        steps = [
            library.layers.RandomFlip("horizontal", seed=1),
            library.layers.RandomTranslation(0.2, 0.2, seed=2),
            library.layers.RandomSharpness(0.7, seed=3),
        ]
        model = small_model(library, *steps)
        data = {"validation_data": (PHOTOS, LABELS[:, :2]), "shuffle": False, "verbose": 0}
        history = model.fit(PHOTOS, LABELS[:, :2], epochs=4, batch_size=2, **data).history
        losses.append((history["loss"], history["val_loss"]))
    np.testing.assert_allclose(*losses, rtol=1e-4)


def test_every_step_of_a_compiled_training_draws_anew():
    layer = layers.AugMix(seed=1)
    model = small_model(cornu, layer)
    model.fit(PHOTOS, LABELS[:, :2], epochs=3, batch_size=4, verbose=0)
    assert layer.generator.state.numpy().tolist() == [1, 12]


def test_a_pipeline_is_its_layers():
    steps = [layers.Resizing(4, 4), layers.RandomFlip(seed=1), layers.RandomBrightness(0.3, seed=2)]
    pipeline = layers.Pipeline(steps)
    again = layers.Pipeline.from_config(pipeline.get_config())
    expected = again.layers[2](again.layers[1](again.layers[0](PHOTOS)))
    np.testing.assert_array_equal(on(pipeline, PHOTOS), expected)
    np.testing.assert_array_equal(on(pipeline, PHOTOS, False), layers.Resizing(4, 4)(PHOTOS))
    assert pipeline(cornu.Input((8, 8, 3))).shape == (None, 4, 4, 3)


def test_functional_models_know_the_new_size():
    x = cornu.Input((None, None, 3))
    y = layers.RandomCrop(5, 4)(layers.Resizing(8, 6)(x))
    assert y.shape == (None, 5, 4, 3)
    model = cornu.Model(x, layers.RandAugment(seed=1)(y))
    assert model.predict(PHOTOS, verbose=0).shape == (4, 5, 4, 3)


def test_a_dict_goes_through_a_functional_model():
    given = {"images": cornu.Input((6, 6, 3)), "labels": cornu.Input((4,))}
    model = cornu.Model(given, layers.MixUp(seed=1)(given))
    out = model({"images": PHOTOS, "labels": LABELS}, training=True)
    np.testing.assert_allclose(out["labels"].sum(axis=1), 1, rtol=1e-6)


@pytest.mark.parametrize(
    "layer",
    [
        *(layers.RandomFlip(seed=1), layers.RandomRotation(0.2, seed=1), layers.Resizing(3, 3)),
        *(layers.RandomErasing(seed=1), layers.CutMix(seed=1), layers.AutoContrast()),
        *(
            layers.Equalization(),
            layers.RandomGaussianBlur(seed=1),
            layers.RandomElasticTransform(seed=1),
        ),
        layers.ContrastLimitedAdaptiveHistogramEqualization(tile_grid_size=(2, 2)),
    ],
    ids=lambda layer: type(layer).__name__,
)
def test_a_batch_of_no_images_gives_none(layer):
    out = on(layer, PHOTOS[:0])
    assert out.shape[0] == 0
    assert out.shape[1:] == on(layer, PHOTOS[:1]).shape[1:]


def test_the_contrast_of_channels_first_is_that_of_each_channel():
    """Keras takes the extremes over the channels and the height there."""
    first = np.moveaxis(PHOTOS[:1], -1, 1)
    low, high = first.min((2, 3), keepdims=True), first.max((2, 3), keepdims=True)
    found = on(layers.AutoContrast(data_format="channels_first"), first)
    np.testing.assert_allclose(found, (first - low) / (high - low) * 255, atol=1e-3)


# ----------------------------------------------------------------------------------- bad input


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: layers.RandomRotation(1.5), r"factor must be a number from -1 to 1.*got factor=1\.5"),
        (lambda: layers.RandomRotation("much"), r"RandomRotation \"random_rotation\": factor must be"),
        (lambda: layers.RandomContrast((1.5, 2)), r"factor must be a number from 0 to 1"),
        (lambda: layers.RandomTranslation(0.1, (0, 2)), r"width_factor must be a number from -1 to 1"),
        (lambda: layers.RandomZoom(-1.0), r"height_factor must be above -1"),
        (lambda: layers.RandomZoom((-1, 0.5)), r"enlarged without end"),
        (lambda: layers.RandomShear(-0.2), r"x_factor must be a number from 0 to 1"),
        (lambda: layers.RandomShear(0.1, (0.1, 0.2, 0.3)), r"y_factor must be a number from 0 to 1"),
        (lambda: layers.RandomPosterization(0), r"from 1 to 8.*Write for instance factor=4"),
        (lambda: layers.RandomPosterization(9), r"from 1 to 8"),
        (lambda: layers.Solarization(2.0), r"addition_factor must be a number from 0 to 1"),
        (lambda: layers.RandomErasing(scale=1.5), r"scale must be a number from 0 to 1"),
        (lambda: layers.RandomErasing(fill_value=[1, 2]), r"fill_value must be a number, three numb"),
        (lambda: layers.RandomPerspective(scale=(0, 1)), r"scale must be a number from 0 to 1"),
        (lambda: layers.RandomGrayscale(2), r"factor must be a number from 0 to 1"),
        (lambda: layers.MixUp(0), r"alpha must be a number above 0"),
        (lambda: layers.AugMix(alpha=-1), r"alpha must be a number above 0"),
        (lambda: layers.AugMix(num_chains=0), r"num_chains must be a whole number above 0"),
        (lambda: layers.RandAugment(num_ops=1.5), r"num_ops must be a whole number above 0"),
        (lambda: layers.RandomGaussianBlur(kernel_size=4), r"kernel_size must be an odd number"),
        (lambda: layers.RandomFlip("horisontal"), r'Did you mean "horizontal"'),
        (lambda: layers.RandomRotation(0.1, "relfect"), r'fill_mode must be.*Did you mean "reflect"'),
        (
            lambda: layers.RandomZoom(0.1, interpolation="biliner"),
            r'interpolation must be one of .nearest., .bilinear..*Did you mean "bilinear"',
        ),
        (lambda: layers.Resizing(2, 2, "bicubick"), r'Did you mean "bicubic"'),
        (lambda: layers.Resizing(0, 2), r"height must be a whole number above 0"),
        (lambda: layers.CenterCrop(2, 2.5), r"width must be a whole number above 0"),
        (
            lambda: layers.Resizing(2, 2, crop_to_aspect_ratio=True, pad_to_aspect_ratio=True),
            r"exclude each other",
        ),
        (
            lambda: layers.RandomBrightness(0.1, 255),
            r"value_range must be two numbers.*got value_range=255",
        ),
        (lambda: layers.RandomHue(0.1, (0, 0)), r"Write value_range=\(0, 255\) or \(0, 1\)"),
        (lambda: layers.Equalization(bins=0), r"bins must be a whole number above 0"),
        (
            lambda: layers.ContrastLimitedAdaptiveHistogramEqualization(tile_grid_size=8),
            r"tile_grid_size must be the number of rows and of columns",
        ),
        (
            lambda: layers.ContrastLimitedAdaptiveHistogramEqualization(clip_limit=-1),
            r"clip_limit must be a number from 0",
        ),
        (lambda: layers.MaxNumBoundingBoxes(0), r"max_number must be a whole number above 0"),
        (
            lambda: layers.RandomFlip(data_format="chanels_last"),
            r'data_format must be.*Did you mean "channels_l',
        ),
        (lambda: layers.RandomFlip(bounding_box_format="xyyx"), r'Unknown bounding_box_format "xyyx"'),
    ],
)
def test_a_wrong_argument_is_named(make, words):
    with pytest.raises(ValueError, match=words):
        make()


@pytest.mark.parametrize(
    ("layer", "data", "words"),
    [
        (layers.RandomFlip(), np.ones((4, 6)), r"takes one image .*got shape \(4, 6\).*x\[..., None\]"),
        (layers.AutoContrast(), np.ones((1, 1, 2, 2, 3)), r"got shape \(1, 1, 2, 2, 3\)"),
        (layers.RandomHue(0.1), np.ones((2, 4, 4, 1)), r"RandomHue.* needs images of 3 channels"),
        (layers.RandomGrayscale(), np.ones((2, 4, 4, 4)), r"or 1 \(gray\), but got 4 channels"),
        (layers.RandomFlip(), {"image": PHOTOS}, r'key "images"; got the keys \[.image.\]'),
        (layers.MixUp(), {"images": PHOTOS}, r"the dict has no labels"),
        (
            layers.RandomFlip(),
            {"images": PHOTOS, "segmentation_masks": MASKS[..., 0]},
            r"masks of shape \(4, 6, 6\) for images of shape \(4, 6, 6, 3\). Write masks\[..., None\]",
        ),
        (layers.CutMix(), {"images": PHOTOS, "labels": np.arange(4)}, r"Make them one-hot"),
        (
            layers.RandomFlip(),
            {"images": PHOTOS, "bounding_boxes": BOXES},
            r"bounding_box_format='xyxy'",
        ),
        (
            layers.RandomFlip(bounding_box_format="xyxy"),
            {"images": PHOTOS, "bounding_boxes": {"boxes": np.ones((4, 2, 3)), "labels": np.ones(2)}},
            r"Boxes have four numbers each, so the shape \(\.\.\., 4\), not \(4, 2, 3\)",
        ),
    ],
    ids=lambda value: type(value).__name__,
)
def test_wrong_data_is_named(layer, data, words):
    with pytest.raises(ValueError, match=words):
        layer(data, training=True)


@pytest.mark.parity
@pytest.mark.filterwarnings("ignore:.*int64:UserWarning")  # Keras asks for it
@pytest.mark.parametrize("name", ["RandomElasticTransform", "CutMix"])
def test_boxes_that_have_no_rule_are_refused_as_in_keras(name):
    import keras

    given = {"images": PHOTOS, "labels": LABELS, "bounding_boxes": BOXES}
    with pytest.raises(NotImplementedError):
        getattr(keras.layers, name)(bounding_box_format="xyxy")(given, training=True)
    layer = getattr(layers, name)(bounding_box_format="xyxy")
    with pytest.raises(NotBuiltYetError, match=f"{name} .* no rule yet for what becomes of bounding"):
        layer(given, training=True)
    still = layer(given, training=False)["bounding_boxes"]
    np.testing.assert_array_equal(still["boxes"], BOXES["boxes"])


def test_a_pipeline_takes_layers_only():
    for wrong in ([layers.RandomFlip(), "flip"], layers.RandomFlip()):
        with pytest.raises(TypeError, match="layers must be a list of layers"):
            layers.Pipeline(wrong)
