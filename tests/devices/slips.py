"""Slips as a shop prints them, for several test files."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone

from posclient.domain.receipt import (
    ReceiptData,
    ReceiptDiscount,
    ReceiptLine,
    ReceiptMember,
    ReceiptPayment,
    SlipKind,
)

NUMBER = "S001-1-20261122-000001"
AT = datetime(2026, 11, 22, 14, 3, tzinfo=timezone(timedelta(hours=8)))

SALE = ReceiptData(
    kind=SlipKind.SALE,
    store_name="童趣 上海南京西路店",
    store_address="上海市静安区南京西路 1266 号恒隆广场四楼 412 室",
    store_phone="021-6288 0000",
    number=NUMBER,
    barcode=NUMBER,
    at=AT,
    cashier="王小明",
    guide="李娜",
    lines=(
        ReceiptLine(
            "儿童羽绒服短款连帽加厚款冬季新款", "红色 · 110", 2, 25900, 23900, 38020,
            (ReceiptDiscount("双十一全场九折", 4780), ReceiptDiscount("满300减50优惠券", 5000)),
            "J26A001-RED-110", "李娜",
        ),
        ReceiptLine("Baby socks (3 pairs), organic cotton", "S", 1, 1990, 1990, 1990),
        ReceiptLine("雨伞", "", 1, 5900, 4900, 4900, manual=True),
    ),
    total=44910,
    rounding=10,
    saved=14780,
    payments=(ReceiptPayment("card", 40000, 40000, "尾号 1234"), ReceiptPayment("cash", 4900, 5000)),
    change=100,
    member=ReceiptMember("张**", "139****1234", 449, 12345),
    return_rules="凭小票七日内可退换。\n内衣、袜子不退不换，吊牌须完整，详情请询问店员或拨打客服热线。",
)  # fmt: skip
REFUND = replace(
    SALE, kind=SlipKind.REFUND, number="S001-1-20261123-000002", barcode="", original=NUMBER, saved=0, rounding=0,
    lines=(replace(SALE.lines[1], returned=True),), total=-1990, change=0,
    payments=(ReceiptPayment("cash", -1990, -1990),),
)  # fmt: skip
EXCHANGE = replace(
    SALE, kind=SlipKind.EXCHANGE, original=NUMBER, lines=(replace(SALE.lines[1], returned=True), SALE.lines[2]),
    total=2910, rounding=0, payments=(ReceiptPayment("cash", 2910, 3000),), change=90,
)  # fmt: skip
VALET = replace(
    SALE, kind=SlipKind.VALET, number="S001-1-V000012", barcode="S001-1-V000012", payments=(), change=0, rounding=0,
    ship_to=("张** 139****1234", "上海市浦东新区世纪大道 100 号"), state="state_unconfirmed", pending_offline=True,
)  # fmt: skip
SLIPS = {"sale": SALE, "refund": REFUND, "exchange": EXCHANGE, "valet": VALET}
