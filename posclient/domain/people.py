"""Staff and members."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

_MANAGERS = frozenset({"manager", "admin"})


@dataclass(frozen=True, slots=True)
class Staff:
    """Somebody who works here. ``roles`` out of cashier, guide, manager, admin.

    ``confirmed``: HQ has signed them as they lie on this till; who is not may sell, and approve nothing (S-23).
    """

    id: str
    name: str
    badge: str
    roles: frozenset[str]
    confirmed: bool = True

    @property
    def is_manager(self) -> bool:
        return self.confirmed and bool(self.roles & _MANAGERS)

    @property
    def powers_rest(self) -> bool:
        """A manager, and nobody's word for it but this till's own disk."""
        return not self.confirmed and bool(self.roles & _MANAGERS)

    @property
    def reads_shifts(self) -> bool:
        """The takings are theirs to answer for; a guide's own performance is another ledger."""
        return self.is_manager or "cashier" in self.roles


@dataclass(frozen=True, slots=True)
class Member:
    """A registered customer. ``points`` and ``stored_value`` include this till's own unsent facts.

    ``last4``: of the phone, where personal data are sealed: then name and phone are empty, and there is no birthday.
    """

    id: str
    code: str
    name: str
    phone: str
    tier: str
    points: int = 0
    stored_value: int = 0
    birthday: date | None = None
    own_guide: str | None = None
    home_store: str | None = None
    tags: tuple[str, ...] = ()
    last4: str | None = None

    @property
    def sealed(self) -> bool:
        return self.last4 is not None

    @property
    def masked_name(self) -> str:
        return mask_name(self.name)

    @property
    def masked_phone(self) -> str:
        return mask_phone(self.phone) if self.last4 is None else f"****{self.last4}"


#: Whose a public code is: everybody's, as often as they like, so HQ says no member with it (protocol.md, coupons).
NOBODY = ""


@dataclass(frozen=True, slots=True)
class MemberCoupon:
    """A coupon in a member's hands, or a public code (``NOBODY``'s). ``rule`` is the object of pricing.md (id, ...)."""

    id: str
    name: str
    member: str
    rule: Mapping[str, Any]
    until: datetime | None
    template: str | None = None
    single_use: bool = True


def mask_phone(phone: str) -> str:
    """13912341234 -> 139****1234 (ux.md, manners)."""
    return f"{phone[:3]}****{phone[-4:]}" if len(phone) >= 8 else "*" * len(phone)


def mask_name(name: str) -> str:
    """王小明 -> 王**; a name of one sign is left alone."""
    return name[:1] + "*" * min(2, max(0, len(name) - 1))
