"""The share of the machine's peak in matrix products that fine-tuning and prediction reach.

Counted are the encoder's matrices alone: 2 operations a parameter and token forwards, 6 in training.
Prediction includes tokenising."""

import json
import tempfile

import fine_tuning
import measure
import models
import texts


def parameters():
    """Of the matrices that every token passes."""
    config = json.loads((models.MINILM / "config.json").read_text())
    hidden = config["hidden_size"]
    return config["num_hidden_layers"] * (4 * hidden * hidden + 2 * hidden * config["intermediate_size"])


def main():
    given = measure.options(__doc__.splitlines()[0])
    models.prepare(given.build)
    documents = texts.mixed(32 if given.quick else 400)
    rows, name = fine_tuning.data(40 if given.quick else 400)
    of_a_token = 2 * parameters()

    def gflops(operations, seconds):
        return {"seconds": seconds, "GFLOP/s": operations / seconds / 1e9}

    with tempfile.TemporaryDirectory() as folder:
        file = texts.write(f"{folder}/texts.jsonl", documents)
        files = fine_tuning.write(rows, folder)
        products = measure.Program(given.build / "bench_gemm")

        def peak(precision):
            def run():
                answer = products(precision)
                return gflops(answer["operations"], answer["seconds"])
            return measure.Contender(f"products {precision}", run)

        def predict(precision):
            program = measure.Program(given.build / "bench_predict", models.PLAIN, file, precision)

            def run():
                answer = program()
                return gflops(of_a_token * answer["pieces"], answer["seconds"])
            return measure.Contender(f"predict {precision}", run)

        def train():
            rate = fine_tuning.run(given.build, files, fine_tuning.PLAIN)["tokens/s"]
            return gflops(3 * of_a_token * rate, 1)

        figures = measure.alternate(
            [contend(precision) for precision in ("fp32", "bf16", "int8") for contend in (peak, predict)]
            + [measure.Contender("train bf16", train)], given.repetitions, warm_up=True)

    report = measure.Report("gemm", given, {"texts predicted": len(documents), f"texts of {name}, training": len(rows)},
                            figures, {"products": "oneDNN, MiniLM's shapes, 64 rows a call, all threads at once",
                                      "operations a token": f"{of_a_token / 1e6:.2f} M, three times that in training"})
    for own in ("predict fp32", "predict bf16", "predict int8", "train bf16"):
        report.compare(own, f"products {own.split()[1]}", "GFLOP/s")
    report.finish()


if __name__ == "__main__":
    main()
