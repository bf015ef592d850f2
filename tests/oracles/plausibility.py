"""Rankings against marks, judged by scikit-learn, for the plausibility tests of src/evaluate.

Run once from the project's root, with a Python that has numpy and scikit-learn:
    python tests/oracles/plausibility.py

tests/fixtures/plausibility.json: a list of
    scores, marked, average_precision (average_precision_score), area_under_roc (roc_auc_score), k,
    token_f1 (f1_score of the k largest scores, ties: earlier first)
"""

import json
import pathlib

import numpy
from sklearn.metrics import average_precision_score, f1_score, roc_auc_score

FILE = pathlib.Path(__file__).parent.parent / "fixtures" / "plausibility.json"


def cases():
    random = numpy.random.default_rng(11)
    yield [0.5, 0.25], [0, 1]
    yield [0.25, 0.5], [0, 1]
    yield [1.0, 1.0], [1, 0]
    yield [0.0] * 7, [0, 1, 1, 0, 0, 0, 1]
    for n in (3, 10, 40, 120):
        for share in (0.1, 0.5, 0.9):
            marked = random.random(n) < share
            marked[:2] = True, False
            yield random.normal(size=n).round(4) + marked * 0.5, marked
            yield random.integers(-2, 3, n), marked  # many ties
            yield random.normal(size=n).round(4) - marked * 3, marked  # upside down


if __name__ == "__main__":
    fixtures = []
    for scores, marked in cases():
        scores = numpy.asarray(scores, float).round(4)
        marked = numpy.asarray(marked, int)
        for k in {1, int(marked.sum()), len(marked)}:
            chosen = numpy.zeros(len(marked), int)
            chosen[numpy.argsort(-scores, kind="stable")[:k]] = 1
            fixtures.append(
                {
                    "scores": scores.tolist(),
                    "marked": marked.tolist(),
                    "average_precision": float(average_precision_score(marked, scores)),
                    "area_under_roc": float(roc_auc_score(marked, scores)),
                    "k": k,
                    "token_f1": float(f1_score(marked, chosen)),
                }
            )
    FILE.write_text("[\n" + ",\n".join(json.dumps(one) for one in fixtures) + "\n]\n")
