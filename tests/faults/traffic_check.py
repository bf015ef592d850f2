#!/usr/bin/env python3
"""A service under mixed good and bad traffic.

    python3 tests/faults/traffic_check.py [--seconds N] [--clients N] [--seed N]

Serves a small model on the loopback interface for N seconds (120). Good clients predict and explain, and compare every answer with what the
command line gives. Bad ones send what is broken, too large, too deep, too slow, ambiguous about where a request ends, or nothing. SIGHUP
loads the model again all the while, SIGTERM restarts the service twice. Asked for: no crash, no wrong answer, bad requests refused or
closed, memory that does not grow in the second half.
"""

import argparse
import collections
import http.client
import json
import pathlib
import random
import re
import signal
import socket
import subprocess
import tempfile
import threading
import time

import program

TEXTS = 60
GROWTH = 1.25  # of resident memory in the second half, at most
HIDDEN = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"


class Service:
    """The served model; restarted, reloaded, watched."""

    def __init__(self, log):
        self.port = program.free_port()
        self.log, self.process, self.problems = log, None, []
        self.start()

    def start(self):
        command = ["serve", program.CLASSIFIER, "--port", self.port, "--threads", 1, "--log", self.log, "--quiet", "--drain", 10,
                   "--max-connections", 64, "--deadline", 60000]
        self.process = subprocess.Popen([str(program.PROGRAM), *map(str, command)], stderr=subprocess.PIPE, text=True)
        line = json.loads(self.process.stderr.readline())
        if line["event"] != "listening":
            raise SystemExit(f"the service did not start: {line}")
        threading.Thread(target=self.read, args=(self.process,), daemon=True).start()

    def read(self, process):
        for line in process.stderr:
            if '"reload_failed"' in line:
                self.problems.append(line)

    def reload(self):
        self.process.send_signal(signal.SIGHUP)

    def stop(self):
        self.process.terminate()
        try:
            status = self.process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            status = "no end within 30 seconds"
        if status != 0:
            self.problems.append(f"SIGTERM: status {status}")

    def megabytes(self):
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return int(status.split("VmRSS:")[1].split()[0]) / 1024


class Traffic:
    def __init__(self, service, truth, rng):
        self.service, self.truth, self.rng = service, truth, rng
        self.counts, self.problems = collections.Counter(), collections.defaultdict(list)
        self.lock, self.over, self.restarting = threading.Lock(), threading.Event(), threading.Event()

    def note(self, what, problem=""):
        with self.lock:
            self.counts[what] += 1
            if problem:
                self.problems[what].append(problem)

    def connect(self):
        return socket.create_connection(("127.0.0.1", self.service.port), timeout=program.PATIENCE)

    def good(self, rng):
        """One client that keeps its connection, as long as the service does."""
        connection = http.client.HTTPConnection("127.0.0.1", self.service.port, timeout=program.PATIENCE)
        while not self.over.is_set():
            task = rng.choice(["predict", "predict", "explain"])
            numbers = rng.choices(range(TEXTS), k=rng.randint(1, 6))
            body = json.dumps({"texts": [self.truth["text"][n] for n in numbers]})
            try:
                connection.request("POST", f"/v1/{task}", body, {"Content-Type": "application/json"})
                answer = connection.getresponse()
                content = answer.read()
            except (OSError, http.client.HTTPException) as failure:
                connection.close()
                if not self.restarting.is_set() and not self.over.is_set():
                    time.sleep(0.5)  # or the restart had begun without our knowing
                    if not self.restarting.is_set():
                        self.note("good " + task, f"no answer: {failure!r}")
                time.sleep(0.05)
                continue
            if answer.status in (429, 503):  # it says that it has too much to do, or that it stops
                self.note(f"good {task}, put off")
                time.sleep(0.05)
                continue
            if answer.status != 200:
                self.note("good " + task, f"status {answer.status}: {content[:200]}")
                continue
            found = json.loads(content)["predictions" if task == "predict" else "explanations"]
            expected = [self.truth[task][n] for n in numbers]
            same = len(found) == len(expected) and all(comparable(f) == e for f, e in zip(found, expected))
            self.note("good " + task, "" if same else f"another answer than the command line's: {content[:300]}")

    def refused(self, what, message, statuses=range(400, 500), answers=1):
        """Sends it; expects an answer of these statuses or a closed connection, and no second answer."""
        try:
            with self.connect() as client:
                client.sendall(message)
                client.shutdown(socket.SHUT_WR)
                received = b""
                while part := client.recv(65536):
                    received += part
        except (ConnectionError, BrokenPipeError):
            self.note(what)  # closed on us: refused, too
            return
        except OSError as failure:
            self.note(what, "" if self.restarting.is_set() else repr(failure))
            return
        found = [int(status) for status in re.findall(rb"HTTP/1\.1 (\d{3}) [A-Z]", received)]  # a message may name HTTP/1.1, too
        if any(status == 503 for status in found):
            self.note(what + ", put off")
            return
        wrong = len(found) > answers or any(status not in statuses for status in found)
        self.note(what, f"answers {found}: {received[:200]}" if wrong else "")

    def bad(self, rng):
        while not self.over.is_set():
            what, message = rng.choice(BAD)
            self.refused(what, message() if callable(message) else message)
            time.sleep(rng.random() * 0.05)

    def slow(self, rng):
        """A byte now and then; the request is good, so that it must be answered all the same."""
        while not self.over.is_set():
            message = post("/v1/predict", json.dumps({"text": self.truth["text"][0]}).encode(), b"Connection: close\r\n")
            try:
                with self.connect() as client:
                    for at in range(0, len(message), 8):
                        client.sendall(message[at : at + 8])
                        if self.over.wait(0.02):
                            return
                    received = b""
                    while part := client.recv(65536):
                        received += part
            except OSError:
                time.sleep(0.2)
                continue
            answered = received.startswith(b"HTTP/1.1 200") or received.startswith(b"HTTP/1.1 503") or received.startswith(b"HTTP/1.1 429")
            self.note("slow", "" if answered or self.restarting.is_set() else str(received[:200]))

    def half_open(self, rng):
        """Connections that say nothing, stop within a request, or are cut off."""
        while not self.over.is_set():
            held = []
            try:
                for _ in range(8):
                    client = self.connect()
                    client.sendall(rng.choice([b"", b"POST /v1/pre", post("/v1/predict", b'{"text": "a')[:-4], b"GET / HTTP/1.1\r\n"]))
                    held.append(client)
            except OSError:
                pass
            self.over.wait(1)
            for client in held:
                if rng.random() < 0.5:  # a reset rather than an end
                    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
                client.close()
                self.note("half-open")


