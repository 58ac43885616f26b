"""``grade data``."""

from typer.testing import CliRunner

from grader.cli.data import app


def run(*words):
    return CliRunner().invoke(app, [str(word) for word in words], catch_exceptions=False)


def test_add_list_remove(small, data_folder):
    added = run("add", "fruits", small)
    assert added.exit_code == 0
    assert "6 train" in added.stdout
    assert "2 classes (acai, tucuma)" in added.stdout
    assert "fruits" in run("list").stdout
    assert run("remove", "fruits").stdout == "fruits: removed\n"
    assert "No data sets in" in run("list").stdout


def test_broken_images_kept_on_purpose_are_named(small):
    (small / "train/acai/images (99).jpeg").write_bytes(b"broken")
    added = run("add", "fruits", small, "--allow-broken")
    assert "do not open: train/acai/images (99).jpeg" in added.stdout
