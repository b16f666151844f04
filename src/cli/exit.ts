// How the command line ends, apart from the commands: the process that only supervises need not load them.

/** Exit codes. */
export const EXIT = { good: 0, error: 1, missed: 2, stopped: 130 } as const;
