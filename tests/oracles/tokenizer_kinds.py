"""Writes tests/fixtures/text/kinds: small tokenizers with the settings of published models, and what they make of texts.

    NAME/tokenizer.json   trained here, a few hundred pieces (Unigram's trainer finds others in every run)
    NAME/expected.bin     for each ten strings a hash of ids and byte offsets, special tokens included: those of
                          ../corpus.bin, then of adversarial.bin
    adversarial.bin       emoji, combining marks, white space, many scripts, special tokens' names within text

Formats and hashes are those of tokenizer.py. In pellucid text never becomes a special token: the package is told so by
`encode_special_tokens`, and since its models would find them in their vocabularies all the same, they have other names
there while it answers.

Run: python tests/oracles/tokenizer_kinds.py [show NAME N]   (needs tokenizers, sentencepiece, protobuf)
"""
import json
import pathlib
import random
import struct
import sys
import tempfile

import sentencepiece
from sentencepiece import sentencepiece_model_pb2
from tokenizers import AddedToken, Regex, Tokenizer, models, normalizers, pre_tokenizers, processors, trainers

import tokenizer as bert

OUT = bert.OUT / "kinds"
BERT = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
ROBERTA = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
LLAMA3 = (r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*"
          r"|\s*[\r\n]+|\s+(?!\S)|\s+")
GROUP = 10

# Rules of our own for the compiled maps, in the form of SentencePiece's normalization_rule_tsv.
RULES = [("\t", " "), ("\u3000", " "), ("\u200b", ""), ("\u00ad", ""), ("\ufb01", "fi"), ("\u00bd", "1\u20442"),
         ("e\u0301", "\u00e9"), ("a\u0308\u0301", "\u00e4"), ("\r\n", " "), ("\uff21", "A"), ("\u0627\u0653", "\u0622"),
         ("\ufdfa", "\u0635\u0644\u0649 \u0627\u0644\u0644\u0647"), ("\u2026", "..."), ("\u0301", ""), ("\u212a", "K"),
         ("\x01", ""), ("\u1100\u1161", "\uac00")]

TEXTS = bert.NEWS + [line.lower() for line in bert.NEWS] + [
    "The quick brown fox jumps over the lazy dog. It's the dog's; they've said we'll see, I'm sure he'd go.",
    "Wer reitet so spät durch Nacht und Wind? Es ist der Vater mit seinem Kind.",
    "Les élèves étaient là, à l'école; où êtes-vous?", "    indented\n\tcode = {'a': 1}\n\n\n", "2024-01-31 12:30:59 1,234,567.89"]

ADVERSARIAL = [
    "<s>", "</s>", "a <mask> b", "a<mask>b", "[MASK]", "x [MASK]  y", "[CLS] a [SEP]", "<unk>", "<pad><pad>", "<|endoftext|>",
    "|||IP_ADDRESS|||", "at |||IP_ADDRESS||| now", "a|||IP_ADDRESS|||b", "<0x41>", "▁", "▁▁a", "a▁b", "Ġ", "ĠaĊ", " ", "  ", "   ", "\n", "\n\n",
    " \n ", "\t\t", "a  b", "a   b", "a    b", "a\n\nb", "a \n b", "a\r\nb", "a\u00a0b", "a\u3000b", "a\u2003\u2003b", "\u0085", "a\u2028b",
    "  leading", "trailing  ", "  both  ", "don't", "DON'T", "we'Ve", "it'\u017f", "'s", "''s", "x's's", "``quoted''", "'ll", "' ll", "l'école",
    "👩‍👩‍👧‍👦", "👨🏽‍💻 works", "🏳️‍🌈🏳️‍🌈", "🇩🇪🇫🇷", "☝🏿", "a👍b", "❤️", "e\u0301", "e\u0301\u0301", "\u0301e", "a\u0308\u0301", "q\u0307\u0323", "q\u0323\u0307",
    "\u212b", "A\u030a", "ﬁne", "½ cup", "x²", "①②", "Ａｂｃ", "가", "각", "\u1100\u1161", "\u1100\u1161\u11a8", "ｶﾞ", "中国经济", "中 国", "東京タワー",
    "日本語のテキスト", "العربية", "مُحَمَّد", "ﷺ", "لا\u0653", "עִבְרִית", "हिन्दी में", "ไทยภาษา", "தமிழ்", "\u200b", "a\u200bb", "\u200ba", "\ufeffa", "\u00ada\u00ad",
    "soft\u00adhyphen", "\x00", "a\x00b", "\x01a", "a\x01", "\x01", "\x7f", "\ufffd", "\ufffda", "\U0010ffff", "a" * 300, "é" * 120, "ab" * 150, "1234567890" * 12,
    "!" * 80, "?!?!...", "--", "$1,000.00", "10%", "3.14e-10", "C++", "a_b", "__init__", "foo.bar(baz)[0]", "http://x.y/z?q=1", "@user #tag", "İstanbul", "ΟΔΟΣ",
    "ẞ", "ŉ", "ǅ", "\u212a", "\u2126", "\u1e9b\u0323", "covid19", "a covid19 b", "acovid19", "covid19.", " covid19", "COVID19", "  covid19  x", "",
]


