import pytest
from course import CLASS, Desk


@pytest.fixture
def desk(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    desk = Desk(tmp_path, capsys)
    desk.grades(CLASS)
    return desk
