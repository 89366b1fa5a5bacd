#!/usr/bin/env python3
"""The scorer on cases small enough to check by eye: every way to be right, to be wrong, and to leave it to a person."""

import contextlib
import io
import json
import os
import tempfile
import unittest

import chance
import judge
import score


def part(document, amount, discount="0.00", deduction="0.00", reason=""):
    return {"document": document, "amount": amount, "discount": discount, "deduction": deduction, "reason": reason}


def truth(amount, applications, **more):
    row = {"receipt": "R1", "kind": "customer", "amount": amount, "currency": "EUR", "customers": ["C1"], "applications": applications,
           "on_account": "0.00", "category": "printed", "what": "full", "how": "printed", "who": "own", "certain": True, "customer_certain": True,
           "tolerance": "0.50"}
    return {**row, **more}


def applied(*parts, **more):
    return {"receipt": "R1", "outcome": "applied", "customer": "C1", "confidence": 0.99, "applications": list(parts), **more}


ONE = truth("100.00", [part("I1", "100.00")])
TWO = truth("150.00", [part("I1", "100.00"), part("I2", "50.00")])
DISCOUNT = truth("98.00", [part("I1", "98.00", "2.00")])
FEE = truth("85.00", [part("I1", "85.00", deduction="15.00", reason="bank_fee")])
SHORT = truth("80.00", [part("I1", "80.00", deduction="20.00", reason="damage")])
UNEARNED = truth("98.00", [part("I1", "98.00", deduction="2.00", reason="unearned_discount")])
GAIN = truth("100.02", [part("I1", "100.02", deduction="-0.02", reason="tolerance")])
OVER = truth("130.00", [part("I1", "100.00")], on_account="30.00")
CREDIT = truth("70.00", [part("I1", "100.00"), part("CM1", "-30.00")])
DUPLICATE = truth("100.00", [], on_account="100.00")
AHEAD = truth("100.00", [], on_account="100.00", later=["I9"])
OPEN = truth("100.00", [], certain=False, customer_certain=False, meant=[part("I1", "100.00")], meant_on_account="0.00")
OPEN_KNOWN = {**OPEN, "customer_certain": True}
CUT = truth("150.00", [part("I1", "100.00")], certain=False, meant=TWO["applications"], meant_on_account="0.00")
YEN = truth("1200", [part("I1", "1200", "0", "0")], tolerance="3")
YEN["currency"] = "JPY"
WRITE_OFF = {"document": "I1", "amount": "85.00", "write_off": "15.00"}

