"""Neural networks."""

import numpy as np

from tests.ops.contract import POSITIVE, RNG, SERIES, TABLE, WHOLE, Row

FLOATS = ("bfloat16", "float16")
IMAGES = RNG.normal(size=(2, 5, 6, 4)).astype("float32")
FIRST = np.moveaxis(IMAGES, -1, 1).copy()
VOLUMES = RNG.normal(size=(1, 3, 4, 3, 2)).astype("float32")
KERNEL = RNG.normal(size=(3, 2, 4, 6)).astype("float32")
CHANCES = (POSITIVE / POSITIVE.sum(-1, keepdims=True)).astype("float32")
CHOICES = (TABLE > 0).astype("float32")
CLASSES = np.array([0, 3, 1], "int32")
QUERY, KEYS, VALUES = (
    RNG.normal(size=(2, steps, heads, size)).astype("float32")
    for steps, heads, size in ((3, 4, 6), (5, 2, 6), (5, 2, 3))
)
MASK = RNG.uniform(size=(2, 1, 3, 5)) > 0.3
MASK[..., 0] = True
COLUMNS = RNG.normal(size=(2, 12, 20)).astype("float32")
LOGITS = RNG.normal(size=(3, 6, 4)).astype("float32")
LABELS = np.array([[1, 1, 2], [3, 2, 0], [2, 0, 0]], "int32")

