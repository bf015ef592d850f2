import pathlib
import pickle
import shutil
import tempfile

import numpy as np
import pytest

import pellucid

from conftest import BUILD, FIXTURES, TINY

sklearn = pytest.importorskip("sklearn")

from sklearn.base import clone  # noqa: E402
from sklearn.model_selection import GridSearchCV  # noqa: E402
from sklearn.pipeline import make_pipeline  # noqa: E402
from sklearn.preprocessing import FunctionTransformer  # noqa: E402
from sklearn.utils.estimator_checks import parametrize_with_checks  # noqa: E402

PROGRAM = BUILD / "pellucid-train"
X = np.array(["a good film , fun and warm", "oil and wheat prices rise"] * 20)
y = np.array(["film", "market"] * 20)
SETTINGS = {
    "encoder": FIXTURES / "tiny-bert",
    "program": PROGRAM,
    "epochs": 8,
    "learning_rate": 3e-3,
    "threads": 1,
    "options": {"adjust": "none", "sufficiency": 0},
}

trains = pytest.mark.skipif(not PROGRAM.exists(), reason=f"no program at {PROGRAM}")


@parametrize_with_checks([pellucid.PellucidClassifier()])
def test_scikit_learns_checks(estimator, check):
    check(estimator)


@pytest.fixture(scope="module")
def fitted(tmp_path_factory):
    if not PROGRAM.exists():
        pytest.skip(f"no program at {PROGRAM}")
    return pellucid.PellucidClassifier(**SETTINGS, folder=tmp_path_factory.mktemp("models")).fit(X, y)


def test_fitted(fitted):
    assert list(fitted.classes_) == ["film", "market"]
    assert fitted.score(X, y) == 1
    probabilities = fitted.predict_proba(X)
    assert probabilities.shape == (40, 2)
    np.testing.assert_array_equal(fitted.classes_[probabilities.argmax(axis=1)], fitted.predict(X))
    np.testing.assert_array_equal(fitted.decision_function(X) > 0, fitted.predict(X) == "market")
    assert fitted.explain(X[:1])[0].label == "film"


def test_not_fitted():
    with pytest.raises(sklearn.exceptions.NotFittedError):
        pellucid.PellucidClassifier().predict(X)


@trains
def test_whole_numbers_stay_whole_numbers():
    numbers = np.array([2, 10] * 20)
    estimator = pellucid.PellucidClassifier(**SETTINGS).fit(X, numbers)
    assert estimator.classes_.dtype.kind == "i" and list(estimator.classes_) == [2, 10]
    np.testing.assert_array_equal(estimator.predict(X), numbers)


def test_cloned(fitted):
    copy = clone(fitted)
    assert not hasattr(copy, "classes_") and copy.get_params() == fitted.get_params()
    assert copy.set_params(epochs=5).epochs == 5


def test_pickled_it_is_its_folder(fitted):
    again = pickle.loads(pickle.dumps(fitted))
    assert again.model_folder_ == fitted.model_folder_ and list(again.classes_) == list(fitted.classes_)
    np.testing.assert_array_equal(again.predict_proba(X), fitted.predict_proba(X))


def test_a_folder_that_was_named_stays(fitted):
    assert pathlib.Path(fitted.model_folder_).parent.parent == pathlib.Path(fitted.folder)


@trains
def test_a_temporary_folder_goes_with_it():
    estimator = pellucid.PellucidClassifier(**SETTINGS).fit(X, y)
    first = pathlib.Path(estimator.model_folder_)
    second = pathlib.Path(estimator.fit(X, y).model_folder_)
    assert second.exists() and not first.exists()
    copy = pickle.loads(pickle.dumps(estimator))
    del estimator
    assert second.exists() and copy.score(X, y) == 1  # the pickle needs it
    shutil.rmtree(second.parent)


@trains
def test_what_fails_leaves_nothing(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    estimator = pellucid.PellucidClassifier(**(SETTINGS | {"encoder": "no-such-model"}))
    with pytest.raises(pellucid.Error, match="no-such-model"):
        estimator.fit(X, y)
    del estimator
    assert not list(tmp_path.iterdir())


@trains
def test_in_a_pipeline_and_a_search():
    lower = FunctionTransformer(np.char.lower)
    pipeline = make_pipeline(lower, pellucid.PellucidClassifier(**SETTINGS))
    search = GridSearchCV(pipeline, {"pellucidclassifier__learning_rate": [1e-7, 3e-3]}, cv=2, scoring="neg_log_loss")
    search.fit(X, y)
    assert search.best_params_ == {"pellucidclassifier__learning_rate": 3e-3} and search.best_score_ > -0.69  # chance: -ln 2
    assert search.best_estimator_.score(X, y) == 1


def test_fitting_says_what_is_wrong():
    with pytest.raises(TypeError, match="expected a str at position 1"):
        pellucid.PellucidClassifier(program="never-run").fit(["text", 3], ["a", "b"])
    with pytest.raises(pellucid.Error, match="cannot be run"):
        pellucid.PellucidClassifier(program=TINY / "nothing").fit(["text"], ["a"])


@trains
def test_classes_are_sorted_as_scikit_learn_sorts_them():
    """The model has "2" before "10"."""
    estimator = pellucid.PellucidClassifier(**SETTINGS).fit(X, np.where(y == "film", "10", "2"))
    assert list(estimator.classes_) == ["10", "2"] and estimator.model_.labels == ["2", "10"]
    assert estimator.score(X, np.where(y == "film", "10", "2")) == 1
    assert estimator.predict_proba(X[:1])[0, 0] > 0.5
