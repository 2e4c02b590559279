"""ux.md, the screens: contrast, steps of 4, sizes for fingers; one style sheet made from the tokens."""

import itertools
from importlib.resources import files

import pytest
from pytestqt.qtbot import QtBot

from ui import theme

GROUNDS = ("background", "surface", "raised", "touched")
INKS = ("text", "muted", "accent", "good", "warning", "danger", "gold")
#: ink on a full ground of its own
PAIRS = [
    ("on_accent", "accent"),
    ("on_accent", "accent_hover"),
    ("on_accent", "accent_press"),
    ("on_disabled", "disabled"),
    ("muted", "accent_soft"),
    ("text", "accent_soft"),
    ("text", "good_soft"),
]


def luminance(colour: str) -> float:
    """Relative luminance (WCAG 2)."""
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (one / 12.92 if one <= 0.03928 else ((one + 0.055) / 1.055) ** 2.4 for one in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(first: str, second: str) -> float:
    light, dark = sorted((luminance(first), luminance(second)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("look", ["light", "dark"])
def test_every_text_stands_out_from_every_ground(look: str) -> None:
    colours = theme.tokens()[look]
    soft = [(ink, f"{ink}_soft") for ink in INKS if f"{ink}_soft" in colours]
    pairs = [*itertools.product(INKS, GROUNDS), *soft, *PAIRS]
    weak = {pair: round(contrast(str(colours[pair[0]]), str(colours[pair[1]])), 2) for pair in pairs}
    assert {pair: value for pair, value in weak.items() if value < 4.5} == {}


def test_light_and_dark_have_the_same_tokens() -> None:
    assert theme.tokens()["light"].keys() == theme.tokens()["dark"].keys()


def test_sizes_are_in_steps_of_four_and_fit_fingers() -> None:
    sizes = {name: int(value) for name, value in theme.tokens()["size"].items()}
    assert {name: value for name, value in sizes.items() if value % 4 and not name.startswith("corner")} == {}
    assert 10 <= sizes["corner"] <= sizes["corner_large"] <= 12
    assert sizes["touch"] >= 44
    assert 60 <= sizes["row"] <= 80


@pytest.mark.parametrize("look", ["light", "dark"])
def test_the_style_sheet_uses_tokens_alone(look: str) -> None:
    sheet = theme.style_sheet(look)
    assert "$" not in sheet
    template = files("resources").joinpath("style", "till.qss").read_text(encoding="utf-8")
    assert "#" not in template, "a colour of its own"


def test_icons_take_the_colour_of_their_state(qtbot: QtBot) -> None:
    theme.use_theme("light")
    painted = theme.pixmap("cart", "danger", 24).toImage()
    inks = {
        painted.pixelColor(x, y).name().upper()
        for x, y in itertools.product(range(painted.width()), range(painted.height()))
        if painted.pixelColor(x, y).alpha() == 255
    }
    assert inks == {theme.tokens()["light"]["danger"]}
