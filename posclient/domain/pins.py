"""PINs of staff: kept as scrypt hashes alone, ``scrypt$n$r$p$salt$hash`` (salt and hash in base64).

A PIN has few digits, so the hash only slows a thief down: the lock-out after wrong tries is what protects it (S-23).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re

from posclient.errors import InputError

#: Cost of one try: some 50 ms and 16 MiB on a till's processor.
COST_N, COST_R, COST_P = 2**14, 8, 1
#: What a stored hash may ask of us at most; a row from elsewhere must not eat the till's memory.
MOST_N, MOST_R, MOST_P = 2**17, 16, 4
_PIN = re.compile(r"[0-9]{4,12}", re.ASCII)


def hash_pin(pin: str, salt: bytes) -> str:
    """The stored form of a PIN of 4 to 12 digits; else ``InputError("pin_form")``. ``salt``: 16 random bytes."""
    if not _PIN.fullmatch(pin):
        raise InputError("pin_form")
    made = _scrypt(pin, salt, COST_N, COST_R, COST_P, 32)
    return "$".join(["scrypt", str(COST_N), str(COST_R), str(COST_P), _text(salt), _text(made)])


def is_pin(pin: str, stored: str) -> bool:
    """Is it the PIN of this hash? A hash that is not ours matches nothing."""
    try:
        kind, n, r, p, salt, made = stored.split("$")
        cost = int(n), int(r), int(p)
        wanted, seed = base64.b64decode(made, validate=True), base64.b64decode(salt, validate=True)
    except ValueError:
        return False
    if kind != "scrypt" or not _sane(*cost) or not wanted or not _PIN.fullmatch(pin):
        return False
    return hmac.compare_digest(_scrypt(pin, seed, *cost, len(wanted)), wanted)


def _sane(n: int, r: int, p: int) -> bool:
    power_of_two = n > 1 and n & (n - 1) == 0
    return power_of_two and n <= MOST_N and 1 <= r <= MOST_R and 1 <= p <= MOST_P


def _scrypt(pin: str, salt: bytes, n: int, r: int, p: int, length: int) -> bytes:
    needed = 128 * n * r + 128 * r * p + 2**20
    return hashlib.scrypt(pin.encode(), salt=salt, n=n, r=r, p=p, dklen=length, maxmem=needed)


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()
