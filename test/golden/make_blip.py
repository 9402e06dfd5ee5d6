# Writes the Q-Former families and OPT into test/golden/families/, read by test/families-blip.test.ts and families-language.test.ts: part of make.py, which says how to run it.
#
#   /tmp/golden/bin/python test/golden/make_blip.py                 blip-2 instructblip opt
#   /tmp/golden/bin/python test/golden/make_blip.py blip-2          this
import hashlib
import json
import os
import sys

import torch
import transformers
from tokenizers import Tokenizer, decoders, normalizers, pre_tokenizers
from tokenizers.models import BPE, Unigram, WordPiece
from tokenizers.processors import TemplateProcessing
from transformers import (
    Blip2Config,
    Blip2ForConditionalGeneration,
    Blip2Processor,
    Blip2QFormerConfig,
    InstructBlipConfig,
    InstructBlipForConditionalGeneration,
    InstructBlipProcessor,
    LlamaConfig,
    OPTConfig,
    OPTForCausalLM,
    PreTrainedTokenizerFast,
    T5Config,
)
from transformers.models.blip.image_processing_pil_blip import BlipImageProcessorPil

from make import FAMILIES, causal, continued, family, noise_image, save, write


def unigram_tokenizer():
    """T5's kind: pieces with scores, </s> after every text."""
    words = ["▁the", "▁what", "▁is", "▁this", "ing", "▁a", "▁cat", "▁in"]
    letters = [*"abcdefghijklmnopqrstuvwxyz?.,W"]
    vocab = [("<pad>", 0.0), ("</s>", 0.0), ("<unk>", 0.0), ("▁", -2.5)]
    vocab += [(w, -3.0 - 0.1 * i) for i, w in enumerate(words)] + [(c, -5.0 - 0.01 * i) for i, c in enumerate(letters)]
    tokenizer = Tokenizer(Unigram(vocab, unk_id=2))
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.decoder = decoders.Metaspace()
    tokenizer.post_processor = TemplateProcessing(single="$A </s>", special_tokens=[("</s>", 1)])
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer, eos_token="</s>", unk_token="<unk>", pad_token="<pad>")


def sentencepiece_bpe_tokenizer():
    """LLaMA's kind: merges over whole characters, bytes for what is unknown, <s> before every text."""
    vocab = {t: i for i, t in enumerate(["<unk>", "<s>", "</s>", *(f"<0x{b:02X}>" for b in range(256)), "▁", *"abcdefghijklmnopqrstuvwxyz?.,W"])}
    merges = [("▁", "t"), ("h", "e"), ("▁t", "he"), ("i", "n"), ("in", "g"), ("▁", "i"), ("▁i", "s")]
    for a, b in merges:
        vocab[a + b] = len(vocab)
    tokenizer = Tokenizer(BPE(vocab=vocab, merges=merges, unk_token="<unk>", byte_fallback=True, fuse_unk=True))
    tokenizer.normalizer = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
    tokenizer.decoder = decoders.Sequence([decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)])
    tokenizer.post_processor = TemplateProcessing(single="<s> $A", special_tokens=[("<s>", 1)])
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer, bos_token="<s>", eos_token="</s>", unk_token="<unk>", pad_token="</s>")


def wordpiece_tokenizer():
    """BERT's kind, as the Q-Former of InstructBLIP reads with."""
    letters = [*"abcdefghijklmnopqrstuvwxyz"]
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *letters, *(f"##{c}" for c in letters), "what", "the", "##ing", "is", "?", ".", ","]
    tokenizer = Tokenizer(WordPiece({w: i for i, w in enumerate(words)}, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.decoder = decoders.WordPiece()
    tokenizer.post_processor = TemplateProcessing(single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)])
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer, unk_token="[UNK]", pad_token="[PAD]", cls_token="[CLS]", sep_token="[SEP]")


def randomize_blip(model, name):
    """As `randomize`, for a tower, a Q-Former and a language model in one."""
    rng = torch.Generator().manual_seed(int.from_bytes(hashlib.sha256(name.encode()).digest()[:4], "little"))
    with torch.no_grad():
        for key, p in model.named_parameters():
            noise = torch.randn(p.shape, generator=rng)
            if p.dim() == 1:
                p.copy_(1 + 0.2 * noise if key.endswith("weight") else 0.3 * noise)
            elif any(part in key for part in ("shared", "embed_tokens", "query_tokens", "_embedding")) and not key.endswith("patch_embedding.weight"):
                p.copy_(noise)
            else:
                t5_scores = key.startswith("language_model") and ".q." in key
                scale = 2.0 * model.config.text_config.d_kv**-0.5 if t5_scores else 1.4
                p.copy_(noise * scale * p[0].numel() ** -0.5)
    return rng


