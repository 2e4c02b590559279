"""The rule of news: a stream begins with where the feeds are, and says what moves while somebody listens."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import closing
from threading import Event, Timer

from posclient.errors import LinkError
from sync.conformance.ground import ConformTill, Ground
from sync.conformance.rules import BrokenError, SkippedError, must, rule
from sync.events import Poke

#: Seconds for a stream to begin and for a poke after that; ours takes a quarter of one. Without it a till polls soon.
NEWS_S = 30.0
#: A line may be cut at any time. Streams in a row that end before anything moves are of no use to a till.
TRIES = 3


@rule("news", "Where HQ offers news, a stream begins with where the till's feeds are, pokes what moves, names no other")
def _news(ground: Ground) -> None:
    till, other = ground.busy_till(), ground.enrol()
    if till.line.raw("HEAD", "/v1/news").status == 404:
        raise SkippedError("no news here: tills poll")
    for _ in range(TRIES):
        missing = _missing(ground, till, other)
        if not missing:
            return
    raise BrokenError(f"the stream ends without {missing}")


def _missing(ground: Ground, till: ConformTill, other: ConformTill) -> str:
    """What the stream had not told when it ended: empty where it said all, which is the end of it."""
    heads, store = _heads(till), f"store:{till.me.store}"
    told: dict[str, int] = {}
    wanted = 0
    with closing(_heard(till)) as pokes:
        for poke in pokes:
            if poke is not None:
                must(poke.feed in heads, f"names another feed: {poke.feed}")
                told[poke.feed] = poke.version
            if not wanted and set(heads) <= set(told):
                must(all(told[name] >= head for name, head in heads.items()), "begins behind the heads")
                ground.register(other)
                wanted = _heads(other)[store]
            elif wanted and poke is not None and poke.feed == store and poke.version >= wanted:
                break
        else:
            return "a poke" if wanted else "where all feeds are"
    now = _heads(till)
    must(all(version <= now[name] for name, version in told.items()), "tells of versions that a feed does not have")
    return ""


def _heard(till: ConformTill) -> Generator[Poke | None]:
    """What HQ says until the stream ends, which may be a line that is cut."""
    late = Event()

    def end() -> None:
        late.set()
        till.line.hang_up()

    timer = Timer(NEWS_S, end)
    timer.start()
    try:
        yield from till.line.news()
    except LinkError as error:
        must(error.code != "not_hq", "no event stream")
    finally:
        timer.cancel()
    must(not late.is_set(), f"within {NEWS_S:.0f} s it did not begin with where all feeds are, or poked nothing")


def _heads(till: ConformTill) -> dict[str, int]:
    return {head.name: head.head for head in till.line.feeds().feeds}
