"""Prediction and tokenising as users of transformers write them."""

import contextlib
import time

import torch
import transformers
from transformers import AutoTokenizer, BertForSequenceClassification

import measure
import models

transformers.utils.logging.disable_progress_bar()
transformers.utils.logging.set_verbosity_error()


def load(dtype=torch.float32):
    torch.set_num_threads(measure.THREADS)
    tokenizer = AutoTokenizer.from_pretrained(models.PLAIN)
    model = BertForSequenceClassification.from_pretrained(models.PLAIN, dtype=dtype).eval()
    return model, tokenizer


def by_length(ids):
    return sorted(range(len(ids)), key=lambda i: len(ids[i]))


def batches(order, size):
    return [order[first:first + size] for first in range(0, len(order), size)]


@torch.inference_mode()
def predict_defaults(model, tokenizer, documents, batch=32):
    """In the order given, padded to the longest of a batch."""
    start = time.perf_counter()
    labels = []
    for first in range(0, len(documents), batch):
        inputs = tokenizer(documents[first:first + batch], padding=True, truncation=True,
                           max_length=models.MAX_LENGTH, return_tensors="pt")
        labels += model(**inputs).logits.argmax(-1).tolist()
    return figures(start, labels)


@torch.inference_mode()
def predict_tuned(model, tokenizer, documents, batch, autocast):
    """Texts of like length together, bf16."""
    start = time.perf_counter()
    ids = tokenizer(documents, truncation=True, max_length=models.MAX_LENGTH)["input_ids"]
    labels = [0] * len(ids)
    context = torch.autocast("cpu", torch.bfloat16) if autocast else contextlib.nullcontext()
    with context:
        for group in batches(by_length(ids), batch):
            inputs = tokenizer.pad({"input_ids": [ids[i] for i in group]}, return_tensors="pt")
            for i, label in zip(group, model(**inputs).logits.argmax(-1).tolist()):
                labels[i] = label
    return figures(start, labels)


def figures(start, labels):
    seconds = time.perf_counter() - start
    return {"seconds": seconds, "texts/s": len(labels) / seconds, "labels": labels}
