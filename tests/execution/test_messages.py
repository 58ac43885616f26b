"""A kernel's messages: forged ones are left out before anything is read of them."""

import pytest

from grader.execution.messages import is_well_formed


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        ("stream", {"name": "stdout", "text": "hello"}),
        ("display_data", {"data": {"text/plain": "1", "application/json": [1]}, "metadata": {}, "transient": {"display_id": "a"}}),
        ("execute_result", {"data": {"text/plain": "1"}, "metadata": {}, "execution_count": 3}),
        ("error", {"ename": "E", "evalue": "", "traceback": ["line"]}),
        ("status", {"execution_state": "idle"}),
        ("execute_input", {"code": "1", "execution_count": 1}),
    ],
)  # fmt: skip
def test_what_kernels_send_is_let_through(kind: str, content: object) -> None:
    assert is_well_formed(kind, content)


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        ("stream", {}),
        ("stream", {"name": 1, "text": "x"}),
        ("stream", None),
        ("display_data", {"data": 3, "metadata": {}}),
        ("display_data", {"data": {"text/html": ["x"]}, "metadata": {}}),
        ("execute_result", {"data": {}, "metadata": {}, "execution_count": 10**30}),
        ("display_data", {"data": {}, "metadata": {}, "transient": "x"}),
        ("error", {"ename": "E", "evalue": "", "traceback": None}),
        ("status", {"execution_state": 7}),
        ("clear_output", {}),
    ],
)
def test_what_no_kernel_sends_is_not(kind: str, content: object) -> None:
    assert not is_well_formed(kind, content)
