"""Methods that follow attention, written out in float64 PyTorch for the tiny models of tests/oracles/bert.py, for the
tests of src/attribution.

Run once from the project's root, with a Python that has torch, transformers, tokenizers, safetensors, captum:
    python tests/oracles/attention_methods.py

tests/fixtures/attention-methods/expected.safetensors    stored in fp32; the texts and functionals of
                                            tests/fixtures/captum, T tokens of all texts, special ones included
    <head>.<method> [T]                     head none, top, input (tests/fixtures/tiny-bert with head.safetensors), pooler
                                            (tests/fixtures/tiny-bert-classifier); the head's weights w are held:
      attention, rollout, generic-attention, attattr (7 steps), alti, decompx
    <head>.decompx.bias [B]                 what the biases are worth, taken along as a source of their own
"""

import torch
from bert import Network
from captum_methods import FIXTURES, TEXTS
from safetensors.torch import load_file, save_file
from transformers import BertTokenizerFast

STEPS = 7
HEADS = 4
EPSILON = 1e-12


class Followed(Network):
    """Keeps each layer's attention; one layer's can be scaled."""

    def follow(self, scaled=None, factor=1.0):
        self.attentions, self.scaled, self.factor = [], scaled, factor

    def attention(self, q, k, v, fixed):
        split = lambda x: x.reshape(x.shape[0], self.heads, -1).transpose(0, 1)
        a = torch.softmax(split(q) @ split(k).transpose(1, 2) / (q.shape[-1] / self.heads) ** 0.5, -1)
        if len(self.attentions) == self.scaled:
            a = a * self.factor
        if not a.requires_grad:
            a.requires_grad_()
        self.attentions.append(a)
        return (a @ split(v)).transpose(0, 1).reshape(v.shape), a


class Model:
    def __init__(self, head):
        folder = FIXTURES / ("tiny-bert-classifier" if head == "pooler" else "tiny-bert")
        weights = load_file(folder / "model.safetensors")
        if head != "pooler":
            weights.update(load_file(folder / "head.safetensors"))
        weights = {k: v.double() for k, v in weights.items()}
        self.head, self.prefix = head, "bert." if head == "pooler" else ""
        self.plain = Network(weights, self.prefix, HEADS, EPSILON)
        self.followed = Followed(weights, self.prefix, HEADS, EPSILON)
        self.tokenizer = BertTokenizerFast.from_pretrained(folder)

    def embedded(self, ids):
        return self.plain.embed(self.plain.rows(ids)).detach()

    def readout(self, x):
        """Weight of each token of the top in the logits."""
        if self.head == "pooler":
            return torch.eye(len(x), dtype=x.dtype)[0]
        return self.plain.head(self.head, x, False)[2].detach()

    def logits(self, x):
        network = self.followed
        if self.head == "pooler":
            return network.pooler(x, False)
        top = network.encode(x, False)[-1]
        if self.head != "none":
            top = network.features(top, False)[0]
        return self.readout(x) @ network.linear("head.classifier", top)

    def run(self, x, functional, scaled=None, factor=1.0):
        """Attention of every layer, as the functional sees it, and the functional's gradient there."""
        self.followed.follow(scaled, factor)
        value = functional @ self.logits(x)
        gradients = torch.autograd.grad(value, self.followed.attentions)
        return [a.detach() for a in self.followed.attentions], gradients, value.detach()

    def blocks(self):
        """Names of what each attention block consists of, and of the feed-forward block that follows."""
        for i in range(2):
            layer = f"{self.prefix}encoder.layer.{i}."
            attention = [layer + "attention.self." + n for n in ("query", "key", "value")]
            feed_forward = (layer + "intermediate.dense", layer + "output.dense", layer + "output.LayerNorm")
            yield attention, layer + "attention.output.dense", layer + "attention.output.LayerNorm", feed_forward
        if self.head in ("top", "input"):
            attention = ["head.context." + n for n in ("query", "key", "value")]
            yield attention, "head.context.output", "head.context.norm", None


def attention_block(network, names, output, norm, x):
    """y, A, what the LayerNorm is given, 1/σ."""
    mixed, a = network.attention(*(network.linear(n, x) for n in names), False)
    total = x + network.linear(output, mixed)
    rstd = (total.var(-1, unbiased=False, keepdim=True) + EPSILON).rsqrt()
    return network.norm(norm, total, False), a, total, rstd


def feed_forward_block(network, names, x):
    intermediate, output, norm = names
    wide = network.linear(intermediate, x)
    total = x + network.linear(output, torch.nn.functional.gelu(wide))
    rstd = (total.var(-1, unbiased=False, keepdim=True) + EPSILON).rsqrt()
    return network.norm(norm, total, False), wide, rstd


def centred(parts):
    return parts - parts.mean(-1, keepdim=True)


