"""Fine-tuning MiniLM on news beside transformers' Trainer: real tokens a second, padding not counted.

One epoch over the same texts. Neither time includes tokenising; pellucid's includes its validation
(on eight texts) and writing the model, Trainer does neither."""

import json
import subprocess
import tempfile
import warnings

import torch
import transformers
from transformers import AutoModelForSequenceClassification, AutoTokenizer, PrinterCallback, Trainer, TrainingArguments

import measure
import models
import texts

MAX_LENGTH = 256
DEFAULTS = {}
TUNED = {
    "per_device_train_batch_size": 32,
    "train_sampling_strategy": "group_by_length",
    "bf16": True,
    "optim": "adamw_torch_fused",
}
PLAIN = ["--adjust", "none", "--sufficiency", "0", "--deep-supervision", "0"]
FULL = ["--adjust", "top", "--sufficiency", "1"]


def trainer(rows, settings):
    """One repetition: a fresh model, one epoch."""
    names = sorted({label for _, label in rows})
    tokenizer = AutoTokenizer.from_pretrained(models.MINILM)
    ids = tokenizer([text for text, _ in rows], truncation=True, max_length=MAX_LENGTH)["input_ids"]
    examples = [{"input_ids": text, "label": names.index(label)} for text, (_, label) in zip(ids, rows)]

    def run():
        model = AutoModelForSequenceClassification.from_pretrained(models.MINILM, num_labels=len(names))
        with tempfile.TemporaryDirectory() as folder:
            arguments = TrainingArguments(
                output_dir=folder, num_train_epochs=1, use_cpu=True, dataloader_pin_memory=False, save_strategy="no",
                logging_strategy="no", report_to="none", disable_tqdm=True, **settings)
            task = Trainer(model, arguments, train_dataset=examples, processing_class=tokenizer)
            task.remove_callback(PrinterCallback)
            done = task.train()
        tokens = sum(len(text) for text in ids)
        return {"seconds": done.metrics["train_runtime"], "steps": done.global_step, "tokens": tokens,
                "tokens/s": tokens / done.metrics["train_runtime"]}
    return run


def pellucid(build, data, validation, options):
    def run():
        with tempfile.TemporaryDirectory() as folder:
            done = subprocess.run(
                [build / "pellucid-train", "train", "--data", data, "--validation", validation,
                 "--model", models.MINILM, "--out", f"{folder}/model", "--max-length", str(MAX_LENGTH),
                 "--epochs", "1", "--precision", "bf16", "--threads", str(measure.THREADS),
                 "--quiet", "--json", "-", *options],
                check=True, capture_output=True, text=True)
        outcome = json.loads(done.stdout)
        return {"seconds": outcome["seconds"], "steps": outcome["steps"], "tokens/s": outcome["tokens_per_second"]}
    return run


def main():
    given = measure.options(__doc__.splitlines()[0])
    transformers.utils.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()
    warnings.filterwarnings("ignore", module="torch")
    torch.set_num_threads(measure.THREADS)
    rows, name = texts.news("train", 40 if given.quick else 1200)
    held_out = texts.news("test", 8)[0]

    with tempfile.TemporaryDirectory() as folder:
        data = texts.write(f"{folder}/train.jsonl", *zip(*rows))
        validation = texts.write(f"{folder}/validation.jsonl", *zip(*held_out))
        figures = measure.alternate([
            measure.Contender("pellucid", pellucid(given.build, data, validation, PLAIN)),
            measure.Contender("Trainer tuned", trainer(rows, TUNED)),
            measure.Contender("pellucid full recipe", pellucid(given.build, data, validation, FULL)),
            measure.Contender("Trainer defaults", trainer(rows, DEFAULTS)),
        ], given.repetitions, warm_up=False)

    tokens = figures["Trainer tuned"][0]["tokens"]
    report = measure.Report("train", given, {f"texts of {name}": len(rows), "tokens": tokens}, figures, {
        "pellucid": " ".join(PLAIN) + " --precision bf16",
        "pellucid full recipe": " ".join(FULL) + " --precision bf16",
        "Trainer defaults": "fp32, batches of 8, AdamW fused",
        "Trainer tuned": "bf16 autocast, batches of 32 by length, AdamW fused",
    })
    for own, beside in (("pellucid", "Trainer defaults"), ("pellucid", "Trainer tuned"),
                        ("pellucid full recipe", "Trainer tuned")):
        report.compare(own, beside, "tokens/s")
    report.finish()


if __name__ == "__main__":
    main()
