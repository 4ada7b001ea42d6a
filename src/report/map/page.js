'use strict';
// the page is whole without this: it only finds things
const form = document.querySelector('form');
const search = form.querySelector('input[type=search]');
const kinds = [...form.querySelectorAll('input[type=checkbox]')];
const told = form.querySelector('output');
const sections = [...document.querySelectorAll('section')].map((element) => ({
  element,
  head: element.dataset.names.toLowerCase(),
  rows: [...element.querySelectorAll('details.row')].map((row) => ({
    element: row,
    kind: row.dataset.kind,
    tiles: [...element.querySelectorAll(`a[href="#${row.id}"]`)],
    text: row.textContent.toLowerCase(),
  })),
}));

function filter() {
  const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
  const wanted = new Set(kinds.filter((box) => box.checked).map((box) => box.value));
  let shown = 0;
  for (const section of sections) {
    let any = false;
    for (const row of section.rows) {
      const has = words.every((word) => section.head.includes(word) || row.text.includes(word));
      const is = has && wanted.has(row.kind);
      row.element.hidden = !is;
      for (const tile of row.tiles) tile.hidden = !is;
      any ||= is;
      shown += is;
    }
    section.element.hidden = !any;
  }
  told.textContent = shown === 1 ? '1 line' : `${shown} lines`;
}

// a tile, or an address with a row's name, opens the row
function open() {
  const row = document.getElementById(location.hash.slice(1));
  if (row instanceof HTMLDetailsElement) {
    row.open = true;
    row.querySelector('summary').focus();
  }
}

form.hidden = false;
form.addEventListener('input', filter);
form.addEventListener('submit', (event) => event.preventDefault());
addEventListener('hashchange', open);
addEventListener('keydown', (event) => {
  if (event.key === '/' && document.activeElement !== search) {
    event.preventDefault();
    search.focus();
  } else if (event.key === 'Escape' && document.activeElement === search) {
    search.value = '';
    filter();
  }
});
// what is printed is printed whole, and lies on the screen as before when that is done
let opened = [];
addEventListener('beforeprint', () => {
  opened = [...document.querySelectorAll('details.row:not([open], [hidden])')];
  for (const row of opened) row.open = true;
});
addEventListener('afterprint', () => {
  for (const row of opened) row.open = false;
});
filter();
open();
