"""From the start of a process to its end, with one text explained or predicted: seconds and peak memory.

Files are in the page cache (the first round is not counted)."""

import pathlib
import sys
import tempfile

import measure
import models
import texts

HERE = pathlib.Path(__file__).resolve().parent


def main():
    given = measure.options(__doc__.splitlines()[0])
    models.prepare(given.build)
    text = texts.news("test", 1)[0][0][0]
    pellucid = given.build / "pellucid"
    with tempfile.TemporaryDirectory() as folder:
        file = texts.write(f"{folder}/text.jsonl", [text])
        figures = measure.alternate([
            measure.process("explain", pellucid, "explain", models.PLAIN, "--text", text, "--as", "jsonl"),
            measure.process("captum, 20 steps", sys.executable, HERE / "cold_captum.py", text),
            measure.process("explain, own head", pellucid, "explain", models.OWN, "--text", text, "--as", "jsonl"),
            measure.process("predict", pellucid, "predict", models.PLAIN, file, "--quiet"),
            measure.process("ONNX Runtime predicts", sys.executable, HERE / "cold_onnx.py", models.ONNX_FUSED,
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
