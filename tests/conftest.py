"""What holds for every test: a quiet log, no real screen, no key store of whoever runs it."""

import logging
import os
import secrets
from collections.abc import Iterator

# before anything imports Qt or keyring
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("PYTHON_KEYRING_BACKEND", "keyring.backends.fail.Keyring")
# the command line speaks the system's language: here the first one of its users
os.environ.pop("LC_ALL", None)
os.environ["LC_MESSAGES"] = "zh_CN.UTF-8"

import pytest
from hypothesis import settings

# a slow machine is no fault of the code; tests/bench has the limits of time
settings.register_profile("posclient", deadline=None, print_blob=True)
# where a change is judged, the same examples each time: a new find belongs to whoever is looking for one
settings.register_profile("judged", deadline=None, print_blob=True, derandomize=True)
settings.load_profile("judged" if os.environ.get("CI") else "posclient")


@pytest.fixture
def seed() -> int:
    """Of a harness: by chance, or what ``SEED=...`` says, to see a run again; where a change is judged, always one."""
    return int(os.environ.get("POSCLIENT_SEED") or (1 if os.environ.get("CI") else secrets.randbits(32)))


@pytest.fixture(autouse=True)
def _killed_unmeasured(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that is killed leaves half a record of what it covered, and each report would warn of it."""
    if request.node.get_closest_marker("kill") is not None:
        monkeypatch.delenv("COVERAGE_PROCESS_CONFIG", raising=False)


@pytest.fixture(autouse=True)
def _quiet_log(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """A record at WARNING or above fails the test. A test that expects one looks at it, then calls `caplog.clear()`."""
    yield
    loud = [record for record in caplog.get_records("call") if record.levelno >= logging.WARNING]
    assert not loud, [f"{record.name}: {record.getMessage()}" for record in loud]
