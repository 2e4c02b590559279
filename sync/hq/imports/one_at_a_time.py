"""One import of a database at a time, whoever started it: two at once would leave a price list that nobody wrote.

Who began when is a line of the audit, with the names of the files; so one also sees which files came again later. That
all of a strict one is in is another line, of the same transaction: without it, however that one ended, none is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlmodel import Session, col, func, select

from posclient.errors import InputError
from sync.hq.clock import UtcClock, milliseconds
from sync.hq.console_tables import ConsoleAct, ImportJobRow
from sync.hq.database import Database
from sync.hq.handling import COMMAND_LINE, note_act
from sync.hq.imports.locks import LetGo, hold_file, hold_key, is_file_held, is_key_held

#: What the audit calls it that somebody started a job of the console, that an import has begun, and that all of a
#: strict one is in, whose beginning is the subject.
STARTED, BEGUN, WHOLE = "import", "import_begun", "import_whole"
#: Before the names of a strict import's files.
_STRICT = "--strict"
_KEY = 0x504F53494D504F52
#: The console's page asks all the time whether somebody imports.
_PATIENCE_S = 0.5


@dataclass(frozen=True, slots=True)
class Importer:
    """``job``: the console's, if it is one; ``begun`` is called once nobody else imports."""

    by: str = COMMAND_LINE
    job: str = ""
    begun: Callable[[], object] = lambda: None


@dataclass(frozen=True, slots=True)
class Running:
    """The import that runs."""

    by: str
    since_ms: int


@contextmanager
def one_at_a_time(
    database: Database, importer: Importer, names: Iterable[str], strict: bool = False
) -> Iterator[Callable[[Session], object]]:
    """Nobody else imports into this database meanwhile. A strict import calls what this gives with its one transaction,
    at the end of it.

    Raises:
        InputError: ``import_running`` (by=, since=), ``import_overtaken``.
    """
    let_go = _take(database)
    if let_go is None:
        with database.read() as session:
            other = _newest(session)
        raise InputError("import_running", by=other.by, since=_local(other.since_ms))
    try:
        with database.write(patient=True) as session:
            check_not_overtaken(session, importer.job, names)
            said = " ".join([_STRICT, *names] if strict else names)
            line = note_act(session, UtcClock(), importer.by, BEGUN, importer.job, said)
            session.flush()
            number = str(line.number)
        importer.begun()
        yield lambda session: note_act(session, UtcClock(), importer.by, WHOLE, number)
    finally:
        let_go()


def who_imports(database: Database) -> Running | None:
    """Now, by whatever process."""
    file = database.file
    if not (is_file_held(_lock_file(file)) if file else is_key_held(database, _KEY)):
        return None
    with database.read() as session:
        return _newest(session)


def check_not_overtaken(session: Session, job: str, names: Iterable[str]) -> None:
    """A job that goes on, or has waited, would put old prices and counts over those of an import that began after it.
    Not of a strict one of which nothing went in.

    Raises:
        InputError: ``import_overtaken``.
    """
    own = select(func.max(ConsoleAct.number)).where(
        ConsoleAct.subject == job, col(ConsoleAct.act).in_((STARTED, BEGUN)), ConsoleAct.subject != ""
    )
    began = session.exec(own).one()
    if began is None:
        return
    undone = select(ImportJobRow.id).where(col(ImportJobRow.undone))  # an older program wrote no other line
    after = col(ConsoleAct.number) > began
    whole = set(session.exec(select(ConsoleAct.subject).where(after, ConsoleAct.act == WHOLE)))
    later = select(ConsoleAct.number, ConsoleAct.note).where(
        after, ConsoleAct.act == BEGUN, col(ConsoleAct.subject).not_in(undone)
    )
    wanted = set(names)
    for number, note in session.exec(later):
        said = set(note.split())
        if said & wanted and (_STRICT not in said or str(number) in whole):
            raise InputError("import_overtaken")


def _take(database: Database) -> LetGo | None:
    file = database.file
    return hold_file(_lock_file(file), file, _PATIENCE_S) if file else hold_key(database, _KEY)


def _lock_file(file: Path) -> Path:
    """One and the same by whatever way the database is named."""
    return Path(f"{file.resolve()}-import")


def _newest(session: Session) -> Running:
    begun = select(ConsoleAct).where(ConsoleAct.act == BEGUN).order_by(col(ConsoleAct.number).desc())
    line = session.exec(begun.limit(1)).first()
    return Running(line.administrator, line.at_ms) if line else Running(COMMAND_LINE, milliseconds(UtcClock()))


def _local(ms: int) -> str:
    return datetime.fromtimestamp(ms / 1000).astimezone().isoformat(" ", "seconds")
