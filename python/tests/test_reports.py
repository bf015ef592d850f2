import json

import pytest

import pellucid

from conftest import TINY

WORDS = "good bad dull fine warm cold oil wheat gold bank fast slow rich flat".split()
SAMPLE = [f"the {a} {noun} was very {b}" for a in WORDS for b in WORDS[:4] for noun in ("film", "market")]


@pytest.fixture(scope="module")
def labels(model):
    """Mostly what the model predicts."""
    return [str(label) if i % 5 else "neutral" for i, label in enumerate(model.predict(SAMPLE))]


@pytest.fixture
def file(tmp_path, labels):
    path = tmp_path / "texts.jsonl"
    rows = [{"id": str(i), "text": text, "label": label} for i, (text, label) in enumerate(zip(SAMPLE, labels))]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def without_time(report):
    """What depends neither on the clock nor on the file nor on who asked, nor on which build of this version."""
    report = json.loads(json.dumps(dict(report)))
    del report["cost"], report["tool"]["command"]
    report["tool"].pop("commit", None)
    del report["data"]["file"], report["data"]["sha256"]
    for row in report.get("faithfulness", []):
        del row["seconds_per_text"]
    return report


def test_an_evaluation_is_that_of_the_command(model, labels, file, program):
    options = {"methods": ["decomposition", "occlusion"], "measures": ["comprehensiveness", "sufficiency"], "limit": 20, "seed": 3}
    found = model.evaluate(SAMPLE, labels, faithfulness=True, progress=False, **options)
    arguments = [f"--{name}={','.join(value) if isinstance(value, list) else value}" for name, value in options.items()]
    [expected] = program("evaluate", TINY, file, "--faithfulness", "--json", "-", "--precision", "fp32", "--quiet", *arguments)
    assert without_time(found) == without_time(expected)


def test_an_evaluation(model, labels):
    found = model.evaluate(SAMPLE, labels, quality_study=True, limit=10, data="a sample", progress=False)
    assert found["schema"] == "pellucid.evaluation/1" and found["data"]["n"] == len(SAMPLE)
    assert found["data"]["file"] == "a sample" and len(found["data"]["sha256"]) == 64
    assert found["classification"]["accuracy"] > 0.7
    assert found["faithfulness"] == [] and found["quality"]["method"] == "decomposition"
    assert json.loads(found.to_json()) == dict(found)
    assert "accuracy" in str(found) and repr(found).startswith("<Evaluation on a sample: schema")
    assert "<title>Evaluation on a sample</title>" in found.to_html() and "<title>Mine</title>" in found.to_html("Mine")
    assert found.to_html().count('<article id="text-') == 12


def test_parts_are_kept(model, labels, tmp_path):
    measured = {"faithfulness": True, "methods": ["occlusion"], "limit": 5, "parts": str(tmp_path / "parts"), "progress": False}
    found = [model.evaluate(SAMPLE, labels, **measured) for _ in range(2)]
    assert without_time(found[0]) == without_time(found[1])
    assert len(list((tmp_path / "parts").iterdir())) == 1


def test_stability(model, labels):
    found = model.evaluate(SAMPLE, labels, stability=True, limit=5, progress=False)["stability"]
    assert {row["change"] for row in found} >= {"alone", "threads", "typos"}


def test_evaluations_of_the_same_texts_have_the_same_hash(model, labels):
    hashes = {
        model.evaluate(texts, names, progress=False)["data"]["sha256"]
        for texts, names in ((SAMPLE, labels), (iter(SAMPLE), tuple(labels)), (SAMPLE[1:], labels[1:]))
    }
    assert len(hashes) == 2


def test_progress_is_shown_when_wanted(model, labels, capfd):
    model.evaluate(SAMPLE, labels, progress=False)
    assert capfd.readouterr().err == ""


def test_labels_of_the_wrong_kind(model):
    with pytest.raises(pellucid.Error, match="text 1: expected one of the model's labels .*found 'great'"):
        model.evaluate(["good", "good"], ["neutral", "great"])
    with pytest.raises(pellucid.Error, match="labels: expected as many labels as texts, found 1 labels and 2 texts"):
        model.evaluate(["good", "good"], ["neutral"])
    with pytest.raises(TypeError, match="expected labels.*found a single str"):
        model.evaluate(["good"], "neutral")
    with pytest.raises(pellucid.Error, match="measures: expected measures, or all; found none"):
        model.evaluate(["good"], ["neutral"], faithfulness=True, measures=[])
    with pytest.raises(TypeError, match="at position 0; found None"):
        model.evaluate(["good"], [None])
    with pytest.raises(TypeError, match="at position 0; found 0.5"):
        model.evaluate(["good"], [0.5])
    with pytest.raises(pellucid.Error, match="expected one text at least"):
        model.evaluate([], [])


def test_options_that_are_none(model):
    with pytest.raises(TypeError, match="expected one of the options .*bins.*; found 'bin'"):
        model.evaluate(["good"], ["neutral"], bin="eraser")
    with pytest.raises(pellucid.Error, match="explain_precision: expected fp32, bf16 or int8"):
        model.evaluate(["good"], ["neutral"], explain_precision="fp8")


def test_an_audit_is_that_of_the_command(model, labels, file, program):
    found = model.audit(SAMPLE, labels, others="none", limit=80, seed=1, min_texts=3, progress=False)
    [expected] = program(
        "audit", TINY, file, "--others", "none", "--limit", 80, "--seed", 1, "--min-texts", 3, "--json", "-", "--quiet"
    )
    assert without_time(found) == without_time(expected)


def test_an_audit_without_labels(model, labels):
    found = model.audit(SAMPLE, others="none", limit=60, progress=False)
    assert found["schema"] == "pellucid.audit/1" and found["data"]["labelled"] == 0 and "label_errors" not in found
    some = model.audit(SAMPLE, [None, float("nan")] + labels[2:], others="none", limit=len(SAMPLE), progress=False)
    assert some["data"]["labelled"] == len(SAMPLE) - 2
    assert "Words that carry each class" in found.to_html() and "Audit on texts in memory" in repr(found)
    with pytest.raises(pellucid.Error, match="expected one of the model's labels"):
        model.audit(["good"], ["great"])


def test_labels_that_pandas_lacks(model, labels):
    pandas = pytest.importorskip("pandas")
    some = pandas.Series([pandas.NA, *labels[1:]], dtype="string")
    found = model.audit(SAMPLE, some, others="none", limit=len(SAMPLE), progress=False)
    assert found["data"]["labelled"] == len(SAMPLE) - 1


def test_options_out_of_range(model):
    for wrong in ({"fdr": 5.0}, {"least_effect": -3}, {"test_texts": 0}, {"min_texts": 0}, {"limit": 0}):
        with pytest.raises(pellucid.Error, match=f"{next(iter(wrong))}: expected .*, found") as caught:
            model.audit(["good"], ["neutral"], **wrong)
        assert caught.value.code == "usage"
    with pytest.raises(pellucid.Error, match="limit: expected at least 1, found 0"):
        model.evaluate(["good"], ["neutral"], faithfulness=True, limit=0)


def test_tables_are_pandas_tables(model, labels):
    pandas = pytest.importorskip("pandas")
    found = model.evaluate(SAMPLE, labels, faithfulness=True, methods="occlusion", limit=5, progress=False)
    frame = pandas.DataFrame(found["faithfulness"])
    assert set(frame["method"]) == {"occlusion", "random"} and "value" in frame
