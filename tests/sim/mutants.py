"""Faults that somebody might build into sync or HQ, put in at run time: the simulation has to find each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from posclient.actions import own_money, rights
from posclient.db import inbox, outbox, terminal
from posclient.db.connection import transaction
from posclient.db.hub_file import HubFile
from posclient.domain import leases
from posclient.domain.leases import Spendable
from sync import engine, enrolment
from sync.hq import effects, escrow, hubs, leasing, ledger, pages, receiving, retiring, snapshots
from sync.hq.escrow import Books
from sync.hq.fact_tables import CouponUseRow
from sync.hq.holding import _Desk
from sync.hq.receiving import Receiver
from sync.hq.tables import Chain, Terminal
from sync.hq.work import Work
from sync.hub import line, through
from sync.hub.holds import Holds
from tests.sim.world import World

Mutant = Callable[[pytest.MonkeyPatch], None]


def no_duplicate_check(patch: pytest.MonkeyPatch) -> None:
    """HQ takes what it has already for something new."""
    receive = Receiver.receive

    def trusting(self: Receiver, terminal: str, request: Any, fault: Any = None) -> Any:
        with self._database.read() as session:
            incarnation = session.get_one(Terminal, terminal).incarnation
            chain = session.get(Chain, (terminal, incarnation))
            known = chain.received_seq if chain else 0
        again = [fact for fact in request.facts if fact.seq <= known]
        if not again:
            return receive(self, terminal, request, fault)
        renamed = [
            fact.model_copy(update={"id": f"{fact.id}-again-{known}", "seq": known + n})
            for n, fact in enumerate(again, 1)
        ]
        reply = receive(self, terminal, request.model_copy(update={"facts": renamed, "sides": []}), fault)
        names = {new.id: old for new, old in zip(renamed, again, strict=True)}
        outcomes = [one.model_copy(update={"id": names[one.id].id, "seq": names[one.id].seq}) for one in reply.outcomes]
        return reply.model_copy(update={"outcomes": outcomes})

    patch.setattr(Receiver, "receive", trusting)
    patch.setattr(ledger, "_next_hash", lambda _chain, _received: "")  # or the chain would find it out


def acknowledged_when_sent(patch: pytest.MonkeyPatch) -> None:
    """The till takes a fact for received before HQ has said so."""
    pending = outbox.pending

    def sent(con: Any, *bounds: Any) -> Any:
        batch = pending(con, *bounds)
        with transaction(con):
            for one in batch:
                con.execute(
                    "UPDATE outbox SET acked_ms = 1 WHERE number = (SELECT number FROM fact WHERE id = ?)",
                    (one.fact.id,),
                )
        return batch

    patch.setattr(outbox, "pending", sent)


def cursor_before_rows(patch: pytest.MonkeyPatch) -> None:
    """The cursor has moved on while the rows are still to come."""
    apply_page = inbox.apply_page

    def hasty(cache: Any, page: Any, now: Any) -> Any:
        before = cache.con.execute(
            "SELECT version, head, rows, checksum FROM feed_cursor WHERE feed = ?", (page.feed,)
        ).fetchone()
        move = "UPDATE feed_cursor SET version = ?, head = ?, rows = ?, checksum = ? WHERE feed = ?"
        checksum = page.checksum - 2**64 if page.checksum >= 2**63 else page.checksum
        cache.con.execute(move, (page.to, page.head, page.count, checksum, page.feed))
        for _ in range(40):  # time enough to die in
            cache.con.execute("SELECT 1").fetchall()
        if before:
            cache.con.execute(move, (*before, page.feed))
        return apply_page(cache, page, now)

    patch.setattr(inbox, "apply_page", hasty)


def coupons_count_always(patch: pytest.MonkeyPatch) -> None:
    """HQ does not look whether a coupon was used."""
    add = Work.add

    def generous(self: Work, table: Any, **values: Any) -> None:
        add(self, table, **values | ({"first": True} if table is CouponUseRow else {}))

    patch.setattr(Work, "add", generous)


def gap_is_not_filled(patch: pytest.MonkeyPatch) -> None:
    """The till does not send again what a restored HQ has lost."""

    def refuse(_con: Any, _batch: Any, error: Exception, _replayed: Any) -> int:
        raise error

    patch.setattr(engine, "_replay", refuse)


def a_try_that_failed_counts(patch: pytest.MonkeyPatch) -> None:
    """HQ remembers what a fact brought about although that transaction came to nothing."""
    apply_effect = effects.apply_effect
    seen: dict[str, int] = {}

    def later(work: Any, received: Any, content: Any) -> Any:
        seen[received.fact.id] = seen.get(received.fact.id, 0) + 1
        return apply_effect(work, received, content) if seen[received.fact.id] == 1 else None

    patch.setattr(receiving, "apply_effect", later)


def epochs_stay_when_restored(patch: pytest.MonkeyPatch) -> None:
    """A restored HQ gives the versions that it has forgotten to other rows."""
    patch.setattr(World, "renew_epochs", lambda _world: None)


def earlier_enrolments_are_forgotten(patch: pytest.MonkeyPatch) -> None:
    """A restored HQ gets again what the present enrolment sent, and nothing from before."""
    patch.setattr(outbox, "replay_earlier", lambda _con: 0)


def receipts_begin_anew(patch: pytest.MonkeyPatch) -> None:
    """A till that is enrolled anew numbers its receipts from where HQ says, whatever it has printed since."""
    enrolled = terminal.enrol

    def enrol(con: Any, place: Any) -> None:
        enrolled(con, place)
        con.execute("UPDATE terminal SET next_receipt_seq = ?", (place.next_receipt_seq,))

    patch.setattr(terminal, "enrol", enrol)


def revoked_facts_count(patch: pytest.MonkeyPatch) -> None:
    """What a revoked till sends is taken, and its answer says that it was not."""
    receive = Receiver.receive

    def lenient(self: Receiver, name: str, request: Any, fault: Any = None) -> Any:
        reply = receive(self, name, request)
        aside = [one.model_copy(update={"outcome": "quarantined", "code": "revoked"}) for one in reply.outcomes]
        return reply.model_copy(update={"outcomes": aside}) if fault else reply

    patch.setattr(Receiver, "receive", lenient)


def free_value_is_leased_twice(patch: pytest.MonkeyPatch) -> None:
    """A lease leaves as much free as there was."""
    lease = Books.lease

    def generous(self: Books, account: Any, row: Any, amount: int) -> None:
        lease(self, account, row, amount)
        account.free += amount

    patch.setattr(Books, "lease", generous)


def holds_are_not_remembered(patch: pytest.MonkeyPatch) -> None:
    """HQ promises a coupon to whoever asks."""
    patch.setattr(_Desk, "_keep", lambda *_arguments: None)


def hq_breaks_its_promise(patch: pytest.MonkeyPatch) -> None:
    """A right is over when somebody else asks for it, whatever its end and whatever its holder has still to send."""
    for module in (leasing, escrow):
        patch.setattr(module, "over_for_hq", lambda *_times: True)


def balance_is_trusted_offline(patch: pytest.MonkeyPatch) -> None:
    """A till lets members spend what HQ last said that they have."""
    patch.setattr(
        rights, "spendable", lambda _leases, unsent, balance, _now, **_suspect: Spendable(max(0, balance - unsent))
    )
    patch.setattr(rights, "kept_by_hq", lambda *_arguments: 1 << 60)


def old_leases_are_believed(patch: pytest.MonkeyPatch) -> None:
    """A till that is enrolled anew goes on with the leases that its cache has."""
    patch.setattr(enrolment, "_forget_leases", lambda _folder, _old: None)


def old_places_get_pages(patch: pytest.MonkeyPatch) -> None:
    """HQ drops tombstones, and answers those who have not seen them as if nothing had been there."""
    patch.setattr(pages, "leads_on", lambda head, epoch, after: epoch == head.epoch and after <= head.head)


def old_snapshots_are_handed_out(patch: pytest.MonkeyPatch) -> None:
    """HQ's last snapshot of a feed serves although its pages would not lead on from there."""
    patch.setattr(snapshots, "leads_on", lambda *_place: True)


