"""The share of the machine's peak in matrix products that fine-tuning and prediction reach.

The peak is measured beside them: oneDNN on the encoder's shapes and nothing else (gemm.cpp), the best of the ROWS a call.

Useful operations of a text of n tokens, a multiplication and an addition counting two, with L layers, width d and
width f between the feed-forward products:
  forwards   L (2 n (4 d² + 2 d f) + 4 n² d)     query, key, value, output; both feed-forward; scores Q Kᵀ and A V
  training   3 times that: the way back multiplies once for the inputs and once for the weights (scores: for Q and K,
             A and V)
What is computed again on the way back, softmax, norms, GELU, embeddings, dropout, the head and AdamW count nothing, but
their time does. So does tokenising in prediction. Fine-tuning: its steps' time, as `pellucid train` states it."""

import json
import statistics
import tempfile

import tokenizers

import fine_tuning
import measure
import models
import texts

ROWS = (64, 256, 2048)
GOAL = 0.7  # of fine-tuning in bf16


def lengths(documents, most):
    """Tokens of each text, [CLS] and [SEP] among them, cut at `most`."""
    tokenizer = tokenizers.Tokenizer.from_file(str(models.PLAIN / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(most)
    return [len(encoding.ids) for encoding in tokenizer.encode_batch(documents)]


def forwards(tokens):
    """Useful operations of a forward pass over texts of so many tokens."""
    config = json.loads((models.MINILM / "config.json").read_text())
    layers, d, f = config["num_hidden_layers"], config["hidden_size"], config["intermediate_size"]
    return sum(layers * (2 * n * (4 * d * d + 2 * d * f) + 4 * n * n * d) for n in tokens)


def gflops(operations, seconds):
    return {"seconds": seconds, "GFLOP/s": operations / seconds / 1e9}


def main():
    given = measure.options(__doc__.splitlines()[0])
    models.prepare(given.build)
    documents = texts.mixed(32 if given.quick else 400)
    rows, name = fine_tuning.data(40 if given.quick else 1600)
    predicted = lengths(documents, models.MAX_LENGTH)
    trained = lengths([text for text, _ in rows], fine_tuning.MAX_LENGTH)

    with tempfile.TemporaryDirectory() as folder:
        file = texts.write(f"{folder}/texts.jsonl", documents)
        files = fine_tuning.write(rows, folder)
        products = measure.Program(given.build / "bench_gemm")

        def peak(precision):
            """The fastest of ROWS, chosen once."""
            def contender(count):
                def run():
                    answer = products(f"{precision} {count}")
                    return gflops(answer["operations"], answer["seconds"])
                return measure.Contender(count, run)
            best = measure.fastest([contender(count) for count in ROWS])
            return measure.Contender(f"products {precision}", best.run), best.name

        def predict(precision):
            program = measure.Program(given.build / "bench_predict", models.PLAIN, file, precision)

            def run():
                answer = program()
                if answer["pieces"] != sum(predicted):
                    raise SystemExit(f"bench: failed: expected {sum(predicted)} tokens, found {answer['pieces']}")
                return gflops(forwards(predicted), answer["seconds"])
            return measure.Contender(f"predict {precision}", run)

        def train(precision):
            def run():
                rate = fine_tuning.run(given.build, files, fine_tuning.PLAIN, precision)["tokens/s"]
                return gflops(3 * forwards(trained), sum(trained) / rate) | {"tokens/s": rate}
            return measure.Contender(f"train {precision}", run)

        peaks = {precision: peak(precision) for precision in ("fp32", "bf16", "int8")}
        figures = measure.alternate(
            [contender for precision, (products_alone, _) in peaks.items()
             for contender in (products_alone, predict(precision))] + [train("fp32"), train("bf16")],
            given.repetitions, warm_up=True)

    report = measure.Report("gemm", given, {"texts predicted": len(documents), "tokens predicted": sum(predicted),
                                            f"texts of {name} trained": len(rows), "tokens trained": sum(trained)},
                            figures, {
        "products": "oneDNN, MiniLM's shapes, rows a call: "
                    + ", ".join(f"{precision} {count}" for precision, (_, count) in peaks.items()),
        "useful MFLOP a token": f"{forwards(predicted) / sum(predicted) / 1e6:.1f} predicting, "
                                f"{3 * forwards(trained) / sum(trained) / 1e6:.1f} training",
    })
    for ours in ("train bf16", "train fp32", "predict fp32", "predict bf16", "predict int8"):
        report.compare(ours, f"products {ours.split()[1]}", "GFLOP/s")
        each = report.rows[-1]["ratios"]
        report.notes[f"share of the peak, {ours}"] = (
            f"{statistics.median(each):.1%} [{min(each):.1%}, {max(each):.1%}], each repetition: "
            + " ".join(f"{share:.1%}" for share in each))
    report.notes["goal"] = f"train bf16 {GOAL:.0%} or more"
    report.finish()


if __name__ == "__main__":
    main()
