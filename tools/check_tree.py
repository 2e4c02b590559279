"""Rules of the tree that no linter knows: short files and functions, no drawers, no registry address in any file."""

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

MAX_FILE = 300
MAX_FUNCTION = 50
DRAWER = re.compile(r"(^|/)(utils?|helpers?|common|misc|managers?|core)(\.py|/)")
LOCK = "requirements.lock"
# the lock must install through whatever registry a machine is set up for
ADDRESS = re.compile(r"py(pi\.org|thonhosted\.org)|--(extra-)?index-url |--find-links ")


def tracked() -> list[str]:
    """Every file that git would ship: tracked, or new and not ignored."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"], capture_output=True, text=True, check=True
    )
    return [name for name in listed.stdout.splitlines() if Path(name).is_file()]


def long_functions(name: str, source: str) -> Iterator[str]:
    """Functions over the limit, docstring included."""
    for node in ast.walk(ast.parse(source, name)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
            if lines > MAX_FUNCTION:
                yield f"{name}:{node.lineno}: {node.name} has {lines} lines, over {MAX_FUNCTION}"


def python_faults(name: str, source: str) -> Iterator[str]:
    """What is wrong with one source file."""
    lines = source.count("\n")
    if lines > MAX_FILE:
        yield f"{name}: {lines} lines, over {MAX_FILE}"
    if DRAWER.search(name):
        yield f"{name}: a drawer; name it after what is inside"
    yield from long_functions(name, source)


def address_faults(name: str, text: str) -> Iterator[str]:
    """Registry addresses, and any address at all in the lock."""
    for number, line in enumerate(text.splitlines(), 1):
        if ADDRESS.search(line) or (name == LOCK and "://" in line):
            yield f"{name}:{number}: a registry address"


def lock_faults(project: str, lock: str) -> Iterator[str]:
    """Requirements of pyproject.toml that the lock does not hold: somebody forgot `make lock`."""
    declared = tomllib.loads(project)
    wanted = declared["project"]["dependencies"] + declared["dependency-groups"]["dev"]
    locked = set(re.findall(r"^([a-z0-9-]+)==", lock, re.MULTILINE))
    for requirement in wanted:
        name = re.split(r"[^A-Za-z0-9_.-]", requirement)[0]
        if re.sub(r"[-_.]+", "-", name).lower() not in locked:
            yield f"{LOCK}: {name} misses; run make lock"


def faults() -> Iterator[str]:
    """Every fault of the tree, one line each."""
    yield from lock_faults(Path("pyproject.toml").read_text(encoding="utf-8"), Path(LOCK).read_text(encoding="utf-8"))
    for name in tracked():
        try:
            text = Path(name).read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue  # an image, a sound, a stored database
        if name.endswith(".py") and not name.startswith("tests/"):
            yield from python_faults(name, text)
        if name not in ("Makefile", "tools/check_tree.py"):
            yield from address_faults(name, text)


if __name__ == "__main__":
    found = list(faults())
    print("\n".join(found) or "The tree is in order.")
    sys.exit(bool(found))
