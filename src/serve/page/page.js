// The page of the service. Texts are shown as text, never as markup: elements are made here, and what strangers wrote
// goes into textContent alone.

const $ = (id) => document.getElementById(id);
const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', {ignoreBOM: true});
const kUnitsFirst = 20;         // rows of the table of units
const kRowsFirst = 200;         // of a file
const kLive = 10000;            // characters up to which typing asks at once
const kFaintest = 0.02;         // of the strongest score: below, a unit stays unshaded

let service = null;             // what GET /v1/model said
let token = '';
let base = null;                // {bytes, explanation}: what is shown
let struck = new Set();         // numbers of units struck out of it
let asked = 0;                  // counts requests: only the last one's answer is shown
let retry = null;               // what "Try again" does

// ---- the service ----

class Problem extends Error {}

async function call(path, body) {
  for (let tries = 0; ; ++tries) {
    let response;
    try {
      response = await fetch(path, {
        method: body === undefined ? 'GET' : 'POST',
        headers: {...(body !== undefined && {'Content-Type': 'application/json'}), ...(token && {Authorization: `Bearer ${token}`})},
        body: body === undefined ? undefined : JSON.stringify(body),
      });
    } catch {
      throw new Problem('The service cannot be reached. It may have been stopped; your text is still here.');
    }
    if (response.ok) {
      try {
        return await response.json();
      } catch {
        throw new Problem('The answer broke off: the service was lost on the way. Your text is still here.');
      }
    }
    if (response.status === 401) { await askToken(token !== ''); continue; }
    if ((response.status === 429 || response.status === 503) && tries < 5) {
      await new Promise((done) => setTimeout(done, 1000 * Number(response.headers.get('Retry-After') ?? 1)));
      continue;
    }
    const said = await response.json().catch(() => null);
    throw new Problem(said?.error?.message ?? `The service answered ${response.status}.`);
  }
}

function askToken(refused) {
  return new Promise((done, giveUp) => {
    const dialog = $('token-dialog');
    $('token-refused').hidden = !refused;
    dialog.returnValue = '';
    dialog.addEventListener('close', () => {
      token = dialog.returnValue === 'given' ? $('token').value.trim() : '';
      token ? done() : giveUp(new Problem('This service asks for a token.'));
    }, {once: true});
    if (!dialog.open) dialog.showModal();
  });
}

function showProblem(error, again) {
  if (!(error instanceof Problem)) throw error;
  $('problem-text').textContent = error.message;
  $('problem').hidden = false;
  retry = again;
}

function hideProblem() { $('problem').hidden = true; }

// ---- small parts ----

function element(tag, properties = {}, ...children) {
  const made = document.createElement(tag);
  const {style, ...rest} = properties;
  Object.assign(made, rest);
  for (const [name, value] of Object.entries(style ?? {})) made.style.setProperty(name, value);
  made.append(...children);
  return made;
}

const percent = (p) => (p > 0 && p < 0.001 ? '<0.1%' : p < 1 && p > 0.999 ? '>99.9%' : `${(100 * p).toFixed(1)}%`);
const signed = (x, digits = 3) => (Math.abs(x) > 0 && Math.abs(x) < 0.5 * 10 ** -digits
  ? (x > 0 ? '+' : '') + x.toExponential(1) : (x > 0 ? '+' : '') + x.toFixed(digits)).replaceAll('-', '−');

// Controls and what turns the direction of writing are spelt out, as in our reports.
const kControl = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/gu;
const spelt = (c) => `<U+${c.codePointAt(0).toString(16).toUpperCase().padStart(4, '0')}>`;
const visible = (text) => text.replace(kControl, spelt);

// By characters, not by their halves.
function shortened(text, most) {
  if (text.length <= most) return text;
  const characters = [...text];
  return characters.length <= most ? text : characters.slice(0, most).join('') + '…';
}

function appendText(parent, text) {
  let from = 0;
  for (const found of text.matchAll(kControl)) {
    parent.append(text.slice(from, found.index), element('span', {className: 'control', textContent: spelt(found[0])}));
    from = found.index + found[0].length;
  }
  parent.append(text.slice(from));
}

