"""Gathers the site's sources: docs/, README.md and its neighbours, the commands as the program describes itself.

    python3 docs/site/pages.py FOLDER      # which then holds conf.py and index.md
"""

import pathlib
import posixpath
import re
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
PROGRAM = ROOT / "build/release/pellucid"
# Where files of the repository are in the site; everything in docs/ is there without "docs/".
NEIGHBOURS = {"README.md": "index.md", **{name: name for name in ("RESULTS.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md")}}
LINK = re.compile(r"\[([^\]]*)\]\(([^)\s#]*)(#[^)\s]*)?\)")
CONTENTS = {
    "Understand": ["concepts", "methods", "measures", "table1", "studies", "comparison"],
    "Worked examples": ["examples/README"],
    "Use": ["python", "scale"],
    "Reference": ["commands", "formats", "python-reference"],
    "Figures": ["RESULTS", "speed"],
    "Project": ["ARCHITECTURE", "CONTRIBUTING", "SECURITY", "CHANGELOG"],
}
PYTHON_REFERENCE = """# Python reference

What [From Python](python.md) shows, in full.

```{eval-rst}
.. automodule:: pellucid
   :members:
   :imported-members:
```
"""


def help_of(command):
    return subprocess.run([PROGRAM, *command, "--help"], capture_output=True, text=True, check=True).stdout


def commands():
    """Every command's --help."""
    parts = ["# Commands\n\nWhat `--help` says of each. Results go to stdout, talk to stderr; exit status 0: fine, 1: failed, "
             "2: wrong usage, 130: interrupted.\n"]

    def visit(command):
        text = help_of(command)
        if command:
            parts.append(f"{'#' * (len(command) + 1)} pellucid {' '.join(command)}\n\n```text\n{text.strip()}\n```\n")
        for name in re.findall(r"^  ([a-z][a-z-]*)", text.partition("\nSubcommands:\n")[2], re.MULTILINE):
            visit([*command, name])

    visit([])
    return "\n".join(parts)


def pages():
    """(file of the repository, file of the site) of every page and picture."""
    for path in sorted((ROOT / "docs").rglob("*")):
        if path.suffix in (".md", ".svg", ".png") and path.parent.name != "site":
            yield path.relative_to(ROOT).as_posix(), path.relative_to(ROOT / "docs").as_posix()
    yield from NEIGHBOURS.items()


def with_links(markdown, source, places):
    """Links between files of the repository become links of the site; what is there but no page of it is named without one."""

    def link(match):
        text, target, anchor = match.groups()
        if not target or ":" in target:
            return match[0]
        path = posixpath.normpath(posixpath.join(posixpath.dirname(source), target))
        if path in places:
            return f"[{text}]({posixpath.relpath(places[path], posixpath.dirname(places[source]) or '.')}{anchor or ''})"
        return text if (ROOT / path).exists() else match[0]  # Sphinx complains of what is nowhere

    return LINK.sub(link, markdown)


def contents():
    tree = "\n```{{toctree}}\n:hidden:\n:caption: {}\n\n{}\n```\n"
    return "".join(tree.format(caption, "\n".join(names)) for caption, names in CONTENTS.items())


def main(folder):
    shutil.rmtree(folder, ignore_errors=True)
    places = dict(pages())
    for source, place in places.items():
        target = folder / place
        target.parent.mkdir(parents=True, exist_ok=True)
        if target.suffix == ".md":
            target.write_text(with_links((ROOT / source).read_text(), source, places))
        else:
            shutil.copy(ROOT / source, target)
    (folder / "commands.md").write_text(commands())
    (folder / "python-reference.md").write_text(PYTHON_REFERENCE)
    with open(folder / "index.md", "a") as index:
        index.write(contents())
    examples = sorted(path.stem for path in (folder / "examples").glob("*.md") if path.stem != "README")
    with open(folder / "examples/README.md", "a") as index:
        index.write("\n```{toctree}\n:hidden:\n\n" + "\n".join(examples) + "\n```\n")
    for name in ("conf.py", "style.css"):
        shutil.copy(ROOT / "docs/site" / name, folder)


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
