# Conversations to train on as transformers encodes them: used by make_training.py and make_lora.py, read again by training.ts.
#
# A row is a question of texts, images and videos with one reply. Its ids are those of the prompt, as the family's processor makes them,
# and then the reply with the end that the family's template writes, or that the model stops at where the template writes none.
import os

import PIL
import torch
import transformers
from transformers.models.blip.image_processing_pil_blip import BlipImageProcessorPil
from transformers.models.clip.image_processing_pil_clip import CLIPImageProcessorPil
from transformers.models.gemma3.image_processing_pil_gemma3 import Gemma3ImageProcessorPil
from transformers.models.got_ocr2.image_processing_pil_got_ocr2 import GotOcr2ImageProcessorPil
from transformers.models.idefics2.image_processing_pil_idefics2 import Idefics2ImageProcessorPil
from transformers.models.idefics3.image_processing_pil_idefics3 import Idefics3ImageProcessorPil
from transformers.models.llava.image_processing_pil_llava import LlavaImageProcessorPil
from transformers.models.llava_next.image_processing_pil_llava_next import LlavaNextImageProcessorPil
from transformers.models.llava_onevision.image_processing_pil_llava_onevision import LlavaOnevisionImageProcessorPil
from transformers.models.pixtral.image_processing_pil_pixtral import PixtralImageProcessorPil
from transformers.models.qwen2_vl.image_processing_pil_qwen2_vl import Qwen2VLImageProcessorPil
from transformers.models.siglip.image_processing_pil_siglip import SiglipImageProcessorPil

from make import HERE as FAMILIES
from make import QWEN_TEMPLATE, FuyuPatches, Underscored, noise_image
from make_llava import MEAN, STD, media, picture, pil

# Later versions resize rows before columns where that is less work, which rounds otherwise.
assert PIL.__version__.startswith("11."), "pillow==11.3.0, as in requirements.txt"

# A text alone, one image, several images, a video: (parts of the question, reply). An image is (width, height, seed), a video a list of them.
ROWS = {
    "text": (["Hi there"], "yo, the cat"),
    "one": ([(41, 33, 1), "What is it?"], "a cat, I think"),
    "two": (["First:", (20, 30, 2), "then", (44, 40, 3), "Compare them."], "the other is larger."),
    "video": ([[(32, 24, 1), (32, 24, 2), (32, 24, 3)], "What goes on?"], "the cat is in."),
    "caption": (["A caption of", (23, 40, 4)], "the car"),
}
MANY = ("text", "one", "two")
SINGLE = ("text", "one", "caption")  # for models that see one image

# How the template of a family goes on after its prompt: around the reply, after its end token, and whether the model's own end is appended.
TAILS = {
    "llava": (" {}", "", True),
    "llava-next": (" {}", "", True),
    "llava-onevision": ("{}<|im_end|>", "", False),  # the template's own `assistant \n` is not what the model is asked with
    "idefics2": (" {}<end_of_utterance>", "\n", False),
    "idefics3": (" {}<end_of_utterance>", "\n", False),
    "internvl": ("{}<|im_end|>", "\n", False),
    "pixtral": ("{}</s>", "", False),
    "gemma3-vl": ("{}<end_of_turn>", "\n", False),
    "lfm2-vl": ("{}<|im_end|>", "\n", False),
    "qwen2-vl": ("{}<|im_end|>", "\n", False),
    "qwen2-5-vl": ("{}<|im_end|>", "\n", False),
}


# Templates in place of those of the golden folders, which have no place for a video.
VIDEO = "{% elif content['type'] == 'video' %}<|vision_start|><|video_pad|><|vision_end|>{% elif 'text' in content %}"
TEMPLATES = dict.fromkeys(("qwen2-vl", "qwen2-5-vl"), QWEN_TEMPLATE.replace("{% elif 'text' in content %}", VIDEO))


def moved(row, shift):
    """A row with the seeds of its images moved on."""
    on = lambda p: [on(f) for f in p] if isinstance(p, list) else (*p[:2], p[2] + 10 * shift) if isinstance(p, tuple) else p
    parts, reply = ROWS[row]
    return [on(p) for p in parts], reply


