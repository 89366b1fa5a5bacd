"""Puts sender, slip and amount together: is this receipt certain, and if not, what of it is?"""

import clerk
from references import share
from world import tolerance_of

# the amount itself confirms the number that was quoted
EXPLAINED = {"full", "rest", "discount_in_time", "discount_grace", "tolerance", "bank_fee", "withholding_tax", "several", "credit_deducted"}
SLIPS = {"transposed", "wrong_digit", "missing_digit", "others_number"}
WHOLE = {"structured", "printed", "reformatted", "order", "purchase_order", "delivery", "advice"}


class Verdict:
    __slots__ = ("certain", "customer_certain", "sure_parts")

    def __init__(self, certain, customer_certain=None, sure_parts=()):
        self.certain = certain
        self.customer_certain = certain if customer_certain is None else customer_certain
        self.sure_parts = list(sure_parts)


def of(numbering, customer, day, payment, slip, sender, left):
    """`left` is how many letters of the slip's text the bank left."""
    what = payment.what
    known = customer in sender.candidates
    if what == "unknown_amount_only":
        return Verdict(False)
    if what == "policy":
        return Verdict(sender.is_surely(customer) or slip.how == "customer_number")
    if what == "deposit":
        return Verdict(sender.is_surely(customer))
    if what == "before_invoice":
        alone = sender.is_surely(customer)
        return Verdict(alone and not clerk.exact(clerk.open_items(sender.candidates, day), payment.amount), alone)
    if what in ("duplicate", "settled_again"):
        again = clerk.exact(clerk.open_items([customer], day), payment.amount)
        return Verdict(not again and (known or not slip.digits_only), known or not slip.digits_only)
    if what == "stale_number":
        return _stale(customer, day, payment, slip)
    if len(payment.parts) > 1 or slip.how in ("list", "shorthand", "list_typo"):
        return _several(customer, day, payment, slip, sender, left)
    return _single(numbering, customer, day, payment, slip, sender, left)


def _stale(customer, day, payment, slip):
    """An old number; the amount is one open document's and not the old one's."""
    old = slip.named[0][0]
    fits = clerk.exact(clerk.open_items([customer], day), payment.amount)
    return Verdict(old.amount != payment.amount and fits == [payment.parts[0].item], True)


def _single(numbering, customer, day, payment, slip, sender, left):
    part, amount, what = payment.parts[0], payment.amount, payment.what
    known = customer in sender.candidates
    if slip.how in WHOLE:
        cut = any(end > left for _, end in slip.named)
        if not cut and not slip.digits_only:
            joined = slip.how == "advice" and (slip.payment_number or sender.name or known)
            sure = slip.how == "structured" or joined or (slip.how != "advice" and (known or what in EXPLAINED))
            return Verdict(bool(sure), bool(sure))
    if slip.how in ("prefix_lost", "zeros_lost") and not any(end > left for _, end in slip.named):
        return _running_number(numbering, customer, day, payment, known, sender)
    if slip.how in SLIPS:
        if known:
            items = clerk.open_items(sender.candidates, day)
            return Verdict(clerk.slip_is_clear(items, amount, day, part.item, slip.typed), len(sender.candidates) == 1)
        return Verdict(clerk.slip_without_payer(numbering, slip.typed, amount, part.item, day))
    candidates = [customer] if slip.how in ("customer_number", "contract") else sender.candidates
    return _amount_only(candidates, customer, day, payment)


def _running_number(numbering, customer, day, payment, known, sender):
    part, amount = payment.parts[0], payment.amount
    same = [item for item in numbering.with_counter(part.item.counter) if item.open and item.doc <= day]
    if known:
        own = [item for item in same if item.customer in sender.candidates]
        return Verdict(own == [part.item] or clerk.exact(own, amount) == [part.item], len(sender.candidates) == 1)
    if payment.what in ("full", "rest"):
        return Verdict(clerk.exact(same, amount) == [part.item])
    return Verdict(payment.what in EXPLAINED and same == [part.item])


