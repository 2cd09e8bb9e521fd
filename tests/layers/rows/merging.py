"""Merging number by number, and joining."""

import itertools

from tests.layers.contract import IMAGES, RNG, SERIES, TABLE_2D, Row

OTHER = RNG.normal(size=TABLE_2D.shape).astype("float32")
THIRD = RNG.normal(size=TABLE_2D.shape).astype("float32")
SAME = RNG.normal(size=SERIES.shape).astype("float32")
ONE_STEP = SAME[:, :1]
FOUR = RNG.normal(size=(5, 4, 6)).astype("float32")
ELEMENTWISE = ("Add", "Multiply", "Average", "Maximum", "Minimum")

ROWS = [
    *(Row(name, {}, [TABLE_2D, OTHER, THIRD]) for name in ELEMENTWISE),
    *(Row(name, {}, [SERIES, ONE_STEP], unknown=(0,)) for name in (*ELEMENTWISE, "Subtract")),
    Row("Add", {}, [SERIES, TABLE_2D], unknown=(0,)),
    Row("Add", {}, [TABLE_2D]),
    Row("Subtract", {}, [TABLE_2D, OTHER]),
    Row("Subtract", {}, [TABLE_2D[:, 0], OTHER], unknown=()),
    Row("Concatenate", {}, [TABLE_2D, OTHER[:, :1]]),
    Row("Concatenate", {"axis": 1}, [SERIES, ONE_STEP], unknown=(0,)),
    Row("Concatenate", {"axis": -2}, [IMAGES, IMAGES]),
    Row("Concatenate", {"axis": 0}, [TABLE_2D, OTHER], unknown=()),
    Row("Dot", {"axes": -1}, [TABLE_2D, OTHER]),
    Row("Dot", {"axes": 1, "normalize": True}, [TABLE_2D, OTHER]),
    Row("Dot", {"axes": (2, 1)}, [SERIES, FOUR], unknown=(0,)),
    Row("Dot", {"axes": [2, 1], "normalize": True}, [SERIES, TABLE_2D]),
    Row("Dot", {"axes": (1, 2)}, [TABLE_2D, IMAGES[:, 0]]),
    Row("Dot", {"axes": (3, 1)}, [IMAGES, FOUR], unknown=(0,)),
    *(
        Row("Dot", {"axes": axes, "normalize": normalize}, [one, other], unknown=(0,), wide=True)
        for (axes, one, other), normalize in itertools.product(
            [
                (-1, SERIES, SAME),
                (1, SERIES, SAME),
                ((1, 1), SERIES, ONE_STEP.repeat(3, 1)),
                ((-2, 2), IMAGES, SERIES[:, :, :3]),
                ((2, 3), SERIES, IMAGES),
                ((1, 1), FOUR, TABLE_2D),
            ],
            (False, True),
        )
    ),
]
