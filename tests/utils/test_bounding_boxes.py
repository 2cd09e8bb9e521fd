"""Bounding boxes against Keras 3.15."""

import numpy as np
import pytest

from cornu.core.errors import NotBuiltYetError
from cornu.layers.preprocessing.box_forms import FORMATS
from cornu.utils import bounding_boxes as ours

RANDOM = np.random.RandomState(0)
LOW = RANDOM.uniform(0, 20, (2, 3, 2))
BOXES = np.concatenate([LOW, LOW + RANDOM.uniform(1, 15, (2, 3, 2))], -1).astype("float32")
OTHERS = BOXES[:, ::-1] * np.array([1, 0.7, 1.1, 1], "float32")
LABELS = np.array([[1, 2, 3], [4, 5, 6]])
SIZE = {"height": 30, "width": 25}
IMAGE = (30, 25, 3)
ANGLES = [
    np.array(pair, "float32")
    for pair in ([10, -40], [0.1, 0.0], [0.0, -0.2], [1.5, 0.8], [5, 0], [0, 9])
]

CALLS = {
    "clip": lambda b: b.clip_to_image_size({"boxes": BOXES - 3, "labels": LABELS}, **SIZE),
    "clip away": lambda b: b.clip_to_image_size({"boxes": BOXES - 90, "labels": LABELS}, **SIZE),
    "clip parts": lambda b: b.clip_to_image_size({"boxes": BOXES / 20}, bounding_box_format="rel_xyxy"),
    "crop": lambda b: b.crop(BOXES, 3, 5, 10, 12),
    "pad": lambda b: b.pad(BOXES, 3, 5),
    "affine": lambda b: b.affine_transform(BOXES, *ANGLES, **SIZE),
    "affine about": lambda b: b.affine_transform(BOXES, *ANGLES, **SIZE, center_x=0.2, center_y=0.9),
    "iou": lambda b: b.compute_iou(BOXES[0], OTHERS[0, :2], "xyxy"),
    "iou of batches": lambda b: b.compute_iou(BOXES, OTHERS, "yxyx"),
    "iou of one batch": lambda b: b.compute_iou(BOXES, OTHERS[0], "center_xywh"),
    "iou masked": lambda b: b.compute_iou(
        BOXES - 15, OTHERS - 15, "xyxy", use_masking=True, mask_val=-2
    ),
    "iou of parts": lambda b: b.compute_iou(BOXES / 40, OTHERS / 40, "rel_xywh", image_shape=IMAGE),
    "ciou": lambda b: b.compute_ciou(BOXES, OTHERS, "xyxy"),
    "encode": lambda b: b.encode_box_to_deltas(BOXES[0], OTHERS, "xyxy", "xywh"),
    "encode parts": lambda b: b.encode_box_to_deltas(
        BOXES / 40, OTHERS, "rel_xyxy", "xyxy", "center_xywh", [0.1, 0.1, 0.2, 0.2], IMAGE
    ),
    "decode": lambda b: b.decode_deltas_to_boxes(BOXES[0], OTHERS / 40, "xyxy", "yxyx"),
    "decode levels": lambda b: b.decode_deltas_to_boxes(
        {"a": BOXES}, {"a": OTHERS / 40}, "xyxy", "xyxy", "center_xywh", [0.1, 0.1, 0.2, 0.2]
    ),
    "convert a dict": lambda b: b.convert_format(
        {"boxes": BOXES.copy(), "labels": LABELS}, "xyxy", "xywh"
    ),
}


def theirs():
    from keras.utils import bounding_boxes

    return bounding_boxes


def same(found, expected):
    if isinstance(expected, dict):
        assert list(found) == list(expected)
        for key, value in expected.items():
            same(found[key], value)
        return
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-4)
    assert np.asarray(found).shape == np.asarray(expected).shape


@pytest.mark.parity
@pytest.mark.parametrize("name", CALLS)
def test_boxes_are_those_of_keras(name):
    same(CALLS[name](ours), CALLS[name](theirs()))


def test_boxes_in_parts_of_the_image_overlap_as_those_in_pixels():
    parts = [ours.convert_format(boxes, "xyxy", "rel_yxyx", **SIZE) for boxes in (BOXES, OTHERS)]
    same(ours.compute_ciou(*parts, "rel_yxyx", IMAGE), ours.compute_ciou(BOXES, OTHERS, "xyxy"))


def check(source, target):
    boxes = BOXES / 40 if source.startswith("rel") else BOXES
    found = ours.convert_format(boxes, source, target, **SIZE)
    same(found, theirs().convert_format(boxes, source, target, **SIZE))
    same(ours.convert_format(found, target, source, **SIZE), boxes)


@pytest.mark.parity
@pytest.mark.parametrize("source", FORMATS)
def test_every_form_becomes_another_as_in_keras(source):
    forms = list(FORMATS)
    check(source, forms[forms.index(source) - 1])


@pytest.mark.wide
@pytest.mark.parity
@pytest.mark.parametrize("source", FORMATS)
@pytest.mark.parametrize("target", FORMATS)
def test_every_form_becomes_every_other_as_in_keras(source, target):
    check(source, target)


def test_the_four_numbers_of_a_box():
    box = np.array([1.0, 2, 5, 4])
    expected = {
        "yxyx": [2, 1, 4, 5],
        "xywh": [1, 2, 4, 2],
        "center_xywh": [3, 3, 4, 2],
        "center_yxhw": [3, 3, 2, 4],
        "rel_xyxy": [0.05, 0.2, 0.25, 0.4],
        "rel_yxyx": [0.2, 0.05, 0.4, 0.25],
        "rel_center_xywh": [0.15, 0.3, 0.2, 0.2],
    }
    for form, numbers in expected.items():
        np.testing.assert_allclose(ours.convert_format(box, "xyxy", form, 10, 20), numbers, rtol=1e-6)


WRONG = [
    (
        lambda: ours.convert_format(BOXES, "xyx", "xyxy"),
        ValueError,
        'Unknown bounding_box_format "xyx". Did you mean "yxyx"',
    ),
    (
        lambda: ours.convert_format(BOXES[..., :3], "xyxy", "xywh"),
        ValueError,
        r"the shape \(..., 4\), not \(2, 3, 3\)",
    ),
    (
        lambda: ours.convert_format(BOXES, "rel_xyxy", "xyxy"),
        ValueError,
        "needs the size of the image: height",
    ),
    (lambda: ours.clip_to_image_size({"boxes": BOXES}), ValueError, "clip_to_image_size needs the size"),
    (
        lambda: ours.crop(BOXES, 0, 0, 1, 1, "xywh"),
        NotBuiltYetError,
        "of the form xyxy, not .xywh.. Convert",
    ),
    (
        lambda: ours.encode_box_to_deltas(BOXES, BOXES, "xyxy", "xyxy", "xyxy"),
        ValueError,
        "Differences are of the",
    ),
    (
        lambda: ours.encode_box_to_deltas(BOXES, BOXES, "xyxy", "xyxy", variance=[1, 2]),
        ValueError,
        r"variance has four numbers, got the shape \(2,\)",
    ),
]


@pytest.mark.parametrize("call, error, words", WRONG)
def test_wrong_boxes_are_named(call, error, words):
    with pytest.raises(error, match=words):
        call()


@pytest.mark.parity
def test_every_function_of_keras_is_there_with_its_arguments():
    from tests.table_of_names import room

    found = room(theirs())
    assert (found.missing, found.different) == ([], {})
