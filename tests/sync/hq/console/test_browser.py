"""The console in a real Chromium: a person's way through it, and that it asks nobody but HQ for anything."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from selenium import webdriver
from selenium.common.exceptions import ElementNotInteractableException, StaleElementReferenceException
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.support.wait import WebDriverWait

from posclient.errors import LinkError
from sync.transport import HttpHq
from tests.sync.conftest import HqServer
from tests.sync.hq.console.console_at_work import NAME, PASSWORD, PHONE

#: A browser that does nothing of its own, on a machine without a screen.
FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update", "--disable-dev-shm-usage",
    "--window-size=1280,860",
)  # fmt: skip
BROWSER, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not (BROWSER and DRIVER), reason="no Chromium here: see `make browser`"),
    pytest.mark.skipif(sys.platform == "win32", reason="Debian's Chromium is meant"),
]


class Screen:
    """What a person sees, and does."""

    def __init__(self, driver: webdriver.Chrome, url: str) -> None:
        self.driver = driver
        self.url = url

    def open(self, path: str) -> None:
        self.driver.get(f"{self.url}/admin/{path}")

    def click(self, css: str) -> None:
        """Click it as soon as it is to be seen."""
        self._wait(lambda: self._shown(css)[0].click() or True)

    def write(self, css: str, text: str) -> None:
        """Write into a field."""
        self._wait(lambda: self._shown(css)[0].send_keys(text) or True)

    def says(self, text: str) -> None:
        """Wait until it stands there."""
        self._wait(lambda: text in self.driver.find_element(By.TAG_NAME, "body").text)

    def shows(self, css: str) -> None:
        """Wait until it is to be seen."""
        self._wait(lambda: bool(self._shown(css)))

    def _shown(self, css: str) -> list[Any]:
        return [one for one in self.driver.find_elements(By.CSS_SELECTOR, css) if one.is_displayed()]

    def _wait(self, act: Callable[[], Any]) -> None:
        """A table that is drawn anew takes its buttons away under one's hand: then once more."""
        again = (StaleElementReferenceException, ElementNotInteractableException, IndexError)
        WebDriverWait(self.driver, 15, ignored_exceptions=again).until(lambda _driver: act())


@pytest.fixture
def screen(hq_server: HqServer, tmp_path: Path) -> Iterator[Screen]:
    """A fresh browser, at the login."""
    options = webdriver.ChromeOptions()
    options.binary_location = str(BROWSER)
    for flag in (*FLAGS, f"--user-data-dir={tmp_path}/chromium"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"performance": "ALL", "browser": "ALL"})
    driver = webdriver.Chrome(options=options, service=Service(str(DRIVER)))
    try:
        driver.get("about:blank")
        driver.get_log("performance")  # whatever its own first page asked for
        yield Screen(driver, hq_server.url)
    finally:
        driver.quit()


def asked(screen: Screen) -> set[str]:
    """Addresses that the browser asked for."""
    events = [json.loads(entry["message"])["message"] for entry in screen.driver.get_log("performance")]
    return {one["params"]["request"]["url"] for one in events if one["method"] == "Network.requestWillBeSent"}


def complaints(screen: Screen) -> list[str]:
    """Errors in scripts, and what the page's policy stopped."""
    return [one["message"] for one in screen.driver.get_log("browser") if "favicon" not in one["message"]]


def test_a_day_at_the_console(screen: Screen, till: HttpHq, tmp_path: Path) -> None:
    """Log in, look at what went wrong, mark it, import a file with a fault, shut a till out; in Chinese and English."""
    screen.open("")
    screen.write("#username", NAME)
    screen.write("#password", PASSWORD)
    screen.click("form button[type=submit]")
    screen.says("等待处理")
    screen.open("quarantine/list")
    screen.click("[data-sa-name=settle]")
    screen.write("#modal-action textarea", "asked the store")
    screen.click("#modal-action .btn-primary")
    screen.says("asked the store")
    screen.open("quarantine/detail?pk=1")
    screen.says("139****5678")
    screen.open("imports")
    file = tmp_path / "tiers.csv"
    file.write_text("id,name,rank\ngold,Gold,1\nsilver,Silver,x\n", encoding="utf-8")
    screen.driver.find_element(By.ID, "import-files").send_keys(str(file))
    screen.click("#import-form button")
    screen.says("tiers.csv:3:rank:")
    screen.shows(".import-job .posclient-is-attention")  # done, and not well
    screen.open("tills")
    screen.click("[data-till='S001-1'] a")
    screen.click("#revoke-open")
    screen.click("#revoke")
    screen.says("已停用")
    with pytest.raises(LinkError, match="revoked"):
        till.feeds()
    screen.driver.add_cookie({"name": "language", "value": "en", "path": "/"})
    screen.open("tills")
    screen.says("Revoked; cannot sync")
    found = asked(screen)
    assert len(found) > 20
    assert {one for one in found if not one.startswith((screen.url, "data:"))} == set()
    assert [one for one in found if PHONE in one] == []
    assert complaints(screen) == []
