// The extension as Visual Studio Code runs it, with the editor's own parts played here and lint401 itself at the other end
// (LINT401, or `lint401` on the path).
'use strict';

const assert = require('node:assert');
const { spawn } = require('node:child_process');
const fs = require('node:fs');
const Module = require('node:module');
const os = require('node:os');
const path = require('node:path');
const { test } = require('node:test');
const { pathToFileURL } = require('node:url');
const protocol = require('vscode-languageserver-protocol/node');

const settings = { path: process.env.LINT401 || 'lint401', severity: 'info' };
let changed;

const vscode = {
  workspace: {
    getConfiguration: () => ({ get: (key) => settings[key] }),
    onDidChangeConfiguration: (listener) => {
      changed = listener;
      return { dispose() {} };
    },
  },
};

/** The editor's client: what the extension gives it is what the server is run with. */
class LanguageClient {
  static started = [];

  constructor(id, name, server, options) {
    Object.assign(this, { id, name, server, options });
  }

  async start() {
    LanguageClient.started.push(this);
    this.process = spawn(this.server.command, this.server.args, { stdio: ['pipe', 'pipe', 'inherit'] });
    this.connection = protocol.createProtocolConnection(
      new protocol.StreamMessageReader(this.process.stdout),
      new protocol.StreamMessageWriter(this.process.stdin),
    );
    this.connection.listen();
    this.result = await this.connection.sendRequest(protocol.InitializeRequest.type, {
      processId: process.pid,
      rootUri: null,
      capabilities: {},
      initializationOptions: this.options.initializationOptions,
    });
    await this.connection.sendNotification(protocol.InitializedNotification.type, {});
  }

  async stop() {
    await this.connection.sendRequest(protocol.ShutdownRequest.type);
    const ended = new Promise((resolve) => this.process.on('exit', resolve));
    await this.connection.sendNotification(protocol.ExitNotification.type);
    this.status = await ended;
  }
}

const load = Module._load;
Module._load = function (name, ...rest) {
  if (name === 'vscode') return vscode;
  if (name === 'vscode-languageclient/node') return { LanguageClient };
  return load.call(this, name, ...rest);
};

const extension = require('../extension');

test('a document is judged, a fix is offered, and settings start the server anew', async () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'lint401-'));
  const file = path.join(folder, 'nginx.conf');
  const text = 'events {}\nhttp { server {\n  auth_basic Off; auth_basic_user_file /srv/htpasswd;\n} }\n';
  fs.writeFileSync(file, text);
  const uri = pathToFileURL(file).href;

  const context = { subscriptions: [] };
  await extension.activate(context);
  const [first] = LanguageClient.started;
  assert.equal(first.result.serverInfo.name, 'lint401');
  assert.ok(first.options.documentSelector.some((one) => one.language === 'nginx'));

  const shown = new Promise((resolve) =>
    first.connection.onNotification(protocol.PublishDiagnosticsNotification.type, (params) => {
      if (params.diagnostics.length > 0) resolve(params);
    }),
  );
  await first.connection.sendNotification(protocol.DidOpenTextDocumentNotification.type, {
    textDocument: { uri, languageId: 'nginx', version: 1, text },
  });
  const { diagnostics } = await shown;
  const misspelt = diagnostics.find((one) => one.code === 'nginx/basic-off-misspelt');
  assert.equal(misspelt.range.start.line, 2);

  const actions = await first.connection.sendRequest(protocol.CodeActionRequest.type, {
    textDocument: { uri },
    range: misspelt.range,
    context: { diagnostics: [misspelt] },
  });
  assert.ok(actions.some((one) => one.title.startsWith('switch the login off')), JSON.stringify(actions));

  settings.severity = 'error';
  await changed({ affectsConfiguration: (name) => name === 'lint401' });
  assert.equal(first.status, 0);
  assert.equal(LanguageClient.started.length, 2);
  assert.equal(LanguageClient.started[1].options.initializationOptions.severity, 'error');
  await extension.deactivate();
  assert.equal(LanguageClient.started[1].status, 0);
});

test('the manifest and the code speak of the same things', () => {
  const manifest = require('../package.json');
  const { documents } = require('../server');
  const languages = manifest.contributes.languages.map((one) => one.id);
  for (const { language } of documents.filter((one) => one.language)) {
    assert.ok(languages.includes(language), language);
  }
  const keys = Object.keys(manifest.contributes.configuration.properties);
  assert.deepEqual(keys, ['lint401.path', 'lint401.severity']);
});
