"""An HQ that no till could work with, or that lets in whoever comes, is told so by the examination."""

from __future__ import annotations

from typing import Any

import pytest

from sync.hq.service import Hq
from tests.sync.conftest import HqServer
from tests.sync.test_conformance import broken


def test_an_hq_that_does_not_sign_an_enrolment(hq_server: HqServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """S-22: every till refuses such an answer, with its code spent."""
    honest = Hq.enrol

    def unsigned(*asked: Any) -> Any:
        return honest(*asked).model_copy(update={"signature": "x"})

    monkeypatch.setattr(Hq, "enrol", unsigned)
    assert set(broken(hq_server, "enrol.reply")) == {"enrol.reply"}
