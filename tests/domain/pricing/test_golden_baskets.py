"""Golden vectors: quotes that may never change by accident, on the till, at HQ and on the command line alike."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from posclient.domain.pricing import parse_json, price, quote_json, read_basket
from tests.domain.pricing.oracle import price_slowly

GOLDEN = sorted((Path(__file__).parent / "golden").glob("*.json"))


def test_there_are_golden_baskets() -> None:
    assert len(GOLDEN) >= 13


@pytest.mark.parametrize("file", GOLDEN, ids=lambda file: file.stem)
def test_golden_basket(file: Path) -> None:
    """T-42: the same quote from the same text wherever it is worked out; there is no other pricing for offline."""
    golden = json.loads(file.read_text())
    assert quote_json(price(read_basket(parse_json(json.dumps(golden["basket"]))))) == golden["quote"]


@pytest.mark.parametrize("file", GOLDEN, ids=lambda file: file.stem)
def test_the_exhaustive_search_agrees(file: Path) -> None:
    golden = json.loads(file.read_text())
    assert price_slowly(golden["basket"]) == golden["quote"]


def test_order_of_keys_and_fields_is_that_of_the_document() -> None:
    golden = json.loads((Path(__file__).parent / "golden" / "document_example.json").read_text())
    quote = quote_json(price(read_basket(golden["basket"])))
    assert list(quote) == ["lines", "gross", "total", "used", "unused"]
    assert list(quote["lines"][0]) == ["id", "unit_price", "gross", "net", "discounts"]
    assert quote["unused"] == [{"id": "K7", "reason": "min_spend", "missing": 1980}]
