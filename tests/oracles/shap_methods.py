"""What Shapley values, shap's PartitionExplainer and scikit-learn's regressions give, for the tests of src/attribution.

Run once from the project's root, with a Python that has torch, transformers, tokenizers, safetensors, shap, scikit-learn:
    python tests/oracles/shap_methods.py

tests/fixtures/shap/expected.safetensors    of the tiny classifier of tests/oracles/bert.py; the texts and functionals of
                                            tests/fixtures/captum; computed in float64, stored in fp32; U words of all texts
    bounds [B + 1] i32                      words of each text
    shapley [U]                             Shapley values of the words by their definition, absent words [MASK]ed; 0 where
                                            a text has more than 7 words
    owen [U]                                PartitionExplainer, everything expanded, on the balanced tree whose groups
                                            are halved with the larger half first
    sampled [U]                             (0 where a text has 5 words or fewer) kernel-shap with 60 samples, seed 5: the coalitions that ours draws (SplitMix64),
                                            by LinearRegression with Σφ fixed
    lime [U], lime.intercept [B]            lime with 60 samples, seed 5: the maskings that ours draws, with the weights
                                            and the regression of the lime package for texts, by scikit-learn
tests/fixtures/shap/regression.safetensors  float64: x [40, 5], y [40, 2], w [40]; ridge [2, 5] and intercept [2] of
                                            sklearn.linear_model.Ridge(alpha=1) with these weights; constrained [2, 5]:
                                            LinearRegression with Σ_i coefficient_i = 1.5
"""

import itertools
import math
import pathlib

import numpy as np
import shap
import torch
from captum_methods import FIXTURES, TEXTS
from safetensors.numpy import save_file
from sklearn.linear_model import LinearRegression, Ridge
from sklearn.metrics import pairwise_distances
from transformers import BertForSequenceClassification, BertTokenizerFast


def balanced_tree(n):
    """A scipy linkage matrix; groups are numbered from n in the order in which they are made, the root last."""
    rows = []

    def group(begin, end):
        if end - begin == 1:
            return begin, 1
        middle = begin + (end - begin + 1) // 2
        (left, left_size), (right, right_size) = group(begin, middle), group(middle, end)
        rows.append([left, right, len(rows) + 1.0, left_size + right_size])
        return n + len(rows) - 1, left_size + right_size

    group(0, n)
    return np.array(rows, dtype=float)


class WordMasker(shap.maskers.Masker):
    """Presence of each word, handed to the model as it is."""

    def __init__(self, n):
        self.shape = (1, n)
        self.clustering = balanced_tree(n)

    def __call__(self, mask, x):
        return (np.asarray(mask, dtype=float).reshape(1, -1),)


def shapley(value, n):
    """φ_i = Σ_S s! (n − s − 1)! / n! (v(S ∪ i) − v(S))."""
    coalitions = list(itertools.product([0.0, 1.0], repeat=n))
    values = dict(zip(coalitions, value(np.array(coalitions))))
    phi = np.zeros(n)
    for coalition in coalitions:
        s = int(sum(coalition))
        for i in range(n):
            if coalition[i] == 0:
                joined = coalition[:i] + (1.0,) + coalition[i + 1 :]
                phi[i] += math.factorial(s) * math.factorial(n - s - 1) / math.factorial(n) * (values[joined] - values[coalition])
    return phi


MASK = 2**64 - 1
STEP = 0x9E3779B97F4A7C15


def mix(z):
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9 & MASK
    z = (z ^ z >> 27) * 0x94D049BB133111EB & MASK
    return z ^ z >> 31


class SplitMix64:
    """src/data/random.h, for a seed and a text's ids."""

    def __init__(self, seed, ids):
        stream = 0xCBF29CE484222325
        for i in ids:
            stream = (stream ^ int(i)) * 0x100000001B3 & MASK
        self.counter = mix(seed + STEP & MASK) ^ mix(~stream & MASK)

    def next(self):
        self.counter = self.counter + STEP & MASK
        return mix(self.counter)

    def below(self, bound):
        product = self.next() * bound
        while product & MASK < (-bound & MASK) % bound:
            product = self.next() * bound
        return product >> 64

    def shuffle(self, items):
        for i in range(len(items), 1, -1):
            k = self.below(i)
            items[i - 1], items[k] = items[k], items[i - 1]


