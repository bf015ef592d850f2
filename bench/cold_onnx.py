"""MODEL.onnx TOKENIZER.json TEXT: loads what ONNX Runtime needs, predicts one text, prints the logits."""

import json
import sys

import numpy
import onnxruntime
import tokenizers

if __name__ == "__main__":
    model, tokenizer, text = sys.argv[1:]
    session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
    ids = numpy.array([tokenizers.Tokenizer.from_file(tokenizer).encode(text).ids])
    logits, = session.run(None, {"input_ids": ids, "attention_mask": numpy.ones_like(ids),
                                 "token_type_ids": numpy.zeros_like(ids)})
    print(json.dumps(logits[0].tolist()))
