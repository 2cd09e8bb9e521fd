"""Embedding, ReversibleEmbedding, Masking, EinsumDense, and the layers of attention."""

from itertools import product

import numpy as np

from tests.layers.contract import IMAGES, RNG, SERIES, TABLE_2D, Row

IDS = np.array([[0, 3, 1], [2, 2, 0], [4, 0, 0], [1, 2, 3], [3, 0, 4]], "int32")
STEPS = IDS != 0
STEPS_LONG = np.array([[1, 1, 0, 1], [1, 0, 0, 1], [1, 1, 0, 0], [1, 1, 1, 1], [1, 0, 0, 0]], bool)
VALUES = RNG.normal(size=(5, 4, 4)).astype("float32")
KEYS = RNG.normal(size=(5, 4, 4)).astype("float32")
WIDE_VALUES = RNG.normal(size=(5, 4, 3)).astype("float32")
PAIRS = RNG.random((5, 3, 4)) < 0.7
GAPS = SERIES * STEPS[..., None]

PENALTIES = {"kernel_regularizer": "l2", "bias_regularizer": "l1", "activity_regularizer": "l2"}
BOUNDS = {"kernel_constraint": "max_norm", "bias_constraint": "non_neg"}

EMBEDDINGS = [
    Row("Embedding", {"input_dim": 5, "output_dim": 3}, IDS),
    Row("Embedding", {"input_dim": 5, "output_dim": 3, "mask_zero": True}, IDS),
    Row("Embedding", {"input_dim": 5, "output_dim": 2}, IDS.astype("float32"), smooth=False),
    Row("Embedding", {"input_dim": 5, "output_dim": 2}, IDS[:, 0].astype("uint8")),
    Row(
        "Embedding",
        {
            "input_dim": 5,
            "output_dim": 2,
            "embeddings_initializer": "normal",
            "embeddings_regularizer": "l2",
            "embeddings_constraint": "non_neg",
            "activity_regularizer": "l1",
        },
        IDS,
    ),
    Row("ReversibleEmbedding", {"input_dim": 5, "output_dim": 3, "mask_zero": True}, IDS),
    Row("ReversibleEmbedding", {"input_dim": 5, "output_dim": 4}, SERIES, call={"reverse": True}),
    Row(
        "ReversibleEmbedding",
        {"input_dim": 5, "output_dim": 4, "tie_weights": False, "logit_soft_cap": 0.5},
        SERIES,
        call={"reverse": True},
    ),
    Row("ReversibleEmbedding", {"input_dim": 5, "output_dim": 4, "tie_weights": False}, IDS),
    Row("Masking", {}, GAPS, smooth=False),
    Row("Masking", {"mask_value": -1.0}, np.where(GAPS == 0, np.float32(-1), GAPS), smooth=False),
]


def einsum(equation, output_shape, x, wide=False, **more):
    """A row whose sizes may be unknown where the kernel has no axis."""
    arguments = {"equation": equation, "output_shape": output_shape, **more}
    kernel = equation.split(",")[1].split("-")[0]
    fixed = not equation.startswith("...") and equation[1] in kernel
    return Row("EinsumDense", arguments, x, wide=wide, unknown=(0,) if fixed else (0, 1))


EINSUMS = [
    einsum("ab,bc->ac", 3, TABLE_2D, bias_axes="c"),
    einsum("abc,cd->abd", (None, 6), SERIES, activation="tanh"),
    einsum("abc,cde->abde", (None, 2, 3), SERIES, bias_axes="de"),
    einsum("abc,bcd->ad", 2, SERIES, bias_axes="d"),
    einsum("abc,bd->adc", (2, None), SERIES, bias_axes="d", kernel_initializer="he_normal"),
    einsum("...x,xy->...y", 6, SERIES, bias_axes="y", **PENALTIES, **BOUNDS),
    einsum("ab...,bc->ac...", 3, IMAGES, bias_axes="c"),
    einsum("ab,b->a", (), TABLE_2D),
]
EINSUMS_WIDE = [
    einsum(equation, shape, IMAGES, wide=True, bias_axes=bias)
    for equation, shape, axes in [
        ("abcd,de->abce", (None, None, 3), "e bc be bce"),
        ("abcd,bde->ace", (None, 3), "c e ce"),
        ("...cd,de->...ce", (3, 2), "c e ce"),
        ("...d,de->...e", 2, "e"),
        ("abc...,bce->ae...", 2, "e"),
        ("ab...,be->ae...", 2, "e"),
    ]
    for bias in (None, *axes.split())
]


