"""Imports that somebody started from the console: files come one by one, then one thread reads them, one job at a time.

Files hold personal data: they lie in a folder for the owner alone and go when the job ends.
"""

from __future__ import annotations

import logging
import secrets
import shutil
import tempfile
import threading
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from posclient.errors import DataError, InputError, NotFound, PosError
from sync.hq.database import Database
from sync.hq.imports.importing import FILES, Report, import_folder
from sync.hq.imports.reading import Fault

log = logging.getLogger(__name__)

NAMES = tuple(one.name for one in FILES)
#: Bytes of one job's files; a million products are some 150 MB.
MOST_BYTES = 2 * 1024**3
#: Faults that are kept; more are counted.
MOST_FAULTS = 1000
#: Jobs that are remembered, the newest first.
MOST_JOBS = 20


@dataclass(slots=True)
class Job:
    """``state``: open (files are coming), waiting, running, done, failed (``error``: a code)."""

    id: str
    by: str
    folder: Path
    state: str = "open"
    strict: bool = False
    received: int = 0
    report: Report = field(default_factory=Report)
    faults: list[Fault] = field(default_factory=list)
    more_faults: int = 0
    error: str = ""

    def as_json(self) -> dict[str, Any]:
        """For whoever watches it, without the faults."""
        return {
            "id": self.id, "by": self.by, "state": self.state, "strict": self.strict, "error": self.error,
            "files": {name: asdict(counted) for name, counted in list(self.report.files.items())},
            "published": dict(self.report.published), "undone": self.report.undone,
            "more_faults": self.more_faults,
        }  # fmt: skip


class ImportJobs:
    """The jobs of one process. A stop of HQ ends the running one between two batches; import the files again."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._jobs: dict[str, Job] = {}
        self._lock = threading.Lock()
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="import")

    def begin(self, by: str) -> Job:
        """A job that waits for its files."""
        job = Job(secrets.token_hex(8), by, Path(tempfile.mkdtemp(prefix="posclient-import-")))
        with self._lock:
            self._jobs[job.id] = job
            for old in list(self._jobs.values())[:-MOST_JOBS]:
                if old.state not in ("waiting", "running"):
                    shutil.rmtree(old.folder, ignore_errors=True)
                    del self._jobs[old.id]
        return job

    def all(self) -> list[Job]:
        """The newest first."""
        return list(self._jobs.values())[::-1]

    def get(self, job_id: str) -> Job:
        """``NotFound("no_import")``."""
        job = self._jobs.get(job_id)
        if job is None:
            raise NotFound("no_import")
        return job

    async def take(self, job: Job, name: str, pieces: AsyncIterator[bytes]) -> None:
        """Receive one file.

        Raises:
            InputError: ``unknown_file``, ``import_closed`` (it has begun), ``file_too_long``.
        """
        if name not in NAMES:
            raise InputError("unknown_file", name=name[:60])
        if job.state != "open":
            raise InputError("import_closed")
        try:
            with (job.folder / name).open("wb") as file:
                async for piece in pieces:
                    job.received += len(piece)
                    if job.received > MOST_BYTES:
                        raise InputError("file_too_long", most=MOST_BYTES)
                    file.write(piece)
        except OSError as error:
            raise DataError("cannot_write", path=str(job.folder), detail=str(error)) from error

    def start(self, job: Job, strict: bool) -> None:
        """All files are here; ``InputError("import_closed")``."""
        with self._lock:
            if job.state != "open":
                raise InputError("import_closed")
            job.state, job.strict = "waiting", strict
        self._worker.submit(self._run, job)

    def close(self) -> None:
        """No more jobs; waits for none."""
        self._worker.shutdown(wait=False, cancel_futures=True)

    def _run(self, job: Job) -> None:
        job.state = "running"
        try:
            import_folder(self._database, job.folder, job.strict, lambda fault: _note(job, fault), job.report)
            job.state = "done"
        except PosError as error:
            job.state, job.error = "failed", error.code
        except Exception:  # the outermost loop of a thread: the bug is in the log, the person sees that it failed
            log.exception("bug")
            job.state, job.error = "failed", "bug"
        finally:
            shutil.rmtree(job.folder, ignore_errors=True)
        log.info("imported", extra={"admin": job.by, "act": f"import {job.state}"})


def _note(job: Job, fault: Fault) -> None:
    if len(job.faults) < MOST_FAULTS:
        job.faults.append(fault)
    else:
        job.more_faults += 1
