"""Prediction over HTTP on this machine, 1 to 64 clients that send a text at a time: texts a second, slowest percent; beside FastAPI with
transformers, and beside prediction of a file. With --full the server's memory over 100,000 requests too."""

import asyncio
import json
import pathlib
import socket
import subprocess
import sys
import tempfile
import time

import measure
import models
import texts

HERE = pathlib.Path(__file__).resolve().parent
CLIENTS = (1, 4, 16, 64)
PATIENCE = 120  # seconds for a server to start
MANY = (1_000, 10_000, 100_000)  # requests after which memory is looked at


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return listening.getsockname()[1]


class Server:
    """A process that answers POST /v1/predict at `port`."""

    def __init__(self, name, port, *command):
        self.name, self.port = name, port
        self.process = subprocess.Popen([str(word) for word in command], cwd=HERE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        end = time.monotonic() + PATIENCE
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                return
            except OSError:
                if self.process.poll() is not None or time.monotonic() > end:
                    raise SystemExit(f"bench: failed: {name} did not start")
                time.sleep(0.1)

    def stop(self):
        self.process.terminate()
        self.process.wait()


    def megabytes(self):
        """Resident memory."""
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return int(status.split("VmRSS:")[1].split()[0]) / 1024


def request(text):
    body = json.dumps({"text": text}).encode()
    return (b"POST /v1/predict HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(body)) + body


async def client(port, waiting, seconds, labels):
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    while waiting:
        number, message = waiting.pop()
        start = time.perf_counter()
        writer.write(message)
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        if not head.startswith(b"http/1.1 200"):
            raise SystemExit(f"bench: failed: expected status 200, found {head[:60]}")
        length = int(head.split(b"content-length:")[1].split(b"\r\n")[0])
        answer = await reader.readexactly(length)
        seconds.append(time.perf_counter() - start)
        labels[number] = json.loads(answer)["predictions"][0]["label"]
    writer.close()


def load(server, clients, documents):
    messages = list(enumerate(request(text) for text in documents))

    def run():
        waiting, seconds, labels = messages[::-1], [], {}

        async def all_clients():
            await asyncio.gather(*(client(server.port, waiting, seconds, labels) for _ in range(clients)))

        start = time.perf_counter()
        asyncio.run(all_clients())
        took = time.perf_counter() - start
        slowest = sorted(seconds)[min(len(seconds) - 1, int(0.99 * len(seconds)))]
        return {"seconds": took, "texts/s": len(documents) / took, "p99 ms": 1000 * slowest,
                "labels": [labels[i] for i in range(len(documents))]}
    return measure.Contender(f"{server.name}, {clients} client{'s' if clients > 1 else ''}", run)


def memory(given, documents, port):
    """MB of the server after so many requests, no two texts the same, of as many clients as there are at most."""
    server = Server("pellucid", port, given.build / "pellucid", "serve", models.PLAIN, "--port", port, "--quiet")
    found, sent = {}, 0
    try:
        for count in MANY:
            load(server, CLIENTS[-1], [f"{' '.join(documents[i % len(documents)].split()[:8])} {i}" for i in range(sent, count)]).run()
            found[count], sent = server.megabytes(), count
    finally:
        server.stop()
    return found


def main():
    given = measure.options(" ".join(__doc__.split()))
    models.prepare(given.build)
    documents, data = texts.news("test", 64 if given.quick else 640)
    documents = [text for text, _ in documents]
    counts = (1, 16) if given.quick else CLIENTS
    pellucid = given.build / "pellucid"

    with tempfile.TemporaryDirectory() as folder:
        file = texts.write(f"{folder}/texts.jsonl", documents)
        program = measure.Program(given.build / "bench_predict", models.PLAIN, file, "fp32")

        def offline():
            answer = program()
            return {"seconds": answer["seconds"], "texts/s": len(documents) / answer["seconds"]}

        ports = free_port(), free_port()
        servers = [Server("pellucid", ports[0], pellucid, "serve", models.PLAIN, "--port", ports[0], "--quiet"),
                   Server("FastAPI", ports[1], sys.executable, HERE / "serve_fastapi.py", ports[1])]
        try:
            figures = measure.alternate(
                [load(server, clients, documents) for clients in counts for server in servers]
                + [measure.Contender("pellucid, a file", offline)], given.repetitions, warm_up=True)
        finally:
            for server in servers:
                server.stop()

    labels = {name: [run.pop("labels") for run in runs][0] for name, runs in figures.items() if "labels" in runs[0]}
    reference = labels[f"FastAPI, {counts[0]} client"]
    for name, found in labels.items():
        same = sum(a == b for a, b in zip(found, reference))
        if same < 0.995 * len(documents):
            raise SystemExit(f"bench: failed: {name}: expected the labels of transformers, found {same} of {len(documents)}")
    notes = {"data": data, "precision": "fp32 of all"}
    if given.full:
        found = memory(given, documents, free_port())
        notes["resident memory after requests"] = ", ".join(f"{count:,}: {megabytes:.0f} MB" for count, megabytes in found.items())
    report = measure.Report("serve", given, {"texts": len(documents)}, figures, notes)
    for clients in counts:
        plural = "s" if clients > 1 else ""
        for figure in ("texts/s", "p99 ms"):
            report.compare(f"pellucid, {clients} client{plural}", f"FastAPI, {clients} client{plural}", figure)
        report.compare(f"pellucid, {clients} client{plural}", "pellucid, a file", "texts/s")
    report.finish()


if __name__ == "__main__":
    main()
