// The panel's page as the webview loads it.
import { randomBytes } from 'node:crypto';
import * as vscode from 'vscode';

/** The page: own files only, scripts by nonce, nothing inline, nothing remote. */
export function page(webview: vscode.Webview, extension: vscode.Uri): string {
  const nonce = randomBytes(16).toString('base64');
  const address = (...path: string[]): string => String(webview.asWebviewUri(vscode.Uri.joinPath(extension, ...path)));
  const policy = [
    "default-src 'none'",
    `style-src ${webview.cspSource}`,
    `font-src ${webview.cspSource}`,
    `script-src 'nonce-${nonce}'`,
  ].join('; ');
  return `<!DOCTYPE html>
<html lang="${vscode.env.language}">
<head>
<meta charset="UTF-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="stylesheet" href="${address('dist', 'panel.css')}">
<link rel="stylesheet" href="${address('media', 'panel.css')}">
<title>KB Recall</title>
</head>
<body>
<div id="panel"></div>
<script nonce="${nonce}" src="${address('dist', 'panel.js')}"></script>
</body>
</html>`;
}
