"""(k, t) and the most vectors left out for neighbours that participants choose, computed without any of our code.

    python chosen_neighbours.py

Prints the rows of ChosenNeighbourTests. The bounds are those of docs/secure-aggregation.md; all
numbers of sets are exact integers, of which the logarithm is taken last.
"""

from fractions import Fraction
from functools import cache
from math import comb, floor, inf, log

SECURITY, CORRECTNESS = 40, 20


@cache
def choose(total, chosen):
    """ln of a binomial coefficient."""
    ways = comb(total, chosen) if 0 <= chosen <= total else 0
    return log(ways) if ways else -inf


def mass(count, marked, sampled, population):
    return Fraction(
        comb(marked, count) * comb(population - marked, sampled - count), comb(population, sampled))


def most_marked(marked, sampled, population, probability):
    """The smallest s with P[X > s] < probability."""
    tail, bound = Fraction(0), min(marked, sampled)
    while bound >= 0:
        tail += mass(bound, marked, sampled, population)
        if tail >= probability:
            return bound
        bound -= 1
    return bound


def fewest_marked(marked, sampled, population, probability):
    """The largest t with P[X < t] < probability."""
    tail, bound = Fraction(0), max(0, marked + sampled - population)
    while bound < sampled:
        tail += mass(bound, marked, sampled, population)
        if tail >= probability:
            return bound
        bound += 1
    return bound


def stays_whole(n, k, honest, signers, surely_honest):
    budget = -(SECURITY + 2) * log(2)

    def avoids(count):
        return choose(n - 1 - count, k) - choose(n - 1, k)

    def split(part):
        rest = signers - part
        return (choose(honest, part) + choose(honest - part, rest)
                + part * avoids(rest) + rest * avoids(part))

    def total(terms):
        largest = max(terms, default=-inf)
        if largest == -inf:
            return -inf
        return largest + log(sum(2.718281828459045 ** (t - largest) for t in terms))

    terms, small = [], 0
    for part in range(signers // 2, 0, -1):
        terms.append(split(part))
        if total(terms) > budget:
            small = part
            break
    if small == 0:
        return True
    rest = signers - small
    return (log(honest) + choose(k, surely_honest) + choose(honest - 1 - surely_honest, rest)
            + rest * avoids(surely_honest + 1)) <= budget


def most_left_out(n, k, honest, signers, surely_honest):
    budget, total = 2.0 ** -(SECURITY + 2), 0.0
    for part in range(signers - surely_honest - 1, 0, -1):
        rest = signers - part
        term = (choose(honest, part) + choose(honest - part, rest)
                + rest * (choose(n - 1 - part, k) - choose(n - 1, k)))
        total += 2.718281828459045 ** min(term, 50)
        if total > budget:
            return part
    return 0


def solve(n, corrupt_share, dropout_share, minimum=None):
    corrupt = floor(Fraction(corrupt_share) * n)
    dropouts = floor(Fraction(dropout_share) * n)
    quorum = max(minimum or n - dropouts, (n + corrupt) // 2 + 1)
    for k in range(4, n - 1, 2):
        most = most_marked(corrupt, k, n - 1, Fraction(1, n * 2 ** (SECURITY + 1)))
        t = fewest_marked(n - dropouts - 1, k, n - 1, Fraction(1, n * 2**CORRECTNESS))
        sure = t - 1 - most
        if sure >= 1 and stays_whole(n, k, n - corrupt, quorum - corrupt, sure):
            return k, t, most_left_out(n, k, n - corrupt, quorum - corrupt, sure)
    return None


if __name__ == "__main__":
    for corrupt, dropout, minimum in [
        ("0.05", "0.05", None), ("0.05", "0.2", None), ("0.05", "0.33", None),
        ("0.33", "0.05", None), ("0", "0.2", None), ("0.05", "0.2", 2),
    ]:
        rows = [solve(n, corrupt, dropout, minimum) for n in (100, 1000, 3000)]
        columns = ", ".join(str(list(column)) for column in zip(*rows))
        print(f"    ({corrupt}, {dropout}, {minimum or 'nil'}, {columns}),")
