"""Whether a kernel's message is what its kind should be: student code holds the key that signs them.

After https://jupyter-client.readthedocs.io/en/stable/messaging.html; what is not named here is let through
when it is an object, and shown nowhere.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def _is_stream(content: dict[str, Any]) -> bool:
    return content.get("name") in ("stdout", "stderr") and isinstance(content.get("text"), str)


def _is_display(content: dict[str, Any]) -> bool:
    data, metadata = content.get("data"), content.get("metadata")
    return isinstance(data, dict) and isinstance(metadata, dict) and all(map(_is_shown, data.items()))


def _is_shown(item: tuple[str, Any]) -> bool:
    kind, value = item
    return isinstance(value, str) or kind.endswith("json")


def _is_error(content: dict[str, Any]) -> bool:
    frames = content.get("traceback")
    return (
        isinstance(content.get("ename"), str)
        and isinstance(content.get("evalue"), str)
        and isinstance(frames, list)
        and all(isinstance(frame, str) for frame in frames)
    )


def _is_status(content: dict[str, Any]) -> bool:
    return isinstance(content.get("execution_state"), str)


def _is_clearing(content: dict[str, Any]) -> bool:
    return isinstance(content.get("wait"), bool)


_FORMS: dict[str, Callable[[dict[str, Any]], bool]] = {
    "stream": _is_stream,
    "display_data": _is_display,
    "update_display_data": _is_display,
    "execute_result": _is_display,
    "error": _is_error,
    "status": _is_status,
    "clear_output": _is_clearing,
}


def is_well_formed(kind: str, content: Any) -> bool:
    """Whether ``content`` has what is read of a message of this kind."""
    if not isinstance(content, dict):
        return False
    count, transient = content.get("execution_count"), content.get("transient")
    is_form = _FORMS.get(kind)
    return (
        (count is None or (type(count) is int and 0 <= count < 1 << 31))
        and (transient is None or _has_plain_id(transient))
        and (is_form is None or is_form(content))
    )


def _has_plain_id(transient: Any) -> bool:
    return isinstance(transient, dict) and isinstance(transient.get("display_id"), str | None)