BLIP_QUESTIONS = {"short": ("What is this?", (31, 57, 5)), "long": ("What is the cat doing in the ceiling, and which cats?", (90, 23, 6))}


@torch.no_grad()
def blip(model, processor, name, dtype="float16", edit=None):
    """For each question the ids, pixels, tower tokens, Q-Former rows, image rows, logits and greedy reply; and a padded batch of instructions."""
    rng = randomize_blip(model, name)
    t5 = model.config.text_config.model_type == "t5"
    lm = model.language_model
    if t5:
        lm.lm_head.weight = torch.nn.Parameter(torch.randn(lm.lm_head.weight.shape, generator=rng) * lm.config.d_model**-0.5)
    model, folder = save(model, name, dtype=dtype, edit=edit)
    processor.save_pretrained(folder)
    facts, out = {}, {}
    start = model.config.text_config.pad_token_id
    for question, (text, picture) in BLIP_QUESTIONS.items():
        for shift in range(20):  # other pixels where two logits come too close on the way
            picture = (*picture[:2], picture[2] + 100 * shift)
            inputs = processor(text=text, images=noise_image(*picture), return_tensors="pt")
            given = {k: v for k, v in inputs.items() if k not in ("input_ids", "attention_mask")}
            ids = inputs["input_ids"]
            if t5:
                greedy = continued(lambda reply: model(input_ids=ids, decoder_input_ids=reply, **given).logits, [start])
            else:
                greedy = continued(lambda ids: model(input_ids=ids, **given).logits, ids[0].tolist())
            if greedy is not None:
                break
        else:
            raise ValueError(f"{name}: no clear continuation")
        facts[question] = {"text": text, "image": picture}
        seen = model.get_image_features(**given)
        got = {"ids": ids, "pixels": given["pixel_values"], "greedy": torch.tensor([greedy]), "features": seen.pooler_output}
        got |= {"tokens": seen.vision_outputs.last_hidden_state, "queries": seen.qformer_outputs.last_hidden_state[:, : model.config.num_query_tokens]}
        if "qformer_input_ids" in given:
            got["instruction"] = given["qformer_input_ids"]
        if t5:
            reply = torch.tensor([[start, *greedy[:9]]])
            whole = model(input_ids=ids, decoder_input_ids=reply, **given)
            got |= {"decoder_ids": reply, "encoded": whole.language_model_outputs.encoder_last_hidden_state, "logits": whole.logits}
        else:
            whole = model(input_ids=ids, output_hidden_states=True, **given)
            hidden = model.language_model.model(inputs_embeds=merged(model, ids, seen.pooler_output)).last_hidden_state
            got |= {"hidden": hidden, "logits": whole.logits[:, -4:]}
        out |= {f"{question}.{k}": v for k, v in got.items()}
    if "qformer_input_ids" in given:
        texts = [text for text, _ in BLIP_QUESTIONS.values()]
        words = processor.qformer_tokenizer(texts, padding=True, return_tensors="pt")
        pixels = torch.cat([out[f"{q}.pixels"] for q in BLIP_QUESTIONS])
        rows = model.get_image_features(pixel_values=pixels, qformer_input_ids=words["input_ids"], qformer_attention_mask=words["attention_mask"])
        out |= {"batch.instruction": words["input_ids"], "batch.mask": words["attention_mask"], "batch.features": rows.pooler_output}
    with open(os.path.join(folder, "golden.json"), "w") as f:
        json.dump(facts, f)
        f.write("\n")
    write(folder, out)


def merged(model, ids, rows):
    """Text embeddings with image rows in the places of the image token."""
    x = model.get_input_embeddings()(ids)
    return x.masked_scatter((ids == model.config.image_token_id)[..., None], rows)


BLIP_VISION = dict(hidden_size=36, intermediate_size=50, num_hidden_layers=2, num_attention_heads=3, image_size=22, patch_size=5)
BLIP_QFORMER = dict(hidden_size=40, intermediate_size=46, num_attention_heads=5, vocab_size=70, max_position_embeddings=64)
FLAN = dict(d_model=36, d_kv=10, d_ff=49, num_heads=3, num_layers=2, num_decoder_layers=2, feed_forward_proj="gated-gelu")


