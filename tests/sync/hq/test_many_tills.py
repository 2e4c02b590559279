"""Many tills at the same time."""

from __future__ import annotations

import csv
import threading
from pathlib import Path

from sync.hq.statistics import count_all, export_sales
from tests.sync.conftest import HqServer
from tests.sync.hq.conftest import NewTill
from tests.sync.hq.till_at_hq import TillAtHq, make_line

TILLS, SALES, BATCH = 8, 120, 40


def test_eight_tills_push_at_once_and_repeat_themselves(new_till: NewTill, hq_server: HqServer, tmp_path: Path) -> None:
    """T-12, T-3: elsewhere one invoice in fifteen was doubled; here count and sum agree sale by sale."""
    tills = [new_till("S001" if number % 2 else "S002") for number in range(TILLS)]
    rung: dict[str, int] = {}
    lock = threading.Lock()

    def sell(till: TillAtHq) -> None:
        batch = []
        for number in range(SALES):
            total = 100 + number
            batch.append(till.sale(total=total, lines=(make_line("1", "A", 1, total),)))
            with lock:
                rung[f"{till.me.store}-{till.me.slot}-20261121-{number + 1}"] = total
            if len(batch) == BATCH:
                till.push(*batch)
                till.push(*batch)
                batch = []

    threads = [threading.Thread(target=sell, args=(till,)) for till in tills]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    figures = count_all(hq_server.database)
    assert (figures["sales"], figures["total"]) == (TILLS * SALES, sum(rung.values()))
    assert (figures["duplicates"], figures["resent"], figures["quarantined"]) == (0, TILLS * SALES, 0)
    export_sales(hq_server.database, tmp_path / "x.csv")
    with (tmp_path / "x.csv").open(encoding="utf-8", newline="") as file:
        assert {row["receipt"]: int(row["total"]) for row in csv.DictReader(file)} == rung
