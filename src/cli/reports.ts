// Reports of an evaluation as files, in the language asked for.
import { basename } from 'node:path';
import { reportHtml } from '../core/reportHtml.ts';
import { reportMarkdown } from '../core/reportMarkdown.ts';
import { reportTexts } from '../core/reportTexts.ts';
import { writeFileAtomic } from '../engine/atomicFile.ts';
import type { EvaluateAnswer } from '../protocol/engine.ts';
import type { ReportOptions } from './options.ts';

/** Writes what `options` names; the title has the folder's name. */
export async function writeReports(options: ReportOptions, folder: string, answer: EvaluateAnswer): Promise<void> {
  const { html, markdown, language } = options;
  const texts = reportTexts(language);
  const title = texts.title(basename(folder));
  const { report, findings } = answer;
  if (html !== undefined) await writeFileAtomic(html, reportHtml(report, findings, title, texts));
  if (markdown !== undefined) await writeFileAtomic(markdown, reportMarkdown(report, findings, title, texts));
}
