"""The texts that are measured on: Reuters R8, which scripts/setup fetches; AG News where it lies in ../shared/data."""

import csv
import json

from measure import ROOT

AG_NEWS = ROOT.parent / "shared" / "data" / "ag_news"
AG_NEWS_LABELS = ("World", "Sports", "Business", "Sci/Tech")
REUTERS = ROOT / "var" / "data" / "reuters-r8"


def ag_news(split):
    """With a header `label,text`, or as published: class from 1, title, description."""
    with open(AG_NEWS / f"{split}.csv", newline="", encoding="utf-8") as file:
        rows = list(csv.reader(file))
    if rows[0] == ["label", "text"]:
        return [(text, label) for label, text in rows[1:]]
    return [(f"{title} {description}", AG_NEWS_LABELS[int(label) - 1]) for label, title, description in rows]


def reuters(split):
    with open(REUTERS / f"reuters-r8-{split}.tab", encoding="utf-8") as file:
        rows = [line.rstrip("\n").split("\t") for line in file.readlines()[3:] if line.strip()]
    return [(text, label) for label, text in rows]


def news(split, n):
    """The first n texts with labels, and the data set's name."""
    if (AG_NEWS / f"{split}.csv").exists():
        return ag_news(split)[:n], "AG News"
    return reuters(split)[:n], "Reuters R8"


def mixed(n):
    """n texts of mixed lengths without labels: short news and long reports by turns, where there are both."""
    long = [text for text, _ in reuters("test")]
    rows, name = news("test", len(long))
    if name == "Reuters R8":
        return long[:n]
    return [text for pair in zip((text for text, _ in rows), long) for text in pair][:n]


def write(path, texts, labels=None):
    with open(path, "w", encoding="utf-8") as file:
        for i, text in enumerate(texts):
            file.write(json.dumps({"text": text} | ({"label": labels[i]} if labels else {})) + "\n")
    return path
