"""The documentation as a site, by Sphinx: scripts/site. Its sources are gathered by pages.py."""

import re

project = "pellucid"
author = "the pellucid authors"
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx_copybutton"]
myst_heading_anchors = 4
myst_links_external_new_tab = False
html_theme = "furo"
html_title = "pellucid"
html_static_path = ["style.css"]
html_css_files = ["style.css"]
html_copy_source = False
html_show_copyright = False
pygments_style = "friendly"
highlight_language = "none"  # indented blocks hold commands and figures
autodoc_member_order = "bysource"
autodoc_typehints = "signature"


def fields(app, what, name, obj, options, lines):
    """`name: what it is` in a docstring describes a parameter; the module's own is in From Python."""
    if what == "module":
        lines.clear()
    text = re.sub(r"^(\w+(?:, \w+)*): (?=\S)", r":param \1: ", "\n".join(lines), flags=re.MULTILINE)
    lines[:] = re.sub(r"^(?!:param)(.*\S.*)\n(?=:param)", r"\1\n\n", text, flags=re.MULTILINE).split("\n")


def setup(app):
    app.connect("autodoc-process-docstring", fields)
