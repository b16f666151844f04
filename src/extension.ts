// The extension's entry: makes the services and the features. The engine starts with the first need.
import type * as vscode from 'vscode';
import { features } from './host/features/index.ts';
import { createServices } from './host/services.ts';

/** Set by the bundle's first line: reading the bundle is part of what activation costs. */
declare const bundleStarted: number;

const loaded = performance.now();

export async function activate(context: vscode.ExtensionContext): Promise<void> {
  const started = performance.now();
  const services = createServices(context);
  try {
    for (const feature of features) feature(context, services);
  } catch (error) {
    await services.messages.showError(error);
    throw error;
  }
  const now = performance.now();
  services.log.info(
    `Activated in ${(now - started).toFixed(1)} ms, reading the bundle took ${(loaded - bundleStarted).toFixed(1)} ms`,
  );
}
