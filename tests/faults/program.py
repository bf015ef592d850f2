"""What the checks of this folder share: the built programs run as a user would, small texts, small models, a table of outcomes."""

import collections
import contextlib
import hashlib
import json
import os
import pathlib
import random
import resource
import socket
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
PROGRAM = ROOT / "build/release/pellucid"
FIXTURES = ROOT / "tests/fixtures"
CLASSIFIER = FIXTURES / "tiny-bert-classifier"  # as Hugging Face saves one
ENCODER = FIXTURES / "tiny-bert"
PATIENCE = 60  # seconds of computing; what takes longer hangs

WORDS = {"film": "film book plot actor movie scene story".split(), "market": "oil wheat gold trade bank price profit share".split(),
         "match": "team game win goal match season player".split()}

Finished = collections.namedtuple("Finished", "status out err seconds")


def run(*arguments, env=None, limits=(), group=None, stdin=None, patience=PATIENCE, program=PROGRAM):
    """Runs the program to its end. `limits`: pairs of a resource of module `resource` and its soft and hard limit; `group`: the control
    group that it joins. Patience counts what it computes, so that a busy machine is no fault; what waits for ever ends at ten times that."""

    def limit():
        if group is not None:
            (group / "cgroup.procs").write_text("0")  # itself
        for what, most in [(resource.RLIMIT_CPU, patience), *limits]:
            resource.setrlimit(what, (most, most))

    start = time.monotonic()
    try:
        done = subprocess.run([str(program), *map(str, arguments)], capture_output=True, timeout=10 * patience, input=stdin,
                              env={**os.environ, "GOMP_SPINCOUNT": "1000", **(env or {})}, preexec_fn=limit)
        return Finished(done.returncode, done.stdout, done.stderr.decode(errors="replace"), time.monotonic() - start)
    except subprocess.TimeoutExpired:
        return Finished(None, b"", f"no end within {10 * patience} seconds", 10 * patience)


@contextlib.contextmanager
def memory_group(megabytes):
    """A control group of the kernel (either version) that holds so much memory and no swap: it kills what needs more. OSError without root."""
    most = megabytes << 20
    parent = pathlib.Path("/sys/fs/cgroup")
    memory, swap, swapped = "memory.max", "memory.swap.max", 0
    if (parent / "memory").is_dir():  # version 1, whose second limit is of memory and swap together
        parent /= "memory"
        memory, swap, swapped = "memory.limit_in_bytes", "memory.memsw.limit_in_bytes", most
    group = parent / f"pellucid-{os.getpid()}"
    group.mkdir()
    try:
        (group / memory).write_text(str(most))
        if (group / swap).exists():  # a kernel without swap has no limit to it
            (group / swap).write_text(str(swapped))
        yield group
    finally:
        group.rmdir()


def state_of(run):
    """What a finished training run is: files by name, pellucid.json without what clocks say."""
    description = json.loads((run / "pellucid.json").read_text())
    for measured in ("seconds", "tokens_per_second"):
        description["training"].pop(measured)
    description.pop("sha256")
    history = [json.loads(line) for line in (run / "history.jsonl").read_text().splitlines()]
    for line in history:
        line.pop("tokens_per_second", None)
    files = {path.name: sha256(path) for path in run.iterdir() if path.name not in ("pellucid.json", "history.jsonl")}
    return files, description, history


def refused(done):
    """Empty where the program failed as it should, with status 1 and one line; else what it did instead."""
    lines = [line for line in done.err.splitlines() if line.strip()]
    if done.status != 1:
        return f"status {done.status}: {done.err[-300:]}"
    if len(lines) != 1 or len(done.err) > 3000:
        return f"{len(lines)} lines, {len(done.err)} bytes: {done.err[:300]}"
    if "std::" in done.err or done.err.startswith("pellucid: [json"):
        return f"no message for people: {done.err[:300]}"
    return ""


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return listening.getsockname()[1]


def texts(count, seed):
    """(label, text) pairs that a small model can learn."""
    rng = random.Random(seed)
    filler = "the an of to in is was and not very it this that".split()
    pairs = []
    for n in range(count):
        label = list(WORDS)[n % len(WORDS)]
        words = rng.choices(WORDS[label], k=3) + rng.choices(filler, k=rng.randint(2, 8))
        rng.shuffle(words)
        pairs.append((label, " ".join(words)))
    return pairs


def write_csv(path, pairs):
    path.write_text("label,text\n" + "".join(f"{label},{text}\n" for label, text in pairs), encoding="utf-8")
    return path


def train_arguments(data, out, epochs=2, seed=1):
    return ["train", "--data", data, "--model", ENCODER, "--out", out, "--epochs", epochs, "--seed", seed, "--threads", 1, "--max-length", 16,
            "--batch-tokens", 256, "--quiet"]


def sha256(path):
    return hashlib.sha256(pathlib.Path(path).read_bytes()).hexdigest()


class Table:
    """Faults, how often they were tried, and what came of it; the check fails where something went wrong."""

    def __init__(self):
        self.rows, self.wrong = [], 0

    def add(self, fault, tried, outcome, problems=()):
        problems = list(problems)
        self.wrong += len(problems)
        self.rows.append((fault, str(tried), outcome if not problems else f"WRONG in {len(problems)}"))
        for problem in problems[:10]:
            print(f"  {fault}: {problem}", flush=True)

    def skip(self, fault, why):
        self.rows.append((fault, "0", f"skipped: {why}"))

    def finish(self):
        rows = [("fault", "tried", "outcome"), *self.rows]
        widths = [max(len(row[column]) for row in rows) for column in range(3)]
        for fault, tried, outcome in rows:
            print(f"{fault:{widths[0]}}  {tried:>{widths[1]}}  {outcome}", flush=True)
        sys.exit(1 if self.wrong else 0)
