"""HQ's routes against the description that they publish: of what they refuse and of what they answer."""

from __future__ import annotations

import os
from contextlib import closing
from typing import Any

import httpx
import pytest
import requests
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.sync.conftest import HqServer
from tests.sync.hq.till_at_hq import TillAtHq

#: Examples of one route: each is a request over HTTP, so a whole run has a small share of POSCLIENT_N each.
EXAMPLES = int(os.environ.get("POSCLIENT_N") or 0) // 1000 or 5


@pytest.mark.slow
def test_every_route_is_as_it_is_described(hq_server: HqServer) -> None:
    """No 500, no answer of another status, type or shape than /openapi.json says, whatever is asked."""
    import schemathesis
    from schemathesis.core.result import Ok

    description = httpx.get(f"{hq_server.url}/openapi.json").json()
    schema = schemathesis.openapi.from_dict(description)
    schema.config.update(base_url=hq_server.url)
    found = list(schema.get_all_operations())
    asked: list[Any] = [one.ok() for one in found if isinstance(one, Ok)]
    assert len(asked) == sum(len(path) for path in description["paths"].values())
    asked = [one for one in asked if one.path != "/v1/news"]  # a stream that does not end
    with closing(TillAtHq(hq_server.url, hq_server.code())) as till, requests.Session() as session:
        till.push(till.sale())
        for operation in asked:
            _ask(operation, session, {"Authorization": f"Bearer {till.token()}"})


def _ask(operation: Any, session: requests.Session, headers: dict[str, str]) -> None:
    from schemathesis.checks import positive_data_acceptance

    @given(case=operation.as_strategy(), known=st.booleans())
    @settings(max_examples=EXAMPLES, suppress_health_check=list(HealthCheck), database=None)
    def run(case: Any, known: bool) -> None:
        if known and "feed" in case.path_parameters:
            case.path_parameters["feed"] = "global"  # chance alone would never name one that is there
        case.call_and_validate(session=session, headers=headers, excluded_checks=[positive_data_acceptance])

    run()
