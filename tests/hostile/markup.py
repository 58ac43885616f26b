"""Attacks on whoever reads the report."""

from __future__ import annotations

from pathlib import Path

import nbformat

from tests.hostile.attack import LAZY, attack, notebook, submission
from tests.hostile.places import Places

SCRIPT = "<script>alert('hostile')</script>"
HOSTILE = f"{SCRIPT}<img src=x onerror=alert('hostile')><svg/onload=alert('hostile')><a href=\"javascript:alert('hostile')\">x</a></pre></style></script><iframe srcdoc=\"{SCRIPT}\">"


@attack("markup", "a script in the report, by what is shown")
def displays(places: Places) -> str:
    return f"""
from IPython.display import display
markup = {HOSTILE!r}
for kind in ('text/html', 'image/svg+xml', 'text/markdown', 'text/latex', 'application/javascript', 'text/plain', 'application/vnd.jupyter.widget-view+json'):
    display({{kind: markup, 'text/plain': markup}}, raw=True)
display({{'image/png': '"' + markup, 'image/jpeg': 'x" onerror="alert(1)'}}, raw=True)
print(markup); print('\\x1b]8;;javascript:alert(1)\\x07click\\x1b[31m\\x00\\x08\\u202e' + markup)
raise type({SCRIPT!r}, (Exception,), {{}})(markup)
"""


@submission("markup", "a script in the report, by what is written")
def cells(places: Places, path: Path) -> None:
    made = notebook([f"# {HOSTILE}\nname = {HOSTILE!r}\nprint(name)", *LAZY])
    made.cells.insert(
        0,
        nbformat.v4.new_markdown_cell(
            f"# {HOSTILE}\n[x](javascript:alert(1)) ![x](data:text/html,{SCRIPT}) <style>*{{display:none}}</style>",
            id="m",
        ),
    )
    made.cells[1].outputs = [
        nbformat.v4.new_output("display_data", {"text/html": HOSTILE, "image/svg+xml": HOSTILE})
    ]
    made.metadata["title"] = HOSTILE
    nbformat.write(made, path.with_suffix(".ipynb"))


@attack("markup", "a script in the report, by names of layers, classes, files and curves")
def names(places: Places) -> str:
    return f"""
import keras, matplotlib.pyplot as plt
markup = {HOSTILE!r}
try:
    odd = keras.Sequential([keras.Input((8, 8, 1)), keras.layers.Dense(3, name='a<b>c\\x1b[31m')], name='n<i>\\u202e')
    odd.summary()
except Exception as error: print(error)
plt.plot([1, 2], label=markup); plt.title(markup); plt.legend(); plt.show()
for name in ('<img src=x onerror=alert(1)>', 'a\\nb', '\\x1b[31m', '\\udcff'):
    try: open(name, 'w').close()
    except Exception as error: print(error)
globals()['<script>'] = odd
"""


@submission("markup", "a script in the class page, by the name of the file")
def file_name(places: Places, path: Path) -> None:
    made = notebook(list(LAZY))
    nbformat.write(
        made, path.with_name(f"{path.name} <img src=x onerror=alert('hostile')>\x1b[31m\u202eexe.ipynb")
    )


@submission("markup", "formulas in the teacher's spreadsheet")
def formula(places: Places, path: Path) -> None:
    nbformat.write(notebook(list(LAZY)), path.with_name(f"=cmd|'calc'!A1 {path.name}.ipynb"))
