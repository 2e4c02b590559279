"""``posclient scan`` as a person runs it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from posclient.devices.barcodes import code128_pattern, ean13_pattern, qr_pattern, to_png

EAN = "6901234567892"


def scan(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "ui.cli", "scan", *words], capture_output=True, encoding="utf-8", timeout=60, check=False
    )


def test_one_json_line_per_picture(tmp_path: Path) -> None:
    pictures = {
        "条码.png": (ean13_pattern(EAN), {"text": EAN, "format": "EAN-13"}),
        "card.png": (code128_pattern("M000017"), {"text": "M000017", "format": "Code 128"}),
        "member.png": (qr_pattern("会员M1"), {"text": "会员M1", "format": "QR Code"}),
    }
    for name, (pattern, _) in pictures.items():
        (tmp_path / name).write_bytes(to_png(pattern, 3))
    done = scan(*(str(tmp_path / name) for name in pictures))
    assert (done.returncode, done.stderr) == (0, "")
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert [answer["codes"] for answer in answers] == [[code] for _, code in pictures.values()]
    assert [answer["image"] for answer in answers] == [str(tmp_path / name) for name in pictures]
    assert all(answer.keys() == {"image", "codes", "ms"} and answer["ms"] > 0 for answer in answers)


def test_a_bad_file_does_not_stop_the_others(tmp_path: Path) -> None:
    """Exit 1 and one line on standard error for the bad one; all others are answered."""
    (tmp_path / "bad.png").write_bytes(b"\x89PNG\r\n\x1a\n broken")
    (tmp_path / "good.png").write_bytes(to_png(ean13_pattern(EAN), 3))
    done = scan(str(tmp_path / "bad.png"), str(tmp_path / "none.png"), str(tmp_path / "good.png"))
    assert done.returncode == 1
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert [[code["text"] for code in answer["codes"]] for answer in answers] == [[], [], [EAN]]
    assert len(done.stderr.splitlines()) == 2
    assert "bad.png" in done.stderr.splitlines()[0]
    assert "Traceback" not in done.stderr


def test_bad_use() -> None:
    done = scan()
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
