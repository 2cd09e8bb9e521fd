"""Images."""

import numpy as np

from tests.ops.contract import RNG, TABLE, Row

FLOATS = ("bfloat16", "float16")
PHOTOS = RNG.uniform(size=(2, 5, 6, 3)).astype("float32")
PHOTO, FIRST = PHOTOS[0], np.moveaxis(PHOTOS, -1, 1).copy()
BYTES = (PHOTOS * 255).astype("uint8")
VOLUMES = RNG.normal(size=(2, 4, 5, 3, 2)).astype("float32")
TURN = np.array([[0.9, -0.3, 1.3, 0.2, 1.1, -0.7, 0, 0], [1.1, 0.2, 0.4, -0.1, 0.9, 0.3, 0, 0]])
TURN = (TURN * RNG.uniform(0.9, 1.1, size=(2, 8))).astype("float32")
CORNERS = np.array([[0, 0], [5, 0], [0, 4], [5, 4]], "float32")
ELSEWHERE = CORNERS + RNG.uniform(-1, 1, size=(2, 4, 2)).astype("float32")
PLACES = RNG.uniform(-2, 6, size=(2, 3, 2)).astype("float32")
MODES = ("constant", "nearest", "wrap", "mirror", "reflect")

ROWS = [
    *(
        Row(f"image.{name}", args, unknown=name == "rgb_to_grayscale")
        for name in ("rgb_to_grayscale", "rgb_to_hsv", "hsv_to_rgb")
        for args in ((PHOTOS,), (FIRST, "channels_first"))
    ),
    Row("image.rgb_to_grayscale", (BYTES,)),
    *(
        Row("image.resize", (PHOTOS, (3, 8), method, antialias), atol=1e-5, wide=antialias)
        for method in ("bilinear", "nearest", "bicubic", "lanczos3", "lanczos5")
        for antialias in (False, True)
    ),
    Row("image.resize", (PHOTO, (4, 4)), {"crop_to_aspect_ratio": True}, unknown=False),
    Row(
        "image.resize",
        (PHOTO, (8, 4)),
        {"pad_to_aspect_ratio": True, "fill_value": 0.5},
        unknown=False,
    ),
    Row("image.resize", (FIRST, (3, 4)), {"data_format": "channels_first"}),
    Row("image.resize", (BYTES, (3, 8))),
    Row("image.resize", (BYTES, (3, 8), "bicubic")),
    *(
        Row(
            "image.affine_transform",
            (PHOTOS, TURN, method, mode, 0.5),
            atol=1e-5,
            unknown=False,
            wide=wide,
        )
        for method, mode, wide in (
            ("bilinear", "constant", False),
            ("nearest", "reflect", False),
            *(("bilinear", mode, True) for mode in MODES[1:]),
        )
    ),
    Row("image.affine_transform", (PHOTO, TURN[0]), atol=1e-5, unknown=False),
    Row(
        "image.affine_transform",
        (FIRST, TURN),
        {"data_format": "channels_first"},
        atol=1e-5,
        unknown=False,
    ),
    Row("image.affine_transform", (BYTES, TURN), unknown=False, smooth=False),
    Row(
        "image.perspective_transform",
        (PHOTOS, CORNERS + 0 * ELSEWHERE, ELSEWHERE),
        rtol=1e-4,
        atol=1e-4,
        unknown=False,
        smooth=False,  # computed in float32
    ),
    *(
        Row(
            "image.map_coordinates",
            (TABLE, PLACES, order, mode, 0.5),
            unknown=False,
            wide=mode in MODES[2:4],
        )
        for order, mode in ((0, "nearest"), *((1, mode) for mode in MODES))
    ),
    Row("image.map_coordinates", (BYTES[0, ..., 0], PLACES, 1), unknown=False, smooth=False),
    Row(
        "image.scale_and_translate",
        (TABLE, (4, 5), [1.5, 0.7], [0.2, 0.1], (0, 1), "linear"),
        unknown=False,
    ),
    Row(
        "image.scale_and_translate",
        (PHOTOS, (2, 3, 8, 3), [0.5, 1.2], [0.0, 1.0], [1, 2], "lanczos3", False),
        unknown=False,
    ),
    # Keras takes the same noise along x and y, and fails for one image in a batch.
    Row(
        "image.elastic_transform",
        (PHOTOS, 3.0, 0.6),
        {"seed": 1},
        keras=False,
        unknown=False,
        smooth=False,
    ),
    Row("image.gaussian_blur", (PHOTOS, (3, 5), (1.0, 2.0), "channels_last"), dtypes=FLOATS),
    Row("image.gaussian_blur", (FIRST, (4, 3), (1.0, 2.0), "channels_first")),
    # Keras on JAX takes images for channels_first where data_format is left out.
    Row("image.gaussian_blur", (PHOTO,), keras=False, unknown=False),
    Row("image.sobel_edges", (PHOTOS,)),
    Row("image.sobel_edges", (FIRST, "channels_first")),
    Row("image.ssim", (PHOTOS, PHOTOS**2), {"filter_size": 4}, rtol=1e-4),
    Row("image.ssim", (PHOTO, PHOTO**2, 2.0, 3, 0.7, 0.1, 0.2), rtol=1e-4),
    Row(
        "image.ssim",
        (FIRST, FIRST**2),
        {"filter_size": 5, "data_format": "channels_first"},
        rtol=1e-4,
        unknown=False,
    ),
    *(
        Row(f"image.{name}_images", (images,), kwargs)
        for name, images, kwargs in (
            (
                "crop",
                PHOTOS,
                {"top_cropping": 1, "left_cropping": 2, "target_height": 2, "target_width": 3},
            ),
            (
                "pad",
                PHOTOS,
                {"bottom_padding": 1, "right_padding": 2, "target_height": 9, "target_width": 9},
            ),
        )
    ),
    Row("image.crop_images", (PHOTO, 1, 2, 1, 1), unknown=False),
    Row("image.pad_images", (FIRST, 1, 2, 3, 1), {"data_format": "channels_first"}),
    Row("image.extract_patches", (PHOTOS, (2, 3)), unknown=False),
    Row("image.extract_patches", (FIRST, 2, 1, 2, "same", "channels_first"), unknown=False),
    Row("image.extract_patches", (PHOTO, 3, 2), unknown=False),
    Row("image.extract_patches", (VOLUMES, (2, 2, 1)), unknown=False),
    Row("image.extract_patches_3d", (VOLUMES, 2, 1), unknown=False),
    Row("image.extract_patches_3d", (VOLUMES[0], (1, 2, 3), None, 1, "same"), unknown=False),
]
