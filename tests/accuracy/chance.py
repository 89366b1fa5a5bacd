"""What chance allows: how many bad ones a sample may have before it speaks against a target."""

import math

SURE = 0.99          # a matcher that just meets a target is refused once in a hundred worlds


def allowed(count, share, sure=SURE):
    """The least number that `sure` of all samples of `count` do not exceed, when each is bad with probability `share` (binomial)."""
    if count <= 0 or share <= 0:
        return 0
    middle = int(count * share)
    reach = min(count, middle + 30 + int(12 * math.sqrt(count * share)))     # beyond, nothing is left that could matter
    term = math.exp(math.lgamma(count + 1) - math.lgamma(middle + 1) - math.lgamma(count - middle + 1)
                    + middle * math.log(share) + (count - middle) * math.log1p(-share))
    terms = [term]
    for bad in range(middle, reach):
        term *= (count - bad) / (bad + 1) * share / (1 - share)
        terms.append(term)
    tail = 0.0
    for bad in range(reach, middle - 1, -1):
        tail += terms[bad - middle]                   # P(at least `bad`)
        if tail > 1 - sure:
            return bad
    return middle


def caught(count, share, limit):
    """How often a sample of a matcher that is bad with probability `share` exceeds the limit."""
    kept = 0.0
    for bad in range(limit + 1):
        kept += math.exp(math.lgamma(count + 1) - math.lgamma(bad + 1) - math.lgamma(count - bad + 1)
                         + bad * math.log(share) + (count - bad) * math.log1p(-share))
    return 1 - kept
