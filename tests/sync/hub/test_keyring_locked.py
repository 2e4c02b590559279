"""HQ is away, and the keyring has locked itself: the store goes on."""

from __future__ import annotations

import pytest

from posclient.errors import LinkError
from sync.asking import HoldRequest
from sync.credentials import FileVault
from sync.handed_on import HubHold
from tests.sync.hub.shop import Shop


def locked(*_: object) -> None:
    raise LinkError("no_keyring", why="locked")


def test_the_hub_is_turned_to_with_what_is_held(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """S-28: with each cycle that HQ does not answer, and with each coupon."""
    hub, till, _ = shop.open()
    shop.settle()
    shop.offline()
    monkeypatch.setattr(FileVault, "load", locked)
    report = till.through()
    assert report.hub is not None
    assert report.hub.error is None
    reply = till.sync.hold_at_hub(HoldRequest(coupons=["K9"]))
    assert isinstance(reply, HubHold)
    assert (reply.hub, [one.coupon for one in reply.held]) == (hub.me.terminal, ["K9"])