def _amount_only(candidates, customer, day, payment):
    """No number at all: the sender's open documents and the amount."""
    one = len(candidates) == 1 and candidates[0] is customer
    if customer not in candidates:
        return Verdict(False)
    part, amount, what = payment.parts[0], payment.amount, payment.what
    items = [item for item in clerk.open_items(candidates, day) if item.customer.currency == customer.currency]
    fits, cut = clerk.exact(items, amount), clerk.discounted(items, amount, day)
    if what in ("full", "rest"):
        return Verdict(fits == [part.item], one)
    if fits:
        return Verdict(False, one)
    if what in ("discount_in_time", "discount_grace"):
        return Verdict(cut == [part.item], one)
    if cut or clerk.whole_account(items, amount, day):
        return Verdict(False, one)
    if what == "tolerance":
        near = [item for item in items if abs(item.open - amount) <= tolerance_of(item.open, customer.currency)]
        return Verdict(near == [part.item], one)
    if what == "withholding_tax":
        same = [item for item in items if item.open - share(item.open, customer.withholding * 100) == amount]
        return Verdict(same == [part.item], one)
    if what == "bank_fee":
        return Verdict(one and clerk.fee_is_clear(items, amount, part.item, customer.currency), one)
    return Verdict(False, one)              # part of which one? too much for which one? the payer has to be asked


def _several(customer, day, payment, slip, sender, left):
    known = customer in sender.candidates
    if slip.how == "advice":
        return Verdict(bool(slip.payment_number or sender.name) or known)    # else by amount and date alone
    if slip.how == "none":
        if not known:
            return Verdict(False)
        items = clerk.open_items(sender.candidates, day)
        one = len(sender.candidates) == 1
        return Verdict(clerk.sum_is_clear(items, payment.amount, day, [part.item for part in payment.parts]), one)
    whole = {id(item) for item, end in slip.named if end <= left}
    named = [part for part in payment.parts if id(part.item) in whole]
    rest = [part for part in payment.parts if id(part.item) not in whole]
    trusted = known or not slip.digits_only
    if not named:
        return _unnamed_rest(customer, day, payment, [], rest, known, False)
    if len(rest) == 1 and slip.typed and slip.typed_end <= left and known:
        # one number of the list has a slip: read as a single number with a slip is, among what the others leave
        items = [item for item in clerk.open_items(sender.candidates, day) if id(item) not in {id(part.item) for part in named}]
        if rest[0].item.kind != "credit_memo" and clerk.slip_is_clear(items, rest[0].cash, day, rest[0].item, slip.typed):
            return Verdict(True, len(sender.candidates) == 1)
    if not rest:
        trusted = trusted or len(named) > 1        # two running numbers that add up to the cent are no accident
        return Verdict(trusted, trusted)
    return _unnamed_rest(customer, day, payment, named, rest, trusted, trusted)


def _unnamed_rest(customer, day, payment, named, rest, known, named_sure):
    """The bank cut the list, or one number has a slip: what is left of the amount must have one explanation."""
    sure = named if named_sure else []
    if not known or any(part.discount for part in rest):
        return Verdict(False, named_sure, sure)
    taken = {id(part.item) for part in named}
    items = [item for item in clerk.open_items([customer], day) if id(item) not in taken]
    amount, meant = sum(part.cash for part in rest), [part.item for part in rest]
    if len(meant) == 1:
        clear = clerk.exact(items, amount) == meant or meant[0].kind == "credit_memo" and _credit_clear(items, amount, meant)
    else:
        clear = clerk.sum_is_clear(items, amount, day, meant)
    return Verdict(clear, named_sure or clear, () if clear else sure)


def _credit_clear(items, amount, meant):
    """The unnamed remainder is negative: one credit memo of just this amount."""
    return [item for item in items if item.kind == "credit_memo" and -item.open == amount] == meant
