"""``posclient hq import|serve|enrol|stats|export|migrate|admin|hub|erase``: HQ from the command line."""

from __future__ import annotations

import argparse
import json
import logging
import signal
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ui.commands import hq_backup, hq_erase, hq_hub

if TYPE_CHECKING:
    from sync.hq.imports.reading import Fault

#: Faults that are printed; a file of a million bad rows is counted, not listed.
MOST_FAULTS = 1000
#: Characters of a token that nobody tries out.
LEAST_TOKEN = 16


def add(subparsers: Any) -> None:
    """Declare the command."""
    parser = subparsers.add_parser("hq", help="run the chain's HQ", description="Run the chain's HQ.")
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    brought = _verb(verbs, "import", _import, "read CSV files into HQ (docs/hq.md)")
    brought.add_argument("folder", type=Path, metavar="DIR", help="folder with products.csv, members.csv, ...")
    brought.add_argument("--strict", action="store_true", help="a single bad row, and nothing goes in")
    served = _verb(verbs, "serve", _serve, "serve tills; prints the address when ready")
    served.add_argument("--port", type=int, required=True, metavar="N", help="0: any free port")
    served.add_argument("--host", default="127.0.0.1", help="address to listen on (default: this machine only)")
    served.add_argument(
        "--metrics-token", type=Path, metavar="FILE",
        help="file with the token that /metrics wants (default: /metrics answers this machine only)",
    )  # fmt: skip
    enrolled = _verb(verbs, "enrol", _enrol, "print a one-time code that enrols a till")
    enrolled.add_argument("--store", required=True, metavar="ID", help="made if it is new")
    enrolled.add_argument("--slot", type=int, metavar="N", help="number of the till in its store (default: next free)")
    _verb(verbs, "admin-token", _admin_token, "print a new token for the chain's own machines; it ends the old one")
    revoked = _verb(verbs, "revoke", _revoke, "take a till's place away: no more data for it, its facts go aside")
    revoked.add_argument("terminal", metavar="TERMINAL", help="as `hq enrol` named it, S001-1")
    _verb(verbs, "stats", _stats, "print what HQ holds, as JSON")
    examined = verbs.add_parser(
        "conform", help="ask any HQ whether it keeps the protocol's rules",
        description="Ask an HQ, rule by rule, whether it keeps docs/protocol.md. Status 1 if a rule is broken.",
    )  # fmt: skip
    examined.add_argument("url", metavar="URL")
    examined.add_argument("--admin-token", required=True, metavar="T", help="posclient hq admin-token")
    examined.add_argument(
        "--stock-of", default="", metavar="STORE", help="a store of an HQ for trial, where one piece may be sold"
    )
    examined.add_argument(
        "--value-of", default="", metavar="CODE", help="a member of an HQ for trial, whose stored value may be leased"
    )
    examined.set_defaults(verb_action=_conform)
    exported = _verb(verbs, "export", _export, "write one row a sale as CSV")
    exported.add_argument("file", type=Path, metavar="FILE.csv")
    admin = _verb(verbs, "admin", _admin, "let somebody in to the console; the password is asked for")
    admin.add_argument("name", metavar="NAME")
    role = admin.add_mutually_exclusive_group()
    role.add_argument("--viewer", action="store_true", help="they may look, and do nothing")
    role.add_argument("--administrator", action="store_true", help="they may do everything (default of a new name)")
    admin.add_argument("--remove", action="store_true", help="shut them out instead")
    _verb(verbs, "migrate", _migrate, "bring an older database to this program's form; stop HQ first")
    hq_backup.add(partial(_verb, verbs))
    hq_hub.add(partial(_verb, verbs))
    hq_erase.add(partial(_verb, verbs))


def run(args: argparse.Namespace) -> int:
    """Do it."""
    return int(args.verb_action(args))


def _verb(verbs: Any, name: str, action: Any, text: str) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = verbs.add_parser(name, help=text, description=f"{text[0].upper()}{text[1:]}.")
    parser.add_argument(
        "--db", required=True, metavar="URL", help="sqlite:///path/hq.db or postgresql://user:password@host/name"
    )
    parser.set_defaults(verb_action=action)
    return parser


def _import(args: argparse.Namespace) -> int:
    from sync.hq.database import open_database
    from sync.hq.imports.importing import import_folder
    from ui.i18n import tr

    said = 0

    def say(fault: Fault) -> None:
        nonlocal said
        said += 1
        if said <= MOST_FAULTS:
            print(fault_line(fault), file=sys.stderr)

    report = import_folder(open_database(args.db), args.folder, args.strict, say)
    if said > MOST_FAULTS:
        print(tr("import.more", n=said - MOST_FAULTS), file=sys.stderr)
    files = {name: counted.as_told() for name, counted in report.files.items()}
    print(json.dumps({"files": files, "bad": report.bad, "published": dict(report.published), "undone": report.undone}))
    return 1 if report.bad else 0


def fault_line(fault: Fault) -> str:
    """``products.csv:7:price: is no whole number``; the place is the same in every language."""
    from sync.hq.imports.telling import place, sentence
    from ui.i18n import tr

    key, params = sentence(fault)
    return f"{place(fault)} {tr(key, **params)}"


