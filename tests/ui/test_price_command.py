"""``posclient price``: as a process, since that is how people check it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

GOLDEN = Path(__file__).parents[1] / "domain" / "pricing" / "golden" / "document_example.json"


def posclient_price(*words: str, stdin: bytes = b"") -> tuple[int, str, str]:
    done = subprocess.run(
        [sys.executable, "-m", "ui.cli", "price", *words], input=stdin, capture_output=True, check=False
    )
    return done.returncode, done.stdout.decode(), done.stderr.decode()


@pytest.fixture
def golden() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(GOLDEN.read_text())
    return found


def test_a_file_and_standard_input_give_the_same_quote(golden: dict[str, Any], tmp_path: Path) -> None:
    """T-42: what the command prints is what the till charges."""
    text = json.dumps(golden["basket"])
    (tmp_path / "basket.json").write_text(text)
    status, out, err = posclient_price(str(tmp_path / "basket.json"))
    assert (status, json.loads(out), err) == (0, golden["quote"], "")
    assert posclient_price("-", stdin=text.encode()) == (0, out, "")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (b'{"lines": [{"id": "1", "sku": "J", "qty": 2.0, "price": 1}]}', "lines[0].qty must be an integer"),
        (b'{"lines": []}', "at is missing"),
        (b'{"lines": [{"id": "1", "sku": "\\ud800", "qty": 1, "price": 1}]}', "lines[0].sku must be a text"),
        (b"[" * 100_000, "the basket is not JSON"),
        (b"\xff", "the basket is not JSON"),
        (
            b'{"rules": {"group_max": {"\\u001b[31m\\n": -1}}, "lines": [], "at": "2026-11-21T00:00Z", "store": "S"}',
            "too small",
        ),
    ],
)
def test_bad_input_is_one_line_that_names_the_field(text: bytes, words: str) -> None:
    status, out, err = posclient_price("-", stdin=text)
    assert (status, out, err.count("\n")) == (2, "", 1)
    assert words in err
    assert err[:-1].isprintable()


def test_a_file_that_is_not_there() -> None:
    status, out, err = posclient_price("no-such-file.json")
    assert (status, out, err) == (2, "", "posclient price: no-such-file.json: No such file or directory\n")


def test_a_standard_input_that_is_closed() -> None:
    done = subprocess.run(
        ["sh", "-c", 'exec "$0" -m ui.cli price - <&-', sys.executable], capture_output=True, check=False
    )
    assert (done.returncode, done.stdout) == (2, b"")
    assert done.stderr == b"posclient price: -: Bad file descriptor\n"


def test_bad_use() -> None:
    assert posclient_price()[0] == 2
    assert posclient_price("a.json", "--lines", "b.json")[0] == 2


def test_a_basket_a_line_keeps_the_order(golden: dict[str, Any]) -> None:
    good = json.dumps(golden["basket"]).encode()
    status, out, err = posclient_price("--lines", "-", stdin=b"\n".join([good, b"{}", b"", good]))
    answers = [json.loads(answer) for answer in out.splitlines()]
    assert [answers[0], answers[3]] == [golden["quote"]] * 2
    assert answers[1] == {"error": "lines is missing"}
    assert list(answers[2]) == ["error"]
    assert (status, err) == (2, "posclient price: line 2: lines is missing\n")
    assert posclient_price("--lines", "-", stdin=good + b"\n") == (0, out.splitlines()[0] + "\n", "")


def test_each_line_is_answered_before_the_next_is_read(golden: dict[str, Any]) -> None:
    """A program that asks and waits must not wait for ever."""
    command = [sys.executable, "-m", "ui.cli", "price", "--lines", "-"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as asked:
        assert asked.stdin
        assert asked.stdout
        for _ in range(3):
            asked.stdin.write(json.dumps(golden["basket"]).encode() + b"\n")
            asked.stdin.flush()
            assert json.loads(asked.stdout.readline()) == golden["quote"]
        asked.stdin.close()
        assert asked.wait() == 0


def test_it_starts_with_nothing_but_the_domain() -> None:
    """A check of thousands of baskets must not begin with a second of imports."""
    code = "import sys, ui.commands.price; print(*sorted({name.partition('.')[0] for name in sys.modules}))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"PySide6", "sqlmodel", "pydantic", "httpx", "fastapi", "cv2", "numpy", "sync"} & set(
        done.stdout.split()
    )


def test_nobody_listens(tmp_path: Path) -> None:
    """Standard output is closed: a status, no traceback."""
    basket = tmp_path / "basket.json"
    basket.write_text('{"at": "2026-11-21T14:03:00+08:00", "store": "S001", "lines": []}')
    command = f"'{sys.executable}' -m ui.cli price '{basket}' >&-"
    done = subprocess.run(["sh", "-c", command], stderr=subprocess.PIPE, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


FULL = Path("/dev/full")


@pytest.mark.skipif(not FULL.exists(), reason="a device that is always full is Linux's")
@pytest.mark.parametrize(
    "words",
    [["price", "-"], ["price", "--lines", "-"], ["doctor", "--data", "nowhere"], ["price", "--help"], ["--version"]],
)
def test_output_that_cannot_be_written_is_said_as_such(
    golden: dict[str, Any], words: list[str], tmp_path: Path
) -> None:
    """T-6: one line that does not blame the input, and no success."""
    with FULL.open("wb") as full:
        done = subprocess.run(
            [sys.executable, "-m", "ui.cli", *words],
            input=json.dumps(golden["basket"]).encode() + b"\n", stdout=full, stderr=subprocess.PIPE, check=False,
            env={**os.environ, "PYTHONPATH": str(Path.cwd())}, cwd=tmp_path,
        )  # fmt: skip
    said = done.stderr.decode()
    assert (done.returncode, said.count("\n")) == (1, 1)
    assert said == f"posclient {words[0]}: 输出无法写入：No space left on device\n"


def test_input_that_cannot_be_read_is_still_the_input(tmp_path: Path) -> None:
    for words in (["--lines", str(tmp_path)], [str(tmp_path)]):
        status, out, err = posclient_price(*words)
        assert (status, out) == (2, "")
        assert err.startswith(f"posclient price: {tmp_path}: ")
