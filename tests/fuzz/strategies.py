"""Good data with anything at all in one place, for hypothesis: what it finds it makes as small as it can."""

from __future__ import annotations

import copy
import os
from typing import Any

from hypothesis import strategies as st

#: Examples of one test; of a whole run's a hundredth, as each is drawn by far more thought.
EXAMPLES = int(os.environ.get("POSCLIENT_N") or 0) // 100 or 100

ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@st.composite
def near(draw: st.DrawFn, good: Any) -> Any:
    """A copy of ``good`` (JSON) with one value in it, or the whole, replaced."""
    whole = {"it": copy.deepcopy(good)}
    inside: Any = whole
    place: Any = "it"
    while isinstance(inside[place], dict | list) and inside[place] and draw(st.booleans()):
        inside = inside[place]
        place = draw(st.sampled_from(sorted(inside) if isinstance(inside, dict) else range(len(inside))))
    inside[place] = draw(ANYTHING)
    return whole["it"]
