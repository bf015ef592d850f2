"""What the jobs share that fine-tune: the texts, and the command that does it."""

import json
import subprocess
import tempfile

import measure
import models
import texts

MAX_LENGTH = 256
PLAIN = ("--adjust", "none", "--sufficiency", "0", "--deep-supervision", "0")
FULL = ("--adjust", "top", "--sufficiency", "1")


def data(n):
    """n labelled texts to train on, and their data set's name."""
    return texts.news("train", n)


def write(rows, folder):
    """Files in `folder` to train on and to validate with."""
    labels = {label for _, label in rows}
    held_out = [row for row in texts.news("test", 100)[0] if row[1] in labels][:8]
    return (texts.write(f"{folder}/train.jsonl", *zip(*rows)),
            texts.write(f"{folder}/validation.jsonl", *zip(*held_out)))


def command(build, files, options, precision="bf16", threads=measure.THREADS):
    """One epoch over files[0]; the model goes into the folder where it is run."""
    return [build / "pellucid-train", "train", "--data", files[0], "--validation", files[1],
            "--model", models.MINILM, "--out", "model", "--max-length", str(MAX_LENGTH), "--epochs", "1",
            "--precision", precision, "--threads", str(threads), "--quiet", "--json", "-", *options]


def run(*of):
    """One repetition of that command; its tokens are those of the training texts."""
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(command(*of), cwd=folder, check=True, stdout=subprocess.PIPE, text=True)
    outcome = json.loads(done.stdout)
    return {"seconds": outcome["seconds"], "steps": outcome["steps"], "tokens/s": outcome["tokens_per_second"]}
