"""Code that names the inside of the interpreter: what no coursework needs, and a way to the recorder does."""

from __future__ import annotations

import re
from collections.abc import Iterable

_INSIDE = re.compile(
    r"/proc/(?:self|\d+|thread-self)/(?:fd|mem|maps)|events\.jsonl"
    r"|\b(?:_self_wrapper|__closure__|cell_contents|tb_frame|f_locals|f_globals|__subclasses__)\b"
    r"|\bgc\.(?:unfreeze|get_objects|get_referrers|get_referents)\b|^[ \t]*(?:import|from)[ \t]+grader\b",
    re.MULTILINE,
)


def reaching(sources: Iterable[str]) -> tuple[str, ...]:
    """What of this kind each cell names, in words; for a human to look at, it proves nothing."""
    return tuple(
        f"cell {index + 1} names {found[0].strip()}"
        for index, source in enumerate(sources)
        if (found := _INSIDE.search(source))
    )
