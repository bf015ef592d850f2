"""What the jobs share: alternating repetitions, medians and ratios, the table, the JSON file."""

import argparse
import dataclasses
import datetime
import json
import os
import pathlib
import platform
import shlex
import statistics
import subprocess
import sys
import tempfile
import time
from importlib.metadata import PackageNotFoundError, version

ROOT = pathlib.Path(__file__).resolve().parent.parent
RESULTS = ROOT / "var" / "bench"
THREADS = len(os.sched_getaffinity(0))


def options(description):
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--repetitions", type=int, default=5, help="of each tool [5]")
    parser.add_argument("--quick", action="store_true", help="one repetition on few texts")
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build" / "release", help="where the programs are")
    parser.add_argument("--full", action="store_true", help="a million texts, a hundred thousand requests too, where the job counts them")
    given = parser.parse_args()
    given.build = given.build.resolve()
    if given.quick:
        given.repetitions = 1
    return given


class Program:
    """A bench program, loaded once; each call is one repetition."""

    def __init__(self, *command):
        self.name = pathlib.Path(command[0]).name
        self.process = subprocess.Popen(
            [str(word) for word in command], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def __call__(self, request=""):
        self.process.stdin.write(request + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        if not answer:
            raise SystemExit(f"bench: failed: {self.name} ended with status {self.process.wait()}")
        return json.loads(answer)


@dataclasses.dataclass(frozen=True)
class Contender:
    """`run` does one repetition and returns its figures by name."""

    name: str
    run: object


def process(name, *command, prints=True):
    """A whole process in a folder of its own, from its start to its end. A child's peak memory counts from that of the process that
    started it: a job that looks at memory imports nothing large itself (some 25 MB then)."""
    def run():
        start = time.perf_counter()
        with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryFile() as errors:
            child = subprocess.Popen([str(word) for word in command], cwd=folder, stdout=subprocess.PIPE, stderr=errors)
            with child.stdout:
                output = child.stdout.read()
            _, status, usage = os.wait4(child.pid, 0)
            seconds = time.perf_counter() - start
            child.returncode = os.waitstatus_to_exitcode(status)
            if child.returncode != 0 or (prints and not output.strip()):
                errors.seek(0)
                raise SystemExit(f"bench: failed: {name} ended with status {child.returncode}: "
                                 + errors.read().decode(errors="replace"))
        return {"seconds": seconds, "MB": usage.ru_maxrss / 1024}
    return Contender(name, run)


def fastest(contenders):
    """The one with the fewest seconds, each tried once after a warm-up: a peer is measured at its best setting."""
    for contender in contenders:
        contender.run()
    return min(contenders, key=lambda contender: contender.run()["seconds"])


def alternate(contenders, repetitions, warm_up):
    """All of them, then all of them again: what the machine does meanwhile meets every one."""
    if warm_up:
        for contender in contenders:
            contender.run()
    figures = {contender.name: [] for contender in contenders}
    for repetition in range(repetitions):
        for contender in contenders:
            say(f"{repetition + 1}/{repetitions} {contender.name}")
            figures[contender.name].append(contender.run())
    say("")
    return figures


def say(what):
    """One line that is written over, for who watches."""
    if sys.stderr.isatty():
        print(f"\r\033[K  {what}" if what else "\r\033[K", end="", file=sys.stderr, flush=True)


def machine():
    with open("/proc/cpuinfo") as file:
        facts = dict([part.strip() for part in line.split(":", 1)] for line in file if ":" in line)
    return {
        "cpu": facts.get("model name", platform.machine()),
        "instructions": [flag for flag in facts.get("flags", "").split()
                         if flag in ("avx2", "avx512f", "avx512_bf16", "amx_bf16")],
        "cores": THREADS,
        "environment": {name: value for name, value in os.environ.items() if name.startswith(("OMP_", "GOMP_"))},
        "system": platform.platform(),
        "date": datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"),
    }


def peers():
    """The versions of those that are installed; jobs without peers do without."""
    found = {}
    for line in (ROOT / "bench" / "requirements.txt").read_text().split():
        name = line.split("==")[0]
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def commit():
    return subprocess.run(["git", "describe", "--always", "--dirty", "--abbrev=12"], cwd=ROOT, capture_output=True,
                          text=True).stdout.strip()


class Report:
    """The figures of one job: rows of the table, and a file."""

    def __init__(self, job, given, n, figures, notes=None):
        self.job, self.given, self.n, self.figures, self.notes = job, given, n, figures, notes or {}
        self.rows = []

    def compare(self, ours, peer, figure):
        """A row: `figure` of `ours` divided by that of `peer`."""
        of, beside = ([run[figure] for run in self.figures[name]] for name in (ours, peer))
        each = [a / b for a, b in zip(of, beside)]
        self.rows.append({
            "figure": figure, "ours": ours, "peer": peer,
            "median_ours": statistics.median(of), "median_peer": statistics.median(beside),
            "ratio": statistics.median(of) / statistics.median(beside), "ratio_min": min(each), "ratio_max": max(each),
            "ratios": each,
        })

    def finish(self):
        """Writes the file, prints the table; the file's path."""
        RESULTS.mkdir(parents=True, exist_ok=True)
        path = RESULTS / f"{self.job}{'.quick' if self.given.quick else ''}.json"
        path.write_text(json.dumps({
            "job": self.job,
            "command": shlex.join(sys.argv),
            "commit": commit(),
            "machine": machine(),
            "peers": peers(),
            "n": self.n,
            "repetitions": self.given.repetitions,
            "quick": self.given.quick,
            "notes": self.notes,
            "figures": self.figures,
            "comparisons": self.rows,
        }, indent=1) + "\n")

        n = ", ".join(f"{count} {what}" for what, count in self.n.items())
        plural = "" if self.given.repetitions == 1 else "s"
        print(f"{self.job}: {n}; {self.given.repetitions} alternating repetition{plural}, {THREADS} threads"
              + (" (quick: not to be quoted)" if self.given.quick else ""))
        width = max(len(row[side]) for row in self.rows for side in ("ours", "peer"))
        print(f"  {'figure':<14} {'ours':<{width}} {'peer':<{width}} {'ours':>10} {'peer':>10}  ratio [min .. max]")
        for row in self.rows:
            print(f"  {row['figure']:<14} {row['ours']:<{width}} {row['peer']:<{width}} "
                  f"{row['median_ours']:>10.4g} {row['median_peer']:>10.4g}  "
                  f"{row['ratio']:.3g} [{row['ratio_min']:.3g} .. {row['ratio_max']:.3g}]")
        for name, value in self.notes.items():
            print(f"  {name}: {value}")
        print(f"  {path.relative_to(ROOT)}")
        return path
