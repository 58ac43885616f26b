import pytest
from classroom import class_grades, notebooks


@pytest.fixture(scope="session")
def grades():
    return class_grades()


@pytest.fixture(scope="session")
def books():
    return notebooks()
