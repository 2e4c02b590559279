"""This till's own settings: one frozen value from one TOML file, ``settings.toml`` in the data folder.

What the shop decides (rounding, rules, return text) is not here: HQ sends that as ``setting`` rows.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from posclient.errors import DataError, InputError

T = TypeVar("T")

LANGUAGES = ("zh_CN", "en", "system")
THEMES = ("light", "dark")
PRINTER_KINDS = ("none", "file", "network")
#: Characters of a line, by paper: 58 and 80 mm.
PRINTER_WIDTHS = (58, 80)
#: How the printer wants Chinese (T-64).
PRINTER_ENCODINGS = ("gb18030", "gbk", "utf-8")
SUFFIXES = ("enter", "tab", "lf", "none")

#: What a key does (ux.md, keys). The file may name other keys; F1 lists what is in force.
DEFAULT_KEYS: Mapping[str, str] = {
    "collect": "Return",
    "quantity": "*",
    "remove": "Delete",
    "void": "Shift+Delete",
    "help": "F1",
    "readiness": "Shift+F1",
    "find": "F2",
    "member": "F3",
    "guide": "F4",
    "line_guide": "Shift+F4",
    "valet": "F5",
    "care": "Shift+F5",
    "coupon": "F7",
    "discount": "F8",
    "price": "Shift+F8",
    "pay": "F9",
    "pay_quiet": "Ctrl+P",
    "settings": "F10",
    "reprint": "F11",
    "report": "Shift+F11",
    "drawer": "F12",
    "lock": "Ctrl+L",
    "back": "Esc",
}

#: Deeds that got their key after the first release.
CAME_LATER = ("readiness", "report", "care")

#: Other names of keys that the window takes; Enter, Del and Esc are what its buttons show. Capitals make no difference.
SAME_KEY = {"enter": "return", "del": "delete", "escape": "esc"}


@dataclass(frozen=True, slots=True)
class PrinterSettings:
    """``path``: folder of the file printer, empty for ``receipts`` in the data folder. ``width`` in mm of paper."""

    kind: str = "file"
    path: str = ""
    host: str = ""
    port: int = 9100
    width: int = 80
    encoding: str = "gb18030"


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings, with the values of a till that nobody has set up yet."""

    language: str = "zh_CN"
    theme: str = "light"
    printer: PrinterSettings = PrinterSettings()
    scanner_suffix: str = "enter"
    sounds: bool = True
    keys: Mapping[str, str] = field(default_factory=lambda: dict(DEFAULT_KEYS))


def settings_path(folder: Path) -> Path:
    """Where a till's data folder keeps them."""
    return folder / "settings.toml"


def load_settings(folder: Path) -> Settings:
    """The file's settings; defaults for what it leaves out. A wrong value is ``InputError("settings", field=...)``.

    A missing file is a new till. Unknown names are ignored, so that an older program reads a newer file.
    """
    return read_settings(_said(settings_path(folder)))


def set_language(folder: Path) -> str | None:
    """The language that somebody set for the till of this folder; None where nobody did, or the file is no use."""
    try:
        data = _said(settings_path(folder))
        return read_settings(data).language if "language" in data else None
    except InputError:
        return None


def _said(path: Path) -> Mapping[str, Any]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except (OSError, UnicodeDecodeError) as error:
        raise InputError("settings", field="", kind="unreadable", path=str(path), reason=str(error)) from None
    import tomllib  # 10 ms that a till with nothing to read is spared at its start

    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InputError("settings", field="", kind="unreadable", path=str(path), reason=str(error)) from None


def read_settings(data: Mapping[str, Any]) -> Settings:
    """Settings of a parsed file."""
    defaults = Settings()
    printer = _table(data, "printer")
    return Settings(
        language=_choice(data, "language", defaults.language, LANGUAGES),
        theme=_choice(data, "theme", defaults.theme, THEMES),
        printer=PrinterSettings(
            kind=_choice(printer, "kind", defaults.printer.kind, PRINTER_KINDS),
            path=_typed(printer, "path", "", str),
            host=_typed(printer, "host", "", str),
            port=_port(printer),
            width=_choice(printer, "width", defaults.printer.width, PRINTER_WIDTHS),
            encoding=_choice(printer, "encoding", defaults.printer.encoding, PRINTER_ENCODINGS),
        ),
        scanner_suffix=_choice(data, "scanner_suffix", defaults.scanner_suffix, SUFFIXES),
        sounds=_typed(data, "sounds", defaults.sounds, bool),
        keys=_keys(_table(data, "keys")),
    )


def save_settings(folder: Path, settings: Settings) -> None:
    """Write the file as a whole: a crash or a power cut leaves the old one or the new one. One that is spoilt stays
    beside it, as ``settings.toml.spoilt``: the printer and keys in it were set by somebody.

    ``DataError("cannot_write")``.
    """
    path = settings_path(folder)
    temporary = path.with_suffix(".new")
    try:
        with temporary.open("w", encoding="utf-8") as file:
            file.write(settings_text(settings))
            file.flush()
            os.fsync(file.fileno())
        if _is_spoilt(folder):
            path.replace(path.with_name(f"{path.name}.spoilt"))
        temporary.replace(path)
    except OSError as error:
        raise DataError("cannot_write", path=str(path)) from error


def _is_spoilt(folder: Path) -> bool:
    try:
        load_settings(folder)
    except InputError:
        return True
    return False


def settings_text(settings: Settings) -> str:
    """TOML of the settings; ``read_settings`` of it gives them back. TOML's basic strings are JSON's."""
    data = asdict(settings)
    tables = {name: data.pop(name) for name in ("printer", "keys")}
    lines = [f"{name} = {_toml(value)}" for name, value in data.items()]
    for table, values in tables.items():
        lines += ["", f"[{table}]", *(f"{name} = {_toml(value)}" for name, value in values.items())]
    return "\n".join(lines) + "\n"


def _toml(value: str | int) -> str:
    import json

    return json.dumps(value, ensure_ascii=False)


def _table(data: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value: Any = data.get(name, {})
    if not isinstance(value, dict):
        raise InputError("settings", field=name)
    return value


def _typed(data: Mapping[str, Any], name: str, default: T, kind: type[T]) -> T:
    value = data.get(name, default)
    if type(value) is not kind:
        raise InputError("settings", field=name)
    return value


def _choice(data: Mapping[str, Any], name: str, default: T, choices: tuple[T, ...]) -> T:
    value: T = data.get(name, default)
    if type(value) is not type(default) or value not in choices:
        raise InputError("settings", field=name)
    return value


def _port(data: Mapping[str, Any]) -> int:
    port = _typed(data, "port", PrinterSettings().port, int)
    if not 1 <= port <= 65535:
        raise InputError("settings", field="port")
    return port


def _keys(data: Mapping[str, Any]) -> Mapping[str, str]:
    """The defaults with what the file says, which may be none; one key for two deeds is refused.

    A key that came later gives way: the file may be older, and have given it to another deed.
    """
    said = {name: _typed(data, name, "", str) for name in data if name in DEFAULT_KEYS}
    named = {_one_name(key) for key in said.values()}
    taken = {name for name in CAME_LATER if _one_name(DEFAULT_KEYS[name]) in named}
    keys = {name: key for name, key in DEFAULT_KEYS.items() if name not in taken} | said
    given = [_one_name(key) for key in keys.values() if key]
    if len(set(given)) != len(given):
        raise InputError("settings", field="keys")
    return keys


def _one_name(key: str) -> str:
    parts = key.strip().lower().split("+")
    return "+".join(SAME_KEY.get(part, part) for part in parts)