# name: truth, decision, posted, straight, wrong, right
CASES = {
    "exact": (ONE, applied(part("I1", "100.00")), 1, 1, 0, 1),
    "amount_without_decimals": (ONE, applied({"document": "I1", "amount": 100}), 1, 1, 0, 1),
    "zero_row_is_no_application": (ONE, applied(part("I1", "100.00"), part("I7", "0.00")), 1, 1, 0, 1),
    "yen": (YEN, applied({"document": "I1", "amount": "1200"}), 1, 1, 0, 1),
    "both_of_two": (TWO, applied(part("I2", "50.00"), part("I1", "100.00")), 1, 1, 0, 1),
    "discount": (DISCOUNT, applied(part("I1", "98.00", "2.00")), 1, 1, 0, 1),
    "fee_as_write_off": (FEE, applied(WRITE_OFF), 1, 1, 0, 1),
    "fee_left_open": (FEE, applied({"document": "I1", "amount": "85.00"}), 1, 1, 0, 1),
    "short_pay_as_deduction": (SHORT, applied(part("I1", "80.00", deduction="20.00", reason="damage")), 1, 1, 0, 1),
    "short_pay_left_open": (SHORT, applied({"document": "I1", "amount": "80.00"}), 1, 1, 0, 1),
    "gain_within_tolerance_on_account": (GAIN, applied({"document": "I1", "amount": "100.00"}), 1, 1, 0, 1),
    "over_payment": (OVER, applied({"document": "I1", "amount": "100.00"}), 1, 1, 0, 1),
    "credit_memo_either_sign": (CREDIT, applied(part("I1", "100.00"), {"document": "CM1", "amount": "30.00"}), 1, 1, 0, 1),
    "duplicate_on_account": (DUPLICATE, {"outcome": "on_account", "customer": "C1"}, 1, 1, 0, 1),
    "invoice_dated_later": (AHEAD, applied({"document": "I9", "amount": "100.00"}), 1, 1, 0, 1),
    "applied_to_nothing_is_on_account": (DUPLICATE, applied(), 1, 1, 0, 1),

    "other_document": (ONE, applied({"document": "I2", "amount": "100.00"}), 1, 1, 1, 0),
    "one_of_two_to_another": (TWO, applied(part("I1", "100.00"), part("I3", "50.00")), 1, 1, 1, 0),
    "right_document_wrong_amount": (TWO, applied(part("I1", "90.00"), part("I2", "60.00")), 1, 1, 1, 0),
    "whole_over_payment_to_the_document": (OVER, applied({"document": "I1", "amount": "130.00"}), 1, 1, 1, 0),
    "unearned_discount_given_away": (UNEARNED, applied(part("I1", "98.00", "2.00")), 1, 1, 1, 0),
    "short_pay_written_off": (SHORT, applied({"document": "I1", "amount": "80.00", "write_off": "20.00"}), 1, 1, 1, 0),
    "more_than_received": (TWO, applied(part("I1", "100.00"), part("I1", "0.40"), part("I2", "50.40")), 1, 1, 1, 0),
    "duplicate_applied": (DUPLICATE, applied({"document": "I1", "amount": "100.00"}), 1, 1, 1, 0),
    "guessed": (OPEN, applied({"document": "I2", "amount": "100.00"}), 1, 1, 1, 0),
    "guessed_and_lucky": (OPEN, applied({"document": "I1", "amount": "100.00"}), 1, 1, 1, 0),
    "guessed_customer": (OPEN, {"outcome": "on_account", "customer": "C1"}, 1, 1, 1, 0),
    "on_account_of_another": (DUPLICATE, {"outcome": "on_account", "customer": "C2"}, 1, 1, 1, 0),
    "taken_for_interest": (ONE, {"outcome": "not_receivable"}, 1, 1, 1, 0),
    "taken_for_a_return": (ONE, {"outcome": "returned"}, 1, 1, 1, 0),
    "beyond_the_sure_part": (CUT, applied(part("I1", "100.00"), part("I2", "50.00")), 1, 1, 1, 0),

    "one_of_two_only": (TWO, applied(part("I1", "100.00")), 1, 0, 0, 0),
    "parked_though_known": (ONE, {"outcome": "on_account", "customer": "C1"}, 1, 0, 0, 0),
    "parked_where_documents_are_open": (OPEN_KNOWN, {"outcome": "on_account", "customer": "C1"}, 1, 0, 0, 1),
    "the_sure_part": (CUT, applied(part("I1", "100.00")), 1, 0, 0, 1),

    "asked_where_nobody_can_know": (OPEN, {"outcome": "question"}, 0, 0, 0, 1),
    "asked_without_a_proposal": (ONE, {"outcome": "question"}, 0, 0, 0, 0),
    "first_proposal_right": (ONE, {"outcome": "question", "proposals": [{"customer": "C1", "applications": [part("I1", "100.00")]}]}, 0, 0, 0, 1),
    "second_proposal_does_not_count": (ONE, {"outcome": "question", "proposals": [{"applications": [part("I2", "100.00")]},
                                                                               {"applications": [part("I1", "100.00")]}]}, 0, 0, 0, 0),
    "first_proposal_in_part": (TWO, {"outcome": "question", "proposals": [{"applications": [part("I1", "100.00")]}]}, 0, 0, 0, 0),
    "asked_with_the_customer": (DUPLICATE, {"outcome": "question", "customer": "C1"}, 0, 0, 0, 1),
    "asked_with_another_customer": (DUPLICATE, {"outcome": "question", "customer": "C2"}, 0, 0, 0, 0),
    "asked_but_proposes_the_paid_one": (DUPLICATE, {"outcome": "question", "proposals": [{"customer": "C1", "applications": [part("I1", "100.00")]}]}, 0, 0, 0, 0),
}


class Customers(unittest.TestCase):
    def test_cases(self):
        for name, (true, decision, posted, straight, wrong, right) in CASES.items():
            with self.subTest(name):
                got = judge.customer_receipt(true, decision)
                self.assertEqual((posted, straight, wrong, right), (got.posted, got.straight, got.wrong, got.right), got.why)

    def test_a_lucky_guess_is_told_apart(self):
        self.assertTrue(judge.customer_receipt(*CASES["guessed_and_lucky"][:2]).lucky)
        self.assertFalse(judge.customer_receipt(*CASES["guessed"][:2]).lucky)

    def test_unknown_outcome_and_odd_amounts_are_refused(self):
        with self.assertRaisesRegex(ValueError, "R1: outcome 'posted'"):
            judge.customer_receipt(ONE, {"outcome": "posted"})
        for odd in ("1,00", "1.005", "EUR 1", "--1", 1.005):
            with self.assertRaisesRegex(ValueError, "expected digits"):
                judge.units(odd)

    def test_units(self):
        self.assertEqual([1230, -50, 1200, 0, 1230, 1000], [judge.units(text) for text in ("12.30", "-0.5", 12, None, "12.300", 10.0)])


