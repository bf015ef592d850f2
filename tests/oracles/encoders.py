"""Tiny random sequence classifiers of the architectures beside BERT, and what transformers and autograd compute with
them, for the tests of src/runtime and src/train.

Run once from the project's root, with a Python that has torch, transformers, safetensors:
    python tests/oracles/encoders.py

tests/fixtures/encoders/
  head.safetensors                  a random head of ours for 3 classes, names as in src/checkpoint/model_folder.h
  distilbert/, electra/, mpnet/, roberta/, modernbert/, modernbert-biases/, deberta-v2/, deberta-v2-positions/
                                    2 layers, hidden 16, 2 heads, intermediate 32, 40 tokens; electra's embeddings have
                                    12 columns; biases and norms random too, so that nothing is hidden by a zero.
                                    modernbert's second layer is local, 4 tokens to each side; one has every bias and
                                    reads the first token, the other none and reads the mean. One
                                    deberta-v2 is as published (with few buckets); the other embeds positions and types
                                    too, and has no buckets and no norm of relative positions
    config.json, model.safetensors, vocab.txt (of tests/fixtures/tiny-bert)
    expected.safetensors            fp32 unless said otherwise; the batch is packed, T tokens, B texts:
      ids [T] i32, bounds [B + 1] i32
      hidden.0 … hidden.2 [T, 16]   output of the embedding block and of each layer; the last as heads are given it
      logits [B, 3]
      functionals [B, 3]            f_b = Σ_c functionals[b, c] z[b, c]
      gradient [T, e]               of Σ_b f_b at the word embedding rows
      scores [T], bias [B]          the exact decomposition of f_b (method.md section 3)
      labels [B] i32
      training_losses [10] f64      the mean over texts of CE(head.classifier(mean over the text's tokens of hidden.2),
                                    label) before each of ten AdamW steps on the encoder and that classifier: learning
                                    rate 1e-3, weight decay 0.01 on matrices, no clipping, no dropout
      gradient.<name>               of that loss before the first step, at the tensors that BERT does not have or reads
                                    elsewhere; names as in model.safetensors
      buckets [601] i32             mpnet: those of the distances -300 … 300; deberta-v2: the same of 256 buckets to 512
Everything is computed in float64 and stored in fp32. The gates of the decomposition are held by wrapping the functions
that transformers calls: softmax, LayerNorm's 1/σ, the activations; of GeGLU the whole gate.
"""

import pathlib
import shutil

import torch
from torch.nn import functional as F

held = False  # whether gates are constants


def gated(value):
    """φ(x) as x (φ(x)/x), the second factor a constant where gates are held."""

    def wrapped(x, *args, **named):
        y = value(x, *args, **named)
        return x * (y / x).detach() if held else y

    return wrapped


def softmax(x, *args, value=F.softmax, dtype=None, **named):  # in x's own type
    y = value(x, *args, **named)
    return y.detach() if held else y


def layer_norm(x, shape, weight, bias, eps, value=F.layer_norm):
    if not held:
        return value(x, shape, weight, bias, eps)
    centred = x - x.mean(-1, keepdim=True)
    return centred * (centred.square().mean(-1, keepdim=True) + eps).rsqrt().detach() * weight + (0 if bias is None else bias)


# Before transformers is imported: it keeps some of them.
F.softmax, F.layer_norm, F.gelu, F.relu, torch.tanh = softmax, layer_norm, gated(F.gelu), gated(F.relu), gated(torch.tanh)

from safetensors.torch import save_file  # noqa: E402
import transformers  # noqa: E402
from transformers.models.deberta_v2.modeling_deberta_v2 import make_log_bucket_position  # noqa: E402
from transformers.models.modernbert.modeling_modernbert import ModernBertMLP  # noqa: E402


def geglu(self, x):
    before, value = self.Wi(x).chunk(2, -1)
    gate = self.act(before)
    return self.Wo((gate.detach() if held else gate) * value)


ModernBertMLP.forward = geglu

FIXTURES = pathlib.Path(__file__).parent.parent / "fixtures"
LABELS = ["negative", "neutral", "positive"]
HIDDEN, INTERMEDIATE, HEADS, LAYERS, TOKENS, PIECES = 16, 32, 2, 2, 40, 132
LENGTHS = [5, 1, 2, 17, TOKENS]
COMMON = dict(
    vocab_size=PIECES,
    hidden_size=HIDDEN,
    num_hidden_layers=LAYERS,
    num_attention_heads=HEADS,
    intermediate_size=INTERMEDIATE,
    hidden_dropout_prob=0.0,
    attention_probs_dropout_prob=0.0,
)
DISTILBERT = dict(vocab_size=PIECES, dim=HIDDEN, n_layers=LAYERS, n_heads=HEADS, hidden_dim=INTERMEDIATE, dropout=0.0)
MODERNBERT = {**{k: v for k, v in COMMON.items() if "dropout" not in k}, "max_position_embeddings": TOKENS,
              "local_attention": 8, "global_attn_every_n_layers": 2, "pad_token_id": 0, "reference_compile": False}
