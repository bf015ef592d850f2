"""Training, which is pellucid-train's work: a process of its own, so that nobody needs libtorch to predict."""

from __future__ import annotations

import contextlib
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterable
from typing import Any, TypeAlias

from .errors import Error
from .labels import labels_of

Data: TypeAlias = "str | os.PathLike[str] | tuple[Iterable[str], Iterable[Any]]"

_codes = {2: "usage", 130: "interrupted"}


def train(
    data: Data,
    out: str | os.PathLike[str],
    *,
    validation: Data | None = None,
    model: str | os.PathLike[str] = "minilm",
    resume: bool = False,
    program: str | os.PathLike[str] | None = None,
    progress: bool = True,
    **options: Any,
) -> dict[str, Any]:
    """Fine-tunes a classifier by `pellucid-train train`; what came out, "pellucid.training/1".

    data: labelled texts: a file, or a pair of texts and labels. validation: to choose the best weights by; a tenth of
        `data` if None.
    out: the folder of the trained model, for `load`.
    model: the pretrained encoder: a folder, or a bundled name.
    resume: go on with an interrupted run. Ctrl-C saves its state and raises KeyboardInterrupt.
    program: pellucid-train; the one beside this Python or on PATH if None.
    options: as of `pellucid train`: epochs=3, learning_rate=1e-4, adjust="top", seed=0, ...; True for a flag.
    """
    with tempfile.TemporaryDirectory(prefix="pellucid-") as aside:
        files = {"data": _file_of(data, pathlib.Path(aside) / "train.jsonl")}
        if validation is not None:
            files["validation"] = _file_of(validation, pathlib.Path(aside) / "validation.jsonl")
        arguments = {**files, "out": os.fspath(out), "model": os.fspath(model), "resume": resume, **options}
        # The program saves its state where this process ends.
        command = [str(find_program(program)), "train", "--json", "-", f"--parent={os.getpid()}", *_words(arguments)]
        if not progress:
            command.append("--quiet")
        return json.loads(_run(command))


def find_program(program: str | os.PathLike[str] | None = None) -> pathlib.Path:
    """pellucid-train: `program`, or the one beside this Python, or on PATH."""
    if program is not None:
        return pathlib.Path(program)
    beside = pathlib.Path(sys.executable).parent / "pellucid-train"
    if beside.exists():
        return beside
    if found := shutil.which("pellucid-train"):
        return pathlib.Path(found)
    raise Error(
        f"expected pellucid-train to train with, found none beside {sys.executable} and none on PATH; build it with "
        "scripts/setup && scripts/build, and add build/release to PATH or name it with program=",
        "not_found",
        "program",
    )


def _file_of(data: Data, file: pathlib.Path) -> str:
    if isinstance(data, (str, os.PathLike)):
        return os.fspath(data)
    if not isinstance(data, tuple) or len(data) != 2:
        raise TypeError(f"expected a file, or a pair of texts and labels; found a {type(data).__name__}")
    texts, labels = data
    if isinstance(texts, (str, bytes)):
        raise TypeError("expected texts, such as a list or a column; found a single str; put it in a list")
    given, names = list(texts), labels_of(labels)
    if len(given) != len(names):
        raise ValueError(f"expected as many labels as texts, found {len(names)} labels and {len(given)} texts")
    with open(file, "w", encoding="utf-8") as lines:
        for position, (text, name) in enumerate(zip(given, names)):
            if not isinstance(text, str):
                raise TypeError(f"expected a str at position {position}, found {type(text).__name__}")
            lines.write(json.dumps({"text": _repaired(text), "label": _repaired(name)}) + "\n")
    return str(file)


def _repaired(text: str) -> str:
    """Half a surrogate pair, which JSON cannot hold, as predict and explain read it: U+FFFD."""
    return text.encode("utf-8", "surrogatepass").decode("utf-8", "replace")


def _words(arguments: dict[str, Any]) -> list[str]:
    words = []
    for name, value in arguments.items():
        if value is None or value is False:
            continue
        words.append("--" + name.replace("_", "-") + ("" if value is True else f"={value}"))
    return words


def _run(command: list[str]) -> str:
    """The program's stdout. Its stderr, progress, goes to ours as it comes; its last line is the error's message."""
    try:
        # A group of its own: Ctrl-C comes through us, once.
        child = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",  # whatever the locale says
            errors="replace",
            process_group=0,
        )
    except OSError as failure:
        raise Error(f"{command[0]}: cannot be run: {failure.strerror}", "not_found", command[0]) from failure
    said: list[str] = []
    results: list[str] = []
    readers = [
        threading.Thread(target=_pass_on, args=(child.stderr, said)),
        threading.Thread(target=lambda: results.append(child.stdout.read())),
    ]
    for reader in readers:
        reader.start()
    try:
        child.wait()
    except BaseException:  # KeyboardInterrupt, or what a handler of signals raises
        child.send_signal(signal.SIGINT)
        try:
            child.wait()
        except BaseException:  # the second one
            child.kill()
            raise
        raise
    finally:
        child.wait()
        for reader in readers:
            reader.join()
        child.stdout.close()
        child.stderr.close()
    if child.returncode == 0:
        return results[0]
    said = [line for line in said if line]
    errors = [line.removeprefix("pellucid: ") for line in said if line.startswith("pellucid: ")]
    if child.returncode < 0:
        errors.append(f"training was ended by signal {-child.returncode}")
    message = errors[-1] if errors else said[-1] if said else f"training failed with status {child.returncode}"
    raise Error(message, _codes.get(child.returncode, "io"), command[0])


def _pass_on(stream: Iterable[str], said: list[str]) -> None:
    for line in stream:
        with contextlib.suppress(Exception):  # a stderr that is closed or None: the program's pipe must not fill up
            sys.stderr.write(line)
        said.append(line.rstrip("\n"))
        del said[:-20]
