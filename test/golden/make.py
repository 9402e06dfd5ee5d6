# Writes test/golden/families/: small random-weight checkpoints of every supported architecture, as transformers saves them, with
# inputs and what transformers computes from them. Run by hand when a case changes; the tests compare with the committed files.
#
#   python3 -m venv /tmp/golden && /tmp/golden/bin/pip install -r test/golden/requirements.txt
#   /tmp/golden/bin/python test/golden/make.py             every family
#   /tmp/golden/bin/python test/golden/make.py llama t5    these
#
# A family is one function under @family: it builds a model and hands it to `causal` (or a sibling of it), which rounds the weights,
# saves the folder, loads it again in float32 and writes golden.safetensors beside it. Weights depend on the folder's name alone.
import hashlib
import json
import os
import shutil
import sys

import torch
import transformers
from safetensors.torch import save_file
from transformers import (
    LlamaConfig,
    LlamaForCausalLM,
    MistralConfig,
    MistralForCausalLM,
    MixtralConfig,
    MixtralForCausalLM,
    Qwen2Config,
    Qwen2ForCausalLM,
    Qwen3Config,
    Qwen3ForCausalLM,
    T5Config,
    T5ForConditionalGeneration,
)

HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "families")
GREEDY = 32  # tokens of each continuation
MARGIN = 1e-3  # least distance between the two largest logits on the way: below it "identical" would be luck
FAMILIES = {}


def family(name):
    """Registers a function that writes the folders families/NAME/*."""

    def register(make):
        FAMILIES[name] = make
        return make

    return register


def randomize(model, name):
    """Weights of a size that makes every part matter (a fresh model is nearly linear), from a seed made of the name."""
    seed = int.from_bytes(hashlib.sha256(name.encode()).digest()[:4], "little")
    rng = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for key, p in model.named_parameters():
            noise = torch.randn(p.shape, generator=rng)
            if p.dim() == 1:  # norms around 1, biases around 0
                p.copy_(1 + 0.2 * noise if key.endswith("weight") else 0.3 * noise)
            elif "embed" in key or "shared" in key:
                p.copy_(noise if not model.config.tie_word_embeddings else noise * p.shape[-1] ** -0.5 * 2)
            else:
                scale = 2.0 * model.config.d_kv**-0.5 if ".q." in key else 1.4  # T5 leaves its scores unscaled
                p.copy_(noise * scale * p.shape[-1] ** -0.5)
    return rng


def save(model, name, dtype="float32", shard="1GB", edit=None):
    """Saves the model with weights rounded to `dtype` and loads it again in float32. `edit` changes config.json as published ones differ."""
    folder = os.path.join(HERE, name)
    shutil.rmtree(folder, ignore_errors=True)
    model.to(getattr(torch, dtype)).save_pretrained(folder, max_shard_size=shard)
    generation = os.path.join(folder, "generation_config.json")
    if os.path.exists(generation):
        os.remove(generation)
    if edit:
        path = os.path.join(folder, "config.json")
        with open(path) as f:
            config = json.load(f)
        edit(config)
        with open(path, "w") as f:
            json.dump(config, f, indent=2)
            f.write("\n")
    again = type(model).from_pretrained(folder, dtype=torch.float32, attn_implementation="eager").eval()
    if hasattr(again.config, "num_local_experts"):
        again.set_experts_implementation("eager")  # the grouped kernel wants rows of a multiple of 16 bytes
    for (key, a), (_, b) in zip(model.named_parameters(), again.named_parameters()):
        assert torch.equal(a.float(), b), f"{name}: {key} changed on the way through the folder"
    return again, folder


def write(folder, tensors):
    """golden.safetensors: integers as int32, the rest float32."""
    plain = {k: (v.to(torch.float32) if v.is_floating_point() else v.to(torch.int32)).contiguous() for k, v in tensors.items()}
    versions = {"torch": torch.__version__, "transformers": transformers.__version__}
    save_file(plain, os.path.join(folder, "golden.safetensors"), metadata=versions)
    size = sum(os.path.getsize(os.path.join(folder, f)) for f in os.listdir(folder))
    print(f"{os.path.relpath(folder, HERE)}: {size / 1024:.0f} KB")


def continued(logits, prompt):
    """The greedy continuation, from whole sequences and no cache: the plainest meaning of the model. logits: ids [1, n] -> [1, n, vocab].
    None where two logits come so close on the way that rounding decides."""
    text = list(prompt)
    while len(text) < len(prompt) + GREEDY:
        last = logits(torch.tensor([text]))[0, -1]
        best = last.topk(2).values
        if best[0] - best[1] < MARGIN:
            return None
        text.append(int(last.argmax()))
    return text[len(prompt) :]


