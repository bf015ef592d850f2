"""Tiny random BERT models and what transformers and autograd compute with them, for the tests of
src/runtime and src/train.

Run once from the project's root, with a Python that has torch, transformers, tokenizers, safetensors:
    python tests/oracles/bert.py

tests/fixtures/tiny-bert/           a bare BertModel: 2 layers, hidden 32, 4 heads, intermediate 64, 64 positions;
                                    biases and norms random too, so that nothing is hidden by a zero
  config.json, model.safetensors, vocab.txt, tokenizer.json, tokenizer_config.json
  texts.txt                         the first texts of the batch, one a line (the others are random ids)
  head.safetensors                  a random head of ours for 3 classes, names as in src/checkpoint/model_folder.h
  expected.safetensors              fp32 unless said otherwise; the batch is packed, T tokens, B texts:
    ids [T] i32, bounds [B + 1] i32
    hidden.0 … hidden.2 [T, 32]     output of the embedding block and of each layer
    labels [B] i32                  classes for the loss below
    classifier.weight [3, 32], classifier.bias [3]
    loss [1] f64                    mean over texts of CE(classifier(mean over the text's tokens of hidden.2), label)
    gradient.<name>                 of that loss, for every parameter (pooler left out), names as in model.safetensors,
                                    and gradient.classifier.weight, gradient.classifier.bias
    gradient.rows [T, 32]           of that loss, at each token's row of the word embeddings
    training_losses [10] f64        the loss before each of ten AdamW steps on this batch, all parameters above trained:
                                    learning rate 1e-3, betas 0.9 and 0.999, eps 1e-8, weight decay 0.01 on matrices
                                    (none on biases and LayerNorm), no clipping, constant rate, no dropout
    functionals [B, 3]              f_b = Σ_c functionals[b, c] z[b, c]
    <adjust>.…                      for adjust none, top, input (head of head.safetensors on this encoder):
      logits [B, 3], gradient [T, 32] of Σ_b f_b at the word embedding rows (through the attribution too),
      scores [T] and bias [B]: the exact decomposition of f_b (method.md section 3, α held fixed),
      and, but for none, head.scores [T] a_i, head.weights [T] w_i, head.contributions [T, 3]
tests/fixtures/tiny-bert-classifier/  a BertForSequenceClassification of the same sizes, other weights, labels
                                    "negative", "neutral", "positive"; the tokenizer files as above
  expected.safetensors              ids, bounds, functionals as above; logits, gradient, scores, bias of this model
Everything is computed in float64 and stored in fp32.
"""

import json
import pathlib

import torch
from safetensors.torch import load_file, save_file
from transformers import BertConfig, BertForSequenceClassification, BertModel, BertTokenizerFast

FIXTURES = pathlib.Path(__file__).parent.parent / "fixtures"
CLASSES = 3
SPECIALS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
WORDS = """the a an of to in is was and not no very it this that film book plot actor score movie music scene story
good bad great poor dull fine fun sad slow fast warm cold rich flat bright dark quiet loud oil wheat gold trade bank
price rise fall profit loss share market company team game win goal match season player""".split()
TEXTS = [
    "The film is good.",
    "this movie was not very good , it was dull and slow",
    "Oil price rise: the bank's profit falls!",
    "wonderfully unplayable",
    "",
]
RANDOM_LENGTHS = [1, 2, 33, 64]


def write_tokenizer(folder):
    letters = [chr(c) for c in range(ord("a"), ord("z") + 1)]
    pieces = SPECIALS + list("!',-.:") + letters + ["##" + c for c in letters] + WORDS
    pieces += ["##s", "##ing", "##ed", "##ly", "##able", "un", "wonder", "##ful", "play"]
    pieces = list(dict.fromkeys(pieces))
    (folder / "vocab.txt").write_text("\n".join(pieces) + "\n")
    tokenizer = BertTokenizerFast(vocab=str(folder / "vocab.txt"), do_lower_case=True)
    tokenizer.save_pretrained(folder)
    return tokenizer


