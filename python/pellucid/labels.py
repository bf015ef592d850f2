"""Labels of texts."""

from __future__ import annotations

import numbers
from collections.abc import Iterable
from typing import Any

import numpy as np


def labels_of(labels: Iterable[Any], *, missing: bool = False) -> list[str | None]:
    """Labels as str; whole numbers are written as such. `missing`: None and NaN stand for no label."""
    if isinstance(labels, (str, bytes)):
        raise TypeError("expected labels, such as a list or a column; found a single str; put it in a list")
    return [_label_of(label, position, missing) for position, label in enumerate(labels)]


def _label_of(label: Any, position: int, missing: bool) -> str | None:
    if isinstance(label, str):
        return str(label)
    if isinstance(label, (numbers.Integral, np.bool_)):
        return str(int(label))
    if missing and (label is None or type(label).__name__ == "NAType" or label != label):  # pandas.NA compares as NA
        return None
    found = label if label is None or isinstance(label, float) else type(label).__name__
    raise TypeError(f"expected a label, a str or a whole number, at position {position}; found {found}")
