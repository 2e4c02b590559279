"""An HQ that signs the staff of a store otherwise than its tills can confirm is told so."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from sync.conformance.examining import examine
from sync.hq import staff_lists
from sync.hq.tables import Feed
from sync.signing import sign
from tests.sync.conftest import HqServer
from tests.sync.hq.test_staff_lists import HEAD, LI, MANAGER, STORES, imported


def verdict(server: HqServer, stock_of: str = "S001") -> tuple[str, str]:
    (found,) = examine(server.url, server.hq.admin_token(), lambda name: name == "staff.list", stock_of=stock_of)
    return found.verdict, found.why


def staffed(server: HqServer, folder: Path) -> None:
    imported(server.database, folder / "in", stores=STORES, staff=HEAD + LI + MANAGER)


def test_the_reference_hq_keeps_it(hq_server: HqServer, tmp_path: Path) -> None:
    staffed(hq_server, tmp_path)
    assert verdict(hq_server) == ("ok", "")
    assert verdict(hq_server, "S002") == ("skipped", "the store has no staff")
    assert verdict(hq_server, "")[0] == "skipped"


def test_an_hq_that_signs_nobody_may(hq_server: HqServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(staff_lists, "is_due", lambda *_asked: False)
    monkeypatch.setattr(staff_lists, "with_changes", lambda *_asked: [])
    staffed(hq_server, tmp_path)
    assert verdict(hq_server) == ("skipped", "HQ signs no staff")


def _one_less(people: Mapping[str, Any]) -> dict[str, Any]:
    return dict(list(people.items())[1:])


def _other_names(people: Mapping[str, Any]) -> dict[str, Any]:
    return {key: {**one, "name": f"{one['name']} "} for key, one in people.items()}


@pytest.mark.parametrize("mutate", [_one_less, _other_names])
def test_a_list_that_is_not_of_its_rows(
    hq_server: HqServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, mutate: Callable[[Any], Any]
) -> None:
    honest = staff_lists._digests
    monkeypatch.setattr(staff_lists, "_digests", lambda people: honest(mutate(people)))
    staffed(hq_server, tmp_path)
    assert verdict(hq_server)[0] == "broken"


def test_a_list_with_another_signature(hq_server: HqServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(staff_lists, "sign", lambda seed, _purpose, text: sign(seed, "posclient-other-v2", text))
    staffed(hq_server, tmp_path)
    assert verdict(hq_server) == ("broken", "the list is not one that HQ signed for this store")


def test_a_list_of_before_hq_was_restored(hq_server: HqServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    staffed(hq_server, tmp_path)
    monkeypatch.setattr(staff_lists, "is_due", lambda *_asked: False)
    with hq_server.database.write() as session:
        session.get_one(Feed, "store:S001").epoch = "another"
    assert verdict(hq_server)[1].startswith("signed before HQ was restored")
