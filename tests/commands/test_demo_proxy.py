"""The demo on a machine whose settings name a proxy, as in an office: its HQ is on this machine."""

from pathlib import Path

import pytest

from ui.demo.stage import LocalHq, call


def test_the_demos_hq_is_asked_without_the_proxy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    hq = LocalHq(tmp_path)
    chain = tmp_path / "chain"
    chain.mkdir()
    (chain / "stores.csv").write_text("id,name\nS001,One\n", encoding="utf-8")
    call("hq", "import", "--db", hq.db, str(chain))
    try:
        hq.start(patience_s=20)
        assert hq.url.startswith("http://127.0.0.1:")
    finally:
        hq.stop()