def config_for(tokenizer, **more):
    return BertConfig(
        vocab_size=len(tokenizer),
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=4,
        intermediate_size=64,
        max_position_embeddings=64,
        hidden_dropout_prob=0.0,
        attention_probs_dropout_prob=0.0,
        attn_implementation="eager",
        **more,
    )


def randomise(module):
    with torch.no_grad():
        for name, parameter in module.named_parameters():
            spread = 0.15 if "embeddings" in name or parameter.dim() == 1 else 0.3
            parameter.normal_(1.0 if name.endswith("LayerNorm.weight") else 0.0, spread)


def make_batch(tokenizer):
    texts = [tokenizer(text)["input_ids"] for text in TEXTS]
    for length in RANDOM_LENGTHS:
        texts.append(torch.randint(5, len(tokenizer), (length,)).tolist())
    return texts


def packed(texts):
    bounds = torch.tensor([0] + [len(ids) for ids in texts]).cumsum(0).int()
    return torch.tensor(sum(texts, [])).int(), bounds


class Network:
    """One text at a time; `weights` are float64 tensors by name. With fixed, the gates are detached."""

    def __init__(self, weights, prefix, heads, epsilon):
        self.weights, self.prefix, self.heads, self.epsilon = weights, prefix, heads, epsilon

    def linear(self, name, x):
        return x @ self.weights[name + ".weight"].T + self.weights[name + ".bias"]

    def norm(self, name, x, fixed):
        centred = x - x.mean(-1, keepdim=True)
        rstd = (centred.square().mean(-1, keepdim=True) + self.epsilon).rsqrt()
        rstd = rstd.detach() if fixed else rstd
        return centred * rstd * self.weights[name + ".weight"] + self.weights[name + ".bias"]

    def attention(self, q, k, v, fixed):
        split = lambda x: x.reshape(x.shape[0], self.heads, -1).transpose(0, 1)
        q, k, v = split(q), split(k), split(v)
        a = torch.softmax(q @ k.transpose(1, 2) / q.shape[-1] ** 0.5, -1)
        a = a.detach() if fixed else a
        return (a @ v).transpose(0, 1).reshape(v.shape[1], -1), a

    def gate(self, x, value, fixed):
        """value(x), linear in x with value(x) / x held."""
        return x * (value(x) / x).detach() if fixed else value(x)

    def rows(self, ids):
        return self.weights[self.prefix + "embeddings.word_embeddings.weight"][ids]

    def embed(self, rows):
        e = self.prefix + "embeddings."
        positions = self.weights[e + "position_embeddings.weight"][: rows.shape[0]]
        types = self.weights[e + "token_type_embeddings.weight"][0]
        return self.norm(e + "LayerNorm", rows + positions + types, False)

    def encode(self, x, fixed):
        states = [x]
        for i in range(2):
            layer = f"{self.prefix}encoder.layer.{i}."
            parts = [self.linear(layer + "attention.self." + n, x) for n in ("query", "key", "value")]
            mixed, _ = self.attention(*parts, fixed)
            x = self.norm(layer + "attention.output.LayerNorm", x + self.linear(layer + "attention.output.dense", mixed), fixed)
            wide = self.gate(self.linear(layer + "intermediate.dense", x), torch.nn.functional.gelu, fixed)
            x = self.norm(layer + "output.LayerNorm", x + self.linear(layer + "output.dense", wide), fixed)
            states.append(x)
        return states

    def features(self, hidden, fixed):
        """The context layer: U [n, d] and A [heads, n, n]."""
        parts = [self.linear("head.context." + n, hidden) for n in ("query", "key", "value")]
        mixed, a = self.attention(*parts, fixed)
        return self.norm("head.context.norm", hidden + self.linear("head.context.output", mixed), fixed), a

    def contrast(self, t):
        """y = z¹_ĉ − mean_c z¹_c of the class that pass 1 predicts."""
        first = t.mean(0)
        return first[first.argmax()] - first.mean()

    def head(self, adjust, embedded, fixed):
        """Logits, a, w, t. With fixed, w is held."""
        hidden = self.encode(embedded, fixed)[-1]
        classify = lambda x: self.linear("head.classifier", x)
        n = hidden.shape[0]
        if adjust == "none":
            return classify(hidden).mean(0), None, torch.full((n,), 1 / n, dtype=hidden.dtype), classify(hidden)
        features, attention = self.features(hidden, fixed)
        t = classify(features)
        if adjust == "top":
            features_1 = features if features.requires_grad else features.detach().requires_grad_()
            d_features = torch.autograd.grad(self.contrast(classify(features_1)), features_1, create_graph=True)[0]
            g = (d_features * features).sum(1)
            a = torch.einsum("hji,j->i", attention, g)
        else:
            leaf = embedded if embedded.requires_grad else embedded.detach().requires_grad_()
            a = (leaf * self.fixed_gradient(leaf)).sum(1)
        share, temperature = torch.sigmoid(self.weights["head.mixing"]), torch.exp(self.weights["head.log_temperature"])
        w = (1 - share) / n + share * torch.softmax(a / temperature, 0)
        w = w.detach() if fixed else w
        return (w.unsqueeze(1) * t).sum(0), a, w, t

    def fixed_gradient(self, embedded):
        """∂_fixed y/∂e, itself differentiable in the gates: the fixed network is linear, so it is run on
        a second stream x ↦ gates(embedded) · x and differentiated there."""
        stream = embedded.detach().requires_grad_()
        hidden, gated = self.gated(embedded, stream)
        t = self.linear("head.classifier", hidden)
        label = t.mean(0).argmax()
        direction = self.weights["head.classifier.weight"][label] - self.weights["head.classifier.weight"].mean(0)
        return torch.autograd.grad((gated.mean(0) * direction).sum(), stream, create_graph=True)[0]

    def gated(self, x, s):
        """U of the true stream x, and the stream s taken through x's gates (biases left out: they are constant)."""
        matrix = lambda name, y: y @ self.weights[name + ".weight"].T

        def norm(name, y, r):
            centred = y - y.mean(-1, keepdim=True)
            rstd = (centred.square().mean(-1, keepdim=True) + self.epsilon).rsqrt()
            return self.norm(name, y, False), (r - r.mean(-1, keepdim=True)) * rstd * self.weights[name + ".weight"]

        def attend(names, y, r):
            q, k, v = (self.linear(n, y) for n in names)
            mixed, a = self.attention(q, k, v, False)
            values = matrix(names[2], r).reshape(r.shape[0], self.heads, -1).transpose(0, 1)
            return mixed, (a @ values).transpose(0, 1).reshape(r.shape)

        for i in range(2):
            layer = f"{self.prefix}encoder.layer.{i}."
            mixed, mixed_s = attend([layer + "attention.self." + n for n in ("query", "key", "value")], x, s)
            name = layer + "attention.output.dense"
            x, s = norm(layer + "attention.output.LayerNorm", x + self.linear(name, mixed), s + matrix(name, mixed_s))
            wide = self.linear(layer + "intermediate.dense", x)
            wide_s = matrix(layer + "intermediate.dense", s) * torch.special.ndtr(wide)
            name = layer + "output.dense"
            x, s = norm(layer + "output.LayerNorm", x + self.linear(name, torch.nn.functional.gelu(wide)), s + matrix(name, wide_s))
        mixed, mixed_s = attend(["head.context." + n for n in ("query", "key", "value")], x, s)
        name = "head.context.output"
        return norm("head.context.norm", x + self.linear(name, mixed), s + matrix(name, mixed_s))

    def pooler(self, embedded, fixed):
        first = self.encode(embedded, fixed)[-1][:1]
        pooled = self.gate(self.linear("bert.pooler.dense", first), torch.tanh, fixed)
        return self.linear("classifier", pooled)[0]