def _serve(args: argparse.Namespace) -> int:
    from sync.hq.database import ANSWER_S, open_database
    from sync.hq.server import JsonLines, Server
    from sync.hq.service import Hq

    token = _token(args.metrics_token) if args.metrics_token else None
    database = open_database(args.db, wait_s=ANSWER_S)
    server = Server(Hq(database), args.host, args.port, token)
    handler = logging.StreamHandler()
    handler.setFormatter(JsonLines())
    logging.basicConfig(level=logging.INFO, handlers=[handler])
    logging.getLogger("uvicorn").setLevel(logging.WARNING)
    # uvicorn stops gracefully and then raises the signal again: a stop that was asked for is no failure
    signal.signal(signal.SIGTERM, lambda _number, _frame: None)
    server.run(lambda url: print(url, flush=True))
    database.close()
    return 0


def _token(file: Path) -> str:
    """A token from a file, since a command line is seen by others; ``InputError("bad_token_file")``."""
    from posclient.errors import InputError

    try:
        token = file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        token = ""
    if len(token) < LEAST_TOKEN or not token.isascii():
        raise InputError("bad_token_file", path=str(file), least=LEAST_TOKEN)
    return token


def _enrol(args: argparse.Namespace) -> int:
    from sync.hq.database import open_database
    from sync.hq.service import Hq
    from ui.i18n import tr

    terminal, code = Hq(open_database(args.db, make=False)).enrolment_code(args.store, args.slot)
    print(tr("hq.code", terminal=terminal), code)
    return 0


def _admin_token(args: argparse.Namespace) -> int:
    from sync.hq.database import open_database
    from sync.hq.service import Hq
    from ui.i18n import tr

    print(tr("hq.admin_token"), Hq(open_database(args.db, make=False)).admin_token())
    return 0


def _conform(args: argparse.Namespace) -> int:
    """Lines are for programs as well, so they are English in every language, as the protocol is."""
    from collections import Counter

    from posclient.errors import LinkError
    from sync.conformance.examining import examine

    counted: Counter[str] = Counter()
    try:
        for finding in examine(args.url, args.admin_token, stock_of=args.stock_of, value_of=args.value_of):
            counted[finding.verdict] += 1
            why = f": {finding.why}" if finding.why else ""
            print(f"{finding.verdict:8}{finding.rule.name:20}{finding.rule.says}{why}", flush=True)
    except LinkError as error:
        if error.code == "unauthorized":  # no till is meant
            raise LinkError("bad_admin_token") from None
        raise
    print(f"{counted['ok']} ok, {counted['broken']} broken, {counted['skipped']} skipped")
    return 1 if counted["broken"] else 0


def _revoke(args: argparse.Namespace) -> int:
    from sync.hq.database import open_database
    from sync.hq.service import Hq

    Hq(open_database(args.db, make=False)).revoke(args.terminal)
    return 0


def _stats(args: argparse.Namespace) -> int:
    from sync.hq.database import open_database
    from sync.hq.statistics import count_all

    print(json.dumps(count_all(open_database(args.db, make=False))))
    return 0


def _export(args: argparse.Namespace) -> int:
    from sync.hq.database import open_database
    from sync.hq.statistics import export_sales

    export_sales(open_database(args.db, make=False), args.file)
    return 0


def _migrate(args: argparse.Namespace) -> int:
    from sync.hq.migrating import migrate
    from ui.i18n import tr

    done = migrate(args.db)
    word = "made" if done.before is None else "present" if done.before == done.after else "done"
    print(tr(f"hq.migrate.{word}", before=done.before, after=done.after))
    if done.backup:
        print(tr("hq.migrate.backup", path=str(done.backup)))
    return 0


def _admin(args: argparse.Namespace) -> int:
    from sync.hq import administrators
    from sync.hq.clock import UtcClock
    from sync.hq.console_tables import ADMINISTRATOR, VIEWER
    from sync.hq.database import open_database
    from ui.i18n import tr

    database = open_database(args.db, make=False)
    if args.remove:
        administrators.remove(database, UtcClock(), args.name)
        print(tr("hq.admin.removed", name=args.name))
        return 0
    wanted = VIEWER if args.viewer else ADMINISTRATOR if args.administrator else None
    role = administrators.set_password(database, UtcClock(), args.name, _password(), wanted)
    print(tr(f"hq.admin.set.{role}", name=args.name))
    return 0


def _password() -> str:
    """``InputError``: ``passwords_differ``, ``password_coding``: not in UTF-8, as the console's form sends it."""
    from posclient.errors import InputError

    try:
        password = _asked_password()
        password.encode()
    except UnicodeError:
        raise InputError("password_coding") from None
    return password


def _asked_password() -> str:
    """Asked for twice and not shown; from a pipe, its first line."""
    from getpass import getpass

    from posclient.errors import InputError
    from ui.i18n import tr

    if sys.stdin is None:  # started with it closed: nobody says any
        return ""
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    password = getpass(tr("hq.admin.password"))
    if getpass(tr("hq.admin.again")) != password:
        raise InputError("passwords_differ")
    return password
