"""What the console's lists are made of: columns that say something, and nothing that changes a row by itself."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from starlette.requests import Request
from starlette_admin.contrib.sqlmodel import ModelView
from starlette_admin.fields import ComputedField, DateTimeField, StringField

from sync.hq.console.masking import shown_body
from sync.hq.console.words import word
from sync.hq.service import Hq


def text(name: str, **options: Any) -> StringField:
    """A column as it is."""
    return StringField(name, label=word(f"console.{name}"), **options)


def shown(name: str, getter: Any, **options: Any) -> ComputedField:
    """What ``getter(request, row)`` says."""
    return ComputedField(name, label=word(f"console.{name}"), getter=getter, **options)


def when(name: str, getter: Any) -> DateTimeField:
    """Unix milliseconds as a time, in the browser's zone."""

    def instant(request: Request, row: Any) -> datetime | None:
        found = getter(request, row)
        return None if found is None else datetime.fromtimestamp(found / 1000, UTC)

    return DateTimeField(name, label=word(f"console.{name}"), getter=instant, searchable=False, orderable=False)


def raw() -> ComputedField:
    """A fact's body."""
    body = shown("body", lambda _request, row: shown_body(row.body), exclude_from_list=True)
    body.detail_template = "pre.html"
    return body


class ReadOnly(ModelView):
    """Nothing can be changed, brought in or taken out here."""

    plural = ""
    page_size = 25
    column_visibility = False
    sortable_fields: Sequence[str] | None = ()

    def __init__(self, hq: Hq, model: type[Any], icon: str) -> None:
        self.hq = hq
        super().__init__(model, icon, word(f"console.{self.key}"), word(f"console.{self.plural or f'{self.key}s'}"))
        kinds = self._pk_coerce  # the library does not know SQLModel's own type of texts
        plain = tuple(str if kind is object else kind for kind in (kinds if isinstance(kinds, tuple) else (kinds,)))
        self._pk_coerce = plain if isinstance(kinds, tuple) else plain[0]

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