def formula(family):
    return "picture" if family.startswith("llava") else "noise"


def drawn(family, image):
    return pil(picture(*image)) if formula(family) == "picture" else noise_image(*image)


def described(family, parts, reply):
    """The messages of a row with its images by formula (picture.ts or noise.ts), for JSON."""
    image = lambda p: {"type": "image", "formula": formula(family), "width": p[0], "height": p[1], "seed": p[2]}
    of = {str: lambda p: {"type": "text", "text": p}, tuple: image, list: lambda p: {"type": "video", "frames": [image(f) for f in p]}}
    return [
        {"role": "user", "content": [of[type(p)](p) for p in parts]},
        {"role": "assistant", "content": [{"type": "text", "text": reply}]},
    ]


def processor_of(name):
    """The processor of a folder, on Pillow, whose resizing published models were trained with."""
    family, folder = name.split("/")[0], os.path.join(FAMILIES, name)
    classes = {
        "llava": ("LlavaProcessor", SiglipImageProcessorPil if "siglip" in name else LlavaImageProcessorPil if "full" in name else CLIPImageProcessorPil),
        "llava-next": ("LlavaNextProcessor", LlavaNextImageProcessorPil),
        "llava-onevision": ("LlavaOnevisionProcessor", LlavaOnevisionImageProcessorPil),
        "idefics2": ("Idefics2Processor", Idefics2ImageProcessorPil),
        "idefics3": ("Idefics3Processor", Idefics3ImageProcessorPil),
        "internvl": ("InternVLProcessor", GotOcr2ImageProcessorPil),
        "pixtral": ("PixtralProcessor", PixtralImageProcessorPil),
        "gemma3-vl": ("Gemma3Processor", Gemma3ImageProcessorPil),
        "lfm2-vl": ("Lfm2VlProcessor", transformers.Lfm2VlImageProcessor),
        "paligemma": ("PaliGemmaProcessor", SiglipImageProcessorPil),
        "qwen2-vl": ("Qwen2VLProcessor", Qwen2VLImageProcessorPil),
        "qwen2-5-vl": ("Qwen2_5_VLProcessor", Qwen2VLImageProcessorPil),
        "fuyu": ("FuyuProcessor", FuyuPatches),
        "kosmos2": ("Kosmos2Processor", CLIPImageProcessorPil),
        "blip-2": ("Blip2Processor", BlipImageProcessorPil),
        "instructblip": ("InstructBlipProcessor", BlipImageProcessorPil),
    }
    made, images = classes[family]
    if family == "paligemma":  # whose folders have a few of the tokens for places
        transformers.models.paligemma.processing_paligemma.EXTRA_TOKENS[4:] = []
    if family == "llava-onevision":  # its folder is without a video processor
        processor = transformers.LlavaOnevisionProcessor
        processor.check_argument_for_proper_class = lambda *_: None
        processor.get_attributes = classmethod(lambda _: ["image_processor", "tokenizer"])
    processor = getattr(transformers, made).from_pretrained(folder)
    processor.image_processor = images.from_pretrained(folder)
    if family == "fuyu":
        plain = processor.tokenizer
        processor.tokenizer = Underscored(tokenizer_object=plain.backend_tokenizer, bos_token="<s>", eos_token="|ENDOFTEXT|", pad_token="|ENDOFTEXT|")
    return processor


class Row:
    """One encoded row. `ids`: what the language model reads, in an encoder-decoder its decoder; `loss`: places in ids that are predicted;
    `given`: further arguments of the model."""

    def __init__(self, name, messages, ids, loss, given=None, source=None):
        self.name, self.messages, self.ids, self.loss, self.given, self.source = name, messages, list(ids), list(loss), given or {}, source

    def json(self):
        facts = {"name": self.name, "messages": self.messages, "source": self.source, "ids": self.ids, "loss": self.loss}
        return {k: v for k, v in facts.items() if v is not None}


