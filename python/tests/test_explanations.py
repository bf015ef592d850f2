import json

import numpy as np
import pytest

import pellucid

from conftest import TEXTS, TINY


def test_scores_add_up(model):
    for explanation in model.explain(TEXTS, target="all"):
        assert explanation.complete
        total = explanation.scores.sum() + explanation.bias + explanation.residual
        assert total == pytest.approx(explanation.explained, abs=1e-9)
        assert abs(explanation.residual) < 1e-4
        logits = explanation.logits
        of_target = logits[explanation.classes.index(explanation.target)]
        assert explanation.explained == pytest.approx(of_target - logits.mean(), abs=1e-5)


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"method": "occlusion", "removal": "delete"},
        {"method": ["gradient-x-input", "random"], "seed": 3},
        {"target": "all", "unit": "piece"},
        {"target": ["negative", "positive"], "against": "neutral", "unit": "sentence"},
        {"method": "kernel-shap", "samples": 50, "seed": 1},
        {"method": "integrated-gradients", "steps": 5, "baseline": "pad"},
        {"quality": True, "random_orders": 5},
    ],
)
def test_they_are_those_of_the_command(model, program, options):
    arguments = []
    for name, value in options.items():
        for one in value if isinstance(value, list) else [value]:
            arguments += ["--" + name.replace("_", "-")] + ([] if one is True else [one])
    lines = program("explain", TINY, "-", "--format", "jsonl", "--as", "jsonl", *arguments, texts=TEXTS)
    found = [json.loads(explanation.to_json()) for explanation in model.explain(TEXTS, **options)]
    assert len(found) == len(lines)
    for one, expected in zip(found, lines):
        for object in (one, expected):
            del object["id"], object["cost"]["seconds"]
        assert one == expected


def test_units_lie_in_the_text(model):
    text = "déjà 👩‍👧 vu, very good"
    explanation = model.explain([text])[0]
    assert len(explanation.units) == len(explanation.scores) == len(explanation.spans) > 3
    assert [text[begin:end] for begin, end in explanation.spans] == explanation.units
    assert "good" in explanation.units


def test_arrays_are_views_that_stay(model):
    explanation = model.explain(["a very good film"])[0]
    scores, probabilities = explanation.scores, explanation.probabilities
    assert not scores.flags.owndata and not probabilities.flags.owndata
    assert not scores.flags.writeable
    kept = scores.tolist()
    assert [unit["score"] for unit in json.loads(explanation.to_json())["units"]] == kept
    del explanation
    assert scores.tolist() == kept and probabilities.sum() == pytest.approx(1)


def test_the_strongest_first(model):
    explanation = model.explain(["a very good film , not dull"])[0]
    top = explanation.top(3)
    assert len(top) == 3 and [abs(score) for _, score in top] == sorted((abs(s) for _, s in top), reverse=True)
    assert abs(top[0][1]) == np.abs(explanation.scores).max()
    assert explanation.units[np.abs(explanation.scores).argmax()] == top[0][0]
    assert len(explanation.top(100)) == len(explanation.units)


def test_what_was_asked_for(model):
    explanation = model.explain(["good film"], method="occlusion", target="neutral", against="positive", unit="piece")[0]
    assert (explanation.method, explanation.target, explanation.against) == ("occlusion", "neutral", "positive")
    assert explanation.unit == "piece" and explanation.label in model.labels and explanation.precision == "fp32"
    assert explanation.quality is None and explanation.against is not None
    assert model.explain(["good film"], quality=True, random_orders=3)[0].quality in ("ok", "weak", "suspect")


def test_wrong_options(model):
    with pytest.raises(pellucid.Error, match="target: expected one of the model's labels .*found 'wrong'") as caught:
        model.explain(["good"], target="wrong")
    assert caught.value.code == "usage" and caught.value.where == "target"
    for options in ({"method": "magic"}, {"unit": "letter"}, {"removal": "burn"}, {"baseline": "x"}, {"samples": 5}):
        with pytest.raises(pellucid.Error):
            model.explain(["good"], **options)
    with pytest.raises(TypeError):
        model.explain(["good"], samples=-1)
    with pytest.raises(pellucid.Error, match="quality"):
        pellucid.load(TINY, long="window").explain(["good"], quality=True)


def test_every_method_explains(model):
    explanations = model.explain(["a very good film"], method=model.methods)
    assert [explanation.method for explanation in explanations] == model.methods


def test_printed(model):
    explanation = model.explain(["a very good film"])[0]
    assert repr(explanation).startswith("<Explanation of '") and "good" in repr(explanation)
    assert "\x1b" not in str(explanation) and "film" in str(explanation)


def test_a_part_is_a_list_of_explanations_too(model):
    explanations = model.explain(TEXTS)
    assert isinstance(explanations[1:3], pellucid.Explanations) and len(explanations[1:3]) == 2
    assert explanations[-1].text == TEXTS[-1]


def test_quality_wants_random_orders(model):
    for orders in (0, 1001):
        with pytest.raises(pellucid.Error, match="expected a value from 1 to 1000, found") as caught:
            model.explain(["good film"], quality=True, random_orders=orders)
        assert caught.value.code == "usage"
