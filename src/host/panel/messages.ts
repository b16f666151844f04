// What the panel may say. A webview is not trusted: whatever is not exactly one of these messages is dropped.
import { TRAINING_MODES } from '../../core/trainingMode.ts';
import type { PanelCommand, PanelFix, PanelRunAction, PanelSurvey, PanelToHost } from '../../protocol/panel.ts';

const COMMANDS: readonly PanelCommand[] = [
  'index',
  'evaluate',
  'train',
  'learningCurve',
  'stop',
  'chooseModel',
  'rollBackModel',
  'compareModels',
  'exportReport',
];
const FIXES: readonly PanelFix[] = [
  'openSideBySide',
  'linkAnswer',
  'addVariant',
  'setSplit',
  'moveToFrontMatter',
  'explain',
];
const ACTIONS: readonly PanelRunAction[] = ['show', 'delete', 'promote', 'discard'];
const SURVEYS: readonly PanelSurvey[] = ['map', 'duplicates'];
/** Those that train, and may be told how. */
const TRAINING: readonly PanelCommand[] = ['train', 'learningCurve'];
/** Longer than any id; a message of megabytes is none of ours. */
const LONGEST_ID = 4096;
const MOST_EPOCHS = 100;
/** A week. */
const MOST_MINUTES = 10_080;

/** The message, rebuilt from its known fields only; undefined for anything else. */
export function parsePanelMessage(raw: unknown): PanelToHost | undefined {
  if (typeof raw !== 'object' || raw === null) return undefined;
  const message = raw as Record<string, unknown>;
  const { type, command, question, what, id, key } = message;
  switch (type) {
    case 'ready':
      return { type };
    case 'run': {
      const known = COMMANDS.find((each) => each === command);
      if (!known) return undefined;
      const { epochs, minutes, mode } = message;
      if (epochs === undefined && minutes === undefined && mode === undefined) return { type, command: known };
      const knownMode = TRAINING_MODES.find((each) => each === mode);
      const isGood =
        (mode === undefined || knownMode !== undefined) &&
        (epochs === undefined || isEpochs(epochs)) &&
        (minutes === undefined || isWithin(minutes, 0.1, MOST_MINUTES));
      if (!TRAINING.includes(known) || !isGood) return undefined;
      return {
        type,
        command: known,
        ...(epochs !== undefined && { epochs }),
        ...(minutes !== undefined && { minutes }),
        ...(knownMode && { mode: knownMode }),
      };
    }
    case 'pause':
      return typeof message.paused === 'boolean' ? { type, paused: message.paused } : undefined;
    case 'estimate': {
      const mode = TRAINING_MODES.find((each) => each === message.mode);
      return message.mode === undefined || mode ? { type, ...(mode && { mode }) } : undefined;
    }
    case 'history': {
      const action = ACTIONS.find((each) => each === message.action);
      return action && isId(message.run) ? { type, action, run: message.run } : undefined;
    }
    case 'blend': {
      const { run, share, save } = message;
      return isId(run) && isWithin(share, 0, 1) && typeof save === 'boolean' ? { type, run, share, save } : undefined;
    }
    case 'openRunFile':
      return { type };
    case 'compare':
    case 'compareRuns': {
      const { before, after } = message;
      return isId(before) && isId(after) && before !== after ? { type, before, after } : undefined;
    }
    case 'survey': {
      const known = SURVEYS.find((each) => each === what);
      return known && typeof message.stop === 'boolean' ? { type, what: known, stop: message.stop } : undefined;
    }
    case 'pair': {
      const { first, second } = message;
      return isId(first) && isId(second) ? { type, first, second } : undefined;
    }
    case 'select':
      return isId(question) ? { type, question } : undefined;
    case 'open':
      return (what === 'question' || what === 'snippet') && isId(id) ? { type, what, id } : undefined;
    case 'fix': {
      const known = FIXES.find((each) => each === command);
      return known && isId(question) ? { type, command: known, question } : undefined;
    }
    case 'folder':
      return isId(key) ? { type, key } : undefined;
    default:
      return undefined;
  }
}

function isId(value: unknown): value is string {
  return typeof value === 'string' && value.length > 0 && value.length <= LONGEST_ID;
}

function isWithin(value: unknown, least: number, most: number): value is number {
  return typeof value === 'number' && value >= least && value <= most;
}

function isEpochs(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= MOST_EPOCHS;
}
