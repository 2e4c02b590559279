"""What the console keeps: who may log in, what people did there, and the imports that they started."""

from __future__ import annotations

from sqlmodel import Field

from sync.hq.tables import HqTable, whole

#: Roles at the console: one looks, the other one also acts.
VIEWER, ADMINISTRATOR = "viewer", "administrator"


class Administrator(HqTable, table=True):
    """``secret``: the password as ``scrypt$n$r$p$salt$hash``; ``role``: ``VIEWER`` or ``ADMINISTRATOR``."""

    __tablename__ = "administrator"
    name: str = Field(primary_key=True)
    secret: str
    role: str = ADMINISTRATOR
    set_ms: int = whole()


class Handled(HqTable, table=True):
    """A person has dealt with something that went wrong; the thing itself stays as it is (T-14).

    ``kind``: quarantine, incident, loss or exception; ``subject``: its number, or the fact's id. ``how``: settled,
    with a note; or applied (quarantine alone): tried again, and it counts now.
    """

    __tablename__ = "handled"
    kind: str = Field(primary_key=True)
    subject: str = Field(primary_key=True)
    how: str
    note: str
    administrator: str
    at_ms: int = whole()


class ConsoleAct(HqTable, table=True):
    """One line for everything that was done at the console, also what did not succeed (``note`` says so)."""

    __tablename__ = "console_act"
    number: int | None = Field(default=None, primary_key=True)
    at_ms: int = whole()
    administrator: str
    act: str
    subject: str
    note: str = ""


class ImportJobRow(HqTable, table=True):
    """An import of the console. ``state``: open (files are coming), waiting, running, done, failed (``error``: a code),
    interrupted (HQ stopped while it ran).

    ``folder``: where its files lie until it is done; ``files``: JSON {name: {bytes, lines, good, bad}};
    ``published``: JSON {feed: rows}.
    """

    __tablename__ = "import_job"
    number: int | None = Field(default=None, primary_key=True)
    id: str = Field(unique=True)
    administrator: str
    folder: str
    state: str
    strict: bool = False
    files: str = "{}"
    published: str = "{}"
    undone: bool = False
    more_faults: int = whole(default=0)
    error: str = ""
    made_ms: int = whole()
    changed_ms: int = whole()


class ImportFaultRow(HqTable, table=True):
    """A row of a file that could not go in; as ``imports.reading.Fault``."""

    __tablename__ = "import_fault"
    job: str = Field(primary_key=True)
    number: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    file: str
    line: int = whole()
    column_name: str
    code: str
