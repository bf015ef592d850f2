"""A service as users of FastAPI and transformers write it: one text a request, the model in the threads of the framework."""

import sys

import fastapi
import pydantic
import torch
import uvicorn

import transformers_peers as peers
import models

app = fastapi.FastAPI()
model, tokenizer = peers.load()


class Request(pydantic.BaseModel):
    text: str


@app.post("/v1/predict")
@torch.inference_mode()
def predict(request: Request):
    inputs = tokenizer(request.text, truncation=True, max_length=models.MAX_LENGTH, return_tensors="pt")
    probability = model(**inputs).logits.softmax(-1)[0].tolist()
    return {"predictions": [{"label": model.config.id2label[max(range(len(probability)), key=probability.__getitem__)],
                             "probability": probability}]}


if __name__ == "__main__":
    uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), log_level="warning", access_log=False)
