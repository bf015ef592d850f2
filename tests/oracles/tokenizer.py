"""Writes tests/fixtures/text: what the `tokenizers` package makes of every code point and of a fuzz corpus.

    vocab.txt          a small vocabulary of our own
    code_points.bin    for each block of 256 code points, a hash of the normalised words and their byte offsets
    corpus.bin         strings, some of broken UTF-8: for each a uint16 length and its bytes
    small.bin          for each string a hash of ids, byte offsets and word ids, with vocab.txt
    minilm.bin         the same with MiniLM's vocabulary

Hashes are FNV-1a over little-endian int32. The package is used without added tokens: in pellucid, text that says
"[MASK]" never becomes the special token. `tokenizer.py show N` prints string N as the package sees it.

Run: python tests/oracles/tokenizer.py [show N]   (needs tokenizers; MiniLM in var/models/minilm)
"""
import pathlib
import random
import struct
import sys

from tokenizers import Tokenizer, models, normalizers, pre_tokenizers

ROOT = pathlib.Path(__file__).resolve().parents[2]
OUT = ROOT / "tests/fixtures/text"
SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]

NEWS = """Oil prices rose 2.5% on Monday, after OPEC's surprise decision to cut output; analysts weren't convinced.
The U.S. Dollar fell against the euro (€1.08) as jobless claims climbed to 242,000 -- the highest since May.
Scientists at CERN reported a 5-sigma excess; "we're cautious," said Dr. Müller-Lüdenscheidt.
Crème brûlée, naïve façade, Ångström, İstanbul, Straße, ŁÓDŹ, Đà Nẵng, Ελλάδα, ΟΔΥΣΣΕΥΣ, Москва, Київ.
東京タワーは高さ333メートルです。 中国经济增长放缓,出口下降。 한국어 텍스트도 있습니다. ภาษาไทย हिन्दी العربية עברית
Visit https://example.org/a?b=c&d=%20e#f or mail first.last+tag@example.co.uk! #topic @user $AAPL C++ <b>bold</b> &amp; \\ back
antidisestablishmentarianism pneumonoultramicroscopicsilicovolcanoconiosis 1234567890 3.14159 1e-10 0x7fff""".split("\n")


def fnv(values):
    hash = 0xCBF29CE484222325
    for value in values:
        for byte in struct.pack("<i", value):
            hash = (hash ^ byte) * 0x100000001B3 & 0xFFFFFFFFFFFFFFFF
    return hash


def small_vocabulary():
    rng = random.Random(1)
    pieces = dict.fromkeys(SPECIAL)
    text = "".join(NEWS).lower()
    for c in [chr(i) for i in range(33, 127)] + sorted(set(text)) + [chr(i) for i in range(0xA1, 0x250)]:
        if not c.isspace():
            pieces[c] = None
            pieces["##" + c] = None
    for word in " ".join(NEWS).lower().split():
        word = "".join(c for c in word if c.isalnum())
        for _ in range(6):
            if len(word) > 2:
                begin = rng.randrange(len(word) - 1)
                end = rng.randrange(begin + 1, len(word) + 1)
                pieces[("##" if begin else "") + word[begin:end]] = None
    return [p for p in pieces if p not in ("", "##")]


def tokenizer(pieces):
    tok = Tokenizer(models.WordPiece({p: i for i, p in enumerate(pieces)}, unk_token="[UNK]", max_input_chars_per_word=100))
    tok.normalizer = normalizers.BertNormalizer()
    tok.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    return tok


def decoded(raw):
    """The string that pellucid reads from these bytes, and each character's byte range."""
    text, ranges, at = [], [], 0
    while at < len(raw):
        for size in (1, 2, 3, 4):
            piece = raw[at : at + size]
            try:
                c = piece.decode("utf-8")
                break
            except UnicodeDecodeError as error:
                c = None
                if error.reason != "unexpected end of data" or at + size > len(raw):
                    break
        if c is None:
            first = raw[at:].decode("utf-8", errors="replace")
            # One U+FFFD stands for a maximal invalid part: its size is what makes the rest decode the same.
            size = next(n for n in (1, 2, 3) if raw[at + n :].decode("utf-8", errors="replace") == first[1:])
            c = "\ufffd"
        text.append(c)
        ranges.append((at, at + size))
        at += size
    return "".join(text), ranges


def expected(tok, raw, cls, sep):
    text, ranges = decoded(raw)
    encoding = tok.encode(text, add_special_tokens=False)
    values = [cls, 0, 0, -1]
    for id, (begin, end), word in zip(encoding.ids, encoding.offsets, encoding.word_ids):
        values += [id, ranges[begin][0], ranges[end - 1][1], word]
    return values + [sep, 0, 0, -1]


