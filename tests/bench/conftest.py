"""What the benchmarks share."""

import pytest

from tests.bench import big_chain


@pytest.fixture(scope="session")
def big(tmp_path_factory: pytest.TempPathFactory) -> big_chain.BigChain:
    """A till with 1,000,000 SKUs and 500,000 members in its cache."""
    return big_chain.make(tmp_path_factory.mktemp("big"))
