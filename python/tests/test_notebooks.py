"""What notebooks show: pieces of a page that are safe whatever the texts hold, and do not disturb each other."""

import html.parser
import re

import pytest

HOSTILE = [
    "<script>alert(1)</script> good",
    "\"><img src=x onerror='alert(1)'> film",
    "--></style></title><svg onload=alert(1)>",
    "]]> &amp; &lt;b&gt; good",
    "\u202etxt.exe\u202c \x1b[31m nul \0",
    "it costs $5 and $6, $$not$$ \\(math\\)",
]
VOID = {"br", "hr", "img", "input", "link", "meta"}


class Reader(html.parser.HTMLParser):
    """Tags, attributes and ids; whether all that is opened is closed."""

    def __init__(self, document):
        super().__init__()
        self.tags, self.names, self.ids, self.references, self.open = set(), set(), [], [], []
        self.feed(document)
        self.close()

    def handle_starttag(self, tag, attributes):
        self.tags.add(tag)
        for name, value in attributes:
            self.names.add(name)
            if name == "id":
                self.ids.append(value)
            if name == "aria-labelledby" or (name == "href" and value.startswith("#")):
                self.references.append(value.lstrip("#"))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.handle_starttag(tag, attributes)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


@pytest.fixture(params=["one", "several", "evaluation", "audit"])
def piece(request, model):
    labels = [str(label) for label in model.predict(HOSTILE)]
    return {
        "one": lambda: model.explain(HOSTILE[:1])[0],
        "several": lambda: model.explain(HOSTILE, target="all"),
        "evaluation": lambda: model.evaluate(HOSTILE, labels, faithfulness=True, methods="occlusion", progress=False),
        "audit": lambda: model.audit(HOSTILE, labels, others="none", progress=False),
    }[request.param]()


def test_pieces_are_safe(piece):
    reader = Reader(piece._repr_html_())
    assert reader.open == []
    assert not reader.tags & {"script", "img", "iframe", "object", "link", "base", "html", "body"}
    assert not [name for name in reader.names if name.startswith("on") or name in ("src", "srcset")]
    assert "class" in reader.names and "mathjax_ignore" in piece._repr_html_()


def test_pieces_share_no_ids(piece):
    first, second = Reader(piece._repr_html_()), Reader(piece._repr_html_())
    assert first.ids and not set(first.ids) & set(second.ids)
    assert len(first.ids) == len(set(first.ids)) and set(first.references) <= set(first.ids)


def test_their_style_holds_in_them_alone(piece):
    style = re.search(r"<style>(.*?)</style>", piece._repr_html_(), re.DOTALL).group(1).strip()
    assert style.startswith(".pellucid.pellucid {") and style.count("{") == style.count("}")
    depth = 0
    for character in style[:-1]:
        depth += {"{": 1, "}": -1}.get(character, 0)
        assert depth > 0 or character in ".pellucid " # nothing stands beside the one rule


def test_pages_and_pictures(model):
    explanations = model.explain(HOSTILE)
    for document in (explanations.to_html("A <title>"), explanations[0].to_svg()):
        reader = Reader(document.removeprefix("<!doctype html>"))
        assert reader.open == [] and not reader.tags & {"script", "img"}
    assert "<title>A &lt;title&gt;</title>" in explanations.to_html("A <title>")
