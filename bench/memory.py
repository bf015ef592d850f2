"""Peak resident memory of fine-tuning, each tool a process of its own, beside transformers' Trainer."""

import pathlib
import sys
import tempfile

import fine_tuning
import measure

HERE = pathlib.Path(__file__).resolve().parent


def main():
    given = measure.options(__doc__)
    rows, name = fine_tuning.data(40 if given.quick else 400)
    with tempfile.TemporaryDirectory() as folder:
        files = fine_tuning.write(rows, folder)
        figures = measure.alternate([
            measure.process("pellucid", *fine_tuning.command(given.build, files, fine_tuning.PLAIN)),
            measure.process("Trainer tuned", sys.executable, HERE / "memory_trainer.py", len(rows)),
            measure.process("pellucid full recipe", *fine_tuning.command(given.build, files, fine_tuning.FULL)),
        ], given.repetitions, warm_up=False)

    report = measure.Report("memory", given, {f"texts of {name}": len(rows)}, figures, {
        "both": f"bf16, one epoch, texts cut at {fine_tuning.MAX_LENGTH} tokens",
        "MB": "peak resident memory, mapped files included",
    })
    report.compare("pellucid", "Trainer tuned", "MB")
    report.compare("pellucid full recipe", "Trainer tuned", "MB")
    report.finish()


if __name__ == "__main__":
    main()
