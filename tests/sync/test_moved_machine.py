"""A machine goes to another store, and its enrolment there is cut short: what it knew of the old store is in no way."""

from __future__ import annotations

import pytest

from sync.hq.feeds import Change
from tests.db.shop import member
from tests.sync.test_enrolment import attempt
from tests.sync.tills import Chain, TillFolder

#: More members than a till would lose without asking.
MANY = 300


def members(store: str) -> list[Change]:
    rows = [member(f"{store}-{n}", home_store=store) for n in range(MANY)]
    return [Change(f"store:{store}", "member", row["id"], row) for row in rows]


@pytest.mark.parametrize("step", ["sync.credentials.FileVault.save", "posclient.db.live_cache.renew"])
def test_the_new_store_comes_after_an_enrolment_that_was_cut_short(
    till: TillFolder, chain: Chain, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    """It was enrolled once more, at the same place by then, and kept the old store's rows: the new store's came only
    once a manager let the old ones go, and no manager of this store could log in.
    """
    chain.publish(*members("S001"))
    assert till.cycle().error is None
    till.close()

    def kill(*_args: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(step, kill)
        with pytest.raises(KeyboardInterrupt):
            attempt(chain, till.folder, code=chain.code("S002", 1))
    chain.publish(*members("S002"))
    till.enrol(chain.code("S002", 1))
    report = till.cycle()
    assert (report.error, report.held) == (None, ())
    assert till.rows("SELECT feed, count(*) FROM member GROUP BY feed") == [("store:S002", MANY)]
