"""This till's own settings: one file, read with defaults, written whole."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from posclient.config import DEFAULT_KEYS, PrinterSettings, Settings, load_settings, save_settings, settings_path
from posclient.errors import InputError


def test_a_new_till_has_the_defaults(tmp_path: Path) -> None:
    settings = load_settings(tmp_path)
    assert (settings.language, settings.theme, settings.printer.kind, settings.keys["pay"]) == (
        "zh_CN",
        "light",
        "file",
        "F9",
    )


def test_what_is_saved_is_read_again(tmp_path: Path) -> None:
    settings = Settings(
        language="en", theme="dark", printer=PrinterSettings("network", 'C:\\slips "new"\n', "10.0.0.5", 9101, 58),
        scanner_suffix="tab", sounds=False, keys={**DEFAULT_KEYS, "pay": "F5", "valet": "F9"},
    )  # fmt: skip
    save_settings(tmp_path, settings)
    assert load_settings(tmp_path) == settings
    save_settings(tmp_path, replace(settings, theme="light"))
    assert load_settings(tmp_path).theme == "light"
    assert [path.name for path in tmp_path.iterdir()] == ["settings.toml"]


def test_a_person_may_write_half_of_it(tmp_path: Path) -> None:
    settings_path(tmp_path).write_text('theme = "dark"\nnewer = 1\n[keys]\nfind = "Ctrl+F"\nnew_key = "X"\n')
    settings = load_settings(tmp_path)
    assert (settings.theme, settings.keys["find"], settings.keys["pay"]) == ("dark", "Ctrl+F", "F9")


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ('language = "fr"', "language"),
        ("theme = 1", "theme"),
        ('sounds = "yes"', "sounds"),
        ("printer = 1", "printer"),
        ('printer.kind = "usb"', "kind"),
        ("printer.width = 57", "width"),
        ("printer.port = 0", "port"),
        ("printer.port = 70000", "port"),
        ("printer.port = true", "port"),
        ('[keys]\nfind = "F9"', "keys"),
        ("[keys]\nfind = 2", "find"),
        ('scanner_suffix = "esc"', "scanner_suffix"),
        ("theme = ", ""),
    ],
)
def test_a_wrong_value_is_named(tmp_path: Path, text: str, field: str) -> None:
    settings_path(tmp_path).write_text(text)
    with pytest.raises(InputError, match="settings") as bad:
        load_settings(tmp_path)
    assert bad.value.params["field"] == field


def test_a_file_that_is_not_text_is_named(tmp_path: Path) -> None:
    settings_path(tmp_path).write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InputError, match="settings"):
        load_settings(tmp_path)


def test_a_key_that_came_later_gives_way_to_an_older_file(tmp_path: Path) -> None:
    """Who gave Shift+F1 to the drawer before there was a status page keeps it, and the program starts."""
    settings_path(tmp_path).write_text('[keys]\ndrawer = "Shift+F1"\n')
    keys = load_settings(tmp_path).keys
    assert keys["drawer"] == "Shift+F1"
    assert "readiness" not in keys