def prompts_and_replies(draw, lengths, reply):
    """Random prompts of these lengths with their greedy continuations, drawn again where those are not clear."""
    prompts = [draw(n) for n in lengths]
    replies = [reply(prompt) for prompt in prompts]
    while None in replies:
        at = replies.index(None)
        prompts[at] = draw(lengths[at])
        replies[at] = reply(prompts[at])
    return prompts, torch.tensor(replies)


def padded(prompts, side):
    """Rows of one length with 0 where there is no token, and the mask that says so."""
    n = max(map(len, prompts))
    ids, mask = torch.zeros(len(prompts), n, dtype=torch.long), torch.zeros(len(prompts), n, dtype=torch.long)
    for row, prompt in enumerate(prompts):
        at = slice(0, len(prompt)) if side == "right" else slice(n - len(prompt), n)
        ids[row, at], mask[row, at] = torch.tensor(prompt), 1
    return ids, mask


@torch.no_grad()
def causal(model, name, length=14, generate=True, **options):
    """A decoder-only model: hidden states and logits of one prompt, greedy continuations, and a batch padded on either side."""
    rng = randomize(model, name)
    model, folder = save(model, name, **options)
    vocab = model.config.vocab_size
    prompts, greedy = prompts_and_replies(
        lambda n: torch.randint(3, vocab, (n,), generator=rng).tolist(),
        (length, 5, 9),
        lambda prompt: continued(lambda ids: model(ids).logits, prompt) if generate else [],
    )
    ids = torch.tensor(prompts[:1])
    out = {"greedy": greedy, "ids": ids, "hidden": model.model(ids).last_hidden_state, "logits": model(ids).logits}
    for side in ("left", "right"):
        ids, mask = padded(prompts, side)
        positions = (mask.cumsum(-1) - 1).clamp(min=0)
        out[f"{side}.ids"], out[f"{side}.mask"] = ids, mask
        out[f"{side}.hidden"] = model.model(ids, attention_mask=mask, position_ids=positions).last_hidden_state * mask[..., None]
    write(folder, out)


@family("llama")
def llama():
    # Six heads on two groups of keys and values, an odd feed-forward width, heads of 10: not what fused kernels like.
    shape = dict(vocab_size=97, hidden_size=60, intermediate_size=101, num_hidden_layers=2, max_position_embeddings=64)
    causal(LlamaForCausalLM(LlamaConfig(**shape, num_attention_heads=6, num_key_value_heads=2, rms_norm_eps=1e-5)), "llama/untied")
    shape |= dict(hidden_size=48, num_attention_heads=3, num_key_value_heads=1, tie_word_embeddings=True, attention_bias=True, mlp_bias=True)
    causal(LlamaForCausalLM(LlamaConfig(**shape, rope_theta=5e5)), "llama/tied-bf16-sharded", dtype="bfloat16", shard="20KB")


@family("qwen2")
def qwen2():
    shape = dict(vocab_size=90, hidden_size=70, intermediate_size=77, num_hidden_layers=2, max_position_embeddings=64)
    config = Qwen2Config(**shape, num_attention_heads=5, num_key_value_heads=1, tie_word_embeddings=True)
    causal(Qwen2ForCausalLM(config), "qwen2/tied")
    config = Qwen2Config(**shape | dict(hidden_size=96), num_attention_heads=6, num_key_value_heads=3, rope_theta=1e6)
    causal(Qwen2ForCausalLM(config), "qwen2/untied-fp16", dtype="float16")


@family("llama-rope")
def llama_rope():
    # Contexts stretched beyond the original one of 16 positions, by each published scheme.
    shape = dict(vocab_size=61, hidden_size=48, intermediate_size=72, num_hidden_layers=2, num_attention_heads=4, num_key_value_heads=2)
    stretch = dict(factor=4.0, original_max_position_embeddings=16)
    for name, scaling, more in [
        ("linear", dict(rope_type="linear", factor=2.5), {}),
        ("llama3", dict(rope_type="llama3", low_freq_factor=1.0, high_freq_factor=4.0, **stretch), dict(rope_theta=500.0)),
        ("yarn", dict(rope_type="yarn", **stretch), dict(head_dim=16)),
        ("dynamic", dict(rope_type="dynamic", factor=3.0), dict(max_position_embeddings=16)),
    ]:
        config = LlamaConfig(**dict(max_position_embeddings=64) | shape | more, rope_scaling=scaling)
        # Dynamic scaling turns all keys anew as the text grows: there is no cached decoding beyond the original context.
        causal(LlamaForCausalLM(config), f"llama-rope/{name}", length=24 if name == "dynamic" else 14, generate=name != "dynamic")


