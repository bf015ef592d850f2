"""Fine-tuning in 1, 2 and 4 processes of one thread each, tokens a second; over loopback, and over one as narrow as a network.

A narrowed loopback is a network namespace of its own, which needs root and is left out without. `--model` measures
nothing and prints what the cost model of docs/scale.md says of more machines."""

import json
import math
import os
import shutil
import socket
import subprocess
import sys
import tempfile

import fine_tuning
import measure
import models

PROCESSES = (1, 2, 4)
GIGABITS = (1, 10)  # a second, each way, for each process
BATCH_TOKENS = 6800

# Starts the command once for each rank; fails where one does.
TOGETHER = """
size=$1; port=$2; shift 2
for rank in $(seq 0 $((size - 1))); do
  RANK=$rank WORLD_SIZE=$size MASTER_ADDR=127.0.0.1 MASTER_PORT=$port GLOO_SOCKET_IFNAME=lo "$@" & started="$started $!"
done
for process in $started; do wait "$process" || exit 1; done
"""
# All processes share the one loopback: as much for each as its own network would give.
NARROWED = """
rate=$1; shift
ip link set lo up && tc qdisc add dev lo root tbf rate "$rate"mbit burst 1mb latency 100ms && exec "$@"
"""


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def run(given, files, processes, gigabits=None):
    options = (*fine_tuning.PLAIN, "--batch-tokens", BATCH_TOKENS)
    command = fine_tuning.command(given.build, files, options, "fp32", threads=1)
    command = ["sh", "-c", TOGETHER, "sh", processes, free_port(), *command]
    if gigabits:
        command = ["unshare", "--net", "sh", "-c", NARROWED, "sh", 1000 * gigabits * processes, *command]
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run([str(word) for word in command], cwd=folder, check=True, stdout=subprocess.PIPE, text=True)
    outcome = json.loads(done.stdout)
    return {"tokens/s": outcome["tokens_per_second"], "steps": outcome["steps"], "seconds": outcome["seconds"]}


def may_narrow():
    return os.geteuid() == 0 and all(map(shutil.which, ("unshare", "ip", "tc"))) and subprocess.run(
        ["unshare", "--net", "sh", "-c", NARROWED, "sh", "1000", "true"], capture_output=True).returncode == 0


# ---- the cost model: docs/scale.md has it in words ----
BUCKET = 8 << 20
FLOPS = 553e9      # useful, a machine's: docs/speed.md, fine-tuning in bf16
LATENCY = 50e-6    # of a message


def minilm():
    """Rows and columns of the word embeddings, floating-point operations a token of training, bytes of the other gradients."""
    with open(models.MINILM / "config.json", encoding="utf-8") as file:
        config = json.load(file)
    d, f, layers = (config[key] for key in ("hidden_size", "intermediate_size", "num_hidden_layers"))
    attention, feed_forward = 4 * (d * d + d), 2 * d * f + d + f
    encoder = (layers * (attention + feed_forward + 4 * d) +
               (config["max_position_embeddings"] + config["type_vocab_size"] + 2) * d)
    return config["vocab_size"], d, 3 * layers * 2 * (4 * d * d + 2 * d * f), 4 * (encoder + attention + 2 * d)


def step_seconds(processes, tokens, gigabits):
    """Seconds of a step of `tokens` a process, and of its computing alone."""
    vocabulary, d, operations, dense_bytes = minilm()
    bandwidth = gigabits * 1e9 / 8
    others = processes - 1
    compute = operations * tokens / FLOPS
    buckets = math.ceil(dense_bytes / BUCKET)

    def sum_of(size, messages=1):
        return 2 * others * (size / processes / bandwidth + messages * LATENCY)

    dense = sum_of(dense_bytes, buckets)
    rows = sum_of(4 * (d + 1) * min(vocabulary, tokens * processes))
    return compute / 3 + max(compute * 2 / 3, dense) + rows + sum_of(16), compute


def print_model():
    print("| machines | tokens a machine and step | " + " | ".join(f"{g} Gbit/s" for g in (1, 10, 25, 100)) + " |")
    print("|---:|---:|" + "---:|" * 4)
    for processes in (8, 64):
        for tokens in (1_700, 13_600, 108_800):
            cells = []
            for gigabits in (1, 10, 25, 100):
                step, compute = step_seconds(processes, tokens, gigabits)
                cells.append(f"{processes * compute / step:.2g}")
            print(f"| {processes} | {tokens:,} | " + " | ".join(cells) + " |")


def main():
    if sys.argv[1:] == ["--model"]:
        return print_model()
    given = measure.options(__doc__.splitlines()[0])
    rows, name = fine_tuning.data(80 if given.quick else 1600)
    narrow = may_narrow()
    with tempfile.TemporaryDirectory() as folder:
        files = fine_tuning.write(rows, folder)

        def contend(processes, gigabits=None):
            label = f"{processes} process{'es' if processes > 1 else ''}" + (f", {gigabits} Gbit/s" if gigabits else "")
            return measure.Contender(label, lambda: run(given, files, processes, gigabits))

        contenders = [contend(processes) for processes in PROCESSES]
        if narrow:
            contenders += [contend(processes, gigabits) for gigabits in GIGABITS for processes in PROCESSES[1:]]
        figures = measure.alternate(contenders, given.repetitions, warm_up=False)

    report = measure.Report("scale", given, {f"texts of {name}": len(rows)}, figures, {
        "training": " ".join(fine_tuning.PLAIN) + f" --precision fp32 --batch-tokens {BATCH_TOKENS} --threads 1 each; "
                    f"{measure.THREADS} cores",
        "narrowed": "a loopback of so many Gbit/s for each process" if narrow else
                    "left out: needs root, unshare, ip and tc",
    })
    for contender in contenders[1:]:
        report.compare(contender.name, contenders[0].name, "tokens/s")
    report.finish()


if __name__ == "__main__":
    main()
