"""Tokenising on one thread beside the tokenizers package: megabytes of UTF-8 a second."""

import os
import tempfile
import time

os.environ["RAYON_NUM_THREADS"] = "1"  # read when tokenizers starts
os.environ["TOKENIZERS_PARALLELISM"] = "false"

import tokenizers

import measure
import models
import texts


def main():
    given = measure.options(__doc__)
    documents = texts.mixed(100 if given.quick else 4000)
    megabytes = sum(len(text.encode()) for text in documents) / 1e6
    peer = tokenizers.Tokenizer.from_file(str(models.MINILM / "tokenizer.json"))
    peer.no_truncation()
    peer.no_padding()

    def one_by_one():
        start = time.perf_counter()
        pieces = sum(len(peer.encode(text).ids) for text in documents)
        return rate(time.perf_counter() - start, pieces)

    def batch():
        start = time.perf_counter()
        pieces = sum(len(encoding.ids) for encoding in peer.encode_batch(documents))
        return rate(time.perf_counter() - start, pieces)

    def rate(seconds, pieces):
        return {"seconds": seconds, "pieces": pieces, "MB/s": megabytes / seconds}

    with tempfile.TemporaryDirectory() as folder:
        program = measure.Program(given.build / "bench_tokenizer", models.MINILM,
                                  texts.write(f"{folder}/texts.jsonl", documents))

        def ours():
            answer = program()
            return rate(answer["seconds"], answer["pieces"])

        figures = measure.alternate([
            measure.Contender("pellucid", ours),
            measure.Contender("tokenizers encode", one_by_one),
            measure.Contender("tokenizers encode_batch", batch),
        ], given.repetitions, warm_up=True)

    counts = {run["pieces"] for runs in figures.values() for run in runs}
    if len(counts) > 1:
        raise SystemExit(f"bench: failed: expected the same number of pieces from all, found {sorted(counts)}")
    report = measure.Report("tokenizer", given, {"texts": len(documents), "pieces": counts.pop()}, figures)
    report.compare("pellucid", "tokenizers encode", "MB/s")
    report.compare("pellucid", "tokenizers encode_batch", "MB/s")
    report.finish()


if __name__ == "__main__":
    main()
