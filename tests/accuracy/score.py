#!/usr/bin/env python3
"""Scores decisions.jsonl against truth.jsonl. Rules and the shape of decisions.jsonl: README.md.

    score.py --truth DIR/truth.jsonl --decisions decisions.jsonl [--receipts DIR/receipts.jsonl] [--show 20] [--json] [--gate]
"""

import argparse
import json
import math
import os
import sys

import judge
from chance import allowed

# issue 4, "Proof": name, figure, at least / at most
TARGETS = [("straight_through_percent", 93.0, "least"), ("wrong_per_10000", 5.0, "most"), ("right_answer_percent", 97.5, "least"),
           ("calibrated_percent", 95.0, "least"), ("non_receivable_recognised_percent", 99.0, "least"), ("non_receivable_posted", 0, "most")]
FIGURES = {name: figure for name, figure, how in TARGETS}
BANDS = [0, 0.5, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.999, 1.01]
RIGHT_WANTED = 0.999
TAKEN_WANTED = FIGURES["calibrated_percent"] / 100


class Tally:
    FIELDS = ("count", "straight", "wrong", "right", "asked", "in_part")

    def __init__(self):
        self.rows = {}

    def add(self, key, verdict):
        row = self.rows.setdefault(key, dict.fromkeys(self.FIELDS, 0))
        row["count"] += 1
        row["straight"] += verdict.straight
        row["wrong"] += verdict.wrong
        row["right"] += verdict.right
        row["asked"] += not verdict.posted
        row["in_part"] += verdict.posted and not verdict.straight


