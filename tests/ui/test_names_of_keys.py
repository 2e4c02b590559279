"""Keys in settings.toml by whatever name people give them: the names on the buttons, and what no key bears."""

from __future__ import annotations

from pathlib import Path

import pytest

from posclient.config import DEFAULT_KEYS, load_settings, settings_path
from posclient.errors import InputError
from ui.keys import KeyMap


@pytest.mark.parametrize("said", ['pay = "Enter"', 'drawer = "escape"', 'drawer = "f1"', 'void = "del"', 'pay = "F1 "'])
def test_one_key_by_two_names_is_one_key_for_two_deeds(tmp_path: Path, said: str) -> None:
    """Buttons show Enter, the file says Return: the later of the two deeds took the key, and nobody could log in by
    keys any more.
    """
    settings_path(tmp_path).write_text(f"[keys]\n{said}\n")
    with pytest.raises(InputError, match="settings"):
        load_settings(tmp_path)


@pytest.mark.parametrize(("deed", "name"), [("collect", "Enter"), ("remove", "Del"), ("back", "Escape"), ("pay", "+")])
def test_another_name_of_a_key_is_as_good(tmp_path: Path, deed: str, name: str) -> None:
    settings_path(tmp_path).write_text(f'[keys]\n{deed} = "{name}"\n')
    assert load_settings(tmp_path).keys[deed] == name


def test_a_key_that_came_later_gives_way_by_any_name(tmp_path: Path) -> None:
    settings_path(tmp_path).write_text('[keys]\ndrawer = "shift+f1"\n')
    assert "readiness" not in load_settings(tmp_path).keys


@pytest.mark.parametrize("name", ["Ctrl L", "⇧Del", "空格"])
def test_no_key_is_shown_that_does_nothing(name: str) -> None:
    """A name that no key bears: F1 and the buttons do not offer it."""
    assert KeyMap({**DEFAULT_KEYS, "drawer": name}).cap("drawer") == ""
