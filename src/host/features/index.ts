// The features, in the order of their activation; adding one is adding a line.
import type * as vscode from 'vscode';
import { registerExplanations } from '../explanation.ts';
import type { Services } from '../services.ts';
import { activateConfiguration } from './configuration.ts';
import { activateDiagnostics } from './diagnostics.ts';
import { activateJobs } from './jobs.ts';
import { activateLanguage } from './language.ts';
import { activateLenses } from './lenses.ts';
import { activateModels } from './models.ts';
import { activatePanel } from './panel.ts';
import { activateQuickFixes } from './quickFixes.ts';
import { activateSearch } from './search.ts';
import { activateStatusBar } from './statusBar.ts';
import { activateSuggestions } from './suggest.ts';
import { activateTests } from './tests.ts';
import { activateViews } from './views.ts';

export type Feature = (context: vscode.ExtensionContext, services: Services) => void;

export const features: readonly Feature[] = [
  activateJobs,
  activateDiagnostics,
  activateQuickFixes,
  activateLenses,
  activateLanguage,
  activateTests,
  activateViews,
  activateStatusBar,
  activateModels,
  activateSearch,
  activateSuggestions,
  activatePanel,
  activateConfiguration,
  (context) => context.subscriptions.push(registerExplanations()),
];