class OthersMoney(unittest.TestCase):
    INTEREST = truth("12.00", [], kind="interest", customers=[])
    UNCLEAR = truth("12.00", [], kind="supplier_refund", customers=[], certain=False)

    def test_non_receivables(self):
        for true, outcome, wrong, right in ((self.INTEREST, "not_receivable", 0, 1), (self.INTEREST, "question", 0, 0), (self.INTEREST, "applied", 1, 0),
                                            (self.INTEREST, "on_account", 1, 0), (self.UNCLEAR, "question", 0, 1), (self.UNCLEAR, "on_account", 1, 0)):
            got = judge.non_receivable(true, {"outcome": outcome})
            self.assertEqual((wrong, right), (got.wrong, got.right), (true["kind"], outcome))

    def test_returns(self):
        true = truth("-10.00", [], kind="return", undoes="R0")
        unclear = {**true, "certain": False}
        for row, decision, wrong, right in ((true, {"outcome": "returned", "undoes": "R0"}, 0, 1), (true, {"outcome": "returned"}, 0, 1),
                                            (true, {"outcome": "returned", "undoes": "R5"}, 1, 0), (true, {"outcome": "question"}, 0, 0),
                                            (true, {"outcome": "question", "proposals": [{"undoes": "R0"}]}, 0, 1),
                                            (unclear, {"outcome": "question"}, 0, 1), (true, {"outcome": "applied"}, 1, 0)):
            got = judge.returned_payment(row, decision)
            self.assertEqual((wrong, right), (got.wrong, got.right), decision)