def sampled_shapley(value, n, random):
    if n == 1:
        return value(np.ones((1, 1))) - value(np.zeros((1, 1)))
    cumulative = np.cumsum([1 / (s * (n - s)) for s in range(1, n)])
    players, rows = list(range(n)), []
    for _ in range(30):
        size = 1 + np.searchsorted(cumulative, (random.next() >> 11) / 2**53 * cumulative[-1], side="right")
        random.shuffle(players)
        row = np.zeros(n)
        row[players[:size]] = 1
        rows += [row, 1 - row]
    x, empty, full = np.array(rows), value(np.zeros((1, n)))[0], value(np.ones((1, n)))[0]
    y = value(x) - empty
    free = LinearRegression(fit_intercept=False).fit(x[:, :-1] - x[:, -1:], y - (full - empty) * x[:, -1]).coef_
    return np.append(free, full - empty - free.sum())


def lime(value, n, random):
    units, rows = list(range(n)), [np.ones(n)]
    while len(rows) < 60:
        removed = 1 + random.below(n)
        random.shuffle(units)
        rows.append(np.ones(n))
        rows[-1][units[:removed]] = 0
    x = np.array(rows)
    distance = pairwise_distances(x, x[:1], metric="cosine").ravel() * 100
    fit = Ridge(alpha=1).fit(x, value(x), np.sqrt(np.exp(-(distance**2) / 25**2)))
    return fit.coef_, fit.intercept_


def main():
    source = FIXTURES / "tiny-bert-classifier"
    tokenizer = BertTokenizerFast.from_pretrained(source)
    model = BertForSequenceClassification.from_pretrained(source).double().eval()
    tensors, bounds = {"shapley": [], "owen": [], "sampled": [], "lime": [], "lime.intercept": []}, [0]
    for text, label, against in TEXTS:
        encoding = tokenizer(text)
        ids = np.array(encoding["input_ids"])
        words = np.array([-1 if w is None else w for w in encoding.word_ids()])
        n = int(words.max()) + 1
        bounds.append(bounds[-1] + n)
        if n == 0:
            continue

        def value(presence):
            kept = np.concatenate([np.asarray(presence, dtype=bool), np.ones((len(presence), 1), dtype=bool)], 1)
            masked = np.where(kept[:, words], ids, tokenizer.mask_token_id)
            with torch.no_grad():
                logits = model(torch.tensor(masked)).logits.numpy()
            return logits[:, label] - (logits.mean(1) if against < 0 else logits[:, against])

        tensors["sampled"].append(sampled_shapley(value, n, SplitMix64(5, ids)) if n > 5 else np.zeros(n))
        coefficients, intercept = lime(value, n, SplitMix64(5, ids))
        tensors["lime"].append(coefficients)
        tensors["lime.intercept"].append([intercept])
        tensors["shapley"].append(shapley(value, n) if n <= 7 else np.zeros(n))
        if n == 1:
            tensors["owen"].append(tensors["shapley"][-1])
            continue
        explainer = shap.explainers.Partition(value, WordMasker(n))
        tensors["owen"].append(explainer(np.ones((1, n)), max_evals=10**6, silent=True).values[0])
        total = value(np.ones((1, n)))[0] - value(np.zeros((1, n)))[0]
        assert abs(tensors["owen"][-1].sum() - total) < 1e-9

    folder = FIXTURES / "shap"
    folder.mkdir(exist_ok=True)
    tensors["lime.intercept"].append([0])  # of the empty text
    stored = {name: np.concatenate(parts).astype(np.float32) for name, parts in tensors.items()}
    save_file(stored | {"bounds": np.array(bounds, dtype=np.int32)}, folder / "expected.safetensors")

    random = np.random.default_rng(4)
    x, y, w = random.integers(0, 2, (40, 5)).astype(float), random.normal(size=(40, 2)), random.uniform(0.1, 2, 40)
    ridge = Ridge(alpha=1).fit(x, y, w)
    # Σ β = 1.5: the last coefficient is what the others leave.
    free = LinearRegression(fit_intercept=False).fit(x[:, :-1] - x[:, -1:], y - 1.5 * x[:, -1:], w).coef_
    constrained = np.concatenate([free, 1.5 - free.sum(1, keepdims=True)], 1)
    arrays = {"x": x, "y": y, "w": w, "ridge": ridge.coef_, "intercept": ridge.intercept_, "constrained": constrained}
    save_file({k: np.ascontiguousarray(v) for k, v in arrays.items()}, folder / "regression.safetensors")


if __name__ == "__main__":
    main()
