"""HQ's figures for Prometheus: counted as things happen, or read from the database when somebody asks.

One registry an HQ. No label holds a store's or a terminal's name: a chain has thousands, and each would be a series.
"""

from __future__ import annotations

from collections import Counter as CountOf
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from sqlalchemy import func
from sqlmodel import Session, col, select

from posclient.domain.ids import Clock
from posclient.errors import DataError
from sync.hq.clock import milliseconds
from sync.hq.database import Database
from sync.hq.fact_tables import Quarantine, Resent
from sync.hq.last_contacts import LastContacts
from sync.hq.tables import Feed, Terminal, TillHealth
from sync.protocol import FactOutcome

#: Seconds: a page takes some 5 ms, a push of 500 facts 100 ms, a snapshot of a million products 20 s.
SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
#: Upper ends in seconds of how long a terminal has been silent. A till asks every 30 to 90 seconds.
SILENCE = ((120, "2m"), (600, "10m"), (3600, "1h"), (86_400, "1d"), (3 * 86_400, "3d"))
#: Feeds of one place; their heads are counted together.
_PLACES = ("store", "terminal")


class Metrics:
    """Counters of one process; ``text`` adds what the database says."""

    def __init__(self, database: Database, clock: Clock, contacts: LastContacts) -> None:
        own = self._registry = CollectorRegistry()
        labels = ("method", "route", "status")
        self._requests = Histogram("hq_request_seconds", "Requests by route.", labels, buckets=SECONDS, registry=own)
        self._series: dict[tuple[str, str, int], Histogram] = {}
        self._facts = Counter("hq_facts", "Facts received.", ("outcome", "code"), registry=own)
        self._database_errors = Counter("hq_database_errors", "Database away, locked or full.", registry=own)
        self._bad_codes = Counter("hq_bad_enrolment_codes", "Enrolment codes that were wrong.", registry=own)
        self._pruned = Counter("hq_tombstones_pruned", "Tombstones of feeds dropped for their age.", registry=own)
        self._taken_up = Counter(
            "hq_facts_taken_up", "Facts that an older program had put aside and that count now.", registry=own
        )
        self._retired = Counter("hq_rows_retired", "Rows taken out of feeds that were over.", registry=own)
        self._shown_out = Counter("hq_guests_shown_out", "Guests taken out of stores' feeds.", registry=own)
        self._snapshots = Gauge("hq_snapshots_being_built", "Snapshots being built now.", registry=own)
        own.register(_Stored(database, clock, contacts))

    def request(self, method: str, route: str, status: int, seconds: float) -> None:
        """A request was answered; ``route`` is its template, "-" where there is none."""
        key = (method, route, status)
        series = self._series.get(key)
        if series is None:  # to look one up by its labels takes longer than to count
            series = self._series[key] = self._requests.labels(method, route, str(status))
        series.observe(seconds)

    def facts(self, outcomes: Iterable[FactOutcome]) -> None:
        """Facts were answered; ``duplicate`` is one that was sent again."""
        counted = CountOf((one.outcome, one.code or "") for one in outcomes)
        for labels, count in counted.items():
            self._facts.labels(*labels).inc(count)

    def database_error(self) -> None:
        self._database_errors.inc()

    def bad_code(self) -> None:
        self._bad_codes.inc()

    def pruned(self, tombstones: int) -> None:
        """A round of ``pruning`` has dropped so many."""
        self._pruned.inc(tombstones)

    def taken_up(self, facts: int) -> None:
        """A round of ``taking_up`` has applied so many."""
        self._taken_up.inc(facts)

    def retired(self, rows: int) -> None:
        """A round of ``retiring`` has taken so many out of their feeds."""
        self._retired.inc(rows)

    def shown_out(self, guests: int) -> None:
        """A round of ``visiting`` has taken so many out of their stores' feeds."""
        self._shown_out.inc(guests)

    @contextmanager
    def building_snapshot(self) -> Iterator[None]:
        """While the block runs."""
        with self._snapshots.track_inprogress():
            yield

    def text(self) -> bytes:
        """All of it in Prometheus' text format, 0.0.4."""
        return generate_latest(self._registry)


class _Stored:
    """What the database says at this moment; a database that is away gives ``hq_database_up`` 0 alone."""

    def __init__(self, database: Database, clock: Clock, contacts: LastContacts) -> None:
        self._database = database
        self._clock = clock
        self._contacts = contacts

    def describe(self) -> list[Metric]:
        """Nothing ahead: to be registered must not ask the database."""
        return []

    def collect(self) -> Iterator[Metric]:
        found: list[Metric] = []
        try:
            with self._database.read() as session:
                found = [self._terminals(session), *_heads(session), *_kept(session)]
        except DataError:
            found = []
        yield GaugeMetricFamily("hq_database_up", "Whether the database answers.", value=float(bool(found)))
        yield from found

    def _terminals(self, session: Session) -> Metric:
        """Enrolled terminals by their last contact."""
        metric = GaugeMetricFamily("hq_terminals", "Enrolled terminals by last contact within.", labels=["within"])
        enrolled = (
            select(Terminal.id, Terminal.seen_ms, TillHealth.at_ms)
            .outerjoin(TillHealth, col(TillHealth.terminal) == col(Terminal.id))
            .where(col(Terminal.enrolled_ms).is_not(None), ~col(Terminal.revoked))
        )
        counts = {name: 0 for _, name in SILENCE} | {"longer": 0}
        for terminal, seen, said in session.exec(enrolled):  # perhaps at another HQ process
            last = self._contacts.last(terminal, max(seen or 0, said or 0)) or 0
            silent = (milliseconds(self._clock) - last) / 1000
            counts[next((name for most, name in SILENCE if silent <= most), "longer")] += 1
        for name, count in counts.items():
            metric.add_metric([name], count)
        return metric


def _heads(session: Session) -> list[Metric]:
    """The head of each shared feed; for stores and terminals the sum, which moves whenever one of them does."""
    heads = GaugeMetricFamily("hq_feed_head", "Version of a feed's head; store and terminal: sums.", labels=["feed"])
    rows = GaugeMetricFamily("hq_feed_rows", "Live rows of a feed; store and terminal: sums.", labels=["feed"])
    sums: dict[str, tuple[int, int]] = {}
    for name, head, count in session.exec(select(Feed.name, Feed.head, Feed.count)):
        kind = name.split(":")[0]
        label = kind if kind in _PLACES else name
        one = sums.get(label, (0, 0))
        sums[label] = (one[0] + head, one[1] + count)
    for label, (head, count) in sorted(sums.items()):
        heads.add_metric([label], head)
        rows.add_metric([label], count)
    return [heads, rows]


def _kept(session: Session) -> Iterator[Metric]:
    """What a person has to look at, over all processes and restarts."""
    count = session.exec(select(func.count()).select_from(Quarantine)).one()
    yield GaugeMetricFamily("hq_quarantined", "Facts in quarantine.", value=count)
    resent = session.exec(select(func.coalesce(func.sum(Resent.facts), 0))).one()
    yield GaugeMetricFamily("hq_resent", "Facts that came again since the database was made.", value=float(resent))
