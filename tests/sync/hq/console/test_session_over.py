"""A page of the console that was left open until its session was over: whoever acts there is told."""

from __future__ import annotations

from pathlib import Path

import pytest
from selenium.webdriver.common.by import By

from sync.hq.console.login import COOKIE
from tests.sync.hq.console import test_browser
from tests.sync.hq.console.console_at_work import Visitor
from tests.sync.hq.console.test_browser import Screen
from tests.sync.hq.console.test_import_page import log_in

screen = test_browser.screen
in_a_browser = test_browser.pytestmark


def _left_open(visitor: Visitor) -> dict[str, str]:
    """What the scripts of a page send whose working day has ended."""
    visitor.log_in()
    visitor.get("/admin/imports")
    visitor.cookies.delete(COOKIE)
    return visitor.forms_token()


@pytest.mark.parametrize(("method", "path"), [
    ("GET", "imports/jobs"), ("POST", "imports/jobs"), ("PUT", "imports/jobs/1/tiers.csv"),
    ("POST", "_api/quarantine/row-action?name=settle&pk=1"),
])  # fmt: skip
def test_a_script_is_told_and_not_led_to_the_login(visitor: Visitor, method: str, path: str) -> None:
    """It followed there, and took the page of the login for an answer that all is well."""
    reply = visitor.request(method, f"/admin/{path}", headers=_left_open(visitor))
    assert reply.status_code == 400
    assert reply.json()["error"] == reply.json()["msg"] == "登录已失效，操作未执行。请重新登录后再试。"


def test_a_person_is_led_to_the_login(visitor: Visitor) -> None:
    _left_open(visitor)
    reply = visitor.get("/admin/imports")
    assert (reply.status_code, "/admin/login?next=" in reply.headers["location"]) == (303, True)
    assert visitor.log_in().status_code == 303


class TestInABrowser:
    pytestmark = in_a_browser

    def test_an_import_says_that_nothing_went_in(self, screen: Screen, tmp_path: Path) -> None:
        """It said that it was sending the file, for good."""
        file = tmp_path / "tiers.csv"
        file.write_text("id,name,rank\ngold,Gold,1\n", encoding="utf-8")
        log_in(screen)
        screen.open("imports")
        screen.driver.find_element(By.ID, "import-files").send_keys(str(file))
        screen.driver.delete_cookie(COOKIE)
        screen.click("#import-form button")
        screen.says("登录已失效")

    def test_a_note_that_was_not_kept_is_told(self, screen: Screen) -> None:
        log_in(screen)
        screen.open("quarantine/list")
        screen.click("[data-sa-name=settle]")
        screen.write("#modal-action textarea", "asked the store")
        screen.driver.delete_cookie(COOKIE)
        screen.click("#modal-action .btn-primary")
        screen.says("登录已失效")
