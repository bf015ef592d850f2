"""Fine-tuning MiniLM on news beside transformers' Trainer: real tokens a second, padding not counted.

One epoch over the same texts. Neither time includes tokenising, validation or writing the model."""

import tempfile

import fine_tuning
import measure
import trainer_peer


def main():
    given = measure.options(__doc__.splitlines()[0])
    rows, name = fine_tuning.data(40 if given.quick else 1600)
    with tempfile.TemporaryDirectory() as folder:
        files = fine_tuning.write(rows, folder)

        def pellucid(options):
            return lambda: fine_tuning.run(given.build, files, options)

        figures = measure.alternate([
            measure.Contender("pellucid", pellucid(fine_tuning.PLAIN)),
            measure.Contender("Trainer tuned", trainer_peer.trainer(rows, trainer_peer.TUNED)),
            measure.Contender("pellucid full recipe", pellucid(fine_tuning.FULL)),
            measure.Contender("Trainer defaults", trainer_peer.trainer(rows, trainer_peer.DEFAULTS)),
        ], given.repetitions, warm_up=False)

    tokens = figures["Trainer tuned"][0]["tokens"]
    report = measure.Report("train", given, {f"texts of {name}": len(rows), "tokens": tokens}, figures, {
        "pellucid": " ".join(fine_tuning.PLAIN) + " --precision bf16",
        "pellucid full recipe": " ".join(fine_tuning.FULL) + " --precision bf16",
        "Trainer defaults": "fp32, batches of 8, AdamW fused",
        "Trainer tuned": "bf16 autocast, batches of 32 by length, AdamW fused",
    })
    for own, beside in (("pellucid", "Trainer defaults"), ("pellucid", "Trainer tuned"),
                        ("pellucid full recipe", "Trainer tuned")):
        report.compare(own, beside, "tokens/s")
    report.finish()


if __name__ == "__main__":
    main()