def corpus(rng):
    pools = [
        [(0x20, 0x7E)], [(0x20, 0x7E)], [(0x61, 0x7A), (0x20, 0x20)], [(0xA0, 0x24F)], [(0x250, 0x36F)], [(0x300, 0x36F), (0x61, 0x7A)],
        [(0x370, 0x52F)], [(0x590, 0x6FF)], [(0x900, 0xDFF)], [(0xE00, 0x1200)], [(0x1E00, 0x1FFF)], [(0x2000, 0x206F), (0x61, 0x65)],
        [(0x20A0, 0x2BFF)], [(0x3000, 0x30FF), (0x4E00, 0x4E40)], [(0x4E00, 0x9FFF)], [(0xAC00, 0xD7A3)], [(0x1100, 0x11FF), (0xAC00, 0xAC20)],
        [(0xE000, 0xE010), (0x41, 0x5A)], [(0xFB00, 0xFFFD)], [(0x1F300, 0x1FAFF), (0x200D, 0x200D), (0xFE0F, 0xFE0F)],
        [(0x10000, 0x1FFFF)], [(0x20000, 0x2FA1F)], [(0xE0000, 0xE01EF), (0x61, 0x7A)], [(0, 0x1F), (0x61, 0x7A), (0x7F, 0x9F)],
        [(0x41, 0x5A), (0x130, 0x131), (0x307, 0x307), (0x3A3, 0x3C3)], [(0, 0x10FFFF)],
    ]
    marks = [chr(c) for c in (0x300, 0x301, 0x316, 0x323, 0x327, 0x345, 0x5B0, 0x64B, 0x94D, 0x1939, 0x302A, 0x344, 0x1D165, 0x11938, 0x8CA)]

    def from_pool(length):
        pool = rng.choice(pools)
        out = []
        for _ in range(length):
            low, high = rng.choice(pool)
            c = rng.randint(low, high)
            out.append(" " if 0xD800 <= c < 0xE000 else chr(c))
            if rng.random() < 0.03:
                out.append(rng.choice(marks) * rng.randint(1, 3))
        return "".join(out)

    def from_news():
        words = rng.choice(NEWS).split(" ")
        begin = rng.randrange(len(words))
        return rng.choice([" ", "  ", "\t", "\u00a0", "\n", "\u3000"]).join(words[begin : begin + rng.randint(1, 8)])

    for special in SPECIAL + ["[mask]", "##ing", "a" * 100, "a" * 101, "é" * 100, "é" * 101, "中" * 101, "", " ", "\0", "a\0b", "\ufffd", "\u0301", "\u0344a"]:
        yield special.encode()
    while True:
        kind = rng.random()
        if kind < 0.35:
            raw = from_pool(rng.randint(1, 12)).encode()
        elif kind < 0.6:
            raw = from_news().encode()
        elif kind < 0.8:
            raw = (from_news() + from_pool(rng.randint(1, 4)) + from_pool(rng.randint(1, 4))).encode()
        elif kind < 0.82:
            raw = (from_pool(1) * rng.randint(90, 110)).encode()[:400]
        else:
            raw = bytearray((from_pool(rng.randint(1, 8)) + from_news()[:20]).encode())
            for _ in range(rng.randint(1, 4)):
                action = rng.random()
                at = rng.randrange(len(raw)) if raw else 0
                if action < 0.4 and raw:
                    raw[at] = rng.randrange(256)
                elif action < 0.7 and raw:
                    del raw[at]
                else:
                    raw.insert(at, rng.choice([0x80, 0xBF, 0xC0, 0xC3, 0xE0, 0xE2, 0xED, 0xF0, 0xF4, 0xF5, 0xFF, 0xA0]))
            raw = bytes(raw)
        yield raw


def code_point_blocks():
    normalizer, split = normalizers.BertNormalizer(), pre_tokenizers.BertPreTokenizer()
    tok = Tokenizer(models.WordLevel({"x": 0}, unk_token="x"))
    tok.normalizer, tok.pre_tokenizer = normalizer, split
    for begin in range(0, 0x110000, 256):
        values = []
        for c in range(begin, begin + 256):
            if 0xD800 <= c < 0xE000:
                continue
            for text in (f"A{chr(c)}B", f"A\u0345{chr(c)}\u0316B", chr(c)):
                sizes = [0]
                for x in text:
                    sizes.append(sizes[-1] + len(x.encode()))
                words = split.pre_tokenize_str(normalizer.normalize_str(text))
                offsets = tok.encode(text, add_special_tokens=False).offsets
                assert len(words) == len(offsets)
                for (word, _), (b, e) in zip(words, offsets):
                    values += [sizes[b], sizes[e], *word.encode(), -1]
                values.append(-2)
        yield fnv(values)


def main():
    OUT.mkdir(parents=True, exist_ok=True)
    small = small_vocabulary()
    minilm = (ROOT / "var/models/minilm/vocab.txt").read_text().split("\n")[:-1]
    strings, seen, total = [], set(), 0
    for raw in corpus(random.Random(20)):
        if raw not in seen and len(raw) <= 400:
            seen.add(raw)
            strings.append(raw)
        if len(strings) == 20500:
            break
    if len(sys.argv) == 3 and sys.argv[1] == "show":
        raw = strings[int(sys.argv[2])]
        print(raw, decoded(raw), expected(tokenizer(small), raw, 2, 3), expected(tokenizer(minilm), raw, 101, 102), sep="\n")
        return
    (OUT / "vocab.txt").write_text("".join(p + "\n" for p in small))
    (OUT / "corpus.bin").write_bytes(b"".join(struct.pack("<H", len(raw)) + raw for raw in strings))
    for name, pieces in (("small", small), ("minilm", minilm)):
        tok, ids = tokenizer(pieces), {p: i for i, p in enumerate(pieces)}
        (OUT / f"{name}.bin").write_bytes(
            b"".join(struct.pack("<Q", fnv(expected(tok, raw, ids["[CLS]"], ids["[SEP]"]))) for raw in strings))
    (OUT / "code_points.bin").write_bytes(b"".join(struct.pack("<Q", block) for block in code_point_blocks()))


if __name__ == "__main__":
    main()
