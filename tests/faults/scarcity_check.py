#!/usr/bin/env python3
"""What a machine can lack: room on the disk, rights, memory, open files, a file that was there a moment ago, a clock that goes forwards.

    python3 tests/faults/scarcity_check.py

Each fault must give one message and status 1, leave former results whole and nothing half-written, and be gone with its cause. What this
machine cannot bring about (a full disk needs root; a clock set back needs faketime) is skipped, and the table says so.
"""

import contextlib
import http.client
import json
import os
import pathlib
import resource
import shutil
import signal
import subprocess
import tempfile
import time

import program

ROOM = 256 << 10  # bytes of the small disk


def predict(texts, out, **how):
    return program.run("predict", program.CLASSIFIER, texts, "--json", out, "--threads", 1, "--quiet", **how)


def explain(texts, log, *more, **how):
    return program.run("explain", program.CLASSIFIER, texts, "--record", log, "--as", "jsonl", "--threads", 1, "--quiet", *more, **how)


def verified(log):
    """Empty where the log verifies."""
    done = program.run("record", "verify", log)
    return "" if done.status == 0 else f"the log does not verify: {done.out.decode()[-300:]}{done.err[-300:]}"


@contextlib.contextmanager
def small_disk(folder):
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={ROOM}", "none", folder], check=True, capture_output=True)
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", folder], check=True)


def as_nobody(*arguments):
    """As a user whom rights bind, where this is root."""
    command = [str(program.PROGRAM), *map(str, arguments)]
    if os.geteuid() == 0:
        command = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", *command]
    done = subprocess.run(command, capture_output=True, timeout=program.PATIENCE)
    return program.Finished(done.returncode, done.stdout, done.stderr.decode(errors="replace"), 0)


