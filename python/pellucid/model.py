"""A loaded classifier."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from . import _pellucid
from .errors import TruncationWarning
from .explanations import Explanations
from .labels import labels_of
from .report import Report


def load(
    folder: str | os.PathLike[str],
    *,
    precision: str = "fp32",
    max_length: int | None = None,
    long: str = "truncate",
    threads: int | None = None,
) -> Model:
    """Loads a trained classifier: a folder of `pellucid train`, or Hugging Face's with a sequence classifier
    (docs/formats.md says of which architectures).

    precision: of matrix products: fp32, bf16 or int8.
    max_length: tokens read of a text; what the model was trained with if None.
    long: what is done with longer texts: "truncate", or "window" to read them whole in overlapping windows.
    threads: CPU threads; as many as there are if None.
    """
    options = {"precision": precision, "max_length": max_length or 0, "long": long, "threads": threads or 0}
    name = os.fspath(folder)
    # A bundled model's name stays what it is; a folder is the same from elsewhere.
    return Model(os.path.abspath(name) if os.path.isdir(name) else name, options)


class Model:
    """A loaded classifier; made by `load`. Texts are any iterable of str.

    Several threads may use it, one computes at a time; others run meanwhile. A process that was forked while a model
    was in use must not use it: let multiprocessing spawn.
    """

    def __init__(self, folder: str, options: dict[str, Any]) -> None:
        self._options = options
        self._model = _pellucid.Model.load(folder, **options)

    @property
    def folder(self) -> str:
        return self._model.folder

    @property
    def labels(self) -> list[str]:
        """The labels that it knows, in the order of the columns of `predict_proba`."""
        return self._model.labels

    @property
    def max_length(self) -> int:
        """Tokens that it reads of a text, special ones included."""
        return self._model.max_length

    @property
    def precision(self) -> str:
        return self._model.precision

    @property
    def weights_sha256(self) -> str:
        return self._model.weights_sha256

    @property
    def methods(self) -> list[str]:
        """The explaining methods that apply to it."""
        return self._model.methods

    def logits(self, texts: Iterable[str], *, progress: bool = False) -> npt.NDArray[np.float32]:
        """[N, C]"""
        return self._predict(texts, progress).logits

    def predict_proba(self, texts: Iterable[str], *, progress: bool = False) -> npt.NDArray[np.float64]:
        """The probability of each label, [N, C], in the order of `labels`."""
        return self._predict(texts, progress).probabilities

    def predict(self, texts: Iterable[str], *, progress: bool = False) -> npt.NDArray[np.str_]:
        """The label of each text."""
        return np.asarray(self.labels)[self._predict(texts, progress).logits.argmax(axis=1)]

    def explain(
        self,
        texts: Iterable[str],
        *,
        method: str | Sequence[str] | None = None,
        target: str | Sequence[str] | None = None,
        against: str | None = None,
        unit: str = "word",
        removal: str = "mask",
        samples: int | None = None,
        steps: int | None = None,
        baseline: str = "mask",
        seed: int = 0,
        quality: bool = False,
        random_orders: int = 20,
        progress: bool = False,
    ) -> Explanations:
        """Why each text has its label: explanations, text after text, for every method and target.

        method: one of `methods`, or several; decomposition where it applies if None.
        target: the label to explain, several, or "all"; the predicted one if None.
        against: explain the target rather than this label; the mean of all if None.
        unit: what gets a score: "piece", "word" or "sentence".
        removal: how methods remove units: "mask", "delete" or "unk".
        samples, steps, baseline, seed: of methods that take them (docs/methods.md).
        quality, random_orders: also judge each explanation, ok, weak or suspect, against so many random orders; some 400
            passes a text.
        """
        options = _pellucid.ExplainOptions()
        options.methods = _several(method)
        options.targets = _several(target)
        options.against = against or ""
        options.unit = unit
        options.removal = removal
        options.samples = samples or 0
        options.steps = steps or 0
        options.baseline = baseline
        options.seed = seed
        found = self._model.explain(texts, options, random_orders if quality else None, progress)
        cut = {e.id: e.truncated_pieces for e in found if e.truncated_pieces > 0}
        self._warn_of_cuts(len(cut), sum(cut.values()), depth=3)
        return Explanations(found)

    def evaluate(
        self,
        texts: Iterable[str],
        labels: Iterable[Any],
        *,
        faithfulness: bool = False,
        quality_study: bool = False,
        stability: bool = False,
        methods: str | Sequence[str] | None = None,
        measures: str | Sequence[str] | None = None,
        limit: int = 500,
        examples: int = 12,
        data: str = "texts in memory",
        progress: bool = True,
        **options: Any,
    ) -> Report:
        """Classification metrics on labelled texts with intervals, and how faithful explanations are: "pellucid.evaluation/1".

        faithfulness: compare explaining methods on `limit` texts, drawn with the seed.
        quality_study: what the verdicts of explain's `quality` mean; stability: what typing mistakes, synonyms, batches
            and number formats change.
        methods: explaining methods, or "all"; the usual ones that apply if None. measures: of explanations, or "all".
        examples: explanations shown on the page of `to_html`.
        data: what the texts are called in the report.
        options: as of `pellucid evaluate`: samples, steps, baseline, sort_by, bins, unit, removal, explain_precision, seed, parts
            (a folder in which what is finished is kept).
        """
        wanted = _pellucid.EvaluateOptions()
        wanted.faithfulness, wanted.quality_study, wanted.stability = faithfulness, quality_study, stability
        wanted.methods = _several(methods)
        if measures is not None:
            wanted.measures = _several(measures)
        wanted.limit, wanted.examples = limit, examples
        _set(wanted, options)
        return self._report(self._model.evaluate(texts, labels_of(labels), wanted, data, progress))

    def audit(
        self,
        texts: Iterable[str],
        labels: Iterable[Any] | None = None,
        *,
        method: str | None = None,
        others: str | Sequence[str] | None = None,
        limit: int = 500,
        data: str = "texts in memory",
        progress: bool = True,
        **options: Any,
    ) -> Report:
        """Evidence by class: words, shortcuts, contested predictions, likely label errors: "pellucid.audit/1".

        labels: None where there are none, in their place too.
        method: explains; others: the methods that it is compared with, or "none".
        limit: texts audited, drawn with the seed.
        data: what the texts are called in the report.
        options: as of `pellucid audit`: samples, steps, baseline, removal, min_texts, words, candidates, test_texts,
            least_effect, fdr, examples, seed.
        """
        wanted = _pellucid.AuditOptions()
        if method is not None:
            wanted.method = method
        if others is not None:
            wanted.others = _several(others)
        wanted.limit = limit
        _set(wanted, options)
        names = [] if labels is None else labels_of(labels, missing=True)
        return self._report(self._model.audit(texts, names, wanted, data, progress))

    def __repr__(self) -> str:
        return f"<pellucid.Model {self.folder!r}, {len(self.labels)} labels, {self.precision}>"

    def __reduce__(self) -> tuple[Any, ...]:
        return Model, (self.folder, self._options)

    def _predict(self, texts: Iterable[str], progress: bool) -> _pellucid.Predictions:
        found = self._model.predict(texts, progress)
        self._warn_of_cuts(found.truncated_texts, found.dropped_pieces)
        return found

    def _report(self, found: _pellucid.Evaluation | _pellucid.Audit) -> Report:
        report = Report(found)
        self._warn_of_cuts(report["data"]["truncated_texts"], report["data"]["truncated_pieces"])
        return report

    def _warn_of_cuts(self, texts: int, pieces: int, depth: int = 4) -> None:
        if texts > 0:
            warnings.warn(
                f"{texts} text{'s' if texts > 1 else ''} longer than {self.max_length} tokens cut: {pieces} word pieces "
                "not read (load's max_length sets the limit, long='window' reads all)",
                TruncationWarning,
                stacklevel=depth,
            )


def _several(names: str | Sequence[str] | None) -> list[str]:
    if names is None:
        return []
    return [names] if isinstance(names, str) else list(names)


def _set(wanted: object, options: dict[str, Any]) -> None:
    for name, value in options.items():
        known = [member for member in dir(wanted) if not member.startswith("_")]
        if name not in known:
            raise TypeError(f"expected one of the options {', '.join(known)}; found {name!r}")
        setattr(wanted, name, value)
