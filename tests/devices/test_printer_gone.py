"""A printer that is switched off takes its device file with it: that is a fault to tell, not a folder to make."""

from __future__ import annotations

from pathlib import Path

import pytest

from posclient.config import PrinterSettings, Settings, save_settings
from posclient.devices import printer
from posclient.devices.printer import FilePrinter, FolderPrinter, is_device, printer_of
from posclient.errors import DeviceError
from ui.commands import doctor


@pytest.fixture
def devices(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the system keeps its device files; root may write there."""
    folder = tmp_path / "dev"
    (folder / "usb").mkdir(parents=True)
    monkeypatch.setattr(printer, "DEVICES", folder, raising=False)
    return folder


def test_a_slip_for_a_device_that_is_gone_is_not_printed_into_a_folder(devices: Path, tmp_path: Path) -> None:
    """A till that runs as root made a folder of that name: the slip counted as printed, and the printer, switched on
    again, had no place any more.
    """
    lp0 = devices / "usb" / "lp0"
    made = printer_of(PrinterSettings(path=str(lp0)), tmp_path)
    assert made is not None
    with pytest.raises(DeviceError, match="printer_file"):
        made.send("S001-1", b"x")
    assert not lp0.exists()
    lp0.touch()  # switched on
    made.send("S001-1", b"x")
    assert lp0.read_bytes() == b"x"


def test_one_that_goes_in_the_moment_of_printing_leaves_no_file(devices: Path) -> None:
    with pytest.raises(DeviceError, match="printer_file"):
        FilePrinter(devices / "lp0").send("S001-1", b"x")
    assert not (devices / "lp0").exists()


def test_the_doctor_misses_it(devices: Path, tmp_path: Path) -> None:
    save_settings(tmp_path, Settings(printer=PrinterSettings(path=str(devices / "usb" / "lp0"))))
    found = doctor.examine(tmp_path)["checks"]["printer"]
    assert (found["state"], found["code"]) == ("failed", "no_device")
    (devices / "usb" / "lp0").touch()
    assert doctor.examine(tmp_path)["checks"]["printer"]["state"] == "ok"


def test_a_till_in_memory_has_its_folder_of_slips() -> None:
    """/dev/shm holds files and no devices: a till for a demonstration or a measurement lies there."""
    made = printer_of(PrinterSettings(kind="file"), Path("/dev/shm/till"))
    assert made == FolderPrinter(Path("/dev/shm/till/receipts"))
    assert not is_device(Path("/dev/shm/till/receipts"))
    assert is_device(Path("/dev/usb/lp0"))
