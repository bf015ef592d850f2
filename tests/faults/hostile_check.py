#!/usr/bin/env python3
"""Damaged and hostile model folders: each load is refused with one message, in bounded time and memory; none crashes, none
gives another model's answer.

    python3 tests/faults/hostile_check.py [--flips N] [--seed N]

  ours    a model that `pellucid train` saved, with a bit flipped at N random places of its files (1,000): pellucid.json records a
          hash of each, so every one must be refused
  plain   a folder as Hugging Face saves it, which records nothing: N/2 flips that are refused or give an answer, without a crash
  forged  files made to exhaust memory or time, pickles, folders cut off
"""

import argparse
import json
import pathlib
import pickle
import random
import resource
import shutil
import struct
import tempfile

import program

MEMORY = 2 << 30  # bytes of address space: what a small model needs, and no bomb
TEXT = "the film was good"
LIMITS = [(resource.RLIMIT_AS, MEMORY)]


def predict(folder):
    return program.run("predict", folder, "-", "--format", "text", "--threads", 1, "--quiet", stdin=TEXT.encode(), limits=LIMITS)


def flipped(folder, files, count, rng, judge):
    """Flips one bit at a time; the places are spread evenly over the files, so that small ones have their share."""
    problems, refusals = [], 0
    for n in range(count):
        path = folder / files[n % len(files)]
        whole = path.read_bytes()
        bit = rng.randrange(8 * len(whole))
        damaged = bytearray(whole)
        damaged[bit // 8] ^= 1 << bit % 8
        path.write_bytes(damaged)
        done = predict(folder)
        path.write_bytes(whole)
        refusals += done.status == 1
        if wrong := judge(done):
            problems.append(f"{path.name}, bit {bit}: {wrong}")
    return problems, refusals


def check_flips(table, scratch, flips, rng):
    data = program.write_csv(scratch / "data.csv", program.texts(120, 1))
    ours = scratch / "ours"
    trained = program.run(*program.train_arguments(data, ours))
    assert trained.status == 0, trained.err
    files = [name for name in ("config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json", "vocab.txt", "pellucid.json")
             if (ours / name).exists()]
    assert predict(ours).status == 0, predict(ours).err
    problems, _ = flipped(ours, files, flips, rng, program.refused)
    table.add("a bit flipped, pellucid.json there", flips, "each refused with one message", problems)

    plain = scratch / "plain"
    shutil.copytree(program.CLASSIFIER, plain)
    files = ["config.json", "model.safetensors", "tokenizer.json"]
    problems, refusals = flipped(plain, files, flips // 2, rng, lambda done: "" if done.status == 0 else program.refused(done))
    table.add("a bit flipped, nothing recorded", flips // 2, f"{refusals} refused with one message, the rest answered", problems)
    for extra in ("tokenizer.json", "vocab.txt", "added_tokens.json"):
        changed = scratch / "changed"
        shutil.copytree(ours, changed)
        if (changed / extra).exists():
            (changed / extra).unlink()
        else:
            (changed / extra).write_text("{}")
        table.add(f"{extra} removed or added", 1, "refused with one message", filter(None, [program.refused(predict(changed))]))
        shutil.rmtree(changed)


def safetensors(header, data=b"", length=None):
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text) if length is None else length) + text + data


def deep(levels):
    return b"[" * levels + b"]" * levels


def forgeries():
    """(name, {file: bytes, or None to remove it}), each a change of the plain folder."""
    whole = (program.CLASSIFIER / "model.safetensors").read_bytes()
    config = json.loads((program.CLASSIFIER / "config.json").read_text())
    tokenizer = json.loads((program.CLASSIFIER / "tokenizer.json").read_text())

    def weights(name, content):
        return name, {"model.safetensors": content}

    def configured(name, **changed):
        return name, {"config.json": json.dumps({**config, **changed}).encode()}

    def tokenizing(name, change):
        copy = json.loads(json.dumps(tokenizer))
        change(copy)
        return name, {"tokenizer.json": json.dumps(copy).encode()}

    def modern_bert(**changed):
        folder = program.FIXTURES / "encoders/modernbert"
        files = {name: (folder / name).read_bytes() for name in ("model.safetensors", "vocab.txt")}
        config = json.loads((folder / "config.json").read_text())
        return {**files, "tokenizer.json": None, "config.json": json.dumps({**config, **changed}).encode()}

    entry = {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}
    yield "a pickle for the weights", {"model.safetensors": None, "pytorch_model.bin": pickle.dumps({"weight": [1.0]})}
    yield weights("a pickle called model.safetensors", pickle.dumps({"weight": [1.0] * 1000}))
    yield weights("a zip file called model.safetensors", b"PK\x03\x04" + bytes(5000))
    yield weights("weights without a byte", b"")
    yield weights("weights cut off", whole[: len(whole) // 2])
    yield weights("weights with a byte too many", whole + b"\0")
    yield weights("a header of 2^63 bytes", safetensors({}, length=1 << 63))
    yield weights("a header of 99 MB of brackets", safetensors(b"{" * 99_000_000))
    yield weights("a million tensors", safetensors({f"t{n}": {**entry, "shape": [0], "data_offsets": [0, 0]} for n in range(1_000_000)}))
    yield weights("a shape whose product overflows", safetensors({"a": {**entry, "shape": [1 << 32, 1 << 32]}}, bytes(4)))
    yield weights("tensors that overlap", safetensors({"a": entry, "b": entry}, bytes(4)))
    yield weights("offsets beyond the file", safetensors({"a": {**entry, "shape": [1 << 40], "data_offsets": [0, 1 << 42]}}, bytes(4)))
    yield weights("a name twice", safetensors(b'{"a":' + json.dumps(entry).encode() + b',"a":' + json.dumps(entry).encode() + b"}", bytes(4)))
    yield "config.json of 20 MB of brackets", {"config.json": deep(10_000_000)}
    yield "config.json with a setting 10 MB deep", {"config.json": b'{"model_type":"bert","hidden_act":' + deep(5_000_000) + b"}"}
    yield configured("hidden_size 2^60", hidden_size=1 << 60)
    yield configured("16 million layers", num_hidden_layers=1 << 24)
    yield configured("16 million positions", max_position_embeddings=1 << 24)
    yield "16 million positions that no tensor bears out", modern_bert(max_position_embeddings=1 << 24)
    yield configured("no attention heads", num_attention_heads=0)
    yield configured("a label of 20 MB", id2label={"0": "x" * 20_000_000})
    yield configured("settings of other types", vocab_size="many", layer_norm_eps=[], id2label=7)
    yield tokenizing("an id of 10^18", lambda t: t["model"]["vocab"].update({"bomb": 10**18}))
    yield tokenizing("an id of 9,999,999", lambda t: t["model"]["vocab"].update({"bomb": 9_999_999}))
    yield tokenizing("an id of -1", lambda t: t["model"]["vocab"].update({"bomb": -1}))
    yield tokenizing("an id of 1e300", lambda t: t["model"]["vocab"].update({"bomb": 1e300}))
    yield tokenizing("a normaliser that is a number", lambda t: t.update({"normalizer": 7}))
    yield tokenizing("a model of type 7", lambda t: t["model"].update({"type": 7}))
    yield tokenizing("no special pieces", lambda t: t["model"].update({"vocab": {"a": 0}}))
    yield "tokenizer.json of 250 MB of brackets", {"tokenizer.json": deep(125_000_000)}
    yield "a vocabulary of 5 million lines", {"tokenizer.json": None, "vocab.txt": b"\n".join(b"%d" % n for n in range(5_000_000))}
    yield "pellucid.json of 20 MB of brackets", {"pellucid.json": deep(10_000_000)}
    yield "pellucid.json with labels 5 MB deep", {"pellucid.json": b'{"schema":"pellucid.model/1","labels":' + deep(2_500_000) + b"}"}


def check_forgeries(table, scratch):
    for name, files in forgeries():
        folder = scratch / "forged"
        shutil.copytree(program.CLASSIFIER, folder)
        for file, content in files.items():
            (folder / file).unlink(missing_ok=True)
            if content is not None:
                (folder / file).write_bytes(content)
        table.add(name, 1, "refused with one message", filter(None, [program.refused(predict(folder))]))
        shutil.rmtree(folder)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--flips", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    table = program.Table()
    with tempfile.TemporaryDirectory() as scratch:
        check_forgeries(table, pathlib.Path(scratch))
        check_flips(table, pathlib.Path(scratch), options.flips, random.Random(options.seed))
    table.finish()


if __name__ == "__main__":
    main()
