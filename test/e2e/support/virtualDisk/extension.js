// A file system that is not the disk, for tests: virtualdisk:/PATH shows the disk's PATH, to read only, and tells of no change.
const { readdir, readFile, stat } = require('node:fs/promises');
const vscode = require('vscode');

const missing = (uri) => (error) => {
  throw error.code === 'ENOENT' ? vscode.FileSystemError.FileNotFound(uri) : error;
};
const typeOf = (entry) => (entry.isDirectory() ? vscode.FileType.Directory : vscode.FileType.File);
const readOnly = () => {
  throw vscode.FileSystemError.NoPermissions('virtualdisk is read only');
};

exports.activate = (context) => {
  const changes = new vscode.EventEmitter();
  const provider = {
    onDidChangeFile: changes.event,
    watch: () => new vscode.Disposable(() => undefined),
    async stat(uri) {
      const found = await stat(uri.path).catch(missing(uri));
      return { type: typeOf(found), ctime: found.ctimeMs, mtime: found.mtimeMs, size: found.size };
    },
    async readDirectory(uri) {
      const entries = await readdir(uri.path, { withFileTypes: true }).catch(missing(uri));
      return entries.map((entry) => [entry.name, typeOf(entry)]);
    },
    async readFile(uri) {
      return new Uint8Array(await readFile(uri.path).catch(missing(uri)));
    },
    createDirectory: readOnly,
    writeFile: readOnly,
    delete: readOnly,
    rename: readOnly,
  };
  context.subscriptions.push(
    vscode.workspace.registerFileSystemProvider('virtualdisk', provider, { isReadonly: true, isCaseSensitive: true }),
  );
};
