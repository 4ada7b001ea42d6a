// Visual Studio Code at one end, `lint401 lsp` at the other.
'use strict';

const vscode = require('vscode');
const { LanguageClient } = require('vscode-languageclient/node');
const { command, documents, initializationOptions } = require('./server');

let client;

async function start() {
  const settings = vscode.workspace.getConfiguration('lint401');
  client = new LanguageClient('lint401', 'lint401', command(settings.get('path')), {
    documentSelector: documents,
    initializationOptions: initializationOptions(settings.get('severity')),
  });
  await client.start();
}

async function deactivate() {
  const running = client;
  client = undefined;
  if (running) await running.stop();
}

async function activate(context) {
  context.subscriptions.push(
    vscode.workspace.onDidChangeConfiguration(async (event) => {
      if (!event.affectsConfiguration('lint401')) return;
      await deactivate();
      await start();
    }),
  );
  await start();
}

module.exports = { activate, deactivate };
