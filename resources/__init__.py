"""Data files that the program ships: words, icons, tokens, receipt labels, the demo chain."""

from pathlib import Path

#: Where they are. Plain paths: importlib.resources would cost the start ten imports (stack.md, start and scan).
FOLDER = Path(__file__).resolve().parent
