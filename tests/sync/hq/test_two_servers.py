"""Two HQ processes that are started on one port at once."""

from __future__ import annotations

import sys

import pytest

from posclient.errors import InputError
from sync.hq.database import Database
from sync.hq.server import Server
from sync.hq.service import Hq


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the second one cannot be bound")
def test_the_second_one_is_told_that_the_port_is_taken(hq_database: Database) -> None:
    """It was told that something without a name cannot be read or written, and to check its permissions."""
    hq = Hq(hq_database)
    first = Server(hq)
    port = int(first.url.rpartition(":")[2])
    second = Server(hq, port=port)
    first.start()
    try:
        with pytest.raises(InputError, match="port_taken") as told:
            second.run(lambda _url: None)
        assert (told.value.params["host"], told.value.params["port"]) == ("127.0.0.1", port)
    finally:
        first.stop()