def open_payments_keep_their_coupons(patch: pytest.MonkeyPatch) -> None:
    """A till completes a frozen quote whatever has become of HQ's promise."""
    patch.setattr(rights, "over", lambda *_cart: frozenset())


def open_payments_keep_what_was_spent(patch: pytest.MonkeyPatch) -> None:
    """A till completes what was paid with stored value or points, whatever has become of the lease."""
    patch.setattr(own_money, "check_kept", lambda *_cart: None)


def what_is_still_needed_is_taken_out(patch: pytest.MonkeyPatch) -> None:
    """HQ takes every row that is old for one that is over."""
    patch.setattr(retiring, "is_closed", lambda *_row: True)


def handed_in_counts_as_sent(patch: pytest.MonkeyPatch) -> None:
    """What lies at the store's hub is unsent no more: the hub acknowledges what HQ has never seen."""
    hand_in = through.hand_in

    def trusting(to_hub: Any, me: Any, con: Any, clock: Any, done: Any) -> None:
        hand_in(to_hub, me, con, clock, done)
        for incarnation, seq in done.handed.items():
            con.execute(
                "UPDATE outbox SET acked_ms = 1 WHERE number IN"
                " (SELECT number FROM fact WHERE incarnation = ? AND seq <= ?)",
                (incarnation, seq),
            )

    patch.setattr(through, "hand_in", trusting)


