# Writes Florence-2 and BART into test/golden/families/, read by test/families-florence2.whole.test.ts: part of make.py, which says how to run it.
#
#   /tmp/golden/bin/python test/golden/make_florence2.py                 bart florence2
#   /tmp/golden/bin/python test/golden/make_florence2.py florence2       this
import json
import os
import sys

import torch
import transformers
from tokenizers.processors import RobertaProcessing
from transformers import BartConfig, BartForConditionalGeneration, Florence2Config, Florence2ForConditionalGeneration, Florence2Processor
from transformers.models.clip.image_processing_pil_clip import CLIPImageProcessorPil

from make import FAMILIES, byte_tokenizer, continued, family, noise_image, padded, prompts_and_replies, randomize, randomize_seeing, save, write


@family("bart")
@torch.no_grad()
def bart():
    # Halves of different depth, width of heads and of feed-forwards; embeddings that are scaled.
    shape = dict(vocab_size=71, d_model=36, encoder_layers=2, decoder_layers=3, encoder_attention_heads=3, decoder_attention_heads=4, encoder_ffn_dim=49, decoder_ffn_dim=40, max_position_embeddings=64, forced_eos_token_id=None)
    for name, options in [("plain", {}), ("scaled", dict(scale_embedding=True, activation_function="relu"))]:
        model = BartForConditionalGeneration(BartConfig(**shape, **options))
        rng = randomize(model, f"bart/{name}")
        model.model.decoder.embed_positions.weight.mul_(5)  # or each reply is one token again and again
        model, folder = save(model, f"bart/{name}", dtype="float16")
        start = model.config.decoder_start_token_id

        def greedy(prompt):
            encoded = model.model.encoder(torch.tensor([prompt]))
            return continued(lambda ids: model(encoder_outputs=encoded, decoder_input_ids=ids).logits, [start])

        prompts, replies = prompts_and_replies(lambda n: torch.randint(3, 71, (n,), generator=rng).tolist(), (40, 7, 19), greedy)
        decoder_ids = torch.tensor([[start] + torch.randint(3, 71, (11,), generator=rng).tolist()])
        ids = torch.tensor(prompts[:1])
        got = model(input_ids=ids, decoder_input_ids=decoder_ids, output_hidden_states=True)
        out = {"greedy": replies, "ids": ids, "decoder_ids": decoder_ids, "encoded": got.encoder_last_hidden_state, "hidden": got.decoder_hidden_states[-1], "logits": got.logits}
        for side in ("left", "right"):
            ids, mask = padded(prompts, side)
            got = model(input_ids=ids, attention_mask=mask, decoder_input_ids=decoder_ids.expand(len(prompts), -1))
            out[f"{side}.ids"], out[f"{side}.mask"], out[f"{side}.logits"] = ids, mask, got.logits
        write(folder, out)


def loc(*bins):
    return "".join(f"<loc_{b}>" for b in bins)


