"""Kruskal-Wallis and Benjamini-Hochberg by scipy, for the tests of src/evaluate.

Run once from the project's root, with a Python that has numpy and scipy:
    python tests/oracles/rank_tests.py

tests/fixtures/metrics/kruskal_wallis.json
    a list of {values, groups, h, p}: two to four groups, with and without ties; p by the chi-squared approximation
tests/fixtures/metrics/benjamini_hochberg.json
    a list of {p, adjusted}: scipy.stats.false_discovery_control
"""

import json
import pathlib

import numpy
from scipy.stats import false_discovery_control, kruskal

FOLDER = pathlib.Path(__file__).parent.parent / "fixtures" / "metrics"

random = numpy.random.default_rng(11)
cases = []
for sizes in ((40, 40), (30, 50, 20), (25, 25, 25, 25), (60, 8, 12)):
    for levels in (0, 4):
        for shift in (0.0, 0.4, 1.5):
            groups = numpy.repeat(numpy.arange(len(sizes)), sizes)
            values = random.normal(size=len(groups)) + shift * groups
            if levels:
                values = numpy.round(values * levels / 4)
            values = values.round(4)
            test = kruskal(*(values[groups == g] for g in range(len(sizes))))
            cases.append(
                {"values": values.tolist(), "groups": groups.tolist(), "h": test.statistic, "p": test.pvalue}
            )
(FOLDER / "kruskal_wallis.json").write_text(json.dumps(cases) + "\n")

cases = []
for n in (1, 2, 5, 30):
    for share in (0.0, 0.5):
        p = random.uniform(size=n).round(4)
        p[: int(share * n)] /= 1000
        cases.append({"p": p.tolist(), "adjusted": false_discovery_control(p).tolist()})
(FOLDER / "benjamini_hochberg.json").write_text(json.dumps(cases) + "\n")
