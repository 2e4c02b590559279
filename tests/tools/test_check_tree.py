"""tools/check_tree.py: each rule finds its fault and lets good files pass."""

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

SCRIPT = Path(__file__).parents[2] / "tools" / "check_tree.py"


@pytest.fixture(scope="module")
def check_tree() -> ModuleType:
    spec = importlib.util.spec_from_file_location("check_tree", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_long_files_and_functions_are_named(check_tree: ModuleType) -> None:
    body = "    x = 1\n"
    assert list(check_tree.python_faults("till.py", "def f():\n" + body * 49)) == []
    assert list(check_tree.python_faults("till.py", "def f():\n" + body * 50)) == ["till.py:1: f has 51 lines, over 50"]
    assert list(check_tree.python_faults("till.py", "x = 1\n" * 301)) == ["till.py: 301 lines, over 300"]


@pytest.mark.parametrize("name", ["ui/utils.py", "posclient/helpers/money.py", "common.py"])
def test_drawers_are_named(check_tree: ModuleType, name: str) -> None:
    assert list(check_tree.python_faults(name, "")) == [f"{name}: a drawer; name it after what is inside"]
    assert list(check_tree.python_faults("posclient/commons_price.py", "")) == []


def test_the_lock_and_the_files_hold_no_registry_address(check_tree: ModuleType) -> None:
    assert list(check_tree.address_faults("README.md", "see https://example.com\n")) == []
    assert len(list(check_tree.address_faults("README.md", "from py" + "pi.org\n"))) == 1
    assert len(list(check_tree.address_faults("requirements.lock", "x==1\nhttps://example.com/x.whl\n"))) == 1


def test_a_requirement_that_is_not_locked_is_named(check_tree: ModuleType) -> None:
    project = '[project]\ndependencies = ["psycopg[binary]>=3", "Py_Zbar"]\n[dependency-groups]\ndev = ["ruff"]\n'
    assert list(check_tree.lock_faults(project, "psycopg==3.1 \\\npy-zbar==1\nruff==1\n")) == []
    assert list(check_tree.lock_faults(project, "psycopg==3.1\nruff-lsp==1\n")) == [
        "requirements.lock: Py_Zbar misses; run make lock",
        "requirements.lock: ruff misses; run make lock",
    ]