@family("qwen3")
def qwen3():
    # The size of a head has nothing to do with the width.
    shape = dict(vocab_size=90, hidden_size=44, intermediate_size=75, num_hidden_layers=2, max_position_embeddings=64)
    config = Qwen3Config(**shape, num_attention_heads=6, num_key_value_heads=2, head_dim=16, tie_word_embeddings=True, rope_theta=1e6)
    causal(Qwen3ForCausalLM(config), "qwen3/tied-bf16", dtype="bfloat16")
    config = Qwen3Config(**shape, num_attention_heads=3, num_key_value_heads=3, head_dim=10, attention_bias=True)
    causal(Qwen3ForCausalLM(config), "qwen3/untied")


@family("windows")
def windows():
    # Each token sees the last few only; in Qwen2 from some layer on.
    shape = dict(vocab_size=67, hidden_size=48, intermediate_size=56, num_attention_heads=3, num_key_value_heads=1, max_position_embeddings=64)
    config = MistralConfig(**shape, num_hidden_layers=2, sliding_window=6)
    causal(MistralForCausalLM(config), "windows/mistral")
    config = MistralConfig(**shape, num_hidden_layers=2, sliding_window=7, head_dim=10)
    causal(MistralForCausalLM(config), "windows/mistral-heads-of-ten")
    config = Qwen2Config(**shape, num_hidden_layers=3, use_sliding_window=True, sliding_window=5, max_window_layers=1)
    causal(Qwen2ForCausalLM(config), "windows/qwen2-from-layer-one")


@family("mixtral")
def mixtral():
    shape = dict(vocab_size=80, hidden_size=40, num_hidden_layers=2, max_position_embeddings=64)
    config = MixtralConfig(**shape, intermediate_size=37, num_attention_heads=4, num_key_value_heads=2, num_local_experts=5, num_experts_per_tok=2)
    causal(MixtralForCausalLM(config), "mixtral/five-experts")
    config = MixtralConfig(**shape, intermediate_size=24, head_dim=16, num_attention_heads=3, num_key_value_heads=1, num_local_experts=4, num_experts_per_tok=3)
    causal(MixtralForCausalLM(config), "mixtral/three-of-four-fp16-sharded", dtype="float16", shard="40KB")


@torch.no_grad()
def seq2seq(model, name, untied=False, **options):
    """An encoder-decoder: states of both halves, logits, greedy replies, and encoder inputs padded on either side."""
    rng = randomize(model, name)
    if untied:
        model.lm_head.weight = torch.nn.Parameter(torch.randn(model.lm_head.weight.shape, generator=rng) * model.config.d_model**-0.5)
    model, folder = save(model, name, **options)
    vocab, start = model.config.vocab_size, model.config.pad_token_id

    def greedy(prompt):
        encoded = model.encoder(torch.tensor([prompt]))
        return continued(lambda ids: model(encoder_outputs=encoded, decoder_input_ids=ids).logits, [start])

    prompts, replies = prompts_and_replies(lambda n: torch.randint(3, vocab, (n,), generator=rng).tolist(), (40, 7, 19), greedy)
    reply = [start] + torch.randint(3, vocab, (11,), generator=rng).tolist()
    ids, decoder_ids = torch.tensor(prompts[:1]), torch.tensor([reply])
    got = model(input_ids=ids, decoder_input_ids=decoder_ids, output_hidden_states=True)
    out = {
        "greedy": replies,
        "ids": ids,
        "decoder_ids": decoder_ids,
        "encoded": got.encoder_last_hidden_state,
        "hidden": got.decoder_hidden_states[-1],
        "logits": got.logits,
    }
    for side in ("left", "right"):
        ids, mask = padded(prompts, side)
        rows = decoder_ids.expand(len(prompts), -1)
        got = model(input_ids=ids, attention_mask=mask, decoder_input_ids=rows)
        out[f"{side}.ids"], out[f"{side}.mask"], out[f"{side}.logits"] = ids, mask, got.logits
    write(folder, out)


@family("t5")
def t5():
    # Flan-T5: a gated feed-forward and a head of its own. Heads do not make up the width; few buckets, so that some are shared.
    shape = dict(vocab_size=71, d_model=36, d_kv=10, d_ff=49, num_heads=3, relative_attention_num_buckets=12, relative_attention_max_distance=20)
    flan = T5Config(**shape, num_layers=2, num_decoder_layers=3, feed_forward_proj="gated-gelu", tie_word_embeddings=False)

    def published(config):
        config["tie_word_embeddings"] = False
        del config["scale_decoder_outputs"]

    seq2seq(T5ForConditionalGeneration(flan), "t5/flan", untied=True, edit=published)
    first = T5Config(**shape | dict(d_kv=16), num_layers=1, num_decoder_layers=3, feed_forward_proj="relu")
    seq2seq(T5ForConditionalGeneration(first), "t5/first-bf16", dtype="bfloat16")


if __name__ == "__main__":
    transformers.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()
    torch.set_num_threads(1)
    for wanted in sys.argv[1:] or FAMILIES:
        FAMILIES[wanted]()
