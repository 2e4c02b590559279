"""The look: colours, sizes and type from ``resources/style/tokens.toml``, made into one style sheet.

Widgets name what they are by the property ``look`` and own no colour; those that paint themselves ask ``colour``.
"""

from __future__ import annotations

from functools import cache
from string import Template
from typing import TYPE_CHECKING

from PySide6.QtCore import QByteArray, QRectF, QSize
from PySide6.QtGui import QColor, QFont, QPainter, QPixmap
from PySide6.QtWidgets import QApplication, QWidget

from resources import FOLDER

if TYPE_CHECKING:
    from PySide6.QtGui import QIcon

#: Chinese text on Linux, Windows, macOS; the last ones are what a lean system has.
FAMILIES = (
    "Noto Sans CJK SC",
    "Source Han Sans SC",
    "Noto Sans SC",
    "Microsoft YaHei UI",
    "PingFang SC",
    "WenQuanYi Micro Hei",
    "sans-serif",
)

_current = "light"


@cache
def tokens() -> dict[str, dict[str, str | int]]:
    """The tables of tokens.toml: plain lines of name and value, since tomllib would cost the start 10 ms."""
    tables: dict[str, dict[str, str | int]] = {}
    for line in (FOLDER / "style" / "tokens.toml").read_text(encoding="utf-8").splitlines():
        name, sign, value = line.partition(" = ")
        if line.startswith("["):
            table = tables[line.strip("[]")] = {}
        elif sign and not line.startswith("#"):
            table[name] = value.strip('"') if value.startswith('"') else int(value)
    return tables


def use_theme(name: str) -> None:
    """Light or dark from now on: restyles the whole program, and whoever paints by hand through ``restyle``."""
    global _current  # noqa: PLW0603  one program, one look
    _current = name
    app = QApplication.instance()
    if isinstance(app, QApplication):
        app.setStyleSheet(style_sheet(name))
        call_everywhere("restyle")


def theme() -> str:
    """``light`` or ``dark``."""
    return _current


def call_everywhere(method: str) -> None:
    """Call ``method`` of every widget that has it: ``restyle`` after a change of look, ``retranslate`` of language."""
    for widget in QApplication.allWidgets():
        deed = getattr(widget, method, None)
        if deed is not None:
            deed()


def style_sheet(name: str) -> str:
    """till.qss with the tokens of light or dark put in."""
    template = Template((FOLDER / "style" / "till.qss").read_text(encoding="utf-8"))
    family = ", ".join(f'"{one}"' for one in FAMILIES)
    return template.substitute({**tokens()[name], **tokens()["size"], **tokens()["type"], "family": family})


def size(name: str) -> int:
    """A size in px."""
    return int(tokens()["size"][name])


def colour(name: str) -> QColor:
    """A colour of the look in force."""
    return QColor(str(tokens()[_current][name]))


def font(kind: str, *, bold: bool = False, pixels: int = 0) -> QFont:
    """Type for what is painted by hand: figures of one width, so that columns stand under each other."""
    made = QFont(list(FAMILIES))
    made.setPixelSize(pixels or int(tokens()["type"][kind]))
    made.setWeight(QFont.Weight.DemiBold if bold else QFont.Weight.Normal)
    made.setFeature(QFont.Tag("tnum"), 1)
    return made


def look(widget: QWidget, name: str) -> None:
    """Say what a widget is; polishes it again only where that changes."""
    if widget.property("look") == name:
        return
    widget.setProperty("look", name)
    widget.style().unpolish(widget)
    widget.style().polish(widget)


@cache
def _drawing(name: str) -> str:
    return (FOLDER / "icons" / f"{name}.svg").read_text(encoding="utf-8")


def pixmap(name: str, colour_name: str, pixels: int = 24) -> QPixmap:
    """An icon of resources/icons in a colour of the look, sharp on any screen."""
    app = QApplication.instance()
    ratio = app.devicePixelRatio() if isinstance(app, QApplication) else 1.0
    return _pixmap(name, colour(colour_name).name(), pixels, ratio)


@cache
def _pixmap(name: str, colour_value: str, pixels: int, ratio: float) -> QPixmap:
    from PySide6.QtSvg import QSvgRenderer

    made = QPixmap(QSize(pixels, pixels) * ratio)
    made.setDevicePixelRatio(ratio)
    made.fill(QColor(0, 0, 0, 0))
    painter = QPainter(made)
    drawing = _drawing(name).replace("currentColor", colour_value)
    QSvgRenderer(QByteArray(drawing.encode())).render(painter, QRectF(0, 0, pixels, pixels))
    painter.end()
    return made


def icon(name: str, normal: str = "muted", on: str = "accent", disabled: str = "on_disabled") -> QIcon:
    """An icon coloured by state."""
    from PySide6.QtGui import QIcon

    made = QIcon()
    made.addPixmap(pixmap(name, normal), QIcon.Mode.Normal, QIcon.State.Off)
    made.addPixmap(pixmap(name, on), QIcon.Mode.Normal, QIcon.State.On)
    made.addPixmap(pixmap(name, disabled), QIcon.Mode.Disabled, QIcon.State.Off)
    return made
