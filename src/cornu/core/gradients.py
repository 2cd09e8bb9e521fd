"""Derivatives of code over objects: JAX's, with respect to arguments or to variables.

All four functions go one way: `_derivative` makes a function of arrays out of the user's, which may
read and assign variables, and gives it to a transformation of JAX from a table.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import jax.tree_util as tree
import numpy as np

from cornu.core import placement
from cornu.core.context import context
from cornu.core.errors import describe, note
from cornu.core.masks import mask_of, set_mask
from cornu.core.module import Module
from cornu.core.pure import arrays, assigning
from cornu.core.symbolic import KerasTensor, is_symbolic
from cornu.core.variable import Variable

# Each takes a function that gives (value, auxiliary), and the numbers of the arguments.
_TRANSFORMATIONS: dict[str, Callable[..., Any]] = {
    "grad": jax.grad,
    "value_and_grad": jax.grad,  # the value comes out beside the auxiliary results
    "jacobian": jax.jacrev,
    "hessian": jax.hessian,
}
_OF_A_NUMBER = ("grad", "value_and_grad", "hessian")


def grad(
    function: Callable[..., Any], variables: Any = None, argnums: Any = 0, has_aux: bool = False
) -> Callable[..., Any]:
    """The gradient ∂f/∂x of a function f that gives one number, as a function of the same arguments.

    Without `variables`, x is an argument of `function`; with them, their values. A variable or
    argument that f does not use has the gradient 0, not None. What f assigns to variables stays
    assigned; the derivative is the one at the values from before.

    Args:
        function: a function of any arguments that gives one float.
        variables: a `Variable`, or a list or dict of them, such as `model.trainable_variables`.
            Default: None.
        argnums: without `variables`: the number of the argument that is x, or a tuple of several.
            Default: 0.
        has_aux: whether `function` gives a pair (number, anything else). Default: False.

    Returns:
        A function that gives the gradient, with the shape and the nesting of x; with `has_aux` a
        pair (gradient, anything else).

    Raises:
        TypeError: if `function` cannot be called, `variables` holds something else, or x holds
            integers or symbolic tensors.
        ValueError: if there is nothing to differentiate by, or the result is not one number.

    Example:
        >>> import cornu
        >>> cornu.grad(lambda x: x**2)(3.0)
        Array(6., dtype=float32, weak_type=True)
        >>> w = cornu.Variable([1.0, 2.0])
        >>> cornu.grad(lambda: (w * w).sum(), w)()
        Array([2., 4.], dtype=float32)
    """
    return _derivative("grad", function, variables, argnums, has_aux)


def value_and_grad(
    function: Callable[..., Any], variables: Any = None, argnums: Any = 0, has_aux: bool = False
) -> Callable[..., Any]:
    """The value f(x) together with the gradient ∂f/∂x: what a step of training needs.

    A loop of one's own is many times quicker if its step is compiled: `step = cornu.jit(step)`.

    Args:
        function, variables, argnums, has_aux: as in `grad`.

    Returns:
        A function that gives the pair (value, gradient); with `has_aux`
        ((value, anything else), gradient).

    Raises:
        TypeError, ValueError: as `grad` does.

    Example:
        >>> import cornu
        >>> model = cornu.Sequential([cornu.Input((1,)), cornu.layers.Dense(1)])
        >>> model.set_weights([[[2.0]], [0.0]])
        >>> x, y = np.array([[1.0], [3.0]]), np.array([[2.0], [7.0]])
        >>> mse = cornu.losses.MeanSquaredError()
        >>> optimizer = cornu.optimizers.SGD(0.1)
        >>> step = cornu.value_and_grad(lambda: mse(y, model(x)), model.trainable_variables)
        >>> loss, gradients = step()
        >>> float(loss), [g.tolist() for g in gradients]
        (0.5, [[[-3.0]], [-1.0]])
        >>> optimizer.apply(gradients, model.trainable_variables)
    """
    return _derivative("value_and_grad", function, variables, argnums, has_aux)


def jacobian(
    function: Callable[..., Any], variables: Any = None, argnums: Any = 0, has_aux: bool = False
) -> Callable[..., Any]:
    """The Jacobian ∂fᵢ/∂xⱼ of a function whose result is an array, or a nest of arrays.

    Args:
        function, variables, argnums, has_aux: as in `grad`.

    Returns:
        A function that gives an array of the shape of the result followed by the shape of x.

    Raises:
        TypeError, ValueError: as `grad` does, except that the result may have any shape.

    Example:
        >>> import cornu
        >>> cornu.jacobian(lambda x: x**2)(np.array([1.0, 2.0])).tolist()
        [[2.0, 0.0], [0.0, 4.0]]
    """
    return _derivative("jacobian", function, variables, argnums, has_aux)


def hessian(
    function: Callable[..., Any], variables: Any = None, argnums: Any = 0, has_aux: bool = False
) -> Callable[..., Any]:
    """The Hessian ∂²f/∂xᵢ∂xⱼ of a function f that gives one number.

    Args:
        function, variables, argnums, has_aux: as in `grad`.

    Returns:
        A function that gives an array of twice the shape of x; for a list of variables, a list of
        lists.

    Raises:
        TypeError, ValueError: as `grad` does.

    Example:
        >>> import cornu
        >>> cornu.hessian(lambda x: x[0] ** 2 * x[1])(np.array([1.0, 3.0])).tolist()
        [[6.0, 2.0], [2.0, 0.0]]
    """
    return _derivative("hessian", function, variables, argnums, has_aux)


def _derivative(
    kind: str, function: Callable[..., Any], variables: Any, argnums: Any, has_aux: bool
) -> Callable[..., Any]:
    """What the function of this name gives."""
    if not callable(function):
        raise TypeError(
            f"cornu.{kind} takes a function, but got {describe(function)}. The computation must "
            f"happen inside the function: cornu.{kind}(lambda: loss_fn(y, model(x)), variables)."
        )
    if variables is not None:
        _check_variables(kind, variables, argnums)

    @functools.wraps(function, updated=())
    def derivative(*args: Any, **kwargs: Any) -> Any:
        if variables is None:
            inputs = arrays(args)
            numbers = _check_arguments(kind, inputs, argnums)
            return _differentiate(
                kind, lambda *inputs: function(*inputs, **kwargs), [], has_aux, inputs, numbers
            )
        start = tree.tree_map(Variable._current, variables, is_leaf=_is_variable)
        owners = tree.tree_leaves(variables, is_leaf=_is_variable)
        return _differentiate(kind, lambda _: function(*args, **kwargs), owners, has_aux, (start,), 0)

    return derivative


def _differentiate(
    kind: str, function: Callable[..., Any], owners: Any, has_aux: bool, inputs: Any, argnums: Any
) -> Any:
    """The derivative at these inputs; the first of them holds the owners' values, if there are any."""
    aside: dict[str, Any] = {}  # what JAX does not carry: objects, and the nesting of the results

    def differentiated(*inputs: Any) -> tuple[Any, Any]:
        values = tree.tree_leaves(inputs[0]) if owners else ()
        given = {v: placement.gathered(v, value) for v, value in zip(owners, values, strict=True)}
        result, assigned, updates = assigning(lambda: arrays(function(*inputs)), given)
        value, auxiliary = _pair(kind, result) if has_aux else (result, None)
        _check_result(kind, value)
        leaves, nesting = tree.tree_flatten(auxiliary)
        aside.update(assigned=assigned, leaves=leaves, nesting=nesting)
        carried = [leaf if isinstance(leaf, jax.Array) else None for leaf in leaves]
        return value, (value, carried, [mask_of(leaf) for leaf in leaves], updates)

    try:
        transformed = _TRANSFORMATIONS[kind](differentiated, argnums, has_aux=True)
        found, (value, carried, masks, updates) = transformed(*inputs)
    except Exception as error:
        note(error)
        raise
    if owners and kind in _OF_A_NUMBER[:2]:
        found = placement.summed(owners, found)
    if context.differentiated is not None and kind in _OF_A_NUMBER[:2]:
        context.differentiated(lambda: _only(function(*inputs), has_aux), owners, value, found)
    for variable, update in zip(aside["assigned"], updates, strict=True):
        variable.assign(update)
    for array, mask in zip(carried, masks, strict=True):
        if mask is not None:
            set_mask(array, mask)
    if not has_aux:
        return (value, found) if kind == "value_and_grad" else found
    leaves = [old if new is None else new for old, new in zip(aside["leaves"], carried, strict=True)]
    auxiliary = tree.tree_unflatten(aside["nesting"], leaves)
    return ((value, auxiliary), found) if kind == "value_and_grad" else (found, auxiliary)


