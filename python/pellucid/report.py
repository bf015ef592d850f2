"""What an evaluation or an audit found."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from . import _pellucid


class Report(Mapping[str, Any]):
    """An evaluation or an audit: a mapping with the members of its JSON (docs/formats.md), and a page.

    Tables are lists of mappings: pandas.DataFrame(report["faithfulness"]).
    """

    def __init__(self, found: _pellucid.Evaluation | _pellucid.Audit) -> None:
        self._found = found
        self._members: dict[str, Any] = json.loads(found.to_json())

    def __getitem__(self, member: str) -> Any:
        return self._members[member]

    def __iter__(self) -> Iterator[str]:
        return iter(self._members)

    def __len__(self) -> int:
        return len(self._members)

    def to_json(self) -> str:
        return self._found.to_json()

    def to_html(self, title: str = "") -> str:
        """A page that needs nothing from outside."""
        return self._found.to_html(title or self._title)

    def __str__(self) -> str:
        return self._found.to_text()

    def __repr__(self) -> str:
        return f"<{self._title}: {', '.join(self._members)}>"

    def _repr_html_(self) -> str:
        return self._found.to_fragment()

    @property
    def _title(self) -> str:
        kind = self["schema"].split(".")[1].split("/")[0].capitalize()
        return f"{kind} on {self['data']['file']}"