const slice = (begin, end) => decoder.decode(base.bytes.subarray(begin, end));

function option(value, text = value) { return element('option', {value, textContent: text}); }

function choose(select, value) {
  if ([...select.options].some((o) => o.value === value)) select.value = value;
}

// ---- asking ----

// Half of a surrogate pair is no text: what the service gets is what is shown.
const wellFormed = (text) => decoder.decode(encoder.encode(text));

async function explain() {
  if (!service) return start();
  const text = wellFormed($('text').value);
  if (text === '') { asked++; $('result').hidden = true; hideProblem(); return; }
  const number = ++asked;
  const request = {text, method: $('method').value, unit: $('unit').value};
  if ($('target').value) request.target = $('target').value;
  if ($('against').value) request.against = $('against').value;
  $('result').setAttribute('aria-busy', 'true');
  $('busy').hidden = false;
  try {
    const answer = await call('/v1/explain', request);
    if (number !== asked) return;
    base = {bytes: encoder.encode(text), explanation: answer.explanations[0], entries: answer.entries};
    struck = new Set();
    hideProblem();
    show();
  } catch (error) {
    if (number !== asked) return;
    $('result').classList.add('stale');  // it is of another text
    showProblem(error, explain);
  } finally {
    if (number === asked) {
      $('result').removeAttribute('aria-busy');
      $('busy').hidden = true;
    }
  }
}

// The text without the units struck out.
function remaining() {
  const parts = [];
  let at = 0;
  base.explanation.units.forEach(({begin, end}, u) => {
    if (!struck.has(u)) return;
    parts.push(slice(at, begin));
    at = end;
  });
  return parts.join('') + slice(at, base.bytes.length);
}

async function predictRemaining() {
  const number = ++asked;
  if (struck.size === 0) { hideProblem(); showPrediction(base.explanation, null); return; }
  try {
    const answer = await call('/v1/predict', {text: remaining()});
    if (number !== asked) return;
    hideProblem();
    showPrediction(answer.predictions[0], base.explanation);
  } catch (error) {
    if (number === asked) showProblem(error, predictRemaining);
  }
}

// ---- showing ----

function show() {
  const e = base.explanation;
  $('result').hidden = false;
  $('result').classList.remove('stale');
  showPrediction(e, null);
  for (const side of ['for', 'against', 'weight']) $(`legend-${side}`).hidden = (side === 'weight') === e.has_signs;
  $('why').textContent = `Why ${visible(e.target)}` + (e.against ? ` rather than ${visible(e.against)}` : '');
  showWords(e);
  showUnits(e, kUnitsFirst);
  const scores = e.units.reduce((sum, unit) => sum + unit.score, 0);
  $('sum').textContent = `scores ${signed(scores)} + bias ${signed(e.bias)} + residual ${signed(e.residual)} = explained ${signed(e.explained)}`;
  $('note').textContent = `Explained is the logit of ${visible(e.target)} − ` + (e.against ? `that of ${visible(e.against)}.` : 'the mean of all logits.') +
    (e.complete ? '' : ` The scores of ${e.method} need not add up: the residual is what they leave out.`);
  $('cut').hidden = !e.truncated_pieces;
  $('cut').textContent = `Cut: the model did not read the last ${e.truncated_pieces} pieces of this text (grey).`;
  $('recorded').textContent = base.entries ? `Recorded in the decision log as entry ${base.entries[0]}.` : '';
}

