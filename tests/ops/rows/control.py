"""Loops, branches, derivatives."""

import operator

import jax.numpy as jnp
import numpy as np

import cornu
from tests.ops.contract import TABLE, WHOLE, Row

VECTOR = TABLE[0].copy()


def known(function):
    """A function that a model's configuration can name."""
    return cornu.saving.register_keras_serializable("ops_control")(function)


@known
def square(x):
    return jnp.sin(x) * x


@known
def total_of_pair(pair):
    return {"sum": pair[0] + pair[1], "first": pair[0]}


@known
def running(carry, x):
    return carry * 0.5 + x, carry * x


@known
def counting(carry, _):
    return carry + 1.0, carry * carry


@known
def ones():
    return jnp.ones(2)


@known
def zeros():
    return jnp.zeros(2)


@known
def product_to_scan(a, b):
    return a * b


@known
def pair_to_scan(a, b):
    return a[0] * b[0], b[0] * a[1] + b[1]


@known
def small(i, x):
    return i < 3


@known
def grow(i, x):
    return i + 1, x * 2.0


@known
def is_small(x):
    return jnp.sum(x) < 100.0


@known
def doubled(x):
    return x * 2.0 + 1.0


@known
def added(i, x):
    return x * 0.5 + i


@known
def with_aux(x, y):
    return x * y, {"sum": x + y}


NUMBER = np.array(2, "int32")
FLAG = np.array(True)
ROWS = [
    Row("map", (square, TABLE)),
    Row("map", (total_of_pair, (TABLE, WHOLE))),
    Row("vectorized_map", (square, TABLE)),
    Row("vectorized_map", (total_of_pair, [TABLE, WHOLE])),
    Row("scan", (running, VECTOR, TABLE), unknown=False),
    Row("scan", (running, VECTOR, TABLE), {"reverse": True, "unroll": 2}, unknown=False),
    Row("scan", (counting, VECTOR), {"length": 3}),
    Row("scan", (counting, VECTOR), {"length": 3, "unroll": True}, wide=True),
    Row("associative_scan", (product_to_scan, TABLE)),
    Row("associative_scan", (product_to_scan, TABLE), {"reverse": True, "axis": 1}),
    Row("associative_scan", (pair_to_scan, (TABLE, TABLE + 1)), unknown=False),
    Row("cond", (FLAG, ones, zeros)),
    Row("cond", (False, ones, zeros)),
    Row("switch", (NUMBER, [ones, zeros]), symbolic=False),
    Row("switch", (0, [square, doubled], TABLE)),
    Row("switch", (NUMBER, [operator.add, operator.mul], TABLE, VECTOR), symbolic=False),
    Row("while_loop", (small, grow, (0, TABLE)), smooth=False, symbolic=False),
    Row("while_loop", (is_small, doubled, VECTOR), {"maximum_iterations": 2}, smooth=False),
    Row("while_loop", (small, grow, [1, TABLE]), smooth=False, symbolic=False, wide=True),
    Row("fori_loop", (0, 3, added, TABLE)),
    Row("fori_loop", (np.array(1, "int32"), NUMBER, added, TABLE), smooth=False),
    Row("jvp", (square, (TABLE,), (TABLE + 1,))),
    Row("jvp", (with_aux, (TABLE, VECTOR), (TABLE, VECTOR), True), unknown=False),
]
