// What `kb-recall --help` prints.
import { FORMAT_NAMES } from '../core/exchange/index.ts';

export const HELP = `Usage: kb-recall COMMAND FOLDER [options]

Commands
  index FOLDER      embed the Markdown snippets of FOLDER; only what changed is embedded again
  evaluate FOLDER   say which standard questions do not recall their snippets
  train FOLDER      fine-tune the model on the training questions and measure on the held-out ones
  models            list the models there are; --pin, --unpin or --delete one
  export MODEL      write a model for other programs, as a sentence-transformers folder with ONNX: --to FOLDER
  curve FOLDER      train on 25, 50, 75 and 100 % of the training questions: would more questions help?
  lint FOLDER       say what in snippets and questions makes recall hard or figures wrong
  suggest FOLDER    suggest questions for the snippets that no question tests
  diff RUN RUN      compare two evaluations kept with --save-run
  check FOLDER      evaluate and compare with --baseline RUN; exit with 2 when held-out recall fell or questions vanished
  import PATH       read questions (and passages) of another tool: --from FORMAT --to NAME.questions.jsonl;
                    or a TREC run as a run file: --from trec-run --kb FOLDER --to RUN
  export-questions FOLDER
                    write questions and snippets for another tool: --as FORMAT --to PATH
  publish FOLDER    write snippets, vectors and the model's name into PostgreSQL with pgvector: --to postgresql://…

Options
  --model ID|PATH         model to use (default: kb-recall-small, which ships with KB Recall)
  --k 1,3,5,10            cut-offs of recall and hit rate
  --seed N                seed of split, training and intervals (default 0)
  --epochs N              most passes over the training questions (default 10)
  --minutes N             end the training after N minutes with the best checkpoint so far (curve: its four trainings together)
  --mode MODE             train all weights (default), layers, where the word vectors stay as they are, or top, where only
                          the top layers change, which computes less on models of many layers (train, curve)
  --top-layers N          how many with --mode top (default: a third of them)
  --fresh                 start anew where a training that was killed or stopped would be gone on with (train)
  --remine                mine the hard negatives again before every epoch (train, curve)
  --paraphrases           ask training questions in wordings made by rules, too (train, curve)
  --retrieval KIND        rank by vectors (default), words (BM25) or hybrid (both, by reciprocal rank fusion)
  --train-share X         share of the questions trained on (default 0.6)
  --held-out KIND         hold out answers that no training question asks for (default), or wordings: other questions for
                          trained answers
  --min-recall@5 X        exit with 2 when the held-out figure is below X (also mrr, ndcg@10, hit@k, any k)
  --save-run FILE         keep the evaluation as a run file, or as a TREC run when FILE ends with .trec (evaluate, check)
  --baseline FILE         run file to compare with (check)
  --max-drop POINTS       points of held-out recall that may be lost (check; default 0)
  --allow-vanished        let held-out questions of the baseline be gone; they are told (check)
  --junit FILE, --sarif FILE, --markdown FILE
                          write the comparison as JUnit XML, SARIF 2.1.0, Markdown (check)
  --html FILE, --markdown FILE
                          write the report as one HTML page, as Markdown (evaluate)
  --lang en|zh-cn         language of that report (evaluate; default en)
  --from FORMAT, --as FORMAT
                          ${FORMAT_NAMES.join(', ')} (import, export-questions)
  --to PATH|URL           what to write; nothing that exists is overwritten (import, export-questions)
  --name NAME             name in the database (publish, evaluate --store; default: from the folder)
  --store URL             ask what is published there, too, and exit with 2 when its recall differs (evaluate)
  --kb FOLDER             knowledge base to find imported passages in, by id or text (import), or whose questions
                          say what int8 costs (export)
  --int8                  write the model as int8 as well, a quarter of the size (export)
  --pin ID, --unpin ID, --delete ID
                          keep a tuned model from being deleted, stop that, delete it (models)
  --fail-on LEVEL         exit with 2 when there is a finding of that level or above: error, warning (default),
                          information, never (lint)
  --all                   suggest for snippets that a question tests, too (suggest)
  --drafts FILE           add the suggestions to a *.questions.jsonl file, marked as drafts (suggest)
  --include GLOB          files to read (may be repeated; default **/*.md and the question files)
  --exclude GLOB          files to leave out (may be repeated)
  --threads N             threads of the model (default: one per core)
  --home DIR              where indexes and models are kept (default ~/.kb-recall, or KB_RECALL_HOME)
  --allow-download        fetch a model by its hub name when it is not at hand (honours HF_ENDPOINT)
  --json                  print one JSON object on standard output and nothing else
  --out FILE              write that object to FILE as well
  --help, --version

Exit codes: 0 good, 1 usage or input error, 2 a stated threshold was missed, recall fell, questions
vanished or lint found something, 130 stopped.
`;
