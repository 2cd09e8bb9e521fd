"""Old import paths below `keras`, and the rooms of today that hold their names."""

from __future__ import annotations

#: "layers.core": ("layers",) lets `from keras.layers.core import Dense` find `keras.layers.Dense`.
MODULES: dict[str, tuple[str, ...]] = {
    "layers.core": ("layers",),
}
