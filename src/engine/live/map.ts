// The map of a knowledge base: chooses what is drawn and lays it out.
import { mapMembers } from '../../core/mapMembers.ts';
import type { JobContext } from '../../core/progress.ts';
import type { MapAnswer, MapPoint } from '../../protocol/workspace.ts';
import { project } from '../projection.ts';
import type { Snapshot } from './session.ts';
import { snippetVectors } from './snippetVectors.ts';

/** Questions and snippets in at most `points` points; see `core/mapMembers` for which. */
export async function drawMap(snapshot: Snapshot, points: number, context: JobContext): Promise<MapAnswer> {
  const { snippets, questions, dimension, queryVectors, seed } = snapshot;
  const places = new Map(snippets.map(({ id }, row) => [id, row]));
  // A question whose vector is gone was changed since, and is measured again in a moment.
  const measured = questions.filter(({ outcome, text }) => outcome !== undefined && queryVectors.has(text));
  const drawn = mapMembers(measured, [...places.keys()], points, seed);
  const texts = new Map(measured.map(({ id, text }) => [id, text]));
  const all = snippetVectors(snapshot);
  const vectors = new Float32Array((drawn.questions.length + drawn.snippets.length) * dimension);
  drawn.questions.forEach((id, row) => {
    vectors.set(queryVectors.get(texts.get(id)!)!, row * dimension);
  });
  drawn.snippets.forEach((id, row) => {
    const from = places.get(id)! * dimension;
    vectors.set(all.subarray(from, from + dimension), (drawn.questions.length + row) * dimension);
  });
  const laid = await project(vectors, dimension, seed, context);
  const point = (id: string, row: number): MapPoint => ({ id, x: laid[row * 2]!, y: laid[row * 2 + 1]! });
  return {
    questions: drawn.questions.map(point),
    snippets: drawn.snippets.map((id, row) => point(id, drawn.questions.length + row)),
    total: { questions: measured.length, snippets: snippets.length },
  };
}
