"""Promotions, coupons and the rules around them: every kind of the pricing rules is live in the demo."""

from __future__ import annotations

import random
from datetime import date, timedelta
from typing import Any

from resources.demo.people import DemoMember

Rule = dict[str, Any]

PROMOTIONS: tuple[tuple[str, str, Rule], ...] = (
    (
        "P10",
        "会员日 9 折",
        {
            "kind": "percent_off",
            "bp": 1000,
            "priority": 10,
            "tiers": ["silver", "gold", "diamond"],
            "include": ["category:coat"],
        },
    ),
    ("P20", "第二件半价", {"kind": "nth_unit", "n": 2, "bp": 5000, "priority": 20, "include": ["category:trousers"]}),
    (
        "P30",
        "袜子手套 3 件 99",
        {"kind": "bundle_price", "size": 3, "price": 9900, "priority": 30, "include": ["category:accessory"]},
    ),
    (
        "P40",
        "内衣套装立减 20",
        {"kind": "amount_off", "amount": 2000, "priority": 40, "include": ["category:underwear"]},
    ),
    (
        "P50",
        "打底裤特价 39.9",
        {
            "kind": "fixed_price",
            "price": 3990,
            "priority": 15,
            "include": ["style:J26R001", "style:J26R002", "style:J26R003"],
        },
    ),
    (
        "P90",
        "满 600 减 60",
        {
            "kind": "spend_save",
            "steps": [{"spend": 60000, "save": 6000}, {"spend": 100000, "save": 12000}],
            "repeat": False,
            "priority": 90,
            "stack": True,
        },
    ),
)

#: id, name, rule, days that it is good for, whether a new member gets it at once
TEMPLATES: tuple[tuple[str, str, Rule, int, bool], ...] = (
    (
        "T-NEW",
        "新人券 满 300 减 50",
        {"kind": "amount_off", "amount": 5000, "min_spend": 30000, "group": "welcome"},
        30,
        True,
    ),
    ("T-BDAY", "生日券 95 折", {"kind": "percent_off", "bp": 500, "cap": 5000, "group": "welcome"}, 30, False),
    (
        "T-SHOE",
        "鞋类券 减 30",
        {"kind": "amount_off", "amount": 3000, "min_spend": 15000, "include": ["category:shoes"], "group": "category"},
        60,
        False,
    ),
    (
        "T-SOCK",
        "1 元换购袜子",
        {
            "kind": "exchange",
            "price": 100,
            "min_spend": 0,
            "include": ["style:J26X001", "style:J26X002"],
            "group": "gift",
        },
        60,
        False,
    ),
    (
        "T-100",
        "满 800 减 100",
        {"kind": "amount_off", "amount": 10000, "min_spend": 80000, "group": "spend", "with_promotions": True},
        45,
        False,
    ),
    (
        "T-VIP",
        "钻石专享 85 折",
        {"kind": "percent_off", "bp": 1500, "cap": 30000, "exclusive": True, "with_promotions": False},
        90,
        False,
    ),
)

SETTINGS: tuple[tuple[str, str, Any], ...] = (
    ("", "cash_rounding", 10),
    ("", "guide_required", True),
    ("", "max_coupons", 3),
    ("", "group_max", {"welcome": 1, "category": 2}),
    ("", "own_guide_bp", 2000),
    ("", "points_per_yuan", 1),
    ("", "discount_limit_bp", 1000),
    ("", "valet_steps", [0, 1000, 2000, 3000]),
    ("", "default_tier", "basic"),
    ("", "coupon_leases", True),
    ("", "coupon_override_cap", 5000),
    ("", "stored_value", True),
    ("", "points_for_yuan", 100),
    ("", "points_offline", True),
    ("", "return_rules", "吊牌完好 7 天内可凭小票退换；内衣、袜子除外。"),
)

#: cadence, step, minutes after the sale, name, script
CADENCES = (
    ("3315", "3h", 180, "感谢", "{name}您好，我是{store}的{guide}。谢谢您今天选了{product}，有任何问题随时找我。"),
    ("3315", "3d", 4320, "满意度", "{name}您好，{product}宝贝穿着合身吗？尺码不合适可以到店换，我帮您留货。"),
    ("3315", "15d", 21600, "洗护", "{name}您好，{product}建议 30 度以下手洗、平铺晾干。换季到新款，要不要先发您看看？"),
)


def make_coupons(
    chance: random.Random, members: list[DemoMember], today: date
) -> list[tuple[str, str, str, str, Rule, str]]:
    """id, member's code, template, name, rule, until. The first member holds one of every kind."""
    made: list[tuple[str, str, str, str, Rule, str]] = []
    for member in members:
        for template, name, rule, days, newcomer in _held(chance, member):
            if newcomer and member is not members[0] and chance.random() > 0.1:
                continue
            until = today + timedelta(days=min(days, chance.randrange(7, days + 1)))
            made.append(
                (f"K{len(made) + 1:06d}", member.code, template, name, rule, f"{until.isoformat()}T00:00:00+08:00")
            )
    return made


def _held(chance: random.Random, member: DemoMember) -> list[tuple[str, str, Rule, int, bool]]:
    if member.id == "M000001":
        return list(TEMPLATES)
    fit = [one for one in TEMPLATES if one[0] != "T-VIP" or member.tier == "diamond"]
    return chance.sample(fit, min(len(fit), chance.choice((0, 1, 1, 2, 3))))
