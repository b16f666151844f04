#!/usr/bin/env python3
"""Reference p-values, intervals, adjustments and powers: python statistics_golden.py > ../golden/statistics.json

    python3 -m venv env && env/bin/pip install scipy statsmodels
"""
import json

import numpy
import scipy
import statsmodels
from scipy import stats
from statsmodels.stats.multitest import multipletests

rng = numpy.random.default_rng(7)
cases = []
for _ in range(4):
    before = rng.choice([0, 0.5, 1], 14)
    after = rng.choice([0, 0.5, 1, 1], 14)
    # All 2^14 swaps, so the value is exact.
    result = stats.permutation_test(
        (before, after), lambda a, b: numpy.mean(b - a), permutation_type="samples", n_resamples=numpy.inf, vectorized=False
    )
    cases.append({"before": before.tolist(), "after": after.tolist(), "exact": float(result.pvalue)})

intervals = []
for count, level in [(40, 0.95), (60, 0.9), (120, 0.95)]:
    before = rng.choice([0, 0.5, 1], count)
    after = rng.choice([0, 0.5, 1, 1], count)

    def interval(values):
        found = stats.bootstrap(
            (values,), numpy.mean, confidence_level=level, n_resamples=200_000, batch=10_000, method="percentile", rng=1
        ).confidence_interval
        return [float(found.low), float(found.high)]

    intervals.append({
        "before": before.tolist(), "after": after.tolist(), "level": level,
        "mean": interval(after), "difference": interval(after - before),
    })

holm = []
for count in (1, 3, 4, 8):
    p = numpy.round(rng.random(count) ** 3, 4)
    holm.append({"p": p.tolist(), "adjusted": multipletests(p, method="holm")[1].tolist()})
# Ties, and a value that Holm caps at 1.
holm.append({"p": [0.02, 0.02, 0.6, 0.001], "adjusted": multipletests([0.02, 0.02, 0.6, 0.001], method="holm")[1].tolist()})


def power(questions, discordance, difference, alpha=0.05):
    """Chance that the exact two-sided sign test on the changed questions rejects, over all outcomes."""
    total = 0.0
    for changed in range(questions + 1):
        ups = numpy.arange(changed + 1)
        rejected = [changed > 0 and stats.binomtest(int(up), changed).pvalue <= alpha * (1 + 1e-9) for up in ups]
        chance = stats.binom.pmf(ups, changed, (discordance + difference) / (2 * discordance))
        total += stats.binom.pmf(changed, questions, discordance) * float(chance[numpy.array(rejected)].sum())
    return total


powers = [
    {"questions": n, "discordance": share, "difference": d, "power": power(n, share, d)}
    for n, share, d in [(20, 0.4, 0.3), (60, 0.15, 0.1), (60, 0.15, 0.0), (120, 0.15, 0.1), (120, 0.3, 0.15), (60, 0.12, 0.12)]
]
print(json.dumps({
    "scipy": scipy.__version__, "statsmodels": statsmodels.__version__,
    "permutation": cases, "bootstrap": intervals, "holm": holm, "power": powers,
}))
