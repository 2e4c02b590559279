"""HQ's backup: what it covers, and HQ restored from one (S-12)."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from posclient.db import terminal
from posclient.db.journal import verify_chain
from sync.hq.database import open_database
from sync.hq.fact_tables import FactRow, Incident, SaleRow
from sync.letting_go import let_go
from tests.sync.tills import Chain, TillFolder, stored, tiers
from ui.cli import main


def hq(chain: Chain, capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, object]:
    """``posclient hq`` on the chain's own database; what it printed."""
    path = chain.database._engine.url.database
    assert main(["hq", words[0], "--db", f"sqlite:///{path}", *words[1:]]) == 0
    found: dict[str, object] = json.loads(capsys.readouterr().out)
    return found


def place(till: TillFolder) -> tuple[int, int]:
    me = terminal.read(till.con)
    return me.received_seq, me.durable_seq


def test_without_a_backup_declared_what_is_received_is_durable(till: TillFolder) -> None:
    till.sale()
    till.cycle()
    assert place(till) == (1, 1)


def test_durable_is_what_the_last_declared_backup_covers(
    till: TillFolder, chain: Chain, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for _ in range(2):
        till.sale()
    till.cycle()
    marks = tmp_path / "marks.json"
    marks.write_text(json.dumps(hq(chain, capsys, "marks")))
    till.sale()
    till.cycle()
    assert hq(chain, capsys, "backed-up", "--seq-file", str(marks)) == {"facts": 2}
    till.cycle()
    assert place(till) == (3, 2)
    till.sale()
    till.cycle()
    assert place(till) == (4, 2)
    assert hq(chain, capsys, "backed-up") == {"facts": 2}
    till.cycle()
    assert place(till) == (4, 4)
    assert hq(chain, capsys, "backed-up", "--seq-file", str(marks)) == {"facts": 0}
    till.cycle()
    assert place(till) == (4, 4)


@pytest.mark.parametrize("text", ["", "{}", '{"hq": "hq-other", "chains": []}', '{"hq": 7}'])
def test_marks_that_are_none_declare_nothing(
    chain: Chain, tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str
) -> None:
    path = chain.database._engine.url.database
    marks = tmp_path / "marks.json"
    marks.write_text(text)
    assert main(["hq", "backed-up", "--db", f"sqlite:///{path}", "--seq-file", str(marks)]) == 2
    assert main(["hq", "backed-up", "--db", f"sqlite:///{path}", "--seq-file", str(tmp_path / "none")]) == 2
    assert capsys.readouterr().err.count("posclient hq:") == 2


def restore(till: TillFolder, backup: Path) -> None:
    """HQ's database is put back; the till stays as it is."""
    chain = till.chain
    path = Path(str(chain.database._engine.url.database))
    chain.database.close()
    for old in path.parent.glob(f"{path.name}*"):
        old.unlink()
    shutil.copy(backup, path)
    chain.database = open_database(f"sqlite:///{path}")
    chain.__post_init__()
    till.line.hq = chain.hq


def back_up(chain: Chain, target: Path) -> Path:
    with chain.database.write() as session:
        session.connection().exec_driver_sql("SELECT 1")
    import sqlite3

    with sqlite3.connect(str(chain.database._engine.url.database)) as source, sqlite3.connect(target) as copy:
        source.backup(copy)
    source.close()
    copy.close()
    return target


def test_a_restored_hq_gets_everything_again_even_twice(
    till: TillFolder, chain: Chain, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """S-12: HQ lost what it had acknowledged; the till replays it, holds the feeds back, then takes them anew."""
    sales = [till.sale() for _ in range(3)]
    till.cycle()
    backup = back_up(chain, tmp_path / "backup.db")
    sales += [till.sale() for _ in range(4)]
    chain.publish(*tiers(range(3), "lost"))
    assert till.cycle().unsent == 0
    for name in ("lost", "tier"):
        restore(till, backup)
        assert hq(chain, capsys, "restored")["facts"] == 3
        report = till.cycle()
        assert (report.error, report.resent, report.unsent) == (None, 4, 0)
        assert [row.id for row in stored(chain, SaleRow)] == sales
        assert {one.code for one in report.held} == {"other_epoch"}
        assert dict(till.rows("SELECT key, name FROM tier"))["T0"] == name
        accepted = till.cycle(accept=True)
        assert (accepted.error, accepted.held) == (None, ())
        assert dict(till.rows("SELECT key, name FROM tier"))["T0"] == "tier"
        assert till.cycle().held == ()
    assert stored(chain, Incident) == []


def test_what_comes_after_a_restore_is_in_no_backup_yet(
    till: TillFolder, chain: Chain, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """S-12: also where the backup was the first, which knows of none: the till would let go of what a second restore
    from it loses."""
    till.sale()
    till.cycle()
    restore(till, back_up(chain, tmp_path / "backup.db"))
    hq(chain, capsys, "restored")
    till.sale()
    till.cycle()
    assert place(till) == (2, 1)
    assert hq(chain, capsys, "backed-up") == {"facts": 1}
    till.cycle()
    assert place(till) == (2, 2)


def test_a_restored_hq_gets_what_earlier_enrolments_sent(
    till: TillFolder, chain: Chain, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """S-12: HQ says how far it is with the present chain alone; the ones before it go again when a person accepts."""
    backup = back_up(chain, tmp_path / "backup.db")
    sales = [till.sale()]
    till.cycle()
    till.close()
    till.enrol(chain.code("S001", 1))
    sales.append(till.sale())
    till.cycle()
    restore(till, backup)
    till.close()
    hq(chain, capsys, "restored")
    till.enrol(chain.code("S001", 1))
    report = till.cycle(accept=True)
    assert (report.error, report.resent, report.unsent) == (None, 2, 0)
    assert [row.id for row in stored(chain, SaleRow)] == sales
    assert till.cycle().resent == 0


def test_a_restored_hq_asks_for_more_than_the_till_still_has(till: TillFolder, chain: Chain, tmp_path: Path) -> None:
    """S-12: an older backup than the last had to do: what was let go is declared lost, the rest comes again."""
    backup = back_up(chain, tmp_path / "backup.db")
    for _ in range(3):
        till.sale()
    till.cycle()
    assert let_go(till.line, till.con, chain.clock.now() + timedelta(days=31)) == 3
    last = [till.sale() for _ in range(2)]
    till.cycle()
    restore(till, backup)
    report = till.cycle()
    assert (report.error, report.unsent) == (None, 0)
    assert [row.id for row in stored(chain, SaleRow)] == last
    assert [(one.code, one.seq, one.until_seq) for one in stored(chain, Incident)] == [("missing", 1, 3)]
    assert len(stored(chain, FactRow)) == 2
    assert verify_chain(till.con) is None


def test_nothing_is_let_go_by_another_word_than_hqs(
    till: TillFolder, chain: Chain, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """S-12: somebody on the way calls durable what HQ has not; the till asks for HQ's signature before it forgets."""
    kept = [till.sale() for _ in range(3)]
    till.cycle()
    assert hq(chain, capsys, "backed-up") == {"facts": 3}
    kept.append(till.sale())
    till.line.meddle = lambda call, go: (
        go().model_copy(update={"received_seq": 4, "durable_seq": 4}) if call in {"push", "feeds"} else go()
    )
    till.cycle()
    assert place(till) == (4, 4)
    later = chain.clock.now() + timedelta(days=31)
    assert let_go(till.line, till.con, later - timedelta(days=2)) == 0
    assert "proved" not in till.line.calls
    assert (let_go(till.line, till.con, later), let_go(till.line, till.con, later)) == (3, 0)
    bodies = till.con.execute("SELECT seq FROM fact WHERE body != x''").fetchall()
    assert (bodies, [row.id for row in stored(chain, SaleRow)]) == ([(4,)], kept)


def test_a_till_that_has_made_nothing_has_nothing_to_let_go(till: TillFolder, chain: Chain) -> None:
    assert (let_go(till.line, till.con, chain.clock.now()), till.line.calls) == (0, [])


def test_an_hq_that_does_not_say_how_far_it_is(till: TillFolder) -> None:
    """An HQ of somebody else may leave that out: then the till learns it from its pushes."""
    till.sale()
    till.cycle()

    def meddle(call: str, go: Callable[[], Any]) -> Any:
        silent = {"received_seq": None, "durable_seq": None}
        return go().model_copy(update=silent) if call == "feeds" else go()

    till.line.meddle = meddle
    report = till.cycle()
    assert (report.error, report.resent, place(till)) == (None, 0, (1, 1))
