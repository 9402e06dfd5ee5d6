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

import numpy as np
import torch
import transformers
from PIL import Image
from safetensors.torch import save_file
from tokenizers import AddedToken, Tokenizer, decoders, pre_tokenizers
from tokenizers.models import BPE
from tokenizers.processors import TemplateProcessing
from transformers import (
    FuyuConfig,
    FuyuForCausalLM,
    FuyuProcessor,
    Idefics2Config,
    Idefics2ForConditionalGeneration,
    Idefics2Processor,
    Idefics3Config,
    Idefics3ForConditionalGeneration,
    Idefics3Processor,
    Kosmos2Config,
    Kosmos2ForConditionalGeneration,
    Kosmos2Processor,
    LlamaConfig,
    LlamaForCausalLM,
    MistralConfig,
    MistralForCausalLM,
    MixtralConfig,
    MixtralForCausalLM,
    PreTrainedTokenizerFast,
    Qwen2Config,
    Qwen2ForCausalLM,
    Qwen2_5_VLConfig,
    Qwen2_5_VLForConditionalGeneration,
    Qwen2_5_VLProcessor,
    Qwen2VLConfig,
    Qwen2VLForConditionalGeneration,
    Qwen2VLProcessor,
    Qwen3Config,
    Qwen3ForCausalLM,
    T5Config,
    T5ForConditionalGeneration,
)
from transformers.models.clip.image_processing_pil_clip import CLIPImageProcessorPil
from transformers.models.fuyu.image_processing_pil_fuyu import FuyuImageProcessorPil
from transformers.models.idefics2.image_processing_pil_idefics2 import Idefics2ImageProcessorPil
from transformers.models.idefics3.image_processing_pil_idefics3 import Idefics3ImageProcessorPil
from transformers.models.kosmos2.processing_kosmos2 import clean_text_and_extract_entities_with_bboxes
from transformers.models.qwen2_vl.image_processing_pil_qwen2_vl import Qwen2VLImageProcessorPil

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
    """golden.safetensors: bytes as they are, other integers as int32, the rest float32."""
    dtype = lambda v: torch.float32 if v.is_floating_point() else v.dtype if v.dtype == torch.uint8 else torch.int32
    plain = {k: v.to(dtype(v)).contiguous() for k, v in tensors.items()}
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


# ---- Vision-language models with tiles, patches in any number and positions of their own: read by test/families-vl.test.ts.


def noise_image(width, height, seed):
    """The pseudo-random image of test/golden/noise.ts."""
    state, out = seed, np.zeros(height * width * 3, np.uint8)
    for i in range(out.size):
        state = (state * 1103515245 + 12345) % 2147483648
        value = state >> 16
        out[i] = 0 if value % 5 == 0 else 255 if value % 5 == 1 else value & 255
    return Image.fromarray(out.reshape(height, width, 3))


def byte_tokenizer(specials, merges=(("Ċ", "Ċ"), ("Ġ", "t"), ("h", "e"), ("Ġt", "he")), **named):
    """A byte-level tokenizer of a few merges with these special tokens."""
    vocab = {c: i for i, c in enumerate(sorted(pre_tokenizers.ByteLevel.alphabet()))}
    for a, b in merges:
        vocab[a + b] = len(vocab)
    tokenizer = Tokenizer(BPE(vocab=vocab, merges=list(merges)))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens([AddedToken(t, special=True, normalized=False) for t in specials])
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer, **named)


