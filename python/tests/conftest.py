import json
import os
import pathlib
import struct
import subprocess

import numpy as np
import pytest

import pellucid

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
FIXTURES = ROOT / "tests" / "fixtures"
BUILD = pathlib.Path(os.environ.get("PELLUCID_BUILD", ROOT / "build" / "release"))
TINY = FIXTURES / "tiny-bert-classifier"

TEXTS = [
    "the cat sat on the mat.",
    "a déjà vu, twice over! it was unbelievable",
    "",
    "dogs & cats are <b>not</b> friends; they never were",
    "good",
]


@pytest.fixture(scope="session")
def model():
    return pellucid.load(TINY)


@pytest.fixture
def program():
    """Runs the command line with these arguments; what it prints."""
    path = BUILD / "pellucid"
    if not path.exists():
        pytest.skip(f"no program at {path}")

    def run(*arguments, texts=None):
        given = None if texts is None else "".join(json.dumps({"text": text}) + "\n" for text in texts)
        done = subprocess.run([path, *map(str, arguments)], input=given, capture_output=True, text=True, check=True)
        return [json.loads(line) for line in done.stdout.splitlines()]

    return run


def read_safetensors(path):
    data = path.read_bytes()
    (size,) = struct.unpack("<Q", data[:8])
    types = {"F32": np.float32, "F64": np.float64, "I64": np.int64, "I32": np.int32}
    tensors = {}
    for name, entry in json.loads(data[8 : 8 + size]).items():
        if name != "__metadata__":
            begin, end = entry["data_offsets"]
            values = np.frombuffer(data[8 + size + begin : 8 + size + end], types[entry["dtype"]])
            tensors[name] = values.reshape(entry["shape"])
    return tensors