def adversarial():
    rng = random.Random(5)
    yield from ADVERSARIAL
    for _ in range(2600):
        parts = [rng.choice(ADVERSARIAL + TEXTS[:14]) for _ in range(rng.randint(2, 4))]
        text = rng.choice(["", " ", "  "]).join(part[: rng.randint(1, 40)] for part in parts)
        yield text[:120]


def special(tokens, mask):
    return [AddedToken(t, special=True, normalized=False, lstrip=t == mask) for t in tokens]


def template(begin, end, tok):
    ids = [(begin, tok.token_to_id(begin)), (end, tok.token_to_id(end))]
    return processors.TemplateProcessing(single=f"{begin} $A {end}", pair=f"{begin} $A {end} $B {end}", special_tokens=ids)


def byte_level(size, pre_tokenizer, tokens, mask, normalizer=None):
    tok = Tokenizer(models.BPE())
    tok.pre_tokenizer = pre_tokenizer
    if normalizer:
        tok.normalizer = normalizer
    tok.train_from_iterator(TEXTS * 3, trainers.BpeTrainer(
        vocab_size=size, min_frequency=1, special_tokens=special(tokens, mask), show_progress=False,
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet())))
    return tok


def unigram(size, tokens, mask, normalizer, pre_tokenizer, byte_fallback=False):
    tok = Tokenizer(models.Unigram())
    tok.normalizer, tok.pre_tokenizer = normalizer, pre_tokenizer
    unknown = next(t for t in tokens if "unk" in t.lower())
    tok.train_from_iterator(TEXTS * 3, trainers.UnigramTrainer(
        vocab_size=size, special_tokens=tokens, unk_token=unknown, show_progress=False))
    described = json.loads(tok.to_str())
    if byte_fallback:
        described["model"]["byte_fallback"] = True
        described["model"]["vocab"] += [[f"<0x{byte:02X}>", -12.0] for byte in range(256)]
    described["added_tokens"] = []
    tok = Tokenizer.from_str(json.dumps(described))
    tok.add_special_tokens(special(tokens, mask))
    return tok


def charsmap(**settings):
    """The compiled map that SentencePiece puts into a model."""
    with tempfile.TemporaryDirectory() as folder:
        rules = pathlib.Path(folder) / "rules.tsv"
        rules.write_text("".join(
            " ".join(f"{ord(c):X}" for c in old) + "\t" + " ".join(f"{ord(c):X}" for c in new) + "\n" for old, new in RULES))
        (pathlib.Path(folder) / "texts").write_text("\n".join(bert.NEWS))
        if not settings:
            settings = dict(normalization_rule_tsv=str(rules))
        sentencepiece.SentencePieceTrainer.train(
            input=f"{folder}/texts", model_prefix=f"{folder}/m", vocab_size=300, minloglevel=2, hard_vocab_limit=False, **settings)
        model = sentencepiece_model_pb2.ModelProto()
        model.ParseFromString((pathlib.Path(folder) / "m.model").read_bytes())
        return model.normalizer_spec.precompiled_charsmap


