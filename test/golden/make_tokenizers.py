# Writes test/golden/tokenizers.json, read by src/text/encode-pipeline.test.ts and token-decoder.test.ts: what Hugging Face's tokenizers encodes,
# decodes and normalizes with small tokenizers of every kind. Run by hand, with tokenizers and sentencepiece from PyPI:
#
#   /tmp/golden/bin/python test/golden/make_tokenizers.py
import base64
import json
import os
import random
import sys
import tempfile

sys.path = [p for p in sys.path if os.path.abspath(p or ".") != os.path.dirname(os.path.abspath(__file__))]  # this file has the package's name

import sentencepiece
from sentencepiece import sentencepiece_model_pb2
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers

random.seed(7)
TEXTS = [
    "the red cup is left of the dog.", " two  spaces ", "don't say 'it's'", "</s>the<s> <unk>", "a<w>b <w> the<w>", "x [L] y [R] z", "the",
    "日本 日本語", "👩\u200d👩\u200d👧 and 🐕", "e\u0301 é ﬁ ① ½", "\u00a0tab\there\r\nthere\n", "▁▁cup▁", "<0x0A>", "Ünï ÜBER", "\ufeffbom \u0085nel", "t" * 70 + " the" * 30,
]
LINES = ["The red cup is left of the dog. The dog is red.", "What is left of the red cup? It's the dog, isn't it?", "there are the other ones, then"] * 4


def decode_cases():
    words = ["a", "##b", "|", "<pad>", "b", "c", "'", "s", ".", "don", "##'", "t", "lo</w>", "w</w>", "▁", "▁a", "▁▁b", "<0xE7>", "<0x8B>", "<0x97>", "<0xff>", "n't", "do", "not", " do not", "é"]
    sequence = lambda *parts: decoders.Sequence(list(parts))
    space = decoders.Replace("▁", " ")
    kinds = [
        None, decoders.WordPiece(), decoders.WordPiece(cleanup=False), decoders.CTC(), decoders.CTC(cleanup=False), decoders.BPEDecoder(), decoders.Fuse(), decoders.ByteFallback(),
        decoders.Metaspace(), decoders.Metaspace(prepend_scheme="never"), decoders.ByteLevel(), sequence(), sequence(decoders.ByteFallback(), decoders.Metaspace()),
        sequence(space, decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)), sequence(space, decoders.Fuse(), decoders.Strip(" ", 2, 0)),
        sequence(space, decoders.Strip(" ", 1, 0), decoders.ByteFallback()), sequence(decoders.Fuse(), decoders.Replace("ab", "X")), sequence(decoders.Fuse(), decoders.Metaspace()),
        sequence(decoders.WordPiece(), decoders.ByteFallback(), decoders.Fuse()), sequence(decoders.Replace(Regex("[ab]+"), "-"), decoders.Fuse()),
    ]
    for decoder in kinds:
        tokenizer = Tokenizer(models.WordLevel({w: i for i, w in enumerate(words)}, unk_token="a"))
        if decoder is not None:
            tokenizer.decoder = decoder
        chosen = [[random.choice(words) for _ in range(random.randrange(1, 12))] for _ in range(8)]
        chosen.append(["▁", "<0xE7>", "<0x8B>", "<0x97>", "<0xE7>", "<0x8B>", "a"])
        yield {"decoder": json.loads(tokenizer.to_str())["decoder"], "texts": [[t, tokenizer.decode([words.index(w) for w in t], skip_special_tokens=False)] for t in chosen]}


def bpe(pre=None, norm=None, extra=(), **options):
    tokenizer = Tokenizer(models.BPE(**options))
    if pre:
        tokenizer.pre_tokenizer = pre
    if norm:
        tokenizer.normalizer = norm
    affixes = {k: v for k, v in options.items() if k in ("continuing_subword_prefix", "end_of_word_suffix")}
    special = [options["unk_token"]] if "unk_token" in options else []
    tokenizer.train_from_iterator(LINES, trainers.BpeTrainer(vocab_size=90 + len(extra), special_tokens=special + list(extra), show_progress=False, **affixes))
    return tokenizer


