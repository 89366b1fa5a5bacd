"""A careful clerk's judgement: could somebody with the same papers know what the money is for?

This is about evidence, not about any program: what the slip says whole, who the sender can be, and how many
documents explain the amount equally well. Where two readings are equally good the answer is a question.
"""

from world import FEE_LIMIT, GRACE_DAYS

SUBSET_ITEMS = 22                 # beyond this no clerk tries sums, and a sum that fits proves nothing


def open_items(customers, day):
    """What the book shows on that day, in the order of due dates."""
    found = []
    for customer in customers:
        if len(customer.items) > 60:                 # closed ones are dropped now and then, for speed alone
            customer.items = [item for item in customer.items if item.open]
        found += [item for item in customer.items if item.open and item.doc <= day]
    found.sort(key=lambda item: (item.due, item.serial))
    return found


def signed(item):
    return -item.open if item.kind == "credit_memo" else item.open


def exact(items, amount):
    return [item for item in items if item.open == amount and item.kind != "credit_memo"]


def discounted(items, amount, day):
    return [item for item in items if item.tiers and item.open == item.amount
            and any(amount == item.amount - gone for gone in {item.discount(day), item.discount(day, GRACE_DAYS)} if gone)]


def subsets(items, amount, stop=2):
    """How many subsets of at least two add up to the amount, counted to `stop`; meets in the middle."""
    if len(items) > SUBSET_ITEMS:
        return stop
    half = len(items) // 2
    left, right = _sums(items[:half]), _sums(items[half:])
    count = 0
    for total, ways in left.items():
        for size, many in right.get(amount - total, {}).items():
            for other, more in ways.items():
                if size + other >= 2:
                    count += many * more
        if count >= stop:
            return stop
    return count


def _sums(items):
    sums = {0: {0: 1}}                                # total -> {how many documents, at most 2 counted: ways}
    for item in items:
        value = signed(item)
        grown = {total: dict(ways) for total, ways in sums.items()}
        for total, ways in sums.items():
            target = grown.setdefault(total + value, {})
            for size, many in ways.items():
                size = min(2, size + 1)
                target[size] = target.get(size, 0) + many
        sums = grown
    return sums


def whole_account(items, amount, day):
    """The balance, or all that is past due: natural sums that need no search."""
    due = [item for item in items if item.due < day or item.kind == "credit_memo"]
    for chosen in (items, due):
        if len(chosen) > 1 and sum(map(signed, chosen)) == amount:
            return chosen
    return None


def sum_is_clear(items, amount, day, meant):
    """A payment over several documents of which none is named, or the rest of a cut list."""
    if exact(items, amount) or discounted(items, amount, day):
        return False
    natural = whole_account(items, amount, day)
    if natural is not None:
        return set(map(id, natural)) == set(map(id, meant))
    return subsets(items, amount) == 1


def distance(a, b):
    """Edit distance with transposition of neighbours, for the few cases where two own documents compete."""
    before, row = None, list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        last, row2 = row, [i]
        for j, y in enumerate(b, 1):
            cost = min(last[j] + 1, row2[j - 1] + 1, last[j - 1] + (x != y))
            if before and i > 1 and j > 1 and x == b[j - 2] and a[i - 2] == y:
                cost = min(cost, before[j - 2] + 1)
            row2.append(cost)
        before, row = last, row2
    return row[-1]


def slip_is_clear(items, amount, day, meant, typed):
    """A number with a slip in it: the payer's own documents of this amount, and the one that reads most like it."""
    fitting = exact(items, amount) or discounted(items, amount, day)
    if meant not in fitting:
        return False
    if any(item.number == typed for item in items):
        return False                                   # the slip is itself an open document of this payer
    near = distance(typed, meant.number)
    return all(item is meant or distance(typed, item.number) > near for item in fitting)


def slip_without_payer(numbering, typed, amount, meant, day):
    """Sender unknown: every document one slip away is looked up; just one of them may have the amount."""
    digits = "".join(ch for ch in typed if ch.isdigit())
    running = digits[-len(str(meant.counter)) - 1:]
    spellings = set()
    for text in {digits, running, running[1:]}:
        for at in range(len(text) + 1):
            spellings.update(text[:at] + extra + text[at:] for extra in "0123456789")
            if at < len(text):
                spellings.add(text[:at] + text[at + 1:])
                spellings.update(text[:at] + other + text[at + 1:] for other in "0123456789")
            if at + 1 < len(text):
                spellings.add(text[:at] + text[at + 1] + text[at] + text[at + 2:])
    fitting = set()
    for text in spellings:
        if text and len(text) < 12:
            fitting.update(id(item) for item in numbering.with_counter(int(text)) if item.open == amount and item.doc <= day)
    return fitting == {id(meant)}


def fee_is_clear(items, amount, meant, currency):
    """No number, and a fee missing: exactly one document lies within the limit above the amount."""
    near = [item for item in items if item.kind != "credit_memo" and 0 <= item.open - amount <= FEE_LIMIT[currency]]
    return near == [meant]
