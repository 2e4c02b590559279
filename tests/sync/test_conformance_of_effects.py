"""An HQ that takes facts and does nothing with them, or the wrong thing, is told which by the examination."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlmodel import select

from posclient.errors import LinkError
from sync.asking import HoldReply, RefusedCoupon
from sync.conformance.examining import examine
from sync.conformance.rules import RULES
from sync.hq import contacts, erasing, escrow, holding, recalls
from sync.hq.bodies import CareTaskChangedV1, SaleCompletedV1, UnreadableError, ValetOrderPlacedV1
from sync.hq.effects import EFFECTS, care, coupon, member, sale, value
from sync.hq.escrow import Books
from sync.hq.feeds import GLOBAL, Change
from sync.hq.lease_tables import LEASE, OPEN, ValueLeaseRow
from sync.hq.pages import Answer
from sync.hq.receiving import Receiver
from sync.hq.service import Hq
from sync.hq.tables import Chain, Terminal
from sync.hq.work import Work
from sync.protocol import Page
from sync.transport import HttpHq
from tests.sync.conftest import HqServer
from tests.sync.test_conformance import CODE, OF_EFFECTS, Mutate, _all_applied, _paged, equip, save_up, stock_up

SALE: Any = SaleCompletedV1


def _leases(session: Any, key: str) -> list[Any]:
    """As an HQ knows that has forgotten for whom it holds a coupon."""
    return [row for row in recalls.open_rights(session, key) if row.kind == LEASE]


_covers = coupon._covers


def _moved(sale: SaleCompletedV1, times: int) -> datetime:
    """A sale's time is HQ's already: the till's clock has nothing to do with it any more."""
    return datetime.fromisoformat(sale.at) + times * timedelta(milliseconds=sale.clock.offset_ms or 0)


def _unless_spent(row: ValueLeaseRow, mine: Any) -> Change:
    """A lease of which nothing is left is taken away."""
    change = escrow.value_change(row, mine)
    return change if row.amount else replace(change, data=None)


def _all_incarnations(session: Any, terminal: Terminal) -> list[str]:
    """As an HQ knows that takes whoever has a place for one machine."""
    return list(session.exec(select(Chain.incarnation).where(Chain.terminal == terminal.id)).all())


#: What an HQ does wrong: the rules that must see it, whose part is another, and which.
ACTS: list[tuple[str, Any, str, Any]] = [
    ("push.aside", Work, "exception", lambda _work, _fact, code, **_detail: code),
    ("push.sale_twice", Work, "exception", lambda _work, _fact, code, **_detail: code),
    ("push.sale_twice", sale, "earn", lambda work, fact, who, points: value.earn(work, fact, who, 2 * points)),
    ("feed.points", sale, "earn", lambda *_what: None),
    ("feed.points feed.claimed", sale, "earn", lambda work, fact, who, points: value.earn(work, fact, who, 2 * points)),
    ("feed.claimed", sale, "_of_code", lambda *_what: None),
    ("feed.claimed", member, "_credit_early", lambda *_what: None),
    ("feed.tasks", sale, "add_task", lambda *_what: None),
    ("feed.tasks", care, "_publish", lambda *_what: None),
    ("feed.stock", Work, "move_stock", lambda *_what: None),
    ("erasure", erasing, "erasures", lambda *_what: ()),
    ("erasure", erasing, "_places", lambda *_what: ()),
    ("erasure", erasing, "_drop_rows", lambda *_what: None),
    ("coupon.twice", coupon, "_settle", lambda *_what, **_leased: ""),
    ("coupon.twice coupon.right", coupon, "_lose", lambda *_what: coupon.TWICE),
    ("coupon.right", coupon, "_used_at", lambda sale: _moved(sale, 1)),
    ("coupon.right", coupon, "_used_at", lambda sale: _moved(sale, -1)),
    ("coupon.right", coupon, "_covers", lambda row, store, at, _right: _covers(row, store, at, "")),
    ("coupon.right", coupon, "_is_leased", lambda *_what: False),
    ("coupon.hold coupon.used", coupon, "_use_up", lambda *_what: None),
    ("coupon.held", holding, "open_rights", _leases),
    ("value.leased", escrow, "value_round", lambda *_what: []),
    ("value.on_top value.spent value.stored", escrow, "_HOLD_MS", 10 * 60_000),
    ("value.leased", contacts, "lease_life_ms", lambda *_what: 10 * 60_000),
    ("value.machine", contacts, "incarnations", lambda _session, terminal: [terminal.incarnation or ""]),
    ("value.machine", contacts, "incarnations", _all_incarnations),
    ("value.spent", value, "value_change", _unless_spent),
    ("value.spent", sale, "spend", lambda *_what: None),
    ("value.spent", Work, "exception", lambda _work, _fact, code, **_detail: code),
]


