// All keys of the extension's mementos: which model each folder uses and used before, whether it was measured, and its learning curve.
import type * as vscode from 'vscode';
import type { PanelCurve } from '../protocol/panel.ts';

/** How many models can be rolled back through. */
const MODELS_KEPT = 20;

/** What is remembered per folder; names of tuned models belong to this machine, so that settings files are no place for them. */
export class Memory {
  constructor(private readonly memento: vscode.Memento) {}

  /** The model chosen for the folder; undefined for the one of the settings. */
  model(folder: string): string | undefined {
    return this.#models(folder)[0];
  }

  /** Models chosen before the present one, latest first; an empty name stands for the one of the settings. */
  previousModels(folder: string): string[] {
    const [, ...rest] = this.#models(folder);
    return rest;
  }

  async chooseModel(folder: string, model: string): Promise<void> {
    const models = this.#models(folder);
    const history = models.length === 0 ? [''] : models;
    if (history[0] === model) return;
    await this.memento.update(`models:${folder}`, [model, ...history].slice(0, MODELS_KEPT));
  }

  /** Goes back to the model before; false when there is none. */
  async rollBack(folder: string): Promise<boolean> {
    const [, ...rest] = this.#models(folder);
    if (rest.length === 0) return false;
    await this.memento.update(`models:${folder}`, rest[0] === '' ? undefined : rest);
    return true;
  }

  /** As after the installation. */
  async forgetModels(folder: string): Promise<void> {
    await this.memento.update(`models:${folder}`, undefined);
    await this.setCurve(folder, undefined);
  }

  /** The last learning curve, which took as long as several trainings. */
  curve(folder: string): PanelCurve | undefined {
    return this.memento.get<PanelCurve>(`curve:${folder}`);
  }

  async setCurve(folder: string, curve: PanelCurve | undefined): Promise<void> {
    await this.memento.update(`curve:${folder}`, curve);
  }

  wasMeasured(folder: string): boolean {
    return this.memento.get<boolean>(`measured:${folder}`, false);
  }

  async setMeasured(folder: string, value: boolean): Promise<void> {
    await this.memento.update(`measured:${folder}`, value ? true : undefined);
  }

  #models(folder: string): string[] {
    return this.memento.get<string[]>(`models:${folder}`, []);
  }
}
