"""Some 300 styles of children's wear in colours and sizes: 3,000 SKUs with valid EAN-13."""

from __future__ import annotations

import random
from dataclasses import dataclass

BRAND = "晴朗"
SEASON = "26"


@dataclass(frozen=True)
class Kind:
    """A kind of garment: ``letter`` in the style number, price range in yuan, how its sizes run."""

    letter: str
    category: str
    name: str
    low: int
    high: int
    sizes: tuple[str, ...]


BODY = ("90", "100", "110", "120", "130", "140", "150")
SHOE = ("26", "27", "28", "29", "30", "31", "32", "33")
SMALL = ("XS", "S", "M", "L", "XL")

KINDS = (
    Kind("A", "coat", "羽绒服", 359, 599, BODY),
    Kind("B", "coat", "棉服", 239, 399, BODY),
    Kind("C", "coat", "风衣", 199, 329, BODY),
    Kind("D", "knit", "毛衣", 139, 239, BODY),
    Kind("E", "top", "卫衣", 119, 219, BODY),
    Kind("F", "top", "T恤", 59, 109, BODY),
    Kind("G", "top", "衬衫", 99, 169, BODY),
    Kind("H", "dress", "连衣裙", 159, 299, BODY),
    Kind("P", "trousers", "卫裤", 99, 179, BODY),
    Kind("Q", "trousers", "牛仔裤", 129, 219, BODY),
    Kind("R", "trousers", "打底裤", 49, 89, BODY),
    Kind("S", "shoes", "运动鞋", 169, 299, SHOE),
    Kind("T", "shoes", "雪地靴", 199, 329, SHOE),
    Kind("W", "accessory", "手套", 39, 69, SMALL),
    Kind("X", "accessory", "袜子三双装", 29, 49, SMALL),
    Kind("Y", "underwear", "内衣套装", 79, 139, BODY),
)

WORDS = (
    "轻暖",
    "加绒",
    "小熊印花",
    "条纹",
    "格纹",
    "云朵",
    "星空",
    "恐龙",
    "小鹿",
    "海军风",
    "学院风",
    "拼色",
    "连帽",
    "立领",
    "宽松",
    "修身",
    "防风",
    "防泼水",
    "柔软",
    "经典",
    "草莓",
    "彩虹",
    "字母",
    "灯芯绒",
    "摇粒绒",
    "百搭",
    "户外",
    "节日",
    "亲子",
    "萌兔",
)

COLORS = {
    "RED": "大红",
    "NAV": "藏青",
    "WHT": "米白",
    "PNK": "浅粉",
    "YEL": "姜黄",
    "GRY": "花灰",
    "BLK": "黑色",
    "GRN": "墨绿",
    "BLU": "天蓝",
    "BRN": "卡其",
    "PUR": "香芋紫",
}

#: (colours, sizes) of a style; their pieces average ten, so that 300 styles are 3,000 SKUs.
SHAPES = ((2, 5), (3, 4), (2, 4))


@dataclass(frozen=True)
class Sku:
    """One article; ``price`` and ``member_prices`` in fen."""

    sku: str
    gtin: str
    style: str
    name: str
    category: str
    color: str
    size: str
    price: int
    member_prices: dict[str, int]


def ean13(number: int) -> str:
    """A GTIN under a prefix of mainland China (690), with its check digit."""
    digits = f"690{number:09d}"
    total = sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(digits))
    return digits + str(-total % 10)


def make_catalog(chance: random.Random, styles: int = 300) -> list[Sku]:
    """All SKUs, style by style."""
    made: list[Sku] = []
    for number in range(styles):
        made += _style(chance, number, len(made))
    return made


def _style(chance: random.Random, number: int, first_gtin: int) -> list[Sku]:
    kind = KINDS[number % len(KINDS)]
    style = f"J{SEASON}{kind.letter}{number // len(KINDS) + 1:03d}"
    name = f"{WORDS[(number // len(KINDS) * 7 + number) % len(WORDS)]}{kind.name}"
    colors, sizes = SHAPES[number % 3]
    start = chance.randrange(len(kind.sizes) - sizes + 1)
    price = chance.randrange(kind.low, kind.high, 10) * 100
    member = _member_prices(chance, price)
    return [
        Sku(
            f"{style}-{code}-{size}",
            ean13(26_000_000 + first_gtin + place),
            style,
            name,
            kind.category,
            COLORS[code],
            size,
            price,
            member,
        )
        for place, (code, size) in enumerate(
            (code, size) for code in chance.sample(sorted(COLORS), colors) for size in kind.sizes[start : start + sizes]
        )
    ]


def _member_prices(chance: random.Random, price: int) -> dict[str, int]:
    """A third of the styles have prices for the two upper tiers, on whole yuan."""
    if chance.random() > 0.33:
        return {}
    return {"gold": price * 95 // 10000 * 100, "diamond": price * 90 // 10000 * 100}
