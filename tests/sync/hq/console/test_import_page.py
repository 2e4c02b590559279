"""The page of imports in a real Chromium, while HQ is away and while somebody mends the file."""

from __future__ import annotations

import time
from pathlib import Path

from selenium.webdriver.common.by import By

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


def test_a_file_that_was_mended_meanwhile_is_to_be_chosen_anew(screen: Screen, tmp_path: Path) -> None:
    """Import, read the fault, mend it, import: the browser said "Failed to fetch", and a job waited for its files."""
    file = tmp_path / "tiers.csv"
    file.write_text("id,name,rank\ngold,Gold,x\n", encoding="utf-8")
    log_in(screen)
    screen.open("imports")
    screen.driver.find_element(By.ID, "import-files").send_keys(str(file))
    screen.click("#import-form button")
    screen.says("tiers.csv:2:rank:")
    file.write_text("id,name,rank\ngold,Gold,10\n", encoding="utf-8")
    screen.click("#import-form button")
    screen.says("请重新选择： tiers.csv")
    assert len(screen.driver.find_elements(By.CLASS_NAME, "import-job")) == 1
    screen.driver.find_element(By.ID, "import-files").clear()
    screen.driver.find_element(By.ID, "import-files").send_keys(str(file))
    screen.click("#import-form button")
    screen.shows(".import-job .posclient-is-ok")
