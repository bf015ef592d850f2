"""N: fine-tunes on the first N texts as Trainer does at its best, prints the outcome."""

import json
import sys

import fine_tuning
import trainer_peer

if __name__ == "__main__":
    rows, _ = fine_tuning.data(int(sys.argv[1]))
    print(json.dumps(trainer_peer.trainer(rows, trainer_peer.TUNED)()))