def flan(tokenizer):
    return T5Config(**FLAN, vocab_size=len(tokenizer), relative_attention_num_buckets=12, relative_attention_max_distance=20, tie_word_embeddings=False)


def published_t5(config):
    config["text_config"]["tie_word_embeddings"] = False
    config["text_config"].pop("scale_decoder_outputs", None)


def blip_images(side=22):
    return BlipImageProcessorPil(size={"height": side, "width": side})


@family("blip-2")
def blip_2():
    for name, frequency, queries, tower in [("t5-every-layer", 1, 4, {}), ("t5-every-second", 2, 7, dict(qkv_bias=False, num_attention_heads=2))]:
        tokenizer = unigram_tokenizer()
        processor = Blip2Processor(blip_images(), tokenizer, num_query_tokens=queries)
        qformer = Blip2QFormerConfig(**BLIP_QFORMER, num_hidden_layers=3, cross_attention_frequency=frequency)
        config = Blip2Config(vision_config=BLIP_VISION | tower, qformer_config=qformer.to_dict(), text_config=flan(tokenizer).to_dict(), num_query_tokens=queries, tie_word_embeddings=False, image_token_index=tokenizer.convert_tokens_to_ids("<image>"))
        blip(Blip2ForConditionalGeneration(config), processor, f"blip-2/{name}", edit=published_t5)


    tokenizer = sentencepiece_bpe_tokenizer()
    processor = Blip2Processor(blip_images(), tokenizer, num_query_tokens=3)
    qformer = Blip2QFormerConfig(**BLIP_QFORMER, num_hidden_layers=3, cross_attention_frequency=2)
    text = OPTConfig(**OPT, vocab_size=len(tokenizer)).to_dict()
    config = Blip2Config(vision_config=BLIP_VISION, qformer_config=qformer.to_dict(), text_config=text, num_query_tokens=3, image_token_index=tokenizer.convert_tokens_to_ids("<image>"))
    blip(Blip2ForConditionalGeneration(config), processor, "blip-2/opt")


OPT = dict(hidden_size=48, ffn_dim=65, num_hidden_layers=2, num_attention_heads=3, max_position_embeddings=96, word_embed_proj_dim=48)


@family("opt")
def opt():
    causal(OPTForCausalLM(OPTConfig(**OPT, vocab_size=71)), "opt/tied")
    odd = OPT | dict(num_attention_heads=4, activation_function="gelu", tie_word_embeddings=False)
    causal(OPTForCausalLM(OPTConfig(**odd, vocab_size=60)), "opt/untied-fp16", dtype="float16")


@family("instructblip")
def instructblip():
    reader = dict(BLIP_QFORMER, num_hidden_layers=4)
    tokenizer = unigram_tokenizer()
    processor = InstructBlipProcessor(blip_images(), tokenizer, wordpiece_tokenizer(), num_query_tokens=5)
    config = InstructBlipConfig(vision_config=BLIP_VISION, qformer_config=reader | dict(cross_attention_frequency=3), text_config=flan(tokenizer).to_dict(), num_query_tokens=5, tie_word_embeddings=False, image_token_index=tokenizer.convert_tokens_to_ids("<image>"))
    blip(InstructBlipForConditionalGeneration(config), processor, "instructblip/t5", edit=published_t5)
    tokenizer = sentencepiece_bpe_tokenizer()
    processor = InstructBlipProcessor(blip_images(), tokenizer, wordpiece_tokenizer(), num_query_tokens=6)
    vicuna = LlamaConfig(vocab_size=len(tokenizer), hidden_size=48, intermediate_size=64, num_hidden_layers=2, num_attention_heads=3, num_key_value_heads=3, max_position_embeddings=256, pad_token_id=2)
    config = InstructBlipConfig(vision_config=BLIP_VISION, qformer_config=reader | dict(cross_attention_frequency=2), text_config=vicuna.to_dict(), num_query_tokens=6, tie_word_embeddings=False, image_token_index=tokenizer.convert_tokens_to_ids("<image>"))
    blip(InstructBlipForConditionalGeneration(config), processor, "instructblip/vicuna")


if __name__ == "__main__":
    transformers.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()
    torch.set_num_threads(1)
    for wanted in sys.argv[1:] or ("blip-2", "instructblip", "opt"):
        FAMILIES[wanted]()
