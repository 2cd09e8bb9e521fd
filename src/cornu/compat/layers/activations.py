"""Activations as layers that Keras 1 and 2 had: ThresholdedReLU, SReLU, ParametricSoftplus."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp

from cornu.compat.layers.old_layer import OldLayer
from cornu.compat.notes import note
from cornu.core.variable import Variable
from cornu.initializers.constant import Constant
from cornu.layers.activation.rectifiers import ReLU
from cornu.layers.input_spec import InputSpec
from cornu.layers.normalization.axes import given_axes, known_sizes, positions
from cornu.layers.recurrent.rnn_of_cell import loads_as_class


@loads_as_class
def ThresholdedReLU(theta: float = 1.0, **kwargs: Any) -> ReLU:
    """x where x > theta, else 0: a `ReLU` with a threshold.

    Args:
        theta: 1 by default.

    Example:
        >>> import numpy as np
        >>> ThresholdedReLU(2.0)(np.array([1.0, 3.0])).tolist()
        [0.0, 3.0]

    Source: Konda et al., Zero-bias autoencoders and the benefits of co-adapting features, 2014.
    """
    note("keras.layers.ThresholdedReLU(theta)", "keras.layers.ReLU(threshold=theta)")
    return ReLU(threshold=theta, **kwargs)


class _Learnt(OldLayer):
    """An activation with numbers that are learnt, each of the shape of a sample; `shared_axes` share."""

    samplewise = True
    learnt: tuple[str, ...] = ()

    def __init__(self, shared_axes: Any = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        given = shared_axes if isinstance(shared_axes, (list, tuple)) else [shared_axes]
        none = shared_axes is None or not given
        self.shared_axes = None if none else given_axes(self, given, "shared_axes")
        self.supports_masking = True

    def build(self, input_shape: Any) -> None:
        shared = positions(self, self.shared_axes or [], input_shape, "shared_axes")
        own = tuple(axis for axis in range(1, len(input_shape)) if axis not in shared)
        sizes = dict(zip(own, known_sizes(self, input_shape, own), strict=True))
        shape = tuple(sizes.get(axis, 1) for axis in range(1, len(input_shape)))
        for name in self.learnt:
            value = getattr(self, f"{name}_init")
            initial = Constant(value) if isinstance(value, (int, float)) else value
            setattr(self, name, self.add_weight(shape, initial, name=name))
        self.input_spec = InputSpec(ndim=len(input_shape), axes=sizes)


class ParametricSoftplus(_Learnt):
    r"""The softplus with a learnt height and slope: $\alpha \log(1 + e^{\beta x})$.

    Args:
        alpha_init: $\alpha$ at the start, 0.2 by default: a number, or an initializer.
        beta_init: $\beta$ at the start, 5 by default.
        shared_axes: axes along which the numbers are the same.

    Example:
        >>> import numpy as np
        >>> ParametricSoftplus(alpha_init=2.0, beta_init=50.0)(np.array([[-9.0, 3.0]])).tolist()
        [[0.0, 300.0]]

    Source: McFarland, Cui and Butts, Inferring nonlinear neuronal computation based on physiologically
    plausible inputs, 2013.
    """

    today = "a Layer of your own, with self.alpha * keras.ops.softplus(self.beta * inputs)"
    learnt = ("alpha", "beta")
    alpha: Variable
    beta: Variable

    def __init__(
        self, alpha_init: Any = 0.2, beta_init: Any = 5.0, shared_axes: Any = None, **kwargs: Any
    ) -> None:
        super().__init__(shared_axes, **kwargs)
        self.alpha_init = alpha_init
        self.beta_init = beta_init

    def call(self, inputs: jax.Array) -> jax.Array:
        return self.alpha.value * jax.nn.softplus(self.beta.value * inputs)


class SReLU(_Learnt):
    r"""A rectifier with two learnt bends $t_l \le t_r$ and a learnt slope outside of each.

    $$t_l + a_l (x - t_l)\ \text{for}\ x < t_l, \quad x, \quad t_r + a_r (x - t_r)\ \text{for}\ x > t_r$$

    with $t_r = t_l + |t|$ for the weight $t$ that `t_right_init` begins.

    Args:
        t_left_init, a_left_init: $t_l$ and $a_l$ at the start, 'zeros' and 'glorot_uniform' by default.
        t_right_init, a_right_init: $t$ and $a_r$ at the start, 'glorot_uniform' and 'ones' by default.
        shared_axes: axes along which the numbers are the same.

    Example:
        >>> import numpy as np
        >>> layer = SReLU(a_left_init=0.5, t_right_init=1.0, a_right_init=2.0)
        >>> layer(np.array([[-2.0, 0.5, 3.0]])).tolist()
        [[-1.0, 0.5, 5.0]]

    Source: Jin et al., Deep learning with S-shaped rectified linear activation units, 2016.
    """

    today = "a Layer of your own, with keras.ops.where"
    learnt = ("t_left", "a_left", "t_right", "a_right")
    t_left: Variable
    a_left: Variable
    t_right: Variable
    a_right: Variable

    def __init__(
        self,
        t_left_init: Any = "zeros",
        a_left_init: Any = "glorot_uniform",
        t_right_init: Any = "glorot_uniform",
        a_right_init: Any = "ones",
        shared_axes: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(shared_axes, **kwargs)
        self.t_left_init = t_left_init
        self.a_left_init = a_left_init
        self.t_right_init = t_right_init
        self.a_right_init = a_right_init

    def call(self, inputs: jax.Array) -> jax.Array:
        left = self.t_left.value
        right = left + jnp.abs(self.t_right.value)
        below = left + self.a_left.value * (inputs - left)
        above = right + self.a_right.value * (inputs - right)
        return jnp.where(inputs < left, below, jnp.where(inputs > right, above, inputs))


__all__ = ["ParametricSoftplus", "SReLU", "ThresholdedReLU"]