def check_full_disk(table, scratch, texts):
    try:
        with small_disk(scratch / "small") as disk:
            out = disk / "out.jsonl"
            out.write_text("former\n")
            problem = program.refused(predict(texts, out))
            if out.read_text() != "former\n" or list(disk.iterdir()) != [out]:
                problem += f" left {[path.name for path in disk.iterdir()]}"
            table.add("a full disk, predict --json", 1, "one message; the former file whole", filter(None, [problem]))

            log = disk / "log.db"
            problem = program.refused(explain(texts, log)) or verified(log)
            table.add("a full disk, explain --record", 1, "one message; the log verifies", filter(None, [problem]))

            data = program.write_csv(scratch / "data.csv", program.texts(120, 1))
            run = disk / "run"
            for part in disk.glob("log.db*"):  # SQLite's write-ahead log too
                part.unlink()
            (disk / "filler").write_bytes(bytes(ROOM * 3 // 4))
            arguments = program.train_arguments(data, run, epochs=1)
            problem = program.refused(program.run(*arguments, patience=300))
            (disk / "filler").unlink()
            subprocess.run(["mount", "-o", f"remount,size={ROOM * 64}", disk], check=True)
            again = program.run(*arguments, "--resume", patience=300)
            if again.status != 0:
                problem += f" and with room again: {again.err[-300:]}"
            table.add("a full disk, train", 1, "one message; --resume ends well when there is room", filter(None, [problem]))
    except (subprocess.CalledProcessError, FileNotFoundError):
        table.skip("a full disk", "mounting a small one needs root")


def check_file_size(table, scratch, texts):
    limits = [(resource.RLIMIT_FSIZE, 64 << 10)]
    out = scratch / "limited.jsonl"
    problem = program.refused(predict(texts, out, limits=limits))
    if out.exists() or list(scratch.glob("limited*")):
        problem += " and left a file"
    table.add("a limit to the size of files, predict --json", 1, "one message; no file", filter(None, [problem]))
    log = scratch / "limited.db"
    problem = program.refused(explain(texts, log, limits=limits)) or verified(log)
    table.add("a limit to the size of files, explain --record", 1, "one message; the log verifies", filter(None, [problem]))


def check_rights(table, scratch, texts):
    folder = scratch / "closed"
    folder.mkdir()
    folder.chmod(0o555)
    scratch.chmod(0o755)
    model = scratch / "model"
    shutil.copytree(program.CLASSIFIER, model)
    os.chmod(texts, 0o644)
    if os.geteuid() == 0 and shutil.which("setpriv") is None:
        table.skip("a folder that cannot be written", "root may write anywhere, and there is no setpriv")
        return
    if as_nobody("--version").status != 0:
        table.skip("a folder that cannot be written", "another user cannot run the program where it lies")
        return
    for name, arguments in {"predict --json": ("predict", model, texts, "--json", folder / "out.jsonl"),
                            "explain --record": ("explain", model, texts, "--record", folder / "log.db"),
                            "explain --as html": ("explain", model, texts, "--as", "html", "--output", folder / "out.html")}.items():
        problem = program.refused(as_nobody(*arguments, "--quiet"))
        if any(folder.iterdir()):
            problem += " and left a file"
        table.add(f"a folder that cannot be written, {name}", 1, "one message; nothing written", filter(None, [problem]))
    (model / "model.safetensors").chmod(0)
    problem = program.refused(as_nobody("predict", model, texts, "--quiet"))
    table.add("weights that cannot be read", 1, "one message", filter(None, [problem]))


def check_vanished(table, scratch, texts):
    problems = []
    for missing in (scratch / "none.csv", scratch / "none" / "none.csv"):
        problems.append(program.refused(predict(missing, scratch / "o.jsonl")))
    problems.append(program.refused(program.run("predict", scratch / "no-model", texts, "--quiet")))
    problems.append(program.refused(predict(texts, scratch / "none" / "out.jsonl")))
    table.add("an input, a model, a folder that is not there", 4, "one message", filter(None, problems))

    copy = scratch / "going.csv"
    problems = []
    for wait in (0.0, 0.02, 0.05, 0.1, 0.2):
        shutil.copy(texts, copy)
        process = subprocess.Popen([str(program.PROGRAM), "predict", str(program.CLASSIFIER), str(copy), "--quiet"],
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        time.sleep(wait)
        copy.unlink()
        out, err = process.communicate(timeout=program.PATIENCE)
        whole = process.returncode == 0 and out.count(b"\n") == 20000
        if not whole:
            problems.append(program.refused(program.Finished(process.returncode, out, err.decode(), 0)))
    table.add("an input that vanishes while it is read", 5, "one message, or all of it", filter(None, problems))


def check_memory(table, texts):
    """Below what the libraries themselves take the loader ends the process, before there is a program: 127."""
    limits = range(40, 401, 10)
    for command in ("predict", "explain"):
        arguments = [command, program.CLASSIFIER, texts, "--quiet", "--precision", "fp32"]
        if command == "explain":
            arguments += ["--limit", 200, "--as", "jsonl"]
        expected = json_lines(program.run(*arguments, "--threads", 1))
        problems, answered = [], 0
        for threads in (1, 2, 8):
            for megabytes in limits:
                done = program.run(*arguments, "--threads", threads, limits=[(resource.RLIMIT_AS, megabytes << 20)])
                problem = ""
                if done.status == 0:
                    answered += 1
                    problem = "" if threads != 1 or json_lines(done) == expected else "another answer than with enough memory"
                elif done.status != 127:
                    problem = program.refused(done)
                if problem:
                    problems.append(f"{megabytes} MB, {threads} threads: {problem}")
        table.add(f"a limit to memory, 40 to 400 MB, {command}", 3 * len(limits), f"one message, or the answer ({answered})", problems)


def check_memory_group(table, scratch, texts):
    """Past the limit of its control group a process is not told: the kernel kills it."""
    try:
        with program.memory_group(64):
            pass
    except OSError:
        table.skip("a control group with little memory", "making one needs root and the memory controller")
        return

    def in_groups(limits, command, wrong):
        """How often the command was killed, and what went wrong; `wrong(done)` is empty where it left all as it should."""
        deaths, problems = 0, []
        for megabytes in limits:
            with program.memory_group(megabytes) as group:
                done = command(group)
            killed = done.status == -signal.SIGKILL
            deaths += killed
            problem = ("" if done.status == 0 or killed else program.refused(done)) or wrong(done)
            if problem:
                problems.append(f"{megabytes} MB, status {done.status}: {problem}")
        return deaths, problems

    few = program.write_csv(scratch / "few.csv", program.texts(200, 3))
    out, log, run = scratch / "grouped.jsonl", scratch / "grouped.db", scratch / "grouped"
    whole = program.run("predict", program.CLASSIFIER, texts, "--threads", 1, "--quiet").out
    arguments = program.train_arguments(program.write_csv(scratch / "grouped.csv", program.texts(240, 1)), run)
    trained = program.run(*arguments, patience=300)
    assert trained.status == 0, trained.err
    expected = program.state_of(run)

    def predict_over_former(group):
        out.write_text("former\n")
        return predict(texts, out, group=group)

    def wrong_file(done):
        return "" if out.read_bytes() == (whole if done.status == 0 else b"former\n") else "the file is neither the former nor the whole one"

    def train_anew(group):
        shutil.rmtree(run, ignore_errors=True)
        return program.run(*arguments, group=group, patience=300)

    def wrong_model(done):
        if done.status != 0:
            done = program.run(*arguments, "--resume", patience=300)
        return "" if done.status == 0 and program.state_of(run) == expected else f"--resume: status {done.status}, {done.err[-300:]}"

    small, large = range(2, 34), range(20, 180, 10)
    deaths, problems = in_groups(small, predict_over_former, wrong_file)
    table.add("a control group of 2 to 33 MB, predict --json", len(small), f"killed ({deaths}) or answered; the former file whole", problems)
    deaths, problems = in_groups(small, lambda group: explain(few, log, group=group), lambda done: verified(log) if log.exists() else "")
    table.add("a control group of 2 to 33 MB, explain --record", len(small), f"killed ({deaths}) or answered; the log verifies", problems)
    deaths, problems = in_groups(large, train_anew, wrong_model)
    table.add("a control group of 20 to 170 MB, train", len(large), f"killed ({deaths}) or trained; --resume gives the same model", problems)


def json_lines(done):
    """What differs from run to run left out."""
    return [{name: value for name, value in json.loads(line).items() if name not in ("cost", "tool")} for line in done.out.splitlines()]


def check_memory_of_service(table):
    limits = range(40, 401, 10)
    problems, answered, refused = [], 0, 0
    bodies = [{"text": "the film " * n} for n in (1, 30, 300)] + [{"texts": ["a good film", "oil price"] * 16}]
    for megabytes in limits:
        port = program.free_port()
        process = subprocess.Popen([str(program.PROGRAM), "serve", str(program.CLASSIFIER), "--port", str(port), "--threads", "2", "--quiet"],
                                   stderr=subprocess.PIPE, text=True, env={**os.environ, "GOMP_SPINCOUNT": "1000"},
                                   preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (megabytes << 20, megabytes << 20)))
        line = process.stderr.readline()
        if '"listening"' in line:
            for n in range(20):
                try:
                    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=program.PATIENCE)
                    connection.request("POST", "/v1/" + ("predict", "explain")[n % 2], json.dumps(bodies[n % len(bodies)]),
                                       {"Content-Type": "application/json"})
                    status = connection.getresponse().status
                    answered += status == 200
                    refused += status == 503
                    if status not in (200, 503):
                        problems.append(f"{megabytes} MB: status {status}")
                except (OSError, http.client.HTTPException):  # no thread for it, or the service has ended: it says so
                    refused += 1
            time.sleep(0.05)
            if process.poll() is None:
                process.terminate()
            said = process.stderr.read()
            status = process.wait(timeout=program.PATIENCE)
            last = (said.splitlines() or [""])[-1]
            if status != 0 and (status != 1 or not last.startswith("pellucid: expected")):
                problems.append(f"{megabytes} MB: status {status}: {said[-300:]}")
        else:
            said = line + process.stderr.read()
            status = process.wait(timeout=program.PATIENCE)
            if status != 127:
                problems.append(program.refused(program.Finished(status, b"", said, 0)) and f"{megabytes} MB: status {status}: {said[-300:]}")
    table.add("a limit to memory, 40 to 400 MB, serve", 20 * len(limits), f"answered ({answered}), refused, or one message at the end ({refused})",
              filter(None, problems))


def check_open_files(table, scratch, texts):
    problems, answered = [], 0
    for files in (3, 4, 5, 6, 7, 8, 10, 16, 32):
        done = explain(texts, scratch / f"files{files}.db", "--limit", 2, limits=[(resource.RLIMIT_NOFILE, files)])
        answered += done.status == 0
        if done.status not in (0, 127):
            problems.append(program.refused(done) and f"{files} files: {program.refused(done)}")
    table.add("a limit to open files, 3 to 32", 9, f"one message, or the answer ({answered})", filter(None, problems))


def check_clock(table, scratch, texts):
    faketime = shutil.which("faketime") or next((str(path) for path in pathlib.Path("/usr/lib").glob("*/faketime/libfaketime.so.1")), None)
    if faketime is None:
        table.skip("a clock set back", "libfaketime is not installed")
        return
    library = next(pathlib.Path("/usr/lib").glob("*/faketime/libfaketime.so.1"))
    log = scratch / "clock.db"
    problems = []
    for shift in ("+0", "-400d", "-20y", "+10y", "-1d"):
        done = explain(texts, log, "--limit", 2, env={"LD_PRELOAD": str(library), "FAKETIME": shift, "FAKETIME_DONT_FAKE_MONOTONIC": "1"})
        problems.append(f"{shift}: {done.err[-300:]}" if done.status != 0 else verified(log))
    table.add("a clock set back and forth, explain --record", 5, "recorded; the chain verifies", filter(None, problems))
    data = program.write_csv(scratch / "clock.csv", program.texts(120, 1))
    done = program.run(*program.train_arguments(data, scratch / "clocked"), patience=300,
                       env={"LD_PRELOAD": str(library), "FAKETIME": "-20y", "FAKETIME_DONT_FAKE_MONOTONIC": "1"})
    table.add("a clock 20 years back, train", 1, "trained", [done.err[-300:]] if done.status != 0 else [])


def check_signals(table, scratch, texts):
    problems, interrupted = [], 0
    for storm in range(20):
        out = scratch / "storm.jsonl"
        out.unlink(missing_ok=True)
        process = subprocess.Popen([str(program.PROGRAM), "predict", str(program.CLASSIFIER), str(texts), "--json", str(out), "--quiet"],
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        time.sleep(0.01 * storm)
        while process.poll() is None:
            process.send_signal(signal.SIGTERM)
            time.sleep(0.0005)
        status = process.returncode
        if status in (130, -signal.SIGTERM):
            interrupted += 1
        if status not in (0, 130, -signal.SIGTERM) or (status != 0 and out.exists()):
            problems.append(f"status {status}: {process.stderr.read().decode()[-200:]}")
    table.add("storms of SIGTERM, predict", 20, f"{interrupted} stopped, no file; the rest was faster", problems)

    problems, log = [], scratch / "storm.db"
    for storm in range(5):
        process = subprocess.Popen([str(program.PROGRAM), "serve", str(program.CLASSIFIER), "--port", "0", "--log", str(log)],
                                   stderr=subprocess.PIPE)
        line = json.loads(process.stderr.readline())
        if line["event"] != "listening":
            problems.append(str(line))
        for _ in range(200):
            process.send_signal(signal.SIGHUP)
        if storm % 2 == 0:
            time.sleep(0.3)
        while process.poll() is None:
            process.send_signal(signal.SIGTERM)
            time.sleep(0.001)
        process.stderr.close()
        if process.returncode not in (0, -signal.SIGTERM):
            problems.append(f"serve: status {process.returncode}")
        problems.append(verified(log))
    table.add("storms of SIGHUP and SIGTERM, serve", 5, "stopped; the log verifies", filter(None, problems))


def main():
    table = program.Table()
    with tempfile.TemporaryDirectory() as folder:
        scratch = pathlib.Path(folder)
        texts = program.write_csv(scratch / "texts.csv", program.texts(20000, 2))
        check_full_disk(table, scratch, texts)
        check_file_size(table, scratch, texts)
        check_rights(table, scratch, texts)
        check_vanished(table, scratch, texts)
        check_memory(table, texts)
        check_memory_of_service(table)
        check_memory_group(table, scratch, texts)
        check_open_files(table, scratch, texts)
        check_clock(table, scratch, texts)
        check_signals(table, scratch, texts)
    table.finish()


if __name__ == "__main__":
    main()