def kinds():
    """Each tokenizer's description by its name."""
    N, P = normalizers, pre_tokenizers
    small, nfkc = N.Precompiled(charsmap()), N.Precompiled(charsmap(normalization_rule_name="nmt_nfkc"))

    tok = byte_level(500, P.ByteLevel(add_prefix_space=False), ROBERTA, "<mask>")
    tok.post_processor = processors.RobertaProcessing(("</s>", 2), ("<s>", 0), trim_offsets=True, add_prefix_space=False)
    tok.add_tokens([AddedToken("covid19", single_word=True, lstrip=True, rstrip=True, normalized=False)])
    roberta = json.loads(tok.to_str())
    roberta["model"]["merges"] = [" ".join(merge) for merge in roberta["model"]["merges"]]  # as before 2024
    yield "roberta", roberta

    tok = byte_level(400, P.ByteLevel(add_prefix_space=True), ROBERTA, "<mask>")
    tok.post_processor = processors.RobertaProcessing(("</s>", 2), ("<s>", 0), trim_offsets=True, add_prefix_space=True)
    yield "roberta-prefix", json.loads(tok.to_str())

    tok = byte_level(500, P.ByteLevel(add_prefix_space=False), ["<|endoftext|>"] + BERT, "[MASK]", N.NFC())
    tok.post_processor = template("[CLS]", "[SEP]", tok)
    tok.add_tokens([AddedToken(" " * n, normalized=True) for n in range(8, 1, -1)] + [AddedToken("|||IP_ADDRESS|||", normalized=True)])
    yield "modernbert", json.loads(tok.to_str())

    split = P.Sequence([P.Split(Regex(LLAMA3), "isolated"), P.ByteLevel(add_prefix_space=False, use_regex=False)])
    tok = byte_level(500, split, BERT, "[MASK]")
    tok.post_processor = template("[CLS]", "[SEP]", tok)
    eurobert = json.loads(tok.to_str())
    eurobert["model"]["ignore_merges"] = True
    yield "eurobert", eurobert

    spm = P.Sequence([P.WhitespaceSplit(), P.Metaspace()])
    tok = unigram(400, ROBERTA, "<mask>", nfkc, spm)
    tok.post_processor = template("<s>", "</s>", tok)
    yield "xlm-roberta", json.loads(tok.to_str())

    tokens = ["<pad>", "<unk>", "[CLS]", "[SEP]", "[MASK]"]
    albert = N.Sequence([N.Replace("``", '"'), N.Replace("''", '"'), N.NFKD(), N.StripAccents(), N.Lowercase(), small])
    tok = unigram(300, tokens, "[MASK]", albert, spm)
    tok.post_processor = template("[CLS]", "[SEP]", tok)
    yield "albert", json.loads(tok.to_str())

    deberta = N.Sequence([N.Strip(left=False, right=True), small, N.Replace(Regex(" {2,}"), "▁")])
    tok = unigram(300, BERT, "[MASK]", deberta, P.Metaspace(prepend_scheme="always"))
    tok.post_processor = template("[CLS]", "[SEP]", tok)
    tok.add_tokens([AddedToken("covid19", normalized=True)])
    yield "deberta-v3", json.loads(tok.to_str())

    fallback = N.Sequence([N.NFKC(), N.Prepend("▁"), N.Replace(" ", "▁")])
    tok = unigram(300, ROBERTA, "<mask>", fallback, P.Metaspace(prepend_scheme="first", split=False), byte_fallback=True)
    tok.post_processor = processors.BertProcessing(("</s>", 2), ("<s>", 0))
    yield "byte-fallback", json.loads(tok.to_str())

    mpnet = dict.fromkeys(["<s>", "<pad>", "</s>", "<unk>"] + bert.small_vocabulary()[1:4] + ["<mask>"])
    mpnet.update(dict.fromkeys(bert.small_vocabulary()[5:]))
    tok = bert.tokenizer(list(mpnet))
    tok.add_special_tokens(special([t for t in mpnet if t in ROBERTA + BERT], "<mask>"))
    tok.post_processor = processors.RobertaProcessing(("</s>", 2), ("<s>", 0), trim_offsets=True, add_prefix_space=False)
    yield "mpnet", json.loads(tok.to_str())

    # Stages that none of the above has.
    tok = bert.tokenizer(bert.small_vocabulary())
    tok.add_special_tokens(special(BERT, "[MASK]"))
    tok.normalizer = N.Sequence([N.NFD(), N.Strip(), N.BertNormalizer(clean_text=True, strip_accents=False, lowercase=True)])
    tok.pre_tokenizer = P.Sequence([P.Whitespace(), P.Digits(individual_digits=True), P.Punctuation("merged_with_previous"),
                                    P.Split("e", "merged_with_next"), P.Split("oo", "contiguous", invert=True)])
    tok.post_processor = template("[CLS]", "[SEP]", tok)
    yield "stages", json.loads(tok.to_str())


