"""Rank correlations by scipy, for the tests of src/evaluate.

Run once from the project's root, with a Python that has numpy and scipy:
    python tests/oracles/correlations.py

tests/fixtures/metrics/correlations.json
    a list of {a, b, kendall, spearman}: values with and without ties, scipy.stats.kendalltau (tau-b) and spearmanr
"""

import json
import pathlib

import numpy
from scipy.stats import kendalltau, spearmanr

FILE = pathlib.Path(__file__).parent.parent / "fixtures" / "metrics" / "correlations.json"

random = numpy.random.default_rng(7)
cases = []
for n in (2, 3, 5, 12, 40):
    for levels in (0, 2, 5):
        for mixed in (0.0, 0.7, -0.9):
            a = random.normal(size=n) if levels == 0 else random.integers(0, levels, n).astype(float)
            b = mixed * a + (1 - abs(mixed)) * random.normal(size=n)
            if levels:
                b = numpy.round(b)
            if len(set(a)) < 2 or len(set(b)) < 2:
                continue
            cases.append(
                {
                    "a": a.tolist(),
                    "b": b.tolist(),
                    "kendall": kendalltau(a, b).statistic,
                    "spearman": spearmanr(a, b).statistic,
                }
            )
FILE.write_text(json.dumps(cases) + "\n")
