"""Installers: ``python build_installer.py deb`` or ``python build_installer.py windows``.

``deb`` builds ``dist/posclient_VERSION_ARCHITECTURE.deb`` on this machine: PyInstaller's one folder
(``installer/posclient.spec`` says what is left out), a command, a desktop entry. ``installer/check_deb.sh`` installs
and starts it in a clean Debian.

``windows`` writes what a Windows builder needs into ``dist/windows``: the NSIS script, the spec, the icon, the recipe.
It builds nothing, since PyInstaller cannot build for another system.

Exit status 0, 1 (it failed) or 2 (bad use), with one line that says why.
"""

import gzip
import os
import platform
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from posclient import __version__

ROOT = Path(__file__).resolve().parent
SOURCES = ROOT / "installer"
DIST = ROOT / "dist"
SPEC = SOURCES / "posclient.spec"
ICON = SOURCES / "posclient.svg"
ICON_SIZES = (16, 24, 32, 48, 64, 128, 256)
MAINTAINER = "posclient authors <posclient@localhost>"


class BuildError(Exception):
    """This machine cannot build it; the text says what misses."""


def main(argv: Sequence[str] | None = None) -> int:
    """Do what the one argument asks and return the exit status."""
    words = list(sys.argv[1:] if argv is None else argv)
    if words in (["-h"], ["--help"]):
        print(__doc__)
        return 0
    builders = {"deb": build_deb, "windows": write_windows}
    if len(words) != 1 or words[0] not in builders:
        print("usage: python build_installer.py deb|windows", file=sys.stderr)
        return 2
    try:
        builders[words[0]]()
    except BuildError as error:
        print(f"build_installer.py {words[0]}: {error}", file=sys.stderr)
        return 1
    return 0


def build_deb() -> None:
    """Build the folder, lay out the package tree around it, pack it."""
    if shutil.which("dpkg-deb") is None:
        raise BuildError("dpkg-deb is not here; build the .deb on Debian")
    if shutil.which("objdump") is None:
        raise BuildError("PyInstaller needs objdump: apt-get install binutils")
    folder = _freeze()
    _strip(folder)
    architecture = _output(["dpkg", "--print-architecture"])
    tree = ROOT / "build" / "deb"
    shutil.rmtree(tree, ignore_errors=True)
    _lay_out(tree, folder, architecture)
    package = DIST / f"posclient_{__version__}_{architecture}.deb"
    _run(["dpkg-deb", "--root-owner-group", "-Zzstd", "--build", str(tree), str(package)])
    print(f"{package.relative_to(ROOT)}: {_mebibytes(package.stat().st_size)}, installed {_mebibytes(_size(folder))}")


def write_windows() -> None:
    """Write the script, the spec, the icon and the recipe for a Windows builder."""
    place = DIST / "windows"
    place.mkdir(parents=True, exist_ok=True)
    for name in ("posclient.nsi", "BUILD_WINDOWS.md"):
        _fill(SOURCES / "windows" / name, place / name, {"VERSION": __version__})
    shutil.copyfile(SPEC, place / SPEC.name)
    _write_ico(place / "posclient.ico")
    print(f"{place.relative_to(ROOT)}: follow BUILD_WINDOWS.md on Windows. Nothing of it was tested here.")


def _freeze() -> Path:
    """PyInstaller's folder, made anew."""
    try:
        import PyInstaller  # noqa: F401  # only whether it is here
    except ImportError:
        raise BuildError("PyInstaller is not here; run it with the Python that `make setup` made") from None
    places = ["--distpath", str(DIST), "--workpath", str(ROOT / "build" / "pyinstaller")]
    _run([sys.executable, "-m", "PyInstaller", "--noconfirm", "--log-level", "WARN", *places, str(SPEC)])
    return DIST / "posclient"


def _strip(folder: Path) -> None:
    """Take debugging tables out, but not of NAME.libs: those were patched after linking, and strip would break them."""
    libraries = [
        str(path) for path in folder.rglob("*.so*") if ".libs" not in path.parent.name and not path.is_symlink()
    ]
    _run(["strip", "--strip-debug", "--preserve-dates", *libraries])


def _lay_out(tree: Path, folder: Path, architecture: str) -> None:
    """The files of the package where Debian expects them."""
    program = tree / "usr/lib/posclient"
    shutil.copytree(folder, program, symlinks=True)
    command = tree / "usr/bin/posclient"
    command.parent.mkdir(parents=True)
    command.symlink_to("../lib/posclient/posclient")
    _install(SOURCES / "debian/posclient.desktop", tree / "usr/share/applications/posclient.desktop")
    _install(ICON, tree / "usr/share/icons/hicolor/scalable/apps/posclient.svg")
    _install(SOURCES / "debian/copyright", tree / "usr/share/doc/posclient/copyright")
    changelog = tree / "usr/share/doc/posclient/changelog.gz"
    changelog.write_bytes(gzip.compress((ROOT / "CHANGELOG.md").read_bytes(), mtime=0))
    control = tree / "DEBIAN/control"
    control.parent.mkdir()
    _fill(
        SOURCES / "debian/control",
        control,
        {
            "VERSION": __version__,
            "ARCHITECTURE": architecture,
            "MAINTAINER": os.environ.get("DEBEMAIL", MAINTAINER),
            "SIZE": str(_size(tree) // 1024),
            "LIBC": platform.libc_ver()[1],  # what this Python was built against is not newer than what runs here
        },
    )
    _plain_modes(tree)


def _install(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)


def _plain_modes(tree: Path) -> None:
    """Modes as a package has them, whatever the builder's umask: everybody reads, folders and programs are entered."""
    for path in [tree, *tree.rglob("*")]:
        if not path.is_symlink():
            runs = path.is_dir() or path.stat().st_mode & 0o100
            path.chmod(0o755 if runs else 0o644)


def _write_ico(target: Path) -> None:
    """The icon in the sizes that Windows shows, drawn by Qt from the SVG; painting into memory needs no application."""
    from PIL import Image
    from PySide6.QtCore import Qt
    from PySide6.QtGui import QImage, QPainter
    from PySide6.QtSvg import QSvgRenderer

    largest = max(ICON_SIZES)
    drawn = QImage(largest, largest, QImage.Format.Format_RGBA8888)
    drawn.fill(Qt.GlobalColor.transparent)
    painter = QPainter(drawn)
    QSvgRenderer(str(ICON)).render(painter)
    painter.end()
    image = Image.frombytes("RGBA", (largest, largest), bytes(drawn.constBits()))
    image.save(target, sizes=[(size, size) for size in ICON_SIZES])


def _fill(template: Path, target: Path, values: Mapping[str, str]) -> None:
    """Copy a text with each @NAME@ replaced; a name without a value is a fault of ours (KeyError)."""
    text = template.read_text(encoding="utf-8")
    target.write_text(re.sub(r"@([A-Z]+)@", lambda found: values[found[1]], text), encoding="utf-8")


def _size(folder: Path) -> int:
    """Bytes of all files in it."""
    return sum(path.lstat().st_size for path in folder.rglob("*") if not path.is_dir())


def _mebibytes(size: int) -> str:
    return f"{size / 2**20:.0f} MiB"


def _run(command: list[str]) -> None:
    done = subprocess.run(command, cwd=ROOT, check=False)
    if done.returncode:
        raise BuildError(f"{Path(command[0]).name} ended with status {done.returncode}")


def _output(command: list[str]) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


if __name__ == "__main__":
    sys.exit(main())
