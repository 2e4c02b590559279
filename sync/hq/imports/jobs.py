"""Imports that somebody started from the console: files come one by one, then one thread reads them, one job at a time.

Jobs are kept in the database, so that every HQ process on it shows the same ones. One whose process ended, or whose
database went away, is interrupted and can be started again: a row that is in HQ already changes nothing. Files hold
personal data: they lie in a folder for the owner alone and go when the job ends, when somebody gives it up, or after
``KEEP_DAYS``.
"""

from __future__ import annotations

import logging
import secrets
import shutil
import tempfile
import threading
import time
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path

from anyio.to_thread import run_sync

from posclient.domain.ids import Clock
from posclient.errors import DataError, InputError, NotFound, PosError
from sync.hq.clock import milliseconds
from sync.hq.database import Database
from sync.hq.handling import note_act
from sync.hq.imports.holds import Holds
from sync.hq.imports.importing import FILES, import_folder
from sync.hq.imports.kept_jobs import DONE, DROPPED, FAILED, INTERRUPTED, OPEN, RUNNING, WAITING, Job, KeptJobs, Sent
from sync.hq.imports.locks import LetGo
from sync.hq.imports.one_at_a_time import STARTED, Importer, Running, check_not_overtaken, who_imports

log = logging.getLogger(__name__)

NAMES = tuple(one.name for one in FILES)
#: Bytes of one job's files; a million products are some 150 MB.
MOST_BYTES = 2 * 1024**3
#: Seconds between two looks of the database at a job that runs.
SAVE_S = 2.0
#: Seconds between two tries of a job while another process imports.
TRY_S = 0.5
#: Files of a job that nobody starts are not kept for longer.
KEEP_DAYS = 7