def randomize_seeing(model, name):
    """As `randomize`, for models with convolutions and lone parameters of any shape."""
    rng = torch.Generator().manual_seed(int.from_bytes(hashlib.sha256(name.encode()).digest()[:4], "little"))
    small = name.startswith(("paligemma", "gemma3-vl"))  # norms that count from 1, and embeddings that are scaled up
    with torch.no_grad():
        for key, p in model.named_parameters():
            noise = torch.randn(p.shape, generator=rng)
            if small and key.startswith("model.language_model.") and p.dim() == 1:
                p.copy_(0.2 * noise)
            elif p.dim() == 1:
                p.copy_(1 + 0.2 * noise if key.endswith("weight") else 0.3 * noise)
            elif "embed_tokens" in key and p.dim() == 2 and not key.startswith("model.vision_embed"):
                p.copy_(noise * (0.25 if small else 1))
            elif "position_embedding" in key or key.endswith("latents") or "latent_query" in key:
                p.copy_(0.5 * noise)
            else:
                p.copy_(noise * 1.4 * p[0].numel() ** -0.5)


def user(*content):
    """One user message: strings, and images as (width, height, seed)."""
    return [{"role": "user", "content": [{"type": "text", "text": c} if isinstance(c, str) else {"type": "image"} for c in content]}]


SIZES = [(1 + (i * i * 37 + i * 11) % 211, 1 + (i * 53 + (i * i) % 17 * 29) % 173) for i in range(50)]


@torch.no_grad()
def seeing(model, processor, name, chats, features, dtype="float16", sizes=None, keys={"pixel_values": lambda x: (x + 1) * 127.5}, prompt=None, edit=None, more=None, least=1, counted=len, last=None, call=None):
    """A vision-language model: for each chat the rendered text, ids, pixels, image rows, hidden states, logits and greedy reply.
    `chats` maps a name to (messages, images); `features(model, inputs)` gives the image rows; `sizes` is the text of one image, of which tokens are counted."""
    randomize_seeing(model, name)
    model, folder = save(model, name, dtype=dtype, edit=edit)
    processor.save_pretrained(folder)
    facts, out = {"chats": {}, "plain": prompt is not None}, {}
    call = call or processor
    states = []
    if last:
        last(model).register_forward_hook(lambda _, given, made: states.append(made))
    for chat, (messages, images) in chats.items():
        text = prompt(messages) if prompt else processor.apply_chat_template(messages, add_generation_prompt=True)
        for shift in range(20):  # other pixels where two logits come too close on the way
            drawn = [(w, h, seed + 100 * shift) for w, h, seed in images]
            inputs = call(text=[text], images=[noise_image(*i) for i in drawn], return_tensors="pt")
            given = {k: v for k, v in inputs.items() if k not in ("input_ids", "attention_mask", "mm_token_type_ids", "text")}
            ids = inputs["input_ids"]

            def logits(ids):
                kinds = torch.zeros_like(ids)
                if "mm_token_type_ids" in inputs:
                    kinds[:, : inputs["input_ids"].shape[1]] = inputs["mm_token_type_ids"]
                    return model(input_ids=ids, mm_token_type_ids=kinds, use_cache=False, **given).logits
                return model(input_ids=ids, use_cache=False, **more(ids, inputs) if more else given).logits

            try:
                greedy = continued(logits, ids[0].tolist())
            except ValueError:  # it wrote an image token, for which there is no image
                continue
            if greedy is not None:
                break
        else:
            raise ValueError(f"{name}: no clear continuation for {chat}")
        extra = {"mm_token_type_ids": inputs["mm_token_type_ids"]} if "mm_token_type_ids" in inputs else {}
        got = model(input_ids=ids, output_hidden_states=True, use_cache=False, **(more(ids, inputs) if more else given), **extra)
        facts["chats"][chat] = {"messages": messages, "images": drawn, "text": text}
        out |= {f"{chat}.ids": ids, f"{chat}.greedy": torch.tensor([greedy]), f"{chat}.logits": got.logits[0, -4:], f"{chat}.hidden": (states[-1] if last else got.hidden_states[-1])[0]}
        out[f"{chat}.features"] = features(model, inputs)
        for key, bytes_of in keys.items():
            out[f"{chat}.{key}"] = bytes_of(inputs[key]).round().clamp(0, 255).to(torch.uint8) if bytes_of else inputs[key]
    placeholder = sizes or "<image>"
    facts["sizes"] = []
    for w, h in [(max(w, least), max(h, least)) for w, h in SIZES]:
        ids = call(text=[placeholder], images=[Image.new("RGB", (w, h))], add_special_tokens=False)["input_ids"][0]
        facts["sizes"].append([w, h, counted(list(map(int, ids)))])
    with open(os.path.join(folder, "golden.json"), "w") as f:
        json.dump(facts, f)
        f.write("\n")
    write(folder, out)


