import pytest
from classroom import class_grades
from course import Desk


@pytest.fixture
def desk(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    desk = Desk(tmp_path, capsys)
    desk.grades(class_grades())
    return desk