def _only(result: Any, has_aux: bool) -> Any:
    """The number that is differentiated."""
    return result[0] if has_aux else result


def _is_variable(thing: Any) -> bool:
    return isinstance(thing, Variable)


def _dtype(leaf: Any) -> Any:
    return leaf.dtype if hasattr(leaf, "dtype") else np.asarray(leaf).dtype


def _check_variables(kind: str, variables: Any, argnums: Any) -> None:
    """Raises an error unless these are variables of floats, each named once."""
    if isinstance(variables, Module):
        raise TypeError(
            f"cornu.{kind}(variables=...) takes variables, but got {describe(variables)}. "
            "Write for example model.trainable_variables."
        )
    leaves = tree.tree_leaves(variables, is_leaf=_is_variable)
    seen: set[int] = set()
    for leaf in leaves:
        if not _is_variable(leaf):
            raise TypeError(
                f"cornu.{kind}(variables=...) takes variables, but got {describe(leaf)}. For the "
                f"derivative by an argument write its number, argnums=0, and leave out variables."
            )
        if not jnp.issubdtype(leaf.dtype, jnp.inexact):
            raise TypeError(
                f'cornu.{kind}: variable "{leaf.path}" holds {leaf.dtype}, and only floats have a '
                "derivative. Write model.trainable_variables instead of model.variables."
            )
        if id(leaf) in seen:
            raise ValueError(f'cornu.{kind}: variable "{leaf.path}" is listed twice; list it once.')
        seen.add(id(leaf))
    if not leaves:
        raise ValueError(
            f"cornu.{kind}: variables={variables!r} holds no variable. A model has none before it is "
            "built: call it on data first, or give it an Input."
        )
    if argnums != 0:
        raise ValueError(
            f"cornu.{kind}: give either variables or argnums, got both (argnums={argnums!r})."
        )


