"""CSV files in: the form, and how each import goes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from anyio.to_thread import run_sync
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette_admin import route
from starlette_admin.views import CustomView

from posclient.errors import PosError
from sync.hq.console.login import want_administrator
from sync.hq.console.rendering import moment, page
from sync.hq.console.words import say, told, word
from sync.hq.imports.jobs import NAMES, ImportJobs
from sync.hq.imports.kept_jobs import WAITING, Job
from sync.hq.imports.reading import Fault
from sync.hq.imports.telling import place, sentence

_WORDS = (
    "unknown", "changed", "sending", "good", "bad", "more", "undone", "again", "drop", "drop_sure", "interrupted",
    "strict",
)  # fmt: skip
#: Ends of a job that have a sentence without further words.
_PLAIN = ("bug", "import_overtaken")
_STATES = ("open", "waiting", "running", "done", "failed", "interrupted", "dropped")


class Imports(CustomView):
    """CSV files in, with their progress and faults."""

    path = "/imports"
    route_name = "imports"

    def __init__(self, jobs: ImportJobs) -> None:
        super().__init__(word("console.imports"), "fa fa-file-import")
        self._jobs = jobs

    @route("")
    async def index(self, request: Request) -> Response:
        """The form; what happens is shown by ``imports.js``."""
        words = {name: say(f"console.import.{name}") for name in _WORDS}
        states = {name: say(f"console.job.{name}") for name in _STATES}
        context = {"names": NAMES, "words": words | {"states": states}}
        return page(self, request, "imports.html", context)

    @route("/jobs", methods=["GET"])
    async def listed(self, _request: Request) -> Response:
        """The newest jobs, the same for everybody."""
        return JSONResponse(await run_sync(self._all))

    def _all(self) -> list[dict[str, Any]]:
        jobs = self._jobs.all()
        running = self._jobs.who_imports() if any(job.state == WAITING for job in jobs) else None
        waits = say("error.import_running", by=running.by, since=moment(running.since_ms)) if running else ""
        return [_shown(job) | {"waits": waits if job.state == WAITING else ""} for job in jobs]

    @route("/jobs", methods=["POST"])
    async def begin(self, request: Request) -> Response:
        """A new job."""
        job = await run_sync(self._jobs.begin, want_administrator(request))
        return JSONResponse(_shown(job), 201)

    @route("/jobs/{job}/{name}", methods=["PUT"])
    async def upload(self, request: Request) -> Response:
        """One file of it, as it is."""
        want_administrator(request)

        async def take() -> None:
            job = await run_sync(self._jobs.get, request.path_params["job"])
            await self._jobs.take(job, request.path_params["name"], request.stream())

        return await _answered(take)

    @route("/jobs/{job}/{act}", methods=["POST"])
    async def act(self, request: Request) -> Response:
        """``run``: all files are there; ``again``: it was interrupted; ``drop``: nobody wants it any more."""
        who, act = want_administrator(request), request.path_params["act"]
        strict = request.query_params.get("strict") == "true"

        def done() -> None:
            job = self._jobs.get(request.path_params["job"])
            if act == "run":
                self._jobs.start(job, who, strict)
            elif act == "again":
                self._jobs.start_again(job, who)
            elif act == "drop":
                self._jobs.drop(job, who)
            else:
                raise HTTPException(404)

        return await _answered(lambda: run_sync(done))


async def _answered(act: Callable[[], Awaitable[None]]) -> Response:
    """Do it; what a person did wrong comes back as a sentence."""
    try:
        await act()
    except PosError as error:
        return JSONResponse({"error": told(error)}, 400)
    return JSONResponse({})


def _shown(job: Job) -> dict[str, Any]:
    """The job with its faults in words, as the command line says them."""
    error = say(f"error.{job.error}") if job.error in _PLAIN else job.error
    made = job.as_json() | {"made": moment(job.made_ms), "error": error}
    made["faults"] = [_fault(fault) for fault in job.faults]
    return made


def _fault(fault: Fault) -> str:
    key, params = sentence(fault)
    return f"{place(fault)} {say(key, **params)}"
