"""What a screen and a page are. The main window shows them, asks for their deeds and gives them keys and scans."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, TypeVar

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication, QWidget

from posclient.errors import PosError
from ui import theme
from ui.context import Context

if TYPE_CHECKING:
    from posclient.actions.till import Till

T = TypeVar("T")
Deeds = Mapping[str, Callable[[], None]]


class Screen(QWidget):
    """A place of the rail: sale, valet, settings, and the login."""

    #: Its name in the rail and in ``context.screen_wanted``.
    name = ""
    #: Its width at the right where the member and the amount due stand: no message stands there, and pages that are not
    #: ``wide`` leave it free.
    side_width = 0
    #: Keys that mean here what its buttons say, whatever deed they are given elsewhere.
    own_keys: frozenset[Qt.Key] = frozenset()
    #: Deeds that mean something else here than the words at the foot say: its own buttons have their keys.
    own_words: frozenset[str] = frozenset()
    #: How many of its look-ups (``look``) are not answered yet.
    looking = 0

    def __init__(self, context: Context) -> None:
        super().__init__()
        self.context = context
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)  # a page hides what it slides over
        theme.look(self, "background")

    def deeds(self) -> Deeds:
        """What can be done here now, by the names of the keys. What is not in it is hidden from hints."""
        return {}

    def shown(self) -> None:
        """It has come to the front: put the focus where it belongs, ask for fresh values."""
        self.setFocus()

    def entered(self) -> None:
        """Somebody has come here from another place; ``shown`` was called before."""

    def has_keys(self) -> bool:
        """Is the focus in no other screen? Else a page is in front, and a late answer leaves it where it is."""
        part = QApplication.focusWidget()
        while part is not None and not isinstance(part, Screen):
            part = part.parentWidget()
        return part is None or part is self

    def look(self, work: Callable[[Till], T], done: Callable[[T], None]) -> None:
        """``context.read`` for what stands here next: up to the answer it is something else."""

        def over(answer: Callable[[T], None] | Callable[[PosError], None]) -> Callable[..., None]:
            def answered(value: object) -> None:
                self.looking -= 1
                answer(value)  # type: ignore[arg-type]

            return answered

        self.looking += 1
        self.context.read(work, over(done), over(self.context.say_error))

    def takes_scan(self, _text: str) -> bool:
        """Does this screen use a scanned code itself (login by badge)? Else it goes into the cart."""
        return False

    def typed(self, _event: QKeyEvent) -> bool:
        """A printable key that no field has taken; the sale starts a search with it."""
        return False


class Page(Screen):
    """Slides over the cart: payment, member, guide, discount ... Esc (deed ``back``) puts it away.

    ``wide`` pages cover the right side as well. A page calls ``self.leave()`` when it is done.
    """

    wide = False
    #: The window has put it away. It lives on until what it asked for is answered.
    gone = False
    #: What it was opened for is done, and it only tells of it: slips and the drawer are at hand again.
    finished = False
    #: What it asked for last is on its way, and is to be seen here: nobody goes to another place meanwhile.
    awaited = False
    #: A code is for what lies below, and what becomes of it is to be seen there: the page goes.
    goes_at_scan = False

    def takes_scan(self, _text: str) -> bool:
        if self.goes_at_scan:
            self.leave()
        return False

    def read(
        self,
        work: Callable[[Till], T],
        done: Callable[[T], None],
        failed: Callable[[PosError], None] | None = None,
    ) -> None:
        """``context.read`` for what is shown here: an answer that comes when the page has gone is let go.

        What is written goes by the context: its answer counts, whoever has left meanwhile.
        """

        def unless_gone(answer: Callable[[T], None] | Callable[[PosError], None]) -> Callable[..., None]:
            return lambda value: None if self.gone else answer(value)

        self.context.read(work, unless_gone(done), unless_gone(failed or self.context.say_error))

    def leave(self) -> None:
        """Go: the main window shows what was below."""
        self.context.page_done.emit(self)

    def left(self) -> None:
        """It has gone."""
