"""Fine-tuning as users of transformers write it, with Trainer."""

import tempfile
import warnings

import torch
import transformers
from transformers import AutoModelForSequenceClassification, AutoTokenizer, PrinterCallback, Trainer, TrainingArguments

import fine_tuning
import measure
import models

transformers.utils.logging.set_verbosity_error()
transformers.utils.logging.disable_progress_bar()
warnings.filterwarnings("ignore", module="torch")

DEFAULTS = {}
TUNED = {
    "per_device_train_batch_size": 32,
    "train_sampling_strategy": "group_by_length",
    "bf16": True,
    "optim": "adamw_torch_fused",
}


def trainer(rows, settings):
    """One repetition: a fresh model, one epoch."""
    torch.set_num_threads(measure.THREADS)
    names = sorted({label for _, label in rows})
    tokenizer = AutoTokenizer.from_pretrained(models.MINILM)
    ids = tokenizer([text for text, _ in rows], truncation=True, max_length=fine_tuning.MAX_LENGTH)["input_ids"]
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