def explain(network, texts, functionals, logits_of):
    """Gradient, decomposition and bias of f_b = ⟨functionals[b], logits_of(embedded, fixed)⟩."""
    gradients, scores, biases = [], [], []
    for ids, functional in zip(texts, functionals):
        rows = network.rows(ids).detach().requires_grad_()
        gradients.append(torch.autograd.grad(functional @ logits_of(network.embed(rows), False), rows)[0])
        embedded = network.embed(rows).detach().requires_grad_()
        value = functional @ logits_of(embedded, True)
        scores.append((embedded * torch.autograd.grad(value, embedded)[0]).sum(1).detach())
        # The fixed network is affine: its value at 0, gates held, is what the biases contribute.
        biases.append((value - scores[-1].sum()).detach())
    return {"gradient": torch.cat(gradients), "scores": torch.cat(scores), "bias": torch.stack(biases)}


def stored(tensors):
    wide = ("loss", "training_losses")
    return {k: (v if k in wide or v.dtype == torch.int32 else v.detach().float()).contiguous() for k, v in tensors.items()}


def decay_groups(parameters):
    matrix = lambda name: not name.endswith("bias") and "LayerNorm" not in name
    return [
        {"params": [p for n, p in parameters.items() if matrix(n)], "weight_decay": 0.01},
        {"params": [p for n, p in parameters.items() if not matrix(n)], "weight_decay": 0.0},
    ]


