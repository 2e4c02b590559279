"""A pasted address is taken apart as messengers and shops write it: what comes of it is on the parcel (G1)."""

from __future__ import annotations

import pytest

from ui.screens.address import read_address

STREET = "广东省深圳市南山区科苑路15号"


@pytest.mark.parametrize(
    ("text", "street"),
    [
        (
            "收货人: 王小明\n手机号码: 13912341234\n所在地区: 广东省深圳市南山区\n详细地址: 科苑路15号",
            "广东省深圳市南山区 科苑路15号",
        ),
        (f"收货人：王小明 手机：13912341234 地址：{STREET}", STREET),
        (f"收件人：王小明，手机号：13912341234，地址：{STREET}", STREET),
        (f"姓名：王小明；联系电话：13912341234；收货地址：{STREET}", STREET),
        (f"收货人 王小明 电话 13912341234 地址 {STREET}", STREET),
        (f"王小明，13912341234，{STREET}，3栋", f"{STREET} 3栋"),
        (f"王小明，13912341234，{STREET}，518000", f"{STREET} 518000"),
        (f"王小明 +86 13912341234 {STREET}", STREET),
        (f"王小明 86-139-1234-1234 {STREET}", STREET),
    ],
)
def test_name_phone_and_street(text: str, street: str) -> None:
    found = read_address(text)
    assert (found.name, found.phone, found.text) == ("王小明", "13912341234", street)


@pytest.mark.parametrize("street", ["手机城3楼", "电话局路1号", "地址不详小区1号"])
def test_a_street_may_begin_like_a_label(street: str) -> None:
    assert read_address(f"王小明 13912341234 {street}").text == street
