"""The normalizations."""

import itertools

import numpy as np

from tests.layers.contract import IMAGES, SERIES, TABLE_2D, Nested, Row

STEPS = np.array([[1, 1, 0], [1, 0, 0], [0, 0, 0], [1, 1, 1], [0, 1, 0]], bool)
CLIPPED = {"rmax": 1.5, "rmin": 0.8, "dmax": 0.3}
PENALTIES = {
    "beta_initializer": "ones",
    "gamma_initializer": "he_normal",
    "beta_regularizer": "l2",
    "gamma_regularizer": "l1",
    "beta_constraint": "non_neg",
    "gamma_constraint": "max_norm",
}
SWITCHES = [
    {"center": center, "scale": scale} for center, scale in itertools.product((True, False), repeat=2)
]


def dense(**arguments):
    return Nested("Dense", {"units": 3, **arguments})


ROWS = [
    Row("BatchNormalization", trains=True),
    Row(
        "BatchNormalization",
        {"axis": 1, "momentum": 0.5, "epsilon": 0.01},
        IMAGES,
        unknown=(0, 2),
        trains=True,
    ),
    Row("BatchNormalization", {"scale": False}, SERIES, {"mask": STEPS}, trains=True),
    Row("BatchNormalization", {"trainable": False}, IMAGES),
    Row("BatchNormalization", {"renorm": True, "renorm_clipping": CLIPPED}, SERIES, trains=True),
    Row("BatchNormalization", PENALTIES, trains=True, wide=True),
    Row(
        "BatchNormalization",
        {"moving_mean_initializer": "ones", "moving_variance_initializer": "ones", "momentum": 0},
        IMAGES,
        trains=True,
        wide=True,
    ),
    *(
        Row(
            "BatchNormalization",
            {"axis": axis, "renorm": renorm, **switches},
            x,
            unknown=(0,),
            trains=True,
            wide=True,
        )
        for x, axis in ((TABLE_2D, 1), (SERIES, -2), (IMAGES, -1), (IMAGES, 1))
        for renorm in (False, True)
        for switches in SWITCHES
    ),
    *(
        Row("BatchNormalization", {"renorm": renorm}, SERIES, {"mask": mask}, trains=True, wide=True)
        for renorm in (False, True)
        for mask in (STEPS.astype("float32"), STEPS[:1], STEPS[:, :1])
    ),
    Row("LayerNormalization"),
    Row("LayerNormalization", {"axis": [1, 2], "epsilon": 1e-5}, SERIES, unknown=(0,)),
    Row("LayerNormalization", PENALTIES, IMAGES, wide=True),
    *(
        Row("LayerNormalization", {"axis": axis, **switches}, x, unknown=(0,), wide=True)
        for x, axis in (
            (SERIES, 1),
            (SERIES, -2),
            (SERIES, (2, 1)),
            (SERIES, (-1, 1)),
            (IMAGES, (1, 2, 3)),
            (IMAGES, (-1, -3)),
        )
        for switches in SWITCHES
    ),
    Row("GroupNormalization", {"groups": 2}),
    Row("GroupNormalization", {"groups": -1, "epsilon": 0.01}, IMAGES),
    Row("GroupNormalization", {"groups": 1, **PENALTIES}, IMAGES, wide=True),
    *(
        Row(
            "GroupNormalization",
            {"groups": groups, "axis": axis, **switches},
            x,
            unknown=(0,),
            wide=True,
        )
        for x, axis, groups in (
            (TABLE_2D, 1, 4),
            (SERIES, 1, 3),
            (SERIES, -2, 3),
            (IMAGES, 1, 2),
            (IMAGES, 2, 3),
            (IMAGES, 3, 2),
        )
        for switches in SWITCHES
    ),
    Row("RMSNormalization"),
    Row("RMSNormalization", {"axis": [1, 2], "epsilon": 0.01}, SERIES, unknown=(0,)),
    Row("RMSNormalization", {"axis": (-2, -1)}, IMAGES, unknown=(0, 1), wide=True),
    Row("RMSNormalization", {"axis": 1}, IMAGES, unknown=(0, 2), keras=False, wide=True),
    Row("UnitNormalization"),
    Row("UnitNormalization", {"axis": (1, 2)}, SERIES),
    Row("UnitNormalization", {"axis": 0}, SERIES, wide=True),
    Row("UnitNormalization", {"axis": [-1, 1]}, IMAGES, wide=True),
    # Not smooth: the layer inside stays in float32 where the gradients are compared in float64.
    Row("SpectralNormalization", {"layer": dense()}, trains=True, smooth=False),
    Row(
        "SpectralNormalization",
        {"layer": dense(use_bias=False), "power_iterations": 3},
        SERIES,
        trains=True,
        smooth=False,
        wide=True,
    ),
]
