"""What a till does through its store's hub while HQ does not answer: hand in copies, hear HQ's answers, take its pages.

Nothing that the hub says is believed for the hub's sake: HQ's answers and pages are signed by HQ, and whatever lies at
the hub stays unsent here until HQ has it (field_failures.md T-10, G-1).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from posclient.db import inbox, live_cache, local_members, losses, outbox, stock, terminal
from posclient.db.at_rest import OwnKey
from posclient.db.connection import Connection
from posclient.db.inbox import Cursor
from posclient.db.live_cache import LiveCache
from posclient.domain.ids import Clock
from posclient.errors import DataError, LinkError, PosError
from sync.accepting import held_back, refuse_losses
from sync.appointment import Appointment, adopt
from sync.convert import push_request
from sync.engine import NOT_BELIEVED, record_reply
from sync.handed_on import SharedPage
from sync.hub.line import HubLine, KeptAnswer
from sync.hub.times import Question, ask
from sync.proofs import signed_batch
from sync.protocol import FactOutcome, PushReply
from sync.replies import text_message
from sync.report import HeldBack, HubReport, is_full
from sync.signing import Signer

#: Facts, and bytes of them, of a batch for the hub: nobody can part what this till has signed, and it is to get through
#: the poorest line that the hub may find (``sync.pace``).
MOST_FACTS, MOST_PUSH = 100, 64 * 1024
#: Rounds of answers that one cycle takes; each is of fifty batches.
MOST_ROUNDS = 100


@dataclass(slots=True)
class _Done:
    """What came of it so far, kept also where it ends early."""

    handed: Mapping[str, int] = field(default_factory=dict)
    told: int = 0
    pages: int = 0
    held: list[HeldBack] = field(default_factory=list)


def through_hub(
    appointment: Appointment, me: Signer, con: Connection, folder: Path, clock: Clock, own: OwnKey, question: Question
) -> HubReport:
    """Do what can be done through the hub; never raises a ``PosError``: it is in the report. ``own`` seals members.

    ``question``: this program's to HQ, for its time; kept from cycle to cycle.
    """
    done = _Done()
    error: PosError | None = None
    try:
        with HubLine(appointment, me) as line:
            _follow(line, appointment, con, folder)
            try:
                hand_in(line, me, con, clock, done)
            except LinkError as full:  # it has pages, and answers for coupons, all the same
                if not is_full(full):
                    raise
                error = full
            ask(line, me, con, clock.now(), question)
            _pull(line, con, LiveCache(folder, writable=True, own=own), folder, clock, done)
    except PosError as stopped:
        error = stopped
    handed = outbox.within(con, done.handed)
    return HubReport(appointment.terminal or "", handed, done.told, done.pages, tuple(done.held), error)


def _follow(line: HubLine, appointment: Appointment, con: Connection, folder: Path) -> None:
    """A newer appointment counts from now on; this line is the hub's no more if it names another."""
    newer = adopt(folder, terminal.read(con), line.told)
    if newer is not None and newer.serial > appointment.serial and newer.terminal != appointment.terminal:
        raise LinkError("hub_refuses", why="replaced")


def hand_in(line: HubLine, me: Signer, con: Connection, clock: Clock, done: _Done) -> None:
    """First what HQ has answered, then what is not here yet."""
    place = line.place()
    done.handed = place.has
    for _round in range(MOST_ROUNDS):
        if not place.answers:
            break
        done.told += sum(_take(line, answer, con, clock) for answer in place.answers)
        line.taken(answer.batch for answer in place.answers)
        place = line.place()
    while batch := outbox.pending(con, MOST_FACTS, MOST_PUSH, done.handed):
        last = batch[-1].fact
        has = line.hand(*signed_batch(push_request(batch), me)).has
        if has.get(last.incarnation, 0) < last.seq:
            raise LinkError("not_hub", why="nothing_taken")
        # never back, whatever it says of other chains: this ends
        done.handed = {one: max(has.get(one, 0), done.handed.get(one, 0)) for one in {*has, *done.handed}}


def _take(line: HubLine, answer: KeptAnswer, con: Connection, clock: Clock) -> int:
    """Believe HQ's signed reply as if it had come from HQ itself; it may be old, so it never takes a seq back.

    It may be about what this disk had made before it was put back, or of an HQ that was restored since: what is not
    about our chain of now waits for HQ itself, as does what cannot be read.
    """
    if not line.proved(answer):
        return 0
    try:
        reply = text_message(PushReply, answer.reply)
    except LinkError:  # of a later HQ's kind: the next one is to be heard all the same
        return 0
    if not (reply.outcomes and outbox.made_here(con, reply.outcomes[-1], reply.last_hash)):
        return 0
    outcomes = [one for one in reply.outcomes if _is_stored(one, reply)]
    here = terminal.read(con)
    upto = {
        "received_seq": max(here.received_seq, reply.received_seq),
        "durable_seq": max(here.durable_seq, reply.durable_seq),
    }
    record_reply(con, outcomes, reply.model_copy(update=upto), clock)
    return len(outcomes)


def _is_stored(said: FactOutcome, reply: PushReply) -> bool:
    return said.seq <= reply.received_seq or said.outcome == "quarantined"


def _pull(line: HubLine, con: Connection, cache: LiveCache, folder: Path, clock: Clock, done: _Done) -> None:
    """HQ's pages of all feeds that this till has begun, but its own; of members only while it may read them."""
    live_cache.prepare(folder)
    shut = ("terminal:",) if cache.own.key else ("terminal:", "store:")
    try:
        for cursor in inbox.cursors(cache).values():
            if not cursor.feed.startswith(shut):
                _turn_pages(line, cache, cursor, terminal.read(con), clock, done)
        local_members.forget_superseded(con, cache)
        stock.note_others(cache, line.stock())
    finally:
        cache.close()


def _turn_pages(
    line: HubLine, cache: LiveCache, cursor: Cursor, me: terminal.Terminal, clock: Clock, done: _Done
) -> None:
    """Pages until the hub has no more. What cannot be believed, or agrees no more, waits for HQ itself."""
    taken: Counter[str] = Counter()
    try:
        while page := line.page(cursor.feed, cursor.epoch, cursor.version):
            ours = _from(page, cursor, me)
            refuse_losses(
                losses.of_rows(cache.con, cursor.feed, ours.rows, taken, clock.now()), ours.to
            )  # HQ's own answer asks
            applied = inbox.apply_page(cache, ours, clock.now())
            cursor, done.pages = applied.cursor, done.pages + 1
            if not applied.agrees:
                raise DataError("feed_disagrees")
    except DataError as error:
        if error.code not in NOT_BELIEVED:
            raise
        done.held += held_back(cursor.feed, error)


def _from(page: SharedPage, cursor: Cursor, me: terminal.Terminal) -> SharedPage:
    """The rest of a page behind the cursor, with what it includes of our own facts."""
    ours = (one.seq for one in page.applied if (one.terminal, one.incarnation) == (me.terminal, me.incarnation))
    rows = [row for row in page.rows if row.v > cursor.version]
    return page.model_copy(
        update={"from_": cursor.version, "rows": rows, "applied_seq": next(ours, cursor.applied_seq)}
    )
