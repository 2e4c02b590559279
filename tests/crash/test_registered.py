"""A power cut right after HQ's row of a new member has come: who was registered here is found here."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from random import Random

from posclient.actions import members
from posclient.actions.till import open_till
from posclient.db import local_members
from posclient.db.at_rest import OwnKey
from posclient.db.live_cache import LiveCache
from tests.actions.kidswear import OWN_KEY, STORE, StandingClock, make_folder, member_row, open_shop
from tests.crash.disk import watched
from tests.crash.judging import put
from tests.crash.power_cut import crashes

PHONE = "13900005678"


def test_a_member_is_in_one_file_or_the_other(memory: Path, seed: int, states: int) -> None:
    """The till lets go of its own record for the row in the cache, whose pages reach the disk when they like."""
    print(f"SEED={seed}")
    folder, clock = memory / "till", StandingClock()
    folder.mkdir()
    hq = make_folder(folder, clock)
    with watched(folder) as disk, closing(open_shop(folder, clock)) as till:
        members.register(till, PHONE, "张三")
        disk.said("registered")
        (member,) = till.db.execute("SELECT id FROM local_member").fetchone()
        hq.send(STORE, member_row(member, "张三", PHONE))
        with closing(LiveCache(folder, writable=True)) as cache:
            assert local_members.forget_superseded(till.db, cache) == 1
        assert [one.id for one in members.find(till, PHONE)] == [member]
    for number, left in enumerate(crashes(disk, Random(seed), states)):
        put(memory / f"left-{number}", left.files)
        with closing(
            open_till(memory / f"left-{number}", clock=clock, new_id=lambda: "later", own=OwnKey(OWN_KEY))
        ) as it:
            if left.said:
                assert members.find(it, PHONE), f"behind event {left.at}, {left.fate}"
