"""What captum's methods give for the tiny classifier of tests/oracles/bert.py, for the tests of src/attribution.

Run once from the project's root, with a Python that has torch, transformers, tokenizers, safetensors, captum:
    python tests/oracles/captum_methods.py

tests/fixtures/captum/texts.txt               one text a line, the last line empty
tests/fixtures/captum/expected.safetensors    computed in float64, stored in fp32; T tokens of all texts, packed
    ids [T] i32, bounds [B + 1] i32, words [T] i32 (-1: special)
    label [B] i32, against [B] i32            the functional z_label − z_against, or z_label − mean z where against is -1
    gradient_x_input [T]                      InputXGradient at the word embeddings
    integrated_gradients [T]                  IntegratedGradients at the word embeddings, midpoint rule (riemann_middle),
                                              20 steps, from [MASK] for every ordinary token
    integrated_gradients.error [B]            Σφ − (f(x) − f(x')), captum's convergence delta
    occlusion.mask, occlusion.unk [T]         FeatureAblation of whole words on the ids, each piece replaced by [MASK] or
                                              [UNK]; every piece of a word holds the word's value
Special tokens are part of the gradients, and a feature of their own that is never replaced by anything else.
"""

import pathlib

import torch
from captum.attr import FeatureAblation, InputXGradient, IntegratedGradients
from safetensors.torch import save_file
from transformers import BertForSequenceClassification, BertTokenizerFast

FIXTURES = pathlib.Path(__file__).parent.parent / "fixtures"
TEXTS = [
    ("The film is good.", 2, -1),
    ("this movie was not very good , it was dull and slow", 0, -1),
    ("Oil price rise: the bank's profit falls!", 1, 2),
    ("wonderfully unplayable film", 2, 0),
    ("film", 0, 1),
    ("", 1, -1),
]


def main():
    source = FIXTURES / "tiny-bert-classifier"
    tokenizer = BertTokenizerFast.from_pretrained(source)
    model = BertForSequenceClassification.from_pretrained(source).double().eval()
    table = model.bert.embeddings.word_embeddings
    tensors = {name: [] for name in ("ids", "words", "gradient_x_input", "integrated_gradients", "occlusion.mask", "occlusion.unk")}
    bounds, errors = [0], []
    for text, label, against in TEXTS:
        encoding = tokenizer(text)
        ids = torch.tensor([encoding["input_ids"]])
        words = [-1 if w is None else w for w in encoding.word_ids()]
        ordinary = torch.tensor(words) >= 0

        def value(logits):
            return logits[:, label] - (logits.mean(1) if against < 0 else logits[:, against])

        of_rows = lambda rows: value(model(inputs_embeds=rows).logits)
        of_ids = lambda ids: value(model(ids).logits).detach()
        rows = table(ids).detach()
        baseline = table(torch.where(ordinary, tokenizer.mask_token_id, ids)).detach()

        found = InputXGradient(of_rows).attribute(rows.clone().requires_grad_())
        tensors["gradient_x_input"].append(found[0].sum(1))
        found, error = IntegratedGradients(of_rows).attribute(
            rows, baseline, n_steps=20, method="riemann_middle", return_convergence_delta=True
        )
        tensors["integrated_gradients"].append(found[0].sum(1))
        errors.append(error[0])

        features = torch.tensor([[w + 1 for w in words]])  # 0: the special tokens
        for name, replacement in (("mask", tokenizer.mask_token_id), ("unk", tokenizer.unk_token_id)):
            replaced = torch.where(ordinary, replacement, ids)
            found = FeatureAblation(of_ids).attribute(ids, replaced, feature_mask=features)
            tensors[f"occlusion.{name}"].append(found[0].double() * ordinary)
        tensors["ids"].append(ids[0].int())
        tensors["words"].append(torch.tensor(words).int())
        bounds.append(bounds[-1] + len(words))

    stored = {name: torch.cat(parts) for name, parts in tensors.items()}
    stored = {name: t if t.dtype == torch.int32 else t.detach().float() for name, t in stored.items()}
    stored["bounds"] = torch.tensor(bounds).int()
    stored["label"] = torch.tensor([label for _, label, _ in TEXTS]).int()
    stored["against"] = torch.tensor([against for _, _, against in TEXTS]).int()
    stored["integrated_gradients.error"] = torch.stack(errors).detach().float()
    folder = FIXTURES / "captum"
    folder.mkdir(exist_ok=True)
    save_file(stored, folder / "expected.safetensors")
    (folder / "texts.txt").write_text("".join(text + "\n" for text, _, _ in TEXTS))


if __name__ == "__main__":
    main()
