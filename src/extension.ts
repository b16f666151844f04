// The extension's entry: makes the services and the features. The engine starts with the first need.
import type * as vscode from 'vscode';
import { features } from './host/features/index.ts';
import { createServices } from './host/services.ts';

export async function activate(context: vscode.ExtensionContext): Promise<void> {
  const started = performance.now();
  const services = createServices(context);
  try {
    for (const feature of features) feature(context, services);
  } catch (error) {
    await services.messages.showError(error);
    throw error;
  }
  services.log.info(`Activated in ${(performance.now() - started).toFixed(1)} ms`);
}
