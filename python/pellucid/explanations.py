"""Explanations of several texts."""

from __future__ import annotations

from typing import SupportsIndex, overload

from . import _pellucid
from ._pellucid import Explanation


class Explanations(list[Explanation]):
    """A list of explanations, text after text; in a notebook they are shown together."""

    @overload
    def __getitem__(self, index: SupportsIndex) -> Explanation: ...
    @overload
    def __getitem__(self, index: slice) -> Explanations: ...
    def __getitem__(self, index: SupportsIndex | slice) -> Explanation | Explanations:
        found = super().__getitem__(index)
        return Explanations(found) if isinstance(index, slice) else found

    def to_html(self, title: str = "Explanations") -> str:
        """A page that needs nothing from outside. Explanations of one text stand together."""
        return _pellucid.to_html(self, title)

    def _repr_html_(self) -> str:
        return _pellucid.to_fragment(self)