def _without(table: str) -> Mutate:
    """Pages that leave out one table's rows."""
    return _paged(lambda page: page.model_copy(update={"rows": [row for row in page.rows if row.t != table]}))


def _says(table: str, **values: Any) -> Mutate:
    """Pages whose rows of a table say something else."""

    def altered(page: Page) -> Page:
        rows = [
            row.model_copy(update={"d": {**row.d, **values}}) if row.t == table and row.d else row for row in page.rows
        ]
        return page.model_copy(update={"rows": rows})

    return _paged(altered)


def _held_by_another(reply: HoldReply) -> HoldReply:
    refused = [RefusedCoupon(coupon=one.coupon, code="held", store="S009") for one in reply.refused]
    return reply.model_copy(update={"refused": refused})


def _held_until_now(reply: HoldReply) -> HoldReply:
    return reply.model_copy(update={"held": [one.model_copy(update={"until": reply.time}) for one in reply.held]})


def _on_top(unit: str = "points", **values: Any) -> Mutate:
    def altered(reply: HoldReply) -> HoldReply:
        given = getattr(reply, unit)
        return reply.model_copy(update={unit: given.model_copy(update=values) if given is not None else None})

    return altered


#: What an HQ says wrong: as in ``test_conformance``.
ANSWERS: list[tuple[str, type[Any], str, Mutate]] = [
    ("push.aside coupon.twice value.spent", Receiver, "receive", _all_applied),
    ("push.aside", Answer, "body", _says("fact_outcome", detail={})),
    ("push.sale_twice", Receiver, "receive", _all_applied),
    ("push.sale_twice", Answer, "body", _says("fact_outcome", detail={"aside": True})),
    ("push.sale_twice", Answer, "body", _says("fact_outcome", code="totals_differ")),
    ("coupon.twice coupon.right", Answer, "body", _says("fact_outcome", detail={})),
    ("coupon.twice coupon.right value.spent", Answer, "body", _without("fact_outcome")),
    ("valet.answer", Answer, "body", _without("valet_outcome")),
    ("valet.answer", Answer, "body", _says("valet_outcome", state="unconfirmed")),
    ("valet.answer", Answer, "body", _says("valet_outcome", reason="")),
    ("valet.answer", Answer, "body", _says("valet_outcome", ships_from="S001")),
    ("valet.answer", Answer, "body", _says("valet_outcome", state="confirmed", reason=None, ships_from="S001")),
    ("feed.tasks", Answer, "body", _says("care_task", owner=None)),
    ("erasure", Answer, "body", _without("erasure")),
    ("erasure", Answer, "body", _says("erasure", at="today")),
    ("coupon.hold coupon.held", Hq, "hold", _held_by_another),
    ("coupon.held", Hq, "hold", _held_until_now),
    ("value.leased value.on_top", Answer, "body", _says("value_lease", signature="x")),
    ("value.leased value.on_top value.stored", Answer, "body", _says("value_lease", amount=10**5)),
    ("value.stored", Answer, "body", _says("value_lease", unit="points")),
    ("value.stored", Hq, "hold", _on_top(signature="", unit="value")),
    ("value.stored", Hq, "hold", _on_top(amount=10**5, unit="value")),
    ("value.leased value.on_top", Answer, "body", _without("value_lease")),
    ("value.on_top", Hq, "hold", _on_top(signature="")),
    ("value.on_top", Hq, "hold", _on_top(amount=10**5)),
    ("value.on_top value.spent", Hq, "hold", lambda reply: reply.model_copy(update={"points": None})),
    ("value.on_top", Hq, "hold", lambda reply: reply.model_copy(update={"incarnation": "an earlier one"})),
]


pytestmark = pytest.mark.usefixtures("cheap_codes")


@pytest.fixture(autouse=True)
def _at_work(request: pytest.FixtureRequest) -> None:
    """A chain of which all can be asked."""
    if "hq_server" in request.fixturenames:
        _put_to_work(request.getfixturevalue("hq_server"))


def _put_to_work(server: HqServer) -> None:
    equip(server)
    stock_up(server)
    save_up(server)


@pytest.fixture(scope="module")
def busy_hq(common_hq: HqServer) -> HqServer:
    """The same for all, but for what an examination leaves behind of what is the chain's own."""
    _put_to_work(common_hq)
    return common_hq


def verdicts(server: HqServer, *names: str) -> dict[str, str]:
    """What is said of each of these rules."""
    found = examine(server.url, server.hq.admin_token(), lambda name: name in names, stock_of="S001", value_of=CODE)
    return {one.rule.name: one.verdict for one in found}