# Replies of every form, well-formed and otherwise: the task and its text.
REPLIES = [
    ("<CAPTION>", "</s><s>A green car parked in front of a <yellow> building.</s><pad>"),
    ("<OD>", f"</s><s>car{loc(52, 332, 932, 774)}wheel{loc(705, 517, 883, 771)}{loc(146, 525, 312, 770)}door handle{loc(0, 1, 999, 998)}</s>"),
    ("<OD>", "</s><s>nothing of note</s>"),
    ("<DENSE_REGION_CAPTION>", f"</s><s>turquoise Volkswagen Beetle{loc(52, 333, 931, 774)}wheel{loc(706, 518)}</s>"),
    ("<REGION_PROPOSAL>", f"</s><s>{loc(52, 332, 932, 774)}{loc(1, 2, 3, 4, 5)}</s>"),
    ("<CAPTION_TO_PHRASE_GROUNDING>", f"</s><s>A green car{loc(52, 331, 933, 775)}it{loc(1, 1, 2, 2)}a yellow building{loc(0, 0, 998, 705)}{loc(9, 9, 98, 75)}</s>"),
    ("<OCR_WITH_REGION>", f"</s><s>CUDA{loc(30, 40, 600, 41, 601, 200, 31, 199)}FOR ENGINEERS{loc(20, 300, 900, 310, 899, 400, 21, 390)}dot{loc(1, 1, 2, 1, 2, 2, 1, 2)}</s>"),
    ("<REFERRING_EXPRESSION_SEGMENTATION>", f"</s><s>{loc(52, 332, 60, 340, 70, 350, 55, 352)}</s>"),
    ("<REFERRING_EXPRESSION_SEGMENTATION>", f"</s><s>{loc(52, 332, 60, 340, 70, 350)}<sep>{loc(1, 2, 3, 4, 5)}</s>"),
    ("<REGION_TO_SEGMENTATION>", f"</s><s><poly>{loc(2, 3, 4, 5, 6, 7)}</poly><poly>{loc(12, 13, 14, 15)}<sep>{loc(20, 21, 22, 23)}</poly></s>"),
    ("<OPEN_VOCABULARY_DETECTION>", f"</s><s>a green car{loc(52, 332, 932, 774)}</s>"),
    ("<OPEN_VOCABULARY_DETECTION>", f"</s><s>a car<poly>{loc(2, 3, 4, 5, 6, 7)}</poly>a wheel<poly>{loc(12, 13, 14, 15, 16, 17)}</poly></s>"),
    ("<REGION_TO_CATEGORY>", "</s><s>car</s>"),
]
PROMPTS = ["<OD>", "<CAPTION>", "<OCR_WITH_REGION>", "<CAPTION_TO_PHRASE_GROUNDING>A green car, and a dog.", "<REGION_TO_CATEGORY><loc_3><loc_4><loc_17><loc_9>", "What is this?"]
SIZE = (640, 427)
ASKED = {"task": ("<OD>", (31, 57, 5)), "region": ("<REGION_TO_CATEGORY><loc_3><loc_4><loc_17><loc_9>", (90, 23, 6))}
GRADIENTS = [
    "model.vision_tower.convs.0.conv.weight",
    "model.vision_tower.blocks.0.0.spatial_block.window_attn.qkv.weight",
    "model.vision_tower.blocks.0.0.spatial_block.conv1.weight",
    "model.vision_tower.blocks.1.0.channel_block.channel_attn.qkv.weight",
    "model.vision_tower.blocks.1.1.channel_block.ffn.fc2.bias",
    "model.multi_modal_projector.image_projection.weight",
    "model.multi_modal_projector.image_position_embed.column_embeddings.weight",
    "model.language_model.encoder.layers.0.self_attn.k_proj.weight",
    "model.language_model.encoder.embed_positions.weight",
    "model.language_model.decoder.layers.1.encoder_attn.v_proj.weight",
    "model.language_model.decoder.layernorm_embedding.weight",
]


