"""Every state of the till on the readiness page and the strip: said with what to do, and told apart."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from posclient.db import terminal
from posclient.db.connection import transaction
from posclient.db.instants import to_ms
from tests.actions.test_readiness import answer, tell
from tests.ui.conftest import Counter
from tests.ui.test_readiness_page import F1, SHIFT, STOCK, link, said, sell
from ui.context import Held

EPOCH = Held("global", "other_epoch", {"here": 120, "there": 80, "epoch": "e"})
BACK = Held("store:S001", "went_back", {"here": 120, "there": 80, "epoch": "e"})
BAD = Held("zone:z1", "bad_row", {"table": "price", "key": "1"})
NO_NETWORK = "unreachable"


def last_fact(counter: Counter) -> str:
    ((fact,),) = counter.store.rows("SELECT id FROM fact ORDER BY number DESC LIMIT 1")
    return str(fact)


def online(**values: Any) -> Callable[[Counter], None]:
    return lambda counter: link(counter, online=True, **values)


def stopped(code: str, **values: Any) -> Callable[[Counter], None]:
    return lambda counter: link(counter, code=code, **values)


def silent(hours: float) -> Callable[[Counter], None]:
    """HQ's last word is so long ago."""

    def do(counter: Counter) -> None:
        ago = to_ms(counter.store.clock.now()) - int(hours * 3_600_000)
        with transaction(counter.till.db) as con:
            con.execute("UPDATE terminal SET contact_ms = ?1, contact_wall_ms = ?1", (ago,))
            if hours >= 72:
                con.execute("UPDATE terminal SET sealed_ms = ?", (ago + 72 * 3_600_000,))
        link(counter, code=NO_NETWORK)

    return do


def trouble(named: str, **values: Any) -> Callable[[Counter], None]:
    def do(counter: Counter) -> None:
        with transaction(counter.till.db) as con:
            terminal.note_trouble(con, named)
        link(counter, **values)

    return do


def clock(**by: float) -> Callable[[Counter], None]:
    def do(counter: Counter) -> None:
        counter.store.clock.forward(**by)
        link(counter, online=True)

    return do


def put_aside(counter: Counter) -> None:
    answer(counter.store, last_fact(counter), "quarantined", "unreadable")
    link(counter, online=True)


def nothing_unsent(counter: Counter) -> None:
    answer(counter.store, last_fact(counter), "applied")
    link(counter, online=True)


def decided(counter: Counter) -> None:
    answer(counter.store, last_fact(counter), "applied_with_exception", "payments_differ")
    sell(counter)
    tell(counter.store, last_fact(counter), "coupon_used_twice", amount=5000, receipt="S001-1-20261121-000002")
    link(counter, online=True)


def all_at_once(counter: Counter) -> None:
    decided(counter)
    counter.store.clock.forward(hours=-3)
    link(counter, online=True, held=(STOCK, EPOCH, BACK, BAD))


#: How the till comes there, what is said on the page, and on the strip.
STATES: dict[str, tuple[Callable[[Counter], None], tuple[str, ...], tuple[str, ...]]] = {
    "nothing unsent": (
        nothing_unsent, ("没有等待上传的单据", "总部在线，自动上传"), ("未上传 0",)
    ),
    "loading": (online(percent=37, running=True), ("下载数据 37%",), ("下载数据 37%",)),
    "well": (online(), ("总部在线，自动上传",), ("在线", "未上传 1 笔")),
    "mass delete": (online(held=(STOCK,)), ("将删除 300 行库存中的 250 行", "店长接收"), ("需店长处理 1",)),
    "HQ restored": (online(held=(EPOCH, BACK)), ("已从备份恢复", "退回到第 80 版"), ("需店长处理 2",)),
    "rows of no sense": (online(held=(BAD,)), ("数据不可信（bad_row）", "由总部更正"), ("需店长处理 1",)),
    "slow clock": (clock(hours=-3), ("本机时钟慢了", "请校准电脑时间"), ("本机时钟慢了：请校准时间",)),
    "dead battery": (
        clock(days=-20_778), ("本机时钟慢了", "显示 1970-01-01", "已用到 2026-11-21"), ("本机时钟慢了：请校准时间",)
    ),
    "jumped clock": (clock(days=3), ("电脑时间跳了一天以上", "店长确认时间"), ("需店长处理 1",)),
    "72 h near": (silent(65), ("会员资料将封存（7 小时后）",), ("7 小时后封存会员资料：请连上总部",)),
    "72 h": (silent(73), ("会员资料已封存（60 分钟）",), ("会员资料已封存：请连上总部",)),
    "7 d near": (silent(160), ("将只收现金（8 小时后）",), ("8 小时后只收现金：请连上总部",)),
    "7 d": (silent(170), ("只收现金（2 小时）", "离线额度停用"), ("只收现金：请连上总部",)),
    "30 d near": (silent(715), ("本机将锁定（5 小时后）", "只收现金（22 天）"), ("5 小时后锁定：请连上总部",)),
    "30 d": (silent(725), ("已锁定（5 小时）", "不可用"), ("已锁定：请连上总部",)),
    "no network": (stopped(NO_NETWORK), ("网络中断；恢复后自动上传，不丢不重",), ("离线 3 分钟 · 网络中断",)),
    "log-in page of a network": (stopped("not_hq"), ("请在浏览器登录网络",), ("网络需认证",)),
    "through the hub": (
        stopped("timeout", hub="S001-2", hub_state="through_hub", hub_handed=2),
        ("2 笔未上传单据在中继机 S001-2 另有副本",), ("经本店中继机",),
    ),
    "revoked": (
        trouble("revoked", code="revoked"), ("总部已停用本机", "请联系总部重新登记"), ("本机已被总部停用",)
    ),
    "cloned": (trouble("fork", online=True), ("本机与总部的记录不一致",), ("与总部记录不一致：请重新登记本机",)),
    "unheard of": (trouble("quota", online=True), ("代码 quota",), ("总部对本机有异议",)),
    "queue stuck": (
        clock(minutes=11), ("总部在线，但没有接收这些单据", "总部没有接收"), ("▲ 未上传 1 笔",)
    ),
    "quarantined": (put_aside, ("总部读不了这张单据", "S001-1-20261121-000001 ¥259.00"), ("需店长处理 1",)),
    "exceptions": (
        decided, ("收款与应收不符 S001-1-20261121-000001 ¥259.00", "优惠券已在别处用过"), ("需店长处理 2",)
    ),
    "all at once": (all_at_once, ("本机时钟慢了", "店长接收", "店长确认已阅"), ("需店长处理 6", "本机时钟慢了")),
}  # fmt: skip


@pytest.mark.parametrize("state", STATES)
def test_each_state_is_said_with_what_to_do(selling: Counter, state: str) -> None:
    come, on_page, on_strip = STATES[state]
    sell(selling)
    come(selling)
    selling.shop.ask_status()
    selling.press(F1, SHIFT)
    words = said(selling) + " ".join(one.text() for one in selling.shown_buttons())
    strip = " ".join(selling.words(selling.window.strip))
    assert [one for one in on_page if one not in words] == []
    assert [one for one in on_strip if one not in strip] == []
    assert ("没有接收" in words) == (state == "queue stuck")


@pytest.mark.parametrize(
    ("state", "look"), [("revoked", "chip-danger"), ("30 d", "chip-danger"), ("30 d near", "chip-warning")]
)
def test_what_no_waiting_mends_stands_out_on_the_strip(selling: Counter, state: str, look: str) -> None:
    sell(selling)
    STATES[state][0](selling)
    selling.shop.ask_status()
    assert selling.window.strip._link.property("look") == look
