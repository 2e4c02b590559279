"""How a till proves to its HQ who it is, and HQ to the till: enrolment and session (docs/protocol.md, signatures)."""

from __future__ import annotations

import base64
import hashlib
import secrets
from collections.abc import Callable

import zstandard

from posclient.errors import LinkError
from sync.handed_on import SignedReply
from sync.protocol import (
    ChallengeReply,
    ChallengeRequest,
    EnrolRequest,
    PushRequest,
    SessionReply,
    SessionRequest,
)
from sync.signing import (
    ENROL,
    FORWARDED,
    KEY_BYTES,
    OPENED,
    PUSH,
    REVOKED,
    SESSION,
    UNSEAL,
    Signer,
    Unsealing,
    is_signed,
    open_sealed,
    public_key,
    seal_to,
    sign,
)
from sync.thin import BASE, THIN, Earlier, pack, thin

#: The header of the till's signature of a batch, over its unpacked bytes.
SIGNATURE = "Posclient-Signature"
#: Of an HQ that knows no store hubs, and so signs no answer to a batch.
NOT_FOUND = 404


def sealed_for(till_key: bytes, given: Unsealing) -> str:
    """For the holder of ``till_key`` alone (``SessionReply.unseal``)."""
    return seal_to(till_key, given.key + given.index_key)


def unsealing(signer: Signer, nonce: str, reply: SessionReply) -> Unsealing | None:
    """What a session brought; None where HQ gave nothing. ``LinkError("not_hq")`` for what is not HQ's, or not ours."""
    if not reply.unseal:
        return None
    given = open_sealed(signer.seed, reply.unseal)
    proved = is_signed(signer.hq_key, reply.unseal_signature, UNSEAL, signer.terminal, nonce, reply.unseal)
    if given is None or len(given) != 2 * KEY_BYTES or not proved:
        raise LinkError("not_hq", why="signature")
    return Unsealing(given[:KEY_BYTES], given[KEY_BYTES:])


def enrol_request(code: str, incarnation: str, version: str, seed: bytes, earlier: str = "") -> EnrolRequest:
    """What a till sends to be enrolled with a new key; ``earlier``: as in the message."""
    key = base64.b64encode(public_key(seed)).decode()
    proof = sign(seed, ENROL, incarnation, code)
    return EnrolRequest(code=code, incarnation=incarnation, version=version, key=key, proof=proof, earlier=earlier)


def signed_batch(request: PushRequest, signer: Signer) -> tuple[bytes, str]:
    """The bytes of a batch, and the till's signature: the same whoever carries it to HQ."""
    body = request.model_dump_json().encode()
    return body, sign(signer.seed, PUSH, signer.terminal, body)


def packed_batch(
    request: PushRequest, signer: Signer | None, earlier: Earlier | None
) -> tuple[bytes, dict[str, str]]:  # fmt: skip
    """The body of a push and its headers: thin where there is ``earlier`` and the form can hold it."""
    if signer is None:
        return zstandard.compress(request.model_dump_json().encode()), {"Content-Encoding": "zstd"}
    lines = thin(request) if earlier is not None else None
    if lines is None or earlier is None:
        body, signature = signed_batch(request, signer)
        return zstandard.compress(body), {"Content-Encoding": "zstd", SIGNATURE: signature}
    base = earlier(request.facts[0].incarnation, request.facts[0].seq)
    headers = {"Content-Encoding": THIN, SIGNATURE: sign(signer.seed, PUSH, signer.terminal, lines)}
    return pack(lines, base), headers | ({BASE: base.name} if base else {})


def proved_text(signer: Signer | None, request: PushRequest, forward: Callable[[str, bytes, str], SignedReply]) -> str:
    """What HQ, with its signature, says of a batch of our own: the text of a ``PushReply``.

    ``LinkError``: HQ's, or ``fork_unproved`` where it signs nothing, or another has.
    """
    if signer is None:
        raise LinkError("fork_unproved")
    body, signature = signed_batch(request, signer)
    try:
        said = forward(signer.terminal, zstandard.compress(body), signature)
    except LinkError as error:
        raise (LinkError("fork_unproved") if error.params.get("status") == NOT_FOUND else error) from None
    parts = signer.terminal, hashlib.sha256(body).hexdigest(), said.reply
    if not is_signed(signer.hq_key, said.signature, FORWARDED, *parts):
        raise LinkError("fork_unproved")
    return said.reply


def open_session(
    signer: Signer,
    challenge: Callable[[ChallengeRequest], ChallengeReply],
    opened: Callable[[SessionRequest], SessionReply],
) -> tuple[SessionReply, Unsealing | None]:
    """Prove to HQ who we are, and have it prove who it is; what it gives to open personal data with.

    ``LinkError``: HQ's, or ``not_hq`` (why="signature").
    """
    asked = challenge(ChallengeRequest(terminal=signer.terminal)).challenge
    nonce = secrets.token_hex(16)
    proof = sign(signer.seed, SESSION, signer.hq, signer.terminal, asked, nonce)
    reply = opened(SessionRequest(terminal=signer.terminal, challenge=asked, nonce=nonce, signature=proof))
    me, key = signer.terminal, signer.hq_key
    proved = not reply.revoked or is_signed(key, reply.revoked, REVOKED, me, nonce)
    if not (proved and is_signed(key, reply.signature, OPENED, me, nonce, reply.token)):
        raise LinkError("not_hq", why="signature")
    return reply, unsealing(signer, nonce, reply)
