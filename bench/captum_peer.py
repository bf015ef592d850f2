"""Explanations as users of captum write them, a text at a time, of what pellucid explains: the logit
of the predicted class minus the mean of all logits, against [MASK] in place of every word piece."""

import torch
from captum.attr import FeatureAblation, LayerIntegratedGradients

import transformers_peers


class Captum:
    def __init__(self, perturbations=32):
        self.model, self.tokenizer = transformers_peers.load()
        self.gradients = LayerIntegratedGradients(self.value, self.model.bert.embeddings.word_embeddings)
        self.ablation = FeatureAblation(self.value)
        self.perturbations = perturbations  # inputs that share a forward pass

    def value(self, ids):
        logits = self.model(input_ids=ids).logits
        return logits - logits.mean(-1, keepdim=True)

    def encode(self, text):
        encoding = self.tokenizer(text, truncation=True, return_tensors="pt")
        return encoding["input_ids"], encoding.word_ids()

    def target(self, ids):
        with torch.no_grad():
            return int(self.value(ids).argmax())

    def integrated_gradients(self, encoding, steps):
        """Scores of the pieces [n]; the midpoint rule, as pellucid's."""
        ids, words = encoding
        baseline = torch.tensor([[id if word is None else self.tokenizer.mask_token_id
                                  for id, word in zip(ids[0].tolist(), words)]])
        found = self.gradients.attribute(ids, baseline, target=self.target(ids), n_steps=steps,
                                         method="riemann_middle")
        return found.sum(-1)[0].tolist()

    def occlusion(self, encoding):
        """Each word's pieces replaced together; a word's score on each of its pieces [n]."""
        ids, words = encoding
        # Special tokens share the last group: one forward pass more, whose score is not looked at.
        groups = [max(word for word in words if word is not None) + 1 if word is None else word for word in words]
        with torch.no_grad():
            found = self.ablation.attribute(ids, self.tokenizer.mask_token_id, target=self.target(ids),
                                            feature_mask=torch.tensor([groups]),
                                            perturbations_per_eval=self.perturbations)
        return found[0].tolist()
