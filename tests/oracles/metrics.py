"""Classification metrics by scikit-learn and numpy, and binomial tests by scipy, for the tests of src/evaluate.

Run once from the project's root, with a Python that has numpy, scikit-learn, scipy:
    python tests/oracles/metrics.py

tests/fixtures/metrics/<case>.json
    probabilities [N][C], gold [N], and the expected values: accuracy, macro, weighted (precision, recall, f1),
    classes (precision, recall, f1, support each), confusion [gold][predicted], negative_log_likelihood, brier
    (mean over texts of the squared distance to the one-hot label, all classes: scikit-learn has it since 1.7 as
    brier_score_loss with scale_by_half off), expected_calibration_error (15 equal-mass bins: texts in stable order of
    confidence, bin b from floor(b N / 15) to floor((b + 1) N / 15))
tests/fixtures/metrics/mcnemar.json
    only_first, only_second, p: scipy.stats.binomtest(only_first, only_first + only_second)
"""

import json
import pathlib

import numpy
from scipy.stats import binomtest
from sklearn.metrics import (
    accuracy_score,
    brier_score_loss,
    confusion_matrix,
    log_loss,
    precision_recall_fscore_support,
)

FOLDER = pathlib.Path(__file__).parent.parent / "fixtures" / "metrics"


def calibration_error(confidence, right, bins=15):
    order = numpy.argsort(confidence, kind="stable")
    edges = numpy.arange(bins + 1) * len(order) // bins
    error = 0.0
    for begin, end in zip(edges, edges[1:]):
        if begin < end:
            chosen = order[begin:end]
            gap = right[chosen].mean() - confidence[chosen].mean()
            error += (end - begin) / len(order) * abs(gap)
    return error


def expected(probabilities, gold):
    n, classes = probabilities.shape
    labels = list(range(classes))
    predicted = probabilities.argmax(1)
    one_hot = numpy.eye(classes)[gold]
    average = lambda how: precision_recall_fscore_support(gold, predicted, labels=labels, average=how, zero_division=0)
    named = lambda values: dict(zip(("precision", "recall", "f1"), map(float, values[:3])))
    per_class = average(None)
    brier = float(((probabilities - one_hot) ** 2).sum(1).mean())
    if classes > 2:
        assert abs(brier - brier_score_loss(gold, probabilities, labels=labels, scale_by_half=False)) < 1e-12
    return {
        "probabilities": probabilities.tolist(),
        "gold": gold.tolist(),
        "accuracy": float(accuracy_score(gold, predicted)),
        "macro": named(average("macro")),
        "weighted": named(average("weighted")),
        "classes": [named(row) | {"support": int(row[3])} for row in zip(*per_class)],
        "confusion": confusion_matrix(gold, predicted, labels=labels).tolist(),
        "negative_log_likelihood": float(log_loss(gold, probabilities, labels=labels)),
        "brier": brier,
        "expected_calibration_error": float(calibration_error(probabilities.max(1), (predicted == gold).astype(float))),
    }


def cases():
    random = numpy.random.default_rng(7)
    draw = lambda n, sharpness: random.dirichlet(sharpness, n)
    pick = lambda n, p: random.choice(len(p), n, p=p)

    yield "binary", draw(40, [0.7, 0.5]), pick(40, [0.6, 0.4])
    yield "one_text", draw(1, [1, 1, 1]), numpy.array([2])
    yield "fewer_texts_than_bins", draw(7, [1, 1, 1]), pick(7, [0.4, 0.4, 0.2])

    # Class 3 is never predicted, class 4 has no texts, class 5 has neither.
    probabilities = draw(101, [1, 2, 1, 1, 1, 1])
    probabilities[:, [3, 5]] *= 0.01
    probabilities /= probabilities.sum(1, keepdims=True)
    assert not {3, 5} & set(probabilities.argmax(1)) and 4 in probabilities.argmax(1)
    yield "missing_classes", probabilities, pick(101, [0.3, 0.3, 0.2, 0.2, 0, 0])

    # Few different values: the largest probability is often shared, confidences tie across bins.
    counts = numpy.array([[a, b, 4 - a - b] for a in range(5) for b in range(5 - a)])
    yield "ties", counts[random.integers(len(counts), size=97)] / 4, pick(97, [0.5, 0.3, 0.2])

    gold = pick(33, [0.5, 0.25, 0.25])
    yield "certain_and_right", numpy.eye(3)[gold], gold
    yield "certain_and_wrong", numpy.eye(3)[(gold + 1) % 3], gold
    yield "many_classes", draw(120, [0.3] * 12), pick(120, [1 / 12] * 12)


def rounded(probabilities):
    """Six decimals that still sum to 1: short in the file, exact when read back."""
    rest = probabilities[:, :-1].round(6)
    return numpy.concatenate([rest, numpy.abs((1 - rest.sum(1, keepdims=True)).round(6))], 1)


if __name__ == "__main__":
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, probabilities, gold in cases():
        (FOLDER / f"{name}.json").write_text(json.dumps(expected(rounded(probabilities), gold)) + "\n")
    pairs = [(0, 0), (1, 0), (0, 5), (3, 3), (1, 9), (2, 12), (10, 25), (40, 41), (100, 161), (700, 512), (0, 2000)]
    tests = [
        {"only_first": a, "only_second": b, "p": float(binomtest(a, a + b).pvalue) if a + b else 1.0} for a, b in pairs
    ]
    (FOLDER / "mcnemar.json").write_text(json.dumps(tests) + "\n")
