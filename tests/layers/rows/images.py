"""Layers that change images, and spectrograms of sound."""

import numpy as np

from tests.layers.contract import Nested, Row

RNG = np.random.default_rng(8)
PHOTOS = RNG.uniform(0, 255, size=(5, 6, 7, 3)).astype("float32")
TURNED = np.moveaxis(PHOTOS, -1, 1).copy()
BYTES = PHOTOS.astype("uint8")
SOUND = RNG.normal(size=(5, 96)).astype("float32")
STEREO = RNG.normal(size=(5, 40, 2)).astype("float32")
STILL = {"training": False}
FIRST = {"data_format": "channels_first"}


def row(name, arguments=None, x=PHOTOS, **more):
    """A row with the tolerance that values up to 255 need."""
    return Row(name, arguments or {}, x, **{"atol": 1e-3, **more})


def chance(name, arguments=None, x=PHOTOS, **more):
    """A row of a layer that draws, and takes a call without `training` for one while training."""
    return row(name, {"seed": 3, **(arguments or {})}, x, call=STILL, random=True, **more)


MOVING = {
    "RandomRotation": {"factor": 0.2},
    "RandomTranslation": {"height_factor": 0.3, "width_factor": (-0.2, 0.4)},
    "RandomZoom": {"height_factor": 0.3, "width_factor": (0.1, 0.4)},
    "RandomShear": {"x_factor": (0.1, 0.3), "y_factor": (0.0, 0.2)},
}
COLORS = {
    "RandomBrightness": {"factor": 0.2},
    "RandomContrast": {"factor": 0.4},
    "RandomSaturation": {"factor": 0.4},
    "RandomHue": {"factor": 0.3},
    "RandomColorDegeneration": {"factor": 0.5},
    "RandomSharpness": {"factor": 0.8},
    "RandomPosterization": {"factor": 5},
    "RandomInvert": {},
    "RandomGaussianBlur": {"kernel_size": (3, 5)},
    "Solarization": {"addition_factor": 0.3, "threshold_factor": (0.2, 0.6)},
    "RandomErasing": {},
}
MODES = ("log", "magnitude", "psd", "real", "imag", "angle", "stft")
FRAMES = {"frame_length": 16}

ROWS = [
    row("Resizing", {"height": 4, "width": 9}),
    row("Resizing", {"height": 3, "width": 3, "antialias": True, "interpolation": "bicubic"}),
    row("Resizing", {"height": 4, "width": 9, "crop_to_aspect_ratio": True}, unknown=(0,)),
    row(
        "Resizing",
        {"height": 4, "width": 9, "pad_to_aspect_ratio": True, "fill_value": 3.0, **FIRST},
        TURNED,
        unknown=(0, 2),
    ),
    row("Resizing", {"height": 4, "width": 9}, BYTES, atol=1.0, smooth=False),
    row("CenterCrop", {"height": 3, "width": 4}),
    row("CenterCrop", {"height": 8, "width": 4, **FIRST}, TURNED, unknown=(0,)),
    chance("RandomCrop", {"height": 3, "width": 4}, keras=False),
    chance("RandomFlip"),
    chance("RandomFlip", {"mode": "vertical", **FIRST}, TURNED),
    *(chance(name, arguments) for name, arguments in MOVING.items()),
    chance("RandomShear", {"x_factor": 0.2}, same_config=False),
    chance("RandomZoom", {"height_factor": -0.3, "fill_mode": "constant", "fill_value": 9.0}),
    chance("RandomPerspective"),
    chance("RandomElasticTransform", keras=False),
    *(chance(name, arguments) for name, arguments in COLORS.items()),
    chance("RandomErasing", {"fill_value": 9.0, "factor": (1.0, 1.0)}),
    chance("RandomErasing", {"fill_value": (1.0, 2.0, 3.0)}, keras=False),  # Keras on JAX cannot
    chance("RandomPosterization", {"factor": (3, 3), "value_range": (0, 1)}, PHOTOS / 255),
    chance("RandomHue", {"factor": (0.2, 1.0), "value_range": (-1, 1)}, PHOTOS / 128 - 1),
    chance("RandomGrayscale", {}, same_config=False),
    chance(
        "RandomColorJitter",
        {
            "brightness_factor": 0.1,
            "contrast_factor": 0.2,
            "saturation_factor": 0.2,
            "hue_factor": 0.1,
        },
    ),
    row("AutoContrast"),
    row("AutoContrast", {"value_range": (0, 1)}, PHOTOS / 255, atol=1e-5),
    row("Equalization", call=STILL, trains=True, keras=False),
    row(
        "ContrastLimitedAdaptiveHistogramEqualization",
        {"tile_grid_size": (2, 2)},
        smooth=False,
        half=False,
    ),
    row(
        "ContrastLimitedAdaptiveHistogramEqualization",
        {"tile_grid_size": (4, 3), "clip_limit": 0.0},
        BYTES,
        atol=1.0,
        smooth=False,
    ),
    chance("CutMix"),
    chance("MixUp", {"alpha": 1.0}, keras=False),  # Keras warns; see test_images
    chance("RandAugment"),
    chance("AugMix", {"num_chains": 2, "chain_depth": 1}, keras=False),
    row("MaxNumBoundingBoxes", {"max_number": 3}, same_config=False),
    row(
        "Pipeline",
        {"layers": [Nested("Resizing", {"height": 3, "width": 3})]},
        keras=False,
        smooth=False,
        half=False,
    ),
    Row(
        "MelSpectrogram",
        {"fft_length": 32, "sequence_stride": 16, "num_mel_bins": 5},
        SOUND,
        smooth=False,
        rtol=1e-4,
        atol=1e-4,
    ),
    Row("STFTSpectrogram", FRAMES, STEREO, atol=1e-4, half=False),
    Row("STFTSpectrogram", {"mode": "stft", "expand_dims": True, **FRAMES}, STEREO, atol=1e-5),
    Row(
        "STFTSpectrogram",
        {"mode": "psd", "padding": "same", "scaling": "spectrum", **FIRST, **FRAMES},
        STEREO.swapaxes(1, 2).copy(),
        atol=1e-5,
        unknown=(0,),
    ),
    # ---------------------------------------------------------------------------- wide products
    *(
        chance(
            name,
            {**arguments, "fill_mode": mode, "interpolation": how, "fill_value": 7.0, **form},
            TURNED if form else PHOTOS,
            wide=True,
        )
        for name, arguments in MOVING.items()
        for mode in ("reflect", "wrap", "constant", "nearest")
        for how in ("bilinear", "nearest")
        for form in ({}, FIRST)
    ),
    *(chance(name, {**a, **FIRST}, TURNED, wide=True) for name, a in COLORS.items()),
    *(
        row("Resizing", {"height": h, "width": w, "interpolation": how, **more}, wide=True)
        for h, w in ((3, 4), (9, 5))
        for how in ("bilinear", "nearest", "bicubic", "lanczos3", "lanczos5")
        for more in (
            {},
            {"antialias": True},
            {"crop_to_aspect_ratio": True},
            {"pad_to_aspect_ratio": True},
        )
    ),
    *(
        Row(
            "STFTSpectrogram",
            {"mode": mode, "padding": padding, "expand_dims": expand, **form, **FRAMES},
            STEREO.swapaxes(1, 2).copy() if form else STEREO,
            unknown=(0,),
            half=False,
            smooth=mode != "angle",
            atol=1e-4,
            wide=True,
        )
        for mode in MODES
        for padding in ("valid", "same")
        for expand in (False, True)
        for form in ({}, FIRST)
    ),
]
