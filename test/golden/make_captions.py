"""Prints captions.json: what pycocoevalcap makes of our own captions, and METEOR 1.5 with the two kinds of match that need no word lists.

Usage: python make_captions.py > captions.json, with pycocoevalcap==1.2 and Java installed.
"""

import contextlib
import json
import os
import subprocess
import sys

import pycocoevalcap.meteor.meteor as meteor_module
from pycocoevalcap.bleu.bleu import Bleu
from pycocoevalcap.cider.cider import Cider
from pycocoevalcap.rouge.rouge import Rouge
from pycocoevalcap.tokenizer.ptbtokenizer import PTBTokenizer

# What the tokenizer is asked about one by one.
texts = [
    "A dog runs.", "A man's dog doesn't bark; it can't.", "Two red-and-white buses, parked side-by-side.", "The dogs' bowls are empty!", "He said \"hello\" to 3 people.",
    "A sign that reads 'STOP'.", "A t-shirt (blue) with a logo [new].", "It's 10:30 a.m. on St. Mary's street.", "50% off: $5 or £3 & more", "A black/white photo", "1/2 of a pizza, and 3/4 more",
    "I cannot see it, gonna wait.", "A 4-year-old boy", "Mr. Smith and Dr. Jones", "a TV, a P.C. and a U.S. flag", "well... maybe", "What?! No way!!", "A cat -- on a mat - sleeps", "cat—dog", "the '70s look",
    "o'clock and rock'n'roll", "you're, we've, they'll, I'd, I'm", "won't isn't ain't", "1,000 people and 3.5 km", "an e-mail to me@x.org", "see www.example.com now", "a man w/ a hat", "AT&T and B&W", "#1 fan @home",
    "café naïve", "“quoted” and ‘single’ it’s", "A   B\nC", "{x} <b>bold</b> *star*", "end of st.", "a x.", "big;small:tall", "the 1920's car", "ma'am y'all 'em", "", "...", "!", "A", "two . three", "e.g. this", "No. 5 bus", "a no.",
    "1st 2nd 3rd", "½ cup", "5'10\" tall", "(2) birds", "a/b/c", "three - four", "a... b", "half-eaten sandwich's crust", "women's-shoes", "x-ray", "A person,standing", "good.bad", "a man.A dog", "hot dog,fries,drink.", "3d", "#blessed", "under_score", "a+b=c", "dog & cat", "7-Eleven", "don ' t", "cats ' tails", "men 's room", "it ' s", "the end .", "12:00pm", "Jan. 5th", "vs. them", "etc.", "jr. and sr.",
    "by J. Smith here", "on a. The man", "on a. the man", "at 5 a.m. The end", "St. The", "a 🏙 city ☀ ok", "## title ### x", "the no. A", "$$ and %% && ==", "~ ^ | \\ @ = + _", "the 5' 2'' man", "* item", "→ x", "日本 寿司",
]  # fmt: skip
# Candidates with their references: paraphrases, repeats, broken order, nothing in common, empty, short, long.
cases = [
    ["a dog runs on the grass", ["A dog is running on the grass.", "A brown dog runs through a green field.", "The dog runs across some grass."]],
    ["a man riding a wave on top of a surfboard", ["A man rides a wave on a surfboard.", "A surfer is riding a large wave.", "A man surfing in the ocean on his surfboard.", "Man on surfboard riding wave.", "A person rides a wave."]],
    ["the the the the the", ["The cat sat on the mat.", "A cat is on the mat."]],
    ["two cats sleeping on a red couch next to a remote", ["Two cats are asleep on a couch with remotes.", "A couple of cats laying on top of a red couch.", "Cats sleep on the red sofa."]],
    ["on the table a pizza sits", ["A pizza sits on the table.", "There is a pizza on a table."]],
    ["blue zebra quantum", ["A bus drives down the street.", "A city bus on a road."]],
    ["", ["A plate of food.", "Food on a plate."]],
    ["food", ["A plate of food.", "Food on a plate."]],
    ["A young boy holds a baseball bat, ready to swing at the ball that is coming, while many people are watching him from the stands.", ["A boy is ready to swing his bat.", "A young baseball player holding a bat."]],
    ["a man riding a wave on top of a surfboard", ["A man rides a horse on top of a hill.", "Rider on a horse."]],
    ["a kitchen with a stove, a refrigerator and a sink", ["A kitchen with a stove, a refrigerator and a sink.", "A small kitchen has white appliances."]],
    ["people's umbrellas aren't open", ["The umbrellas of the people aren't open.", "People holding closed umbrellas in the rain."]],
    ["a cat a cat a cat on a mat on a mat", ["A cat on a mat.", "A cat is lying on a mat with a cat toy."]],
    ["there is a train at the station", ["A train at a train station.", "The train is stopping at the station platform.", "Trains stopped at stations."]],
    ["a giraffe standing in the tall grass of the field", ["A giraffe stands in a field of tall grass.", "A tall giraffe standing in grassy field."]],
]  # fmt: skip


def jar(name):
    return os.path.join(os.path.dirname(meteor_module.__file__), name)


def tokens(list_of_texts):
    table = PTBTokenizer().tokenize({i: [{"caption": text}] for i, text in enumerate(list_of_texts)})
    return [table[i][0] for i in range(len(list_of_texts))]


def meteor_by_form_and_stem(gts, res):
    """Score of each candidate with its best reference where only equal forms and stems match and all words weigh the same."""
    out = []
    for i in res:
        refs = " ||| ".join(gts[i])
        lines = f"SCORE ||| {refs} ||| {res[i][0]}\n"
        run = subprocess.run(
            ["java", "-Xmx1G", "-jar", jar("meteor-1.5.jar"), "-", "-", "-stdio", "-l", "en", "-norm", "-m", "exact stem", "-p", "0.85 0.2 0.6 0.5", "-w", "1.0 0.6"],
            input=lines, capture_output=True, text=True, check=True)  # fmt: skip
        stats = run.stdout.strip()
        again = subprocess.run(
            ["java", "-Xmx1G", "-jar", jar("meteor-1.5.jar"), "-", "-", "-stdio", "-l", "en", "-norm", "-m", "exact stem", "-p", "0.85 0.2 0.6 0.5", "-w", "1.0 0.6"],
            input=f"EVAL ||| {stats}\n", capture_output=True, text=True, check=True)  # fmt: skip
        out.append([stats, float(again.stdout.split()[0])])
    return out


with contextlib.redirect_stdout(sys.stderr):
    tokenizer = PTBTokenizer()
    gts = tokenizer.tokenize({i: [{"caption": text} for text in refs] for i, (_, refs) in enumerate(cases)})
    res = tokenizer.tokenize({i: [{"caption": text}] for i, (text, _) in enumerate(cases)})
    bleu, bleus = Bleu(4).compute_score(gts, res)
    cider, ciders = Cider().compute_score(gts, res)
    rouge, rouges = Rouge().compute_score(gts, res)
    meteor, meteors = meteor_module.Meteor().compute_score(gts, res)
    result = {
        "tokens": [[text, out] for text, out in zip(texts, tokens(texts))],
        "cases": cases,
        "bleu": bleu,
        "cider": [cider, list(ciders)],
        "rougeL": [rouge, list(rouges)],
        "meteor": [meteor, meteors],
        "meteorByFormAndStem": meteor_by_form_and_stem(gts, res),
    }
print(json.dumps(result, ensure_ascii=False, indent=1))
