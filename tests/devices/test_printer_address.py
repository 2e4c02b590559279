"""An address that no name can have is a wrong address, not a fault of the program."""

from __future__ import annotations

from pathlib import Path

import pytest

from posclient.config import PrinterSettings, Settings, save_settings
from posclient.devices.printer import NetworkPrinter
from posclient.errors import DeviceError
from ui.commands.doctor import examine

MISTYPED = ["192.168..1.50", "x" * 70]


@pytest.mark.parametrize("host", MISTYPED)
def test_a_mistyped_printer_address_is_told_as_such(host: str) -> None:
    with pytest.raises(DeviceError, match="printer_unknown_host"):
        NetworkPrinter(host, timeout_s=0.5).send("S001-1", b"x")


@pytest.mark.parametrize("host", MISTYPED)
def test_the_doctor_says_so_in_json(tmp_path: Path, host: str) -> None:
    save_settings(tmp_path, Settings(printer=PrinterSettings(kind="network", host=host)))
    found = examine(tmp_path)["checks"]["printer"]
    assert (found["state"], found["code"]) == ("failed", "printer_unreachable")
