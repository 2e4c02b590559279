"""HQ has taken the place of a store's hub away, and signs the list of the others before it names another hub."""

from __future__ import annotations

from sync.appointment import adopt
from sync.handed_on import Document
from sync.signing import HUB, sign
from tests.sync.hub.shop import Shop
from tests.sync.hub.test_hub_fails import all_arrive, hub_error
from ui.commands.doctor import examine


def test_a_hub_that_is_none_of_the_stores_tills_is_none(shop: Shop) -> None:
    """S-21: ``tills`` are those that are not revoked, so it has no key there: each till goes on alone."""
    _, till, _ = shop.open()
    now = Document.model_validate_json(till.appointment().text)
    others = {name: key for name, key in now.tills.items() if name != now.terminal}
    text = now.model_copy(update={"serial": now.serial + 1, "tills": others}).model_dump_json()
    value = {"document": text, "signature": sign(shop.hq.hq._keys.sign_seed, HUB, text)}
    adopt(till.folder, till.me, value)
    till.online = False
    till.sale()
    assert hub_error(till.through()) == ("hub_unreachable", "none")
    assert examine(till.folder)["checks"]["hub"]["state"] == "failed"
    all_arrive(shop, S001_2=1)
