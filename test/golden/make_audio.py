# Writes the audio encoders into test/golden/families/, read by test/families-audio.whole.test.ts and test/families-hearing.whole.test.ts: part of make.py, which says how to run it.
#
#   /tmp/golden/bin/python test/golden/make_audio.py                 whisper whisper-transcribe clap qwen2-audio
#   /tmp/golden/bin/python test/golden/make_audio.py whisper         this
import hashlib
import json
import os
import sys

import numpy as np
import torch
import transformers
from transformers import (
    ClapAudioConfig,
    ClapAudioModel,
    ClapAudioModelWithProjection,
    ClapConfig,
    ClapFeatureExtractor,
    ClapModel,
    GenerationConfig,
    Qwen2AudioConfig,
    Qwen2AudioForConditionalGeneration,
    Qwen2AudioProcessor,
    WhisperConfig,
    WhisperFeatureExtractor,
    WhisperForConditionalGeneration,
    WhisperModel,
)
from transformers.generation.logits_process import (
    SuppressTokensAtBeginLogitsProcessor,
    SuppressTokensLogitsProcessor,
    WhisperTimeStampLogitsProcessor,
)

from make import FAMILIES, byte_tokenizer, continued, family, randomize_seeing, save, write


def noise_sound(length, seed):
    """The pseudo-random sound of test/golden/noise.ts: fading bursts of noise over a triangle wave."""
    state, out = seed, np.zeros(length, np.float64)
    for i in range(length):
        state = (state * 1103515245 + 12345) % 2147483648
        noise = (state >> 16) / 16384 - 1
        out[i] = 0.5 * noise / (1 + (i % 997) / 20) + 0.3 * abs((i % 37) / 18.5 - 1) - 0.15
    return out.astype(np.float32)


def randomize_audio(model, name):
    """As `randomize`, with statistics of batch norms."""
    rng = torch.Generator().manual_seed(int.from_bytes(hashlib.sha256(name.encode()).digest()[:4], "little"))
    with torch.no_grad():
        for key, p in model.named_parameters():
            noise = torch.randn(p.shape, generator=rng)
            if p.dim() == 0:
                continue
            if p.dim() == 1:
                p.copy_(1 + 0.2 * noise if key.endswith("weight") else 0.3 * noise)
            else:
                p.copy_(0.5 * noise if "embed_positions" in key or "bias_table" in key else noise * 1.4 * p[0].numel() ** -0.5)
        for key, b in model.named_buffers():
            noise = torch.randn(b.shape, generator=rng)
            if key.endswith("running_mean"):
                b.copy_(-30 + 3 * noise if "audio_encoder.batch_norm" in key else 0.2 * noise)
            elif key.endswith("running_var"):
                b.copy_((20 if "audio_encoder.batch_norm" in key else 1) * (1 + 0.3 * noise.abs()))
    return rng


def facts_to(folder, facts):
    with open(os.path.join(folder, "golden.json"), "w") as f:
        json.dump(facts, f)
        f.write("\n")