def encode_cases():
    words, meta = pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Metaspace
    every = [f"<0x{b:02X}>" for b in range(256)]
    spaces = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
    yield bpe(words, unk_token="<unk>")
    yield bpe(words, unk_token="<unk>", fuse_unk=True, continuing_subword_prefix="##")
    yield bpe(words, unk_token="<unk>", end_of_word_suffix="</w>", norm=normalizers.Lowercase())
    yield bpe(words, unk_token="<unk>", ignore_merges=True)
    yield bpe(meta(), unk_token="<unk>", fuse_unk=True)
    yield bpe(meta(split=False, prepend_scheme="first"), unk_token="<unk>", fuse_unk=True)
    yield bpe(None, spaces, every, unk_token="<unk>", fuse_unk=True, byte_fallback=True)
    yield bpe(None, spaces, every[128:], unk_token="<unk>", fuse_unk=True, byte_fallback=True)
    for single in (True, False):
        tokenizer = bpe(pre_tokenizers.ByteLevel(add_prefix_space=False), normalizers.Lowercase() if single else None, unk_token="<unk>")
        flags = dict(single_word=single, normalized=single)
        tokenizer.add_tokens([AddedToken("<w>", **flags), AddedToken("the", **flags), AddedToken("[L]", lstrip=True), AddedToken("[R]", rstrip=True)])
        yield tokenizer
    pieces = ["▁the", "▁", "▁red", "▁cup", "▁is", "▁dog", "ed", "th", "▁d", "og"] + list("abcdefghilnoprstuw.'")
    vocab = [("<unk>", 0.0), ("<s>", 0.0), ("</s>", 0.0)] + [(p, -2.0 - 0.37 * i) for i, p in enumerate(pieces)]
    for pre, more in ((meta(), []), (meta(split=False), [("▁the▁red", -3.0)]), (meta(prepend_scheme="first"), [(b, -30.0) for b in every])):
        tokenizer = Tokenizer(models.Unigram(vocab + more, unk_id=0, byte_fallback=len(more) > 1))
        tokenizer.pre_tokenizer = pre
        yield tokenizer
    level = Tokenizer(models.WordLevel({w: i for i, w in enumerate(["[UNK]", "the", "Ünï", "cup", "is"])}, unk_token="[UNK]"))
    level.pre_tokenizer = pre_tokenizers.Whitespace()
    yield level


def charsmap():
    rules = [("2460", "31"), ("FB01", "66 69"), ("A0", "20"), ("9", "20"), ("A", "20"), ("D", "20"), ("65 301", "E9"), ("200B", ""), ("FF76 FF9E", "30AC"), ("FF76", "30AB"), ("1", ""), ("1100 1161", "AC00"), ("41", "61")]
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "rules.tsv")
        with open(path, "w") as file:
            file.write("".join(f"{a}\t{b}\n" for a, b in rules))
        prefix = os.path.join(folder, "model")
        sentencepiece.SentencePieceTrainer.train(sentence_iterator=iter(["a b c"] * 9), model_prefix=prefix, vocab_size=20, normalization_rule_tsv=path, hard_vocab_limit=False, minloglevel=2)
        model = sentencepiece_model_pb2.ModelProto()
        with open(prefix + ".model", "rb") as file:
            model.ParseFromString(file.read())
    return model.normalizer_spec.precompiled_charsmap


encode = []
for tokenizer in encode_cases():
    tokenizer.encode_special_tokens = True
    encode.append({"json": json.loads(tokenizer.to_str()), "ids": [tokenizer.encode(t, add_special_tokens=False).ids for t in TEXTS]})
table = charsmap()
normalizer = normalizers.Precompiled(table)
samples = ["plain", "①ﬁ", "a\u00a0b\tc\r\nd\n", "e\u0301 é", "👩\u200d👩\u200d👧", "x\u200by\u200dz", "ｶﾞｶ", "\u1100\u1161", "A①\u0301ﬁ\u0301", "1️⃣ ok", "日本\u3000語", "\u0001e\u0301\u0302ABC"]
out = {
    "decode": list(decode_cases()),
    "texts": TEXTS,
    "encode": encode,
    "normalize": {"charsmap": base64.b64encode(table).decode(), "texts": [[t, normalizer.normalize_str(t)] for t in samples]},
}
with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "tokenizers.json"), "w") as file:
    rows = [f"{json.dumps(k)}: {json.dumps(v)}" if k in ("texts", "normalize") else f"{json.dumps(k)}: [\n" + ",\n".join(json.dumps(x) for x in v) + "\n]" for k, v in out.items()]
    file.write("{\n" + ",\n".join(rows) + "\n}\n")
