"""The documentation's commands: what its indented lines call is run, page by page from top to bottom, and what it names in passing exists.

A page's folder holds small files under the names that the page uses, and a tiny encoder as `minilm`.
"""

import json
import os
import pathlib
import random
import re
import shutil
import signal
import socket
import subprocess
import time

import numpy as np
import pytest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
BUILD = pathlib.Path(os.environ.get("PELLUCID_BUILD", ROOT / "build/release"))
ENCODER = ROOT / "tests/fixtures/tiny-bert"
PAGES = sorted(path for path in [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")] if path.name not in ("CHANGELOG.md", "RESULTS.md"))

WORDS = {"fire": "bright warm dark fast", "theft": "bank gold price loss", "water": "cold flat slow wheat"}
RUN = ("pellucid ", "torchrun ", "curl ")
INT8 = "avx512_bf16" in pathlib.Path("/proc/cpuinfo").read_text()
NOT_RUN = {"torchrun --nnodes": "needs several machines", "torchrun --max-restarts": "an excerpt"}


def texts(count, seed):
    rng = random.Random(seed)
    labels = [list(WORDS)[n % len(WORDS)] for n in range(count)]
    filler = "the an of to in is was it this that".split()
    return [(label, " ".join(rng.choices(WORDS[label].split(), k=3) + rng.choices(filler, k=4))) for label in labels]


def write_csv(path, pairs):
    path.write_text("label,text\n" + "".join(f"{label},{text}\n" for label, text in pairs))


def write_lines(path, pairs, **more):
    path.write_text("".join(json.dumps({"text": text, "label": label, **more}) + "\n" for label, text in pairs))


def long_encoder(folder):
    """The tiny encoder with 512 positions, as those that people use have."""
    shutil.copytree(ENCODER, folder)
    data = (ENCODER / "model.safetensors").read_bytes()
    size = int.from_bytes(data[:8], "little")
    tensors = {}
    for name, entry in json.loads(data[8 : 8 + size]).items():
        if name == "__metadata__":
            continue
        begin, end = entry["data_offsets"]
        tensors[name] = np.frombuffer(data[8 + size + begin : 8 + size + end], np.float32).reshape(entry["shape"])
    name = "embeddings.position_embeddings.weight"
    tensors[name] = np.tile(tensors[name], (8, 1))
    header, blobs, at = {}, [], 0
    for name, tensor in tensors.items():
        blobs.append(tensor.tobytes())
        header[name] = {"dtype": "F32", "shape": tensor.shape, "data_offsets": [at, at := at + len(blobs[-1])]}
    head = json.dumps(header).encode()
    (folder / "model.safetensors").write_bytes(len(head).to_bytes(8, "little") + head + b"".join(blobs))
    config = json.loads((ENCODER / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({**config, "max_position_embeddings": 512}))


def small_plan(plan):
    """A shipped plan with few texts, one epoch, one seed; all else as it is."""
    for name, value in {"data": '"../news.csv"', "test": '"../test.csv"', "subset": None, "seeds": "[0, 1]", "epochs": "1", "limit": "4",
                        "hold-out": "0.2", "minority": '["fire"]'}.items():
        plan = re.sub(rf"^{name} = .*\n", f"{name} = {value}\n" if value else "", plan, flags=re.MULTILINE)
    return plan.replace("[100, 300, 1000, 3000, \"all\"]", "[10, 30, \"all\"]")  # training texts


@pytest.fixture(scope="session")
def prepared(tmp_path_factory):
    """What every page may find: files, an encoder, a trained model, a log of decisions."""
    folder = tmp_path_factory.mktemp("prepared")
    long_encoder(folder / "models/minilm")
    write_csv(folder / "claims.csv", texts(2300, 1))  # as many as `planted` wants
    write_csv(folder / "news.csv", texts(60, 1))
    for name in ("new.csv", "test.csv", "dev.csv"):
        write_csv(folder / name, texts(12, 2))
    write_lines(folder / "train.jsonl", texts(60, 1))
    for name in ("test.jsonl", "texts.jsonl"):
        write_lines(folder / name, texts(12, 2))
    write_lines(folder / "marked.jsonl", texts(12, 2), evidence=[[0, 4]])
    (folder / "plans").mkdir()
    for plan in (ROOT / "plans").glob("*.toml"):
        (folder / "plans" / plan.name).write_text(small_plan(plan.read_text()))
    shell("pellucid train --data news.csv --model minilm --out model --quiet", folder)
    (folder / "runs").mkdir()
    for name in ("in-use", "candidate", "claims-2"):
        shutil.copytree(folder / "model", folder / "runs" / name)
    shell("pellucid explain model test.csv --limit 6 --record decisions.db --quiet", folder)
    return folder


@pytest.fixture
def place(prepared, tmp_path):
    shutil.copytree(prepared, tmp_path, dirs_exist_ok=True)
    return tmp_path


def environment(folder):
    path = os.pathsep.join([str(BUILD), str(ROOT / "var/venv/bin"), os.environ["PATH"]])
    return {**os.environ, "PATH": path, "PELLUCID_MODELS": str(folder / "models"), "GOMP_SPINCOUNT": "1000", "OMP_NUM_THREADS": "2"}


def shell(command, folder):
    done = subprocess.run(["bash", "-euo", "pipefail", "-c", command], cwd=folder, env=environment(folder), capture_output=True, text=True,
                          timeout=300)
    assert done.returncode == 0, f"{command}\nstatus {done.returncode}\n{done.stdout[-1000:]}\n{done.stderr[-2000:]}"
    return done.stdout


def commands(page):
    """The commands of the indented lines, whole where a backslash continues them."""
    lines = re.sub(r"\\\n\s+", "", page.read_text()).splitlines()
    return [line.strip() for line in lines if line.startswith("    ") and line.strip().startswith(RUN)]


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def listens(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


class Server:
    """`pellucid serve`, which runs beside the page's further commands."""

    def __init__(self, command, folder, port):
        self.log = open(folder / "serve.log", "w+")
        command = f"exec {command.split('  #')[0]} --port {port}"
        self.process = subprocess.Popen(["bash", "-c", command], cwd=folder, env=environment(folder), stderr=self.log)
        while not listens(port) and self.process.poll() is None:
            time.sleep(0.1)
        assert self.process.poll() is None, f"{command}\n{(folder / 'serve.log').read_text()}"

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(timeout=60) == 0
        self.log.close()


@pytest.mark.parametrize("page", [page for page in PAGES if commands(page)], ids=lambda page: str(page.relative_to(ROOT)))
def test_indented_commands_run(page, place):
    servers, port, beyond_this_machine = [], free_port(), []
    for command in commands(page):
        if any(command.startswith(beginning) for beginning in NOT_RUN):
            continue
        head = json.loads(shell("pellucid record verify decisions.db --json -", place))["head"]["hash"] if "HASH" in command else ""
        for name, small in {"HASH": head, "MODEL": "model", "FILE": "test.csv", "localhost:8080": f"localhost:{port}"}.items():
            command = re.sub(rf"\b{name}\b", small, command)
        if command.startswith("pellucid serve"):
            servers.append(Server(command, place, port))
        elif "--precision int8" in command and not INT8:
            beyond_this_machine.append(command)
        else:
            shell(command, place)
    for server in servers:
        server.stop()
    if beyond_this_machine:
        pytest.skip(f"all ran but for what this CPU cannot: {beyond_this_machine}")


@pytest.mark.parametrize("plan", sorted((ROOT / "plans").glob("*.toml")), ids=lambda plan: plan.name)
def test_a_shipped_plan_is_read_by_the_command_that_it_names(plan, tmp_path):
    command = re.search(r"^#     (pellucid .*)", plan.read_text(), flags=re.MULTILINE)[1]
    done = subprocess.run([*command.split(), "--data", "nowhere.csv", "--out", tmp_path / "out"], cwd=ROOT, env=environment(ROOT / "var"),
                          capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (1, "pellucid: nowhere.csv: expected the plan's labelled texts, found nothing there; --data FILE says where they are\n"), command


def help_of(*command):
    done = subprocess.run([BUILD / "pellucid", *command, "--help"], capture_output=True, text=True)
    return done.stdout if done.returncode == 0 else None


@pytest.fixture(scope="session")
def options():
    """The options of each command, those of a subcommand too: {"record verify": {"--head", …}, …}."""
    found = {}

    def visit(command):
        text = help_of(*command)
        assert text is not None, command
        found[" ".join(command)] = set(re.findall(r"--[a-z][a-z0-9-]*", text))
        if "\nSubcommands:\n" in text:
            for line in text.split("\nSubcommands:\n")[1].splitlines():
                if name := re.match(r"  ([a-z][a-z-]*)", line):
                    visit([*command, name[1]])

    visit([])
    return found


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_what_is_named_in_passing_exists(page, options):
    wrong = []
    for code in re.findall(r"(?<!`)`([^`\n]+)`(?!`)", page.read_text()):
        words = code.split()
        if not words or words[0] != "pellucid":
            continue
        command = ""
        for word in words[1:]:
            if (longer := f"{command} {word}".strip()) in options:
                command = longer
            else:
                break
        known = options[command]
        if not command and len(words) > 1 and re.fullmatch(r"[a-z-]+", words[1]):
            wrong.append(f"no such command: {code}")
        wrong += [f"{command!r} has no {option}: {code}" for option in re.findall(r"(?<!\S)--[a-z][a-z0-9-]*", code) if option not in known]
    assert not wrong, wrong
