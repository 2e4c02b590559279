"""The pages that are at hand wherever one stands. Their modules are imported when they are asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ui import keys
from ui.context import Context
from ui.screens.screen import Page

if TYPE_CHECKING:
    from posclient.actions.till import Till


def help_page(context: Context, known: keys.KeyMap) -> Page:
    """All keys that there are, wherever F1 is pressed."""
    from ui.screens.help import HelpPage

    return HelpPage(context, [(deed, known.cap(deed)) for deed in keys.ORDER if known.cap(deed)])


def receipts_page(context: Context) -> Page:
    """Slips to be printed once more."""
    from ui.screens.receipts import ReceiptsPage

    return ReceiptsPage(context)


def readiness_page(context: Context) -> Page:
    """What works now and what does not."""
    from ui.screens.readiness import ReadinessPage

    return ReadinessPage(context)


def drawer_page(context: Context) -> Page:
    """Asks whether the drawer shall open without a sale."""
    from ui.screens.confirm import ConfirmPage

    def opened(till: Till) -> None:
        from posclient.actions import drawer

        drawer.note_opening(till)

    return ConfirmPage(context, "drawer", lambda: context.do(opened, lambda _none: context.drawer_wanted.emit()))
