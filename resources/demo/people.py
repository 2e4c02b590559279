"""Stores, staff and members of the demo chain."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import date, timedelta

STORES = (
    ("S001", "深圳万象店", "深圳市罗湖区宝安南路 1881 号 B1-28", "0755-82660001", "south", "store"),
    ("S002", "广州天河店", "广州市天河区天河路 208 号 3 层 312", "020-38550002", "south", "store"),
    ("S003", "长沙五一店", "长沙市芙蓉区五一大道 389 号 2 层 206", "0731-84120003", "south", "store"),
    ("W001", "华南仓", "东莞市虎门镇仓储路 6 号", "0769-85110009", "south", "warehouse"),
)

#: id, store, name, roles, PIN
STAFF = (
    ("G101", "S001", "李晓梅", "cashier guide", "1101"),
    ("G102", "S001", "陈静", "guide cashier", "1102"),
    ("G103", "S001", "王芳", "manager cashier guide", "1103"),
    ("G201", "S002", "黄敏", "cashier guide", "2101"),
    ("G202", "S002", "林小燕", "guide", "2102"),
    ("G203", "S002", "周丽", "manager cashier guide", "2103"),
    ("G301", "S003", "刘洋", "cashier guide", "3101"),
    ("G302", "S003", "谭雪", "guide", "3102"),
    ("G303", "S003", "彭玲", "manager cashier guide", "3103"),
)

TIERS = (("basic", "普通会员", 1), ("silver", "银卡", 2), ("gold", "金卡", 3), ("diamond", "钻石卡", 4))

_FAMILY = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林罗郑梁谢宋唐许韩冯邓曹彭"
_GIVEN = "子轩梓涵雨桐欣怡浩宇诗琪思远佳宁俊杰雅婷晨曦若曦文博静怡嘉豪美琳志强晓明丽华建国海燕春梅"
_TAGS = ("两孩家庭", "偏好鲜艳", "爱拼单", "羽绒服客", "生日当月", "老客", "价格敏感", "常退换", "朋友圈活跃")


@dataclass(frozen=True)
class DemoMember:
    """A row of members.csv; ``stored_value`` in fen."""

    id: str
    code: str
    phone: str
    name: str
    tier: str
    points: int
    stored_value: int
    birthday: str
    own_guide: str
    home_store: str
    tags: str


def first_member(today: date) -> DemoMember:
    """The member of the guided tour: gold, a birthday this week, a coupon of every kind."""
    near = today + timedelta(days=2)
    birthday = date(1990, near.month, min(near.day, 28)).isoformat()
    return DemoMember(
        "M000001", "JM26000001", "13912341234", "王雨桐", "gold", 3240, 20000, birthday, "G102", "S001", "两孩家庭 老客"
    )


def make_members(chance: random.Random, today: date, count: int = 1000) -> list[DemoMember]:
    """A thousand members; those of one store share last four digits now and then, as in life."""
    members = [first_member(today)]
    for number in range(2, count + 1):
        store = ("S001", "S002", "S003")[number % 3]
        members.append(_member(chance, number, store))
    return members


def _member(chance: random.Random, number: int, store: str) -> DemoMember:
    tier = chance.choices(("basic", "silver", "gold", "diamond"), (60, 25, 12, 3))[0]
    points = chance.randrange(0, {"basic": 800, "silver": 2500, "gold": 6000, "diamond": 20000}[tier])
    last_four = 1234 if number in (31, 61) else chance.randrange(10_000)
    guides = [staff_id for staff_id, home, _, _, _ in STAFF if home == store]
    return DemoMember(
        id=f"M{number:06d}",
        code=f"JM26{number:06d}",
        phone=f"13{chance.randrange(10)}{number:04d}{last_four:04d}",
        name=chance.choice(_FAMILY) + "".join(chance.sample(_GIVEN, chance.choice((1, 2)))),
        tier=tier,
        points=points,
        stored_value=chance.choice((0, 0, 0, 0, 10000, 20000, 50000)),
        birthday=date(chance.randrange(1978, 1999), chance.randrange(1, 13), chance.randrange(1, 29)).isoformat(),
        own_guide=chance.choice([*guides, ""]),
        home_store=store,
        tags=" ".join(chance.sample(_TAGS, chance.randrange(0, 3))),
    )
