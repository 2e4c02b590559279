"""A fault as people are told it: its place, which is the same in every language, and what its sentence speaks of."""

from __future__ import annotations

from sync.hq.imports.importing import FILES
from sync.hq.imports.reading import Fault

_COLUMNS = {one.name: ", ".join(column.name for column in one.columns) for one in FILES}


def place(fault: Fault) -> str:
    """``products.csv:7:price:``."""
    column = f"{fault.column}:" if fault.column else ""
    return f"{fault.file}:{fault.line}:{column}"


def sentence(fault: Fault) -> tuple[str, dict[str, str]]:
    """The key of its words, and what goes into them."""
    return f"import.fault.{fault.code}", {"known": _COLUMNS.get(fault.file, "")}
