"""What coupons take off many different nets at once (``blocks``), to the fen as ``Coupon.taken`` and ``parts`` say."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from posclient.domain.pricing.candidates import Candidates
from posclient.domain.pricing.reach import MOST_FEN

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Taken:
    """By row: what each candidate takes off, the spend on its lines, and the column of its dearest unit (exchanges)."""

    fen: Ints
    spend: Ints
    dearest: Ints


class BlockTerms:
    """``chosen``: the candidates looked at, in the order taken off; a *column* is a line that any of them is for."""

    def __init__(self, candidates: Candidates, chosen: Sequence[int]) -> None:
        scopes = [candidates.scopes[candidates.scope(n)] for n in chosen]
        coupons = [candidates.coupons[n] for n in chosen]
        self._distinct = list(dict.fromkeys(scopes))
        self.scope = np.array([self._distinct.index(places) for places in scopes])
        self.places = sorted(set().union(*scopes))
        self._columns = [np.searchsorted(self.places, places) for places in self._distinct]
        self._in_scope = np.zeros((len(self._distinct), len(self.places)), dtype=np.int64)
        for row, columns in zip(self._in_scope, self._columns, strict=True):
            row[columns] = 1
        self._weights = self._in_scope.T.astype(np.float64)
        self._qtys = np.array([candidates.qtys[place] for place in self.places], dtype=np.int64)
        self._bits = 2 * int(self._qtys.max()).bit_length() + 1
        # exchanges are taken off first
        prices = [coupon.unit_price for coupon in coupons if coupon.unit_price is not None]
        self.exchanges = len(prices)
        self._price = np.array([min(price, MOST_FEN) for price in prices], dtype=np.int64)
        terms = [coupon.spend_terms for coupon in coupons if coupon.spend_terms]
        self._rate = np.array([rate for rate, _ in terms], dtype=np.int64)
        self._most = np.array([MOST_FEN if most is None else min(most, MOST_FEN) for _, most in terms], dtype=np.int64)

    @property
    def scopes(self) -> int:
        return len(self._distinct)

    def taken(self, nets: Ints, first: int) -> Taken:
        """What each candidate takes off ``nets`` (row, column); those before ``first`` need not be right."""
        # whole numbers far below 2^53: floating point is exact, and quick
        spend = (nets @ self._weights).astype(np.int64)[:, self.scope]
        fen = np.zeros_like(spend)
        dearest = np.zeros((len(nets), self.exchanges), dtype=np.int64)
        exchanges = self.exchanges
        if first < exchanges:
            dearest = self._dearest(nets)
            qty = self._qtys[dearest]
            above = np.maximum(0, np.take_along_axis(nets, dearest, 1) - self._price * qty)
            fen[:, :exchanges] = (2 * above + qty) // (2 * qty)
        part = spend[:, exchanges:] * self._rate
        fen[:, exchanges:] = np.where(part > self._most * 10000, self._most, (2 * part + 10000) // 20000)
        return Taken(fen, spend, dearest)

    def _dearest(self, nets: Ints) -> Ints:
        """By row and exchange: the first column with the highest unit value (as ``Held.unit_values``)."""
        values = np.ascontiguousarray(((nets << self._bits) // self._qtys).T)
        exchanged = self.scope[: self.exchanges]
        found = {scope: self._columns[scope][values[self._columns[scope]].argmax(axis=0)] for scope in set(exchanged)}
        return np.array([found[scope] for scope in exchanged], dtype=np.int64).T

    def after(self, nets: Ints, taken: Taken, rows: Ints, chosen: Ints) -> Ints:
        """The nets after candidate ``chosen[i]`` is taken off row ``rows[i]``."""
        found = nets[rows]
        fen = taken.fen[rows, chosen]
        exchange = np.flatnonzero(chosen < self.exchanges)
        found[exchange, taken.dearest[rows[exchange], chosen[exchange]]] -= fen[exchange]
        shared = np.flatnonzero((chosen >= self.exchanges) & (fen > 0))
        if len(shared):
            spend = taken.spend[rows[shared], chosen[shared]]
            found[shared] -= self._shared(found[shared], chosen[shared], spend, fen[shared])
        return found

    def _shared(self, nets: Ints, chosen: Ints, spend: Ints, fen: Ints) -> Ints:
        """What each column gives (as ``shares.share`` and ``shares.percent``)."""
        rate, most = self._rate[chosen - self.exchanges], self._most[chosen - self.exchanges]
        capped = spend * rate > most * 10000
        times, by = np.where(capped, most, rate)[:, None], np.where(capped, spend, 10000)[:, None]
        exact = nets * self._in_scope[self.scope[chosen]] * times
        given: Ints = exact // by
        missing = fen - given.sum(axis=1)
        # the largest remainders, ties in line order: one number says both, and no two are the same
        count = nets.shape[1]
        order = (exact - given * by) * count + np.arange(count - 1, -1, -1)
        least = np.sort(order, axis=1)[np.arange(len(nets)), count - np.maximum(missing, 1)]
        given += (order >= least[:, None]) & (missing > 0)[:, None]
        return given