// `before`: what is compared with where words are struck out.
function showPrediction(prediction, before) {
  const p = prediction.probability[prediction.label];
  $('label').textContent = visible(prediction.label);
  $('probability').textContent = percent(p);
  const change = $('change');
  change.textContent = '';
  if (before) {
    const words = struck.size === 1 ? 'this part' : `${struck.size} parts`;
    change.textContent = `Without ${words}: ` + (prediction.label === before.label
      ? `${visible(before.label)} ${percent(before.probability[before.label])} → ${percent(p)}`
      : `${visible(before.label)} ${percent(before.probability[before.label])} → ${visible(prediction.label)} ${percent(p)}`);
  }
  $('restore').hidden = $('keep').hidden = !before;
  const chosen = base.explanation.target;
  const focused = document.activeElement?.name === 'class' ? document.activeElement.value : null;
  $('classes').replaceChildren($('classes').firstElementChild, ...Object.entries(prediction.probability).map(([name, value]) => {
    const radio = element('input', {type: 'radio', name: 'class', value: name, checked: name === chosen});
    radio.addEventListener('change', () => { $('target').value = name; againstOthers(); explain(); });
    const label = element('label', {className: name === prediction.label ? 'predicted' : ''}, radio, element('span', {textContent: visible(name)}),
      element('span', {textContent: percent(value)}));
    const bar = element('i', {style: {'--s': value}});
    bar.setAttribute('aria-hidden', 'true');
    label.append(bar);
    return label;
  }));
  if (focused !== null) [...document.getElementsByName('class')].find((radio) => radio.value === focused)?.focus();
  $('status').textContent = change.textContent || `${visible(prediction.label)}, ${percent(p)}`;
}

// What a unit does, as our reports name it; of methods without signs how much alone.
const side = (e, score) => (!e.has_signs ? 'weight' : score > 0 ? 'for' : 'against');

function scoreText(e, score) {
  return e.has_signs ? signed(score) : signed(score).replace('+', '');
}

function meaning(e, score) {
  if (!e.has_signs) return `${scoreText(e, score)}, how much, not for which class`;
  return score === 0 ? '0: neither for nor against' : `${signed(score)} ${side(e, score)} ${visible(e.target)}`;
}

function showWords(e) {
  const largest = Math.max(...e.units.map((unit) => Math.abs(unit.score)), 0);
  const parts = document.createDocumentFragment();
  let at = 0;
  e.units.forEach(({begin, end, score}, u) => {
    appendText(parts, slice(at, begin));
    at = end;
    const share = largest > 0 ? Math.abs(score) / largest : 0;
    // No <button>: that is a box, which does not wrap with the text around it.
    const button = element('span', {role: 'button', tabIndex: u === 0 ? 0 : -1, title: meaning(e, score), style: {'--s': share.toFixed(3)},
      className: share < kFaintest ? '' : side(e, score)});
    button.dataset.unit = u;
    button.setAttribute('aria-pressed', 'false');
    appendText(button, slice(begin, end));
    button.append(element('span', {className: 'spoken', textContent: `, ${meaning(e, score)}`}));
    parts.append(button);
  });
  const rest = slice(at, base.bytes.length);
  const tail = element('span', {className: e.truncated_pieces ? 'unread' : ''});
  appendText(tail, rest.length > 2000 ? `${rest.slice(0, 2000)}… (${rest.length - 2000} more characters)` : rest);
  parts.append(tail);
  $('words').replaceChildren(parts);
}

function strike(button) {
  const u = Number(button.dataset.unit);
  struck.has(u) ? struck.delete(u) : struck.add(u);
  button.setAttribute('aria-pressed', String(struck.has(u)));
  predictRemaining();
}

function showUnits(e, most) {
  const order = e.units.map((unit, u) => u).sort((a, b) => Math.abs(e.units[b].score) - Math.abs(e.units[a].score) || a - b);
  const largest = order.length ? Math.abs(e.units[order[0]].score) : 0;
  const shown = order.slice(0, most);
  $('units-caption').textContent = `${e.unit}s by strength` + (shown.length < order.length ? `: the first ${shown.length} of ${order.length}` : '');
  $('units').tBodies[0].replaceChildren(...shown.map((u, rank) => {
    const {begin, end, score} = e.units[u];
    const name = element('th', {scope: 'row'}, element('bdi', {textContent: shortened(visible(slice(begin, end)), 80)}));
    const bar = element('td', {className: 'bar'},
      element('i', {className: side(e, score), style: {'--s': largest > 0 ? Math.abs(score) / largest : 0}}));
    bar.setAttribute('aria-hidden', 'true');
    return element('tr', {}, element('td', {className: 'quiet', textContent: rank + 1}), name, bar,
      element('td', {className: 'n', textContent: scoreText(e, score)}));
  }));
  $('all-units').hidden = shown.length === order.length;
  $('all-units').textContent = `Show all ${order.length}`;
  $('all-units').onclick = () => showUnits(e, order.length);
}

