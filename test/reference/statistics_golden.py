# Reference p-values and adjustments from scipy: python statistics_golden.py > ../golden/statistics.json
import json

import numpy
from scipy import stats

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
print(json.dumps({"scipy": __import__("scipy").__version__, "permutation": cases}))
