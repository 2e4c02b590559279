"""Pricing: what a sale costs, exactly. The till, HQ, the command line and the tests call the same ``price``.

    quote = price(read_basket(parse_json(text)))

Money is an int of fen, percentages are basis points. The rules are those of docs/pricing.md.
"""

from posclient.domain.pricing.basket import Basket, Line, MemberTerms, Rules, read_basket
from posclient.domain.pricing.coupon import Coupon
from posclient.domain.pricing.coupon_amount import AmountCoupon
from posclient.domain.pricing.coupon_exchange import ExchangeCoupon
from posclient.domain.pricing.coupon_percent import PercentCoupon
from posclient.domain.pricing.kinds import COUPONS, PROMOTIONS, known_kind
from posclient.domain.pricing.manual import ManualDiscount
from posclient.domain.pricing.pricing import price
from posclient.domain.pricing.promotion import Promotion
from posclient.domain.pricing.promotion_groups import BundlePrice, NthUnit
from posclient.domain.pricing.promotion_spend import SpendSave, Step
from posclient.domain.pricing.promotion_units import AmountOff, FixedPrice, PercentOff
from posclient.domain.pricing.quote import GroupUnits, LineDiscount, LineQuote, Quote, Unused, quote_json
from posclient.domain.pricing.reading import BadBasket, parse_json

__all__ = [
    "COUPONS",
    "PROMOTIONS",
    "AmountCoupon",
    "AmountOff",
    "BadBasket",
    "Basket",
    "BundlePrice",
    "Coupon",
    "ExchangeCoupon",
    "FixedPrice",
    "GroupUnits",
    "Line",
    "LineDiscount",
    "LineQuote",
    "ManualDiscount",
    "MemberTerms",
    "NthUnit",
    "PercentCoupon",
    "PercentOff",
    "Promotion",
    "Quote",
    "Rules",
    "SpendSave",
    "Step",
    "Unused",
    "known_kind",
    "parse_json",
    "price",
    "quote_json",
    "read_basket",
]
