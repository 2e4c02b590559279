"""Who is at the console: a signed cookie names an administrator, for a working day or until the password changes."""

from __future__ import annotations

import hashlib
import hmac
import logging
from dataclasses import dataclass

from anyio.to_thread import run_sync
from itsdangerous import BadSignature, URLSafeTimedSerializer
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.base import RequestResponseEndpoint
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette_admin.auth import AdminUser, AuthProvider, LoginFailed
from starlette_admin.auth.base import AuthMiddleware
from starlette_admin.helpers import index_url
from starlette_admin.security.csrf import CSRFMiddleware

from posclient.errors import Refused
from sync.hq.administrators import Door, known_as
from sync.hq.console.words import say
from sync.hq.console_tables import ADMINISTRATOR, VIEWER
from sync.hq.database import Database

log = logging.getLogger(__name__)

COOKIE = "posclient_console"
#: Seconds of a session.
WORKING_DAY = 10 * 3600


@dataclass
class ConsoleUser(AdminUser):
    """Who is logged in, and as what."""

    role: str = VIEWER


class ConsoleLogin(AuthProvider):
    """The library owns form and redirect; passwords and sessions are ours."""

    def __init__(self, database: Database, door: Door, key: str) -> None:
        super().__init__()
        self._database = database
        self._door = door
        self._signer = URLSafeTimedSerializer(
            key, salt="console session", signer_kwargs={"digest_method": hashlib.sha256}
        )

    def get_middleware(self) -> Middleware:
        """Leads to the login, or tells a script of it."""
        return Middleware(_ScriptsTold, provider=self)

    async def login(self, username: str, password: str, remember_me: bool, request: Request) -> Response | None:  # noqa: ARG002
        """Check, and begin a session."""
        try:
            secret = await run_sync(self._door.check, username, password)
        except Refused as error:
            raise LoginFailed(say("error.too_many_tries", **error.params)) from None
        if secret is None:
            log.info("login refused")
            raise LoginFailed(say("console.login_refused"))
        log.info("login", extra={"admin": username})
        response = RedirectResponse(index_url(request), 303)
        cookie = self._signer.dumps([username, _print_of(secret)])
        response.set_cookie(
            COOKIE, cookie, max_age=WORKING_DAY, path="/admin", httponly=True, samesite="strict",
            secure=request.url.scheme == "https",
        )  # fmt: skip
        return response

    async def logout(self, request: Request) -> Response | None:
        """Forget the cookie."""
        response = RedirectResponse(index_url(request), 303)
        response.delete_cookie(COOKIE, path="/admin")
        return response

    async def authenticate(self, request: Request) -> AdminUser | None:
        """Whose cookie it is; files of the library's own need nobody."""
        cookie = request.cookies.get(COOKIE)
        if cookie is None or "/static/" in request.url.path:
            return None
        try:
            name, print_of = self._signer.loads(cookie, max_age=WORKING_DAY)
        except (BadSignature, ValueError, TypeError):
            return None
        found = await run_sync(known_as, self._database, name)
        if found is None or not hmac.compare_digest(_print_of(found.secret), print_of):
            return None
        return ConsoleUser(username=name, role=found.role)


class _ScriptsTold(AuthMiddleware):
    """Whoever is not logged in is led to the login. A script would take that page for the answer to what it sent, and
    nobody would hear that nothing was done; so it is told, in the two ways in which the library's and ours are.
    """

    async def dispatch(self, request: Request, call_next: RequestResponseEndpoint) -> Response:
        """The library's, but for scripts, which bring their token in a header."""
        response = await super().dispatch(request, call_next)
        led = response.headers.get("location", "").startswith(str(request.url_for("admin:login")))
        if not led or CSRFMiddleware.header_name not in request.headers:
            return response
        said = say("console.session_over")
        return JSONResponse({"error": said, "msg": said}, 400)


def who(request: Request) -> str:
    """The administrator of a request that has passed the login."""
    user: AdminUser = request.state.admin_user
    return str(user.username)


def may_act(request: Request) -> bool:
    """An administrator acts, a viewer looks."""
    user = request.state.admin_user
    return isinstance(user, ConsoleUser) and user.role == ADMINISTRATOR


def want_administrator(request: Request) -> str:
    """Who acts; 403 for a viewer, whatever page or program the request came from."""
    if not may_act(request):
        raise HTTPException(403, say("console.viewers_look"))
    return who(request)


def _print_of(secret: str) -> str:
    """Changes with the password."""
    return hashlib.sha256(secret.encode()).hexdigest()[:16]
