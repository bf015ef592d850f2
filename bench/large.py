"""Peak memory against the number of texts, and against a text's length; ours alone.

Numbers: predict, explain, evaluate and train with a tiny model, so that a million texts take minutes: what grows with the texts is
the program's, not the model's. The texts are ten words of the news, turned by one place each time round, with a number behind.
Lengths: one text of so many words, read in windows by MiniLM; var/bench/large.svg has both against the length."""

import json
import multiprocessing
import os
import pathlib
import tempfile

import measure
import models
import texts

FIXTURES = measure.ROOT / "tests" / "fixtures"
CLASSIFIER, ENCODER = FIXTURES / "tiny-bert-classifier", FIXTURES / "tiny-bert"
LABELS = ("negative", "neutral", "positive")  # of the tiny classifier
NUMBERS = (1_000, 10_000, 100_000)
MILLION = 1_000_000
SHORT = 10  # words of a text there
LENGTHS = (512, 2_000, 8_000, 32_000)
LONGEST = 100_000
VALIDATION = 2_000  # texts that training is validated on


def aside(make, path, *arguments):
    """In a process of its own: the texts that it reads weigh on no measurement."""
    process = multiprocessing.get_context("fork").Process(target=make, args=(path, *arguments))
    process.start()
    process.join()
    if process.exitcode != 0:
        raise SystemExit(f"bench: failed: writing {path}")
    return path


def news_again(path, n):
    """n different texts with labels that say nothing, made while they are written."""
    rows, _ = texts.news("train", 100_000)
    with open(path, "w", encoding="utf-8") as file:
        for i in range(n):
            words = rows[i % len(rows)][0].split()
            turn = i // len(rows) % len(words)
            file.write(json.dumps({"text": " ".join((words[turn:] + words[:turn])[:SHORT]) + f" {i}", "label": LABELS[i % len(LABELS)]}) + "\n")


def one_text(path, words):
    """A single text of so many words, news after news."""
    rows, _ = texts.news("train", 10_000)
    all_words = (word for text, _ in rows for word in text.split())
    path.write_text(json.dumps({"text": " ".join(next(all_words) for _ in range(words))}) + "\n", encoding="utf-8")


def numbers(given, folder):
    chosen = NUMBERS[:2] if given.quick else NUMBERS + ((MILLION,) if given.full else ())
    validation = aside(news_again, folder / "validation.jsonl", VALIDATION)
    figures = {}
    for n in chosen:
        file = aside(news_again, folder / f"{n}.jsonl", n)
        out = folder / "out"
        commands = {
            "predict": ("predict", CLASSIFIER, file, "--json", out),
            "explain": ("explain", CLASSIFIER, file, "--as", "jsonl", "--output", out),
            "evaluate": ("evaluate", CLASSIFIER, file, "--json", out),
            "evaluate --faithfulness": ("evaluate", CLASSIFIER, file, "--faithfulness", "--limit", 50, "--methods", "decomposition", "--json", out),
            "train": ("train", "--data", file, "--validation", validation, "--model", ENCODER, "--out", folder / f"run{n}",
                      "--system", "cnn", "--filters", 4, "--epochs", 1, "--batch-tokens", 20_000, "--max-length", 32),
        }
        for name, command in commands.items():
            measure.say(f"{name}, {n:,} texts")
            found = measure.process(name, given.build / "pellucid", *command, "--quiet", prints=False).run()
            figures[f"{name}, {n:,} texts"] = [found | {"texts/s": n / found["seconds"]}]
        file.unlink()
    return figures


def lengths(given, folder):
    chosen = LENGTHS[:2] if given.quick else LENGTHS + (LONGEST,)
    model = folder / "minilm"
    models.make_own(model, given.build)
    figures = {}
    for words in chosen:
        file = aside(one_text, folder / f"{words}.jsonl", words)
        for name in ("predict", "explain"):
            command = [given.build / "pellucid", name, model, file, "--long", "window", "--quiet"]
            command += ["--json", folder / "out"] if name == "predict" else ["--as", "jsonl", "--output", folder / "out"]
            measure.say(f"{name}, {words:,} words")
            found = measure.process(name, *command, prints=False).run()
            figures[f"{name}, {words:,} words"] = [found | {"words": words, "words/s": words / found["seconds"]}]
    return figures


def draw(by_length, path):
    """Seconds and MB against words; where time is as the length, its line rises as fast as it goes on."""
    import matplotlib  # after everything is measured: a child's peak memory counts from its parent's
    matplotlib.use("svg")
    matplotlib.rcParams.update({"svg.hashsalt": "pellucid", "svg.fonttype": "none", "font.family": "sans-serif", "font.size": 9,
                                "axes.spines.top": False, "axes.spines.right": False})
    import matplotlib.pyplot as plt

    series = {}
    for name, (found,) in by_length.items():
        series.setdefault(name.split(", ")[0], []).append(found)
    figure, (time, memory) = plt.subplots(1, 2, figsize=(8, 3), layout="constrained")
    for axes, key, title in ((time, "seconds", "seconds"), (memory, "MB", "peak resident memory, MB")):
        for (command, points), colour in zip(series.items(), ("#2a6f97", "#c8553d")):
            axes.plot([found["words"] for found in points], [found[key] for found in points], marker="o", color=colour, label=command)
        axes.set(xscale="log", xlabel="words of the text", title=title)
        axes.set_xticks([found["words"] for found in points])
        axes.xaxis.set_minor_locator(matplotlib.ticker.NullLocator())
        axes.xaxis.set_major_formatter(matplotlib.ticker.StrMethodFormatter("{x:,.0f}"))
        axes.grid(alpha=0.3)
    time.set(yscale="log")
    time.yaxis.set_major_formatter(matplotlib.ticker.StrMethodFormatter("{x:g}"))
    memory.set_ylim(bottom=0)
    memory.legend(frameon=False, loc="lower right")
    figure.savefig(path, metadata={"Date": None})


def main():
    given = measure.options(__doc__.splitlines()[0])
    with tempfile.TemporaryDirectory(dir=os.environ.get("TMPDIR")) as name:
        folder = pathlib.Path(name)
        by_number, by_length = numbers(given, folder), lengths(given, folder)
    report = measure.Report("large", given, {"validation texts of training": VALIDATION}, by_number | by_length, {
        "numbers": "tests/fixtures/tiny-bert, once, the process's start included; MB: peak resident memory",
        "lengths": "MiniLM, trained for a moment, one text, --long window, once",
    })
    for figures, unit in ((by_number, "texts/s"), (by_length, "words/s")):
        few = {}
        for name in figures:
            command = name.split(", ")[0]
            if command in few:
                report.compare(name, few[command], "MB")
                report.compare(name, few[command], unit)
            few.setdefault(command, name)
    draw(by_length, report.finish().with_suffix(".svg"))


if __name__ == "__main__":
    main()
