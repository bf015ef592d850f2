"""Text classifiers that show their evidence.

    model = pellucid.load("runs/claims")
    model.predict(["the pipe burst during the night"])
    model.explain(["the pipe burst during the night"])[0].top(3)
"""

import os

# Threads of our OpenMP that wait for each other do so awake for about 0.1 ms, then sleep: libgomp's own default makes
# everything slow where others want the same cores. It reads its environment while it is loaded, with the module.
_unset = not {"GOMP_SPINCOUNT", "OMP_WAIT_POLICY"} & os.environ.keys()
if _unset:
    os.environ["GOMP_SPINCOUNT"] = "10000"
try:
    from . import _pellucid
finally:
    if _unset:
        del os.environ["GOMP_SPINCOUNT"]

from typing import TYPE_CHECKING, Any

from ._pellucid import Explanation
from .errors import Error, TruncationWarning
from .explanations import Explanations
from .huggingface import from_transformers
from .model import Model, load
from .report import Report
from .training import train

if TYPE_CHECKING:
    from .estimator import PellucidClassifier

__version__: str = _pellucid.version
__all__ = [
    "Error",
    "Explanation",
    "Explanations",
    "Model",
    "PellucidClassifier",
    "Report",
    "TruncationWarning",
    "from_transformers",
    "load",
    "train",
]


def __getattr__(name: str) -> Any:
    if name == "PellucidClassifier":  # scikit-learn is loaded for it alone
        from .estimator import PellucidClassifier

        return PellucidClassifier
    raise AttributeError(f"module 'pellucid' has no attribute {name!r}")
