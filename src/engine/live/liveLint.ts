// The lint of an open knowledge base: begins when nothing has changed for a while, and ends as soon as something does.
import { isAbort } from '../../core/errors.ts';
import type { Remark } from '../../core/lint/remark.ts';

/** Quiet time before the lint begins, in milliseconds: longer than typing pauses. */
const AFTER = 2000;

export class LiveLint {
  #remarks: readonly Remark[] = [];
  #timer: NodeJS.Timeout | undefined;
  #controller = new AbortController();
  #running: Promise<void> = Promise.resolve();

  /** `tell` is called when there are new remarks; a lint that fails is for the log, as recall does not depend on it. */
  constructor(
    private readonly tell: () => void,
    private readonly log: (message: string) => void,
  ) {}

  /** Of the last lint that ran to its end. */
  get remarks(): readonly Remark[] {
    return this.#remarks;
  }

  /** Runs `work` soon, unless something else is wanted before. */
  schedule(work: (signal: AbortSignal) => Promise<Remark[]>): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#controller = new AbortController();
      this.#running = this.#run(work, this.#controller.signal);
    }, AFTER);
  }

  /** Ends what runs or waits, and resolves when nothing of it is under way any more. */
  async stop(): Promise<void> {
    clearTimeout(this.#timer);
    this.#controller.abort();
    await this.#running;
  }

  forget(): void {
    this.#remarks = [];
  }

  async #run(work: (signal: AbortSignal) => Promise<Remark[]>, signal: AbortSignal): Promise<void> {
    try {
      const remarks = await work(signal);
      if (signal.aborted) return;
      this.#remarks = remarks;
      this.tell();
    } catch (error) {
      if (!isAbort(error)) this.log(`The lint failed: ${String(error)}`);
    }
  }
}