DEBERTA = {**COMMON, "max_position_embeddings": TOKENS, "relative_attention": True, "share_att_key": True,
           "pos_att_type": ["p2c", "c2p"]}
PADDING = 1  # of roberta and mpnet, whose positions count from the row after

# The class's name, its settings, the submodule whose output is H(0), what BERT does not have or reads elsewhere.
ARCHITECTURES = {
    "distilbert": ("DistilBert", {**DISTILBERT, "attention_dropout": 0.0, "seq_classif_dropout": 0.0,
                                  "max_position_embeddings": TOKENS}, "embeddings", []),
    "electra": ("Electra", {**COMMON, "embedding_size": 12, "max_position_embeddings": TOKENS}, "embeddings_project",
                ["electra.embeddings_project.weight", "electra.embeddings_project.bias"]),
    "mpnet": ("MPNet", {**COMMON, "max_position_embeddings": TOKENS + PADDING + 1, "pad_token_id": PADDING}, "embeddings",
              ["mpnet.encoder.relative_attention_bias.weight", "mpnet.embeddings.position_embeddings.weight"]),
    "roberta": ("Roberta", {**COMMON, "max_position_embeddings": TOKENS + PADDING + 1, "pad_token_id": PADDING,
                            "type_vocab_size": 1, "layer_norm_eps": 1e-5}, "embeddings",
                ["roberta.embeddings.position_embeddings.weight"]),
    "modernbert": ("ModernBert", {**MODERNBERT, "classifier_pooling": "mean"}, "embeddings",
                   ["model.layers.1.attn_norm.weight", "model.layers.1.attn.Wqkv.weight", "model.layers.0.mlp.Wi.weight",
                    "model.final_norm.weight"]),
    "modernbert-biases": ("ModernBert", {**MODERNBERT, "classifier_pooling": "cls", "global_rope_theta": 300.0,
                                         "local_rope_theta": 20.0, "attention_bias": True, "mlp_bias": True,
                                         "norm_bias": True, "classifier_bias": True}, "embeddings",
                          ["model.layers.0.attn.Wqkv.bias", "model.layers.1.mlp.Wi.bias", "model.final_norm.bias"]),
    "deberta-v2": ("DebertaV2", {**DEBERTA, "position_buckets": 8, "norm_rel_ebd": "layer_norm",
                                 "position_biased_input": False, "type_vocab_size": 0}, "embeddings",
                   ["deberta.encoder.rel_embeddings.weight", "deberta.encoder.LayerNorm.weight",
                    "deberta.encoder.LayerNorm.bias"]),
    "deberta-v2-positions": ("DebertaV2", {**DEBERTA, "type_vocab_size": 2}, "embeddings",
                             ["deberta.encoder.rel_embeddings.weight",
                              "deberta.embeddings.position_embeddings.weight"]),
}


def randomise(model):
    with torch.no_grad():
        for module in model.modules():
            for name, parameter in module.named_parameters(recurse=False):
                norm = isinstance(module, torch.nn.LayerNorm)
                vector = parameter.dim() == 1 or isinstance(module, torch.nn.Embedding)
                parameter.normal_(1.0 if norm and name == "weight" else 0.0, 0.15 if vector else 0.3)
        bias = getattr(getattr(model.base_model, "encoder", None), "relative_attention_bias", None)
        if bias is not None:
            bias.weight.normal_(0.0, 1.0)
        positions = getattr(getattr(model.base_model, "encoder", None), "rel_embeddings", None)
        if positions is not None:
            positions.weight.normal_(0.0, 1.0)


def random_head():
    head = {}
    for name in ("query", "key", "value", "output"):
        head[f"head.context.{name}.weight"] = torch.randn(HIDDEN, HIDDEN) * 0.3
        head[f"head.context.{name}.bias"] = torch.randn(HIDDEN) * 0.15
    head["head.context.norm.weight"] = 1 + torch.randn(HIDDEN) * 0.15
    head["head.context.norm.bias"] = torch.randn(HIDDEN) * 0.15
    head["head.classifier.weight"] = torch.randn(len(LABELS), HIDDEN) * 0.3
    head["head.classifier.bias"] = torch.randn(len(LABELS)) * 0.15
    head["head.mixing"] = torch.tensor([0.4])
    head["head.log_temperature"] = torch.tensor([-1.0])
    return head


