# Writes the language models of test/golden/families/ that make.py does not: SmolLM3, Gemma, Gemma 2, Gemma 3 text, LFM2. Same tools, same layout, same use.
#
#   /tmp/golden/bin/python test/golden/make_text.py            every family
#   /tmp/golden/bin/python test/golden/make_text.py smollm3    this
import sys

import torch
import transformers
from transformers import (
    Gemma2Config,
    Gemma2ForCausalLM,
    Gemma3ForCausalLM,
    Gemma3TextConfig,
    GemmaConfig,
    GemmaForCausalLM,
    Lfm2Config,
    Lfm2ForCausalLM,
    SmolLM3Config,
    SmolLM3ForCausalLM,
)

from make import causal


def without(*keys):
    """Leaves keys out of config.json, so that what the class fills in is compared too."""

    def edit(config):
        for key in keys:
            del config[key]

    return edit


def smollm3():
    # The fourth layer turns no heads; which one it is, the file leaves to the class.
    shape = dict(vocab_size=83, intermediate_size=70, max_position_embeddings=64, pad_token_id=0, bos_token_id=1, eos_token_id=2)
    config = SmolLM3Config(**shape, hidden_size=64, num_hidden_layers=4, num_attention_heads=4, num_key_value_heads=2)
    causal(SmolLM3ForCausalLM(config), "smollm3/tied-bf16", dtype="bfloat16", edit=without("no_rope_layers", "layer_types"))
    # Heads of 10, windows where heads are not turned, contexts stretched by YaRN, biases everywhere.
    config = SmolLM3Config(
        **shape, hidden_size=50, num_hidden_layers=3, num_attention_heads=5, num_key_value_heads=1, tie_word_embeddings=False,
        no_rope_layers=[1, 0, 1], use_sliding_window=True, sliding_window=6, attention_bias=True, mlp_bias=True,
        rope_parameters=dict(rope_type="yarn", rope_theta=5e3, factor=4.0, original_max_position_embeddings=16),
    )
    causal(SmolLM3ForCausalLM(config), "smollm3/untied-yarn-windows", edit=without("layer_types"))


def gemma3():
    # Windows in two layers of three, which is the pattern of the file; scores divided by something else than the root of the head size.
    shape = dict(vocab_size=83, max_position_embeddings=64, pad_token_id=0, bos_token_id=2, eos_token_id=1)
    config = Gemma3TextConfig(
        **shape, hidden_size=48, intermediate_size=70, num_hidden_layers=3, num_attention_heads=3, num_key_value_heads=1, head_dim=16,
        sliding_window=6, sliding_window_pattern=3, query_pre_attn_scalar=10,
    )

    def published(config):
        """As transformers 4 wrote it."""
        bases = config.pop("rope_parameters")
        config["rope_theta"], config["rope_local_base_freq"] = (bases[k]["rope_theta"] for k in ("full_attention", "sliding_attention"))
        config["sliding_window_pattern"] = config.pop("_sliding_window_pattern")
        del config["layer_types"]

    causal(Gemma3ForCausalLM(config), "gemma3/tied-bf16", dtype="bfloat16", edit=published)
    # Heads of 10, a stretched context in the layers that see everything, logits between bounds, biases.
    bases = dict(sliding_attention=dict(rope_type="default", rope_theta=50.0), full_attention=dict(rope_type="linear", factor=4.0, rope_theta=900.0))
    config = Gemma3TextConfig(
        **shape, hidden_size=50, intermediate_size=60, num_hidden_layers=2, num_attention_heads=5, num_key_value_heads=1, head_dim=10,
        sliding_window=5, layer_types=["full_attention", "sliding_attention"], rope_parameters=bases, attention_bias=True,
        tie_word_embeddings=False, final_logit_softcapping=9.0,
    )
    causal(Gemma3ForCausalLM(config), "gemma3/untied")


def gemma():
    # Scores between bounds that they come near, windows in every second layer.
    shape = dict(vocab_size=83, intermediate_size=60, max_position_embeddings=64, pad_token_id=0, bos_token_id=2, eos_token_id=1)
    config = GemmaConfig(**shape, hidden_size=48, num_hidden_layers=2, num_attention_heads=3, num_key_value_heads=1, head_dim=16)
    causal(GemmaForCausalLM(config), "gemma/one-bf16", dtype="bfloat16")
    config = Gemma2Config(
        **shape, hidden_size=52, num_hidden_layers=3, num_attention_heads=4, num_key_value_heads=2, head_dim=16, sliding_window=6,
        query_pre_attn_scalar=12, attn_logit_softcapping=2.0, final_logit_softcapping=9.0,
    )
    causal(Gemma2ForCausalLM(config), "gemma/two", edit=without("layer_types"))


def lfm2():
    # Convolutions of three tokens in two layers of three; then of four, and heads of 10.
    shape = dict(vocab_size=83, max_position_embeddings=64, pad_token_id=0, bos_token_id=1, eos_token_id=2, block_multiple_of=8)
    config = Lfm2Config(**shape, hidden_size=48, intermediate_size=90, num_hidden_layers=3, num_attention_heads=3, num_key_value_heads=1, layer_types=["conv", "full_attention", "conv"])
    causal(Lfm2ForCausalLM(config), "lfm2/tied-bf16", dtype="bfloat16")
    config = Lfm2Config(
        **shape, hidden_size=40, intermediate_size=50, num_hidden_layers=2, num_attention_heads=4, num_key_value_heads=2, full_attn_idxs=[1],
        conv_L_cache=4, block_auto_adjust_ff_dim=False, tie_word_embeddings=False,
    )
    causal(Lfm2ForCausalLM(config), "lfm2/untied", edit=without("layer_types"))


FAMILIES = {"smollm3": smollm3, "lfm2": lfm2, "gemma": gemma, "gemma3": gemma3}

if __name__ == "__main__":
    transformers.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()
    torch.set_num_threads(1)
    for wanted in sys.argv[1:] or FAMILIES:
        FAMILIES[wanted]()
