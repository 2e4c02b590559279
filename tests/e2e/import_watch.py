"""The window worked by a script, which says what was imported with Qt in another thread than the GUI's."""

from __future__ import annotations

import sys
import threading
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path
from types import ModuleType

from tests.e2e import window_program


class Watch(MetaPathFinder):
    """Finds as Python does, and looks who asks."""

    def find_spec(self, name: str, path: Sequence[str] | None, target: ModuleType | None = None) -> ModuleSpec | None:
        found = PathFinder.find_spec(name, path, target)
        elsewhere = threading.current_thread() is not threading.main_thread()
        if elsewhere and found is not None and _uses_qt(name, found.origin or ""):
            print("elsewhere", name, flush=True)
        return found


def _uses_qt(name: str, origin: str) -> bool:
    if name.startswith("PySide6"):
        return True
    return name.startswith("ui.") and origin.endswith(".py") and "PySide6" in Path(origin).read_text(encoding="utf-8")


if __name__ == "__main__":
    sys.meta_path.insert(0, Watch())
    sys.exit(window_program.main(sys.argv[1:]))
