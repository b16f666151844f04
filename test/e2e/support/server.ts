// One code-server process: started on a free port, told when it answers, ended with all its children.
import { type ChildProcess, spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { isRunning } from '../../../src/engine/writerTag.ts';
import { codeServer } from './install.ts';
import { descendants, endGroup, type Process } from './processes.ts';
import { until } from './waiting.ts';

export interface ServerOptions {
  userData: string;
  extensions: string;
  /** False: folders open untrusted, in Restricted Mode. */
  trusted?: boolean;
  /** Display language, such as zh-cn; needs a language pack among the extensions. */
  locale?: string;
  /** Added to the environment, for example of the extension host. */
  env?: Record<string, string>;
}

/** A running code-server. */
export class Server {
  private constructor(
    readonly url: string,
    private readonly child: ChildProcess,
    private readonly output: string[],
  ) {}

  /** Starts it and waits until it answers. */
  static async start(options: ServerOptions): Promise<Server> {
    const port = await freePort();
    const args = [codeServer(), '--auth', 'none', '--bind-addr', `127.0.0.1:${port}`];
    args.push('--user-data-dir', options.userData, '--extensions-dir', options.extensions);
    args.push('--disable-telemetry', '--disable-update-check', '--disable-getting-started-override');
    if (options.trusted !== false) args.push('--disable-workspace-trust');
    if (options.locale) args.push('--locale', options.locale);
    const child = spawn(process.execPath, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      // A group of its own, so that one signal ends the extension host and the engine too.
      detached: true,
      // CODE_SERVER_CONFIG keeps it from reading or writing the user's own settings.
      env: { ...cleanEnvironment(), CODE_SERVER_CONFIG: `${options.userData}/code-server.yaml`, ...options.env },
    });
    const output: string[] = [];
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => output.push(text));
    }
    const server = new Server(`http://127.0.0.1:${port}`, child, output);
    process.on('exit', server.killNow);
    try {
      await until(
        'code-server to answer',
        async () => {
          if (child.exitCode !== null) throw new Error(`it ended with code ${child.exitCode}`);
          return (await fetch(`${server.url}/healthz`)).ok;
        },
        { within: 60_000, seen: () => server.log() },
      );
    } catch (error) {
      await server.stop();
      throw error;
    }
    return server;
  }

  /** What it printed so far. */
  log(): string {
    return this.output.join('');
  }

  /** Its processes whose command line holds `part`. */
  processes(part: string): Process[] {
    return descendants(this.child.pid!).filter(({ command }) => command.includes(part));
  }

  /** Ends it and everything it started. */
  async stop(): Promise<void> {
    process.off('exit', this.killNow);
    const pid = this.child.pid!;
    const left = [pid, ...descendants(pid).map((each) => each.pid)];
    endGroup(pid, 'SIGTERM');
    try {
      await until('code-server to end', () => !left.some(isRunning), { within: 5000 });
    } catch {
      this.killNow();
      for (const each of left) if (isRunning(each)) process.kill(each, 'SIGKILL');
    }
  }

  private readonly killNow = (): void => {
    endGroup(this.child.pid!, 'SIGKILL');
  };
}

/** Without what a VS Code terminal or the test runner would hand down. */
function cleanEnvironment(): NodeJS.ProcessEnv {
  const env = { ...process.env };
  for (const name of Object.keys(env)) if (/^(VSCODE_|NODE_|ELECTRON_|npm_|KB_RECALL_)/.test(name)) delete env[name];
  return env;
}

async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve, reject) => probe.once('error', reject).listen(0, '127.0.0.1', resolve));
  const address = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  if (!address || typeof address === 'string') throw new Error('no port was given');
  return address.port;
}
