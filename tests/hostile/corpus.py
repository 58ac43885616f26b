"""All families of attacks; importing them fills the corpus."""

from __future__ import annotations

from tests.hostile import bombs, ending, files, forging, markup, models, notebooks, patching, reading, writing

MODULES = (reading, writing, forging, patching, ending, bombs, files, notebooks, models, markup)
FAMILIES = ("read", "write", "forge", "patch", "end", "bomb", "files", "notebook", "model", "markup")
