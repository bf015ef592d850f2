"""Models of the transformers library."""

from __future__ import annotations

import tempfile
from typing import Any

from .model import Model, load


def from_transformers(model: Any, tokenizer: Any, **options: Any) -> Model:
    """A sequence classifier of transformers in memory and its tokenizer as a `Model`.

    What transformers saves of them is loaded as a folder is; later changes of `model` are not seen. options: of `load`.
    """
    aside = tempfile.TemporaryDirectory(prefix="pellucid-")
    model.save_pretrained(aside.name)
    tokenizer.save_pretrained(aside.name)
    loaded = load(aside.name, **options)
    loaded._aside = aside  # measures that load the model again need the folder as long as the model is there
    return loaded
