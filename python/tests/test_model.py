import pathlib
import pickle
import shutil
import threading

import numpy as np
import pytest

import pellucid

from conftest import FIXTURES, TEXTS, TINY, read_safetensors


def test_logits_are_those_of_transformers(model):
    texts = (FIXTURES / "tiny-bert" / "texts.txt").read_text().splitlines()
    expected = read_safetensors(TINY / "expected.safetensors")["logits"]
    np.testing.assert_allclose(model.logits(texts), expected[: len(texts)], atol=1e-5)


def test_predictions_are_those_of_the_command(model, program):
    lines = program("predict", TINY, "-", "--format", "jsonl", "--precision", "fp32", texts=TEXTS)
    assert model.labels == ["negative", "neutral", "positive"]
    assert list(model.predict(TEXTS)) == [line["label"] for line in lines]
    expected = [[line["probability"][label] for label in model.labels] for line in lines]
    np.testing.assert_array_equal(model.predict_proba(TEXTS), expected)


def test_shapes_and_types(model):
    assert model.logits(TEXTS).shape == (len(TEXTS), 3) and model.logits(TEXTS).dtype == np.float32
    probabilities = model.predict_proba(TEXTS)
    assert probabilities.shape == (len(TEXTS), 3) and probabilities.dtype == np.float64
    np.testing.assert_allclose(probabilities.sum(axis=1), 1)
    assert model.predict(TEXTS).dtype.kind == "U"


def test_threads_that_cannot_be():
    for threads in (-1, 1025):
        with pytest.raises(pellucid.Error, match="threads: expected a value from 0 to 1024, found"):
            pellucid.load(TINY, threads=threads)


def test_no_texts(model):
    assert model.predict_proba([]).shape == (0, 3)
    assert model.predict([]).shape == (0,)
    assert model.explain([]) == []


def test_arrays_outlive_what_made_them():
    probabilities = pellucid.load(TINY).predict_proba(TEXTS)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1)


class Column:
    """What a column of a dataset is: no list, but it can be gone through."""

    def __init__(self, texts):
        self.texts = texts

    def __iter__(self):
        return iter(self.texts)

    def __len__(self):
        return len(self.texts)


@pytest.mark.parametrize("kind", [list, tuple, Column, np.array, iter, lambda texts: np.array(texts, dtype=object)])
def test_texts_of_any_kind(model, kind):
    np.testing.assert_array_equal(model.predict_proba(kind(TEXTS)), model.predict_proba(TEXTS))


def test_texts_of_pandas(model):
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame({"text": TEXTS}, index=range(7, 7 + len(TEXTS)))
    np.testing.assert_array_equal(model.predict_proba(frame["text"]), model.predict_proba(TEXTS))
    with pytest.raises(TypeError, match="DataFrame of 2 dimensions; choose a column"):
        model.predict(frame)
    with pytest.raises(TypeError, match="expected a str at position 1, found nan"):
        model.predict(pandas.Series(["good", float("nan")], dtype=object))


@pytest.mark.parametrize(
    "given, message",
    [
        ("good", "found a single str; put it in a list"),
        (b"good", "found a bytes"),
        (3, "found int"),
        (None, "found NoneType"),
        ({"text": ["good"]}, "found a dict"),
        (np.array([["good"]]), "found a ndarray of 2 dimensions; choose a column"),
        (["good", 3], "expected a str at position 1, found int"),
        (["good", None], "expected a str at position 1, found None"),
        ([b"good"], "expected a str at position 0, found bytes; decode it"),
    ],
)
def test_what_is_no_text(model, given, message):
    for call in (model.predict, model.predict_proba, model.logits, model.explain):
        with pytest.raises(TypeError, match=message):
            call(given)


def test_errors_of_an_iterator_are_its_own(model):
    def broken():
        yield "good"
        raise OSError("the disk is gone")

    with pytest.raises(OSError, match="the disk is gone"):
        model.predict(broken())


def test_any_str_is_read(model):
    assert model.predict_proba(["\ud800 half a pair", "nul \0 inside", "\U0001f600"]).shape == (3, 3)
    explanation = model.explain(["\ud800 good"])[0]
    assert explanation.text == "\ud800 good"
    assert explanation.units == ["good"] and explanation.spans.tolist() == [[2, 6]]


def test_errors_say_what_to_do(tmp_path):
    with pytest.raises(pellucid.Error, match="expected a model folder") as caught:
        pellucid.load(tmp_path / "nothing")
    assert caught.value.code == "not_found" and caught.value.where == str(tmp_path / "nothing")
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)
    with pytest.raises(pellucid.Error, match="precision: expected fp32, bf16 or int8, found 'fp8'"):
        pellucid.load(TINY, precision="fp8")
    with pytest.raises(pellucid.Error, match="long: expected truncate or window"):
        pellucid.load(TINY, long="cut")


def test_weights_that_are_not_numbers(tmp_path):
    folder = shutil.copytree(TINY, tmp_path / "model")
    weights = bytearray((folder / "model.safetensors").read_bytes())
    weights[-4:] = b"\xff\xff\xff\x7f"  # NaN
    (folder / "model.safetensors").write_bytes(weights)
    with pytest.raises(pellucid.Error) as caught:
        pellucid.load(folder).predict(["good"])
    assert caught.value.code == "numeric"


def test_cut_texts_are_said(model):
    long = "good film " * 100
    with pytest.warns(pellucid.TruncationWarning, match="1 text longer than 64 tokens cut: 138 word pieces") as caught:
        model.predict([long, "good"])
    assert pathlib.Path(caught[0].filename) == pathlib.Path(__file__)
    with pytest.warns(pellucid.TruncationWarning) as caught:
        explanations = model.explain([long], target="all")
    assert "1 text longer" in str(caught[0].message) and pathlib.Path(caught[0].filename) == pathlib.Path(__file__)
    assert explanations[0].truncated_pieces == 138


def test_long_texts_whole(recwarn):
    explanation = pellucid.load(TINY, long="window").explain(["good film " * 100])[0]
    assert explanation.windows > 1 and len(explanation.units) == 200 and not recwarn


def test_shorter_texts():
    assert pellucid.load(TINY, max_length=16).max_length == 16


def test_pickled_it_is_loaded_again(model):
    again = pickle.loads(pickle.dumps(pellucid.load(TINY, max_length=16)))
    assert again.max_length == 16
    np.testing.assert_array_equal(again.predict_proba(TEXTS), pellucid.load(TINY, max_length=16).predict_proba(TEXTS))


def test_a_relative_folder_is_kept(monkeypatch):
    monkeypatch.chdir(TINY.parent)
    kept = pickle.dumps(pellucid.load(TINY.name))
    monkeypatch.chdir("/")
    assert pickle.loads(kept).labels == ["negative", "neutral", "positive"]


def test_threads_take_turns(model):
    expected = model.predict_proba(TEXTS)
    found = []
    threads = [threading.Thread(target=lambda: found.append(model.predict_proba(TEXTS))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    for one in found:
        np.testing.assert_array_equal(one, expected)


def test_other_threads_run_meanwhile(model):
    done = threading.Event()
    ticks = 0

    def work():
        model.explain(TEXTS * 20, method="occlusion")
        done.set()

    thread = threading.Thread(target=work)
    thread.start()
    while not done.wait(0.001):
        ticks += 1
    thread.join()
    assert ticks > 3
