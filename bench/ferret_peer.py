"""TEXTS.jsonl, in a virtual environment of ferret's own: loads the model, then for each line of stdin, "TEXTS SAMPLES", explains
the first TEXTS by five methods, lime by at most SAMPLES samples, and measures each explanation by three measures, as ferret's
Benchmark does; answers with a line of JSON: seconds, each method's mean of each measure."""

import json
import os
import pathlib
import statistics
import sys
import time

import torch
import transformers
from ferret import Benchmark, GradientExplainer, IntegratedGradientExplainer, LIMEExplainer, SHAPExplainer
from ferret.evaluators.faithfulness_measures import (AOPC_Comprehensiveness_Evaluation, AOPC_Sufficiency_Evaluation,
                                                     TauLOO_Evaluation)
from transformers import BertForSequenceClassification, BertTokenizerFast

PLAIN = pathlib.Path(__file__).resolve().parent.parent / "var" / "bench" / "models" / "plain"  # models.PLAIN

transformers.utils.logging.set_verbosity_error()


def main():
    torch.set_num_threads(len(os.sched_getaffinity(0)))
    with open(sys.argv[1], encoding="utf-8") as file:
        texts = [json.loads(line)["text"] for line in file]
    own = BertForSequenceClassification.from_pretrained(PLAIN).eval(), BertTokenizerFast.from_pretrained(PLAIN)
    lime = LIMEExplainer(*own)
    explainers = {
        "gradient-norm": GradientExplainer(*own, multiply_by_inputs=False),
        "gradient-x-input": GradientExplainer(*own, multiply_by_inputs=True),
        "integrated-gradients": IntegratedGradientExplainer(*own, multiply_by_inputs=True),
        "lime": lime,
        "partition-shap": SHAPExplainer(*own),
    }
    evaluators = {
        "comprehensiveness": AOPC_Comprehensiveness_Evaluation(*own),
        "sufficiency": AOPC_Sufficiency_Evaluation(*own),
        "loo-correlation": TauLOO_Evaluation(*own),
    }
    bench = Benchmark(*own, explainers=list(explainers.values()), evaluators=list(evaluators.values()))

    def work(some):
        values = {}
        for text in some:
            target = int(bench.score(text, return_dict=False).argmax())
            explanations = bench.explain(text, target, show_progress=False)
            for method, found in zip(explainers, bench.evaluate_explanations(explanations, target, show_progress=False)):
                for measure, evaluation in zip(evaluators, found.evaluation_scores):
                    values.setdefault(method, {}).setdefault(measure, []).append(float(evaluation.score))
        return {method: {measure: statistics.fmean(each) for measure, each in of.items()} for method, of in values.items()}

    lime.MAX_SAMPLES = 8
    work(texts[:1])  # what is set up on first use is not timed
    for line in sys.stdin:
        count, lime.MAX_SAMPLES = (int(word) for word in line.split())  # it takes tokens² where that is less
        start = time.perf_counter()
        measures = work(texts[:count])
        print(json.dumps({"seconds": time.perf_counter() - start, "measures": measures}), flush=True)


if __name__ == "__main__":
    main()
