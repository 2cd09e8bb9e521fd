"""EinsumDense: a product with a kernel along the axes that an equation names."""

from __future__ import annotations

import math
import re
from copy import copy
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

from cornu import activations, constraints, initializers, regularizers
from cornu.core.config import serialize
from cornu.core.errors import describe, show_shape
from cornu.core.products import matmul
from cornu.initializers.scaling import VarianceScaling
from cornu.layers.input_spec import InputSpec
from cornu.layers.layer import Layer

Shape = tuple[int | None, ...]

_FORM = re.compile(r"(\.\.\.)?([a-zA-Z]+)(\.\.\.)?,([a-zA-Z]+)->(\.\.\.)?([a-zA-Z]+)(\.\.\.)?")


class EinsumDense(Layer):
    r"""A fully connected layer along any axes: $a = f(\mathrm{einsum}(x, W) + b)$.

    In the `equation` "abc,cd->abd" each letter is an axis, of the input, of the `kernel` $W$ and of
    the output. Letters that the output lacks are summed over: here $y_{abd} = \sum_c x_{abc} W_{cd}$.

    Args:
        equation: as above; axes may be left out at one side, as in "...x,xy->...y" or
            "ab...,bc->ac...".
        output_shape: sizes of the output's named axes without the batch: with "..." at the left of
            all that are named. None for a size that the input has too.
        activation: name or function, None for $f(z) = z$.
        bias_axes: letters of the output along which there is a bias $b$; None for no bias.
        kernel_initializer: of $W$, 'glorot_uniform' by default.
        bias_initializer: of $b$, 'zeros' by default.
        kernel_regularizer, bias_regularizer: penalties on $W$ and $b$, added to the loss.
        kernel_constraint, bias_constraint: applied to $W$ and $b$ after each update.

    Input shape, output shape:
        as the equation says; the first axis of all is the batch

    Raises:
        ValueError: if the equation is not understood, or does not fit the shapes.

    Example:
        >>> import cornu, numpy as np
        >>> layer = cornu.layers.EinsumDense("abc,cd->abd", output_shape=(None, 64), bias_axes="d")
        >>> layer(np.ones((2, 32, 128))).shape
        (2, 32, 64)
        >>> [tuple(w.shape) for w in layer.weights]
        [(128, 64), (64,)]
    """

    samplewise = True

    def __init__(
        self,
        equation: str,
        output_shape: Any,
        activation: Any = None,
        bias_axes: str | None = None,
        kernel_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None,
        bias_regularizer: Any = None,
        kernel_constraint: Any = None,
        bias_constraint: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.equation = equation
        sizes = output_shape if isinstance(output_shape, (tuple, list)) else (output_shape,)
        if not all(size is None or (isinstance(size, int) and size > 0) for size in sizes):
            raise ValueError(
                f'EinsumDense "{self.name}": output_shape must be a whole number above 0, or a tuple of '
                f"such numbers and None, got output_shape={describe(output_shape)}."
            )
        self.partial_output_shape: Shape = tuple(sizes)
        self.activation = activations.get(activation)
        self.bias_axes = bias_axes
        self.kernel_initializer = initializers.get(kernel_initializer)
        self.bias_initializer = initializers.get(bias_initializer)
        self.kernel_regularizer = regularizers.get(kernel_regularizer)
        self.bias_regularizer = regularizers.get(bias_regularizer)
        self.kernel_constraint = constraints.get(kernel_constraint)
        self.bias_constraint = constraints.get(bias_constraint)
        read_equation(equation)  # so that a wrong one is reported here

    def build(self, input_shape: Shape) -> None:
        try:
            plan = fit(self.equation, self.bias_axes, input_shape, self.partial_output_shape)
        except ValueError as error:
            raise ValueError(
                f'EinsumDense "{self.name}": {error} (equation "{self.equation}", input '
                f"{show_shape(input_shape)}, output_shape={show_shape(self.partial_output_shape)})"
            ) from None
        initializer = self.kernel_initializer
        if isinstance(initializer, VarianceScaling) and None in (
            initializer.input_axes,
            initializer.output_axes,
        ):
            initializer = copy(initializer)
            initializer.input_axes, initializer.output_axes = plan.input_axes, plan.output_axes
        self.kernel = self.add_weight(
            plan.kernel_shape,
            initializer,
            regularizer=self.kernel_regularizer,
            constraint=self.kernel_constraint,
            name="kernel",
        )
        self.bias = None
        if plan.bias_shape is not None:
            self.bias = self.add_weight(
                plan.bias_shape,
                self.bias_initializer,
                regularizer=self.bias_regularizer,
                constraint=self.bias_constraint,
                name="bias",
            )
        self.input_spec = InputSpec(ndim=len(input_shape), axes=plan.summed)

    def call(self, inputs: jax.Array) -> jax.Array:
        z = product(self.equation, inputs, self.kernel.value)
        if self.bias is not None:
            z = z + self.bias.value
        return self.activation(z)

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "output_shape": self.partial_output_shape,
            "activity_regularizer": serialize(self.activity_regularizer),
        }