class ImportJobs:
    """The jobs of one database. Each is run by the process at which somebody started it; any process may be asked."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._kept = KeptJobs(database, clock)
        self._holds = Holds(database)
        #: Those that this process runs: further than what the database has of them.
        self._jobs: dict[str, Job] = {}
        self._closed = threading.Event()
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="import")
        self._note_interrupted()
        self._drop_old()
        for folder in self._kept.folders(DONE, FAILED, DROPPED):
            shutil.rmtree(folder, ignore_errors=True)  # whoever ended the job may have died before this

    def begin(self, by: str) -> Job:
        """A job that waits for its files."""
        self._drop_old()
        job = Job(secrets.token_hex(8), by, self._new_folder(), milliseconds(self._clock))
        try:
            self._kept.save(job)
        except DataError:
            shutil.rmtree(job.folder, ignore_errors=True)
            raise
        self._kept.forget_faults()
        return job

    def all(self) -> list[Job]:
        """The newest first."""
        self._note_interrupted()
        return [self._jobs.get(job.id, job) for job in self._kept.newest()]

    def who_imports(self) -> Running | None:
        """Now, here or elsewhere: what jobs wait for."""
        return who_imports(self._database)

    def get(self, job_id: str) -> Job:
        """``NotFound("no_import")``."""
        job = self._jobs.get(job_id) or self._kept.find(job_id)
        if job is None:
            raise NotFound("no_import")
        return job

    async def take(self, job: Job, name: str, pieces: AsyncIterator[bytes]) -> None:
        """Receive one file. Until it is here as a whole it is not there: half a price list must not be imported.

        Raises:
            InputError: ``unknown_file``, ``import_closed`` (it has begun), ``file_too_long``.
            DataError: ``cannot_write`` (the disk is full).
        """
        if name not in NAMES:
            raise InputError("unknown_file", name=name[:60])
        if job.state != OPEN:
            raise InputError("import_closed")
        part = job.folder / f"{secrets.token_hex(4)}.part"
        try:
            sent = await _received(part, pieces, MOST_BYTES - sum(one.bytes for one in job.sent.values()))
            await run_sync(self._kept.add_file, job, name, sent, lambda: part.replace(job.folder / name))
        except OSError as error:
            raise DataError("cannot_write", path=str(job.folder), detail=str(error)) from error
        finally:
            part.unlink(missing_ok=True)

    def start(self, job: Job, by: str, strict: bool) -> None:
        """All files are here.

        Raises:
            InputError: ``import_closed``, ``import_without_files``, ``import_files_gone`` (another machine has them).
        """
        if not job.sent:
            raise InputError("import_without_files")
        job.strict = strict
        self._submit(job, by, STARTED, OPEN, "import_closed", lambda: None)

    def start_again(self, job: Job, by: str) -> None:
        """HQ stopped while it ran, or before.

        Raises:
            InputError: ``import_not_interrupted``, ``import_files_gone``, ``import_overtaken`` (a later import had one
                of its files: what is older would be put over it).
        """
        if job.state == INTERRUPTED:
            with self._database.read() as session:
                check_not_overtaken(session, job.id, job.sent)
        self._submit(job, by, "import_again", INTERRUPTED, "import_not_interrupted", job.begin_again)

    def drop(self, job: Job, by: str) -> None:
        """Give up a job that does not run; what it brought in so far stays. ``InputError("import_closed")``."""
        if not self._kept.move(job, (OPEN, INTERRUPTED), DROPPED):
            raise InputError("import_closed")
        shutil.rmtree(job.folder, ignore_errors=True)
        with self._database.write() as session:
            note_act(session, self._clock, by, "import_drop", job.id)

    def close(self) -> None:
        """No more jobs; waits for none."""
        self._closed.set()
        self._worker.shutdown(wait=False, cancel_futures=True)

    def _submit(self, job: Job, by: str, act: str, wanted: str, otherwise: str, ready: Callable[[], None]) -> None:
        """Held before anybody can see that it waits, so that nobody takes it for interrupted. Made ``ready`` only then:
        it may be the very one that runs.
        """
        if not all((job.folder / name).is_file() for name in job.sent):
            raise InputError("import_files_gone")
        let_go = self._holds.take(job)
        if let_go is None:
            raise InputError(otherwise)
        try:
            if not self._kept.move(job, (wanted,), WAITING):
                raise InputError(otherwise)
            ready()
            self._kept.save(job)
            with self._database.write() as session:
                note_act(session, self._clock, by, act, job.id, " ".join(job.sent))
            self._jobs[job.id] = job
            self._worker.submit(self._run, job, by, let_go)
        except BaseException:
            let_go()
            raise

    def _run(self, job: Job, by: str, let_go: LetGo) -> None:
        """How it ended is seen once the database has it; its files go after that, as the next start would see to."""
        try:
            ended = self._import(job, by)
            while ended is None and not self._ends():
                ended = self._import(job, by)
            if ended is None:
                return  # it shows as interrupted, too
            state, error = ended
            self._kept.save(replace(job, state=state, error=error))
            shutil.rmtree(job.folder, ignore_errors=True)
            log.info("imported", extra={"admin": job.by, "act": f"import {state}"})
        except DataError as error:  # the job shows as interrupted, and its files are here still
            log.error("import: %s", error)
        finally:
            let_go()
            self._jobs.pop(job.id, None)

    def _ends(self) -> bool:
        """Waits a moment: is this process about to end?"""
        return self._closed.wait(TRY_S) or not threading.main_thread().is_alive()

    def _begun(self, job: Job) -> None:
        job.state = RUNNING
        self._kept.save(job)

    def _import(self, job: Job, by: str) -> tuple[str, str] | None:
        """How it ended, and the code of what went wrong; None where another import is running. ``DataError``: not yet,
        as the database went away.
        """
        try:
            import_folder(
                self._database, job.folder, job.strict, job.note, job.report, Saver(self._kept, job),
                lambda session: self._kept.note_lines(session, job), Importer(by, job.id, partial(self._begun, job)),
            )  # fmt: skip
        except DataError:
            raise
        except PosError as error:
            return (FAILED, error.code) if error.code != "import_running" else None
        except Exception:  # the outermost loop of a thread: the bug is in the log, the person sees that it failed
            log.exception("bug")
            return FAILED, "bug"
        return DONE, ""

    def _note_interrupted(self) -> None:
        """Whatever nobody runs any more: its process has ended."""
        for job in self._kept.in_state(RUNNING, WAITING):
            if not self._holds.is_held(job):
                self._kept.move(job, (RUNNING, WAITING), INTERRUPTED)

    def _drop_old(self) -> None:
        """Files that nobody came back for."""
        before = milliseconds(self._clock) - KEEP_DAYS * 86_400_000
        for job in self._kept.in_state(OPEN, INTERRUPTED):
            if job.made_ms < before and self._kept.move(job, (OPEN, INTERRUPTED), DROPPED):
                shutil.rmtree(job.folder, ignore_errors=True)

    def _new_folder(self) -> Path:
        """Beside HQ's file, which outlives a restart of the machine; with a server among the temporary files."""
        beside = self._database.file
        return Path(tempfile.mkdtemp(prefix="posclient-import-", dir=beside.absolute().parent if beside else None))


async def _received(part: Path, pieces: AsyncIterator[bytes], most: int) -> Sent:
    sent = Sent()
    with part.open("wb") as file:
        async for piece in pieces:
            sent.bytes += len(piece)
            sent.lines += piece.count(b"\n")
            if sent.bytes > most:
                raise InputError("file_too_long", most=MOST_BYTES)
            file.write(piece)
    return sent


class Saver:
    """Called after each batch. A strict import is one transaction, beside which nobody can write."""

    def __init__(self, kept: KeptJobs, job: Job) -> None:
        self._kept = kept
        self._job = job
        self._next = 0.0

    def __call__(self) -> None:
        if not self._job.strict and time.monotonic() >= self._next:
            self._kept.save(self._job)
            self._next = time.monotonic() + SAVE_S
