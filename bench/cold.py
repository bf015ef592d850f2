"""From the start of a process to its end, with one text explained or predicted: seconds and peak memory.

Files are in the page cache (the first round is not counted). This process stays small: a child's peak
counts from that of the process that started it, some 25 MB here."""

import os
import pathlib
import subprocess
import sys
import tempfile
import time

import measure
import models
import texts

HERE = pathlib.Path(__file__).resolve().parent


def process(name, *command):
    def run():
        start = time.perf_counter()
        with tempfile.TemporaryFile() as errors:
            child = subprocess.Popen([str(word) for word in command], stdout=subprocess.PIPE, stderr=errors)
            with child.stdout:
                output = child.stdout.read()
            _, status, usage = os.wait4(child.pid, 0)
            seconds = time.perf_counter() - start
            child.returncode = os.waitstatus_to_exitcode(status)
            if child.returncode != 0 or not output.strip():
                errors.seek(0)
                raise SystemExit(f"bench: failed: {name} ended with status {child.returncode}: "
                                 + errors.read().decode(errors="replace"))
        return {"seconds": seconds, "MB": usage.ru_maxrss / 1024}
    return measure.Contender(name, run)


def main():
    given = measure.options(__doc__.splitlines()[0])
    models.prepare(given.build)
    text = texts.news("test", 1)[0][0][0]
    pellucid = given.build / "pellucid"
    with tempfile.TemporaryDirectory() as folder:
        file = texts.write(f"{folder}/text.jsonl", [text])
        figures = measure.alternate([
            process("explain", pellucid, "explain", models.PLAIN, "--text", text, "--as", "jsonl"),
            process("captum, 20 steps", sys.executable, HERE / "cold_captum.py", text),
            process("explain, own head", pellucid, "explain", models.OWN, "--text", text, "--as", "jsonl"),
            process("predict", pellucid, "predict", models.PLAIN, file, "--quiet"),
            process("ONNX Runtime predicts", sys.executable, HERE / "cold_onnx.py", models.ONNX_FUSED,
                    models.PLAIN / "tokenizer.json", text),
        ], given.repetitions, warm_up=True)

    report = measure.Report("cold", given, {"text": 1}, figures, {"MB": "peak resident memory, mapped files included"})
    for figure in ("seconds", "MB"):
        report.compare("explain", "captum, 20 steps", figure)
        report.compare("explain, own head", "captum, 20 steps", figure)
        report.compare("explain", "ONNX Runtime predicts", figure)
        report.compare("predict", "ONNX Runtime predicts", figure)
    report.finish()


if __name__ == "__main__":
    main()