def product(equation: str, x: Any, kernel: Any) -> jax.Array:
    """The product that an equation names; as a matrix product, if the last axes of x are summed over
    and those of the output are the others of the kernel.

    >>> product("abc,cde->abde", jnp.ones((2, 3, 4)), jnp.ones((4, 5, 6))).shape
    (2, 3, 5, 6)
    """
    inputs, kept, outputs, side = read_equation(equation)
    summed = "".join(letter for letter in inputs if letter not in outputs)
    made = kept[len(summed) :]
    before = inputs[: len(inputs) - len(summed)]
    plain = side != "right" and summed and made and inputs == before + summed
    if not (plain and kept == summed + made and outputs == before + made):
        return jnp.einsum(equation, x, kernel)
    matrix = kernel.reshape(math.prod(kernel.shape[: len(summed)]), -1)
    rows = x.reshape(*x.shape[: x.ndim - len(summed)], matrix.shape[0])
    z = matmul(rows, matrix)
    return z.reshape(*z.shape[:-1], *kernel.shape[len(summed) :])


class Plan(NamedTuple):
    """What an equation means for one shape of the input."""

    kernel_shape: tuple[int, ...]
    bias_shape: tuple[int, ...] | None
    input_axes: list[int]  # of the kernel: summed over
    output_axes: list[int]  # of the kernel: kept
    summed: dict[int, int]  # axes of the input that the kernel has, and their sizes


def read_equation(equation: Any) -> tuple[str, str, str, str]:
    """The letters of input, kernel and output, and where axes are left out: 'left', 'right' or ''.

    >>> read_equation("...x,xy->...y")
    ('x', 'xy', 'y', 'left')
    """
    found = _FORM.fullmatch(str(equation).replace(" ", ""))
    if found:
        left, inputs, right, kernel, left_out, outputs, right_out = found.groups()
        unique = all(len(set(letters)) == len(letters) for letters in (inputs, kernel, outputs))
        batch_first = bool(left) or (inputs[0] == outputs[0] and inputs[0] not in kernel)
        same_side = (left, right) == (left_out, right_out) and not (left and right)
        if unique and same_side and batch_first:
            return inputs, kernel, outputs, "left" if left else "right" if right else ""
    raise ValueError(
        f'EinsumDense does not understand the equation "{equation}". Write a letter for each axis, each '
        'once in a term, the batch first in the input and the output, as in "abc,cd->abd"; or leave out '
        'axes at one side of both, as in "...x,xy->...y" or "ab...,bc->ac...".'
    )


def fit(equation: str, bias_axes: str | None, input_shape: Shape, partial: Shape) -> Plan:
    """The shapes of kernel and bias.

    >>> fit("abc,cde->abde", "e", (None, 3, 4), (None, 5, 6)).kernel_shape
    (4, 5, 6)
    """
    inputs, kernel, outputs, side = read_equation(equation)
    left_out = len(input_shape) - len(inputs)
    if (left_out != 0 and not side) or left_out < (side == "left"):
        more = " or more" if side else ""
        raise ValueError(f"the input must have {len(inputs)}{more} axes, got {len(input_shape)}")
    named = input_shape[left_out:] if side == "left" else input_shape[: len(inputs)]
    given = partial if side == "left" else (input_shape[0], *partial)
    if len(given) != len(outputs):
        raise ValueError(
            f"output_shape must have {len(outputs) - (side != 'left')} sizes, one for each axis of the "
            f"output that has a letter{'' if side == 'left' else ', but the batch'}, got {len(partial)}"
        )
    sizes = dict(zip(inputs, named, strict=True))
    for letter, size in zip(outputs, given, strict=True):
        if letter not in inputs + kernel:
            raise ValueError(f'axis "{letter}" of the output is neither in the input nor in the kernel')
        if None not in (size, sizes.get(letter)) and size != sizes[letter]:
            raise ValueError(
                f'axis "{letter}" has size {sizes[letter]} in the input, {size} in the output'
            )
        sizes[letter] = sizes.get(letter) or size
    known = [_known(sizes, letter) for letter in kernel]
    start = -left_out if side == "right" else 0
    return Plan(
        tuple(known),
        _bias_shape(bias_axes, outputs, sizes, -start),
        [place for place, letter in enumerate(kernel) if letter not in outputs],
        [place for place, letter in enumerate(kernel) if letter in outputs],
        {
            inputs.index(letter) - len(inputs) + start: size
            for letter, size in zip(kernel, known, strict=True)
            if letter in inputs
        },
    )


def _known(sizes: dict[str, int | None], letter: str) -> int:
    if letter not in sizes:
        raise ValueError(f'axis "{letter}" of the kernel is neither in the input nor in the output')
    size = sizes[letter]
    if size is None:
        raise ValueError(f'the size of axis "{letter}", which the kernel or bias has, must be known')
    return size


def _bias_shape(
    axes: str | None, outputs: str, sizes: dict[str, int | None], behind: int
) -> tuple[int, ...] | None:
    """Sizes from the first axis with a bias on, 1 where there is none."""
    if not axes:
        return None
    for letter in axes:
        if letter not in outputs:
            raise ValueError(
                f'bias_axes="{axes}": axis "{letter}" is not one of the output, "{outputs}"'
            )
    first = min(outputs.index(letter) for letter in axes)
    shape = [_known(sizes, letter) if letter in axes else 1 for letter in outputs[first:]]
    return (*shape, *[1] * behind)


__all__ = ["EinsumDense"]
