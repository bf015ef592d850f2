"""Explanations beside captum, and what the exact decomposition costs beside a forward pass: texts a second."""

import tempfile
import time

import torch

import measure
import models
import texts
from captum_peer import Captum


def correlation(a, b):
    return torch.corrcoef(torch.tensor([a, b], dtype=torch.float64))[0, 1].item()


def main():
    given = measure.options(__doc__)
    models.prepare(given.build)
    rows, name = texts.news("test", 3 if given.quick else 24)
    documents = [text for text, _ in rows]
    captum = Captum()
    encodings = [captum.encode(text) for text in documents]
    first_scores = {}

    def peer(label, explain):
        def run():
            start = time.perf_counter()
            scores = [explain(encoding) for encoding in encodings]
            seconds = time.perf_counter() - start
            first_scores[label] = scores[0]
            return {"seconds": seconds, "texts/s": len(documents) / seconds}
        return measure.Contender(label, run)

    with tempfile.TemporaryDirectory() as folder:
        file = texts.write(f"{folder}/texts.jsonl", documents)
        programs = {model: measure.Program(given.build / "bench_explain", model, file)
                    for model in (models.PLAIN, models.OWN)}

        def ours(label, model, request):
            def run():
                answer = programs[model](request)
                first_scores[label] = answer.get("first_scores")
                return {"seconds": answer["seconds"], "texts/s": len(documents) / answer["seconds"]}
            return measure.Contender(label, run)

        figures = measure.alternate([
            ours("forward pass", models.PLAIN, "forward"),
            ours("decomposition", models.PLAIN, "decomposition"),
            ours("forward pass, own head", models.OWN, "forward"),
            ours("decomposition, own head", models.OWN, "decomposition"),
            ours("integrated-gradients, 20 steps", models.PLAIN, "integrated-gradients 20"),
            peer("captum integrated gradients, 20 steps", lambda text: captum.integrated_gradients(text, 20)),
            peer("captum integrated gradients, 50 steps", lambda text: captum.integrated_gradients(text, 50)),
            ours("occlusion", models.PLAIN, "occlusion"),
            peer("captum occlusion of words", captum.occlusion),
        ], given.repetitions, warm_up=True)

    # pellucid gives a word's occlusion to its pieces in equal parts, captum to each of them whole.
    words = encodings[0][1]
    whole = [score * words.count(word) for score, word in zip(first_scores["occlusion"], words)]
    agreement = {
        "integrated gradients": correlation(first_scores["integrated-gradients, 20 steps"],
                                            first_scores["captum integrated gradients, 20 steps"]),
        "occlusion": correlation(*zip(*[(a, b) for a, b, word in zip(
            whole, first_scores["captum occlusion of words"], words) if word is not None])),
    }
    if min(agreement.values()) < 0.999:
        raise SystemExit(f"bench: failed: expected the same scores from both, found the correlations {agreement}")

    pieces = sum(len(words) for _, words in encodings)
    report = measure.Report("explain", given, {f"texts of {name}": len(documents), "pieces": pieces}, figures, {
        "precision": "fp32 on both sides",
        "correlation with captum's scores, first text": ", ".join(f"{of} {r:.6f}" for of, r in agreement.items()),
    })
    for own, beside in (
        ("integrated-gradients, 20 steps", "captum integrated gradients, 20 steps"),
        ("occlusion", "captum occlusion of words"),
        ("decomposition", "captum integrated gradients, 20 steps"),
        ("decomposition", "captum integrated gradients, 50 steps"),
    ):
        report.compare(own, beside, "texts/s")
    report.compare("decomposition", "forward pass", "seconds")
    report.compare("decomposition, own head", "forward pass, own head", "seconds")
    report.finish()


if __name__ == "__main__":
    main()
