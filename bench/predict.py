"""Prediction of texts of mixed lengths, tokenising included, beside transformers and ONNX Runtime: texts a second."""

import tempfile
import time

import numpy
import onnxruntime
import tokenizers
import torch

import measure
import models
import texts
import transformers_peers as peers

BATCHES = (8, 16, 32, 64)
# Share of the texts that must get the label of transformers in fp32. The head is random: classes lie close together.
LEAST_AGREEMENT = {"fp32": 0.995, "Runtime": 0.995, "bf16": 0.9, "tuned": 0.9, "int8": 0.7}


class OnnxRuntime:
    """Texts of like length together."""

    def __init__(self, path):
        settings = onnxruntime.SessionOptions()
        settings.intra_op_num_threads = measure.THREADS
        self.session = onnxruntime.InferenceSession(path, settings, providers=["CPUExecutionProvider"])
        self.tokenizer = tokenizers.Tokenizer.from_file(str(models.PLAIN / "tokenizer.json"))
        self.tokenizer.enable_truncation(models.MAX_LENGTH)
        self.tokenizer.no_padding()

    def predict(self, documents, batch):
        start = time.perf_counter()
        ids = [encoding.ids for encoding in self.tokenizer.encode_batch(documents)]
        labels = [0] * len(ids)
        for group in peers.batches(peers.by_length(ids), batch):
            longest = len(ids[group[-1]])
            padded = numpy.zeros((len(group), longest), numpy.int64)
            mask = numpy.zeros_like(padded)
            for row, i in enumerate(group):
                padded[row, :len(ids[i])] = ids[i]
                mask[row, :len(ids[i])] = 1
            logits, = self.session.run(None, {"input_ids": padded, "attention_mask": mask,
                                              "token_type_ids": numpy.zeros_like(padded)})
            for i, label in zip(group, logits.argmax(-1).tolist()):
                labels[i] = label
        return peers.figures(start, labels)


def main():
    given = measure.options(__doc__)
    models.prepare(given.build)
    documents = texts.mixed(32 if given.quick else 400)
    sample = documents[:16 if given.quick else 100]  # to choose a peer's best setting by
    sizes = (16,) if given.quick else BATCHES

    fp32, tokenizer = peers.load()
    bf16, _ = peers.load(torch.bfloat16)
    tuned = measure.fastest([
        measure.Contender((batch, autocast), lambda b=batch, a=autocast: peers.predict_tuned(
            fp32 if a else bf16, tokenizer, sample, b, a))
        for batch in sizes for autocast in (True, False)]).name
    def onnx_runtime(*paths):
        """At its best batch, with the best of the files."""
        sessions = {path: OnnxRuntime(path) for path in paths}
        batch, path = measure.fastest([
            measure.Contender((batch, path), lambda b=batch, p=path: sessions[p].predict(sample, b))
            for batch in sizes for path in sessions]).name
        return (lambda: sessions[path].predict(documents, batch)), f"by length, batches of {batch}, {path.name}"

    onnx_fp32, onnx_fp32_settings = onnx_runtime(models.ONNX, models.ONNX_FUSED)
    onnx_int8, onnx_int8_settings = onnx_runtime(models.ONNX_INT8, models.ONNX_FUSED_INT8)

    with tempfile.TemporaryDirectory() as folder:
        file = texts.write(f"{folder}/texts.jsonl", documents)

        def ours(model, precision):
            program = measure.Program(given.build / "bench_predict", model, file, precision)

            def run():
                answer = program()
                return {"seconds": answer["seconds"], "texts/s": len(documents) / answer["seconds"],
                        "labels": answer["labels"], "pieces": answer["pieces"]}
            return run

        figures = measure.alternate([
            measure.Contender("pellucid bf16", ours(models.PLAIN, "bf16")),
            measure.Contender("transformers defaults", lambda: peers.predict_defaults(fp32, tokenizer, documents)),
            measure.Contender("pellucid fp32", ours(models.PLAIN, "fp32")),
            measure.Contender("transformers tuned", lambda: peers.predict_tuned(
                fp32 if tuned[1] else bf16, tokenizer, documents, *tuned)),
            measure.Contender("pellucid own head bf16", ours(models.OWN, "bf16")),
            measure.Contender("ONNX Runtime", onnx_fp32),
            measure.Contender("pellucid int8", ours(models.PLAIN, "int8")),
            measure.Contender("ONNX Runtime int8", onnx_int8),
        ], given.repetitions, warm_up=True)

    labels = {name: [run.pop("labels") for run in runs][0] for name, runs in figures.items()}
    reference = labels["transformers defaults"]
    agreement = {name: sum(a == b for a, b in zip(found, reference)) for name, found in labels.items()
                 if name not in ("transformers defaults", "pellucid own head bf16")}
    for name, same in agreement.items():
        if same < LEAST_AGREEMENT[name.split()[-1]] * len(documents):
            raise SystemExit(f"bench: failed: {name}: expected the labels of transformers in fp32, "
                             f"found {same} of {len(documents)}")
    pieces = figures["pellucid bf16"][0]["pieces"]
    report = measure.Report("predict", given, {"texts": len(documents), "pieces": pieces}, figures, {
        "transformers tuned": f"by length, batches of {tuned[0]}, bf16 {'autocast' if tuned[1] else 'weights'}",
        "ONNX Runtime": "fp32, " + onnx_fp32_settings,
        "ONNX Runtime int8": "quantize_dynamic, " + onnx_int8_settings,
        "same label as transformers in fp32": ", ".join(f"{name} {same}" for name, same in agreement.items()),
    })
    for peer in ("transformers defaults", "transformers tuned", "ONNX Runtime"):
        report.compare("pellucid bf16", peer, "texts/s")
    report.compare("pellucid fp32", "ONNX Runtime", "texts/s")
    report.compare("pellucid int8", "ONNX Runtime int8", "texts/s")
    report.compare("pellucid own head bf16", "transformers tuned", "texts/s")
    report.finish()


if __name__ == "__main__":
    main()
