"""What the console's lists are made of: columns that say something, and nothing that changes a row by itself."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import Any

from anyio.to_thread import run_sync
from sqlalchemy import BigInteger, ColumnElement, Select, func, inspect, or_
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session, col
from starlette.requests import Request
from starlette_admin.contrib.sqlmodel import ModelView
from starlette_admin.exceptions import ActionFailed
from starlette_admin.fields import BaseField, ComputedField, StringField

from sync.hq.console.masking import NAMING, masked, shown_body
from sync.hq.console.rendering import instant, wall
from sync.hq.console.words import named, say, word
from sync.hq.figures import MOST_COUNTED, counted
from sync.hq.service import Hq

#: Of a row's number, in 64 bits.
MOST_DIGITS = 18


def text(name: str, **options: Any) -> StringField:
    """A column as it is."""
    return StringField(name, label=word(f"console.{name}"), **options)


def shown(name: str, getter: Any, **options: Any) -> ComputedField:
    """What ``getter(request, row)`` says."""
    return ComputedField(name, label=word(f"console.{name}"), getter=getter, **options)


def when(name: str, getter: Any) -> ComputedField:
    """Unix milliseconds as a time, in the browser's zone."""

    def said(request: Request, row: Any) -> str | None:
        found = getter(request, row)
        return None if found is None else instant(found)

    return shown(name, said)


def at() -> ComputedField:
    """When it was, by the till's own clock."""
    return shown("at", lambda _request, row: wall(row.at))


def kind() -> ComputedField:
    """What a fact tells of; a kind that nobody here knows under its own name."""
    return shown("kind", lambda _request, row: kind_word(row.kind))


def kind_word(name: str) -> str:
    """A kind of fact in words."""
    return named("console.fact", name)


def raw() -> ComputedField:
    """A fact's body."""
    body = shown("body", lambda _request, row: shown_body(row.body), exclude_from_list=True)
    body.detail_template = "pre.html"
    return body


class ReadOnly(ModelView):
    """Nothing can be changed, brought in or taken out here. A list ends after ``MOST_COUNTED`` rows, and says so."""

    list_template = "rows.html"
    detail_template = "row.html"
    #: Columns that name a row at the head of its own page; empty: its number.
    titled_by: Sequence[str] = ()
    plural = ""
    #: Columns of which any part finds a row, shown in the list or not. Never one of a member: what is masked could be
    #: found out sign by sign. ``searchable_fields`` are what a list may be filtered by, in the same way.
    by_part: Sequence[Any] = ()
    page_size = 25
    column_visibility = False
    sortable_fields: Sequence[str] | None = ()

    def __init__(self, hq: Hq, model: type[Any], icon: str) -> None:
        self.hq = hq
        super().__init__(model, icon, word(f"console.{self.key}"), word(f"console.{self.plural or f'{self.key}s'}"))
        kinds = self._pk_coerce  # the library does not know SQLModel's own type of texts
        plain = tuple(str if kind is object else kind for kind in (kinds if isinstance(kinds, tuple) else (kinds,)))
        self._pk_coerce = plain if isinstance(kinds, tuple) else plain[0]

    @property
    def hint(self) -> str:
        """What the search field says."""
        return say(f"console.find.{self.key}")

    def found(self, session: Session, term: str) -> ColumnElement[bool]:
        """The rows that somebody looks for who wrote ``term``."""
        parts = (col(one).icontains(term, autoescape=True) for one in self.by_part)
        return or_(*parts, *self.in_full(session, term))

    def in_full(self, session: Session, term: str) -> Sequence[ColumnElement[bool]]:  # noqa: ARG002
        """What is found by nothing less than the whole of it."""
        return ()

    async def build_full_text_search_query(self, request: Request, term: str, model: Any) -> Any:  # noqa: ARG002
        return await run_sync(self.found, request.state.session, term.strip())

    def can_create(self, request: Request) -> bool:  # noqa: ARG002
        return False

    def can_edit(self, request: Request) -> bool:  # noqa: ARG002
        return False

    def can_delete(self, request: Request) -> bool:  # noqa: ARG002
        return False

    def can_export(self, request: Request) -> bool:  # noqa: ARG002
        return False

    def can_import(self, request: Request) -> bool:  # noqa: ARG002
        return False

    async def count(self, request: Request, q: str | None = None, filters: Any = None) -> int:
        """How many rows can be paged through; nobody waits until all of them are counted."""
        wanted = await self._apply_search_and_filters(request, self.get_list_query(request), q, filters)
        return await run_sync(counted, request.state.session, wanted)

    async def find_all(self, request: Request, *args: Any, **options: Any) -> Sequence[Any]:
        """One page; whatever the address says, none that the database has to walk to for minutes."""
        return [] if options.get("skip", 0) >= MOST_COUNTED else await super().find_all(request, *args, **options)

    async def find_by_pk(self, request: Request, pk: Any) -> Any:
        """None for what cannot be a row's number, whoever wrote it into the address."""
        if self._pk_coerce is int and not self._is_number(str(pk)):
            return None
        return await super().find_by_pk(request, pk)

    def _is_number(self, text: str) -> bool:
        """PostgreSQL does not even look for one that has more bits than the column."""
        small = not isinstance(inspect(self.model).primary_key[0].type, BigInteger)
        return text.isascii() and text.isdigit() and len(text) <= MOST_DIGITS and (int(text) < 2**31 or not small)

    async def serialize_field_value(self, value: Any, field: BaseField, request: Request) -> Any:
        """What is shown: a member without a whole phone. Links and searches go by the key as it is."""
        made = await super().serialize_field_value(value, field, request)
        return masked(made) if field.name in NAMING and isinstance(made, str) else made

    async def handle_row_action(self, request: Request, pk: Any, name: str) -> Any:
        """To view a row is a link, which the library would call as if it were a function. What the database did wrong
        the library tells in SQL; ``Busy`` has a sentence for it.
        """
        if name == "view":
            raise ActionFailed(say("console.gone"))
        try:
            return await super().handle_row_action(request, pk, name)
        except ActionFailed as error:
            if isinstance(error.__cause__, SQLAlchemyError):
                raise error.__cause__ from None
            raise

    def is_cut(self, total: int) -> bool:
        """Are there perhaps more than can be paged through?"""
        return total >= MOST_COUNTED


class Long(ReadOnly):
    """Over a table that grows with every sale: in the order of an index, and found by an index or not at all.

    ``order``: its columns; ``newest_first``: from their end.
    """

    searchable_fields: Sequence[str] = ()
    order: Sequence[Any]
    newest_first = True

    @abstractmethod
    def found(self, session: Session, term: str) -> ColumnElement[bool]:
        """By columns that have an index."""

    def build_order_clauses(self, request: Request, sorts: Any, stmt: Select[Any]) -> Select[Any]:  # noqa: ARG002
        """What a search found is sorted; else a planner may walk the order's index to its end for it. Rows that are
        alike go by their key: PostgreSQL sorts them otherwise for each page, and one would come twice, another never.
        """
        searched = bool(request.query_params.get("q"))
        own = [getattr(self.model, one.name) for one in inspect(self.model).primary_key]
        keys = [*(func.coalesce(one, one) for one in self.order), *own] if searched else self.order
        return stmt.order_by(*(one.desc() if self.newest_first else one for one in keys))
