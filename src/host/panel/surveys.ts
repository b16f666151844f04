// The panel's map and its near-duplicates: asked for when they are looked at, told how far they are, stopped, and marked old by changes.
import { isAbort } from '../../core/errors.ts';
import type { JobContext } from '../../core/progress.ts';
import type { PanelState, PanelSurvey, PanelSurveyed } from '../../protocol/panel.ts';
import type { DuplicatesAnswer, MapAnswer } from '../../protocol/workspace.ts';
import type { EngineClient } from '../engineClient.ts';
import type { Folder } from '../folder.ts';
import { panelDuplicates, panelMap } from './map.ts';

/** More points than that hide each other. */
const MOST_POINTS = 2000;
const MOST_PAIRS = 200;

/** One piece of such work. `changed` is called when there is something new to show. */
export class Survey<T> {
  #answer: T | undefined;
  #running: AbortController | undefined;
  #share = 0;
  #isOld = false;

  constructor(
    private readonly work: (context: JobContext) => Promise<T | undefined>,
    private readonly changed: () => void,
  ) {}

  /** Does it, anew where it was done; nothing while it goes on. A stop is no error and leaves what there was. */
  async start(): Promise<void> {
    if (this.#running) return;
    const running = new AbortController();
    this.#running = running;
    this.#share = 0;
    const wasOld = this.#isOld;
    // What changes from here on may be missing in the answer.
    this.#isOld = false;
    this.changed();
    const onProgress: JobContext['onProgress'] = ({ done, total }) => {
      this.#share = total ? done / total : 0;
      this.changed();
    };
    try {
      this.#answer = await this.work({ signal: running.signal, onProgress });
    } catch (error) {
      this.#isOld ||= wasOld;
      if (!isAbort(error)) throw error;
    } finally {
      this.#running = undefined;
      this.changed();
    }
  }

  stop(): void {
    this.#running?.abort();
  }

  /** The knowledge base has changed. */
  outdate(): void {
    if (this.#isOld || !(this.#running || this.#answer)) return;
    this.#isOld = true;
    this.changed();
  }

  /** What the panel shows of it, through `look`. */
  state<P>(look: (answer: T) => P): PanelSurveyed<P> {
    const share = this.#running ? this.#share : null;
    const value = this.#running || this.#answer === undefined ? null : look(this.#answer);
    return { share, value, isOld: this.#isOld };
  }
}

/** Both of one folder; `changed` is told which has something new to show. */
export class PanelSurveys {
  readonly #map: Survey<MapAnswer>;
  readonly #duplicates: Survey<DuplicatesAnswer>;

  constructor(
    engine: EngineClient,
    private readonly folder: Folder,
    changed: (what: PanelSurvey) => void,
  ) {
    const workspace = folder.key;
    this.#map = new Survey(
      (job) => engine.call('map', { workspace, points: MOST_POINTS }, job),
      () => changed('map'),
    );
    this.#duplicates = new Survey(
      (job) => engine.call('duplicates', { workspace, limit: MOST_PAIRS }, job),
      () => changed('duplicates'),
    );
  }

  async take(what: PanelSurvey, stop: boolean): Promise<void> {
    const survey = what === 'map' ? this.#map : this.#duplicates;
    if (stop) survey.stop();
    // Before a measurement the engine has nothing to look at, and would have to be started for that.
    else if (this.folder.state.stage === 'measured') await survey.start();
  }

  outdate(): void {
    this.#map.outdate();
    this.#duplicates.outdate();
  }

  dispose(): void {
    this.#map.stop();
    this.#duplicates.stop();
  }

  map(): PanelState['map'] {
    const { questions, snippets } = this.folder.state;
    return this.#map.state((answer) => panelMap(answer, questions, snippets));
  }

  duplicates(): PanelState['duplicates'] {
    const { snippets } = this.folder.state;
    return this.#duplicates.state((answer) => panelDuplicates(answer, snippets));
  }
}
