import json
import pathlib
import signal
import subprocess
import sys
import textwrap
import time

import pytest

import pellucid
from pellucid.training import find_program

from conftest import BUILD, FIXTURES

ENCODER = FIXTURES / "tiny-bert"
PROGRAM = BUILD / "pellucid-train"
TEXTS = ["a good film , fun and warm", "oil and wheat prices rise", "a team won the match"] * 20
LABELS = ["film", "market", "sport"] * 20

trains = pytest.mark.skipif(not PROGRAM.exists(), reason=f"no program at {PROGRAM}")


def train(out, **options):
    options = {"program": PROGRAM, "model": ENCODER, "epochs": 2, "threads": 1, "progress": False} | options
    return pellucid.train((TEXTS, LABELS), out, **options)


@trains
def test_texts_in_memory(tmp_path):
    outcome = train(tmp_path / "model", learning_rate=1e-3)
    assert outcome["schema"] == "pellucid.training/1" and outcome["steps"] > 0
    model = pellucid.load(outcome["model"])
    assert model.labels == ["film", "market", "sport"]
    assert json.loads((tmp_path / "model" / "pellucid.json").read_text())["training"]["options"]["learning_rate"] == 1e-3


@trains
def test_any_str_is_read(tmp_path):
    data = (["\ud800 half a pair", *TEXTS], ["half of one \ud800", *LABELS])
    arguments = {"program": PROGRAM, "model": ENCODER, "epochs": 1, "threads": 1, "progress": False}
    outcome = pellucid.train(data, tmp_path / "model", validation=(TEXTS[:6], LABELS[:6]), **arguments)
    assert "half of one \ufffd\ufffd\ufffd" in pellucid.load(outcome["model"]).labels


@trains
def test_a_file_and_validation(tmp_path):
    file = tmp_path / "texts.jsonl"
    file.write_text("".join(json.dumps({"text": t, "label": l}) + "\n" for t, l in zip(TEXTS, LABELS)))
    arguments = {"program": PROGRAM, "model": ENCODER, "epochs": 1, "threads": 1, "progress": False}
    outcome = pellucid.train(file, tmp_path / "model", validation=(TEXTS[:6], LABELS[:6]), **arguments)
    assert outcome["validation"]["accuracy"] * 6 == pytest.approx(round(outcome["validation"]["accuracy"] * 6))


@trains
def test_its_errors_are_ours(tmp_path, capfd):
    with pytest.raises(pellucid.Error, match="epochs") as caught:
        train(tmp_path / "model", epochs=-1)
    assert caught.value.code == "usage"
    with pytest.raises(pellucid.Error, match="expected a model folder or the name"):
        train(tmp_path / "model", model=tmp_path / "nothing")
    with pytest.raises(pellucid.Error, match="nothing.csv"):
        pellucid.train(tmp_path / "nothing.csv", tmp_path / "model", program=PROGRAM, model=ENCODER)
    assert "nothing.csv" in capfd.readouterr().err  # passed on, too


def test_what_the_program_says_need_not_be_text(tmp_path):
    program = tmp_path / "pellucid-train"
    program.write_text("#!/bin/sh\nprintf 'pellucid: caf\\303\\251 \\377\\n' >&2\nexit 2\n")
    program.chmod(0o755)
    with pytest.raises(pellucid.Error, match="^café \ufffd$") as caught:
        pellucid.train((["text"], ["a"]), tmp_path / "out", program=program)
    assert caught.value.code == "usage"


@trains
def test_flags_and_what_is_left_out(tmp_path):
    outcome = train(tmp_path / "model", max_length=None, skip_bad_rows=True)
    assert outcome["steps"] > 0


def test_what_is_no_data(tmp_path):
    with pytest.raises(TypeError, match="a file, or a pair"):
        pellucid.train([("text", "label")], tmp_path, program="never-run")
    with pytest.raises(TypeError, match="position 1"):
        pellucid.train((["text", 3], ["a", "b"]), tmp_path, program="never-run")
    with pytest.raises(TypeError, match="a single str"):
        pellucid.train(("text", ["a"]), tmp_path, program="never-run")
    with pytest.raises(ValueError, match="2 labels and 1 texts"):
        pellucid.train((["text"], ["a", "b"]), tmp_path, program="never-run")


def test_where_the_program_is_looked_for(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    with pytest.raises(pellucid.Error, match="expected pellucid-train to train with, found none") as caught:
        find_program()
    assert caught.value.code == "not_found"
    (tmp_path / "pellucid-train").write_text("")
    assert find_program() == tmp_path / "pellucid-train"
    with pytest.raises(pellucid.Error, match="cannot be run"):
        pellucid.train((["t"], ["l"]), tmp_path / "out", program=tmp_path / "pellucid-train")


@trains
def test_ctrl_c_saves_and_resuming_goes_on(tmp_path):
    """In a process of its own, as Ctrl-C on a terminal comes."""
    options = {"program": str(PROGRAM), "model": str(ENCODER), "epochs": 100, "patience": 0, "threads": 1}
    data, out = (TEXTS * 5, LABELS * 5), tmp_path / "model"
    script = textwrap.dedent(f"""
        import pellucid
        try:
            pellucid.train({data!r}, {str(out)!r}, **{options!r})
        except KeyboardInterrupt:
            print("interrupted")
    """)
    child = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    history = out / "history.jsonl"
    deadline = time.monotonic() + 120
    while child.poll() is None and not (history.exists() and history.read_text().count("\n") > 2):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    child.send_signal(signal.SIGINT)
    said, talk = child.communicate()
    assert said == "interrupted\n", talk
    assert "stopped after step" in talk
    done = history.read_text().count("\n")
    with pytest.raises(pellucid.Error, match="already holds a run; give --resume"):
        pellucid.train(data, out, progress=False, **options)
    outcome = pellucid.train(data, out, resume=True, progress=False, **options)
    assert outcome["steps"] > done and not outcome["already_complete"]
    assert pellucid.load(out).labels == ["film", "market", "sport"]


@trains
def test_where_python_ends_the_program_saves_and_ends(tmp_path):
    options = {"program": str(PROGRAM), "model": str(ENCODER), "epochs": 100, "patience": 0, "threads": 1}
    data, out = (TEXTS * 5, LABELS * 5), tmp_path / "model"
    script = f"import pellucid; pellucid.train({data!r}, {str(out)!r}, **{options!r})"
    child = subprocess.Popen([sys.executable, "-c", script], stderr=subprocess.PIPE)
    history = out / "history.jsonl"
    deadline = time.monotonic() + 120
    while child.poll() is None and not (history.exists() and history.read_text().count("\n") > 2):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    [trainer] = pathlib.Path(f"/proc/{child.pid}/task/{child.pid}/children").read_text().split()
    child.kill()
    child.communicate()
    while pathlib.Path(f"/proc/{trainer}").exists():
        assert time.monotonic() < deadline
        time.sleep(0.02)
    assert list(out.glob("checkpoint-*"))


def test_a_stderr_that_is_closed_does_not_stop_the_program(tmp_path):
    program = tmp_path / "pellucid-train"
    program.write_text("#!/bin/sh\nhead -c 200000 /dev/zero | tr '\\0' '\\n' >&2\necho '{\"steps\": 1}'\n")
    program.chmod(0o755)
    script = f"""if True:
        import sys
        import pellucid
        sys.stderr = open("/dev/null", "w")
        sys.stderr.close()
        print(pellucid.train((["text"], ["a"]), {str(tmp_path / "out")!r}, program={str(program)!r})["steps"])
    """
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60)
    assert done.stdout == "1\n", done.stderr