def hub_gives_a_coupon_to_both(patch: pytest.MonkeyPatch) -> None:
    """Whoever asks is told that the coupon is theirs."""
    patch.setattr(Holds, "_refusal", lambda *_asked: None)


def hub_forgets_what_hq_has(patch: pytest.MonkeyPatch) -> None:
    """Once HQ has a batch, the hub does not know any more which coupons it used."""
    answered = HubFile.answered

    def forgetful(self: HubFile, batch: Any, reply: str, signature: str) -> None:
        answered(self, batch, reply, signature)
        self.con.execute("DELETE FROM used WHERE batch = ?", (batch.id,))

    patch.setattr(HubFile, "answered", forgetful)


def what_the_hub_keeps_never_ends(patch: pytest.MonkeyPatch) -> None:
    """A cart that was left open uses its coupon whenever it is paid."""
    of_the_store = leases._of_the_store

    def for_ever(lease: Any, claim: Any) -> Any:
        ever = datetime.max.replace(tzinfo=UTC) if claim.granted_until else None
        return of_the_store(lease, replace(claim, granted_until=ever))

    patch.setattr(leases, "_of_the_store", for_ever)
    payments_do_not_ask_the_hub(patch)


def payments_do_not_ask_the_hub(patch: pytest.MonkeyPatch) -> None:
    """While payment is open, the store's lease is enough."""
    patch.setattr(rights, "unasked", lambda *_cart: frozenset())


def forwarded_batches_are_not_proved(patch: pytest.MonkeyPatch) -> None:
    """HQ takes a batch whose signature the hub has broken."""
    patch.setattr(hubs, "is_signed", lambda *_said: True)


def pages_of_the_hub_are_believed(patch: pytest.MonkeyPatch) -> None:
    """A till takes a page that HQ has not signed."""
    patch.setattr(line, "is_signed", lambda *_said: True)


MUTANTS: dict[str, Mutant] = {
    one.__name__.replace("_", " "): one
    for one in (
        no_duplicate_check, acknowledged_when_sent, cursor_before_rows, coupons_count_always, gap_is_not_filled,
        a_try_that_failed_counts, epochs_stay_when_restored, earlier_enrolments_are_forgotten, receipts_begin_anew,
        revoked_facts_count, free_value_is_leased_twice, holds_are_not_remembered, hq_breaks_its_promise,
        balance_is_trusted_offline, old_leases_are_believed, old_places_get_pages, old_snapshots_are_handed_out,
        what_is_still_needed_is_taken_out, open_payments_keep_their_coupons,
        open_payments_keep_what_was_spent,
    )
}  # fmt: skip
#: Those of the store's hub: the schedules that have one are searched, and the others for the rest.
HUB_MUTANTS: dict[str, Mutant] = {
    one.__name__.replace("_", " "): one
    for one in (
        handed_in_counts_as_sent, hub_gives_a_coupon_to_both, hub_forgets_what_hq_has, what_the_hub_keeps_never_ends,
        forwarded_batches_are_not_proved, pages_of_the_hub_are_believed,
    )
}  # fmt: skip
#: Seeds that find the rarer ones at once; the search begins there. Changes of the product shift them, and it goes on.
FIRST_SEED = {
    "answered before the commit": 178, "pages are read in two transactions": 263, "dropped after a lost reply": 104,
    "forgotten before the backup": 345, "gap is not filled": 179, "cursor before rows": 190, "receipts begin anew": 68,
    "open payments keep their coupons": 574, "open payments keep what was spent": 8321366,
    "epochs stay when restored": 917, "earlier enrolments are forgotten": 7100045, "revoked facts count": 19,
    "holds are not remembered": 91, "hq breaks its promise": 91, "old leases are believed": 901,
    "hub forgets what hq has": 1147, "forwarded batches are not proved": 8310955, "pages of the hub are believed": 2140,
    "what the hub keeps never ends": 895, "managers have no cap": 2017, "a card is forgotten": 777,
    "a cleared cart is not told of": 59, "claimed codes earn nothing": 22, "forgotten members come back": 7200188,
    "a copy goes on": 6313081, "made meanwhile counts as sent": 55, "questions are as young as they arrive": 5095037,
    "answers that the hub brings are about this disk": 8305243, "a card keeps its rights": 5095266,
    "one contact tells nothing of the clock": 8101390, "any key signs for any enrolment": 8300276,
    "pages are kept without their head": 34, "coupons count always": 6, "a try that failed counts": 5,
    "balance is trusted offline": 8, "old snapshots are handed out": 13, "nobody hears of an order that moves": 13,
    "handed in counts as sent": 3, "a clock counts twice": 262, "the winner pays": 6, "who came first wins": 262,
}  # fmt: skip
