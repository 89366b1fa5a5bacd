"""Compares one decision with the truth about one receipt. All amounts are units of a hundredth (yen: x 100)."""

CLOSING = {"tolerance", "bank_fee", "withholding_tax"}   # deductions that are at an end; others stay a claim


def units(value):
    """"12.30", "-0.5", 12, None -> hundredths. Text or whole numbers; binary fractions are read by their shortest text."""
    if value in (None, ""):
        return 0
    text = str(value).strip()
    sign, text = (-1, text[1:]) if text.startswith("-") else (1, text)
    whole, _, part = text.partition(".")
    if not (whole + part).isdigit() or part[2:].strip("0"):
        raise ValueError(f"amount {value!r}: expected digits with at most two decimals")
    return sign * (int(whole or 0) * 100 + int((part + "00")[:2]))


class Judgement:
    """`straight`: posted whole without a person. `wrong`: posted and not true. `right`: the answer (posted or proposed
    first) is true. `ranked`: its answer counts for calibration, with `answer_right`."""
    __slots__ = ("straight", "posted", "wrong", "right", "lucky", "why", "ranked", "answer_right")

    def __init__(self, why, straight=False, posted=False, wrong=False, right=False, lucky=False, ranked=True):
        self.why, self.straight, self.posted, self.wrong, self.right, self.lucky = why, straight, posted, wrong, right, lucky
        self.ranked, self.answer_right = ranked, right and not lucky


def compare(truth, applications):
    """("right" | "incomplete" | "wrong", why). Applications of truth only; credit memos may be written with either sign."""
    expected = {row["document"]: row for row in truth["applications"]}
    later = truth.get("later", ())
    tolerance, given, cash_total = units(truth.get("tolerance")), 0, 0
    found = {}
    for row in applications:
        name = row["document"]
        cash, discount, deduction, off = (units(row.get(key)) for key in ("amount", "discount", "deduction", "write_off"))
        if not cash and not discount and not deduction and not off:
            continue                                  # nothing applied is no application
        if name in later:
            found[name] = None
            continue
        if name not in expected:
            return "wrong", f"{name} is not paid by this receipt"
        if units(expected[name]["amount"]) < 0 < cash:
            cash = -cash
        before = found.get(name, (0, 0))
        found[name] = (before[0] + cash, before[1] + cash + discount + deduction + off)
        given, cash_total = given + discount + off, cash_total + cash
    if later and found and all(name in later for name in found):
        return "right", ""
    allowed = 0
    for name, row in expected.items():
        cash, discount, deduction = units(row["amount"]), units(row["discount"]), units(row["deduction"])
        closed = deduction if row["reason"] in CLOSING else 0
        allowed += discount + max(0, closed)
        if name not in found:
            continue
        has_cash, has_total = found[name]
        if min(abs(has_cash - cash), abs(has_total - (cash + discount + deduction)), abs(has_total - (cash + discount + closed))) > tolerance:
            return "wrong", f"{name}: applied {has_cash / 100:.2f}, true is {cash / 100:.2f}"
    if given > allowed + tolerance:
        return "wrong", f"gave away {given / 100:.2f}, true is {allowed / 100:.2f}"
    if cash_total > units(truth["amount"]) + tolerance:
        return "wrong", f"applied {cash_total / 100:.2f} of a receipt of {truth['amount']}"
    if set(found) != set(expected):
        missing = len(set(expected) - set(found))
        return "incomplete", f"{missing} of {len(expected)} documents not applied" if expected else "nothing applied"
    return "right", ""


def _customer_of(decision):
    if decision.get("customer"):
        return decision["customer"]
    proposals = decision.get("proposals") or [{}]
    return proposals[0].get("customer", "")


def _question(truth, decision):
    proposals = decision.get("proposals") or []
    if not truth["certain"]:
        # a confident proposal where nobody can know is ill calibrated, though asking was right
        proposed = Judgement("asked, and a person has to know", right=True, ranked=bool(proposals and proposals[0].get("applications")))
        proposed.answer_right = False
        return proposed
    if not truth["applications"]:
        first = proposals[0].get("applications") if proposals else None
        ok = _customer_of(decision) in truth["customers"] and (not first or compare(truth, first)[0] == "right")
        return Judgement("asked; customer " + ("right" if ok else "not named"), right=ok)
    if not proposals:
        return Judgement("asked without a proposal")
    answer, why = compare(truth, proposals[0].get("applications") or [])
    return Judgement(f"asked; first proposal {answer} {why}".strip(), right=answer == "right")


def _on_account(truth, decision):
    if not _customer_of(decision) in truth["customers"]:
        return Judgement("on account of another customer", straight=True, posted=True, wrong=True)
    if not truth["customer_certain"]:
        return Judgement("on account, but nobody can know the customer", straight=True, posted=True, wrong=True, lucky=True)
    if truth["certain"] and not truth["applications"]:
        return Judgement("on account, as it should be", straight=True, posted=True, right=True)
    if truth["certain"]:
        return Judgement("parked on account; its documents could be known", posted=True)
    return Judgement("parked on account, documents asked", posted=True, right=True, ranked=False)


def _applied(truth, decision):
    applications = decision.get("applications") or []
    if not applications:
        return _on_account(truth, decision)
    answer, why = compare(truth, applications)
    if answer == "right" and (truth["certain"] or truth["applications"] == truth.get("meant")):
        return Judgement("applied", straight=True, posted=True, right=True)
    if answer == "wrong":
        lucky = not truth["certain"] and compare({**truth, "applications": truth.get("meant", [])}, applications)[0] == "right"
        why = "guessed, and it happens to be what was meant" if lucky else "guessed: " + why if not truth["certain"] else why
        return Judgement(why, straight=True, posted=True, wrong=True, lucky=lucky)
    return Judgement("applied in part: " + (why or "the rest is a question"), posted=True, right=not truth["certain"], ranked=False)


def customer_receipt(truth, decision):
    outcome = decision.get("outcome", "question")
    if outcome == "question":
        return _question(truth, decision)
    if outcome == "on_account":
        return _on_account(truth, decision)
    if outcome == "applied":
        return _applied(truth, decision)
    if outcome in ("not_receivable", "returned"):
        return Judgement(f"a customer's money taken for {outcome}", straight=True, posted=True, wrong=True)
    raise ValueError(f"receipt {truth['receipt']}: outcome {outcome!r}, expected applied, question, not_receivable, on_account or returned")


def returned_payment(truth, decision):
    outcome, undoes = decision.get("outcome", "question"), decision.get("undoes", "")
    if outcome == "question":
        proposals = decision.get("proposals") or [{}]
        return Judgement("asked", right=not truth["certain"] or proposals[0].get("undoes") == truth["undoes"])
    if outcome != "returned":
        return Judgement(f"a return taken for {outcome}", posted=True, wrong=True)
    if undoes and undoes != truth["undoes"]:
        return Judgement(f"undoes {undoes}, true is {truth['undoes']}", posted=True, wrong=True)
    return Judgement("undone", straight=True, posted=True, right=True)


def non_receivable(truth, decision):
    outcome = decision.get("outcome", "question")
    if outcome == "not_receivable":
        return Judgement("recognised", straight=True, posted=True, right=True)
    if outcome == "question":
        return Judgement("asked", right=not truth["certain"])
    return Judgement(f"{truth['kind']} posted to a customer ({outcome})", straight=True, posted=True, wrong=True)
