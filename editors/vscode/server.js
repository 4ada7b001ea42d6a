// How the language server is run and what it is asked about: nothing here needs an editor.
'use strict';

/** Documents that may be configurations: by language, and by the names that those languages do not cover. */
const documents = [
  { scheme: 'file', language: 'nginx' },
  { scheme: 'file', language: 'apacheconf' },
  { scheme: 'file', pattern: '**/*.conf' },
  { scheme: 'file', pattern: '**/.ht*' },
  { scheme: 'file', pattern: '**/{sites-available,sites-enabled,conf-available,conf-enabled,snippets,vhosts,vhosts.d}/*' },
];

/** The process at the other end of standard input and output. */
function command(path) {
  return { command: path || 'lint401', args: ['lsp'] };
}

/** What the server is told at the beginning. */
function initializationOptions(severity) {
  return { severity: severity || 'warning' };
}

module.exports = { command, documents, initializationOptions };
