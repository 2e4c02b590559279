"""CSV files in: the form, and how each import goes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from anyio.to_thread import run_sync
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette_admin import route
from starlette_admin.views import CustomView

from posclient.errors import PosError
from sync.hq.console.login import want_administrator
from sync.hq.console.rendering import page
from sync.hq.console.words import say, word
from sync.hq.imports.jobs import NAMES, ImportJobs, Job
from sync.hq.imports.reading import Fault


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
        words = {
            name: say(f"console.import.{name}") for name in ("unknown", "sending", "good", "bad", "more", "undone")
        }
        states = {name: say(f"console.job.{name}") for name in ("open", "waiting", "running", "done", "failed")}
        context = {"names": NAMES, "words": words | {"states": states}}
        return page(self, request, "imports.html", context)

    @route("/jobs", methods=["GET"])
    async def listed(self, _request: Request) -> Response:
        """All jobs that are remembered."""
        return JSONResponse([_shown(job) for job in self._jobs.all()])

    @route("/jobs", methods=["POST"])
    async def begin(self, request: Request) -> Response:
        """A new job."""
        job = await run_sync(self._jobs.begin, want_administrator(request))
        return JSONResponse(_shown(job), 201)

    @route("/jobs/{job}/{name}", methods=["PUT"])
    async def upload(self, request: Request) -> Response:
        """One file of it, as it is."""
        want_administrator(request)
        job = request.path_params["job"]
        return await _answered(
            lambda: self._jobs.take(self._jobs.get(job), request.path_params["name"], request.stream())
        )

    @route("/jobs/{job}/run", methods=["POST"])
    async def run(self, request: Request) -> Response:
        """All files are there."""
        want_administrator(request)
        strict = request.query_params.get("strict") == "true"

        async def start() -> None:
            self._jobs.start(self._jobs.get(request.path_params["job"]), strict)

        return await _answered(start)


async def _answered(act: Callable[[], Awaitable[None]]) -> Response:
    """Do it; what a person did wrong comes back as a sentence."""
    try:
        await act()
    except PosError as error:
        return JSONResponse({"error": say(f"error.{error.code}", **error.params)}, 400)
    return JSONResponse({})


def _shown(job: Job) -> dict[str, Any]:
    """The job with its faults in words, as the command line says them."""
    made = job.as_json()
    made["faults"] = [_fault(fault) for fault in job.faults]
    return made


def _fault(fault: Fault) -> str:
    column = f"{fault.column}:" if fault.column else ""
    return f"{fault.file}:{fault.line}:{column} {say(f'import.fault.{fault.code}')}"
