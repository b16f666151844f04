// The registry of models: which are pinned, and deleting one. Pins are a file beside the models, so that folders of other tools stay as they are.
import { readFile } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { errors } from '../core/errors.ts';
import type { ModelChange, ModelInfo } from '../protocol/engine.ts';
import { removeFolderAtomic, writeFileAtomic } from './atomicFile.ts';
import { listModels } from './modelStore.ts';

const PINS = '.pins.json';

/** The models below both folders, with their pins. */
export async function registeredModels({
  modelsFolder,
  embeddedFolder,
}: Pick<ModelChange, 'modelsFolder' | 'embeddedFolder'>): Promise<ModelInfo[]> {
  const pins = await readPins(modelsFolder);
  const models = await listModels([modelsFolder, ...(embeddedFolder ? [embeddedFolder] : [])]);
  return models.map((model) => (pins.has(model.id) ? { ...model, isPinned: true } : model));
}

/** Pins, unpins or deletes. Throws a UserError for a model that is not in the models' folder, and for deleting a pinned one. */
export async function changeModel(params: ModelChange): Promise<ModelInfo[]> {
  const { modelsFolder, change, id } = params;
  const own = (await registeredModels(params)).filter(({ path }) => isBelow(modelsFolder, path));
  const model = own.find((each) => each.id === id);
  if (!model)
    throw errors.noSuchModel(
      id,
      own.map((each) => each.id),
    );
  const pins = await readPins(modelsFolder);
  if (change === 'delete') {
    if (model.isPinned) throw errors.modelPinned(id);
    await removeFolderAtomic(model.path);
  } else {
    if (change === 'pin') pins.add(id);
    else pins.delete(id);
    await writeFileAtomic(join(modelsFolder, PINS), `${JSON.stringify([...pins].sort())}\n`);
  }
  return registeredModels(params);
}

/** Empty where there is no file, or one that is no list: a pin that cannot be read must not keep the models from being listed. */
async function readPins(modelsFolder: string): Promise<Set<string>> {
  try {
    const pins: unknown = JSON.parse(await readFile(join(modelsFolder, PINS), 'utf8'));
    return new Set(Array.isArray(pins) ? pins.filter((pin): pin is string => typeof pin === 'string') : []);
  } catch {
    return new Set();
  }
}

const isBelow = (folder: string, path: string): boolean => {
  const way = relative(folder, path);
  return way !== '' && way !== '..' && !way.startsWith(`..${sep}`);
};