def pair(arguments, x, name="Attention", **more):
    """A row of a layer that is called on a list; if masks are given, the sizes must be known."""
    fixed = "mask" in more.get("call", {})
    return Row(name, arguments, x, unknown=() if fixed else (0, 1), **more)


MASKED = {"mask": [STEPS, STEPS_LONG]}
CAUSAL_MASKED = {"use_causal_mask": True, "mask": [None, STEPS_LONG]}
SCORES = {"return_attention_scores": True}
ATTENTION = [
    pair({}, [SERIES, VALUES]),
    pair({"use_scale": True}, [SERIES, WIDE_VALUES, KEYS], call=MASKED),
    pair(
        {"score_mode": "concat", "use_scale": True}, [SERIES, VALUES], call={**CAUSAL_MASKED, **SCORES}
    ),
    pair({"dropout": 0.4, "seed": 3}, [SERIES, VALUES], call=SCORES, random=True),
    pair({}, [SERIES, VALUES, KEYS], "AdditiveAttention", call=MASKED),
    pair(
        {"use_scale": False, "dropout": 0.3, "seed": 3},
        [SERIES, VALUES],
        "AdditiveAttention",
        random=True,
    ),
]
ATTENTION_WIDE = [
    pair({"use_scale": scale, **mode}, x, name, call={**mask, **scores}, wide=True)
    for scale, (name, mode), x, mask, scores in product(
        (False, True),
        (
            ("Attention", {"score_mode": "dot"}),
            ("Attention", {"score_mode": "concat"}),
            ("AdditiveAttention", {}),
        ),
        ([SERIES, VALUES], [SERIES, WIDE_VALUES, KEYS]),
        ({}, {"use_causal_mask": True}, MASKED, CAUSAL_MASKED),
        ({}, SCORES),
    )
]


def heads(arguments, x=SERIES, value=VALUES, name="MultiHeadAttention", **more):
    """A row of a layer that is called on a query and further tensors. Since those are given, the
    sizes of the query must be known."""
    call = {"value": value, **more.pop("call", {})}
    return Row(name, arguments, x, call=call, unknown=(), **more)


def multi(arguments=(), *args, **more):
    return heads({"num_heads": 2, "key_dim": 3, **dict(arguments)}, *args, **more)


def grouped(arguments=(), *args, **more):
    shared = {"head_dim": 3, "num_query_heads": 4, "num_key_value_heads": 2}
    return heads({**shared, **dict(arguments)}, *args, name="GroupQueryAttention", **more)


CAUSAL = {"use_causal_mask": True}
BOTH_RANK_4 = {"x": IMAGES, "value": IMAGES[:, :, ::-1]}

HEADS = [
    multi(),
    multi({"value_dim": 5, "output_shape": 6, "use_bias": False}, call={"key": KEYS, **SCORES}),
    multi({"sliding_window": 2, "use_gate": True}, call=CAUSAL),
    multi({"dropout": 0.3, "seed": 5}, call={"attention_mask": PAIRS, **CAUSAL, **SCORES}, random=True),
    multi({"attention_axes": 2}, **BOTH_RANK_4),
    multi({"attention_axes": (1, 2), "output_shape": (2, 3)}, **BOTH_RANK_4, call=SCORES),
    multi({**PENALTIES, **BOUNDS, "dropout": 0.0}, call={"attention_mask": PAIRS}, same_config=False),
    grouped(),
    grouped({"sliding_window": 2, "use_gate": True, "use_bias": False}, call={"key": KEYS, **CAUSAL}),
    grouped({"dropout": 0.3, "seed": 5}, call={"attention_mask": PAIRS, **SCORES}, random=True),
]
HEADS_WIDE = [
    make(arguments, call={**masks, **scores}, wide=True)
    for make, arguments, masks, scores in product(
        (multi, grouped),
        ({}, {"use_gate": True}, {"sliding_window": 2}),
        ({}, {"attention_mask": PAIRS}, {"attention_mask": PAIRS[:1]}, CAUSAL),
        ({}, SCORES),
    )
]

ROWS = [*EMBEDDINGS, *EINSUMS, *EINSUMS_WIDE, *ATTENTION, *ATTENTION_WIDE, *HEADS, *HEADS_WIDE]