IDEFICS3_TEMPLATE = (
    "<|im_start|>{% for message in messages %}{{message['role'] | capitalize}}{% if message['content'][0]['type'] == 'image' %}{{':'}}"
    "{% else %}{{': '}}{% endif %}{% for line in message['content'] %}{% if line['type'] == 'text' %}{{line['text']}}"
    "{% elif line['type'] == 'image' %}{{ '<image>' }}{% endif %}{% endfor %}<end_of_utterance>\n{% endfor %}"
    "{% if add_generation_prompt %}{{ 'Assistant:' }}{% endif %}"
)


@family("idefics3")
def idefics3():
    grid = [f"<row_{r + 1}_col_{c + 1}>" for r in range(6) for c in range(6)]
    specials = ["<|im_start|>", "<|im_end|>", "<end_of_utterance>", "<fake_token_around_image>", "<global-img>", "<image>", *grid]
    tokenizer = byte_tokenizer(specials, bos_token="<|im_start|>", eos_token="<end_of_utterance>", pad_token="<|im_end|>")
    image_processor = Idefics3ImageProcessorPil(size={"longest_edge": 84}, max_image_size={"longest_edge": 30})
    processor = Idefics3Processor(image_processor, tokenizer, image_seq_len=9, chat_template=IDEFICS3_TEMPLATE)
    image_id = tokenizer.convert_tokens_to_ids("<image>")
    text = dict(vocab_size=len(tokenizer), hidden_size=48, intermediate_size=64, num_hidden_layers=2, num_attention_heads=3, num_key_value_heads=1)
    text |= dict(max_position_embeddings=1024, pad_token_id=tokenizer.pad_token_id, bos_token_id=tokenizer.bos_token_id, eos_token_id=tokenizer.eos_token_id)
    vision = dict(hidden_size=24, intermediate_size=44, num_hidden_layers=2, num_attention_heads=3, image_size=30, patch_size=5)
    chats = {
        "one": (user((50, 31, 1), "What is the man doing?"), [(50, 31, 1)]),
        "two": (user("First:", (7, 23, 2), "then", (40, 40, 3), "Compare them."), [(7, 23, 2), (40, 40, 3)]),
    }

    config = Idefics3Config(vision_config=vision, text_config=LlamaConfig(**text), image_token_id=image_id, scale_factor=2)
    rows = lambda m, x: torch.cat(m.model.get_image_features(x["pixel_values"], x["pixel_attention_mask"]).pooler_output)
    seeing(Idefics3ForConditionalGeneration(config), processor, "idefics3/tiles", chats, rows)


