"""What a scan turned out to be, told to the person: the cart, a tone and, where there is something to say, words."""

from __future__ import annotations

from posclient.actions.views import ScanKind, ScanResult
from ui.context import Context
from ui.i18n import tr
from ui.sentences import code_sentence

#: What a scan may turn out to be, and its tone; what is not here went wrong.
TONES = {
    ScanKind.PRODUCT: "success",
    ScanKind.MEMBER: "success",
    ScanKind.COUPON: "success",
    ScanKind.GUIDE: "success",
    ScanKind.CLAIMED_MEMBER: "attention",
    ScanKind.RECEIPT: "attention",
    ScanKind.VALET: "attention",
}


def answered(context: Context, result: ScanResult) -> None:
    """The same wherever it was scanned."""
    tone = TONES.get(result.kind, "failure")
    if tone == "success":
        context.clear_message()  # before the cart is shown: it may tell of prices that moved
    if result.code and tone == "success":  # taken, but something is to be known: a coupon that waits
        context.say("info", code_sentence(result.code, result.params))
    elif result.kind is ScanKind.VALET:
        _say_order(context, result)
    elif tone == "attention":
        context.say("info", tr(f"scan.{result.kind.value}", raw=result.raw))
    context.show_cart(result.view)
    context.scanned.emit(result)
    context.tones.play(tone)
    if tone == "failure":
        _say_failure(context, result)


def _say_order(context: Context, result: ScanResult) -> None:
    """How it stands: the list of orders ends, and the customer with the number is here."""
    from ui.screens import valet_steps
    from ui.screens.valet_list import state_words

    order = str(dict(result.params or {})["order"])
    context.read(
        lambda till: valet_steps.order(till, order),
        lambda found: context.say("info", tr("scan.valet", raw=found.number, state=state_words(found))),
    )


def refuse_while_asked(context: Context, raw: str) -> None:
    """A manager is asked about the cart that they see: nothing comes into it before they have answered (S-23)."""
    context.tones.play("failure")
    context.say("danger", tr("scan.failed", raw=raw[:60], reason=tr("scan.manager_asked")))


def _say_failure(context: Context, result: ScanResult) -> None:
    """The raw code and what to do (T-34, T-39)."""
    reason = code_sentence(result.code or "unknown_code", {"raw": result.raw, **dict(result.params or {})})
    context.say("danger", tr("scan.failed", raw=result.raw[:60], reason=reason))
