"""A pasted address begins with a province or one of the four great cities: that is where it goes, and nobody's name."""

from __future__ import annotations

import pytest

from ui.screens.address import read_address


@pytest.mark.parametrize(
    ("text", "name", "street"),
    [
        ("北京，朝阳区望京街道1号，李雷，13812345678", "李雷", "北京 朝阳区望京街道1号"),
        ("王小明 13812345678 上海，浦东新区世纪大道100号", "王小明", "上海 浦东新区世纪大道100号"),
        ("欧阳小明，13812345678，广东深圳，科苑路15号", "欧阳小明", "广东深圳 科苑路15号"),
    ],
)
def test_the_parcel_is_for_a_person(text: str, name: str, street: str) -> None:
    """It was for Beijing, to a street without a city."""
    found = read_address(text)
    assert (found.name, found.phone, found.text) == (name, "13812345678", street)


def test_where_nobody_is_named_the_page_asks() -> None:
    assert read_address("重庆 渝中区解放碑步行街1号 13812345678").name == ""
