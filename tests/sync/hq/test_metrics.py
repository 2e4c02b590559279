"""``/metrics``: what an operator sees of HQ, and who may see it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import text
from sqlmodel import select

from posclient.errors import LinkError
from sync.hq.clock import UtcClock
from sync.hq.healths import Healths
from sync.hq.server import Server
from sync.hq.tables import Terminal
from tests.sync.conftest import HqServer
from tests.sync.hq.conftest import NewTill
from tests.sync.hq.till_at_hq import enrol_request
from ui.cli import main

Samples = dict[tuple[str, tuple[str, ...]], float]


def scraped(url: str, **headers: str) -> Samples:
    """Value by name and label values (in the order of the labels' names), as Prometheus' own parser reads them."""
    reply = httpx.get(f"{url}/metrics", headers=headers)
    assert (reply.status_code, reply.headers["content-type"].split(";")[0]) == (200, "text/plain")
    return {
        (sample.name, tuple(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(reply.text)
        for sample in family.samples
    }


def test_what_tills_do_is_counted(hq_server: HqServer, new_till: NewTill) -> None:
    till = new_till()
    sales = [till.sale(), till.sale()]
    till.push(*sales)
    till.push(sales[0], till.fact("SaleCompleted", {"not": "a sale"}))
    till.api.manifest("global")
    with pytest.raises(LinkError, match="bad_code"):
        till.api.enrol(enrol_request("0" * 10, "x", till.seed))
    found = scraped(hq_server.url)
    facts = {labels: count for (name, labels), count in found.items() if name == "hq_facts_total"}
    assert facts == {("", "applied"): 2, ("", "duplicate"): 1, ("unreadable", "quarantined"): 1}
    assert found["hq_request_seconds_count", ("POST", "/v1/push", "200")] == 2
    assert found["hq_request_seconds_bucket", ("30.0", "POST", "/v1/push", "200")] == 2
    assert (found["hq_quarantined", ()], found["hq_resent", ()], found["hq_database_up", ()]) == (1, 1, 1)
    assert found["hq_bad_enrolment_codes_total", ()] == 1
    assert found["hq_snapshots_being_built", ()] == 0
    assert found["hq_feed_head", ("terminal",)] == 1  # the till is told of its quarantined fact
    assert found["hq_terminals", ("2m",)] == 1


def test_terminals_are_counted_by_their_last_contact(hq_server: HqServer, new_till: NewTill) -> None:
    for _ in range(3):
        new_till()
    with hq_server.database.write() as session:
        for terminal, hours in zip(session.exec(select(Terminal)), (0.5, 30, 1000), strict=True):
            assert terminal.seen_ms is not None
            terminal.seen_ms -= int(hours * 3_600_000)
    found = scraped(hq_server.url)
    counts = {labels[0]: count for (name, labels), count in found.items() if name == "hq_terminals" and count}
    assert counts == {"1h": 1, "3d": 1, "longer": 1}
    Healths(hq_server.database, UtcClock()).note("S001-3", "{}")  # to another HQ process
    found = scraped(hq_server.url)
    counts = {labels[0]: count for (name, labels), count in found.items() if name == "hq_terminals" and count}
    assert counts == {"2m": 1, "1h": 1, "3d": 1}


#: Methods that the server reads and HQ has no use for; one that nobody knows is refused before there is a request.
ODD = ("PROPFIND", "REPORT", "MKCOL", "LOCK", "SEARCH")


def test_no_label_names_a_place_and_strangers_make_no_series(hq_server: HqServer, new_till: NewTill) -> None:
    """Thousands of tills, or a stranger with odd methods and invented paths, must not fill Prometheus' memory."""
    new_till("S001")
    before = len(scraped(hq_server.url))
    with httpx.Client(base_url=hq_server.url) as client:
        for number in range(20):
            client.request(ODD[number % len(ODD)], f"/path/{number}")
            client.get(f"/v1/feeds/store:{number}?epoch=x&after=0")
    for store in ("S002", "S003"):
        new_till(store)
    found = scraped(hq_server.url)
    assert len(found) - before < 120
    assert not [labels for _, labels in found if re.search("|".join((r"S00\d", "path", *ODD)), " ".join(labels))]


def test_a_database_that_is_away_is_a_figure_too(hq_server: HqServer, caplog: pytest.LogCaptureFixture) -> None:
    with hq_server.database.write() as session:
        session.execute(text("ALTER TABLE terminal RENAME TO gone"))
    assert httpx.get(f"{hq_server.url}/v1/feeds", headers={"Authorization": "Bearer x"}).status_code == 503
    found = scraped(hq_server.url)
    assert (found["hq_database_up", ()], found["hq_database_errors_total", ()]) == (0, 1)
    assert ("hq_quarantined", ()) not in found
    caplog.clear()


@pytest.mark.parametrize("header", ["X-Forwarded-For", "Forwarded", "Via", "X-Real-IP"])
def test_without_a_token_it_is_for_this_machine_alone(hq_server: HqServer, header: str) -> None:
    """A reverse proxy on this machine would make the whole world look like this machine."""
    scraped(hq_server.url)
    assert httpx.get(f"{hq_server.url}/metrics", headers={header: "203.0.113.7"}).status_code == 401


@contextmanager
def with_token(hq_server: HqServer, token: str) -> Iterator[str]:
    server = Server(hq_server.hq, metrics_token=token)
    server.start()
    yield server.url
    server.stop()


def test_with_a_token_it_is_for_whoever_has_it(hq_server: HqServer) -> None:
    with with_token(hq_server, "a-long-enough-token") as url:
        assert scraped(url, Authorization="Bearer a-long-enough-token", Via="1.1 proxy")
        for given in ("", "Bearer", "Bearer a-long-enough-toke", "Basic a-long-enough-token", "Bearer ÿ"):
            assert httpx.get(f"{url}/metrics", headers={b"Authorization": given.encode("latin-1")}).status_code == 401


@pytest.mark.parametrize("content", [None, b"", b"short", b"\xff" * 40, "令牌".encode() * 10])
def test_a_token_file_that_will_not_do_is_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: bytes | None
) -> None:
    if content is not None:
        (tmp_path / "token").write_bytes(content)
    url = f"sqlite:///{tmp_path}/hq.db"
    assert main(["hq", "serve", "--db", url, "--port", "0", "--metrics-token", str(tmp_path / "token")]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1
    assert not (tmp_path / "hq.db").exists()
