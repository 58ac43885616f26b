"""The pages in a real browser: accessible by axe's rules, quick, silent, and usable without a mouse."""

import os
import shutil
import time

import pytest
from classroom import large_class

from grader.reports.html import write_reports

playwright = pytest.importorskip(
    "playwright.sync_api", reason="playwright is not installed: pip install -e .[dev]"
)
axe = pytest.importorskip("axe_playwright_python.sync_playwright")

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
PATH = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, BROWSERS)), None)
pytestmark = pytest.mark.skipif(
    PATH is None, reason=f"no Chromium here: none of {', '.join(BROWSERS)}, no $CHROMIUM"
)

WIDE, NARROW = (1280, 900), (420, 900)


@pytest.fixture(scope="module")
def browser():
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=PATH, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def folder(grades, books, tmp_path_factory):
    """A class page, and those students' pages that show most: with a picture, an error, hostile content."""
    folder = tmp_path_factory.mktemp("pages")
    write_reports(grades, books, folder)
    return folder


class Visit:
    """A page in a browser of its own, and all that it complained of or asked for."""

    def __init__(self, browser, path, size=WIDE, scheme="light"):
        width, height = size
        self.context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme)
        self.page = self.context.new_page()
        self.complaints, self.requests = [], []
        self.page.on("console", lambda message: self.complaints.append(message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("request", lambda request: self.requests.append(request.url))
        start = time.perf_counter()
        self.page.goto(path.as_uri())
        self.seconds = time.perf_counter() - start

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.context.close()


@pytest.mark.parametrize("name", ["index.html", "students/zoe.html", "students/Zażółć-Gęśla-Jaźń.html"])
@pytest.mark.parametrize(
    ("size", "scheme"), [(WIDE, "light"), (NARROW, "dark")], ids=["light", "narrow dark"]
)
def test_axe_finds_nothing_to_mend(browser, folder, name, size, scheme):
    with Visit(browser, folder / name, size, scheme) as visit:
        found = axe.Axe().run(visit.page)
        assert found.violations_count == 0, found.generate_report()


@pytest.mark.parametrize("name", ["index.html", "students/script-alert-mark-script.html"])
def test_nothing_sticks_out_on_a_phone(browser, folder, name):
    with Visit(browser, folder / name, NARROW) as visit:
        assert visit.page.evaluate("document.documentElement.scrollWidth") == NARROW[0]


def test_three_hundred_students_open_at_once_in_silence_and_alone(browser, tmp_path):
    path = write_reports(large_class(300), {}, tmp_path)
    with Visit(browser, path) as visit:
        assert visit.page.locator("#marks-table tbody tr").count() == 300
        assert visit.complaints == []
        assert visit.requests == [path.as_uri()]
        # A machine that is busy with something else may need a second try.
        assert visit.seconds < 2 or any(seconds_to_open(browser, path) < 2 for _ in range(3))


def seconds_to_open(browser, path):
    with Visit(browser, path) as visit:
        return visit.seconds


def test_what_is_injected_into_a_page_does_not_run(browser, folder):
    with Visit(browser, folder / "students" / "script-alert-mark-script.html") as visit:
        assert visit.complaints == []
        ran = visit.page.evaluate(
            "() => { const s = document.createElement('script'); s.textContent = 'window.ran = 1';"
            " document.body.append(s); return window.ran; }"
        )
        assert ran is None
        assert any("Content Security Policy" in complaint for complaint in visit.complaints)


def column(visit, table, number):
    cells = visit.page.locator(f"{table} tbody tr > :nth-child({number})")
    return cells.evaluate_all("cells => cells.map(cell => cell.dataset.value)")


@pytest.mark.parametrize(
    ("table", "heading", "number"),
    [("#marks-table", "Mark", 2), (".hardest", "Difficulty", 2), (".hardest", "Discrimination", 3)],
)
def test_tables_are_sorted_with_the_keyboard(browser, folder, table, heading, number):
    with Visit(browser, folder / "index.html") as visit:
        button = visit.page.locator(f"{table} th button", has_text=heading)
        button.focus()
        for order, key in (("descending", "Enter"), ("ascending", "Space")):
            visit.page.keyboard.press(key)
            values = [float(value) for value in column(visit, table, number)]
            assert values == sorted(values, reverse=order == "descending")
            assert visit.page.locator(f"{table} th[aria-sort={order}]").count() == 1


def test_what_cannot_be_told_comes_last_whichever_way_a_table_is_sorted(browser, grades, tmp_path):
    untold = tuple(
        each.model_copy(update={"discrimination": None, "undefined": "all earned the same here"})
        if each.id in ("4e", "5a")
        else each
        for each in grades.statistics
    )
    path = write_reports(grades.model_copy(update={"statistics": untold}), {}, tmp_path)
    with Visit(browser, path) as visit:
        for _ in range(2):
            visit.page.locator(".hardest th button", has_text="Discrimination").click()
            assert column(visit, ".hardest", 3)[-2:] == ["", ""]
            assert "" not in column(visit, ".hardest", 3)[:-2]


def test_every_link_and_button_is_reached_by_tab_in_the_order_of_the_page(browser, folder):
    with Visit(browser, folder / "index.html") as visit:
        order = []
        for _ in range(20):
            visit.page.keyboard.press("Tab")
            order.append(visit.page.evaluate("document.activeElement.getBoundingClientRect().top + scrollY"))
        assert len(set(order)) > 5
        assert order[7:] == sorted(order[7:])
        assert visit.page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"


def test_the_filter_leaves_those_that_are_looked_for(browser, folder):
    with Visit(browser, folder / "index.html") as visit:
        visit.page.get_by_role("searchbox", name="Find").fill("lindqvist")
        assert visit.page.locator("#marks-table tbody tr:visible").count() == 2


def test_the_links_lead_from_the_class_to_the_check_on_a_student_s_page(browser, folder):
    with Visit(browser, folder / "index.html") as visit:
        visit.page.locator(".hardest tbody a").first.click()
        assert "/students/" in visit.page.url and "#check-" in visit.page.url
        assert visit.page.locator("li:target").count() == 1


def test_paper_shows_what_the_screen_folds_and_not_what_only_a_screen_needs(browser, folder):
    with Visit(browser, folder / "index.html", scheme="dark") as visit:
        visit.page.emulate_media(media="print")
        assert not visit.page.locator("nav.jump").is_visible()
        assert not visit.page.locator(".filter").is_visible()
        background = visit.page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert background == "rgb(255, 255, 255)"
        assert visit.page.locator("details .names").first.is_visible()
        assert visit.page.pdf().startswith(b"%PDF")
