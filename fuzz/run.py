#!/usr/bin/env python3
"""Runs the fuzzing targets from their seeds, and says how many inputs each has tried.

    python3 fuzz/run.py [--seconds N] [--executions N] [--jobs N] [TARGET...]

Each target ends after N seconds (120) or N executions (no limit). What it finds, a crash, a leak, an input of more than 10 seconds
or of more than 2 GB, undefined behaviour, lies in build/fuzz/findings/TARGET and makes the run fail; `build/fuzz/fuzz_TARGET FILE`
repeats it. Inputs that reach new code are kept in build/fuzz/corpus/TARGET for the next run.
"""

import argparse
import concurrent.futures
import os
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
BUILD = ROOT / "build/fuzz"
LONGEST = {"tokenizer_text": 512, "safetensors": 4096, "tokenizer_files": 4096}  # bytes of an input; 2,048 of others


def fuzz(target, options):
    found, findings = BUILD / "corpus" / target, BUILD / "findings" / target
    found.mkdir(parents=True, exist_ok=True)
    findings.mkdir(parents=True, exist_ok=True)
    command = [BUILD / f"fuzz_{target}", found, ROOT / "fuzz/corpus" / target, f"-max_total_time={options.seconds}", f"-runs={options.executions}",
               f"-max_len={LONGEST.get(target, 2048)}", "-timeout=10", "-rss_limit_mb=2048", "-malloc_limit_mb=1024", f"-artifact_prefix={findings}/",
               "-print_final_stats=1", "-use_value_profile=1"]
    run = subprocess.run([str(word) for word in command], capture_output=True, text=True, errors="replace",
                         env={**os.environ, "OMP_NUM_THREADS": "1", "ASAN_OPTIONS": "detect_leaks=1"})
    executions = re.search(r"number_of_executed_units: (\d+)", run.stderr)
    covered = re.findall(r" cov: (\d+)", run.stderr)
    return target, int(executions.group(1)) if executions else 0, int(covered[-1]) if covered else 0, run.returncode, run.stderr


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=int, default=120)
    parser.add_argument("--executions", type=int, default=-1)
    parser.add_argument("--jobs", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("targets", nargs="*")
    options = parser.parse_args()
    targets = options.targets or sorted(path.stem for path in (ROOT / "fuzz").glob("*.cpp"))
    failed, total = 0, 0
    print(f"{'target':<16} {'executions':>12} {'edges':>7}  outcome", flush=True)
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        for target, executions, covered, status, said in pool.map(lambda target: fuzz(target, options), targets):
            total += executions
            failed += status != 0
            print(f"{target:<16} {executions:>12,} {covered:>7,}  {'nothing found' if status == 0 else 'A FINDING'}", flush=True)
            if status != 0:
                print(said[-3000:])
    print(f"{'in all':<16} {total:>12,}")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
