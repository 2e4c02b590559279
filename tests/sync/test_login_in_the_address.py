"""An address of HQ with a name and a password in it, as for a proxy that asks for them."""

from __future__ import annotations

from pathlib import Path

import pytest

from posclient.errors import InputError
from sync.enrolment import Enrolment, enrol
from sync.transport import HttpHq
from tests.sync.conftest import HqServer
from tests.sync.hq.till_at_hq import new_id
from ui.opening import SystemClock


def test_such_an_address_is_refused_before_the_code_is_spent(hq_server: HqServer, tmp_path: Path) -> None:
    """They went in the place of each session's token: HQ took the till for nobody's as soon as it was enrolled."""
    code = hq_server.code()
    spoken = hq_server.url.replace("http://", "http://user:secret@")
    with pytest.raises(InputError, match="bad_url"):
        enrol(tmp_path, Enrolment(spoken, code, "file"), HttpHq, SystemClock(), new_id)
    assert enrol(tmp_path, Enrolment(hq_server.url, code, "file"), HttpHq, SystemClock(), new_id).terminal
