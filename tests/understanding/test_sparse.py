"""Sparse matrices multiply as dense ones do."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.understanding.sparse import Blocks, stable_order

WIDTH, HEIGHT = 300, 12

LENGTHS = st.lists(st.integers(0, WIDTH), min_size=HEIGHT, max_size=HEIGHT)


@given(LENGTHS, st.integers(0, 2**32 - 1))
def test_the_product_is_that_of_the_dense_matrix(lengths: list[int], seed: int) -> None:
    rng = np.random.default_rng(seed)
    dense = np.zeros((HEIGHT, WIDTH), np.float32)
    for row, length in enumerate(lengths):
        dense[row, rng.permutation(WIDTH)[:length]] = rng.uniform(0.1, 1.0, length)
    rows, columns = (each.astype(np.int32) for each in np.nonzero(dense))
    other = rng.standard_normal((WIDTH, 5)).astype(np.float32)
    product = Blocks.of(rows, columns, dense[rows, columns], HEIGHT).times(other)
    assert product == pytest.approx(dense @ other, abs=1e-4)


def test_a_matrix_without_numbers_gives_zeros() -> None:
    none = np.zeros(0, np.int32)
    empty = Blocks.of(none, none, np.zeros(0, np.float32), 3)
    assert not empty.times(np.ones((4, 2), np.float32)).any()


@given(st.lists(st.integers(0, 9), max_size=60))
def test_a_stable_order_is_that_of_argsort(numbers: list[int]) -> None:
    keys = np.array(numbers, np.int32)
    assert stable_order(keys).tolist() == np.argsort(keys, kind="stable").tolist()