def comparable(answer):
    """Without what is measured, and what differs by where it was asked."""
    return {name: value for name, value in answer.items() if name not in ("cost", "id", "tool")}


def post(path, body, headers=b"", length=None):
    size = len(body) if length is None else length
    return b"POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: %d\r\n%s\r\n%s" % (
        path.encode(), size, headers, body)


def raw(headers, rest):
    return b"POST /v1/predict HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n" + headers + b"\r\n" + rest


GOOD_BODY = b'{"text": "the film"}'
CHUNKED = b"%x\r\n%s\r\n0\r\n\r\n" % (len(GOOD_BODY), GOOD_BODY)
SIZE = b"%d" % len(GOOD_BODY)
BAD = [
    ("not JSON", post("/v1/predict", b"{text: 1")),
    ("bytes that are no UTF-8", post("/v1/predict", b'{"text": "\xff\xfe"}')),
    ("JSON a megabyte deep", lambda: post("/v1/explain", b'{"text":"a","method":' + b"[" * 1_000_000 + b"]" * 1_000_000 + b"}")),
    ("JSON of another shape", post("/v1/predict", b'{"texts": {"a": [1, null]}}')),
    ("unknown members", post("/v1/explain", b'{"text": "a", "shell": "rm"}')),
    ("numbers out of range", post("/v1/explain", b'{"text": "a", "samples": 1e300, "seed": -1}')),
    ("a number beyond double precision", post("/v1/explain", b'{"text": "a", "seed": 1e999}')),
    ("a body beyond the limit", lambda: post("/v1/predict", b'{"text": "' + b"a" * 5_000_000 + b'"}')),
    ("a length of 10^18", post("/v1/predict", b"{}", length=10**18)),
    ("a header of 64 KiB", post("/v1/predict", GOOD_BODY, b"X-Long: " + b"a" * 65536 + b"\r\n")),
    ("2,000 headers", post("/v1/predict", GOOD_BODY, b"".join(b"X-%d: a\r\n" % n for n in range(2000)))),
    ("an unknown path", b"GET /../../etc/passwd HTTP/1.1\r\nHost: localhost\r\n\r\n"),
    ("a wrong method", b"DELETE /v1/predict HTTP/1.1\r\nHost: localhost\r\n\r\n"),
    ("another host", b"GET /v1/model HTTP/1.1\r\nHost: evil.example\r\n\r\n"),
    ("bytes of chance", lambda: random.randbytes(2000)),
    ("TLS", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(500)),
    ("smuggling: two lengths", raw(b"Content-Length: " + SIZE + b"\r\nContent-Length: 0\r\n", GOOD_BODY + HIDDEN)),
    ("smuggling: length 0, then another", raw(b"Content-Length: 0\r\nContent-Length: " + SIZE + b"\r\n", GOOD_BODY + HIDDEN)),
    ("smuggling: length and chunks", raw(b"Content-Length: " + SIZE + b"\r\nTransfer-Encoding: chunked\r\n", CHUNKED + HIDDEN)),
    ("smuggling: chunks and length", raw(b"Transfer-Encoding: chunked\r\nContent-Length: 3\r\n", CHUNKED + HIDDEN)),
    ("smuggling: an unknown encoding", raw(b"Transfer-Encoding: xchunked\r\n", CHUNKED + HIDDEN)),
    ("smuggling: two encodings", raw(b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n", CHUNKED + HIDDEN)),
    ("smuggling: a length with a sign", raw(b"Content-Length: +" + SIZE + b"\r\n", GOOD_BODY + HIDDEN)),
    ("smuggling: a list of lengths", raw(b"Content-Length: " + SIZE + b", " + SIZE + b"\r\n", GOOD_BODY + HIDDEN)),
    ("smuggling: a negative length", raw(b"Content-Length: -1\r\n", GOOD_BODY + HIDDEN)),
    ("smuggling: a space before the colon", raw(b"Content-Length : " + SIZE + b"\r\n", GOOD_BODY + HIDDEN)),
    ("smuggling: a chunk of -1", raw(b"Transfer-Encoding: chunked\r\n", b"-1\r\nabc\r\n0\r\n\r\n" + HIDDEN)),
    ("smuggling: a chunk of 2^64 + 1", raw(b"Transfer-Encoding: chunked\r\n", b"10000000000000001\r\na\r\n0\r\n\r\n" + HIDDEN)),
]


def command_line(scratch):
    """What the command line answers to the same texts."""
    texts = [text for _, text in program.texts(TEXTS - 3, 5)] + ["Ünïcode — 東京 🙂", "", "a " * 400]
    path = scratch / "texts.jsonl"
    path.write_text("".join(json.dumps({"text": text}) + "\n" for text in texts))
    common = [program.CLASSIFIER, path, "--precision", "fp32", "--threads", 1, "--quiet"]
    predicted = program.run("predict", *common)
    explained = program.run("explain", *common, "--as", "jsonl")
    assert predicted.status == 0 and explained.status == 0, predicted.err + explained.err
    lines = lambda done: [comparable(json.loads(line)) for line in done.out.splitlines()]  # noqa: E731
    return {"text": texts, "predict": lines(predicted), "explain": lines(explained)}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=120)
    parser.add_argument("--clients", type=int, default=4, help="good ones; three are bad, two slow, one half-open")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    rng, table = random.Random(options.seed), program.Table()
    with tempfile.TemporaryDirectory() as folder:
        scratch = pathlib.Path(folder)
        truth = command_line(scratch)
        service = Service(scratch / "decisions.db")
        traffic = Traffic(service, truth, rng)
        kinds = [traffic.good] * options.clients + [traffic.bad] * 3 + [traffic.slow] * 2 + [traffic.half_open]
        threads = [threading.Thread(target=kind, args=(random.Random(rng.random()),)) for kind in kinds]
        for thread in threads:
            thread.start()
        begin, restarts, reloads, memory = time.monotonic(), 0, 0, []
        while (passed := (time.monotonic() - begin) / options.seconds) < 1:
            time.sleep(min(1.0, options.seconds / 50))
            if service.process.poll() is not None:
                service.problems.append(f"it died with status {service.process.returncode}")
                traffic.restarting.set()
                service.start()
                traffic.restarting.clear()
            elif restarts < 2 and passed > (0.15, 0.3)[restarts]:
                traffic.restarting.set()
                service.stop()
                service.start()
                time.sleep(1)
                traffic.restarting.clear()
                restarts += 1
            else:
                service.reload()
                reloads += 1
            if passed > 0.5:
                memory.append(service.megabytes())
        traffic.over.set()
        for thread in threads:
            thread.join()
        service.stop()
        for what in sorted(traffic.counts):
            table.add(what, traffic.counts[what], "as it should", traffic.problems[what])
        verified = program.run("record", "verify", service.log, patience=600)
        table.add("reloads", reloads, "none failed", service.problems)
        table.add("restarts", restarts + 1, "the log verifies", [] if verified.status == 0 else [verified.err[-300:] + verified.out.decode()[-300:]])
        first, last = max(memory[: max(1, len(memory) // 4)]), memory[-1]
        grown = [f"from {first:.0f} to {last:.0f} MB"] if last > GROWTH * first + 8 else []
        table.add("resident memory, second half", len(memory), f"{first:.0f} MB, then {last:.0f} MB", grown)
        for needed in ("good predict", "good explain", "slow", "half-open"):
            if not traffic.counts[needed]:
                table.add(needed, 0, "", ["none was answered"])
    table.finish()


if __name__ == "__main__":
    main()
