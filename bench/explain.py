"""Explanations beside captum, and what the exact decomposition costs beside a forward pass: texts a second."""

import tempfile
import time

import torch

import measure
import models
import texts
from captum_peer import Captum

COALITIONS = 200
# The same work on both sides: ours as a request, captum's by its steps or samples and the `together` to try.
JOBS = {
    "integrated-gradients, 20 steps": ("integrated-gradients 20", Captum.integrated_gradients, (20,), (None, 5, 10)),
    "occlusion": ("occlusion", Captum.occlusion, (), (8, 16, 32, 64)),
    f"kernel-shap, {COALITIONS} samples": (f"kernel-shap {COALITIONS}", Captum.kernel_shap, (COALITIONS,), (8, 16, 32, 64)),
}
# Correlation of the two sides' scores, the mean over the texts, to say that they do the same. Coalitions are drawn,
# each side its own, and 200 of some 60 words are mostly noise: kernel-shap is compared on two texts by many more.
ALIKE = {"integrated-gradients, 20 steps": 0.999, "occlusion": 0.999, f"kernel-shap, {COALITIONS} samples": 0.95}
ALIKE_BF16 = {"integrated-gradients, 20 steps": 0.9, "occlusion": 0.8, f"kernel-shap, {COALITIONS} samples": 0.9}
COALITIONS_COMPARED, TEXTS_COMPARED = 2000, 2


def correlation(a, b):
    return torch.corrcoef(torch.tensor([a, b], dtype=torch.float64))[0, 1].item()


def of_words(scores, words, whole):
    """A word's score: pellucid shares it among the word's pieces, captum gives methods of words to each of them `whole`."""
    found = {}
    for score, word in zip(scores, words):
        if word is not None:
            found[word] = score if whole else found.get(word, 0) + score
    return list(found.values())


def main():
    given = measure.options(__doc__)
    models.prepare(given.build)
    rows, name = texts.news("test", 2 if given.quick else 8)
    documents = [text for text, _ in rows]
    captum = {"fp32": Captum(), "bf16": Captum(autocast=True)}
    encodings = [captum["fp32"].encode(text) for text in documents]
    scores = {}

    def rate(seconds):
        return {"seconds": seconds, "texts/s": len(documents) / seconds}

    def peer(label, precision, explain, amount, some=None, **options):
        def run():
            start = time.perf_counter()
            scores[label] = [explain(captum[precision], encoding, *amount, **options) for encoding in encodings[:some]]
            return rate(time.perf_counter() - start)
        return measure.Contender(label, run)

    with tempfile.TemporaryDirectory() as folder:
        file = texts.write(f"{folder}/texts.jsonl", documents)
        programs = {(model, precision): measure.Program(given.build / "bench_explain", model, file, precision)
                    for model, precision in ((models.PLAIN, "fp32"), (models.PLAIN, "bf16"), (models.OWN, "fp32"))}

        def ours(label, request, precision="fp32", model=models.PLAIN):
            def run():
                answer = programs[model, precision](request)
                scores[label] = answer.get("scores")
                return rate(answer["seconds"])
            return measure.Contender(label, run)

        contenders = []
        for head, model in (("", models.PLAIN), (", own head", models.OWN)):
            for way in ("", "single "):
                contenders += [ours(f"{way}forward{head}", f"{way}forward", model=model),
                               ours(f"{way}decomposition{head}", f"{way}decomposition", model=model)]
        contenders += [
            ours("expected-decomposition, 8", "expected-decomposition 8"),
            peer("captum integrated-gradients, 50 steps", "fp32", Captum.integrated_gradients, (50,)),
        ]
        best = {}
        for job, (request, explain, amount, together) in JOBS.items():
            autocast = measure.fastest([peer(at, "bf16", explain, amount, some=2, together=at)
                                        for at in (together[:1] if given.quick else together)])
            best[job] = autocast.name
            contenders += [
                ours(job, request),
                peer(f"captum {job}", "fp32", explain, amount),
                ours(f"{job}, bf16", request, "bf16"),
                peer(f"captum {job}, autocast", "bf16", explain, amount, together=autocast.name),
            ]
        figures = measure.alternate(contenders, given.repetitions, warm_up=True)
        job = f"kernel-shap, {COALITIONS} samples"
        for own, beside, precision in ((job, f"captum {job}", "fp32"), (f"{job}, bf16", f"captum {job}, autocast", "bf16")):
            ours(own, f"kernel-shap {COALITIONS_COMPARED}", precision).run()
            peer(beside, precision, Captum.kernel_shap, (COALITIONS_COMPARED,), some=TEXTS_COMPARED, together=64).run()

    alike = {}
    for job in JOBS:
        for own, beside, least in ((job, f"captum {job}", ALIKE[job]),
                                   (f"{job}, bf16", f"captum {job}, autocast", ALIKE_BF16[job])):
            each = [correlation(of_words(a, words, False), of_words(b, words, not job.startswith("integrated")))
                    for a, b, (_, words) in zip(scores[own], scores[beside], encodings)]
            alike[own] = sum(each) / len(each)
            if not alike[own] >= least:
                raise SystemExit(f"bench: failed: {own}: expected the scores of both to correlate by {least} or more, "
                                 f"found {alike[own]:.4f}")

    pieces = sum(len(words) for _, words in encodings)
    report = measure.Report("explain", given, {f"texts of {name}": len(documents), "pieces": pieces}, figures, {
        "precision": "fp32 on both sides; where bf16 is named, captum under torch's autocast",
        "captum": "its defaults in fp32; under autocast inputs a pass: "
                  + ", ".join(f"{job} {'all' if at is None else at}" for job, at in best.items()),
        f"correlation with captum's scores, kernel-shap's by {COALITIONS_COMPARED} coalitions":
            ", ".join(f"{job} {r:.4f}" for job, r in alike.items()),
    })
    for job in JOBS:
        report.compare(job, f"captum {job}", "texts/s")
        report.compare(f"{job}, bf16", f"captum {job}, autocast", "texts/s")
    for own in ("expected-decomposition, 8", "decomposition"):
        report.compare(own, "captum integrated-gradients, 20 steps", "texts/s")
        report.compare(own, "captum integrated-gradients, 50 steps", "texts/s")
    for head in ("", ", own head"):
        report.compare(f"decomposition{head}", f"forward{head}", "seconds")
        report.compare(f"single decomposition{head}", f"single forward{head}", "seconds")
    report.finish()


if __name__ == "__main__":
    main()
