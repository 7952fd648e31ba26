"""Sparse matrices for training, which are multiplied by dense ones.

numpy has no sparse matrices, and a dense one of a batch is mostly zeros. Here rows of similar
length are padded to the same power of two, so that each such block takes a few calls to numpy.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Integers = NDArray[np.int32]
Whole = NDArray[np.int64]

MAX_SUMMED = 8
"""Entries of a row up to which summing column by column is faster than a matrix product."""


MAX_ROWS, MAX_ENTRIES = 256, 4096
"""Of a block: what is computed of one then stays in the processor's cache."""


@dataclass(frozen=True)
class _Block:
    """Rows of similar length."""

    rows: NDArray[np.intp]
    """Their numbers in the matrix."""
    columns: Integers
    """Of shape rows x width."""
    values: Floats
    """Of the same shape; zero where a row is shorter than the block."""

    def times(self, dense: Floats) -> Floats:
        columns, values = self.columns, self.values
        if columns.shape[1] > MAX_SUMMED:
            products: Floats = (values[:, None, :] @ dense.take(columns, axis=0))[:, 0]
            return products
        total: Floats = dense.take(columns[:, 0], axis=0) * values[:, :1]
        for at in range(1, columns.shape[1]):
            total += dense.take(columns[:, at], axis=0) * values[:, at : at + 1]
        return total


@dataclass(frozen=True)
class Blocks:
    """A sparse matrix, split into blocks of rows."""

    height: int
    blocks: tuple[_Block, ...]

    @classmethod
    def of(cls, rows: Integers, columns: Integers, values: Floats, height: int) -> Blocks:
        """The matrix with these values at these positions; `rows` must be sorted."""
        lengths = np.bincount(rows, minlength=height)
        starts = np.cumsum(lengths) - lengths
        widths = np.ceil(np.log2(np.maximum(lengths, 1))).astype(np.int32)
        widths[lengths == 0] = -1
        blocks = []
        for width in np.unique(widths[widths >= 0]):
            alike = np.flatnonzero(widths == width)
            within = np.arange(1 << width)
            filled = within < lengths[alike, None]
            places = np.where(filled, starts[alike, None] + within, 0)
            of_columns = columns[places]
            of_values = np.where(filled, values[places], np.float32(0))
            size = max(1, min(MAX_ROWS, MAX_ENTRIES >> width))
            for first in range(0, len(alike), size):
                part = slice(first, first + size)
                blocks.append(_Block(alike[part], of_columns[part], of_values[part]))
        return cls(height, tuple(blocks))

    def times(self, dense: Floats) -> Floats:
        """The product with a dense matrix, of shape `height` x its columns."""
        product = np.zeros((self.height, dense.shape[1]), np.float32)
        for rows, found in self.products(dense):
            product[rows] = found
        return product

    def products(self, dense: Floats) -> Iterator[tuple[Whole, Floats]]:
        """The product's rows that are not zero, some at a time: their numbers, and the rows."""
        for block in self.blocks:
            yield block.rows, block.times(dense)


def stable_order(keys: Integers) -> Whole:
    """What `argsort` gives with `kind="stable"` for numbers from 0 up, several times as fast."""
    # Each key with its place: numpy sorts whole numbers fast where their order may be any.
    placed = np.sort(keys.astype(np.int64) << 32 | np.arange(len(keys)))
    return placed & (1 << 32) - 1


def ranges(starts: Whole, lengths: Whole) -> Whole:
    """The numbers start, start + 1, … of each start, `length` of them, one after the other."""
    before = np.cumsum(lengths) - lengths
    found: Whole = np.arange(lengths.sum()) + np.repeat(starts - before, lengths)
    return found


def span(ends: Integers, number: int) -> slice:
    """The slice of the items of one owner, where those of owner `n` end at `ends[n]`."""
    return slice(ends[number - 1] if number else 0, ends[number])
