// One file from a model hub: over https only, wherever it is sent on to, and never more than a model may have.
import { errors } from '../core/errors.ts';

/** What a download needs to say and to hear. */
export interface HubRequest {
  repository: string;
  file: string;
  /** Address of the hub, for example from HF_ENDPOINT; without a slash at its end. */
  endpoint: string;
  signal?: AbortSignal;
  onBytes?: (loaded: number, total: number | undefined) => void;
}

/** Bytes of one file: a model of a billion weights; the whole file is held in memory once. */
const MOST_BYTES = 4e9;
/** A hub sends on to its store of large files, and that to a mirror. */
const MOST_REDIRECTS = 5;
/** Where a token of the environment belongs. */
const TOKEN_HOSTS = new Set(['huggingface.co', 'hf.co']);

/** Throws a UserError unless the address is https, or http on this very machine. */
export function requireSecure(address: string): URL {
  let url: URL | undefined;
  try {
    url = new URL(address);
  } catch {
    // Told below, as any address that cannot be used.
  }
  const isLocal = url?.protocol === 'http:' && /^(localhost|127(\.\d+){3}|\[::1\])$/.test(url.hostname);
  if (!url || (url.protocol !== 'https:' && !isLocal)) throw errors.hubInsecure(address);
  return url;
}

/** Downloads one file of a hub repository whole into memory; undefined where the hub says that there is none. */
export async function fetchHubFile(request: HubRequest): Promise<Uint8Array | undefined> {
  const { repository, file, endpoint, signal } = request;
  let url = requireSecure(`${endpoint}/${repository}/resolve/main/${file}`);
  for (let hops = 0; ; hops++) {
    const response = await fetch(url, { headers: headersFor(url), redirect: 'manual', ...(signal && { signal }) });
    const next = response.status >= 300 && response.status < 400 ? response.headers.get('location') : null;
    if (next === null) return read(response, request);
    await response.body?.cancel();
    if (hops === MOST_REDIRECTS) throw new Error(`the hub sends on more than ${MOST_REDIRECTS} times`);
    url = requireSecure(new URL(next, url).href);
  }
}

/** A token goes to the hub that it is for, and to nobody that the hub sends on to. */
function headersFor({ protocol, hostname }: URL): Record<string, string> {
  const token = process.env.HF_TOKEN ?? process.env.HF_ACCESS_TOKEN;
  const headers = { 'User-Agent': 'kb-recall' };
  return token && protocol === 'https:' && TOKEN_HOSTS.has(hostname)
    ? { ...headers, Authorization: `Bearer ${token}` }
    : headers;
}

async function read(response: Response, { onBytes }: HubRequest): Promise<Uint8Array | undefined> {
  const { status, statusText, body } = response;
  if (status !== 200 || body === null) {
    await body?.cancel();
    if (status === 404) return undefined;
    throw new Error(`the hub answered ${status} ${statusText}`.trim());
  }
  // Of the bytes on the wire: with an encoding it is not that of the file.
  const stated = response.headers.has('content-encoding') ? Number.NaN : Number(response.headers.get('content-length'));
  const total = stated > 0 ? stated : undefined;
  const parts: Uint8Array[] = [];
  let loaded = 0;
  if ((total ?? 0) > MOST_BYTES) throw tooLarge();
  for await (const part of body as unknown as AsyncIterable<Uint8Array>) {
    parts.push(part);
    loaded += part.length;
    if (loaded > MOST_BYTES) throw tooLarge();
    onBytes?.(loaded, total);
  }
  return Buffer.concat(parts, loaded);
}

const tooLarge = (): Error => new Error(`the file is larger than ${MOST_BYTES / 1e9} GB`);
