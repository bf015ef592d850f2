"""Explanations as users of captum write them, a text at a time, of what pellucid explains: the logit
of the predicted class minus the mean of all logits, against [MASK] in place of every word piece.

`together`, inputs that share a pass, is captum's own default where it is not given."""

import contextlib

import torch
from captum.attr import FeatureAblation, KernelShap, LayerIntegratedGradients

import transformers_peers


class Captum:
    def __init__(self, autocast=False):
        self.model, self.tokenizer = transformers_peers.load()
        self.autocast = autocast
        self.gradients = LayerIntegratedGradients(self.value, self.model.bert.embeddings.word_embeddings)
        self.ablation = FeatureAblation(self.value)
        self.shap = KernelShap(self.value)

    def value(self, ids):
        with torch.autocast("cpu", torch.bfloat16) if self.autocast else contextlib.nullcontext():
            logits = self.model(input_ids=ids).logits
        logits = logits.float()
        return logits - logits.mean(-1, keepdim=True)

    def encode(self, text):
        encoding = self.tokenizer(text, truncation=True, return_tensors="pt")
        return encoding["input_ids"], encoding.word_ids()

    def target(self, ids):
        with torch.no_grad():
            return int(self.value(ids).argmax())

    def baseline(self, ids, words):
        return torch.tensor([[id if word is None else self.tokenizer.mask_token_id
                              for id, word in zip(ids[0].tolist(), words)]])

    def integrated_gradients(self, encoding, steps, together=None):
        """Scores of the pieces [n]; the midpoint rule, as pellucid's."""
        ids, words = encoding
        found = self.gradients.attribute(ids, self.baseline(ids, words), target=self.target(ids), n_steps=steps,
                                         method="riemann_middle", internal_batch_size=together)
        return found.sum(-1)[0].tolist()

    def occlusion(self, encoding, together=1):
        """Each word's pieces replaced together; a word's score on each of its pieces [n]."""
        return self.of_words(self.ablation, encoding, perturbations_per_eval=together)

    def kernel_shap(self, encoding, samples, together=1):
        """The same of `samples` coalitions of words."""
        return self.of_words(self.shap, encoding, n_samples=samples, perturbations_per_eval=together)

    def of_words(self, method, encoding, **options):
        ids, words = encoding
        # Special tokens are a group too, which the baseline leaves as it is.
        groups = [max(word for word in words if word is not None) + 1 if word is None else word for word in words]
        with torch.no_grad():
            found = method.attribute(ids, self.baseline(ids, words), target=self.target(ids),
                                     feature_mask=torch.tensor([groups]), **options)
        return found[0].tolist()
