#!/usr/bin/env python3
"""What is killed at any moment goes on, or is as if it had not begun.

    python3 tests/faults/crash_check.py [--kills N] [--seed N] [training | prediction | log ...]

Sends SIGKILL at N random moments (200) to each of

  training    a small model; half of the time SIGINT first, so that death comes while the state is saved. Then --resume, to the
              weights that an uninterrupted run gives, with nothing left over
  prediction  of a file into a file: the file is absent, or the former one whole; the same command again gives the whole
  log         explain --record: what was printed is in the log, the log verifies, and recording goes on
"""

import argparse
import json
import pathlib
import random
import shutil
import signal
import subprocess
import tempfile
import time

import program


def start(*arguments, output=subprocess.DEVNULL):
    return subprocess.Popen([str(program.PROGRAM), *map(str, arguments)], stdout=output, stderr=subprocess.DEVNULL)


def kill(process, after, interrupt_first=None):
    """SIGKILL after so many seconds, or SIGINT then and SIGKILL so many seconds later. False where it was faster."""
    time.sleep(after)
    if interrupt_first is not None:
        process.send_signal(signal.SIGINT)
        time.sleep(interrupt_first)
    process.kill()
    return process.wait() == -signal.SIGKILL


def check_training(table, scratch, kills, rng):
    data = program.write_csv(scratch / "data.csv", program.texts(240, 1))
    whole = scratch / "whole"
    done = program.run(*program.train_arguments(data, whole, epochs=3), patience=600)
    assert done.status == 0, done.err
    expected, killed, finished, problems = program.state_of(whole), 0, 0, []
    while killed < kills:
        out = scratch / "killed"
        arguments = [*program.train_arguments(data, out, epochs=3), "--resume"]
        for _ in range(rng.randint(1, 6)):
            interrupt = rng.random() * 0.2 if rng.random() < 0.5 else None
            killed += kill(start(*arguments), rng.random() * done.seconds, interrupt)
        last = program.run(*arguments, patience=600)
        if last.status != 0:
            problems.append(f"after {killed} kills --resume failed: {last.err[-300:]}")
        elif program.state_of(out) != expected:
            names = sorted(path.name for path in out.iterdir())
            problems.append(f"after {killed} kills the resumed run differs from the uninterrupted one; its files: {names}")
        finished += 1
        shutil.rmtree(out, ignore_errors=True)
    table.add("SIGKILL in train", killed, f"{finished} runs resumed to the uninterrupted run's weights", problems)


def check_prediction(table, scratch, kills, rng):
    texts = program.write_csv(scratch / "texts.csv", program.texts(20000, 2))
    out = scratch / "out.jsonl"
    arguments = ["predict", program.CLASSIFIER, texts, "--json", out, "--threads", 1, "--quiet"]
    done = program.run(*arguments)
    assert done.status == 0, done.err
    expected, killed, problems, former = program.sha256(out), 0, [], 0
    while killed < kills:
        has_former = rng.random() < 0.5
        out.unlink(missing_ok=True)
        if has_former:
            out.write_text("former\n")
        if kill(start(*arguments), rng.random() * done.seconds):
            killed += 1
            former += has_former
            before = "former\n" if has_former else None
            found = out.read_text() if out.exists() else None
            if found != before and (found is None or program.sha256(out) != expected):
                problems.append("the former file is gone" if found is None else f"the file holds {len(found)} bytes of something else")
        if killed % 10 == 0 or killed == kills:
            again = program.run(*arguments)
            left = [path.name for path in scratch.iterdir() if "partial" in path.name]
            if again.status != 0 or program.sha256(out) != expected or left:
                problems.append(f"the command again: status {again.status}, left over {left}: {again.err[-300:]}")
    table.add("SIGKILL in predict to a file", killed, f"absent, or the former file whole ({former}); then whole", problems)


def check_log(table, scratch, kills, rng):
    log = scratch / "decisions.db"
    texts = scratch / "some.csv"
    pairs = program.texts(60, 3)
    program.write_csv(texts, pairs)
    arguments = ["explain", program.CLASSIFIER, texts, "--record", log, "--as", "jsonl", "--method", "decomposition", "--threads", 1, "--quiet"]
    done = program.run(*arguments)
    assert done.status == 0, done.err
    killed, problems, printed, head = 0, [], len(done.out.splitlines()), None
    while killed < kills:
        shown = scratch / "shown.jsonl"
        with open(shown, "wb") as file:
            process = start(*arguments, output=file)
        died = kill(process, rng.random() * done.seconds)
        killed += died
        printed += shown.read_bytes().count(b"\n")
        verified = program.run("record", "verify", log, "--json", "-", *(["--head", head] if head else []))
        if verified.status != 0:
            problems.append(f"verify: {verified.err[-300:]} {verified.out[-300:]}")
            break
        report = json.loads(verified.out)
        head = report["head"]["hash"]
        if report["entries"] < printed:
            problems.append(f"{printed} decisions were printed, {report['entries']} are recorded")
        if report["problems"]:
            problems.append(str(report["problems"]))
    again = program.run(*arguments)
    if again.status != 0:
        problems.append(f"recording did not go on: {again.err[-300:]}")
    table.add("SIGKILL in explain --record", killed, "the chain verifies from head to head, every decision printed is in it", problems)


CHECKS = {"training": check_training, "prediction": check_prediction, "log": check_log}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("checks", nargs="*", choices=[*CHECKS, []])
    options = parser.parse_args()
    table = program.Table()
    for name in options.checks or CHECKS:
        with tempfile.TemporaryDirectory() as scratch:
            CHECKS[name](table, pathlib.Path(scratch), options.kills, random.Random(options.seed))
    table.finish()


if __name__ == "__main__":
    main()
