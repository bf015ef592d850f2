"""What other programs compute with exported models. Reads jobs as JSON from stdin, [{"format": "onnx" | "huggingface", "path": …,
"ids": [[…], …], "mask": [[…], …]}, …]; prints a list of {"logits": [[…], …]} or {"missing": MODULE}."""

import functools
import importlib.util
import json
import sys


@functools.lru_cache(maxsize=1)
def opened(path):
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1  # threads that wait would take the cores from tests beside this one
    return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])


def onnx(path, ids, mask):
    import numpy

    session = opened(path)
    inputs = {"input_ids": numpy.array(ids, numpy.int64), "attention_mask": numpy.array(mask, numpy.int64)}
    return session.run(["logits"], inputs)[0].tolist(), session.get_modelmeta().custom_metadata_map


def huggingface(path, ids, mask):
    import torch
    import transformers

    model = transformers.AutoModelForSequenceClassification.from_pretrained(path).eval()
    with torch.no_grad():
        logits = model(input_ids=torch.tensor(ids), attention_mask=torch.tensor(mask)).logits
    return logits.tolist(), {str(number): label for number, label in model.config.id2label.items()}


PROGRAMS = {"onnx": (onnx, "onnxruntime"), "huggingface": (huggingface, "transformers")}

answers = []
for job in json.load(sys.stdin):
    program, module = PROGRAMS[job["format"]]
    if importlib.util.find_spec(module) is None:
        answers.append({"missing": module})
        continue
    logits, said = program(job["path"], job["ids"], job["mask"])
    answers.append({"logits": logits, "said": said})
json.dump(answers, sys.stdout)