@pytest.mark.parametrize(("names", "owner", "part", "wrong"), ACTS)
def test_an_effect_that_is_none_or_another(
    busy_hq: HqServer, monkeypatch: pytest.MonkeyPatch, names: str, owner: Any, part: str, wrong: Any
) -> None:
    monkeypatch.setattr(owner, part, wrong)
    assert verdicts(busy_hq, *names.split()) == dict.fromkeys(names.split(), "broken")


@pytest.mark.parametrize(("names", "owner", "method", "mutate"), ANSWERS)
def test_an_answer_that_is_not_true(
    hq_server: HqServer, monkeypatch: pytest.MonkeyPatch, names: str, owner: type[Any], method: str, mutate: Mutate
) -> None:
    honest = getattr(owner, method)
    monkeypatch.setattr(owner, method, lambda *args: mutate(honest(*args)))
    assert verdicts(hq_server, *names.split()) == dict.fromkeys(names.split(), "broken")


@pytest.mark.parametrize(("name", "kind"), [("feed.tasks", CareTaskChangedV1), ("valet.answer", ValetOrderPlacedV1)])
def test_an_hq_that_keeps_a_kind_of_fact_for_people_alone(
    hq_server: HqServer, monkeypatch: pytest.MonkeyPatch, name: str, kind: Any
) -> None:
    """It may do so with a cart that was thrown away, not with what a till waits for."""
    monkeypatch.setitem(EFFECTS, kind, lambda *_what: None)
    assert verdicts(hq_server, name) == {name: "broken"}


@pytest.mark.parametrize("knows", ["nothing", "its batch", "what is stored", "its till's own"])
def test_an_hq_that_counts_each_fact_about_a_sale(
    hq_server: HqServer, monkeypatch: pytest.MonkeyPatch, knows: str
) -> None:
    """T-16: it goes by the ids of facts alone, or looks for the sale in too few places."""
    honest, load = EFFECTS[SALE], Work.load
    stored: set[str] = set()
    sold: set[tuple[str, str]] = set()

    def loaded(work: Work, contents: Any) -> None:
        load(work, contents)
        stored.clear()
        stored.update(work.sales)
        if knows == "its batch":
            work.sales.clear()

    def is_new(sale: str, till: str) -> bool:
        found = {"nothing": False, "what is stored": sale in stored, "its till's own": (sale, till) in sold}
        return not found.get(knows, True)

    def few(work: Work, received: Any, content: SaleCompletedV1) -> str | None:
        if is_new(content.id, work.terminal.id):
            work.sales.discard(content.id)
        sold.add((content.id, work.terminal.id))
        return honest(work, received, content)

    monkeypatch.setattr(Work, "load", loaded)
    monkeypatch.setitem(EFFECTS, SALE, few)
    assert verdicts(hq_server, "push.sale_twice") == {"push.sale_twice": "broken"}


@pytest.mark.parametrize("said", ["refused", "aside"])
def test_an_hq_that_takes_no_second_fact_about_a_sale(
    hq_server: HqServer, monkeypatch: pytest.MonkeyPatch, said: str
) -> None:
    """A finished sale is never refused; and what lies aside its till adds itself, for ever."""
    honest = EFFECTS[SALE]

    def strict(work: Work, received: Any, content: SaleCompletedV1) -> str | None:
        if content.id not in work.sales:
            return honest(work, received, content)
        raise LinkError("bad_request") if said == "refused" else UnreadableError("sale_twice", "")

    monkeypatch.setitem(EFFECTS, SALE, strict)
    assert verdicts(hq_server, "push.sale_twice") == {"push.sale_twice": "broken"}


