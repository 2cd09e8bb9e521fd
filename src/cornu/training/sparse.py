"""Sparse matrices as data: kept by their entries, and made dense batch by batch."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
import jax.tree_util as tree
import numpy as np

from cornu.layers.host import is_sparse, to_dense


class SparseRows:
    """A matrix of mostly zeros, as rows of equally many entries.

    A compiled program takes rows of it as it takes rows of arrays, since that is what it is made of.

    Args:
        columns: (rows, entries), where each entry stands; those that fill up a row stand behind the
            last column.
        values: (rows, entries), the entries.
        width: the number of columns.
    """

    def __init__(self, columns: Any, values: Any, width: int) -> None:
        self.columns, self.values, self.width = columns, values, width

    def dense(self) -> Any:
        """The rows as an ordinary array (rows, width)."""
        rows = len(self.columns)
        empty = jnp.zeros((rows, self.width), self.values.dtype)
        return empty.at[jnp.arange(rows)[:, None], self.columns].add(self.values, mode="drop")


tree.register_pytree_node(
    SparseRows,
    lambda matrix: ((matrix.columns, matrix.values), matrix.width),
    lambda width, parts: SparseRows(*parts, width),
)


def sparse_rows(matrix: Any) -> Any:
    """A sparse matrix by its rows; as an ordinary array, where that is no larger."""
    if not hasattr(matrix, "tocsr"):
        matrix = _of_bcoo(matrix)
    if matrix.ndim != 2:
        return to_dense(matrix)
    matrix = matrix.tocsr()
    counts = np.diff(matrix.indptr)
    entries = int(counts.max(initial=0))
    if 2 * entries >= matrix.shape[1]:
        return matrix.toarray()
    rows = np.repeat(np.arange(len(counts)), counts)
    places = np.arange(len(rows)) - np.repeat(matrix.indptr[:-1], counts)
    columns = np.full((len(counts), entries), matrix.shape[1], np.int32)
    values = np.zeros(columns.shape, matrix.dtype)
    columns[rows, places], values[rows, places] = matrix.indices, matrix.data
    return SparseRows(columns, values, matrix.shape[1])


def _of_bcoo(matrix: Any) -> Any:
    from scipy.sparse import coo_array  # a part of what JAX needs, slow to import

    if matrix.n_batch or matrix.n_dense:
        return coo_array(np.asarray(matrix.todense()))
    inside = (np.asarray(matrix.indices) < matrix.shape).all(axis=1)  # others fill up
    places = np.asarray(matrix.indices)[inside].T
    return coo_array((np.asarray(matrix.data)[inside], tuple(places)), shape=matrix.shape)


def dense(batch: Any) -> Any:
    """A structure of arrays, with those that are sparse made dense."""
    return tree.tree_map(_dense, batch, is_leaf=_is_matrix)


def _is_matrix(leaf: Any) -> bool:
    return isinstance(leaf, SparseRows) or is_sparse(leaf)


def _dense(leaf: Any) -> Any:
    if isinstance(leaf, SparseRows):
        return leaf.dense()
    return to_dense(leaf) if is_sparse(leaf) else leaf
