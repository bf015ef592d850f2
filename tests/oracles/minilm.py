"""What transformers computes with the fetched MiniLM: last hidden states of a few texts, in float64.

Run once from the project's root, with a Python that has torch, transformers, safetensors, after scripts/setup:
    python tests/oracles/minilm.py

tests/fixtures/minilm/texts.txt             a text a line
tests/fixtures/minilm/expected.safetensors  ids [T] i32, bounds [B + 1] i32, hidden [T, 384] f32
"""

import pathlib

import torch
from safetensors.torch import save_file
from transformers import AutoModel, AutoTokenizer

ROOT = pathlib.Path(__file__).parent.parent.parent
TEXTS = [
    "Oil prices rose after ministers agreed to cut output.",
    "",
    "The café's owner, Zoë, didn't pay 1,234.50 € in taxes!",
    "A text of one sentence that is a little longer than the others, so that attention has something to choose from.",
]

if __name__ == "__main__":
    model_folder = ROOT / "var" / "models" / "minilm"
    tokenizer = AutoTokenizer.from_pretrained(model_folder)
    model = AutoModel.from_pretrained(model_folder, attn_implementation="eager").double().eval()
    ids = [tokenizer(text)["input_ids"] for text in TEXTS]
    with torch.no_grad():
        hidden = [model(torch.tensor([i])).last_hidden_state[0] for i in ids]
    folder = ROOT / "tests" / "fixtures" / "minilm"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "texts.txt").write_text("\n".join(TEXTS) + "\n")
    bounds = torch.tensor([0] + [len(i) for i in ids]).cumsum(0).int()
    save_file(
        {"ids": torch.tensor(sum(ids, [])).int(), "bounds": bounds, "hidden": torch.cat(hidden).float()},
        folder / "expected.safetensors",
    )
