"""Tiny random text classifiers with tokenizers of their own, saved by transformers, and what its pipeline says of texts: for
tests/app/pipelines_test.cpp.

Run once from the project's root, with a Python that has torch, transformers, tokenizers:
    python tests/oracles/pipelines.py

tests/fixtures/pipelines/
  roberta/, xlm-roberta/, modernbert/, deberta-v3/
    config.json, model.safetensors            2 layers, hidden 16, 2 heads, intermediate 24, 3 classes
    tokenizer.json, tokenizer_config.json, …  that of tests/fixtures/text/kinds; XLM-R's with the small map of DeBERTa's
    expected.json                             for each text its label, and the probability and logit of each class
"""

import copy
import json
import pathlib

import torch
import transformers
from tokenizers import Tokenizer

FIXTURES = pathlib.Path(__file__).parent.parent / "fixtures"
KINDS = FIXTURES / "text" / "kinds"
OUT = FIXTURES / "pipelines"
LABELS = ["negative", "neutral", "positive"]
LIMIT = 40  # tokens of a text
SIZES = dict(hidden_size=16, num_hidden_layers=2, num_attention_heads=2, intermediate_size=24)
MODERNBERT = dict(local_attention=8, global_attn_every_n_layers=2, max_position_embeddings=LIMIT, reference_compile=False)
DEBERTA = dict(relative_attention=True, position_buckets=8, norm_rel_ebd="layer_norm", share_att_key=True, type_vocab_size=0,
               pos_att_type="p2c|c2p", position_biased_input=False, layer_norm_eps=1e-7, max_position_embeddings=LIMIT)
BY_PADDING = dict(type_vocab_size=1, layer_norm_eps=1e-5, max_position_embeddings=LIMIT + 2)  # positions count from row 2
SPECIAL = dict(unk_token="[UNK]", pad_token="[PAD]", cls_token="[CLS]", sep_token="[SEP]", mask_token="[MASK]")

# The family of transformers' classes, settings of its model, the class of its tokenizer, settings of that.
CLASSIFIERS = {
    "roberta": ("Roberta", BY_PADDING, "RobertaTokenizerFast", {}),
    "xlm-roberta": ("XLMRoberta", BY_PADDING, "XLMRobertaTokenizerFast", {}),
    "modernbert": ("ModernBert", MODERNBERT, "PreTrainedTokenizerFast",
                   {**SPECIAL, "model_input_names": ["input_ids", "attention_mask"]}),
    "deberta-v3": ("DebertaV2", DEBERTA, "DebertaV2TokenizerFast", {}),
}

TEXTS = [
    "Oil prices rose 2.5% on Monday, after OPEC's surprise decision to cut output.",
    "oil",
    "The film isn't good; it's very, very good!",
    "  two spaces before, and two behind  ",
    "\tone tab\n\ntwo lines\r\nof   another system\n",
    "Crème brûlée, naïve façade, Straße, ŁÓDŹ, Ελλάδα, Москва",
    "Cre\u0300me bru\u0302le\u0301e of combining marks, q\u0307\u0323",
    "東京タワーは高さ333メートルです。 中国经济增长放缓,出口下降。",
    "العربية עברית हिन्दी ภาษาไทย 한국어",
    "👍",
    "so good 👩‍👩‍👧‍👦 and 🏳️‍🌈🇩🇪 ❤️!",
    " 😀 before a word",
    "no\u00a0break, ideographic\u3000space, zero\u200bwidth, soft\u00adhyphen, \ufeffmark",
    "ﬁne ½ cup x² Ａｂｃ ﷺ",
    "http://x.y/z?q=1&w=2 @user #tag $AAPL C++ __init__ foo.bar(baz)[0]",
    "1234567890 1,234,567.89 2024-01-31 3.14e-10",
    "before covid19 and after",
    "``quoted'' and \u201cquoted\u201d \u2014 said he\u2026",
    "ab" * 40,
    "Scientists at CERN reported a result that nobody had expected, and then another one. " * 6,
    "多" * 60,
    "?!",
    " ",
    "",
]


def own_tokenizer(name):
    described = json.loads((KINDS / name / "tokenizer.json").read_text())
    if name == "xlm-roberta":  # its own map is 300 kB
        deberta = json.loads((KINDS / "deberta-v3" / "tokenizer.json").read_text())
        described["normalizer"] = next(n for n in deberta["normalizer"]["normalizers"] if n["type"] == "Precompiled")
    _, _, kind, settings = CLASSIFIERS[name]
    return getattr(transformers, kind)(tokenizer_object=Tokenizer.from_str(json.dumps(described)), model_max_length=LIMIT,
                                       **copy.deepcopy(settings))


def randomise(model):
    with torch.no_grad():
        for module in model.modules():
            for name, parameter in module.named_parameters(recurse=False):
                scale = isinstance(module, torch.nn.LayerNorm) and name == "weight"
                parameter.normal_(1.0 if scale else 0.0, 0.15 if parameter.dim() == 1 else 0.4)


def write(name):
    family, settings, _, _ = CLASSIFIERS[name]
    tokenizer = own_tokenizer(name)
    config = getattr(transformers, family + "Config")(
        **SIZES, **settings,
        vocab_size=-(-len(tokenizer) // 8) * 8,  # as published models round it up
        pad_token_id=tokenizer.pad_token_id,
        id2label=dict(enumerate(LABELS)), label2id={label: i for i, label in enumerate(LABELS)},
        attn_implementation="eager",
    )
    model = getattr(transformers, family + "ForSequenceClassification")(config).eval()
    randomise(model)
    folder = OUT / name
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)

    classify = transformers.pipeline("text-classification", model=str(folder), device="cpu", top_k=None, truncation=True,
                                     max_length=LIMIT)
    expected = []
    for text in TEXTS:
        of = {kind: {row["label"]: row["score"] for row in classify([text], function_to_apply=function)[0]}
              for kind, function in {"probability": "softmax", "logit": "none"}.items()}
        expected.append({"text": text, "label": max(of["logit"], key=of["logit"].get), **of})
    (folder / "expected.json").write_text(json.dumps(expected, ensure_ascii=False, indent=0) + "\n")


if __name__ == "__main__":
    torch.manual_seed(7)
    for each in CLASSIFIERS:
        write(each)
