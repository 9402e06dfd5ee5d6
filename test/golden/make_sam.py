# Writes test/golden/sam.json: the masks, their qualities and gradients of a small SamMaskDecoder of transformers, of values that both sides compute.
# Run by hand with the packages of requirements.txt; read by src/networks/heads/heads.test.ts.
#
#   python test/golden/make_sam.py
#
# Every value of tensor number k is 0.35 sin(1.7 i + 0.61 k k + 0.3), i counting from 0; parameters are numbered by their names in order, then come
# the image, the places of its cells and the prompts.
import json
import math
import os

import torch
from transformers.models.sam.configuration_sam import SamMaskDecoderConfig
from transformers.models.sam.modeling_sam import SamMaskDecoder

HERE = os.path.dirname(os.path.abspath(__file__))
SIZES = dict(hidden_size=16, num_hidden_layers=2, num_attention_heads=2, mlp_dim=20, num_multimask_outputs=2, iou_head_depth=3, iou_head_hidden_dim=12,
             attention_downsample_rate=2, layer_norm_eps=1e-6, hidden_act="relu")
SIDE, PROMPTS = 3, 2


def drawn(k, shape):
    n = math.prod(shape)
    flat = [0.35 * math.sin(1.7 * i + 0.61 * k * k + 0.3) for i in range(n)]
    return torch.tensor(flat, dtype=torch.float64).reshape(shape)


decoder = SamMaskDecoder(SamMaskDecoderConfig(**SIZES, attn_implementation="eager")).double().eval()
decoder.config._attn_implementation = "eager"
names = sorted(name for name, _ in decoder.named_parameters())
values = dict(decoder.named_parameters())
with torch.no_grad():
    for k, name in enumerate(names):
        values[name].copy_(drawn(k, values[name].shape))
w = SIZES["hidden_size"]
k = len(names)
image = drawn(k, (2, w, SIDE, SIDE)).requires_grad_()
places = drawn(k + 1, (1, w, SIDE, SIDE))
prompts = drawn(k + 2, (2, PROMPTS, w)).requires_grad_()
one = []
for b in range(2):
    masks, iou = decoder(
        image_embeddings=image[b : b + 1], image_positional_embeddings=places, sparse_prompt_embeddings=prompts[b : b + 1].unsqueeze(1),
        dense_prompt_embeddings=torch.zeros_like(image[b : b + 1]), multimask_output=True)
    single, quality = decoder(
        image_embeddings=image[b : b + 1], image_positional_embeddings=places, sparse_prompt_embeddings=prompts[b : b + 1].unsqueeze(1),
        dense_prompt_embeddings=torch.zeros_like(image[b : b + 1]), multimask_output=False)
    one.append((torch.cat([single, masks], 2)[0, 0], torch.cat([quality, iou], 2)[0, 0]))
masks = torch.stack([m for m, _ in one])
iou = torch.stack([i for _, i in one])
weights = torch.tensor([math.cos(0.3 * i) for i in range(masks.numel())], dtype=torch.float64).reshape(masks.shape)
((masks * weights).sum() + iou.sum()).backward()
rounded = lambda t: [round(v, 7) for v in t.detach().flatten().tolist()]
facts = {
    "config": {key: v for key, v in SIZES.items() if key != "hidden_act"},
    "names": names,
    "side": SIDE,
    "prompts": PROMPTS,
    "masks": rounded(masks),
    "iou": rounded(iou),
    "gradients": {
        "prompts": rounded(prompts.grad),
        "image": rounded(image.grad),
        "mask_tokens.weight": rounded(values["mask_tokens.weight"].grad),
        "upscale_conv1.weight": rounded(values["upscale_conv1.weight"].grad),
        "transformer.layers.0.self_attn.q_proj.weight": rounded(values["transformer.layers.0.self_attn.q_proj.weight"].grad),
    },
}
with open(os.path.join(HERE, "sam.json"), "w") as file:
    json.dump(facts, file)
    file.write("\n")
