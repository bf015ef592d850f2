#!/usr/bin/env python3
"""The page of `pellucid serve` in a real browser: what a person does with it, and what strangers' texts try.

usage: tests/page/page_check.py [--build FOLDER] [--model FOLDER] [--screenshots FOLDER]     (scripts/check page calls it)

Without a Chromium it says so and passes."""

import argparse
import json
import pathlib
import subprocess
import sys
import tempfile

from browser import Browser, find_chromium

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
HOSTILE = ("<script>window.hacked = 1</script> <img src=x onerror='window.hacked = 1'> good \u202e film\u202c \x1b[31m "
           "\u2066bank\u2069 ]]> &amp; \"'")


class Server:
    def __init__(self, build, model, port="0"):
        self.process = subprocess.Popen([build / "pellucid", "serve", model, "--port", port, "--quiet"], stderr=subprocess.PIPE, text=True)
        line = self.process.stderr.readline()
        try:
            self.url = json.loads(line)["url"]
        except ValueError:
            raise SystemExit(f"page: the service did not start: {line}")

    def stop(self):
        self.process.terminate()
        status = self.process.wait(timeout=60)
        assert status == 0, f"expected status 0, found {status}"


class Checks:
    def __init__(self, browser, given, server):
        self.b, self.given, self.server = browser, given, server
        self.texts = ["The film is good.", "oil price, and the bank"]

    def shot(self, name):
        if self.given.screenshots:
            self.b.screenshot(self.given.screenshots / f"{name}.png")

    def explain(self, text):
        self.b.wait("!document.getElementById('result').hasAttribute('aria-busy')")  # nothing of before comes late
        self.b.value("document.getElementById('label').textContent = ''")
        self.b.type("#text", text)
        self.b.wait("document.getElementById('label').textContent !== '' && !document.getElementById('result').hidden"
                    " && !document.getElementById('result').hasAttribute('aria-busy')")

    def loads(self):
        self.b.open(self.server.url)
        self.b.wait("document.getElementById('method').options.length > 3")
        assert self.b.value("document.getElementById('method').value") == "decomposition"
        assert self.b.value("document.getElementById('result').hidden")
        self.shot("empty")

    def types(self):
        self.explain(self.given.text)
        words = self.b.value("document.querySelectorAll('#words [role=button]').length")
        assert words >= 3, words
        shown = self.b.value("[...document.querySelectorAll('#words [role=button]')].map(b => b.firstChild.textContent).join('|')")
        assert self.given.text.split()[1] in shown, shown
        shades = self.b.value("[...document.querySelectorAll('#words [role=button]')].map(b => getComputedStyle(b).backgroundColor)")
        assert len(set(shades)) > 2, shades  # the evidence is seen
        assert self.b.value("document.getElementById('status').textContent") != ""
        assert "explained" in self.b.value("document.getElementById('sum').textContent")
        assert self.b.value("document.querySelectorAll('#units tbody tr').length") == min(words, 20)
        self.shot("explained")

    def switches_class(self):
        before = self.b.value("document.getElementById('why').textContent")
        self.b.click("[...document.getElementsByName('class')].find(r => !r.checked)")
        self.b.wait(f"document.getElementById('why').textContent !== {json.dumps(before)}")
        label = self.b.value("[...document.getElementsByName('class')].find(r => r.checked).value")
        assert label in self.b.value("document.getElementById('why').textContent")
        assert self.b.value("document.activeElement.name") == "class"  # the keyboard stays where it was
        other = self.b.value("[...document.getElementById('against').options].map(o => o.value).find(v => v && v !== document.getElementById('target').value)")
        self.b.value(f"document.getElementById('against').value = {json.dumps(other)};"
                     "document.getElementById('against').dispatchEvent(new Event('change'))")
        self.b.wait(f"document.getElementById('why').textContent.endsWith('rather than ' + {json.dumps(other)})")
        self.shot("rather-than")
        self.b.value("document.getElementById('against').value = ''; document.getElementById('target').value = '';"
                     "document.getElementById('target').dispatchEvent(new Event('change'))")
        self.b.wait("!document.getElementById('why').textContent.includes('rather than')")

    def strikes_words(self):
        self.explain(self.given.text)
        self.b.click("document.querySelectorAll('#words [role=button]')[1]")
        self.b.wait("document.getElementById('change').textContent.startsWith('Without this part')")
        assert self.b.value("document.querySelectorAll('#words [role=button]')[1].getAttribute('aria-pressed')") == "true"
        # With the keyboard: to the next word, and strike it.
        self.b.key("ArrowRight", 39)
        assert self.b.value("document.activeElement.dataset.unit") == "2"
        self.b.key("Enter", 13, "\r")
        self.b.wait("document.getElementById('change').textContent.startsWith('Without 2 parts')")
        self.shot("struck")
        self.b.click("document.getElementById('restore')")
        self.b.wait("document.getElementById('change').textContent === ''")
        self.b.click("document.querySelectorAll('#words [role=button]')[0]")
        self.b.wait("!document.getElementById('keep').hidden")
        self.b.click("document.getElementById('keep')")
        first = self.given.text.split()[0]
        self.b.wait(f"!document.getElementById('text').value.includes({json.dumps(first)})")

    def hostile_texts(self):
        self.explain(HOSTILE)
        assert self.b.value("window.hacked") is None
        assert self.b.value("document.querySelectorAll('main img, main script').length") == 0
        assert "<U+202E>" in self.b.value("document.getElementById('words').textContent")
        assert "\u202e" not in self.b.value("document.getElementById('result').textContent")
        self.shot("hostile")

    def long_texts_wait_for_the_button(self):
        self.b.value("document.getElementById('label').textContent = ''")
        self.b.type("#text", "good film " * 5000)
        self.b.click("document.querySelector('#ask button[type=submit]')")
        self.b.wait("document.getElementById('label').textContent !== ''")
        assert not self.b.value("document.getElementById('cut').hidden")
        self.shot("long")

    def files(self):
        with tempfile.TemporaryDirectory() as folder:
            file = pathlib.Path(folder) / "<b>texts.csv"
            rows = "".join(f'"{self.texts[i % 2]} {i}",positive\r\n' for i in range(150))
            file.write_text("text,label\r\n" + '"' + HOSTILE.replace('"', '""') + '",x\r\n"two\nlines, ""quoted""",y\r\n' + rows)
            self.b.files("#csv", [file])
            self.b.wait("document.getElementById('save').hidden === false")
        assert self.b.value("document.getElementById('progress').textContent").startswith("152 texts of <b>texts.csv")
        assert self.b.value("window.hacked") is None
        assert self.b.value("document.querySelectorAll('#report b, #report img, #report script').length") == 0
        caption = self.b.value("document.querySelector('#figures caption').textContent")
        assert "of 150 labelled texts" in caption and caption.endswith("2 texts have labels that are none of the model's: x, y"), caption
        self.shot("file")
        self.b.click("document.querySelector('#rows button')")
        self.b.wait("document.activeElement.id === 'result'")

    def says_what_scores_without_signs_are(self):
        self.explain(self.given.text)
        assert self.b.value("document.getElementById('legend-weight').hidden")
        self.b.value("(() => { const method = document.getElementById('method'); method.value = 'attention';"
                     "method.dispatchEvent(new Event('change')); })()")
        self.b.wait("!document.getElementById('legend-weight').hidden")
        assert self.b.value("document.getElementById('legend-for').hidden && document.querySelector('#words .weight') !== null")
        assert "+" not in self.b.value("document.querySelector('#units tbody td.n').textContent")
        self.shot("weight")

    def fits_small_screens(self):
        self.explain(self.given.text)
        self.b.size(360, 1400)
        wide = self.b.value("document.documentElement.scrollWidth")
        assert wide <= 360, f"{wide} pixels wide"
        self.shot("small")
        self.b.dark(True)
        self.shot("small-dark")
        self.b.size(1100, 1300)
        self.shot("dark")
        self.b.dark(False)

    def names_everything(self):
        tree = self.b.call("Accessibility.getFullAXTree")["nodes"]
        controls = ("button", "textbox", "combobox", "radio", "checkbox")
        nameless = [node["role"]["value"] for node in tree if not node.get("ignored") and node.get("role", {}).get("value") in controls
                    and not node.get("name", {}).get("value")]
        assert not nameless, nameless
        ids = self.b.value("[...document.querySelectorAll('[id]')].map(e => e.id)")
        assert len(ids) == len(set(ids))

    def says_when_the_service_is_gone(self):
        port = self.server.url.rstrip("/").rsplit(":", 1)[1]
        self.explain(self.given.text)
        assert not self.b.problems, self.b.problems
        self.server.stop()
        self.b.type("#text", "another text that must stay")
        self.b.wait("!document.getElementById('problem').hidden")
        assert "cannot be reached" in self.b.value("document.getElementById('problem-text').textContent")
        assert self.b.value("document.getElementById('text').value") == "another text that must stay"
        self.shot("gone")
        self.server = Server(self.given.build, self.given.model, port)
        self.b.click("document.getElementById('again')")
        self.b.wait("document.getElementById('problem').hidden")
        assert "must" in self.b.value("document.getElementById('words').textContent")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build" / "release")
    parser.add_argument("--model", type=pathlib.Path, default=ROOT / "tests" / "fixtures" / "tiny-bert-classifier")
    parser.add_argument("--text", default="The film is good, and the plot not unplayable.")
    parser.add_argument("--screenshots", type=pathlib.Path)
    given = parser.parse_args()
    chromium = find_chromium()
    if chromium is None:
        print("page: SKIPPED: there is no chromium here (Debian: apt-get install chromium)")
        return
    if given.screenshots:
        given.screenshots.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        server = Server(given.build, given.model)
        browser = Browser(chromium, profile)
        checks = Checks(browser, given, server)
        try:
            browser.size(1100, 1300)
            for check in (checks.loads, checks.types, checks.switches_class, checks.strikes_words, checks.hostile_texts,
                          checks.long_texts_wait_for_the_button, checks.files, checks.says_what_scores_without_signs_are, checks.fits_small_screens, checks.names_everything,
                          checks.says_when_the_service_is_gone):
                check()
                print(f"page: {check.__name__.replace('_', ' ')}: ok")
        finally:
            browser.close()
            checks.server.process.kill()


if __name__ == "__main__":
    sys.exit(main())
