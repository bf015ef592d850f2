"""Five explaining methods measured by three measures of faithfulness on every text, beside ferret: texts a second.

ferret takes minutes for what pellucid does in seconds: it gets the first few of the texts, and the rates are compared."""

import json
import subprocess
import tempfile

import measure
import models
import texts

PYTHON = measure.ROOT / "var" / "bench-ferret-venv" / "bin" / "python"
SAMPLES = 500  # of lime and partition-shap on both sides: what shap takes where nothing is said
METHODS = ("gradient-norm", "gradient-x-input", "integrated-gradients", "lime", "partition-shap")
MEASURES = ("comprehensiveness", "sufficiency", "loo-correlation")
# ferret's settings: it removes word pieces by deleting them, integrates from [PAD]s in 50 steps.
OPTIONS = ("--methods", ",".join(METHODS), "--measures", ",".join(MEASURES), "--samples", SAMPLES, "--steps", 50,
           "--baseline", "pad", "--removal", "delete", "--unit", "piece", "--precision", "fp32")
TARGET = 20


def evaluate(build, file):
    """The whole command, from its start: seconds, and each method's mean of each measure."""
    command = [build / "pellucid", "evaluate", models.PLAIN, file, "--faithfulness", *OPTIONS,
               "--threads", measure.THREADS, "--quiet", "--json", "-"]
    done = subprocess.run([str(word) for word in command], check=True, stdout=subprocess.PIPE, text=True)
    outcome = json.loads(done.stdout)
    found = {}
    for row in outcome["faithfulness"]:
        found.setdefault(row["method"], {})[row["measure"]] = row["value"]
    return outcome["cost"]["seconds"], found


def main():
    given = measure.options(__doc__.splitlines()[0])
    models.prepare(given.build)
    rows, name = texts.news("test", 8 if given.quick else 100)
    documents = [text for text, _ in rows]
    few = documents[:1 if given.quick else 10]

    with tempfile.TemporaryDirectory() as folder:
        # The model has classes of no name, and accuracy is not what is measured.
        file = texts.write(f"{folder}/texts.jsonl", documents, ["LABEL_0"] * len(documents))
        few_file = texts.write(f"{folder}/few.jsonl", few, ["LABEL_0"] * len(few))
        peer = measure.Program(PYTHON, measure.ROOT / "bench" / "ferret_peer.py", few_file, SAMPLES)

        def pellucid():
            seconds, measures = evaluate(given.build, file)
            return {"seconds": seconds, "texts/s": len(documents) / seconds, "measures": measures}

        def ferret():
            answer = peer()
            return {"seconds": answer["seconds"], "texts/s": len(few) / answer["seconds"], "measures": answer["measures"]}

        figures = measure.alternate([measure.Contender("pellucid", pellucid), measure.Contender("ferret", ferret)],
                                    given.repetitions, warm_up=False)
        _, ours = evaluate(given.build, few_file)

    theirs = figures["ferret"][0]["measures"]
    report = measure.Report("faithfulness", given, {f"texts of {name}": len(documents), "texts of them, ferret": len(few)},
                            figures, {
        "methods": ", ".join(METHODS) + "; ours also the random control and curves",
        "measures": ", ".join(MEASURES) + "; what differs: docs/measures.md",
        "settings": f"lime and shap {SAMPLES} samples a text, 50 steps, pieces deleted, fp32 on both sides",
        "pellucid": "the whole command, all texts",
        "ferret": f"after loading, {len(few)} text{'s'[:len(few) > 1]}, its rate taken for all: "
                  + ", ".join(requirement.replace("==", " ") for requirement in
                              (measure.ROOT / "bench" / "ferret-requirements.txt").read_text().split()),
        "target": f"a ratio of {TARGET}",
    } | {f"{method} on ferret's texts, ours and ferret's": ", ".join(
            f"{measured} {ours[method][measured]:.3f} {theirs[method][measured]:.3f}" for measured in MEASURES)
         for method in METHODS})
    report.compare("pellucid", "ferret", "texts/s")
    report.finish()


if __name__ == "__main__":
    main()
