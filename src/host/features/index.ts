// The features, in the order of their activation; adding one is adding a line.
import type * as vscode from 'vscode';
import type { Services } from '../services.ts';
import { activateDiagnostics } from './diagnostics.ts';
import { activateJobs } from './jobs.ts';
import { activateStatusBar } from './statusBar.ts';

export type Feature = (context: vscode.ExtensionContext, services: Services) => void;

export const features: readonly Feature[] = [activateJobs, activateDiagnostics, activateStatusBar];
