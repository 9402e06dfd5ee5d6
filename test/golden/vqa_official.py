"""Prints evaluate-vqa-official.json: what the published VQA evaluation script makes of answers, and its accuracies.

Usage: python vqa_official.py CLONE > evaluate-vqa-official.json, with CLONE a clone of github.com/GT-Vision-Lab/VQA (commit a013f00).
"""

import json
import re
import sys

source = open(f"{sys.argv[1]}/PythonEvaluationTools/vqaEvaluation/vqaEval.py").read()
# The script is Python 2 only in its print statements.
source = re.sub(r'^(\s*)print "(.*)"$', r'\1pass', source, flags=re.M)
space = {}
exec(compile(source, "vqaEval.py", "exec"), space)


class Table:
    def __init__(self, rows):
        self.qa = rows

    def getQuesIds(self):
        return list(self.qa)


def accuracy(reply, answers):
    truth = Table({1: {"answers": [{"answer": a, "answer_id": i} for i, a in enumerate(answers)], "question_type": "", "answer_type": ""}})
    run = space["VQAEval"](truth, Table({1: {"answer": reply}}), n=10)
    run.updateProgress = lambda progress: None
    run.evaluate()
    return run.accuracy["overall"] / 100


run = space["VQAEval"](Table({}), Table({}))
texts = [
    "A", "a", "the", "(A)", "The red one", "-3", "3", "$5", "5%", "grey", "black-and-white", "1,000", "1,000 - 2", "3.5", ".5", "5.", "a.b.", "dont",
    "couldnt've", "couldn'tve", "couldntve", "lets", "let's", "hes", "shes", "somebody'd", "Id've", "yall'd've", "'ows'at", "None", "ten", "eleven",
    "yes!", "left, of it", "who 's", "U.S.A.", "", "  two  dogs ", "c++", "x , y", "A B", "“quoted”", "十二",
]
cases = [
    ("", ["A"] * 10), ("A", ["A"] * 10), ("a", ["A"] * 10), ("the", ["A"] * 5 + ["the"] * 5), ("", ["A"] * 9 + ["b"]), ("A", ["A"] * 9 + ["b"]),
    ("Black.", ["black"] * 10), ("Black.", ["black"] * 9 + ["dark"]), ("3", ["-3"] * 9 + ["4"]), ("gray", ["grey"] * 9 + ["gray"]),
    ("two", ["2"] * 3 + ["two"] * 3 + ["3"] * 4), ("dont", ["don't"] * 2 + ["no"] * 8), ("red", ["red"] * 3 + ["blue"] * 7), ("red\n", ["red"] * 10),
]
print(
    json.dumps(
        {
            "normalize": [[text, run.processDigitArticle(run.processPunctuation(text))] for text in texts],
            "accuracy": [[reply, answers, accuracy(reply, answers)] for reply, answers in cases],
        },
        ensure_ascii=False,
        indent=1,
    )
)
