"""Sparse matrices for training: many rows, few numbers in each, multiplied by a dense matrix.

numpy has no sparse matrices, and a dense one of a batch is mostly zeros. Rows of like length are
laid side by side here, padded to a power of two, so that each such block is a few calls to numpy.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Integers = NDArray[np.int32]
Whole = NDArray[np.int64]

LONGEST_ADDED = 8
"""Shorter rows are added up column by column, longer ones by matrix product: measured."""


@dataclass(frozen=True)
class _Block:
    """Rows of like length."""

    rows: NDArray[np.intp]
    columns: Integers
    values: Floats
    """Zero where a row is shorter than the block."""

    def times(self, dense: Floats) -> Floats:
        columns, values = self.columns, self.values
        if columns.shape[1] > LONGEST_ADDED:
            products: Floats = (values[:, None, :] @ dense.take(columns, axis=0))[:, 0]
            return products
        total: Floats = dense.take(columns[:, 0], axis=0) * values[:, :1]
        for at in range(1, columns.shape[1]):
            total += dense.take(columns[:, at], axis=0) * values[:, at : at + 1]
        return total


@dataclass(frozen=True)
class Blocks:
    """A sparse matrix, cut into blocks of rows."""

    height: int
    blocks: tuple[_Block, ...]

    @classmethod
    def of(cls, rows: Integers, columns: Integers, values: Floats, height: int) -> Blocks:
        """The matrix with these numbers at these places; `rows` must be in order."""
        lengths = np.bincount(rows, minlength=height)
        starts = np.cumsum(lengths) - lengths
        widths = np.ceil(np.log2(np.maximum(lengths, 1))).astype(np.int32)
        widths[lengths == 0] = -1
        blocks = []
        for width in np.unique(widths[widths >= 0]):
            chosen = np.flatnonzero(widths == width)
            within = np.arange(1 << width)
            filled = within < lengths[chosen, None]
            places = np.where(filled, starts[chosen, None] + within, 0)
            blocks.append(
                _Block(chosen, columns[places], np.where(filled, values[places], np.float32(0)))
            )
        return cls(height, tuple(blocks))

    def times(self, dense: Floats) -> Floats:
        """The product with a dense matrix."""
        product = np.zeros((self.height, dense.shape[1]), np.float32)
        for block in self.blocks:
            product[block.rows] = block.times(dense)
        return product


def ranges(starts: Whole, lengths: Whole) -> Whole:
    """The numbers from each start on, so many as its length says, one after the other."""
    before = np.cumsum(lengths) - lengths
    found: Whole = np.arange(lengths.sum()) + np.repeat(starts - before, lengths)
    return found


def span(ends: Integers, number: int) -> slice:
    """Where the things of one owner stand, where those of each owner end at its `ends`."""
    return slice(ends[number - 1] if number else 0, ends[number])