def bare_encoder():
    folder = FIXTURES / "tiny-bert"
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer = write_tokenizer(folder)
    (folder / "texts.txt").write_text("\n".join(TEXTS) + "\n")
    texts = make_batch(tokenizer)
    ids, bounds = packed(texts)
    model = BertModel(config_for(tokenizer))
    randomise(model)
    model.save_pretrained(folder)

    d = model.config.hidden_size
    head = {}
    for name in ("query", "key", "value", "output"):
        head[f"head.context.{name}.weight"] = torch.randn(d, d) * 0.3
        head[f"head.context.{name}.bias"] = torch.randn(d) * 0.15
    head["head.context.norm.weight"] = 1 + torch.randn(d) * 0.15
    head["head.context.norm.bias"] = torch.randn(d) * 0.15
    head["head.classifier.weight"] = torch.randn(CLASSES, d) * 0.3
    head["head.classifier.bias"] = torch.randn(CLASSES) * 0.15
    head["head.mixing"] = torch.tensor([0.4])
    head["head.log_temperature"] = torch.tensor([-1.0])  # a is of the order 1 / n
    save_file(head, folder / "head.safetensors")

    model = model.double().eval()
    expected = {"ids": ids, "bounds": bounds}
    runs = [model(torch.tensor([t]), output_hidden_states=True).hidden_states for t in texts]
    for i in range(3):
        expected[f"hidden.{i}"] = torch.cat([run[i][0] for run in runs])

    labels = torch.arange(len(texts)) % CLASSES
    parameters = {n: p for n, p in model.named_parameters() if not n.startswith("pooler.")}
    parameters["classifier.weight"] = torch.nn.Parameter(torch.randn(CLASSES, d).double() * 0.3)
    parameters["classifier.bias"] = torch.nn.Parameter(torch.randn(CLASSES).double() * 0.15)
    expected["labels"] = labels.int()
    for name in ("classifier.weight", "classifier.bias"):
        parameters[name].data = parameters[name].data.float().double()
        expected[name] = parameters[name].detach().clone()

    def loss_of(rows_of):
        means = torch.stack([model(inputs_embeds=rows_of(t).unsqueeze(0)).last_hidden_state[0].mean(0) for t in texts])
        logits = torch.nn.functional.linear(means, parameters["classifier.weight"], parameters["classifier.bias"])
        return torch.nn.functional.cross_entropy(logits, labels)

    table = model.embeddings.word_embeddings
    kept = []
    loss = loss_of(lambda t: kept.append(table(torch.tensor(t))) or kept[-1])
    gradients = torch.autograd.grad(loss, list(parameters.values()) + kept)
    expected["loss"] = loss.detach().reshape(1)
    for name, gradient in zip(parameters, gradients):
        expected["gradient." + name] = gradient
    expected["gradient.rows"] = torch.cat(gradients[len(parameters) :])

    weights = {k: v.double() for k, v in {**load_file(folder / "model.safetensors"), **head}.items()}
    network = Network(weights, "", model.config.num_attention_heads, model.config.layer_norm_eps)
    for b, t in enumerate(texts):
        ours = network.encode(network.embed(network.rows(t)), False)[-1]
        assert torch.allclose(ours, runs[b][-1][0], atol=1e-12), "the network here is not transformers'"

    functionals = torch.randn(len(texts), CLASSES).float().double()
    expected["functionals"] = functionals
    for adjust in ("none", "top", "input"):
        results = [network.head(adjust, network.embed(network.rows(t)), False) for t in texts]
        expected[f"{adjust}.logits"] = torch.stack([r[0] for r in results])
        if adjust != "none":
            expected[f"{adjust}.head.scores"] = torch.cat([r[1] for r in results])
            expected[f"{adjust}.head.weights"] = torch.cat([r[2] for r in results])
            bias = weights["head.classifier.bias"]
            expected[f"{adjust}.head.contributions"] = torch.cat([r[2].unsqueeze(1) * (r[3] - bias) for r in results])
        found = explain(network, texts, functionals, lambda e, fixed: network.head(adjust, e, fixed)[0])
        expected.update({f"{adjust}.{k}": v for k, v in found.items()})
        check_gradient(network, texts[1], functionals[1], lambda e: network.head(adjust, e, False)[0])

    optimiser = torch.optim.AdamW(decay_groups(parameters), lr=1e-3)
    losses = []
    for _ in range(10):
        optimiser.zero_grad()
        loss = loss_of(lambda t: table(torch.tensor(t)))
        loss.backward()
        losses.append(loss.detach())
        optimiser.step()
    expected["training_losses"] = torch.stack(losses)
    save_file(stored(expected), folder / "expected.safetensors")
    return tokenizer, texts