ROWS = [
    *(
        Row(name, (TABLE,), dtypes=FLOATS)
        for name in (
            *("celu", "elu", "gelu", "glu", "hard_shrink", "hard_sigmoid", "hard_silu", "hard_swish"),
            *("hard_tanh", "leaky_relu", "log_sigmoid", "log_softmax", "relu", "relu6", "selu"),
            *("sigmoid", "silu", "soft_shrink", "softmax", "softplus", "softsign", "sparse_plus"),
            *("sparse_sigmoid", "squareplus", "swish", "tanh_shrink"),
        )
    ),
    # Keras's result for whole numbers is of floats, its symbolic one of whole numbers.
    *(
        Row(name, (WHOLE,), same_dtype=name == "relu")
        for name in ("relu", "elu", "leaky_relu", "softmax")
    ),
    # Keras on JAX fails for whole numbers.
    *(Row(name, (WHOLE,), keras=False, unknown=False) for name in ("sigmoid", "silu")),
    # Keras on JAX gives numbers that do not sum to 1.
    *(Row("sparsemax", (SERIES, axis), keras=False, unknown=False) for axis in (-1, 1)),
    Row("threshold", (TABLE, 0.5, -1.0), dtypes=FLOATS),
    Row("celu", (TABLE, 0.5), wide=True),
    Row("elu", (TABLE,), {"alpha": 0.5}, wide=True),
    Row("gelu", (TABLE, False)),
    Row("leaky_relu", (TABLE, 0.1), wide=True),
    Row("squareplus", (TABLE, 2), wide=True),
    Row("hard_shrink", (TABLE, 0.2), wide=True),
    Row("soft_shrink", (TABLE, 0.2)),
    *(
        Row(name, (SERIES, axis), wide=wide)
        for name, axis, wide in (
            ("softmax", 1, False),
            ("softmax", (0, 2), False),
            ("log_softmax", 1, True),
            ("log_softmax", (0, 2), True),
        )
    ),
    Row("glu", (SERIES,), {"axis": 0}, unknown=False),
    # pooling
    *(Row(name, (IMAGES, 2, 2), dtypes=FLOATS) for name in ("max_pool", "average_pool")),
    *(
        Row(name, (IMAGES, (2, 3), (1, 2), "same"), wide=wide)
        for name, wide in (("max_pool", False), ("average_pool", True))
    ),
    Row("average_pool", (FIRST, 2, 1, "same", "channels_first"), unknown=False),
    Row("max_pool", (VOLUMES, 2, 1)),
    Row("max_pool", (SERIES, 2), keras=False, unknown=False),  # Keras on JAX fails without strides
    # Keras's symbolic result keeps an axis too many, or fails for one number as the size.
    *(
        Row(name, args, atol=2e-6, symbolic=False, wide=wide)
        for name, args, wide in (
            ("adaptive_average_pool", (IMAGES, (2, 3)), False),
            ("adaptive_average_pool", (FIRST, 2, "channels_first"), True),
            ("adaptive_average_pool", (VOLUMES, 2), True),
            ("adaptive_max_pool", (IMAGES, (2, 3)), True),
            ("adaptive_max_pool", (SERIES, 2), False),
        )
    ),
    *(
        Row(name, (SERIES, 2), keras=False, unknown=False)
        for name in ("adaptive_average_pool", "adaptive_max_pool")
    ),
    # convolutions
    Row("conv", (IMAGES, KERNEL), dtypes=FLOATS, rtol=1e-4, atol=1e-5, unknown=False),
    Row("conv", (IMAGES, KERNEL, (1, 2), "same"), rtol=1e-4, atol=1e-5, unknown=False),
    Row("conv", (IMAGES, KERNEL[:, :, :2], 1, "SAME", None, 2), rtol=1e-4, atol=1e-5, symbolic=False),
    Row("conv", (FIRST, KERNEL, 2, "valid", "channels_first"), rtol=1e-4, atol=1e-5, unknown=False),
    Row("conv", (SERIES, KERNEL[0]), rtol=1e-4, atol=1e-5, unknown=False),
    Row("depthwise_conv", (IMAGES, KERNEL, 1, "same"), rtol=1e-4, atol=1e-5, unknown=False),
    Row(
        "separable_conv", (IMAGES, KERNEL[..., :1], KERNEL[:1, :1]), rtol=1e-4, atol=1e-5, unknown=False
    ),
    *(
        Row("conv_transpose", (images, kernel, *rest), rtol=1e-4, atol=1e-5, unknown=False, wide=wide)
        for images, kernel, rest, wide in (
            (IMAGES, KERNEL.swapaxes(2, 3), (2,), False),
            (IMAGES, KERNEL.swapaxes(2, 3), ((3, 2), "same"), False),
            (IMAGES, KERNEL.swapaxes(2, 3), (2, "same", 1), False),
            (IMAGES, KERNEL.swapaxes(2, 3), (2, "valid", (0, 1)), True),
            (FIRST, KERNEL.swapaxes(2, 3), (1, "same", None, "channels_first", 2), True),
        )
    ),
    # blocks and patches
    Row("depth_to_space", (IMAGES, 2)),
    Row("depth_to_space", (FIRST, 2, "channels_first")),
    Row("space_to_depth", (IMAGES[:, :4], 2)),
    Row("space_to_depth", (FIRST[:, :, :4], 2, "channels_first")),
    Row("unfold", (FIRST, 2), unknown=False),
    Row("unfold", (FIRST, (2, 3), 2, 1, (1, 2)), unknown=False),
    Row("fold", (COLUMNS[..., :20], (5, 6), 2)),
    Row("fold", (COLUMNS[..., :15], (5, 7), (2, 3), (2, 1), 1, (1, 3))),
    # Where patches do not reach the end, Keras gives smaller images than it says.
    Row("fold", (COLUMNS[..., :15], (5, 8), (2, 3), (2, 1), 1, (1, 3)), keras=False, unknown=False),
    # normalization
    Row("moments", (SERIES, 1)),
    Row("moments", (SERIES, (0, -1), True), dtypes=FLOATS),
    Row("moments", (WHOLE, 0), same_dtype=False),
    Row("batch_normalization", (SERIES, TABLE[0], POSITIVE[0], -1), unknown=False),
    Row(
        "batch_normalization",
        (SERIES, TABLE[:, 0], POSITIVE[:, 0], 1, TABLE[:, 1], TABLE[:, 2], 0.1),
        unknown=False,
    ),
    Row("layer_normalization", (SERIES,), dtypes=FLOATS, atol=2e-6),
    Row("layer_normalization", (SERIES, TABLE[0], TABLE[1]), unknown=False, atol=2e-6),
    Row("layer_normalization", (SERIES, TABLE[:, 0], None, 1, 0.1), unknown=False),
    Row("layer_normalization", (SERIES, TABLE, TABLE, (1, 2)), unknown=False, atol=2e-6),
    Row("rms_normalization", (SERIES,), dtypes=FLOATS),
    Row("rms_normalization", (SERIES, TABLE[0], -1, 0.1), unknown=False),
    Row("rms_normalization", (SERIES, None, (0, 1))),
    Row("normalize", (SERIES,), dtypes=FLOATS),
    Row("normalize", (SERIES, 1, 3)),
    Row("normalize", (SERIES, (0, 1))),
    Row("normalize", (TABLE[0], 0, 1)),
    # encoding
    Row("one_hot", (CLASSES, 4)),
    Row("one_hot", (WHOLE, 3), {"axis": 1, "dtype": "int32"}),
    Row("multi_hot", (np.abs(WHOLE), 4), same_dtype=False),
    Row("multi_hot", (CLASSES,), {"num_tokens": 5, "dtype": "int32"}),
    Row("polar", (POSITIVE, TABLE), symbolic=False, smooth=False),
    # losses
    Row("binary_crossentropy", (CHOICES, CHANCES)),
    Row("binary_crossentropy", (CHOICES, TABLE, True), dtypes=("bfloat16",)),
    Row("categorical_crossentropy", (CHANCES, POSITIVE)),
    Row("categorical_crossentropy", (CHANCES, TABLE, True), {"axis": 0}, symbolic=False),
    Row("sparse_categorical_crossentropy", (CLASSES, CHANCES)),
    Row("sparse_categorical_crossentropy", (CLASSES[:, None], TABLE, True), unknown=False),
    # Keras asks for labels of the shape without the last axis, and then cannot broadcast them.
    Row(
        "sparse_categorical_crossentropy",
        (WHOLE[:2], SERIES),
        {"axis": 1, "from_logits": True},
        keras=False,
        unknown=False,
    ),
    Row("psnr", (TABLE, POSITIVE, 2.0)),
    Row(
        "ctc_loss",
        (LABELS, LOGITS, np.array([3, 2, 1], "int32"), np.array([6, 4, 5], "int32")),
        unknown=False,
    ),
    Row(
        "ctc_loss",
        (LABELS, LOGITS, np.array([2, 2, 0], "int32"), np.array([6, 4, 5], "int32"), 3),
        unknown=False,
    ),
    Row("ctc_decode", (LOGITS, np.array([6, 4, 5], "int32")), unknown=False),
    Row(
        "ctc_decode",
        (LOGITS, np.array([6, 4, 5], "int32")),
        {"merge_repeated": False, "mask_index": None},
        unknown=False,
    ),
    *(
        Row(
            "ctc_decode",
            (LOGITS, np.array([6, 4, 5], "int32"), "beam_search", width, top),
            {"mask_index": blank},
            unknown=False,
            smooth=False,
            wide=width == 5,
        )
        for width, top, blank in ((100, 3, 0), (5, 2, 3))
    ),
    # attention
    Row("dot_product_attention", (QUERY, QUERY, QUERY), dtypes=FLOATS, atol=1e-5),
    Row("dot_product_attention", (QUERY, KEYS, VALUES), unknown=False, atol=1e-5, keras=False),
    Row(
        "dot_product_attention",
        (QUERY, np.repeat(KEYS, 2, 2), np.repeat(KEYS, 2, 2)),
        {"mask": MASK, "bias": RNG.normal(size=(1, 4, 3, 5)).astype("float32"), "scale": 0.3},
        unknown=False,
        atol=1e-5,
    ),
    Row("dot_product_attention", (QUERY, QUERY, QUERY), {"is_causal": True}, atol=1e-5),
]
