"""Who buys in another store is called by their own guide, who works at home (C12, G6)."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from posclient.domain.care import CareTask
from sync.hq.imports.importing import import_folder
from tests.sync.conftest import HqServer
from tests.sync.hq.conftest import NewTill
from tests.sync.hq.test_care import changed, shown, state
from tests.sync.hq.till_at_hq import TillAtHq, make_task

FILES = {
    "stores": "id,name\nS001,一店\nS002,二店\n",
    "staff": "id,store,name,roles,pin,active\nG1,S001,林,guide,1234,true\nG2,S002,王,guide,1235,true\n"
    "G3,S001,陈,guide,1236,false\n",
    "members": "code,phone,id,own_guide,home_store\nC1,13900110866,M1,G1,S001\n",
}


@pytest.fixture
def people(hq_server: HqServer, tmp_path: Path) -> HqServer:
    folder = tmp_path / "in"
    folder.mkdir()
    for name, text in FILES.items():
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    assert import_folder(hq_server.database, folder, False, lambda fault: pytest.fail(str(fault))).bad == 0
    return hq_server


def sold(till: TillAtHq, owner: str) -> CareTask:
    task = replace(make_task("X1", "M1"), owner=owner)
    assert till.codes(till.sale(member="M1", tasks=(task,))) == [("applied", None)]
    return task


def seen_in(till: TillAtHq, task: str) -> bool:
    return ("care_task", task) in till.pull(f"store:{till.me.store}")[0]


def test_the_own_guide_finds_it_at_home(new_till: NewTill, people: HqServer) -> None:
    """In the store where they bought nobody is asked for it, and at home it can be done."""
    home, away = new_till("S001"), new_till("S002")
    task = sold(away, "G1")
    assert (seen_in(home, task.id), seen_in(away, task.id)) == (True, False)
    assert home.codes(changed(home, task.id, "done")) == [("applied", None)]
    assert (shown(home, task.id), state(people, task.id)) == ("done", "done")


def test_whoever_sold_it_finds_it_where_they_sold_it(new_till: NewTill, people: HqServer) -> None:
    """No own guide, or one who works here today."""
    home, away = new_till("S001"), new_till("S002")
    task = sold(away, "G2")
    assert (seen_in(home, task.id), seen_in(away, task.id)) == (False, True)


@pytest.mark.parametrize("owner", ["G3", "G9"])
def test_of_a_guide_who_has_left_it_stays_where_it_was_sold(new_till: NewTill, people: HqServer, owner: str) -> None:
    home, away = new_till("S001"), new_till("S002")
    task = sold(away, owner)
    assert (seen_in(home, task.id), seen_in(away, task.id)) == (False, True)