@family("florence2")
def florence2():
    # Windows and strides that do not divide the maps, more groups than heads, halves of different depth.
    specials = ["<s>", "<pad>", "</s>", "<unk>", *(f"<loc_{i}>" for i in range(20)), "<sep>", "<poly>", "</poly>", "<image>"]
    tokenizer = byte_tokenizer(specials, bos_token="<s>", pad_token="<pad>", eos_token="</s>", unk_token="<unk>", extra_special_tokens={"image_token": "<image>"})
    token = tokenizer.convert_tokens_to_ids
    tokenizer.backend_tokenizer.post_processor = RobertaProcessing(("</s>", token("</s>")), ("<s>", token("<s>")), add_prefix_space=False)
    side, cells = 44, 36
    images = CLIPImageProcessorPil(size={"height": side, "width": side}, do_center_crop=False, crop_size={"height": side, "width": side}, image_mean=[0.485, 0.456, 0.406], image_std=[0.229, 0.224, 0.225])
    images.image_seq_length = 1 + cells
    forms = ("pure_text", "description_with_bboxes", "bboxes", "polygons", "description_with_polygons", "description_with_bboxes_or_polygons")
    rules = {form: {} for form in forms} | {"ocr": {"AREA_THRESHOLD": 0.01}, "phrase_grounding": {"banned_grounding_tokens": ["it", "the image"]}}
    processor = Florence2Processor(images, tokenizer, post_processor_config=rules)
    vision = dict(depths=[1, 2], patch_size=[7, 3], patch_stride=[4, 2], patch_padding=[3, 1], patch_prenorm=[False, True], embed_dim=[12, 24], num_heads=[2, 3], num_groups=[3, 4], window_size=4, mlp_ratio=1.5, projection_dim=32, max_position_embeddings=9, max_temporal_embeddings=3)
    text = dict(model_type="bart", vocab_size=len(tokenizer), d_model=32, encoder_layers=1, decoder_layers=2, encoder_attention_heads=2, decoder_attention_heads=4, encoder_ffn_dim=40, decoder_ffn_dim=48, max_position_embeddings=128)
    text |= dict(bos_token_id=token("<s>"), eos_token_id=token("</s>"), pad_token_id=token("<pad>"), decoder_start_token_id=token("</s>"), forced_eos_token_id=None)
    model = Florence2ForConditionalGeneration(Florence2Config(vision_config=vision, text_config=text, image_token_id=token("<image>")))
    name = "florence2/tied"
    randomize_seeing(model, name)

    def sized(config):
        config["vision_config"]["image_size"] = side

    model, folder = save(model, name, dtype="float16", edit=sized)
    processor.save_pretrained(folder)
    facts = {"asked": {}, "prompts": {text: processor._construct_prompts(text)[0] for text in PROMPTS}}
    facts["replies"] = [{"task": task, "text": text, "read": processor.post_process_generation(text=text, task=task, image_size=SIZE)[task]} for task, text in REPLIES]
    facts["size"] = SIZE
    out = {}
    start = model.config.text_config.decoder_start_token_id
    for key, (words, picture) in ASKED.items():
        for shift in range(40):  # other pixels where two logits come too close on the way
            picture = (*picture[:2], picture[2] + 100 * shift)
            inputs = processor(text=words, images=noise_image(*picture), return_tensors="pt")
            with torch.no_grad():
                greedy = continued(lambda reply: model(**inputs, decoder_input_ids=reply).logits, [start])
            if greedy is not None:
                break
        else:
            raise ValueError(f"{name}: no clear continuation")
        facts["asked"][key] = {"text": words, "image": picture}
        reply = torch.tensor([[start, *greedy[:9]]])
        with torch.no_grad():
            got = model(**inputs, decoder_input_ids=reply)
            seen = model.get_image_features(inputs["pixel_values"])
        out |= {f"{key}.ids": inputs["input_ids"], f"{key}.pixels": inputs["pixel_values"], f"{key}.greedy": torch.tensor([greedy])}
        out |= {f"{key}.tower": seen.last_hidden_state, f"{key}.features": seen.pooler_output, f"{key}.encoded": got.encoder_last_hidden_state}
        out |= {f"{key}.decoder_ids": reply, f"{key}.logits": got.logits}
    # A step of training: the reply to a task, its places as tokens, behind <s> and before </s>.
    reply = f"car{loc(3, 4, 17, 9)}"
    labels = torch.tensor([[token("<s>"), *tokenizer(reply, add_special_tokens=False)["input_ids"], token("</s>")]])
    inputs = processor(text=ASKED["task"][0], images=noise_image(*facts["asked"]["task"]["image"]), return_tensors="pt")
    decoder_ids = torch.cat([torch.tensor([[start]]), labels[:, :-1]], 1)
    loss = model(**inputs, decoder_input_ids=decoder_ids, labels=labels).loss
    loss.backward()
    named = dict(model.named_parameters())
    facts["reply"], facts["gradients"] = reply, GRADIENTS
    out |= {"train.labels": labels, "train.loss": loss.detach()} | {f"grad.{key}": named[key].grad for key in GRADIENTS}
    with open(os.path.join(folder, "golden.json"), "w") as f:
        json.dump(facts, f)
        f.write("\n")
    write(folder, out)


if __name__ == "__main__":
    transformers.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()
    torch.set_num_threads(1)
    for wanted in sys.argv[1:] or ("bart", "florence2"):
        FAMILIES[wanted]()
