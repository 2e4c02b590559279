"""HQ and a till for the fuzz: the same fixtures as for sync's own tests."""

from tests.sync.conftest import chain, hq_database, hq_server, loaded_chain, till

__all__ = ["chain", "hq_database", "hq_server", "loaded_chain", "till"]