QWEN_TEMPLATE = (
    "{% for message in messages %}{% if loop.first and message['role'] != 'system' %}<|im_start|>system\nYou are a helpful assistant.<|im_end|>\n"
    "{% endif %}<|im_start|>{{ message['role'] }}\n{% if message['content'] is string %}{{ message['content'] }}<|im_end|>\n{% else %}"
    "{% for content in message['content'] %}{% if content['type'] == 'image' or 'image' in content or 'image_url' in content %}"
    "<|vision_start|><|image_pad|><|vision_end|>{% elif 'text' in content %}{{ content['text'] }}{% endif %}{% endfor %}<|im_end|>\n{% endif %}"
    "{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)


def without_video(processor_class):
    """The processor for images alone: transformers has no video processor without torchvision."""

    class Images(processor_class):
        def check_argument_for_proper_class(self, name, argument):
            return None if argument is None else super().check_argument_for_proper_class(name, argument)

        @classmethod
        def get_attributes(cls):
            return [a for a in super().get_attributes() if a != "video_processor"]

    Images.__name__ = processor_class.__name__
    return Images


def qwen_vl(model_class, config_class, name, vision, heads, sections, processor_class, **options):
    specials = ["<|endoftext|>", "<|im_start|>", "<|im_end|>", "<|vision_start|>", "<|vision_end|>", "<|image_pad|>", "<|video_pad|>"]
    tokenizer = byte_tokenizer(specials, eos_token="<|im_end|>", pad_token="<|endoftext|>")
    image_processor = Qwen2VLImageProcessorPil(size={"shortest_edge": 8 * 8 * 6, "longest_edge": 8 * 8 * 40}, patch_size=4, merge_size=2)
    processor = without_video(processor_class)(image_processor, tokenizer, None, chat_template=QWEN_TEMPLATE)
    token = tokenizer.convert_tokens_to_ids
    text = dict(vocab_size=len(tokenizer), hidden_size=48, intermediate_size=64, num_hidden_layers=2, num_attention_heads=heads, num_key_value_heads=1)
    text |= dict(max_position_embeddings=512, rope_parameters={"rope_type": "default", "rope_theta": 1e4, "mrope_section": sections})
    text |= dict(bos_token_id=token("<|endoftext|>"), eos_token_id=token("<|im_end|>"))
    config = config_class(vision_config=vision, text_config=text, image_token_id=token("<|image_pad|>"), video_token_id=token("<|video_pad|>"), **options)
    config.vision_start_token_id, config.vision_end_token_id = token("<|vision_start|>"), token("<|vision_end|>")
    chats = {
        "one": (user((61, 35, 1), "What is the man doing?"), [(61, 35, 1)]),
        "two": (user("First:", (9, 30, 2), "then", (44, 40, 3), "Compare them."), [(9, 30, 2), (44, 40, 3)]),
    }
    mean, std = (torch.tensor(v).repeat_interleave(2 * 4 * 4) for v in (image_processor.image_mean, image_processor.image_std))
    rows = lambda m, x: torch.cat(list(m.model.get_image_features(x["pixel_values"], x["image_grid_thw"]).pooler_output))
    keys = {"pixel_values": lambda x: (x * std + mean) * 255, "image_grid_thw": None}
    seeing(model_class(config), processor, name, chats, rows, keys=keys, sizes="<|image_pad|>")
    qwen_video(model_class.from_pretrained(os.path.join(HERE, name), dtype=torch.float32, attn_implementation="eager").eval(), processor, name)


@torch.no_grad()
def qwen_video(model, processor, name):
    """Three frames whose size needs no resizing (the video processor wants torchvision for that): golden-video.safetensors."""
    frames = [processor.image_processor(noise_image(32, 24, seed), return_tensors="pt")["pixel_values"] for seed in (1, 2, 3, 3)]
    times = [f.reshape(-1, 3, 2, 16)[:, :, 0] for f in frames]
    pairs = [torch.stack([times[i], times[i + 1]], 2).reshape(len(times[0]), -1) for i in (0, 2)]
    given = dict(pixel_values_videos=torch.cat(pairs), video_grid_thw=torch.tensor([[2, 6, 8]]))
    video = processor.tokenizer.convert_tokens_to_ids("<|video_pad|>")

    def forward(ids, **more):
        return model(input_ids=ids, mm_token_type_ids=2 * (ids == video).int(), use_cache=False, **given, **more)

    for end in range(20):  # other questions where the reply is not clear, or writes a video token of its own
        text = processor.apply_chat_template(user("What", "happens?" + "!" * end), add_generation_prompt=True)
        text = text.replace("What", "What<|vision_start|>" + "<|video_pad|>" * 24 + "<|vision_end|>")
        ids = torch.tensor([processor.tokenizer(text)["input_ids"]])
        try:
            greedy = continued(lambda ids: forward(ids).logits, ids[0].tolist())
        except ValueError:
            continue
        if greedy is not None:
            break
    else:
        raise ValueError(f"{name}: no clear reply to the video")
    got = forward(ids, output_hidden_states=True)
    rows = torch.cat(list(model.model.get_video_features(given["pixel_values_videos"], given["video_grid_thw"]).pooler_output))
    out = {"ids": ids.int(), "features": rows, "hidden": got.hidden_states[-1][0], "greedy": torch.tensor([greedy], dtype=torch.int32)}
    save_file({k: v.contiguous() for k, v in out.items()}, os.path.join(HERE, name, "golden-video.safetensors"))
    with open(os.path.join(HERE, name, "video_preprocessor_config.json"), "w") as f:
        sizes = {"size": {"shortest_edge": 384, "longest_edge": 2560}, "patch_size": 4, "merge_size": 2, "temporal_patch_size": 2}
        json.dump({"video_processor_type": "Qwen2VLVideoProcessor", **sizes}, f, indent=2)
        f.write("\n")


@family("qwen2-vl")
def qwen2_vl():
    vision = dict(depth=2, embed_dim=48, hidden_size=48, num_heads=3, mlp_ratio=2, patch_size=4)
    qwen_vl(Qwen2VLForConditionalGeneration, Qwen2VLConfig, "qwen2-vl/untied", vision, 3, [2, 3, 3], Qwen2VLProcessor)


@family("qwen2-5-vl")
def qwen2_5_vl():
    vision = dict(depth=3, hidden_size=32, out_hidden_size=48, intermediate_size=37, num_heads=2, patch_size=4, window_size=16, fullatt_block_indexes=[1])
    qwen_vl(Qwen2_5_VLForConditionalGeneration, Qwen2_5_VLConfig, "qwen2-5-vl/tied", vision, 4, [2, 2, 2], Qwen2_5_VLProcessor, tie_word_embeddings=True)


IDEFICS2_TEMPLATE = (
    "{% for message in messages %}{{message['role'].capitalize()}}{% if message['content'][0]['type'] == 'image' %}{{':'}}{% else %}{{': '}}"
    "{% endif %}{% for line in message['content'] %}{% if line['type'] == 'text' %}{{line['text']}}{% elif line['type'] == 'image' %}"
    "{{ '<image>' }}{% endif %}{% endfor %}<end_of_utterance>\n{% endfor %}{% if add_generation_prompt %}{{ 'Assistant:' }}{% endif %}"
)


@family("idefics2")
def idefics2():
    specials = ["<s>", "</s>", "<fake_token_around_image>", "<image>", "<end_of_utterance>"]
    for name, split, size in [("whole", False, {"shortest_edge": 17, "longest_edge": 43}), ("split", True, {"shortest_edge": 11, "longest_edge": 30})]:
        tokenizer = byte_tokenizer(specials, bos_token="<s>", eos_token="<end_of_utterance>", pad_token="</s>")
        tokenizer.backend_tokenizer.post_processor = TemplateProcessing(single="<s> $A", special_tokens=[("<s>", tokenizer.bos_token_id)])
        image_processor = Idefics2ImageProcessorPil(size=size, do_image_splitting=split)
        processor = Idefics2Processor(image_processor, tokenizer, image_seq_len=7, chat_template=IDEFICS2_TEMPLATE)
        text = dict(vocab_size=len(tokenizer), hidden_size=48, intermediate_size=64, num_hidden_layers=2, num_attention_heads=3, num_key_value_heads=1)
        text = MistralConfig(**text, max_position_embeddings=512, pad_token_id=0, bos_token_id=tokenizer.bos_token_id, eos_token_id=tokenizer.eos_token_id)
        vision = dict(hidden_size=24, intermediate_size=44, num_hidden_layers=2, num_attention_heads=3, image_size=35, patch_size=5)
        perceiver = dict(hidden_size=48, resampler_n_latents=7, resampler_depth=2, resampler_n_heads=4, resampler_head_dim=6, num_key_value_heads=2)
        image_id = tokenizer.convert_tokens_to_ids("<image>")
        config = Idefics2Config(vision_config=vision, perceiver_config=perceiver, text_config=text, image_token_id=image_id)
        chats = {
            "one": (user((61, 35, 1), "What is the man doing?"), [(61, 35, 1)]),
            "three": (user("First:", (9, 30, 2), (44, 40, 3), "then", (22, 22, 4), " Compare them."), [(9, 30, 2), (44, 40, 3), (22, 22, 4)]),
        }
        if split:
            chats = {"quarters": chats["three"]}
        rows = lambda m, x: torch.cat(list(m.model.get_image_features(x["pixel_values"], x["pixel_attention_mask"]).pooler_output)).reshape(-1, 48)
        keys = {"pixel_values": lambda x: (x + 1) * 127.5, "pixel_attention_mask": lambda x: x}
        seeing(Idefics2ForConditionalGeneration(config), processor, f"idefics2/{name}", chats, rows, keys=keys, least=2)


class Underscored(PreTrainedTokenizerFast):
    """As Fuyu's published tokenizer: a space comes before every text, also before special tokens."""

    def __call__(self, text, **options):
        encoded = super().__call__(text, **options)
        if isinstance(text, str) and text.startswith("|SPEAKER|"):
            space = torch.tensor([[self.convert_tokens_to_ids("Ġ")]])
            encoded["input_ids"] = torch.cat([space, encoded["input_ids"]], -1)
            encoded["attention_mask"] = torch.cat([torch.ones_like(space), encoded["attention_mask"]], -1)
        return encoded


class FuyuPatches(FuyuImageProcessorPil):
    """The class on Pillow cuts arrays into patches, while the processor hands it tensors."""

    def patchify_image(self, image, patch_size=None):
        return torch.from_numpy(super().patchify_image(np.asarray(image), patch_size))


FuyuPatches.__name__ = "FuyuImageProcessorPil"


@family("fuyu")
def fuyu():
    specials = ["|SPEAKER|", "|NEWLINE|", "<s>", "<0x04>", "|ENDOFTEXT|"]
    plain = byte_tokenizer(specials)
    tokenizer = Underscored(tokenizer_object=plain.backend_tokenizer, bos_token="<s>", eos_token="|ENDOFTEXT|", pad_token="|ENDOFTEXT|")
    image_processor = FuyuPatches(size={"height": 40, "width": 56}, patch_size={"height": 8, "width": 8})
    processor = FuyuProcessor(image_processor, tokenizer)
    token = tokenizer.convert_tokens_to_ids
    text = dict(vocab_size=len(tokenizer), hidden_size=48, intermediate_size=70, num_hidden_layers=2, num_attention_heads=3, hidden_act="relu2")
    text |= dict(max_position_embeddings=256, rope_parameters={"rope_type": "default", "rope_theta": 25000.0, "partial_rotary_factor": 0.5})
    text |= dict(model_type="persimmon", pad_token_id=0, bos_token_id=token("<s>"), eos_token_id=token("|ENDOFTEXT|"))
    config = FuyuConfig(text_config=text, patch_size=8, image_token_id=token("|SPEAKER|"))
    chats = {
        "large": (user((91, 47, 1), "What is the man doing?\n"), [(91, 47, 1)]),
        "small": (user((19, 37, 2), "A caption."), [(19, 37, 2)]),
    }
    rows = lambda m, x: m.model.vision_embed_tokens(x["pixel_values"].reshape(-1, 192))
    keys = {"pixel_values": lambda x: (x + 1) * 127.5}
    processor_of = lambda **o: processor(return_legacy_image_output=False, **o)
    more = lambda ids, x: dict(pixel_values=x["pixel_values"].reshape(1, -1, 192))
    counted = lambda ids: sum(i in (token("|SPEAKER|"), token("|NEWLINE|")) for i in ids)
    last = lambda m: m.model.language_model.final_layernorm
    words = lambda messages: messages[0]["content"][1]["text"]
    seeing(FuyuForCausalLM(config), processor, "fuyu/untied", chats, rows, keys=keys, prompt=words, more=more, counted=counted, last=last, call=processor_of, sizes="x")


@family("kosmos2")
def kosmos2():
    tokenizer = byte_tokenizer(["<unk>", "[five]", "[latents]", "[stand]", "[for]", "[it]", "<s>", "</s>", "<pad>"], unk_token="<unk>", bos_token="<s>", eos_token="</s>", pad_token="<pad>")
    image_processor = CLIPImageProcessorPil(size={"shortest_edge": 20}, crop_size={"height": 20, "width": 20})
    processor = Kosmos2Processor(image_processor, tokenizer, num_patch_index_tokens=16)
    token = tokenizer.convert_tokens_to_ids
    text = dict(vocab_size=len(tokenizer), embed_dim=48, ffn_dim=60, layers=2, attention_heads=3, max_position_embeddings=128)
    text |= dict(pad_token_id=1, bos_token_id=token("<s>"), eos_token_id=token("</s>"))
    vision = dict(hidden_size=24, intermediate_size=44, num_hidden_layers=2, num_attention_heads=3, image_size=20, patch_size=5)
    config = Kosmos2Config(text_config=text, vision_config=vision, latent_query_num=5)
    chats = {
        "caption": (user((31, 25, 1), "<grounding> An image of"), [(31, 25, 1)]),
        "where": (user((20, 43, 2), "<phrase> the man</phrase>"), [(20, 43, 2)]),
    }

    def more(ids, x):
        mask = torch.zeros_like(ids)
        mask[:, : x["image_embeds_position_mask"].shape[1]] = x["image_embeds_position_mask"]
        return dict(pixel_values=x["pixel_values"], image_embeds_position_mask=mask)

    def rows(m, x):
        seen = m.vision_model.model.post_layernorm(m.vision_model(pixel_values=x["pixel_values"])[0])
        return m.image_to_text_projection(torch.nn.functional.normalize(seen, dim=-1))[0].reshape(-1, 48)

    mean, std = (torch.tensor(v).reshape(1, 3, 1, 1) for v in (image_processor.image_mean, image_processor.image_std))
    keys = {"pixel_values": lambda x: (x * std + mean) * 255}
    call = lambda **o: processor(num_image_tokens=5, **o)
    words = lambda messages: messages[0]["content"][1]["text"]
    counted = lambda ids: ids.index(token("</image>")) - ids.index(token("<image>")) + 1
    last = lambda m: m.text_model.model.layer_norm
    seeing(Kosmos2ForConditionalGeneration(config), processor, "kosmos2/tied", chats, rows, keys=keys, prompt=words, more=more, counted=counted, last=last, call=call, sizes="x")
    replies = [
        "<grounding> An image of<phrase> a snowman</phrase><object><patch_index_0044><patch_index_0863></object> by<phrase> a fire</phrase>"
        "<object><patch_index_0005><patch_index_0911></delimiter_of_multi_objects/><patch_index_0033><patch_index_0033></object>.",
        "  <object><patch_index_0001><patch_index_0065></object> left, <phrase>broken<object><patch_index_0001></object>",
        "nothing here",
    ]
    with open(os.path.join(HERE, "kosmos2/tied/grounded.json"), "w") as f:
        json.dump([[text, clean_text_and_extract_entities_with_bboxes(text)] for text in replies], f)
        f.write("\n")


# ---- end of vision-language models with tiles

if __name__ == "__main__":
    transformers.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()
    torch.set_num_threads(1)
    for wanted in sys.argv[1:] or FAMILIES:
        FAMILIES[wanted]()
