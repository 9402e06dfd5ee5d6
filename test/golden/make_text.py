# Writes the language models of test/golden/families/ that make.py does not: SmolLM3. Same tools, same layout, same use.
#
#   /tmp/golden/bin/python test/golden/make_text.py            every family
#   /tmp/golden/bin/python test/golden/make_text.py smollm3    this
import sys

import torch
import transformers
from transformers import SmolLM3Config, SmolLM3ForCausalLM

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


FAMILIES = {"smollm3": smollm3}

if __name__ == "__main__":
    transformers.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()
    torch.set_num_threads(1)
    for wanted in sys.argv[1:] or FAMILIES:
        FAMILIES[wanted]()
