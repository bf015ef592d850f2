"""TEXT: loads all that captum's integrated gradients need, explains one text, prints the scores."""

import json
import sys

from captum_peer import Captum

if __name__ == "__main__":
    captum = Captum()
    ids, words = captum.encode(sys.argv[1])
    scores = captum.integrated_gradients((ids, words), steps=20)
    print(json.dumps(list(zip(captum.tokenizer.convert_ids_to_tokens(ids[0]), scores))))
