"""build_installer.py as a person calls it; what the .deb does in a clean Debian is installer/check_deb.sh."""

from pathlib import Path

import pytest
from PIL import Image
from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QApplication

import build_installer
import posclient


@pytest.mark.parametrize("words", [[], ["rpm"], ["deb", "windows"]])
def test_bad_use_is_one_line_and_status_2(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert build_installer.main(words) == 2
    assert capsys.readouterr() == ("", "usage: python build_installer.py deb|windows\n")


def test_deb_says_what_misses(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("PATH", "")
    assert build_installer.main(["deb"]) == 1
    assert capsys.readouterr().err == "build_installer.py deb: dpkg-deb is not here; build the .deb on Debian\n"


def test_a_template_is_filled_completely(tmp_path: Path) -> None:
    template = tmp_path / "control"
    template.write_text("Version: @VERSION@ (@SIZE@)\n")
    build_installer._fill(template, tmp_path / "filled", {"VERSION": "1.2", "SIZE": "7"})
    assert (tmp_path / "filled").read_text() == "Version: 1.2 (7)\n"
    with pytest.raises(KeyError):
        build_installer._fill(template, tmp_path / "half", {"VERSION": "1.2"})


def test_the_windows_files_carry_this_version(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(build_installer, "ROOT", tmp_path)
    monkeypatch.setattr(build_installer, "DIST", tmp_path / "dist")
    assert build_installer.main(["windows"]) == 0
    assert "Nothing of it was tested here" in capsys.readouterr().out
    written = tmp_path / "dist" / "windows"
    assert {path.name for path in written.iterdir()} == {
        "BUILD_WINDOWS.md",
        "posclient.ico",
        "posclient.nsi",
        "posclient.spec",
    }
    assert f'VERSION "{posclient.__version__}"' in (written / "posclient.nsi").read_text(encoding="utf-8")
    with Image.open(written / "posclient.ico") as icon:
        assert {(16, 16), (256, 256)} <= set(icon.info["sizes"])
        assert icon.convert("RGBA").getpixel((0, 0)) == (0, 0, 0, 0)
        assert icon.convert("RGBA").getpixel((128, 20)) == pytest.approx((0x1F, 0x5F, 0xFF, 0xFF), abs=2)
    assert QCoreApplication.instance() is None or isinstance(QCoreApplication.instance(), QApplication), (
        "an application made here would be everybody's in this process"
    )
