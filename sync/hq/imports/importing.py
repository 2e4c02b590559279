"""An import: files in their order, in batches, each batch one transaction that ends by publishing what changed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from sqlmodel import Session

from posclient.errors import InputError
from sync.hq.clock import UtcClock
from sync.hq.database import Database
from sync.hq.feeds import publish
from sync.hq.identity import Keys, own_keys
from sync.hq.imports.batch import FORGOTTEN, Batch, ImportFile, Learnt, Made
from sync.hq.imports.catalogue import PRODUCTS, STOCK
from sync.hq.imports.coupons import COUPONS
from sync.hq.imports.members import MEMBERS
from sync.hq.imports.one_at_a_time import Importer, one_at_a_time
from sync.hq.imports.people import ALLOWANCES, STAFF, STORES
from sync.hq.imports.reading import NOTES, CsvFile, Fault, Row
from sync.hq.imports.rules import CADENCES, PROMOTIONS, SETTINGS, TEMPLATES, TIERS
from sync.hq.imports.weights import bites

#: What others refer to comes first.
FILES = (
    STORES, SETTINGS, TIERS, CADENCES, TEMPLATES, PROMOTIONS, STAFF, ALLOWANCES, PRODUCTS, MEMBERS, COUPONS, STOCK,
)  # fmt: skip
#: Rows of one transaction, at most.
BATCH = 2_000
_NOBODY = Importer()


@dataclass(slots=True)
class Counted:
    """Of one file: rows that went in, and rows with faults. ``line``: the last one in, if rows go in once.

    ``forgotten``: rows that were left out, as somebody asked to be forgotten.
    """

    good: int = 0
    bad: int = 0
    line: int = 0
    forgotten: int = 0

    def as_json(self) -> dict[str, int]:
        """What is kept of it."""
        return self.as_told() | ({"line": self.line} if self.line else {})

    def as_told(self) -> dict[str, int]:
        """What a person is told of it."""
        return {"good": self.good, "bad": self.bad} | ({"forgotten": self.forgotten} if self.forgotten else {})


@dataclass(slots=True)
class Report:
    """What an import did. ``published``: rows that changed, by feed; ``undone``: strict, so nothing went in."""

    files: dict[str, Counted] = field(default_factory=dict)
    published: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    undone: bool = False

    @property
    def bad(self) -> int:
        """Rows with faults."""
        return sum(counted.bad for counted in self.files.values())


class _FaultyError(Exception):
    """Ends a strict import."""


def import_folder(
    database: Database, folder: Path, strict: bool, say: Callable[[Fault], None], report: Report | None = None,
    after_batch: Callable[[], None] = lambda: None, within: Callable[[Session], None] = lambda _session: None,
    importer: Importer = _NOBODY,
) -> Report:  # fmt: skip
    """Import every known file of ``folder``; ``say`` is told each fault as it is found, ``report`` grows meanwhile.

    ``after_batch`` is called whenever some rows are in; it may write to the database only where this is not strict.
    ``within`` is, in their own transaction, where rows go in once: how far they are is in ``report``, which may come
    from an import that was interrupted.
    Strict: all of it is one transaction, which leaves no trace if any row is bad.

    Raises:
        InputError: ``not_a_folder``, ``nothing_to_import`` (no known file in it), ``import_running`` (by=, since=),
            ``import_overtaken`` (a later import had one of this job's files).
    """
    if not folder.is_dir():
        raise InputError("not_a_folder", path=str(folder))
    present = [one for one in FILES if (folder / one.name).exists()]
    if not present:
        raise InputError("nothing_to_import", path=str(folder))
    report = report or Report()
    with one_at_a_time(database, importer, [one.name for one in present], strict) as all_in:
        made = _made_ahead(database, folder, present) if strict else {}
        try:
            with database.write(shared=True, patient=True) if strict else nullcontext() as session:
                _Import(database, folder, report, say, session, after_batch, within, made).run(present)
                if strict and report.bad:
                    raise _FaultyError
                if session is not None:
                    all_in(session)
        except _FaultyError:
            report.undone = True
            report.published.clear()
    return report


class _Import:
    """One run over a folder."""

    def __init__(
        self, database: Database, folder: Path, report: Report, say: Callable[[Fault], None],
        session: Session | None, after_batch: Callable[[], None], within: Callable[[Session], None], made: Made,
    ) -> None:  # fmt: skip
        self._after_batch, self._within = after_batch, within
        self._made = made
        self._learnt = Learnt()
        self._later: set[int] | None = None
        self._database = database
        self._folder = folder
        self._report = report
        self._say = say
        self._session = session
        with self._transaction() as open_session:
            self._keys: Keys = own_keys(open_session, UtcClock())

    def run(self, files: Iterable[ImportFile]) -> None:
        for one in files:
            self._file(one)

    def _file(self, one: ImportFile) -> None:
        counted = self._report.files.setdefault(one.name, Counted())
        bad: set[int] = set()

        def fault(found: Fault) -> None:
            if found.code == FORGOTTEN:
                counted.forgotten += 1
            elif found.line not in bad and found.code not in NOTES:
                bad.add(found.line)
                counted.bad += 1
            self._say(found)

        rows = _once(CsvFile(self._folder / one.name, one.columns, fault).rows(), one, fault)
        later = self._later = set[int]()
        self._read(one, rows, fault)
        self._later = None
        if later:  # kept by their lines alone: it may be the whole file
            again = CsvFile(self._folder / one.name, one.columns, lambda _fault: None).rows()
            self._read(one, (row for row in again if row.line in later), fault)
        if one.after is not None and counted.good:
            with self._database.read() if self._session is None else nullcontext(self._session) as session:
                for found in one.after(session, one.name):
                    fault(found)

    def _read(self, one: ImportFile, rows: Iterator[Row], fault: Callable[[Fault], None]) -> None:
        counted = self._report.files[one.name]
        passed = counted.line

        def not_good() -> int:
            return counted.bad + counted.forgotten + len(self._later or ())

        def bad(row: Row, column: str, code: str) -> None:
            fault(Fault(one.name, row.line, column, code))

        while batch := list(rows if one.whole else islice(rows, BATCH)):
            if one.whole and counted.bad:
                return
            if one.ahead and self._session is None:
                self._made = one.ahead(self._database, batch)
            for some in self._bites(one, batch):
                before = not_good()
                self._load(one, some, bad, passed)
                counted.good += len(some) - (not_good() - before)
                self._after_batch()

    def _bites(self, one: ImportFile, rows: list[Row]) -> Iterable[list[Row]]:
        """What goes into one transaction, or, where all is one, is published at once."""
        if one.weigh is None:
            return [rows]
        with self._database.read() if self._session is None else nullcontext(self._session) as session:
            return bites(rows, list(one.weigh(session, rows)))

    def _load(self, one: ImportFile, rows: list[Row], fault: Callable[[Row, str, str], None], passed: int) -> None:
        with self._transaction() as session:
            changes = one.load(Batch(session, self._keys, rows, fault, self._made, passed, self._learnt, self._later))
            for feed, count in publish(session, changes).items():
                self._report.published[feed] += count
            if one.once:
                self._report.files[one.name].line = max(passed, rows[-1].line)
                self._within(session)

    def _transaction(self) -> AbstractContextManager[Session]:
        if self._session is not None:
            return nullcontext(self._session)
        return self._database.write(shared=True, patient=True)


def _made_ahead(database: Database, folder: Path, files: Iterable[ImportFile]) -> Made:
    """For a strict import, which is one transaction: so all files are read once more, before it. Faults come later."""
    made: dict[tuple[str, ...], str] = {}
    for one in files:
        rows = CsvFile(folder / one.name, one.columns, lambda _fault: None).rows() if one.ahead else iter(())
        while one.ahead and (batch := list(islice(rows, BATCH))):
            made |= one.ahead(database, batch)
    return made


def _once(rows: Iterator[Row], one: ImportFile, fault: Callable[[Fault], None]) -> Iterator[Row]:
    """The rows whose key no earlier row had: which of two would be right nobody can tell."""
    seen: set[object] = set()
    ids: set[object] = set()
    for row in rows:
        key = row[one.key[0]] if len(one.key) == 1 else tuple(row[name] for name in one.key)
        own = row[one.own_id] or key if one.own_id else None
        if key in seen or own in ids:
            fault(Fault(one.name, row.line, one.key[-1] if key in seen else one.own_id, "doubled"))
            continue
        seen.add(key)
        if own is not None:
            ids.add(own)
        yield row
