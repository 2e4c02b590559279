"""Imports that somebody started from the console: files come one by one, then one thread reads them, one job at a time.

Jobs are kept in the database. One that ran when HQ stopped is interrupted and can be started again: a row that is in HQ
already changes nothing. Files hold personal data: they lie in a folder for the owner alone and go when the job ends,
when somebody gives it up, or after ``KEEP_DAYS``.
"""

from __future__ import annotations

import logging
import secrets
import shutil
import tempfile
import threading
import time
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from anyio.to_thread import run_sync

from posclient.domain.ids import Clock
from posclient.errors import DataError, InputError, NotFound, PosError
from sync.hq.clock import milliseconds
from sync.hq.database import Database
from sync.hq.handling import note_act
from sync.hq.imports.importing import FILES, import_folder
from sync.hq.imports.kept_jobs import DONE, DROPPED, FAILED, INTERRUPTED, OPEN, RUNNING, WAITING, Job, KeptJobs, Sent

log = logging.getLogger(__name__)

NAMES = tuple(one.name for one in FILES)
#: Bytes of one job's files; a million products are some 150 MB.
MOST_BYTES = 2 * 1024**3
#: Seconds between two looks of the database at a job that runs.
SAVE_S = 2.0
#: Files of a job that nobody starts are not kept for longer.
KEEP_DAYS = 7


class ImportJobs:
    """The jobs of one HQ, which is one process."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._kept = KeptJobs(database, clock)
        #: Those that this process began or runs: further than what the database has of them.
        self._jobs: dict[str, Job] = {}
        self._lock = threading.Lock()
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="import")
        for job in self._kept.in_state(RUNNING, WAITING):
            job.state = INTERRUPTED
            self._kept.save(job)
        self._drop_old()

    def begin(self, by: str) -> Job:
        """A job that waits for its files."""
        self._drop_old()
        job = Job(secrets.token_hex(8), by, self._new_folder(), milliseconds(self._clock))
        self._kept.save(job)
        with self._lock:
            self._jobs[job.id] = job
        return job

    def all(self) -> list[Job]:
        """The newest first."""
        return [self._jobs.get(job.id, job) for job in self._kept.newest()]

    def get(self, job_id: str) -> Job:
        """``NotFound("no_import")``."""
        with self._lock:
            job = self._jobs.get(job_id) or self._kept.find(job_id)
            if job is None:
                raise NotFound("no_import")
            return self._jobs.setdefault(job_id, job)

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
            self._keep(job, name, part, sent)
        except OSError as error:
            raise DataError("cannot_write", path=str(job.folder), detail=str(error)) from error
        finally:
            part.unlink(missing_ok=True)
        await run_sync(self._kept.save, job)

    def start(self, job: Job, by: str, strict: bool) -> None:
        """All files are here; ``InputError``: ``import_closed``, ``import_without_files``."""
        if not job.sent:
            raise InputError("import_without_files")
        self._queue(job, OPEN, "import_closed")
        job.strict = strict
        self._submit(job, by, "import")

    def start_again(self, job: Job, by: str) -> None:
        """HQ stopped while it ran, or before.

        Raises:
            InputError: ``import_not_interrupted``, ``import_files_gone``.
        """
        if not all((job.folder / name).is_file() for name in job.sent):
            raise InputError("import_files_gone")
        self._queue(job, INTERRUPTED, "import_not_interrupted")
        job.begin_again()
        self._submit(job, by, "import_again")

    def drop(self, job: Job, by: str) -> None:
        """Give up a job that does not run; what it brought in so far stays. ``InputError("import_closed")``."""
        with self._lock:
            if job.state not in (OPEN, INTERRUPTED):
                raise InputError("import_closed")
            job.state = DROPPED
        self._forget_files(job)
        with self._database.write() as session:
            note_act(session, self._clock, by, "import_drop", job.id)

    def close(self) -> None:
        """No more jobs; waits for none."""
        self._worker.shutdown(wait=False, cancel_futures=True)

    def _keep(self, job: Job, name: str, part: Path, sent: Sent) -> None:
        """All of it came; the import may have begun meanwhile, without it."""
        with self._lock:
            if job.state != OPEN:
                raise InputError("import_closed")
            part.replace(job.folder / name)
            job.sent[name] = sent

    def _queue(self, job: Job, wanted: str, otherwise: str) -> None:
        with self._lock:
            if job.state != wanted:
                raise InputError(otherwise)
            job.state = WAITING

    def _submit(self, job: Job, by: str, act: str) -> None:
        self._kept.save(job)
        with self._database.write() as session:
            note_act(session, self._clock, by, act, job.id, " ".join(job.sent))
        self._worker.submit(self._run, job)

    def _run(self, job: Job) -> None:
        job.state = RUNNING
        self._kept.save(job)
        try:
            import_folder(self._database, job.folder, job.strict, job.note, job.report, Saver(self._kept, job))
            job.state = DONE
        except PosError as error:
            job.state, job.error = FAILED, error.code
        except Exception:  # the outermost loop of a thread: the bug is in the log, the person sees that it failed
            log.exception("bug")
            job.state, job.error = FAILED, "bug"
        self._forget_files(job)
        self._jobs.pop(job.id, None)  # the database has all of it now
        log.info("imported", extra={"admin": job.by, "act": f"import {job.state}"})

    def _forget_files(self, job: Job) -> None:
        shutil.rmtree(job.folder, ignore_errors=True)
        self._kept.save(job)

    def _drop_old(self) -> None:
        """Files that nobody came back for."""
        before = milliseconds(self._clock) - KEEP_DAYS * 86_400_000
        for job in self._kept.in_state(OPEN, INTERRUPTED):
            if job.made_ms < before:
                job.state = DROPPED
                self._jobs.pop(job.id, None)
                self._forget_files(job)

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
