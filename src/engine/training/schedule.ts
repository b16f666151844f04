// The learning rate over the steps of a run.

/** Linear warm-up from 0 to 1 over `warmup` steps, then a cosine from 1 down to `floor` at `total`; the factor of step `step` (from 0). */
export function warmupCosine(step: number, total: number, warmup: number, floor = 0): number {
  if (step < warmup) return (step + 1) / warmup;
  const progress = Math.min(1, (step - warmup) / Math.max(1, total - warmup));
  return floor + (1 - floor) * 0.5 * (1 + Math.cos(Math.PI * progress));
}