// ---- a file ----

// RFC 4180: rows of fields. What is not closed ends with the file.
function parseCsv(text) {
  const rows = [];
  let row = [], field = '', quoted = false, wasQuoted = false;
  const endField = () => { row.push(field); field = ''; wasQuoted = false; };
  for (let i = 0; i < text.length; ++i) {
    const c = text[i];
    if (quoted) {
      if (c !== '"') field += c;
      else if (text[i + 1] === '"') { field += '"'; ++i; }
      else quoted = false;
    } else if (c === '"' && field === '' && !wasQuoted) { quoted = wasQuoted = true; }
    else if (c === ',') { endField(); }
    else if (c === '\n' || c === '\r') {
      if (c === '\r' && text[i + 1] === '\n') ++i;
      endField();
      if (row.length > 1 || row[0] !== '') rows.push(row);
      row = [];
    } else { field += c; }
  }
  endField();
  if (row.length > 1 || row[0] !== '') rows.push(row);
  return rows;
}

const csvField = (value) => (/[",\r\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value);

let reading = 0;                // counts files: a new one stops the one before
let results = [];

async function readFile(file) {
  if (!service) await start();
  if (!service) { retry = () => readFile(file); return; }
  const number = ++reading;
  hideProblem();
  results = [];
  $('report').hidden = false;
  $('save').hidden = true;
  $('figures').replaceChildren();
  $('rows').replaceChildren();
  $('progress').textContent = `Reading ${visible(file.name)}`;
  let rows;
  try {
    rows = parseCsv((await file.text()).replace(/^\ufeff/, ''));
  } catch {
    $('progress').textContent = `Expected a file, found something that cannot be read: ${visible(file.name)}.`;
    return;
  }
  const columns = rows.shift() ?? [];
  const textColumn = columns.indexOf('text');
  const labelColumn = columns.indexOf(columns.includes('class_name') ? 'class_name' : 'label');
  if (textColumn < 0) {
    $('progress').textContent = `Expected a column "text" in the first line, found: ${visible(columns.slice(0, 20).join(', ')).slice(0, 300) || 'nothing'}.`;
    return;
  }
  const texts = rows.map((row) => ({text: row[textColumn] ?? '', gold: labelColumn < 0 ? '' : row[labelColumn] ?? ''}));
  const short = texts.filter((one) => encoder.encode(one.text).length <= service.limits.text_bytes);
  await predictAll(short, number, visible(file.name), texts.length - short.length);
}

// From where it broke off, where it is asked again.
async function predictAll(texts, number, name, tooLong) {
  $('stop').hidden = false;
  const left = tooLong > 0 ? `; ${tooLong} are longer than the service takes` : '';
  try {
    while (results.length < texts.length && number === reading) {
      const part = nextPart(texts, results.length);
      const answer = await call('/v1/predict', {texts: part.map((one) => wellFormed(one.text))});
      if (number !== reading) return;
      answer.predictions.forEach((prediction, k) => results.push({
        ...part[k], label: prediction.label, probability: prediction.probability[prediction.label],
      }));
      $('progress').textContent = `${results.length} of ${texts.length} texts`;
      showFigures();
    }
  } catch (error) {
    if (number !== reading) return;
    finishFile(`${results.length} of ${texts.length} texts; the rest failed${left}`);
    showProblem(error, () => { hideProblem(); predictAll(texts, number, name, tooLong); });
    return;
  }
  if (number === reading) finishFile(`${results.length} texts of ${name}${left}`);
}

// As many as a request may have, in number and in bytes: JSON writes what it must escape in six.
function nextPart(texts, from) {
  const part = [];
  let bytes = 0;
  for (const one of texts.slice(from, from + Math.min(service.limits.predict_texts, 64))) {
    bytes += encoder.encode(JSON.stringify(one.text)).length + 1;
    if (part.length > 0 && bytes > service.limits.text_bytes) break;
    part.push(one);
  }
  return part;
}

function finishFile(said) {
  $('progress').textContent = said;
  $('stop').hidden = true;
  $('save').hidden = results.length === 0;
  showRows();
}

function table(caption, columns, rows) {
  const head = element('tr', {}, ...columns.map((name, c) => element('th', {scope: 'col', className: c > 0 ? 'n' : '', textContent: name})));
  return element('table', {}, element('caption', {textContent: caption}), element('thead', {}, head), element('tbody', {}, ...rows));
}

function showFigures() {
  const named = results.filter((result) => result.gold !== '');
  const known = named.filter(isKnown);
  const right = known.filter((result) => result.gold === result.label).length;
  const rows = service.model.labels.map((label) => {
    const own = results.filter((result) => result.label === label);
    const gold = known.filter((result) => result.gold === label);
    const cells = [own.length, percent(own.length / results.length), own.length ? percent(own.reduce((s, r) => s + r.probability, 0) / own.length) : '–'];
    if (known.length) cells.push(gold.length ? percent(gold.filter((r) => r.label === label).length / gold.length) : '–');
    return element('tr', {}, element('th', {scope: 'row', textContent: visible(label)}), ...cells.map((cell) => element('td', {className: 'n', textContent: cell})));
  });
  const columns = ['label', 'texts', 'share', 'mean probability', ...(known.length ? ['found of those labelled so'] : [])];
  const strange = [...new Set(named.filter((result) => !isKnown(result)).map((result) => result.gold))];
  let caption = known.length ? `Right: ${right} of ${known.length} labelled texts, ${percent(right / known.length)}` : 'Labels';
  if (strange.length) {
    caption += `; ${named.length - known.length} texts have labels that are none of the model's: ` +
      shortened(visible(strange.slice(0, 8).join(', ')), 80) + (strange.length > 8 ? ', …' : '');
  }
  $('figures').replaceChildren(table(caption, columns, rows));
}

const isKnown = (result) => service.model.labels.includes(result.gold);

// The least certain first: those are worth a look.
function showRows() {
  const order = [...results].sort((a, b) => a.probability - b.probability).slice(0, kRowsFirst);
  const rows = order.map((result) => {
    const wrong = isKnown(result) && result.gold !== result.label;
    const open = element('button', {type: 'button', className: 'plain', textContent: shortened(visible(result.text), 120) || '(empty text)'});
    open.addEventListener('click', () => { $('text').value = result.text; choose($('target'), ''); againstOthers(); explain().then(() => $('result').focus()); });
    return element('tr', {}, element('th', {scope: 'row'}, element('bdi', {}, open)),
      element('td', {className: wrong ? 'n wrong' : 'n', textContent: visible(result.label) + (wrong ? `, labelled ${visible(result.gold)}` : '')}),
      element('td', {className: 'n', textContent: percent(result.probability)}));
  });
  $('rows').replaceChildren(table(results.length > order.length ? `The ${order.length} least certain of ${results.length} texts` : 'The least certain first; choose one to see why',
    ['text', 'label', 'probability'], rows));
}

function save() {
  // A field that a spreadsheet would compute is kept from it by an apostrophe.
  const plain = (value) => csvField(/^[=+\-@\t\r]/.test(value) ? `'${value}` : value);
  const lines = ['text,label,probability', ...results.map((r) => [plain(r.text), plain(r.label), r.probability].join(','))];
  const url = URL.createObjectURL(new Blob([lines.join('\r\n') + '\r\n'], {type: 'text/csv'}));
  element('a', {href: url, download: 'labels.csv'}).click();
  setTimeout(() => URL.revokeObjectURL(url), 10000);
}

// ---- the start ----

let waiting = 0;
function soon() {
  clearTimeout(waiting);
  if ($('text').value.length <= kLive) waiting = setTimeout(explain, 350);
  else $('result').classList.add('stale');
}

function summarise() {
  $('method-summary').textContent = service.methods.find((method) => method.name === $('method').value)?.summary ?? '';
}

// "Why A rather than A" is no question.
function againstOthers() {
  for (const o of $('against').options) o.disabled = o.value !== '' && o.value === $('target').value;
  if ($('against').selectedOptions[0]?.disabled) $('against').value = '';
}

async function start() {
  try {
    service = await call('/v1/model');
  } catch (error) {
    showProblem(error, start);
    return;
  }
  hideProblem();
  const labels = service.model.labels.map((label) => option(label, visible(label)));
  $('target').replaceChildren(option('', 'the predicted one'), ...labels);
  $('against').replaceChildren(option('', 'all others'), ...labels.map((o) => o.cloneNode(true)));
  $('method').replaceChildren(...service.methods.map((method) => option(method.name)));
  choose($('method'), service.default_method);
  summarise();
  $('model').textContent = `${service.model.labels.length} classes, up to ${service.model.max_length} tokens, ${service.model.precision}, ` +
    `weights ${service.model.sha256['model.safetensors'].slice(0, 12)}…, pellucid ${service.tool.version}` + (service.recording ? '; decisions are recorded' : '');
  if ($('text').value) explain();
}

$('ask').addEventListener('submit', (event) => { event.preventDefault(); clearTimeout(waiting); explain(); });
$('text').addEventListener('input', soon);
$('text').addEventListener('keydown', (event) => {
  if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) { event.preventDefault(); clearTimeout(waiting); explain(); }
});
$('target').addEventListener('change', () => { againstOthers(); explain(); });
for (const id of ['against', 'unit']) $(id).addEventListener('change', explain);
$('method').addEventListener('change', () => { summarise(); explain(); });
$('again').addEventListener('click', () => retry?.());
$('words').addEventListener('click', (event) => { const button = event.target.closest('[role=button]'); if (button) strike(button); });
$('words').addEventListener('keydown', (event) => {
  const buttons = [...$('words').querySelectorAll('[role=button]')];
  const at = buttons.indexOf(document.activeElement);
  const onwards = getComputedStyle($('words')).direction === 'rtl' ? -1 : 1;
  if (at >= 0 && (event.key === 'Enter' || event.key === ' ')) { event.preventDefault(); strike(buttons[at]); return; }
  const to = {ArrowRight: at + onwards, ArrowDown: at + 1, ArrowLeft: at - onwards, ArrowUp: at - 1, Home: 0, End: buttons.length - 1}[event.key];
  if (at < 0 || to === undefined || !buttons[to]) return;
  event.preventDefault();
  buttons[at].tabIndex = -1;
  buttons[to].tabIndex = 0;
  buttons[to].focus();
});
$('restore').addEventListener('click', () => {
  struck.clear();
  for (const button of $('words').querySelectorAll('[role=button]')) button.setAttribute('aria-pressed', 'false');
  predictRemaining();
  $('words').querySelector('[role=button]')?.focus();
});
$('keep').addEventListener('click', () => { $('text').value = remaining(); explain().then(() => $('result').focus()); });
$('csv').addEventListener('change', () => { if ($('csv').files[0]) readFile($('csv').files[0]); });
$('stop').addEventListener('click', () => { ++reading; finishFile(`Stopped after ${results.length} texts`); });
$('save').addEventListener('click', save);
for (const kind of ['dragover', 'dragleave', 'drop']) {
  $('file').addEventListener(kind, (event) => {
    event.preventDefault();
    $('file').classList.toggle('over', kind === 'dragover');
    if (kind === 'drop' && event.dataTransfer.files[0]) readFile(event.dataTransfer.files[0]);
  });
}
start();
