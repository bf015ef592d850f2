"""Files written by the safetensors and transformers packages, for the tests of src/checkpoint.

Run once from the project's root, with a Python that has torch, safetensors and transformers:
    python tests/oracles/safetensors_files.py
"""

import json
import pathlib
import shutil

import torch
from safetensors.torch import save_file
from transformers import BertConfig, BertForSequenceClassification, BertModel

FOLDER = pathlib.Path(__file__).parent.parent / "fixtures" / "checkpoint"
VOCABULARY = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "a", "b", "c", "##a", "##b", "##c", "d"]


def write_every_type():
    """Each dtype that we read, scalars and empty tensors, names that JSON must escape."""
    save_file(
        {
            "f64": torch.tensor([[0.1, -2.5], [1e300, 5e-324]], dtype=torch.float64),
            "f32": torch.tensor([[1.5, -0.0, 3.4e38], [1e-45, float("inf"), 0.1]]),
            "f16": torch.ones(3, dtype=torch.float16),
            "bf16": torch.ones(1, dtype=torch.bfloat16),
            "i64": torch.tensor([2**62, -1]),
            "i32": torch.tensor([2**30, -1], dtype=torch.int32),
            "i16": torch.tensor([2**14, -1, 3], dtype=torch.int16),
            "i8": torch.tensor([-128, 127], dtype=torch.int8),
            "u8": torch.tensor([0, 255], dtype=torch.uint8),
            "bool": torch.tensor([True, False, True]),
            "scalar": torch.tensor(7.0),
            "empty": torch.ones(0, 3),
            'é "quoted" \\ /\x01': torch.tensor([1.0]),
        },
        FOLDER / "every_type.safetensors",
        metadata={"format": "pt"},
    )


def write_conversions():
    """Half-precision numbers of every kind beside the same numbers in fp32, as torch converts them."""
    fractions = [0, 1, 2, 341, 512, 1022, 1023]
    half = [s << 15 | e << 10 | f for s in (0, 1) for e in (0, 1, 14, 15, 16, 30, 31) for f in fractions]
    brain = [s << 15 | e << 7 | f for s in (0, 1) for e in (0, 1, 126, 127, 128, 254, 255) for f in (0, 1, 64, 127)]
    tensors = {}
    for name, bits, dtype in (("f16", half, torch.float16), ("bf16", brain, torch.bfloat16)):
        values = torch.tensor(bits, dtype=torch.int32).to(torch.int16).view(dtype)
        tensors[name] = values
        tensors[name + ".as_f32"] = values.to(torch.float32)
    tensors["f64"] = torch.tensor([0.1, -2.5, 1e300, 5e-324, 1 / 3], dtype=torch.float64)
    tensors["f64.as_f32"] = tensors["f64"].to(torch.float32)
    save_file(tensors, FOLDER / "conversions.safetensors", metadata={"format": "pt"})


def write_models():
    """A bare encoder and a sequence classifier, as save_pretrained writes them."""
    torch.manual_seed(0)
    sizes = dict(vocab_size=len(VOCABULARY), hidden_size=8, num_hidden_layers=1, num_attention_heads=2)
    sizes |= dict(intermediate_size=16, max_position_embeddings=16)
    labels = {0: "negative", 1: "neutral", 2: "positive"}
    models = {
        "encoder": BertModel(BertConfig(**sizes)),
        "classifier": BertForSequenceClassification(BertConfig(**sizes, id2label=labels)),
    }
    for name, model in models.items():
        folder = FOLDER / name
        shutil.rmtree(folder, ignore_errors=True)
        model.save_pretrained(folder)
        (folder / "vocab.txt").write_text("\n".join(VOCABULARY) + "\n")
        (folder / "tokenizer_config.json").write_text(json.dumps({"do_lower_case": True}) + "\n")


FOLDER.mkdir(parents=True, exist_ok=True)
write_every_type()
write_conversions()
write_models()
