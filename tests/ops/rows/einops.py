"""rearrange."""

from tests.ops.contract import RNG, SERIES, TABLE, WHOLE, Row

IMAGES = RNG.normal(size=(2, 4, 6, 3)).astype("float32")
ROWS = [
    Row("rearrange", (SERIES, "b h w -> b w h"), unknown=False),
    Row("rearrange", (SERIES, "b h w -> (b h) w"), unknown=False),
    Row("rearrange", (IMAGES, "b h w c -> h (b w) c"), unknown=False),
    Row(
        "rearrange", (IMAGES, "b (h1 h) (w1 w) c -> (b h1 w1) h w c"), {"h1": 2, "w1": 2}, unknown=False
    ),
    Row(
        "rearrange", (IMAGES, "b (h h1) (w w1) c -> b h w (c h1 w1)"), {"h1": 2, "w1": 3}, unknown=False
    ),
    Row("rearrange", (WHOLE, "a b->b a"), unknown=False),
    Row("rearrange", (TABLE, "a b -> a b"), unknown=False),
    # neither the dots nor 1 are known there
    Row("rearrange", (IMAGES, "b ... c -> b c ..."), keras=False, unknown=False),
    Row("rearrange", (TABLE, "a (b 1) -> 1 b () a"), keras=False, unknown=False),
]
