#!/usr/bin/env python3
"""The service's memory over many requests of mixed lengths: it warms up, and then stays.

    python3 tests/faults/growth_check.py [--requests N] [--clients N] [--seed N]

Clients ask for predictions and explanations of texts of 1 to 400 words, on connections that last for 1 to 40 requests. One request in a
thousand has a body beyond the limit, one JSON a megabyte deep. Asked for: every answer as it should be, and in the second half of
the requests no more than 1.25 times the resident memory of the first half, and 16 MB.
"""

import argparse
import http.client
import json
import pathlib
import random
import subprocess
import threading

import program

WORDS = [word for words in program.WORDS.values() for word in words] + "the an of to in is was".split()
LARGE = b'{"text": "' + b"a" * 5_000_000 + b'"}'
DEEP = b'{"text": "a", "method": ' + b"[" * 500_000 + b"]" * 500_000 + b"}"
SAMPLES = 20  # lines of the course of memory


def draw(rng):
    """A path, a body, the status that it should have."""
    chance = rng.random()
    if chance < 0.001:
        return "/v1/predict", LARGE, 413
    if chance < 0.002:
        return "/v1/explain", DEEP, 400
    text = " ".join(rng.choices(WORDS, k=int(10 ** rng.uniform(0, 2.6))))
    if chance < 0.75:
        return "/v1/predict", json.dumps({"texts": [text] * rng.randint(1, 4)}), 200
    return "/v1/explain", json.dumps({"text": text}), 200


class Load:
    def __init__(self, process, port, requests):
        self.process, self.port, self.requests = process, port, requests
        self.lock, self.begun, self.memory, self.problems = threading.Lock(), 0, [], []

    def megabytes(self):
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return int(status.split("VmRSS:")[1].split()[0]) / 1024

    def next(self):
        with self.lock:
            if self.begun == self.requests:
                return False
            self.begun += 1
            if self.begun % max(1, self.requests // SAMPLES) == 0:
                self.memory.append(self.megabytes())
                print(f"{self.begun:>9,} requests: {self.memory[-1]:.0f} MB", flush=True)
            return True

    def client(self, rng):
        connection, left = None, 0
        while self.next():
            if left == 0:
                if connection:
                    connection.close()
                connection, left = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10 * program.PATIENCE), rng.randint(1, 40)
            left -= 1
            path, body, expected = draw(rng)
            try:
                connection.request("POST", path, body, {"Content-Type": "application/json"})
                answer = connection.getresponse()
                answer.read()
                if answer.status != expected:
                    self.problems.append(f"expected status {expected}, found {answer.status}")
                left = 0 if answer.will_close else left
            except (OSError, http.client.HTTPException) as failure:
                self.problems.append(repr(failure))
                left = 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--requests", type=int, default=20_000)
    parser.add_argument("--clients", type=int, default=16)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    table, port = program.Table(), program.free_port()
    command = ["serve", program.CLASSIFIER, "--port", port, "--threads", 2, "--quiet", "--deadline", 600_000]
    process = subprocess.Popen([str(program.PROGRAM), *map(str, command)], stderr=subprocess.PIPE, text=True)
    process.stderr.readline()
    load = Load(process, port, options.requests)
    threads = [threading.Thread(target=load.client, args=(random.Random(options.seed * 1000 + n),)) for n in range(options.clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    table.add("requests of mixed lengths", options.requests, "answered, or refused as they should be", load.problems)
    first, second = (max(half, default=0) for half in (load.memory[: SAMPLES // 2], load.memory[SAMPLES // 2 :]))
    grown = [f"from {first:.0f} to {second:.0f} MB"] if second > 1.25 * first + 16 else []
    table.add("resident memory", len(load.memory), f"at most {first:.0f} MB in the first half, {second:.0f} MB in the second", grown)
    process.terminate()
    table.add("SIGTERM", 1, "stopped", [] if process.wait(timeout=program.PATIENCE) == 0 else [process.stderr.read()[-300:]])
    table.finish()


if __name__ == "__main__":
    main()