@family("whisper")
@torch.no_grad()
def whisper():
    # Shorter chunks than the published half minute; a transform of 300 has the factors 2, 3 and 5.
    cases = [
        ("whisper/model", WhisperModel, dict(n_fft=300, hop_length=200, feature_size=20, chunk_length=1), dict(d_model=30, encoder_attention_heads=5)),
        ("whisper/generation-fp16", WhisperForConditionalGeneration, dict(feature_size=17, chunk_length=2), dict(d_model=24, encoder_attention_heads=3, encoder_layers=3)),
    ]
    for name, kind, features, sizes in cases:
        extractor = WhisperFeatureExtractor(**features)
        shape = dict(encoder_layers=2, decoder_layers=1, encoder_ffn_dim=41, decoder_ffn_dim=20, decoder_attention_heads=1, vocab_size=40)
        special = dict(pad_token_id=1, bos_token_id=1, eos_token_id=1, decoder_start_token_id=2, suppress_tokens=None, begin_suppress_tokens=None)
        model = kind(WhisperConfig(**shape | sizes, **special, num_mel_bins=features["feature_size"], max_source_positions=extractor.nb_max_frames // 2))
        randomize_audio(model, name)
        model, folder = save(model, name, dtype="float16" if "fp16" in name else "float32")
        extractor.save_pretrained(folder)
        facts, out = {}, {}
        for clip, (length, seed) in {"short": (4001, 1), "odd": (15999, 2), "long": (40013, 3)}.items():
            x = extractor(noise_sound(length, seed), sampling_rate=16000, return_tensors="pt")["input_features"]
            facts[clip] = [length, seed]
            out |= {f"{clip}.features": x[0], f"{clip}.tokens": model.get_encoder()(x).last_hidden_state[0]}
        facts_to(folder, facts)
        write(folder, out)
    # The published extractor, of which every 29th frame is kept.
    folder = os.path.join(os.path.dirname(folder), "features")
    os.makedirs(folder, exist_ok=True)
    extractor = WhisperFeatureExtractor(feature_size=128)
    extractor.save_pretrained(folder)
    x = extractor(noise_sound(48017, 4), sampling_rate=16000, return_tensors="pt")["input_features"][0]
    facts_to(folder, {"clip": [48017, 4]})
    write(folder, {"clip.features": x[:, ::29]})


@family("whisper-transcribe")
@torch.no_grad()
def whisper_transcribe():
    """The whole of Whisper: logits of a given reply, what generate() writes with and without times, the language that it hears."""
    name = "whisper/transcribe"
    languages, tasks = ["en", "de", "zh"], ["translate", "transcribe"]
    times = [f"<|{i * 0.02:.2f}|>" for i in range(101)]
    specials = ["<|endoftext|>", "<|startoftranscript|>", *(f"<|{x}|>" for x in languages + tasks), "<|startoflm|>", "<|startofprev|>", "<|nospeech|>", "<|notimestamps|>"]
    tokenizer = byte_tokenizer(specials + times, eos_token="<|endoftext|>", bos_token="<|endoftext|>", pad_token="<|endoftext|>")
    at = tokenizer.convert_tokens_to_ids
    extractor = WhisperFeatureExtractor(feature_size=17, chunk_length=2)
    config = WhisperConfig(
        d_model=32, encoder_layers=2, decoder_layers=2, encoder_attention_heads=4, decoder_attention_heads=2, encoder_ffn_dim=48, decoder_ffn_dim=56,
        vocab_size=len(tokenizer), num_mel_bins=17, max_source_positions=100, max_target_positions=64, scale_embedding=True,
        pad_token_id=at("<|endoftext|>"), bos_token_id=at("<|endoftext|>"), eos_token_id=at("<|endoftext|>"), decoder_start_token_id=at("<|startoftranscript|>"),
    )
    model = WhisperForConditionalGeneration(config)
    randomize_audio(model, name)
    model.model.decoder.embed_tokens.weight[at(times[0]):].mul_(0.5)  # without them asked for, times are rare
    model, folder = save(model, name)
    extractor.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    generation = GenerationConfig(
        eos_token_id=config.eos_token_id, pad_token_id=config.pad_token_id, bos_token_id=config.bos_token_id, decoder_start_token_id=config.decoder_start_token_id,
        max_length=64, suppress_tokens=[3, 5, at("<|startoflm|>"), at("<|startofprev|>"), at("<|nospeech|>")], begin_suppress_tokens=[at("Ġ"), config.eos_token_id],
        no_timestamps_token_id=at("<|notimestamps|>"), prev_sot_token_id=at("<|startofprev|>"), max_initial_timestamp_index=50, is_multilingual=True, return_timestamps=False,
        lang_to_id={f"<|{x}|>": at(f"<|{x}|>") for x in languages}, task_to_id={x: at(f"<|{x}|>") for x in tasks},
    )
    generation.save_pretrained(folder)
    model.generation_config = generation
    facts, out = {}, {}
    prompt = [at(x) for x in ("<|startoftranscript|>", "<|en|>", "<|transcribe|>", "<|notimestamps|>")]
    for clip, (length, seed) in {"short": (9001, 11), "whole": (32000, 12), "odd": (20011, 13)}.items():
        x = extractor(noise_sound(length, seed), sampling_rate=16000, return_tensors="pt")["input_features"]
        facts[clip] = [length, seed]
        ids = torch.tensor([prompt + [40, 41, 97, 200, 12]])
        out[f"{clip}.logits"] = model(input_features=x, decoder_input_ids=ids).logits[0]
        out[f"{clip}.ids"] = ids
        timed = WhisperTimeStampLogitsProcessor(generation, begin_index=3)
        for what, start, rules in (("plain", prompt, []), ("timed", prompt[:3], [timed]), ("translated", [prompt[0], at("<|de|>"), at("<|translate|>"), prompt[3]], [])):
            text = list(start)
            ban = [SuppressTokensLogitsProcessor(generation.suppress_tokens), SuppressTokensAtBeginLogitsProcessor(generation.begin_suppress_tokens, begin_index=len(start))]
            while len(text) < len(start) + 24 and text[-1] != config.eos_token_id:
                scores = model(input_features=x, decoder_input_ids=torch.tensor([text])).logits[:, -1]
                for rule in ban + rules:
                    scores = rule(torch.tensor([text]), scores)
                best = scores[0].topk(2).values
                assert best[0] - best[1] > 1e-3, f"{clip} {what}: rounding decides"
                text.append(int(scores.argmax()))
            out[f"{clip}.{what}"] = torch.tensor([text[len(start):]])
        out[f"{clip}.language"] = model.detect_language(x).reshape(1, 1)
    facts_to(folder, facts)
    write(folder, out)


def clap_inputs(extractor, length, seed):
    """Features of one sound, with every draw of the extractor in the middle of its range."""
    randint, choice = np.random.randint, np.random.choice
    np.random.randint = lambda low, high: (high - 1 - low) // 2 + low
    np.random.choice = lambda places: places[(len(places) - 1) // 2]
    try:
        sound = noise_sound(length, seed)
        mel, longer = extractor._get_input_mel(sound.astype(np.float64), extractor.nb_max_samples, extractor.truncation, extractor.padding)
        return torch.tensor(mel, dtype=torch.float32), longer
    finally:
        np.random.randint, np.random.choice = randint, choice


@family("clap")
@torch.no_grad()
def clap():
    rate = dict(sampling_rate=8000, max_length_s=1, frequency_max=3700)
    swin = dict(spec_size=64, depths=[2, 2, 1], num_attention_heads=[2, 4, 1], patch_embeds_hidden_size=8, hidden_size=32, mlp_ratio=3.3, num_hidden_layers=3)
    fused = dict(enable_fusion=True, fusion_type="aff_2d", aff_block_r=2)
    cases = [
        # Time is stretched in the first, frequencies in the second (transformers cannot do both). Windows that leave part of the grid over; one-window stages; cuts fused with the whole.
        ("clap/audio-model", ClapAudioModel, dict(feature_size=16, hop_length=41, fft_window_size=200, truncation="rand_trunc", padding="repeat"), dict(num_mel_bins=16, window_size=3, qkv_bias=False)),
        ("clap/projection", ClapAudioModelWithProjection, dict(feature_size=15, sampling_rate=255 * 31, hop_length=31, fft_window_size=256, truncation="rand_trunc", padding="pad"), dict(num_mel_bins=15, window_size=4, patch_size=6, projection_dim=10)),
        ("clap/fused", ClapModel, dict(feature_size=64, hop_length=41, fft_window_size=255, padding="repeatpad"), fused | dict(num_mel_bins=64, spec_size=256, patch_stride=[16, 16], patch_size=16, window_size=4)),
    ]
    for name, kind, features, sizes in cases:
        extractor = ClapFeatureExtractor(**rate | features)
        audio = swin | sizes
        if kind is ClapModel:
            text = dict(vocab_size=30, hidden_size=8, num_hidden_layers=1, num_attention_heads=2, intermediate_size=8, max_position_embeddings=12)
            model = kind(ClapConfig(audio_config=audio, text_config=text, projection_dim=11))
        else:
            model = kind(ClapAudioConfig(**audio))
        randomize_audio(model, name)
        model, folder = save(model, name, dtype="float16" if "fused" in name else "float32")
        extractor.save_pretrained(folder)
        facts, out = {}, {}
        for clip, (length, seed) in {"short": (1777, 1), "half": (4003, 2), "long": (20011, 3)}.items():
            mel, longer = clap_inputs(extractor, length, seed)
            facts[clip] = [length, seed, longer]
            given = dict(input_features=mel[None], is_longer=torch.tensor([[longer]]))
            tower = model.audio_model if hasattr(model, "audio_model") else model
            seen = tower(**given)
            kept = mel[:, ::5] if mel.shape[0] > 1 else mel
            out |= {f"{clip}.features": kept, f"{clip}.states": seen.last_hidden_state[0], f"{clip}.pooled": seen.pooler_output[0]}
            if hasattr(model, "audio_projection"):
                out[f"{clip}.embeds"] = model.audio_projection(seen.pooler_output)[0]
        facts_to(folder, facts)
        write(folder, out)
    folder = os.path.join(os.path.dirname(folder), "features")
    os.makedirs(folder, exist_ok=True)
    extractor = ClapFeatureExtractor()
    extractor.save_pretrained(folder)
    facts, out = {}, {}
    for clip, (length, seed) in {"short": (100_003, 5), "long": (600_011, 6)}.items():
        mel, longer = clap_inputs(extractor, length, seed)
        facts[clip], out[f"{clip}.features"] = [length, seed, longer], mel[:, ::47]
    facts_to(folder, facts)
    write(folder, out)


QWEN2_AUDIO_TEMPLATE = (  # as the class has it, without the default words of the system
    "{% set count = namespace(value=0) %}{% for message in messages %}<|im_start|>{{ message['role'] }}\n{% if message['content'] is string %}"
    "{{ message['content'] }}{% else %}{% for content in message['content'] %}{% if content['type'] == 'audio' %}{% set count.value = count.value + 1 %}"
    "Audio {{ count.value }}: <|audio_bos|><|AUDIO|><|audio_eos|>\n{% else %}{{ content['text'] }}{% endif %}{% endfor %}{% endif %}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)


def heard(*parts):
    """One user message of texts and sounds (samples, seed)."""
    return [{"role": "user", "content": [{"type": "text", "text": p} if isinstance(p, str) else {"type": "audio"} for p in parts]}]


@family("qwen2-audio")
@torch.no_grad()
def qwen2_audio():
    # Seconds in place of half minutes: 40 positions, so that up to 20 tokens stand for a sound.
    name = "qwen2-audio/untied"
    specials = ["<|endoftext|>", "<|im_start|>", "<|im_end|>", "<|AUDIO|>", "<|audio_bos|>", "<|audio_eos|>"]
    tokenizer = byte_tokenizer(specials, eos_token="<|im_end|>", pad_token="<|endoftext|>")
    extractor = WhisperFeatureExtractor(n_fft=300, hop_length=200, feature_size=20, chunk_length=1)
    processor = Qwen2AudioProcessor(extractor, tokenizer, chat_template=QWEN2_AUDIO_TEMPLATE)
    token = tokenizer.convert_tokens_to_ids
    audio = dict(d_model=30, encoder_attention_heads=5, encoder_layers=2, encoder_ffn_dim=41, num_mel_bins=20, max_source_positions=40)
    text = dict(model_type="qwen2", vocab_size=len(tokenizer), hidden_size=48, intermediate_size=64, num_hidden_layers=2, num_attention_heads=4, num_key_value_heads=2)
    text |= dict(max_position_embeddings=512, bos_token_id=token("<|endoftext|>"), eos_token_id=token("<|im_end|>"))
    model = Qwen2AudioForConditionalGeneration(Qwen2AudioConfig(audio_config=audio, text_config=text, audio_token_index=token("<|AUDIO|>")))
    randomize_seeing(model, name)
    model, folder = save(model, name, dtype="float16")
    processor.save_pretrained(folder)
    states, facts, out = [], {}, {}
    model.model.multi_modal_projector.register_forward_hook(lambda _, given, made: states.append(made))
    for chat, sounds, words in [("one", [(9001, 1)], "What is it?"), ("two", [(4003, 2), (20011, 3)], "Compare them.")]:
        for shift in range(20):
            drawn = [(n, seed + 10 * shift) for n, seed in sounds]
            messages = heard(*drawn, words)
            x = processor(text=[processor.apply_chat_template(messages, add_generation_prompt=True)], audio=[noise_sound(*s) for s in drawn], sampling_rate=16000, return_tensors="pt")
            given = {k: x[k] for k in ("input_features", "feature_attention_mask")}
            try:
                greedy = continued(lambda ids: model(input_ids=ids, use_cache=False, **given).logits, x["input_ids"][0].tolist())
            except ValueError:  # it wrote the placeholder
                continue
            if greedy is not None:
                break
        else:
            raise ValueError(f"{name}: no clear reply to {chat}")
        got = model(input_ids=x["input_ids"], output_hidden_states=True, use_cache=False, **given)
        counts = [(((n - 1) // 2 + 1) - 2) // 2 + 1 for n in given["feature_attention_mask"].sum(-1).tolist()]
        facts[chat] = {"messages": messages, "sounds": drawn}
        out |= {f"{chat}.ids": x["input_ids"], f"{chat}.greedy": torch.tensor([greedy]), f"{chat}.hidden": got.hidden_states[-1][0], f"{chat}.logits": got.logits[0, -4:]}
        out |= {f"{chat}.features": torch.cat([rows[:n] for rows, n in zip(states[-1], counts)]), f"{chat}.spectrograms": given["input_features"]}
    facts_to(folder, facts)
    write(folder, out)


if __name__ == "__main__":
    transformers.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()
    torch.set_num_threads(1)
    for wanted in sys.argv[1:] or ("whisper", "whisper-transcribe", "clap", "qwen2-audio"):
        FAMILIES[wanted]()