def decompose(model, block, ids, functional):
    """Scores and bias of one text: H(0) a leaf, gates held at their values."""
    global held
    leaves = []

    def leaf(_module, _inputs, output):
        leaves.append(output.detach().requires_grad_())
        return leaves[0]

    hook = model.base_model.get_submodule(block).register_forward_hook(leaf)
    held = True
    value = functional @ model(ids).logits[0]
    held = False
    hook.remove()
    scores = (leaves[0] * torch.autograd.grad(value, leaves[0])[0]).sum(-1)[0]
    # The fixed network is affine: its value at 0, gates held, is what the biases contribute.
    return scores.detach(), (value - scores.sum()).detach()


def explain(model, block, texts, functionals):
    rows_of = model.base_model.get_input_embeddings()
    gradients, scores, biases = [], [], []
    for ids, functional in zip(texts, functionals):
        rows = rows_of(ids).detach().requires_grad_()
        gradients.append(torch.autograd.grad(functional @ model(inputs_embeds=rows).logits[0], rows)[0][0])
        own, bias = decompose(model, block, ids, functional)
        scores.append(own)
        biases.append(bias)
    return {"gradient": torch.cat(gradients), "scores": torch.cat(scores), "bias": torch.stack(biases)}


def train(model, texts, labels, head, kept):
    parameters = {n: p for n, p in model.named_parameters() if p is not None and n.startswith(model.base_model_prefix)}
    weight, bias = (torch.nn.Parameter(head["head.classifier." + n].double()) for n in ("weight", "bias"))
    norms = [p for m in model.modules() if isinstance(m, torch.nn.LayerNorm) for p in m.parameters()]
    plain = lambda n, p: n.endswith("bias") or any(p is norm for norm in norms)
    decayed = [p for n, p in parameters.items() if not plain(n, p)] + [weight]
    others = [p for n, p in parameters.items() if plain(n, p)] + [bias]
    groups = [{"params": decayed, "weight_decay": 0.01}, {"params": others, "weight_decay": 0.0}]
    optimiser = torch.optim.AdamW(groups, lr=1e-3)
    found, losses = {}, []
    for step in range(10):
        optimiser.zero_grad()
        means = torch.stack([model.base_model(ids).last_hidden_state[0].mean(0) for ids in texts])
        loss = F.cross_entropy(F.linear(means, weight, bias), labels)
        loss.backward()
        if step == 0:
            found = {"gradient." + name: parameters[name].grad.clone() for name in kept}
        losses.append(loss.detach())
        optimiser.step()
    return {**found, "training_losses": torch.stack(losses)}


def stored(tensors):
    exact = lambda k, v: k == "training_losses" or v.dtype == torch.int32
    return {k: (v if exact(k, v) else v.detach().float()).contiguous() for k, v in tensors.items()}


def write(name, head):
    family, settings, block, kept = ARCHITECTURES[name]
    folder = FIXTURES / "encoders" / name
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copy(FIXTURES / "tiny-bert" / "vocab.txt", folder / "vocab.txt")
    config = getattr(transformers, family + "Config")(
        **settings,
        num_labels=len(LABELS),
        id2label=dict(enumerate(LABELS)),
        label2id={label: i for i, label in enumerate(LABELS)},
        attn_implementation="eager",
    )
    model = getattr(transformers, family + "ForSequenceClassification")(config)
    randomise(model)
    model.save_pretrained(folder)
    model = model.double().eval()

    texts = [torch.randint(5, PIECES, (1, length)) for length in LENGTHS]
    expected = {"ids": torch.cat(texts, 1)[0].int(), "bounds": torch.tensor([0] + LENGTHS).cumsum(0).int()}
    runs = [model(ids, output_hidden_states=True) for ids in texts]
    for i in range(LAYERS):
        expected[f"hidden.{i}"] = torch.cat([run.hidden_states[i][0] for run in runs])
    expected[f"hidden.{LAYERS}"] = torch.cat([model.base_model(ids).last_hidden_state[0] for ids in texts])
    expected["logits"] = torch.cat([run.logits for run in runs])
    expected["functionals"] = torch.randn(len(texts), len(LABELS)).float().double()
    expected.update(explain(model, block, texts, expected["functionals"]))
    labels = torch.arange(len(texts)) % len(LABELS)
    expected["labels"] = labels.int()
    expected.update(train(model, texts, labels, head, kept))
    if name == "mpnet":
        bucket = transformers.models.mpnet.modeling_mpnet.MPNetEncoder.relative_position_bucket
        expected["buckets"] = bucket(torch.arange(-300, 301)).int()
    if name == "deberta-v2":
        expected["buckets"] = make_log_bucket_position(torch.arange(-300, 301), 256, 512).int()
    save_file(stored(expected), folder / "expected.safetensors")


if __name__ == "__main__":
    torch.manual_seed(33)
    (FIXTURES / "encoders").mkdir(exist_ok=True)
    the_head = random_head()
    save_file(the_head, FIXTURES / "encoders" / "head.safetensors")
    for each in ARCHITECTURES:
        write(each, the_head)
