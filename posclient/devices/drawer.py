"""The cash drawer hangs on the printer. It opens for cash alone, and by a command of its own (T-65)."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from posclient.devices.escpos import drawer_pulse
from posclient.devices.printer import FolderPrinter, Printer
from posclient.domain.tenders import tender


def kick(printer: Printer | None) -> bool:
    """Open the drawer now; ``DeviceError`` if the printer cannot be reached. False: no drawer hangs on a folder."""
    if printer is None or isinstance(printer, FolderPrinter):
        return False
    printer.send("drawer", drawer_pulse())
    return True


def kick_and_print(printer: Printer, job: str, draw: Callable[[], bytes]) -> None:
    """Open the drawer, and print what ``draw`` gives behind it, in one job: a network printer that never closes its
    side would hold a job of the pulse's own for seconds, and the slip behind it. ``DeviceError`` as of ``send``.

    The drawer opens also where there is nothing to print.
    """
    try:
        slip = draw()
    except Exception:
        kick(printer)
        raise
    printer.send(job, slip if isinstance(printer, FolderPrinter) else drawer_pulse() + slip)


def opens_for(tenders: Iterable[str]) -> bool:
    """Does a sale paid by these kinds of tender open the drawer?"""
    return any(tender(kind).opens_drawer for kind in tenders)