def video_inputs(processor, family, parts):
    """Pixels and the number of placeholders of a video whose frames need no sampling."""
    frames = media([parts], list)[0]
    if family == "llava-onevision":
        of = transformers.LlavaOnevisionVideoProcessor(size={"height": 32, "width": 32}, image_mean=MEAN, image_std=STD)
        pixels = of([drawn(family, f) for f in frames], return_tensors="pt")["pixel_values_videos"]
        return {"pixel_values_videos": pixels}, len(frames) * 9 + 1
    frames = [*frames, frames[-1]][: len(frames) + len(frames) % 2]
    one = [processor.image_processor(drawn(family, f), return_tensors="pt")["pixel_values"].reshape(-1, 3, 2, 16)[:, :, 0] for f in frames]
    pairs = [torch.stack([one[i], one[i + 1]], 2).reshape(len(one[0]), -1) for i in range(0, len(one), 2)]
    return {"pixel_values_videos": torch.cat(pairs), "video_grid_thw": torch.tensor([[len(pairs), 6, 8]])}, len(pairs) * 12


def chat_row(processor, family, row, shift):
    """A row of a family with a chat template."""
    parts, reply = moved(row, shift)
    tokenizer = processor.tokenizer
    kinds = {str: "text", tuple: "image", list: "video"}
    content = [{"type": kinds[type(p)]} | ({"text": p} if isinstance(p, str) else {}) for p in parts]
    around, after, appended = TAILS[family]
    words = processor.apply_chat_template([{"role": "user", "content": content}], add_generation_prompt=True, chat_template=TEMPLATES.get(family))
    extra, images, more = {}, media([parts], tuple), {}
    if images:
        more = {"images": [[drawn(family, i) for i in images]]}
    if row == "video":
        token = "<video>" if family == "llava-onevision" else "<|video_pad|>"
        extra, count = video_inputs(processor, family, parts)
        words = words.replace(token, token * count)
        encode = lambda text: {"input_ids": tokenizer(text, return_tensors="pt")["input_ids"]}
    else:
        encode = lambda text: processor(text=[text], return_tensors="pt", **more)
    prompt = encode(words)["input_ids"][0].tolist()
    whole = encode(words + around.format(reply) + after)
    ids = whole["input_ids"][0].tolist()
    assert ids[: len(prompt)] == prompt, f"{family}: the prompt of {row} changes with its reply"
    behind = len(tokenizer(after, add_special_tokens=False)["input_ids"]) if after else 0
    loss = range(len(prompt), len(ids) - behind)
    if appended:
        ids.append(tokenizer.eos_token_id)
        loss = range(len(prompt), len(ids))
    given = {k: v for k, v in whole.items() if k not in ("input_ids", "attention_mask", "mm_token_type_ids", "text")} | extra
    if family.startswith("qwen2"):
        kinds_of = {tokenizer.convert_tokens_to_ids("<|image_pad|>"): 1, tokenizer.convert_tokens_to_ids("<|video_pad|>"): 2}
        given["mm_token_type_ids"] = torch.tensor([[kinds_of.get(i, 0) for i in ids]])
    return Row(row, described(family, parts, reply), ids, loss, given)


