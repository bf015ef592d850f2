"""How time grows with a text's length, and time and memory with the number of texts; ours alone.

Lengths: texts of exactly so many tokens, 8,192 tokens in all. Numbers: `pellucid predict` on files of short
texts, a process each, once: memory must not grow with the file."""

import itertools
import json
import tempfile

import tokenizers

import measure
import models
import texts

LENGTHS = (16, 32, 64, 128, 256, 512)
TOKENS = 8192
NUMBERS = (1_000, 10_000, 100_000)
MILLION = 1_000_000
SHORT = 10  # words of a text there


def exactly(length, tokenizer, words):
    """Texts of `length` tokens, [CLS] and [SEP] among them, out of words of one token."""
    whole = [" ".join(itertools.islice(words, length - 2)) for _ in range(TOKENS // length)]
    found = {len(tokenizer.encode(text).ids) for text in whole}
    if found != {length}:
        raise SystemExit(f"bench: failed: expected texts of {length} tokens, found {sorted(found)}")
    return whole


def short_texts(path, n):
    """n different texts, made while they are written: windows of words over the news, with a number."""
    words = [word for text in texts.mixed(400) for word in text.split()]
    with open(path, "w", encoding="utf-8") as file:
        for i in range(n):
            first = i * 7 % (len(words) - SHORT)
            file.write(json.dumps({"text": " ".join(words[first:first + SHORT]) + f" {i}"}) + "\n")
    return path


def lengths(given, folder):
    tokenizer = tokenizers.Tokenizer.from_file(str(models.PLAIN / "tokenizer.json"))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    known = {word for text in texts.mixed(400) for word in text.split() if word.isalpha()}
    words = itertools.cycle(sorted(word for word in known
                                   if len(tokenizer.encode(word, add_special_tokens=False).ids) == 1))

    def contend(program, request, length):
        def run():
            seconds = program(request)["seconds"]
            return {"seconds": seconds, "tokens/s": TOKENS / seconds}
        return measure.Contender(f"{request}, {length} tokens", run)

    contenders = []
    for length in LENGTHS[:3] if given.quick else LENGTHS:
        file = texts.write(f"{folder}/{length}.jsonl", exactly(length, tokenizer, words))
        program = measure.Program(given.build / "bench_explain", models.PLAIN, file)
        contenders += [contend(program, request, length) for request in ("forward", "decomposition")]
    return measure.alternate(contenders, given.repetitions, warm_up=True)


def numbers(given, folder):
    chosen = NUMBERS[:2] if given.quick else NUMBERS + ((MILLION,) if given.full else ())
    figures = {}
    for n in chosen:
        file = short_texts(f"{folder}/{n}.jsonl", n)
        command = [given.build / "pellucid", "predict", models.PLAIN, file, "--quiet", "--json"]
        output = f"{folder}/labels.jsonl"
        found = measure.process(f"predict, {n:,} texts", *command, output, prints=False).run()
        with open(output, encoding="utf-8") as lines:
            labelled = sum(1 for _ in lines)
        if labelled != n:
            raise SystemExit(f"bench: failed: expected {n} labels, found {labelled}")
        figures[f"predict, {n:,} texts"] = [found | {"texts/s": n / found["seconds"]}]
    return figures


def main():
    given = measure.options(__doc__.splitlines()[0])
    models.prepare(given.build)
    with tempfile.TemporaryDirectory() as folder:
        by_length = lengths(given, folder)
        by_number = numbers(given, folder)

    report = measure.Report("scaling", given, {"tokens of each length": TOKENS}, by_length | by_number, {
        "lengths": "fp32, tokenised before, 2,048 tokens a batch",
        "numbers": f"bf16 where the CPU has it, {SHORT} words and a number a text, once, the process's start included; "
                   "MB: peak resident memory",
    })
    first = LENGTHS[0]
    for name in by_length:
        request, length = name.split(", ")
        if length != f"{first} tokens":
            report.compare(name, f"{request}, {first} tokens", "tokens/s")
    few, *more = by_number
    for name in more:
        report.compare(name, few, "texts/s")
        report.compare(name, few, "MB")
    report.finish()


if __name__ == "__main__":
    main()
