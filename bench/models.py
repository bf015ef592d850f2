"""Models to measure with, in var/bench/models; MiniLM with a head for the four classes of AG News.

plain/        BertForSequenceClassification, its head random: every tool reads it
plain.onnx    the same, exported; plain-fused.onnx: after ONNX Runtime's own optimiser for BERT
plain-int8.onnx, plain-fused-int8.onnx: both after ONNX Runtime's dynamic quantisation
own/          our classifier (--adjust top), trained for a moment

In a process of its own (prepare), so that what it loads weighs on no measurement.
"""

import argparse
import pathlib
import shutil
import subprocess
import sys
import tempfile

from measure import RESULTS, ROOT
import texts

MODELS = RESULTS / "models"
PLAIN, OWN = MODELS / "plain", MODELS / "own"
ONNX, ONNX_FUSED = MODELS / "plain.onnx", MODELS / "plain-fused.onnx"
ONNX_INT8, ONNX_FUSED_INT8 = MODELS / "plain-int8.onnx", MODELS / "plain-fused-int8.onnx"
LOG = MODELS / "log"
MINILM = ROOT / "var" / "models" / "minilm"
MAX_LENGTH = 512


def prepare(build):
    MODELS.mkdir(parents=True, exist_ok=True)
    with open(LOG, "w+", encoding="utf-8") as log:
        if subprocess.run([sys.executable, __file__, "--build", build], stdout=log, stderr=log).returncode != 0:
            log.seek(0)
            raise SystemExit(f"bench: failed: making the models; {LOG.relative_to(ROOT)} ends with:\n"
                             + "".join(log.readlines()[-5:]))


def make_plain(folder):
    import torch
    from transformers import AutoTokenizer, BertForSequenceClassification

    torch.manual_seed(0)
    model = BertForSequenceClassification.from_pretrained(MINILM, num_labels=4)
    model.save_pretrained(folder)
    tokenizer = AutoTokenizer.from_pretrained(MINILM, model_max_length=MAX_LENGTH)
    tokenizer.save_pretrained(folder)


def make_onnx(path):
    import torch
    from transformers import BertForSequenceClassification

    model = BertForSequenceClassification.from_pretrained(PLAIN, attn_implementation="eager").eval()
    names = ["input_ids", "attention_mask", "token_type_ids"]
    example = tuple(torch.ones(2, 16, dtype=torch.int64) for _ in names)
    torch.onnx.export(model, example, path, input_names=names, output_names=["logits"], dynamo=False,
                      dynamic_axes={name: {0: "batch", 1: "sequence"} for name in names} | {"logits": {0: "batch"}})


def make_onnx_fused(path):
    from onnxruntime.transformers import optimizer

    optimised = optimizer.optimize_model(str(ONNX), model_type="bert", num_heads=12, hidden_size=384)
    optimised.save_model_to_file(str(path))


def make_onnx_int8(path, source):
    from onnx import TensorProto
    from onnxruntime.quantization import QuantType, quantize_dynamic

    # Fused nodes are not ONNX's own, so that it must be told what they give.
    quantize_dynamic(source, path, weight_type=QuantType.QInt8, extra_options={"DefaultTensorType": TensorProto.FLOAT})


def make_own(folder, build):
    with tempfile.TemporaryDirectory() as aside:
        rows, _ = texts.news("train", 240)
        data = texts.write(f"{aside}/train.jsonl", *zip(*rows))
        subprocess.run([build / "pellucid-train", "train", "--data", data, "--model", MINILM, "--epochs", "1",
                        "--quiet", "--out", folder], check=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", type=pathlib.Path, required=True)
    build = parser.parse_args().build

    def make(path, how, *arguments):
        """Aside, then renamed: an interrupted run leaves nothing half done."""
        with tempfile.TemporaryDirectory(dir=MODELS) as aside:
            how(pathlib.Path(aside) / path.name, *arguments)
            (pathlib.Path(aside) / path.name).rename(path)

    for path, how, *arguments in (
        (PLAIN, make_plain), (ONNX, make_onnx), (ONNX_FUSED, make_onnx_fused),
        (ONNX_INT8, make_onnx_int8, ONNX), (ONNX_FUSED_INT8, make_onnx_int8, ONNX_FUSED),
    ):
        if not path.exists():
            make(path, how, *arguments)
    if not OWN.exists() or OWN.stat().st_mtime < (build / "pellucid-train").stat().st_mtime:
        shutil.rmtree(OWN, ignore_errors=True)
        make(OWN, make_own, build)


if __name__ == "__main__":
    main()
