// What the panel may say. A webview is not trusted: whatever is not exactly one of these messages is dropped.
import type { PanelCommand, PanelFix, PanelToHost } from '../../protocol/panel.ts';

const COMMANDS: readonly PanelCommand[] = [
  'index',
  'evaluate',
  'train',
  'stop',
  'chooseModel',
  'rollBackModel',
  'compareModels',
  'exportReport',
];
const FIXES: readonly PanelFix[] = ['openSideBySide', 'addVariant', 'setSplit', 'moveToFrontMatter', 'explain'];
/** Longer than any id; a message of megabytes is none of ours. */
const LONGEST_ID = 4096;
const MOST_EPOCHS = 100;

/** The message, rebuilt from its known fields only; undefined for anything else. */
export function parsePanelMessage(raw: unknown): PanelToHost | undefined {
  if (typeof raw !== 'object' || raw === null) return undefined;
  const { type, command, epochs, question, what, id, key } = raw as Record<string, unknown>;
  switch (type) {
    case 'ready':
      return { type };
    case 'run': {
      const known = COMMANDS.find((each) => each === command);
      if (!known) return undefined;
      if (epochs === undefined) return { type, command: known };
      return known === 'train' && isEpochs(epochs) ? { type, command: known, epochs } : undefined;
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

function isEpochs(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= MOST_EPOCHS;
}