def test_an_hq_that_gives_what_it_has_given_already(hq_server: HqServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """T-44: what is leased to one till is free for the next."""

    def generous(self: Books, _account: Any, row: ValueLeaseRow, amount: int) -> None:
        row.amount += amount
        self.session.add(row)

    monkeypatch.setattr(Books, "lease", generous)
    names = ("value.leased", "value.on_top", "value.stored")
    assert verdicts(hq_server, *names) == dict.fromkeys(names, "broken")


def test_an_hq_that_leases_to_whoever_comes(hq_server: HqServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """S-18: two stores without a line are not to have the same member's points."""
    honest = escrow._accounts

    def everywhere(session: Any, _store: str, unit: str) -> Any:
        stores = session.exec(select(Terminal.store).distinct()).all()
        return [account for store in stores for account in honest(session, store, unit)]

    monkeypatch.setattr(escrow, "_accounts", everywhere)
    assert verdicts(hq_server, "value.leased") == {"value.leased": "broken"}


def test_an_hq_that_leaves_in_a_lease_what_was_spent(hq_server: HqServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """The till would spend it twice."""

    def forgetful(_self: Books, account: Any, _row: ValueLeaseRow, part: int) -> int:
        account.balance -= part
        return part

    monkeypatch.setattr(Books, "_spend_lease", forgetful)
    assert verdicts(hq_server, "value.spent") == {"value.spent": "broken"}


def test_an_hq_that_frees_what_another_machine_has(hq_server: HqServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """S-18: the machine before is shut out, and sells on until it hears of that."""
    honest = Hq.enrol

    def freeing(hq: Hq, request: Any) -> Any:
        said = honest(hq, request)
        with hq_server.database.write() as session:
            mine = ValueLeaseRow.terminal == said.terminal, ValueLeaseRow.state == OPEN
            for row in session.exec(select(ValueLeaseRow).where(*mine)).all():
                Books(session, 0).give_back(row)
        return said

    monkeypatch.setattr(Hq, "enrol", freeing)
    assert verdicts(hq_server, "value.machine") == {"value.machine": "broken"}


def test_an_hq_that_takes_from_the_leases_of_others(hq_server: HqServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Those tills may be spending it this very moment, without a line."""

    def all_leases(session: Any, _terminal: str, _incarnations: Any, account: Any) -> Any:
        return list(session.exec(select(ValueLeaseRow).where(ValueLeaseRow.member == account.member)))

    monkeypatch.setattr(value, "leases_of", all_leases)
    assert verdicts(hq_server, "value.spent") == {"value.spent": "broken"}


def test_an_hq_that_moves_stock_with_each_copy_of_a_sale(hq_server: HqServer, monkeypatch: pytest.MonkeyPatch) -> None:
    honest = Work.move_stock
    monkeypatch.setattr(Work, "move_stock", lambda work, store, sku, qty: honest(work, store, sku, 2 * qty))
    assert verdicts(hq_server, "feed.stock") == {"feed.stock": "broken"}


def test_what_a_chain_does_not_have_is_not_asked(hq_server: HqServer) -> None:
    """Points that are no tender, or are not leased; no template; sales that earn nothing; no store with stock."""
    names = {one.name for one in RULES if one.check.__module__.endswith(OF_EFFECTS)}
    setting = ("points_offline", "points_for_yuan", "points_per_yuan")
    hq_server.publish(Change(GLOBAL, "setting", setting[0], None))
    assert verdicts(hq_server, "value.leased", "value.on_top") == {"value.leased": "skipped", "value.on_top": "ok"}
    hq_server.publish(
        Change(GLOBAL, "setting", setting[1], None), Change(GLOBAL, "coupon_template", "NEW", None),
        Change(GLOBAL, "setting", setting[2], {"name": setting[2], "value": 0}),
    )  # fmt: skip
    found = examine(hq_server.url, hq_server.hq.admin_token(), lambda name: name in names)
    assert {one.rule.name for one in found if one.verdict == "ok"} == {
        "push.aside", "push.sale_twice", "feed.tasks", "valet.answer", "erasure"
    }  # fmt: skip


def test_a_chain_that_forgets_nobody_over_http_is_not_asked(
    hq_server: HqServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    honest = HttpHq.raw

    def older(line: HttpHq, method: str, path: str, *more: Any, **headers: Any) -> Any:
        return honest(line, method, path.replace("erasures", "nothing"), *more, **headers)

    monkeypatch.setattr(HttpHq, "raw", older)
    assert verdicts(hq_server, "erasure") == {"erasure": "skipped"}


def test_an_hq_that_knows_no_holds_and_no_guests(hq_server: HqServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """A till goes on without; sales are settled all the same."""

    def unknown(*_asked: Any) -> None:
        raise LinkError("bad_request", status=404)

    monkeypatch.setattr(HttpHq, "hold", unknown)
    monkeypatch.setattr(HttpHq, "visit", unknown)
    without = (
        "coupon.right",
        "coupon.hold",
        "coupon.held",
        "value.leased",
        "value.on_top",
        "value.spent",
        "value.machine",
        "value.stored",
        "visit",
        "erasure",
    )
    assert verdicts(hq_server, *without) == dict.fromkeys(without, "skipped")
    assert verdicts(hq_server, "coupon.twice", "coupon.used") == {"coupon.twice": "ok", "coupon.used": "ok"}


def test_the_till_that_sold_a_piece_has_no_place_afterwards(hq_server: HqServer) -> None:
    """Else that store's own tills would share with it what is leased to the store, for good."""
    assert verdicts(hq_server, "feed.stock") == {"feed.stock": "ok"}
    with hq_server.database.read() as session:
        tills = session.exec(select(Terminal).where(Terminal.store == "S001")).all()
        assert [till.revoked for till in tills if till.enrolled_ms is not None] == [True]


def test_every_rule_of_effects_has_an_hq_that_breaks_it() -> None:
    names = {name for names, *_ in [*ACTS, *ANSWERS] for name in names.split()}
    assert names == {one.name for one in RULES if one.check.__module__.endswith(OF_EFFECTS)}
