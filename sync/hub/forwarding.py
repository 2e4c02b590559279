"""What a hub does when it has a line: the other tills' batches to HQ, unchanged (docs/protocol.md, store hub)."""

from __future__ import annotations

import logging
from contextlib import closing
from pathlib import Path

from posclient.db.hub_file import HUB_FILE, Batch, HubFile
from posclient.errors import LinkError
from sync.transport import HttpHq

_log = logging.getLogger(__name__)


def forward(line: HttpHq, folder: Path) -> int:
    """Hand on what lies here, each chain in its order; how many batches HQ has answered. ``LinkError``: no line.

    Also for a till that was a hub once: what was handed to it is not lost.
    """
    if not (folder / HUB_FILE).exists():
        return 0
    done, stuck = 0, set[tuple[str, str]]()
    with closing(HubFile(folder)) as file:
        for key in file.waiting():
            batch = file.batch(key)
            if batch is None or (batch.terminal, batch.incarnation) in stuck:
                continue
            if _forward(line, file, batch):
                done += 1
            else:
                stuck.add((batch.terminal, batch.incarnation))
    return done


def _forward(line: HttpHq, file: HubFile, batch: Batch) -> bool:
    """False where HQ does not take it: the rest of that chain waits."""
    try:
        reply = line.forward(batch.terminal, batch.packed, batch.signature)
    except LinkError as error:
        expected = error.params.get("expected")
        if error.code == "gap" and isinstance(expected, int):
            file.misses(batch, expected)
        elif "field" in error.params:  # HQ spoke of this very batch, not of the line
            file.refuse(batch, error.code)
        elif "status" not in error.params:  # no line
            raise
        else:  # this batch may be what HQ, or what stands before it, stumbles over
            _log.info("a batch of %s is not taken: %s", batch.terminal, error)
        return False
    file.answered(batch, reply.reply, reply.signature)
    return True
