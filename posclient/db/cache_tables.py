"""The tables of cache.db, which are the rows of HQ's feeds (docs/architecture.md): what is allowed, and how it is kept.

One declaration makes the columns, the check of every row and its INSERT. The cache is made by a child process that
imports the standard library alone, so these are no SQLModel classes. With any change of a table comes a step of
``cache_steps``: a till that is away from HQ keeps what it has over an update.

Every table has ``n`` (rowid), ``key``, ``feed`` and ``version``. A value that is the key has no column of its own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from posclient.db.cache_kinds import (
    AMOUNTS,
    ANY,
    BLIND,
    DAY_OR_NULL,
    FLAG,
    FROM_MS,
    INSTANT,
    INSTANT_OR_NULL,
    INTEGER,
    LAST4,
    MS,
    OBJECT,
    SEALED,
    STEPS,
    TEXT,
    TEXT_ARRAY,
    TEXT_LIST,
    TEXT_OR_NULL,
    UNTIL_MS,
    Kind,
)
from posclient.db.row_values import json_text
from posclient.errors import DataError

if TYPE_CHECKING:
    from posclient.db.at_rest import AtRest

#: The one column that holds a row's personal data, and the blind index of its phone beside it.
PRIVATE, PHONE_INDEX = "private", "phone_index"


class Table:
    """One table of the feeds.

    ``feeds``: kinds of feed (the part before the colon) that may hold it. ``key``: the values that make the key, by
    "/". ``columns``: a column and its kind, or the value's name and its kind where the two are named apart.
    ``missing``: what a value is that an older HQ does not send.
    ``private``: values that are personal data, a ``phone`` among them; they have no columns of their own.
    ``over``: a condition, with ``:now_ms``, on rows that nobody needs any more, so that HQ may take them out.
    """

    def __init__(
        self,
        name: str,
        feeds: str,
        key: str,
        columns: Mapping[str, Kind | tuple[str, Kind]],
        indexes: Sequence[str] = (),
        missing: Mapping[str, Any] | None = None,
        private: Mapping[str, Kind] | None = None,
        over: str = "0",
    ) -> None:
        self.name, self.feeds, self.key, self.indexes = name, frozenset(feeds.split()), tuple(key.split("/")), indexes
        self.over = over
        self._private = tuple(private or ())
        named = [(column, *_source(column, kind)) for column, kind in columns.items()]
        self.columns = [(column, kind) for column, _, kind in named]
        self.columns += [(PRIVATE, SEALED), (PHONE_INDEX, BLIND)] if private else []
        named += [(column, column, kind) for column, kind in (private or {}).items()]
        self._get = itemgetter(*self.key, *(source for _, source, _ in named))
        self._allowed = [TEXT.types] * len(self.key) + [kind.types for _, _, kind in named]
        self._stores = [(at, kind.store) for at, (_, _, kind) in enumerate(named, len(self.key)) if kind.store]
        self._known: set[tuple[type, ...]] = set()
        self._missing = missing

    def values(self, key: str, data: Mapping[str, Any], at_rest: AtRest | None = None) -> list[Any]:
        """The columns of one row. ``DataError("bad_row")`` with table, key and what is wrong (S-11).

        ``at_rest`` seals what is private; without it that is ``DataError("no_own_key")``.
        """
        try:
            values = list(self._get({**self._missing, **data} if self._missing else data))
            types = tuple(map(type, values))
            if types not in self._known:
                self._learn(types)
            for place, store in self._stores:
                values[place] = store(values[place])
        except (KeyError, TypeError, ValueError, OverflowError, RecursionError) as error:
            raise self.bad_row(key, f"{type(error).__name__}: {error}") from error
        made = values[0] if len(self.key) == 1 else "/".join(values[: len(self.key)])
        if made != key and not (self.name == "setting" and key.endswith(f"/{made}")):
            raise self.bad_row(key, "another key")
        return self._sealed(key, values[len(self.key) :], at_rest)

    def all_values(
        self, keys: Sequence[str], rows: Sequence[Mapping[str, Any]], at_rest: AtRest | None = None
    ) -> list[Sequence[Any]]:
        """The columns of many rows, column by column, which is four times as quick. Errors as ``values``."""
        try:
            whole = [{**self._missing, **row} for row in rows] if self._missing else rows
            columns: list[Sequence[Any]] = list(zip(*map(self._get, whole), strict=True))
            for column, allowed in zip(columns, self._allowed, strict=True):
                if not allowed.issuperset(map(type, column)):
                    raise TypeError
            for place, store in self._stores:
                columns[place] = list(map(store, columns[place]))
            if len(self.key) == 1 and columns[0] == tuple(keys):
                return self._all_sealed(keys, columns[1:], at_rest)
        except (KeyError, TypeError, ValueError, OverflowError, RecursionError):
            pass  # row by row says which
        return list(zip(*(self.values(key, row, at_rest) for key, row in zip(keys, rows, strict=True)), strict=True))

    def bad_row(self, key: str, why: str) -> DataError:
        """The error of a row that stops its page."""
        return DataError("bad_row", table=self.name, key=key[:80], why=why[:200])

    def place(self, key: str) -> str:
        """What the private column of a row is bound to."""
        return f"{self.name}|{key}|{PRIVATE}"

    def _sealed(self, key: str, values: list[Any], at_rest: AtRest | None) -> list[Any]:
        """Private values, which are the last, in their one column, and the index of the phone among them."""
        if not self._private:
            return values
        if at_rest is None:
            raise DataError("no_own_key")
        plain = dict(zip(self._private, values[-len(self._private) :], strict=True))
        try:
            sealed = at_rest.seal(self.place(key), json_text(plain).encode())
            return [*values[: -len(self._private)], sealed, at_rest.index(plain["phone"])]
        except UnicodeEncodeError as error:
            raise self.bad_row(key, f"{type(error).__name__}: {error}") from error

    def _all_sealed(
        self, keys: Sequence[str], columns: list[Sequence[Any]], at_rest: AtRest | None
    ) -> list[Sequence[Any]]:
        if not self._private:
            return columns
        rows = zip(*columns[-len(self._private) :], strict=True)
        made = [self._sealed(key, list(row), at_rest) for key, row in zip(keys, rows, strict=True)]
        return [*columns[: -len(self._private)], *zip(*made, strict=True)]

    def _learn(self, types: tuple[type, ...]) -> None:
        """Check a combination of types once: the rows of a table look alike."""
        for at, (found, allowed) in enumerate(zip(types, self._allowed, strict=True)):
            if found not in allowed:
                raise TypeError(f"value {at} is {found.__name__}")
        self._known.add(types)


def _source(column: str, kind: Kind | tuple[str, Kind]) -> tuple[str, Kind]:
    return kind if isinstance(kind, tuple) else (column, kind)


_TABLES = (
    Table(
        "product",
        "global",
        "sku",
        {
            "style": TEXT,
            "name": TEXT,
            "brand": TEXT,
            "category": TEXT,
            "color": TEXT,
            "size": TEXT,
            "initials": TEXT,
            "tags": TEXT_LIST,
            "tax_bp": INTEGER,
            "gtins": TEXT_LIST,
        },
        ("style COLLATE NOCASE", "initials"),
    ),
    Table(
        "promotion",
        "global",
        "id",
        {"name": TEXT, "rule": OBJECT},
        over="coalesce(strftime('%s', json_extract(rule, '$.until')) * 1000 < :now_ms, 0)",
    ),
    Table("coupon_template", "global", "id", {"name": TEXT, "rule": OBJECT, "valid_days": INTEGER, "newcomer": FLAG}),
    Table("store", "global", "id", {"name": TEXT, "address": TEXT, "phone": TEXT, "zone": TEXT, "kind": TEXT}),
    Table("cadence", "global", "id", {"steps": STEPS}),
    Table("tier", "global", "id", {"name": TEXT, "rank": INTEGER}),
    Table("setting", "global store", "name", {"value": ANY}),
    Table(
        "price",
        "zone",
        "id",
        {
            "sku": TEXT,
            "price": INTEGER,
            "member_prices": AMOUNTS,
            "from_ms": ("from", FROM_MS),
            "until_ms": ("until", UNTIL_MS),
        },
        ("sku, from_ms, key",),
    ),
    Table("stock", "zone", "sku", {"qty": AMOUNTS}),
    Table(
        "staff",
        "store",
        "id",
        {"name": TEXT, "badge": TEXT, "roles": TEXT_ARRAY, "pin_hash": TEXT, "active": FLAG},
        ("badge",),
    ),
    Table(
        "member",
        "store",
        "id",
        {
            "code": TEXT,
            "last4": ("phone", LAST4),
            "tier": TEXT,
            "points": INTEGER,
            "stored_value": INTEGER,
            "own_guide": TEXT_OR_NULL,
            "home_store": TEXT_OR_NULL,
            "tags": TEXT_ARRAY,
        },
        ("code", PHONE_INDEX, "last4"),
        private={"name": TEXT, "phone": TEXT, "birthday": DAY_OR_NULL},
    ),
    Table(
        "coupon",
        "store",
        "id",
        {
            "member": TEXT,
            "name": TEXT,
            "template": TEXT_OR_NULL,
            "rule": OBJECT,
            "until": INSTANT_OR_NULL,
            "single_use": FLAG,
            "state": TEXT,
        },
        ("member",),
        over="state = 'used' OR coalesce(strftime('%s', until) * 1000 < :now_ms, 0)",
    ),
    Table(
        "coupon_lease",
        "store",
        "coupon",
        {"store": TEXT, "not_after": INSTANT, "recalled": FLAG, "signature": TEXT},
        ("recalled",),
        missing={"recalled": False, "signature": ""},
    ),
    Table(
        "value_lease",
        "terminal",
        "id",
        {"member": TEXT, "unit": TEXT, "amount": INTEGER, "not_after": INSTANT, "signature": TEXT},
        ("member",),
        missing={"unit": "value", "signature": ""},
    ),
    Table(
        "allowance",
        "store",
        "guide/month",
        {"amount": INTEGER},
        over="substr(key, -7) < strftime('%Y-%m', :now_ms / 1000, 'unixepoch')",
    ),
    Table(
        "care_task",
        "store",
        "id",
        {
            "sale": TEXT,
            "member": TEXT,
            "owner": TEXT,
            "cadence": TEXT,
            "step": TEXT,
            "due": INSTANT,
            "due_ms": ("due", MS),
            "state": TEXT,
        },
        ("owner, due_ms",),
        over="state IN ('done', 'cancelled')",
    ),
    Table("member_alias", "store", "old", {"new": TEXT}, ("new",)),
    Table(
        "valet_outcome",
        "terminal",
        "order",
        {"state": TEXT, "ships_from": TEXT_OR_NULL, "reason": TEXT, "at": INSTANT},
    ),
    Table("fact_outcome", "terminal", "fact", {"code": TEXT, "detail": OBJECT}),
    Table("erasure", "terminal", "fact", {"at": INSTANT}),
)
#: The allow-list: what a feed may name.
TABLES = {table.name: table for table in _TABLES}
