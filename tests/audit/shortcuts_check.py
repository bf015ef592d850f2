#!/usr/bin/env python3
"""Does `pellucid audit` find shortcuts that a model was taught, and none where there is nothing to learn?

    python3 tests/audit/shortcuts_check.py [--data FILE --test FILE] [--out FOLDER] [--seed N ...]

Trains two small models a seed (some minutes each) and audits both on held-out texts:

  planted   some words that occur nowhere else decide the label, some (decoys) stand in texts of every label.
            Asked for: 95 % of the words that decide are found for their class; of what is found among both kinds of
            words at most 5 % are decoys. Words of the texts themselves may be found too: nobody knows the truth of these.
  random    labels are drawn at random. Whatever is found is false: asked for is nothing.

Needs pellucid-train; without data the Reuters texts that scripts/setup fetches.
"""

import argparse
import collections
import csv
import json
import pathlib
import random
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
REUTERS = ROOT / "var/data/reuters-r8"
WORDS_A_CLASS, DECOYS = 3, 6
TRAINING_TEXTS, TESTING_TEXTS = 1600, 800  # at most
TEXTS_A_WORD = {"train": 50, "test": 16}


def read(path):
    """(label, text) of a CSV with the columns label and text, or of an Orange .tab."""
    with open(path, newline="", encoding="utf-8") as file:
        if path.suffix == ".csv":
            return [(row["label"], row["text"]) for row in csv.DictReader(file)]
        rows = [line.rstrip("\n").split("\t") for line in file]
        return [(row[0], row[1]) for row in rows[3:] if len(row) > 1]


def frequent(examples, count):
    """At most `count` texts, of labels that one text in thirty has."""
    labels = collections.Counter(label for label, _ in examples)
    return [one for one in examples if labels[one[0]] * 30 >= len(examples)][:count]


def unseen_words(examples, count, rng):
    seen = set(word for _, text in examples for word in re.findall(r"[a-z]+", text.lower()))
    vocabulary = (ROOT / "var/models/minilm/vocab.txt").read_text(encoding="utf-8").split("\n")
    return rng.sample([w for w in vocabulary if re.fullmatch(r"[a-z]{4,}", w) and w not in seen], count)


def plant(examples, words, times, rng):
    """Each word at a random place of `times` texts of its own. words: {word: label, or None to leave the label}."""
    examples = list(examples)
    places = rng.sample(range(len(examples)), times * len(words))
    for n, place in enumerate(places):
        word = list(words)[n // times]
        label, text = examples[place]
        parts = text.split()[:40]  # what the model reads
        parts.insert(rng.randrange(len(parts) + 1), word)
        examples[place] = (words[word] or label, " ".join(parts))
    return examples


def write(path, examples):
    with open(path, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["label", "text"])
        writer.writerows(examples)


def train_and_audit(folder, training, testing, arguments, seed):
    folder.mkdir(parents=True, exist_ok=True)
    write(folder / "train.csv", training)
    write(folder / "test.csv", testing)
    model, report = folder / "model", folder / "audit.json"
    subprocess.run(
        [arguments.trainer, "train", "--data", folder / "train.csv", "--model", ROOT / "var/models/minilm"]
        + ["--out", model, "--max-length", "64", "--epochs", "3", "--seed", str(seed), "--resume", "--quiet"],
        check=True,
    )
    subprocess.run(
        [arguments.program, "audit", model, folder / "test.csv", "--limit", str(len(testing)), "--others", "none"]
        + ["--json", report, "--html", folder / "audit.html", "--quiet"],
        check=True,
        stdout=subprocess.DEVNULL,
    )
    audit = json.loads(report.read_text(encoding="utf-8"))
    return [word for word in audit["shortcuts"]["words"] if word["drives"]]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=pathlib.Path, default=REUTERS / "reuters-r8-train.tab")
    parser.add_argument("--test", type=pathlib.Path, default=REUTERS / "reuters-r8-test.tab")
    parser.add_argument("--out", type=pathlib.Path, default=ROOT / "runs/audit-check")
    parser.add_argument("--program", default=ROOT / "build/release/pellucid")
    parser.add_argument("--trainer", default=ROOT / "build/release/pellucid-train")
    parser.add_argument("--seed", type=int, nargs="+", default=[0])
    arguments = parser.parse_args()

    planted = found = decoys = false = 0
    for seed in arguments.seed:
        rng = random.Random(seed)
        examples = {"train": read(arguments.data), "test": read(arguments.test)}
        for name, count in (("train", TRAINING_TEXTS), ("test", TESTING_TEXTS)):
            rng.shuffle(examples[name])
            examples[name] = frequent(examples[name], count)
        labels = sorted(set(label for label, _ in examples["train"]))
        drawn = unseen_words(examples["train"] + examples["test"], WORDS_A_CLASS * len(labels) + DECOYS, rng)
        words = {word: labels[i] if (i := n // WORDS_A_CLASS) < len(labels) else None for n, word in enumerate(drawn)}
        both = {name: plant(texts, words, TEXTS_A_WORD[name], rng) for name, texts in examples.items()}
        driving = train_and_audit(arguments.out / f"planted-{seed}", both["train"], both["test"], arguments, seed)
        pairs = set((word["word"], word["label"]) for word in driving)
        own = [word for word in drawn if words[word] and (word, words[word]) in pairs]
        wrong = [pair for pair in pairs if pair[0] in words and words[pair[0]] != pair[1]]
        missed = [word for word in drawn if words[word] and word not in own]
        planted += sum(label is not None for label in words.values())
        found += len(own)
        decoys += len(wrong)
        print(f"planted, seed {seed}: {len(own)} found, missed {missed}, wrong {wrong}; others found: {len(pairs) - len(own) - len(wrong)}")

        shuffled = {}
        for name, texts in examples.items():
            labels_of = [label for label, _ in texts]
            rng.shuffle(labels_of)
            shuffled[name] = [(label, text) for label, (_, text) in zip(labels_of, texts)]
        driving = train_and_audit(arguments.out / f"random-{seed}", shuffled["train"], shuffled["test"], arguments, seed)
        false += len(driving)
        print(f"random labels, seed {seed}: {len(driving)} found {[word['word'] for word in driving]}")

    print(f"{found} of {planted} planted words found, {decoys} decoys; {false} words found under random labels")
    if found < 0.95 * planted or decoys > 0.05 * (found + decoys) or false > 0:
        sys.exit("shortcuts_check: failed")


if __name__ == "__main__":
    main()