class Score:
    def __init__(self):
        self.customers = self.straight = self.posted = self.wrong = self.right = self.lucky = self.moved = self.missing = 0
        self.uncertain = self.uncertain_posted = 0
        self.returns = self.returns_right = self.returns_wrong = 0
        self.other = self.other_certain = self.other_recognised = self.other_posted = 0
        self.stages, self.categories, self.hows = Tally(), Tally(), Tally()
        self.answers, self.wrong_ones = [], []

    def add(self, truth, decision):
        self.moved += bool(decision.get("moved"))
        stage = decision.get("stage") or decision.get("outcome", "question")
        if truth["kind"] == "customer":
            verdict = judge.customer_receipt(truth, decision)
            self._customer(truth, decision, verdict)
        elif truth["kind"] == "return":
            verdict = judge.returned_payment(truth, decision)
            self.returns += 1
            self.returns_right += verdict.right
            self.returns_wrong += verdict.wrong
        else:
            verdict = judge.non_receivable(truth, decision)
            self.other += 1
            self.other_certain += truth["certain"]
            self.other_recognised += truth["certain"] and verdict.right
            self.other_posted += verdict.wrong
        self.stages.add(stage, verdict)
        self.categories.add(truth["category"], verdict)
        if verdict.wrong:
            self.wrong_ones.append((truth["receipt"], truth["category"], stage, verdict.why))

    def _customer(self, truth, decision, verdict):
        self.customers += 1
        self.straight += verdict.straight
        self.posted += verdict.posted
        self.wrong += verdict.wrong
        self.right += verdict.right
        self.lucky += verdict.lucky
        self.uncertain += not truth["certain"]
        self.uncertain_posted += verdict.wrong and not truth["certain"]
        self.hows.add(truth["how"], verdict)
        if verdict.ranked:
            confidence = decision.get("confidence")
            if not verdict.posted:
                proposals = decision.get("proposals") or [{}]
                confidence = proposals[0].get("confidence", confidence)
            self.answers.append((float(confidence or 0), verdict.answer_right))

    def result(self):
        if any(confidence > 1 for confidence, _ in self.answers):         # a file is in per cent or in shares, never both
            self.answers = [(confidence / 100, right) for confidence, right in self.answers]
        percent = lambda part, whole: round(100 * part / whole, 3) if whole else 0.0
        return {
            "customer_receipts": self.customers,
            "straight_through_percent": percent(self.straight, self.customers),
            "wrong": self.wrong, "wrong_per_10000": round(10000 * self.wrong / self.posted, 2) if self.posted else 0.0,
            "right_answer_percent": percent(self.right, self.customers),
            "calibrated_percent": percent(self._certain_prefix(), self.customers),
            "uncertain": self.uncertain, "uncertain_posted": self.uncertain_posted, "lucky_guesses": self.lucky,
            "non_receivable": self.other, "non_receivable_recognised_percent": percent(self.other_recognised, self.other_certain),
            "non_receivable_posted": self.other_posted,
            "returns": self.returns, "returns_right_percent": percent(self.returns_right, self.returns), "returns_wrong": self.returns_wrong,
            "moved": self.moved, "without_decision": self.missing, "samples": self._samples(),
            "stages": self.stages.rows, "categories": self.categories.rows, "named_by": self.hows.rows, "reliability": self._bands(),
        }

    def _samples(self):
        """For each target: how many are bad, of how many, and the share that the target allows."""
        taken, wrong = self._wrong_of_the_surest()
        but = lambda name: 1 - FIGURES[name] / 100
        return {"straight_through_percent": (self.customers - self.straight, self.customers, but("straight_through_percent")),
                "wrong_per_10000": (self.wrong, self.posted, FIGURES["wrong_per_10000"] / 10_000),
                "right_answer_percent": (self.customers - self.right, self.customers, but("right_answer_percent")),
                "calibrated_percent": (wrong, taken, 1 - RIGHT_WANTED),
                "non_receivable_recognised_percent": (self.other_certain - self.other_recognised, self.other_certain, but("non_receivable_recognised_percent")),
                "non_receivable_posted": (self.other_posted, self.other, FIGURES["non_receivable_posted"])}

    def _wrong_of_the_surest(self):
        """(how many are taken, wrong ones of them) in falling confidence, to the end of the step that reaches 95 % of all."""
        self.answers.sort(key=lambda answer: -answer[0])
        wanted, wrong = math.ceil(TAKEN_WANTED * self.customers), 0
        for place, (confidence, good) in enumerate(self.answers, 1):
            wrong += not good
            if place >= wanted and (place == len(self.answers) or self.answers[place][0] != confidence):
                return place, wrong
        return wanted, wrong + wanted - len(self.answers)          # who never answers is not right

    def _certain_prefix(self):
        """Receipts in falling confidence: how many can be taken at 99.9 % right. Equal confidences are taken together."""
        self.answers.sort(key=lambda answer: -answer[0])
        best = right = 0
        for place, (confidence, good) in enumerate(self.answers, 1):
            right += good
            last = place == len(self.answers) or self.answers[place][0] != confidence
            if last and right >= RIGHT_WANTED * place:
                best = place
        return best

    def _bands(self):
        table = [{"from": low, "count": 0, "confidence": 0.0, "right": 0} for low in BANDS[:-1]]
        for confidence, good in self.answers:
            band = next(place for place in range(len(BANDS) - 2, -1, -1) if confidence >= BANDS[place])
            row = table[band]
            row["count"], row["confidence"], row["right"] = row["count"] + 1, row["confidence"] + confidence, row["right"] + good
        return [{"from": row["from"], "count": row["count"], "mean_confidence": round(row["confidence"] / row["count"], 4),
                 "right": round(row["right"] / row["count"], 5)} for row in table if row["count"]]


def missed(result):
    """Targets that the sample speaks against: more bad ones than chance allows a matcher that just meets the target."""
    return [f"{name} is {result[name]}, wanted at {how} {figure}: {bad} bad of {count}, and chance allows {allowed(count, share)}"
            for name, figure, how in TARGETS for bad, count, share in [result["samples"][name]] if bad > allowed(count, share)]


