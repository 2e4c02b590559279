"""What the console keeps: who may log in, and what a person has looked at."""

from __future__ import annotations

from sqlmodel import Field

from sync.hq.tables import HqTable, whole


class Administrator(HqTable, table=True):
    """``secret``: the password as ``scrypt$n$r$p$salt$hash``."""

    __tablename__ = "administrator"
    name: str = Field(primary_key=True)
    secret: str
    set_ms: int = whole()


class QuarantineLook(HqTable, table=True):
    """A person has looked at a fact in quarantine; the fact itself stays as it is."""

    __tablename__ = "quarantine_look"
    number: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    administrator: str
    looked_ms: int = whole()