def plain_row(processor, family, row, shift):
    """A row of a family that knows no turns: the texts after the image, then the reply."""
    parts, reply = moved(row, shift)
    tokenizer = processor.tokenizer
    words = " ".join(p for p in parts if isinstance(p, str))
    images = [drawn(family, i) for i in media([parts], tuple)]
    eos = tokenizer.eos_token_id
    space = "" if family == "fuyu" else " "
    said = tokenizer(space + reply if tokenizer.backend_tokenizer.normalizer is None else reply, add_special_tokens=False)["input_ids"] + [eos]
    more = {"images": images[0]} if images else {}
    if family == "kosmos2":
        given = processor(text=words, num_image_tokens=5, return_tensors="pt", **more)
    elif family == "fuyu":
        given = processor(text=[words], return_legacy_image_output=False, return_tensors="pt", images=images) if images else tokenizer(f"<s>{words}<0x04>", return_tensors="pt")
    else:
        given = processor(text=words, return_tensors="pt", **more)
    prompt = given["input_ids"][0].tolist()
    ids = prompt + said
    given = {k: v for k, v in given.items() if k not in ("input_ids", "attention_mask", "token_type_ids", "mm_token_type_ids")}
    if family == "kosmos2" and images:
        mask = torch.zeros(1, len(ids), dtype=torch.long)
        mask[:, : len(prompt)] = given["image_embeds_position_mask"]
        given["image_embeds_position_mask"] = mask
    if family == "kosmos2" and not images:
        given = {}
    if family == "fuyu" and images:
        given = {"pixel_values": given["pixel_values"].reshape(1, -1, 192)}
    return Row(row, described(family, parts, reply), ids, range(len(prompt), len(ids)), given)


def prefix_row(processor, family, row, shift):
    """A row of PaliGemma: the reply is the suffix, which sees what is before it; all before it sees each other."""
    parts, reply = moved(row, shift)
    images = [drawn(family, i) for i in media([parts], tuple)]
    words = "<image>" * len(images) + "".join(p for p in parts if isinstance(p, str))
    given = processor(text=[words], images=[images], suffix=[reply], return_tensors="pt")
    ids, kinds = given["input_ids"][0].tolist(), given["token_type_ids"][0].tolist()
    given = {"pixel_values": given["pixel_values"], "token_type_ids": given["token_type_ids"]}
    return Row(row, described(family, parts, reply), ids, range(kinds.index(1), len(ids)), given)


def source_row(processor, family, row, shift):
    """A row of a Q-Former over T5: the question is the encoder's, the reply the decoder's, which starts with padding."""
    parts, reply = moved(row, shift)
    words = " ".join(p for p in parts if isinstance(p, str))
    images = [drawn(family, i) for i in media([parts], tuple)]
    given = processor(text=words, return_tensors="pt", **({"images": images[0]} if images else {}))
    source = given["input_ids"][0].tolist()
    said = processor.tokenizer(reply)["input_ids"]
    given = {k: v for k, v in given.items() if k not in ("input_ids", "attention_mask")}
    return Row(row, described(family, parts, reply), [processor.tokenizer.pad_token_id, *said], range(1, len(said) + 1), given, source)


def id_rows(config, seed, seq2seq=False):
    """Rows of random ids for models without a tokenizer: a loss over the end of each, over all of one, over parts of another."""
    rng = torch.Generator().manual_seed(seed)
    draw = lambda n: torch.randint(3, config.vocab_size, (n,), generator=rng).tolist()
    if seq2seq:
        replies = [[config.pad_token_id, *draw(n)] for n in (7, 4, 9)]
        return [Row(f"ids {i}", None, r, range(1, len(r)), source=draw(n)) for i, (r, n) in enumerate(zip(replies, (12, 23, 5)))]
    ids = [draw(n) for n in (11, 6, 15)]
    places = [range(6, 11), range(1, 6), [3, 4, 5, 11, 12, 13, 14]]
    return [Row(f"ids {i}", None, x, places[i]) for i, x in enumerate(ids)]


def rows_of(name, config, shift=0):
    """The batch of a golden folder; another one with each `shift`."""
    family = name.split("/")[0]
    if family in TAILS:
        processor = processor_of(name)
        videos = ("video",) if family in ("llava-onevision", "qwen2-vl", "qwen2-5-vl") else ()
        return [chat_row(processor, family, row, shift) for row in (*MANY, *videos)]
    if family == "paligemma":
        processor = processor_of(name)
        return [prefix_row(processor, family, row, shift) for row in ("one", "caption", "two")]
    if family in ("fuyu", "kosmos2", "blip-2", "instructblip"):
        make = source_row if "t5" in name else plain_row
        processor = processor_of(name)
        return [make(processor, family, row, shift) for row in SINGLE]
    return id_rows(config, len(name) + 100 * shift, seq2seq=family == "t5")
