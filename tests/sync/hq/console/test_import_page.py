"""The page of imports in a real Chromium, while HQ is away and while somebody mends the file."""

from __future__ import annotations

import time

from tests.sync.hq.console import test_browser
from tests.sync.hq.console.console_at_work import NAME, PASSWORD, Visitor
from tests.sync.hq.console.test_browser import Screen

pytestmark = test_browser.pytestmark
screen = test_browser.screen

#: The page's own pauses, ten times shorter.
_HURRY = "const later = window.setTimeout; window.setTimeout = (act, ms) => later(act, ms / 10);"


def log_in(screen: Screen) -> None:
    screen.open("")
    screen.write("#username", NAME)
    screen.write("#password", PASSWORD)
    screen.click("form button[type=submit]")
    screen.says("等待处理")


def _offline(screen: Screen, offline: bool) -> None:
    conditions = {"offline": offline, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1}
    screen.driver.execute_cdp_cmd("Network.emulateNetworkConditions", conditions)


def test_the_page_goes_on_once_hq_is_back(screen: Screen, visitor: Visitor) -> None:
    """After a restart of HQ it showed an import as running for ever, which had been interrupted."""
    log_in(screen)
    screen.driver.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": _HURRY})
    screen.open("imports")
    screen.shows("#import-form")
    _offline(screen, True)
    time.sleep(4)  # two looks or more
    _offline(screen, False)
    visitor.log_in()
    assert visitor.post("/admin/imports/jobs", headers=visitor.forms_token()).status_code == 201
    screen.says("等待文件")
