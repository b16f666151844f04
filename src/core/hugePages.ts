// The environment in which a process that computes with the native runtime is started.

const TUNABLE = 'glibc.malloc.hugetlb';

/**
 * A copy of `environment` in which glibc (2.35 and later) asks the kernel for huge pages behind big blocks: a training step writes
 * gigabytes through buffers of megabytes, and walking page tables cost it a tenth of its time (bench/training_step.ts). Other platforms and C
 * libraries do not read the variable; what the user set for the tunable stays.
 */
export function withHugePages(
  environment: Readonly<Record<string, string | undefined>>,
  platform: string,
): Record<string, string | undefined> {
  const given = environment.GLIBC_TUNABLES;
  if (platform !== 'linux' || given?.includes(TUNABLE)) return { ...environment };
  return { ...environment, GLIBC_TUNABLES: [given, `${TUNABLE}=1`].filter(Boolean).join(':') };
}
