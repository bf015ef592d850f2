"""Five explaining methods measured by three measures of faithfulness on every text, beside ferret: texts a second. Once with
what each of the two takes where nothing is said, and once with the same number of samples on both sides.

ferret takes minutes for what pellucid does in seconds: it gets the first few of the texts, and the rates are compared."""

import json
import subprocess
import tempfile

import measure
import models
import texts

PYTHON = measure.ROOT / "var" / "bench-ferret-venv" / "bin" / "python"
METHODS = ("gradient-norm", "gradient-x-input", "integrated-gradients", "lime", "partition-shap")
MEASURES = ("comprehensiveness", "sufficiency", "loo-correlation")
# Word pieces removed by deleting them: what ferret measures.
OPTIONS = ("--methods", ",".join(METHODS), "--measures", ",".join(MEASURES), "--removal", "delete", "--unit", "piece")
FERRETS_SAMPLES = 5000  # of lime at most, as many as tokens² else
SAMPLES = 500  # of lime and partition-shap: what shap takes where nothing is said
# The same work: ferret integrates from [PAD]s in 50 steps.
SAME_WORK = ("--samples", SAMPLES, "--steps", 50, "--baseline", "pad")
TARGET = 20


def evaluate(build, file, *options):
    """The whole command, from its start: seconds, and each method's mean of each measure."""
    command = [build / "pellucid", "evaluate", models.PLAIN, file, "--faithfulness", *OPTIONS, *options,
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
    rows, name = texts.news("test", 2 if given.quick else 10)
    documents = [text for text, _ in rows]
    few = documents[:1 if given.quick else 3]  # the same work
    fewer = documents[:1 if given.quick else 3]  # ferret's own settings

    with tempfile.TemporaryDirectory() as folder:
        # The model has classes of no name, and accuracy is not what is measured.
        def write(name, some):
            return texts.write(f"{folder}/{name}.jsonl", some, ["LABEL_0"] * len(some))
        file, few_file = write("texts", documents), write("few", few)
        peer = measure.Program(PYTHON, measure.ROOT / "bench" / "ferret_peer.py", few_file)

        def pellucid(name, file, count, *options):
            def run():
                seconds, measures = evaluate(given.build, file, *options)
                return {"seconds": seconds, "texts/s": count / seconds, "measures": measures}
            return measure.Contender(name, run)

        def ferret(name, count, samples):
            def run():
                answer = peer(f"{count} {samples}")
                return {"seconds": answer["seconds"], "texts/s": count / answer["seconds"], "measures": answer["measures"]}
            return measure.Contender(name, run)

        ferret("ferret, warm", 1, 8).run()  # else its start would share the cores with ours
        figures = measure.alternate([
            pellucid("pellucid", file, len(documents), "--precision", "fp32"),
            pellucid("pellucid, bf16", file, len(documents), "--precision", "bf16"),
            ferret("ferret", len(fewer), FERRETS_SAMPLES),
            pellucid("pellucid, same work", few_file, len(few), "--precision", "fp32", *SAME_WORK),
            ferret("ferret, same work", len(few), SAMPLES),
        ], given.repetitions, warm_up=False)

    fp32, bf16 = (figures[name][0]["measures"] for name in ("pellucid", "pellucid, bf16"))
    apart = max(abs(fp32[method][measured] - bf16[method][measured]) for method in METHODS for measured in MEASURES)
    ours, theirs = (figures[f"{name}, same work"][0]["measures"] for name in ("pellucid", "ferret"))
    report = measure.Report("faithfulness", given, {
        f"texts of {name}": len(documents), "texts of them, ferret": len(fewer), "texts of them, same work": len(few),
    }, figures, {
        "methods": ", ".join(METHODS) + "; ours also the random control and curves",
        "measures": ", ".join(MEASURES) + "; what differs: docs/measures.md",
        "settings": "pieces deleted, fp32 where bf16 is not named; of each its own: samples of lime 200 (ours), tokens² up to "
                    f"{FERRETS_SAMPLES:,} (ferret), of shap 500, steps adaptive (ours), 50 (ferret)",
        "same work": f"lime and shap {SAMPLES} samples a text, 50 steps",
        "pellucid": f"the whole command, its start included; bf16 moves the means by at most {apart:.3f}",
        "ferret": "after loading and a warm-up: "
                  + ", ".join(requirement.replace("==", " ") for requirement in
                              (measure.ROOT / "bench" / "ferret-requirements.txt").read_text().split()),
        "target": f"a ratio of {TARGET}",
    } | {f"{method}, same work, ours and ferret's": ", ".join(
            f"{measured} {ours[method][measured]:.3f} {theirs[method][measured]:.3f}" for measured in MEASURES)
         for method in METHODS})
    report.compare("pellucid", "ferret", "texts/s")
    report.compare("pellucid, bf16", "ferret", "texts/s")
    report.compare("pellucid, same work", "ferret, same work", "texts/s")
    report.finish()


if __name__ == "__main__":
    main()