def alti(model, x):
    network, weights = model.plain, model.plain.weights
    rolled = torch.eye(len(x), dtype=x.dtype)
    for names, output, norm, feed_forward in model.blocks():
        y, a, _, rstd = attention_block(network, names, output, norm, x)
        values = network.linear(names[2], x).reshape(len(x), HEADS, -1)
        per_head = weights[output + ".weight"].reshape(-1, HEADS, values.shape[-1])
        terms = torch.einsum("hji,ihk,dhk->jid", a, values, per_head)
        terms = terms + torch.einsum("ji,id->jid", torch.eye(len(x), dtype=x.dtype), x)
        terms = centred(terms) * rstd.unsqueeze(1) * weights[norm + ".weight"]
        nearer = (y.abs().sum(-1, keepdim=True) - (y.unsqueeze(1) - terms).abs().sum(-1)).clamp(min=0)
        rolled = nearer / nearer.sum(1, keepdim=True) @ rolled
        x = feed_forward_block(network, feed_forward, y)[0] if feed_forward else y
    return rolled


def decompx(model, x):
    """Logits of each source [n + 1, C]: the tokens' embeddings, and last the biases."""
    network, weights, n = model.plain, model.plain.weights, len(x)
    readout = model.readout(x)
    parts = torch.zeros(n, n + 1, x.shape[1], dtype=x.dtype)  # [token, source, d]
    parts[range(n), range(n)] = x

    def linear(name, parts):
        parts = parts @ weights[name + ".weight"].T
        parts[:, -1] += weights[name + ".bias"]
        return parts

    def norm(name, parts, rstd):
        parts = centred(parts) * rstd.unsqueeze(1) * weights[name + ".weight"]
        parts[:, -1] += weights[name + ".bias"]
        return parts

    for names, output, norm_name, feed_forward in model.blocks():
        y, a, _, rstd = attention_block(network, names, output, norm_name, x)
        values = linear(names[2], parts).reshape(n, n + 1, HEADS, -1)
        mixed = torch.einsum("hji,ishk->jshk", a, values).reshape(parts.shape)
        parts = norm(norm_name, parts + linear(output, mixed), rstd)
        assert torch.allclose(parts.sum(1), y, atol=1e-10)
        x = y
        if feed_forward:
            x, wide, rstd = feed_forward_block(network, feed_forward, y)
            gated = linear(feed_forward[0], parts) * (torch.nn.functional.gelu(wide) / wide).unsqueeze(1)
            parts = norm(feed_forward[2], parts + linear(feed_forward[1], gated), rstd)
    if model.head == "pooler":
        dense = network.linear("bert.pooler.dense", x[:1])
        first = linear("bert.pooler.dense", parts[:1]) * (torch.tanh(dense) / dense).unsqueeze(1)
        return linear("classifier", first)[0]
    return torch.einsum("j,jsc->sc", readout, linear("head.classifier", parts))


def explain(model, ids, functional):
    x = model.embedded(ids)
    readout = model.readout(x)
    attentions, gradients, value = model.run(x, functional)
    n, found = len(ids), {}
    found["attention"] = attentions[-1].mean((0, 1))
    unit = torch.eye(n, dtype=x.dtype)
    rollout, generic, attattr = unit, unit, unit
    for layer, (a, gradient) in enumerate(zip(attentions, gradients)):
        rollout = (a.mean(0) + unit) / 2 @ rollout
        generic = generic + (gradient * a).clamp(min=0).mean(0) @ generic
        factors = [(k + 0.5) / STEPS for k in range(STEPS)]
        integral = sum(model.run(x, functional, layer, f)[1][layer] for f in factors) / STEPS
        attattr = attattr + (a * integral).sum(0).clamp(min=0) @ attattr
    found |= {"rollout": readout @ rollout, "generic-attention": readout @ generic, "attattr": readout @ attattr}
    found["alti"] = readout @ alti(model, x)
    parts = decompx(model, x) @ functional
    assert abs(parts.sum() - value) < 1e-10
    return found | {"decompx": parts[:-1], "decompx.bias": parts[-1:]}


def main():
    expected = {}
    for head in ("none", "top", "input", "pooler"):
        model = Model(head)
        rows = []
        for text, label, against in TEXTS:
            functional = torch.full((3,), -1 / 3 if against < 0 else 0.0, dtype=torch.float64)
            functional[label] += 1
            if against >= 0:
                functional[against] -= 1
            rows.append(explain(model, model.tokenizer(text)["input_ids"], functional))
        for name in rows[0]:
            expected[f"{head}.{name}"] = torch.cat([row[name] for row in rows]).detach().float()
    folder = FIXTURES / "attention-methods"
    folder.mkdir(exist_ok=True)
    save_file(expected, folder / "expected.safetensors")


if __name__ == "__main__":
    main()