class Files(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)

    def run_score(self, truths, decisions, *options):
        paths = [os.path.join(self.folder.name, name) for name in ("truth.jsonl", "decisions.jsonl")]
        for path, rows in zip(paths, (truths, decisions)):
            with open(path, "w", encoding="utf-8") as file:
                file.writelines(row if isinstance(row, str) else json.dumps(row) + "\n" for row in rows)
        out, errors = io.StringIO(), io.StringIO()
        with contextlib.redirect_stderr(errors):
            code = score.main(["--truth", paths[0], "--decisions", paths[1], *options], out)
        return code, out.getvalue(), errors.getvalue()

    @staticmethod
    def many(count, **decision):
        truths = [{**ONE, "receipt": f"R{n}"} for n in range(count)]
        return truths, [{**applied(part("I1", "100.00")), "receipt": row["receipt"], **decision} for row in truths]

    def result(self, *arguments):
        return json.loads(self.run_score(*arguments, "--json")[1])

    def test_rates(self):
        truths, decisions = self.many(100)
        decisions[0]["applications"] = [part("I2", "100.00")]
        decisions[1] = {"receipt": "R1", "outcome": "question"}
        decisions[2]["moved"] = True
        got = self.result(truths, decisions)
        self.assertEqual((99.0, 101.01, 98.0, 1, 1), tuple(got[key] for key in (
            "straight_through_percent", "wrong_per_10000", "right_answer_percent", "wrong", "moved")))

    def test_non_receivables_count_apart(self):
        truths, decisions = self.many(2)
        truths += [{**OthersMoney.INTEREST, "receipt": "R8"}, {**OthersMoney.INTEREST, "receipt": "R9"}]
        decisions += [{"receipt": "R8", "outcome": "not_receivable"}, {"receipt": "R9", "outcome": "applied"}]
        got = self.result(truths, decisions)
        self.assertEqual((100.0, 0, 50.0, 1), tuple(got[key] for key in (
            "straight_through_percent", "wrong", "non_receivable_recognised_percent", "non_receivable_posted")))

    def test_a_missing_decision_is_a_question(self):
        truths, decisions = self.many(10)
        got = self.result(truths, decisions[:9])
        self.assertEqual((1, 90.0), (got["without_decision"], got["straight_through_percent"]))

    def test_calibration_takes_the_confident_ones_until_one_in_a_thousand_is_wrong(self):
        truths, decisions = self.many(4000)
        for place, row in enumerate(decisions):
            row["confidence"] = round(1 - place / 10000, 4)
        for place in (1500, 3000, 3001, 3002, 3003):
            decisions[place]["applications"] = [part("I2", "100.00")]
        # three wrong in the first 3002 are within one in a thousand, the fourth is not, nor are five in 4000
        self.assertEqual(75.05, self.result(truths, decisions)["calibrated_percent"])

    def test_a_confident_proposal_where_nobody_can_know_is_ill_calibrated(self):
        truths, decisions = self.many(1000)
        for place in (0, 1):
            truths[place] = {**OPEN, "receipt": f"R{place}"}
            decisions[place] = {"receipt": f"R{place}", "outcome": "question", "confidence": 0.2}
        self.assertEqual(99.8, self.result(truths, decisions)["calibrated_percent"])
        for place in (0, 1):
            decisions[place]["proposals"] = [{"applications": [part("I1", "100.00")], "confidence": 1.0}]
        got = self.result(truths, decisions)
        self.assertEqual((0.0, 100.0), (got["calibrated_percent"], got["right_answer_percent"]))

    def test_equal_confidences_are_taken_together(self):
        truths, decisions = self.many(1000)
        for row in decisions[500:]:
            row["confidence"] = 0.5
        for row in decisions[998:]:
            row["applications"] = [part("I2", "100.00")]
        self.assertEqual(50.0, self.result(truths, decisions)["calibrated_percent"])

    def test_confidence_in_per_cent_is_the_same(self):
        truths, decisions = self.many(100, confidence=99)
        got = self.result(truths, decisions)
        self.assertEqual([{"from": 0.99, "count": 100, "mean_confidence": 0.99, "right": 1.0}], got["reliability"])

    def test_what_chance_allows(self):
        self.assertEqual([1, 0, 0, 0, 10], [chance.allowed(*case) for case in ((1, 0.5), (20, 0.0005), (0, 0.5), (100, 0.0), (8_650, 0.0005))])
        for count, share in ((2_700, 0.0005), (18_000, 0.0005), (18_000, 0.07), (90_000, 0.0005), (90_000, 0.025)):
            limit = chance.allowed(count, share)
            self.assertLessEqual(chance.caught(count, share, limit), 0.01, "who meets the target is refused once in a hundred")
            self.assertGreater(chance.caught(count, share, limit - 1), 0.01, "and no more is allowed than that")
        self.assertGreater(chance.caught(90_000, 0.001, chance.allowed(90_000, 0.0005)), 0.99)      # twice as bad, the long run
        self.assertGreater(chance.caught(8_650, 0.0015, chance.allowed(8_650, 0.0005)), 0.7)        # three times, the short one

    def test_the_surest_ones_are_counted_to_the_end_of_their_step(self):
        truths, decisions = self.many(1000)
        for place, row in enumerate(decisions):
            row["confidence"] = 0.9 if place < 940 else 0.8 if place < 960 else 0.1
        decisions[959]["applications"] = [part("I2", "100.00")]
        decisions[961]["applications"] = [part("I2", "100.00")]
        self.assertEqual((1, 960, 0.001), tuple(round(figure, 6) for figure in self.result(truths, decisions)["samples"]["calibrated_percent"]))

    def test_who_never_answers_is_not_right(self):
        truths, decisions = self.many(100)
        for row in decisions[50:]:
            row.clear()
        wrong, taken, _ = self.result(truths, [row for row in decisions if row])["samples"]["calibrated_percent"]
        self.assertEqual((50, 100), (wrong, taken), "all without an answer are one step")

    def test_gate(self):
        truths, decisions = self.many(100)
        truths.append({**OthersMoney.INTEREST, "receipt": "R900"})
        decisions.append({"receipt": "R900", "outcome": "not_receivable"})
        self.assertEqual(0, self.run_score(truths, decisions, "--gate")[0])
        for place in (3, 4):
            decisions[place]["applications"] = [part("I2", "100.00")]
        code, _, errors = self.run_score(truths, decisions, "--gate")
        self.assertEqual(1, code)
        self.assertIn("wrong_per_10000 is 200.0, wanted at most 5.0: 2 bad of 100, and chance allows 1", errors)
        self.assertEqual(0, self.run_score(truths, decisions)[0])

    def test_nothing_that_is_no_receivable_goes_to_a_customer_by_chance(self):
        truths, decisions = self.many(100)
        truths.append({**OthersMoney.INTEREST, "receipt": "R900"})
        decisions.append({"receipt": "R900", "outcome": "applied", "customer": "C1", "applications": [part("I1", "12.00")]})
        code, _, errors = self.run_score(truths, decisions, "--gate")
        self.assertEqual(1, code)
        self.assertIn("non_receivable_posted is 1, wanted at most 0", errors)

    def test_show_prints_both_sides(self):
        truths, decisions = self.many(3)
        decisions[1]["applications"] = [part("I2", "100.00")]
        _, text, _ = self.run_score(truths, decisions, "--show", "5")
        self.assertIn("R1 [printed] by applied: I2 is not paid by this receipt", text)
        self.assertIn("decision {", text)

    def test_bad_files_are_refused_by_line(self):
        truths, decisions = self.many(2)
        for rows, words in (([decisions[0], "{nonsense\n"], "decisions.jsonl:2: expected a JSON object"), ([decisions[0], decisions[0]], "R0 is there twice"),
                            ([{**decisions[0], "receipt": "R77"}], "R77 is not in"), ([{**decisions[0], "outcome": "maybe"}], "outcome 'maybe'")):
            with self.assertRaises(SystemExit) as refused:
                self.run_score(truths, rows)
            self.assertIn(words, str(refused.exception))


if __name__ == "__main__":
    unittest.main()
