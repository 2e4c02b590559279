"""A machine of the chain has a member forgotten, with the administration's token (docs/protocol.md)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from sync.hq.chain_tables import MemberRow
from sync.hq.server import Server
from sync.transport import HttpHq
from tests.sync.hq.leases import member
from tests.sync.tills import Chain, acts, stored

PATH = "/v1/admin/erasures"


@pytest.fixture
def desk(chain: Chain) -> Iterator[HttpHq]:
    server = Server(chain.hq)
    server.start()
    with HttpHq(server.url, chain.hq.admin_token()) as line:
        yield line
    server.stop()


def test_a_member_is_forgotten_by_code_and_the_audit_says_who_asked(chain: Chain, desk: HttpHq) -> None:
    member(chain)
    assert desk.raw("POST", PATH, b'{"member": "CM1"}').status == 204
    assert stored(chain, MemberRow) == []
    assert [(act.administrator, act.act, act.subject) for act in acts(chain)] == [
        ("administration", "erase_member", "M1")
    ]
    assert desk.raw("POST", PATH, b'{"member": "CM1"}').status == 400, "nobody has it any more"


def test_what_cannot_be_done_is_refused_and_nothing_happens(chain: Chain, desk: HttpHq) -> None:
    """Stored value is the member's money; an id of one who is another's code names nobody; a token is wanted."""
    member(chain, value=500)
    member(chain, "CM1")
    for asked in (b'{"member": "M1"}', b'{"member": "CM1"}', b'{"member": ""}', b'{"member": "a\\u0000"}', b"{}"):
        assert desk.raw("POST", PATH, asked).status == 400, asked
    with HttpHq(str(desk._client.base_url), "guess") as nobody:
        assert nobody.raw("POST", PATH, b'{"member": "M1"}').status == 401
    assert len(stored(chain, MemberRow)) == 2