def oracle(described):
    """The package's tokenizer, whose special pieces no text can be, and the same without trimmed offsets."""
    described = json.loads(json.dumps(described))
    renamed = {t["content"]: f"\ufdd0\ufdd0\ufdd0{i}" for i, t in enumerate(described["added_tokens"]) if t["special"]}
    for token in described["added_tokens"]:
        token["content"] = renamed.get(token["content"], token["content"])
    model = described["model"]
    if model["type"] == "Unigram":
        model["vocab"] = [[renamed.get(piece, piece), score] for piece, score in model["vocab"]]
    else:
        model["vocab"] = {renamed.get(piece, piece): id for piece, id in model["vocab"].items()}
        model["unk_token"] = renamed.get(model.get("unk_token"), model.get("unk_token"))
    trimmed = Tokenizer.from_str(json.dumps(described))
    described["post_processor"]["trim_offsets"] = False
    whole = Tokenizer.from_str(json.dumps(described))
    trimmed.encode_special_tokens = whole.encode_special_tokens = True
    return trimmed, whole


def expected(oracle, raw):
    text, ranges = bert.decoded(raw)
    starts = [begin for begin, _ in ranges] + [len(raw)]
    trimmed, whole = (tok.encode(text) for tok in oracle)
    values = []
    for id, (begin, end), own in zip(trimmed.ids, trimmed.offsets, whole.offsets):
        if begin == end:  # white space alone: in pellucid it keeps its bytes
            begin, end = own
        values += [id, starts[begin], ranges[end - 1][1] if end > begin else starts[begin]]
    return values


def read(file):
    data, strings, at = file.read_bytes(), [], 0
    while at < len(data):
        size, = struct.unpack_from("<H", data, at)
        strings.append(data[at + 2 : at + 2 + size])
        at += 2 + size
    return strings


def main():
    OUT.mkdir(parents=True, exist_ok=True)
    if len(sys.argv) == 4 and sys.argv[1] == "show":
        raw = (read(bert.OUT / "corpus.bin") + read(OUT / "adversarial.bin"))[int(sys.argv[3])]
        described = json.loads((OUT / sys.argv[2] / "tokenizer.json").read_text())
        print(raw, expected(oracle(described), raw), sep="\n")
        return
    raws = list(dict.fromkeys(text.encode() for text in adversarial()))
    (OUT / "adversarial.bin").write_bytes(b"".join(struct.pack("<H", len(raw)) + raw for raw in raws))
    strings = read(bert.OUT / "corpus.bin") + raws
    for name, described in kinds():
        (OUT / name).mkdir(exist_ok=True)
        (OUT / name / "tokenizer.json").write_text(json.dumps(described, ensure_ascii=False, indent=0) + "\n")
        tok = oracle(described)
        groups = [strings[at : at + GROUP] for at in range(0, len(strings), GROUP)]
        (OUT / name / "expected.bin").write_bytes(b"".join(
            struct.pack("<Q", bert.fnv(value for raw in group for value in expected(tok, raw))) for group in groups))


if __name__ == "__main__":
    main()
