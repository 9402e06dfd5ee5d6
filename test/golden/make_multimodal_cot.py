# Writes test/golden/multimodal-cot.json: encoder states, gate and logits of a small T5 with the vision of Multimodal-CoT (Zhang et al. 2023), of values
# that both sides compute. The attention is torch's own, the T5 that of transformers; the fusion is (1 - g) h + g a, g = sigmoid(W1 h + W2 a + b).
# Run by hand with the packages of requirements.txt; read by src/networks/families/multimodal-cot/network.test.ts.
#
#   python test/golden/make_multimodal_cot.py
#
# Every value of tensor number k is 0.35 sin(1.7 i + 0.61 k k + 0.3), i counting from 0; parameters are numbered by their names in order, then come the
# patches of two images.
import json
import math
import os

import torch
from transformers import T5Config, T5ForConditionalGeneration

HERE = os.path.dirname(os.path.abspath(__file__))
SIZES = dict(vocab_size=40, d_model=24, d_kv=8, d_ff=32, num_layers=2, num_decoder_layers=2, num_heads=3, feed_forward_proj="gated-gelu",
             tie_word_embeddings=True, decoder_start_token_id=0, pad_token_id=0, eos_token_id=1)
VISION, PATCHES = 10, 4
SOURCE = [[3, 9, 17, 4, 22, 1], [5, 30, 8, 1, 0, 0]]
MASK = [[1, 1, 1, 1, 1, 1], [1, 1, 1, 1, 0, 0]]
TARGET = [[0, 7, 12, 1], [0, 33, 2, 1]]


class Fusion(torch.nn.Module):
    def __init__(self):
        super().__init__()
        width = SIZES["d_model"]
        self.image_dense = torch.nn.Linear(VISION, width)
        self.mha_layer = torch.nn.MultiheadAttention(width, 1, batch_first=True)
        self.gate_dense = torch.nn.Linear(2 * width, width)
        self.language_model = T5ForConditionalGeneration(T5Config(**SIZES))


def drawn(k, shape):
    n = math.prod(shape)
    flat = [0.35 * math.sin(1.7 * i + 0.61 * k * k + 0.3) for i in range(n)]
    return torch.tensor(flat, dtype=torch.float64).reshape(shape)


model = Fusion().double().eval()
names = sorted(name for name, _ in model.named_parameters())
values = dict(model.named_parameters())
with torch.no_grad():
    for k, name in enumerate(names):
        values[name].copy_(drawn(k, values[name].shape))
t5 = model.language_model
patches = drawn(len(names), (2, PATCHES, VISION))
source, mask, target = torch.tensor(SOURCE), torch.tensor(MASK), torch.tensor(TARGET)
plain = t5.encoder(input_ids=source, attention_mask=mask).last_hidden_state
image = model.image_dense(patches)
attended, _ = model.mha_layer(plain, image, image)
gate = torch.sigmoid(model.gate_dense(torch.cat([plain, attended], -1)))
fused = (1 - gate) * plain + gate * attended
logits = t5(encoder_outputs=(fused,), attention_mask=mask, decoder_input_ids=target).logits
weights = torch.tensor([math.cos(0.3 * i) for i in range(logits.numel())], dtype=torch.float64).reshape(logits.shape)
(logits * weights).sum().backward()
rounded = lambda t: [round(v, 7) for v in t.detach().flatten().tolist()]
gradients = ["image_dense.weight", "mha_layer.in_proj_weight", "gate_dense.weight", "gate_dense.bias", "language_model.shared.weight"]
facts = {
    "config": SIZES,
    "vision": VISION,
    "patches": PATCHES,
    "names": names,
    "source": SOURCE,
    "mask": MASK,
    "target": TARGET,
    "plain": rounded(plain),
    "fused": rounded(fused),
    "logits": rounded(logits),
    "gradients": {name: rounded(values[name].grad) for name in gradients},
}
with open(os.path.join(HERE, "multimodal-cot.json"), "w") as file:
    json.dump(facts, file, separators=(",", ":"))
    file.write("\n")
