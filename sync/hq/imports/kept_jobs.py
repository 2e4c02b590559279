"""Jobs of ``imports.jobs`` in the database, so that everybody sees the same and a restart forgets none."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from sqlmodel import Session, col, delete, select, update

from posclient.domain.ids import Clock
from posclient.errors import InputError
from sync.hq.clock import milliseconds
from sync.hq.console_tables import ImportFaultRow, ImportJobRow
from sync.hq.database import Database
from sync.hq.feeds import canonical
from sync.hq.imports.importing import Counted, Report
from sync.hq.imports.reading import Fault

#: Faults that are kept of one job; more are counted.
MOST_FAULTS = 1000
#: Jobs that are listed, the newest first; older ones stay in the table, without their faults.
MOST_JOBS = 20
OPEN, WAITING, RUNNING, DONE, FAILED = "open", "waiting", "running", "done", "failed"
INTERRUPTED, DROPPED = "interrupted", "dropped"


@dataclass(slots=True)
class Sent:
    """One uploaded file."""

    bytes: int = 0
    lines: int = 0


@dataclass(slots=True)
class Job:
    """``state``: open (files are coming), waiting, running, done, failed (``error``: a code), interrupted (HQ stopped
    meanwhile; it can be started again), dropped (given up, its files are gone)."""

    id: str
    by: str
    folder: Path
    made_ms: int
    state: str = OPEN
    strict: bool = False
    sent: dict[str, Sent] = field(default_factory=dict)
    report: Report = field(default_factory=Report)
    faults: list[Fault] = field(default_factory=list)
    more_faults: int = 0
    error: str = ""
    #: Of ``faults``, how many the database has.
    kept: int = 0

    @property
    def files(self) -> dict[str, dict[str, int]]:
        """What came, and how far each file is."""
        return {
            name: {**asdict(sent), **self.report.files.get(name, Counted()).as_json()}
            for name, sent in list(self.sent.items())
        }

    def note(self, fault: Fault) -> None:
        """A row is at fault."""
        if len(self.faults) < MOST_FAULTS:
            self.faults.append(fault)
        else:
            self.more_faults += 1

    def begin_again(self) -> None:
        """Nothing is read yet; what is in HQ already is left as it is when its row comes again, or passed over."""
        lines = {name: Counted(line=one.line) for name, one in self.report.files.items()}
        self.report, self.faults, self.more_faults, self.error, self.kept = Report(lines), [], 0, "", 0

    def as_json(self) -> dict[str, Any]:
        """For whoever watches it, without the faults."""
        return {
            "id": self.id, "by": self.by, "made_ms": self.made_ms, "state": self.state, "strict": self.strict,
            "error": self.error, "files": self.files, "published": dict(self.report.published),
            "undone": self.report.undone, "more_faults": self.more_faults,
        }  # fmt: skip


class KeptJobs:
    """Reads and writes jobs, each call its own transaction."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def save(self, job: Job) -> None:
        """The job as it is now, with the faults that came since."""
        faults = job.faults[job.kept :]
        with self._database.write(patient=True) as session:
            row = session.exec(select(ImportJobRow).where(ImportJobRow.id == job.id)).first()
            row = row or ImportJobRow(
                id=job.id, administrator=job.by, folder=str(job.folder), state=job.state, made_ms=job.made_ms,
                changed_ms=job.made_ms,
            )  # fmt: skip
            row.state, row.strict, row.error = job.state, job.strict, job.error
            row.files, row.published = canonical(job.files), canonical(dict(job.report.published))
            row.undone, row.more_faults, row.changed_ms = job.report.undone, job.more_faults, milliseconds(self._clock)
            session.add(row)
            if not job.kept:
                session.exec(delete(ImportFaultRow).where(col(ImportFaultRow.job) == job.id))
            session.add_all(
                ImportFaultRow(
                    job=job.id, number=number, file=one.file, line=one.line, column_name=one.column, code=one.code
                )
                for number, one in enumerate(faults, job.kept)
            )
        job.kept += len(faults)

    def note_lines(self, session: Session, job: Job) -> None:
        """How far its files are, in the transaction that brought their rows in."""
        change = update(ImportJobRow).where(col(ImportJobRow.id) == job.id)
        session.exec(change.values(files=canonical(job.files)))

    def move(self, job: Job, wanted: Sequence[str], state: str) -> bool:
        """Into another ``state`` out of one of those ``wanted``; False where it is in none, whoever was quicker."""
        change = update(ImportJobRow).where(col(ImportJobRow.id) == job.id, col(ImportJobRow.state).in_(wanted))
        with self._database.write() as session:
            moved = session.exec(change.values(state=state, changed_ms=milliseconds(self._clock))).rowcount == 1
        if moved:
            job.state = state
        return moved

    def add_file(self, job: Job, name: str, sent: Sent, put: Callable[[], object]) -> None:
        """A file is here, which ``put`` brings to its place; ``InputError("import_closed")`` where it is too late."""
        with self._database.write() as session:
            row = session.exec(select(ImportJobRow).where(ImportJobRow.id == job.id).with_for_update()).one()
            if row.state != OPEN:
                raise InputError("import_closed")
            put()
            job.sent = {**_sent(row), name: sent}
            row.files, row.changed_ms = canonical(job.files), milliseconds(self._clock)

    def forget_faults(self) -> None:
        """Of jobs that are listed no more; the jobs themselves, a row each, stay."""
        with self._database.write() as session:
            listed = select(ImportJobRow.id).order_by(col(ImportJobRow.number).desc()).limit(MOST_JOBS)
            session.exec(delete(ImportFaultRow).where(col(ImportFaultRow.job).not_in(listed)))

    def folders(self, *states: str) -> Sequence[str]:
        """Where the files of all jobs in one of ``states`` lay."""
        with self._database.read() as session:
            return session.exec(select(ImportJobRow.folder).where(col(ImportJobRow.state).in_(states))).all()

    def newest(self) -> list[Job]:
        """The newest first."""
        with self._database.read() as session:
            rows = session.exec(select(ImportJobRow).order_by(col(ImportJobRow.number).desc()).limit(MOST_JOBS)).all()
            return [_job(session, row) for row in rows]

    def find(self, job_id: str) -> Job | None:
        """One job."""
        with self._database.read() as session:
            row = session.exec(select(ImportJobRow).where(ImportJobRow.id == job_id)).first()
            return _job(session, row) if row else None

    def in_state(self, *states: str) -> list[Job]:
        """All jobs that are in one of ``states``."""
        with self._database.read() as session:
            rows = session.exec(select(ImportJobRow).where(col(ImportJobRow.state).in_(states))).all()
            return [_job(session, row) for row in rows]


def _job(session: Session, row: ImportJobRow) -> Job:
    job = Job(row.id, row.administrator, Path(row.folder), row.made_ms, row.state, row.strict)
    job.sent = _sent(row)
    job.report.files = {
        name: Counted(one["good"], one["bad"], one.get("line", 0), one.get("forgotten", 0))
        for name, one in json.loads(row.files).items()
    }
    job.report.published.update(json.loads(row.published))
    job.report.undone = row.undone
    faults = session.exec(
        select(ImportFaultRow).where(ImportFaultRow.job == row.id).order_by(col(ImportFaultRow.number))
    )
    job.faults = [Fault(one.file, one.line, one.column_name, one.code) for one in faults]
    job.more_faults, job.error, job.kept = row.more_faults, row.error, len(job.faults)
    return job


def _sent(row: ImportJobRow) -> dict[str, Sent]:
    return {name: Sent(one["bytes"], one["lines"]) for name, one in json.loads(row.files).items()}
