"""The examples of docs/python.md and README.md run as they stand."""

import importlib.util
import os
import re
import shutil

import pytest

from conftest import BUILD, FIXTURES, ROOT, TINY

BLOCK = re.compile(r"^```python(?: needs=(\S+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def examples():
    for page in ("docs/python.md", "README.md"):
        blocks = BLOCK.findall((ROOT / page).read_text())
        assert blocks, page
        for number, (needs, code) in enumerate(blocks):
            first = blocks[0][1] if number else ""  # which loads the model
            yield pytest.param(needs, first, code, id=f"{page}-{number + 1}")


@pytest.mark.parametrize("needs, first, code", list(examples()))
@pytest.mark.filterwarnings("default")
def test_example(needs, first, code, tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", f"{BUILD}{os.pathsep}{os.environ['PATH']}")
    for need in filter(None, needs.split(",")):
        if not shutil.which(need) and importlib.util.find_spec(need) is None:
            pytest.skip(f"no {need}")
    # The names in the examples, small.
    (tmp_path / "runs").mkdir()
    (tmp_path / "runs" / "claims").symlink_to(TINY)
    (tmp_path / "runs" / "bert").symlink_to(TINY)
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "minilm").symlink_to(FIXTURES / "tiny-bert")
    monkeypatch.setenv("PELLUCID_MODELS", str(tmp_path / "models"))
    monkeypatch.chdir(tmp_path)
    names = {}
    for part in filter(None, (first, code)):
        exec(compile(part, "example", "exec"), names)