def by_receipt(path, key):
    """Lines kept as text: half a million decoded rows would need gigabytes."""
    found = {}
    with open(path, encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            try:
                name = json.loads(line)[key]
            except (ValueError, KeyError, TypeError) as error:
                raise SystemExit(f"{path}:{number}: expected a JSON object with {key!r}, found {line[:60]!r} ({error})")
            if name in found:
                raise SystemExit(f"{path}:{number}: {key} {name} is there twice; write one line per receipt, its last state")
            found[name] = line
    return found


def score(truth_path, decisions_path):
    decisions, result = by_receipt(decisions_path, "receipt"), Score()
    with open(truth_path, encoding="utf-8") as file:
        for line in file:
            truth = json.loads(line)
            text = decisions.pop(truth["receipt"], None)
            result.missing += text is None
            try:
                result.add(truth, json.loads(text) if text else {})
            except (ValueError, KeyError, TypeError, AttributeError) as error:
                raise SystemExit(f"{decisions_path}: receipt {truth['receipt']}: {error}")
    if decisions:
        raise SystemExit(f"{decisions_path}: receipt {next(iter(decisions))} is not in {truth_path}")
    return result


def print_table(title, rows, out):
    print(f"\n{title:<26}{'count':>9}{'straight':>10}{'wrong':>7}{'right %':>9}{'asked':>8}{'in part':>9}", file=out)
    for key, row in sorted(rows.items(), key=lambda pair: -pair[1]["count"]):
        print(f"{key or '-':<26}{row['count']:>9}{row['straight']:>10}{row['wrong']:>7}{100 * row['right'] / row['count']:>9.2f}"
              f"{row['asked']:>8}{row['in_part']:>9}", file=out)


def print_result(result, out):
    for name, figure, how in TARGETS:
        bad, count, share = result["samples"][name]
        print(f"{name:<36}{result[name]:>10}   wanted at {how} {figure} ({bad} bad of {count}, chance allows {allowed(count, share)})", file=out)
    for name in ("customer_receipts", "wrong", "uncertain", "uncertain_posted", "lucky_guesses", "non_receivable", "returns",
                 "returns_right_percent", "returns_wrong", "moved", "without_decision"):
        print(f"{name:<36}{result[name]:>10}", file=out)
    print_table("stage", result["stages"], out)
    print_table("category", result["categories"], out)
    print_table("named by", result["named_by"], out)
    print(f"\n{'confidence from':<18}{'count':>9}{'mean':>9}{'right':>9}", file=out)
    for row in result["reliability"]:
        print(f"{row['from']:<18}{row['count']:>9}{row['mean_confidence']:>9.4f}{row['right']:>9.5f}", file=out)


def print_wrong(wrong, paths, out):
    files = [(name, by_receipt(path, key)) for name, path, key in paths if path and os.path.exists(path)]
    for receipt, category, stage, why in wrong:
        print(f"\n{receipt} [{category}] by {stage}: {why}", file=out)
        for name, lines in files:
            print(f"  {name:<9}{lines.get(receipt, '-').rstrip()}", file=out)


def main(arguments, out=sys.stdout):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--truth", required=True)
    parser.add_argument("--decisions", required=True)
    parser.add_argument("--receipts", default="", help="for --show; default: receipts.jsonl beside the truth")
    parser.add_argument("--show", type=int, default=0, metavar="N", help="the first N wrong ones side by side")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--gate", action="store_true", help="exit 1 when a target is missed")
    options = parser.parse_args(arguments)
    scored = score(options.truth, options.decisions)
    result = scored.result()
    if options.json:
        result["wrong_ones"] = [dict(zip(("receipt", "category", "stage", "why"), row)) for row in scored.wrong_ones[:options.show or None]]
        json.dump(result, out, indent=1)
        print(file=out)
    else:
        print_result(result, out)
        receipts = options.receipts or os.path.join(os.path.dirname(options.truth), "receipts.jsonl")
        if options.show:
            print_wrong(scored.wrong_ones[:options.show],
                        [("receipt", receipts, "id"), ("truth", options.truth, "receipt"), ("decision", options.decisions, "receipt")], out)
    misses = missed(result)
    for miss in misses if options.gate else ():
        print(f"gate: {miss}", file=sys.stderr)
    return 1 if options.gate and misses else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
