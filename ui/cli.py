"""The command line: ``posclient COMMAND ...``, for support people, scripts and tests.

Exit status 0, 1 (it failed) or 2 (bad use); one line on standard error says what is wrong and what to do, never a
traceback for bad input. Only the command that was asked for is imported, so that ``price`` starts in no time.
It speaks the language of ``--lang``, else the one that is set for the till it works on, else the system's.
"""

from __future__ import annotations

import argparse
import importlib
import io
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from types import ModuleType
from typing import Any, TextIO, TypeVar, cast

from posclient import __version__
from posclient.errors import InputError, PosError
from ui import i18n
from ui.spoken_help import SpokenParser

T = TypeVar("T")
COMMANDS = ("run", "demo", "enrol", "sync", "replay", "price", "scan", "doctor", "journal", "report", "hq")


def main(argv: Sequence[str] | None = None) -> int:
    """Entry point ``posclient``. Without a command it opens the till on the user's own data folder."""
    words = list(sys.argv[1:] if argv is None else argv)
    before = i18n.language()
    lang, name = _asked(words)
    i18n.use_language(lang or "system")
    try:
        return _main(words if name else [*words, "run"], name or "run")
    finally:
        i18n.use_language(before)


def _main(words: Sequence[str], name: str) -> int:
    names = [name] if name in COMMANDS else list(COMMANDS)
    modules = {name: importlib.import_module(f"ui.commands.{name}") for name in names}
    try:
        with _output():
            args = _parser(modules).parse_args(words)
            _check_coding(args)
            if not args.lang and (of_till := _of_till(args)):
                i18n.use_language(of_till)
            return _finish(int(modules[args.command].run(args)))
    except PosError as error:
        from ui.sentences import sentence

        print(f"posclient {name}: {sentence(error)}", file=sys.stderr)
        return 2 if isinstance(error, InputError) else 1
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        return _reader_gone()
    except _UnwrittenError as error:
        print(f"posclient {name}: {i18n.tr('cli.unwritten', reason=str(error))}", file=sys.stderr)
        return _let_output_go()
    except OSError as error:  # a folder that we may not look into, a file where a folder is wanted
        text = i18n.tr("cli.no_access", path=str(error.filename or "-"), reason=error.strerror or str(error))
        print(f"posclient {name}: {text}", file=sys.stderr)
        return 1


def _asked(words: Sequence[str]) -> tuple[str, str]:
    """The language that is asked for, and the first word that is not about it; empty where there is none."""
    lang, rest = "", iter(words)
    for word in rest:
        if word == "--lang":
            lang = next(rest, "")
        elif word.startswith("--lang="):
            lang = word.partition("=")[2]
        else:
            return lang, word
    return lang, ""


def _check_coding(args: argparse.Namespace) -> None:
    """No database can look up a word that a terminal in GBK sent; a file's name may be of any bytes."""
    for word in vars(args).values():
        try:
            if isinstance(word, str):
                word.encode()
        except UnicodeEncodeError:
            raise InputError("word_coding", word=word.encode(errors="backslashreplace").decode()) from None


def _of_till(args: argparse.Namespace) -> str | None:
    """The language that somebody set for the till which the command is about."""
    if "data" not in args:
        return None
    from posclient.config import set_language
    from ui.commands.run import default_folder

    return set_language(args.data or default_folder())


def _parser(modules: dict[str, ModuleType]) -> argparse.ArgumentParser:
    parser = SpokenParser(prog="posclient", description="Offline-first till and shopping guide client.")
    parser.add_argument("--version", action="version", version=f"posclient {__version__}")
    parser.add_argument("--lang", choices=i18n.languages(), help="language of what is said here (default: the till's)")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for module in modules.values():
        module.add(commands)
    return parser


def _finish(status: int) -> int:
    """Meet a closed pipe here, where it can be answered, and not at the interpreter's end."""
    if sys.stdout is not None:  # started with it closed
        sys.stdout.flush()
    return status


def _reader_gone() -> int:
    """``posclient ... | head``: whoever read us has seen enough."""
    return _let_output_go()


def _let_output_go() -> int:
    """What is left in the buffer goes nowhere, instead of failing once more at the interpreter's end."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 1


class _UnwrittenError(Exception):
    """Our output cannot be written, and why. No OSError: argparse keeps quiet about those, and a command might take
    it for its input's.
    """


class _Output:
    """Standard output that says of itself when it fails."""

    def __init__(self, file: TextIO) -> None:
        self._file = file

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)

    def write(self, text: str) -> int:
        return self._tried(lambda: self._file.write(text))

    def flush(self) -> None:
        self._tried(self._file.flush)

    def _tried(self, deed: Callable[[], T]) -> T:
        try:
            return deed()
        except BrokenPipeError:
            raise
        except OSError as error:
            raise _UnwrittenError(error.strerror) from error


@contextmanager
def _output() -> Iterator[None]:
    """A full disk is told as such, whichever command prints; what cannot be encoded (a file's name) is written escaped,
    as standard error does it.
    """
    before = sys.stdout
    if before is not None:
        if isinstance(before, io.TextIOWrapper):
            before.reconfigure(errors="backslashreplace")
        sys.stdout = cast(TextIO, _Output(before))
    try:
        yield
    except SystemExit:  # help or the version was asked for, or the words were no use
        _finish(0)
        raise
    finally:
        sys.stdout = before


if __name__ == "__main__":
    sys.exit(main())