def _check_arguments(kind: str, args: tuple[Any, ...], argnums: Any) -> Any:
    """The numbers of the arguments to differentiate by; an error unless these hold floats."""
    several = isinstance(argnums, (tuple, list))
    for number in argnums if several else (argnums,):
        if not isinstance(number, int) or not -len(args) <= number < len(args):
            raise ValueError(
                f"cornu.{kind}: argnums={argnums!r}, but the function was called with {len(args)} "
                "positional arguments. Pass the argument by its place, or, to differentiate by "
                f"variables, write cornu.{kind}(function, model.trainable_variables)."
            )
        for leaf in tree.tree_leaves(args[number]):
            if isinstance(leaf, KerasTensor):
                raise TypeError(_symbolic(kind, f"argument {number}", leaf))
            if not jnp.issubdtype(_dtype(leaf), jnp.inexact):
                raise TypeError(
                    f"cornu.{kind}: argument {number} is {describe(leaf)}, and only floats have a "
                    "derivative. Write 2.0 instead of 2, or x.astype('float32')."
                )
    return tuple(argnums) if several else argnums


def _check_result(kind: str, value: Any) -> None:
    """Raises an error for a result that has no derivative of this kind."""
    if is_symbolic(value):
        tensor = next(leaf for leaf in tree.tree_leaves(value) if isinstance(leaf, KerasTensor))
        raise TypeError(_symbolic(kind, "the function's result", tensor))
    if kind in _OF_A_NUMBER and isinstance(value, (tuple, list, dict, type(None))):
        raise ValueError(
            f"cornu.{kind}: the function must give one number, but gave a {type(value).__name__}. "
            "If it gives (loss, anything else), write has_aux=True; if it gives nothing, add a return."
        )
    for leaf in tree.tree_leaves(value):
        shape = np.shape(leaf)
        if kind in _OF_A_NUMBER and shape != ():
            raise ValueError(
                f"cornu.{kind}: the function must give one number, but gave {describe(leaf)}. Take "
                "its mean or sum, or use cornu.jacobian for the derivative of each number."
            )
        if not jnp.issubdtype(_dtype(leaf), jnp.floating):
            raise TypeError(
                f"cornu.{kind}: the function must give floats, but gave {describe(leaf)}. A count or "
                "a comparison has no derivative: use a smooth loss."
            )


def _pair(kind: str, result: Any) -> tuple[Any, Any]:
    if not isinstance(result, tuple) or len(result) != 2:
        raise ValueError(
            f"cornu.{kind}(has_aux=True): the function must give a pair (number, anything else), but "
            f"gave {describe(result)}. Return loss, outputs, or leave out has_aux."
        )
    return result


def _symbolic(kind: str, what: str, tensor: KerasTensor) -> str:
    return (
        f"cornu.{kind}: {what} is a symbolic tensor ({tensor.shape}), which has no values yet. Write a "
        "function of arrays that calls the model, for instance "
        f"cornu.{kind}(lambda x: model(x)[0, 0])(x), or put the derivative into a layer's call."
    )