def check_gradient(network, ids, functional, logits_of):
    """The gradient that is stored, against central differences along random directions."""
    rows = network.rows(ids).detach().requires_grad_()
    gradient = torch.autograd.grad(functional @ logits_of(network.embed(rows)), rows)[0]
    for _ in range(4):
        step = torch.randn_like(rows) * 1e-5
        above, below = (functional @ logits_of(network.embed(rows.detach() + s)) for s in (step, -step))
        assert abs((above - below) / 2 - (gradient * step).sum()) < 1e-8 * step.norm() / 1e-5 * 10


def classifier(tokenizer, texts):
    folder = FIXTURES / "tiny-bert-classifier"
    folder.mkdir(parents=True, exist_ok=True)
    write_tokenizer(folder)
    labels = ["negative", "neutral", "positive"]
    config = config_for(
        tokenizer,
        num_labels=len(labels),
        id2label=dict(enumerate(labels)),
        label2id={l: i for i, l in enumerate(labels)},
    )
    model = BertForSequenceClassification(config)
    randomise(model)
    model.save_pretrained(folder)
    model = model.double().eval()
    ids, bounds = packed(texts)
    logits = torch.cat([model(torch.tensor([t])).logits for t in texts])
    weights = {k: v.double() for k, v in load_file(folder / "model.safetensors").items()}
    network = Network(weights, "bert.", config.num_attention_heads, config.layer_norm_eps)
    functionals = torch.randn(len(texts), CLASSES).float().double()
    expected = {"ids": ids, "bounds": bounds, "functionals": functionals, "logits": logits}
    expected.update(explain(network, texts, functionals, network.pooler))
    for b, t in enumerate(texts):
        assert torch.allclose(network.pooler(network.embed(network.rows(t)), False), logits[b], atol=1e-12)
    save_file(stored(expected), folder / "expected.safetensors")


if __name__ == "__main__":
    torch.manual_seed(20)
    classifier(*bare_encoder())
