"""A classifier as scikit-learn has them."""

from __future__ import annotations

import os
import pathlib
import shutil
import tempfile
import weakref
from collections.abc import Iterable
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils import Tags
from sklearn.utils.validation import check_is_fitted

from .explanations import Explanations
from .labels import labels_of
from .model import Model, load
from .training import train


class PellucidClassifier(ClassifierMixin, BaseEstimator):
    """Texts in, labels out: `fit` fine-tunes an encoder by pellucid-train (`pellucid.train`).

    folder: the folder in which each fit makes one for its model. If None the model lies in a temporary folder, which
        goes with the estimator; pickling keeps it.
    encoder: a folder, or a bundled name.
    epochs, learning_rate, max_length: as of `pellucid train`; options: a mapping of others.
    random_state: the seed.
    validation: texts and labels to choose the best weights by, a pair; a tenth of the training texts if None.
    program: pellucid-train; the one beside this Python or on PATH if None.
    precision, threads: as of `pellucid.load`; threads also in training.
    verbose: whether training says how it goes.

    Fitted: classes_, the labels as `fit` was given them, sorted; model_folder_; model_.
    A pickle keeps the path of the folder, not what is in it.
    """

    def __init__(
        self,
        *,
        folder: str | os.PathLike[str] | None = None,
        encoder: str | os.PathLike[str] = "minilm",
        epochs: int = 3,
        learning_rate: float = 1e-4,
        max_length: int | None = None,
        options: dict[str, Any] | None = None,
        random_state: int = 0,
        validation: tuple[Iterable[str], Iterable[Any]] | None = None,
        program: str | os.PathLike[str] | None = None,
        precision: str = "fp32",
        threads: int | None = None,
        verbose: bool = False,
    ) -> None:
        self.folder = folder
        self.encoder = encoder
        self.epochs = epochs
        self.learning_rate = learning_rate
        self.max_length = max_length
        self.options = options
        self.random_state = random_state
        self.validation = validation
        self.program = program
        self.precision = precision
        self.threads = threads
        self.verbose = verbose

    def fit(self, X: Iterable[str], y: Iterable[Any]) -> PellucidClassifier:
        """X: texts. y: labels, str or whole numbers."""
        labels = np.asarray(list(y))
        place = _new_folder(self.folder)
        temporary = weakref.finalize(self, shutil.rmtree, place, ignore_errors=True) if self.folder is None else None
        train(
            (X, labels),
            place / "model",
            validation=self.validation,
            model=self.encoder,
            program=self.program,
            progress=self.verbose,
            epochs=self.epochs,
            learning_rate=self.learning_rate,
            max_length=self.max_length,
            seed=self.random_state,
            threads=self.threads,
            **(self.options or {}),
        )
        self.model_folder_ = str(place / "model")
        self.model_ = self._load()
        self.classes_ = np.unique(labels)
        self._columns = [self.model_.labels.index(str(name)) for name in labels_of(self.classes_)]
        if getattr(self, "_temporary", None):
            self._temporary()
        self._temporary = temporary
        return self

    def predict(self, X: Iterable[str]) -> npt.NDArray[Any]:
        check_is_fitted(self)
        return self.classes_[self._logits(X).argmax(axis=1)]

    def predict_proba(self, X: Iterable[str]) -> npt.NDArray[np.float64]:
        """[N, C], in the order of `classes_`."""
        check_is_fitted(self)
        return self.model_.predict_proba(X)[:, self._columns]

    def decision_function(self, X: Iterable[str]) -> npt.NDArray[np.float64]:
        """Logits [N, C]; of two classes the second's less the first's, [N]."""
        check_is_fitted(self)
        logits = self._logits(X).astype(np.float64)
        return logits[:, 1] - logits[:, 0] if logits.shape[1] == 2 else logits

    def explain(self, X: Iterable[str], **options: Any) -> Explanations:
        """As of `Model.explain`."""
        check_is_fitted(self)
        return self.model_.explain(X, **options)

    def _logits(self, X: Iterable[str]) -> npt.NDArray[np.float32]:
        return self.model_.logits(X)[:, self._columns]

    def _load(self) -> Model:
        return load(self.model_folder_, precision=self.precision, threads=self.threads)

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.one_d_array = True
        tags.input_tags.two_d_array = False
        tags.input_tags.string = True
        return tags

    def __getstate__(self) -> dict[str, Any]:
        state = dict(super().__getstate__())
        if temporary := state.pop("_temporary", None):
            temporary.detach()  # the pickle needs the folder
        state.pop("model_", None)
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        if "model_folder_" in state:
            self.model_ = self._load()


def _new_folder(parent: str | os.PathLike[str] | None) -> pathlib.Path:
    if parent is not None:
        os.makedirs(parent, exist_ok=True)
    return pathlib.Path(tempfile.mkdtemp(prefix="pellucid-", dir=parent)).absolute()
