// What the pages of all apps share, as JavaScript for the browser: views that are drawn from the state, and a few widgets. No framework.

/** Page code: `app(views)` shows `views.home()`; `go(name, …)` another view; back is the browser's. The state is `state`, readable as `window.appState`. */
export const KIT = `
const state = JSON.parse(document.getElementById('data').textContent);
window.appState = state;
document.head.append(Object.assign(document.createElement('style'), { textContent:
  'body{margin:0;font:16px sans-serif;color:#222;background:#f4f5f7}main{padding:8px}h1{font-size:20px;margin:8px 4px}p{margin:8px 4px}' +
  'button,label.field{display:block;width:100%;box-sizing:border-box;min-height:40px;margin:4px 0;padding:8px 12px;border:1px solid #c8ccd2;' +
  'border-radius:8px;background:#fff;font:inherit;text-align:left;color:inherit}button.act{background:#2457c5;color:#fff;text-align:center}' +
  'button small{color:#5a6472;float:right}button[aria-checked=true]{background:#dfe9ff}input{width:100%;box-sizing:border-box;font:inherit;padding:6px}' }));
const h = (tag, props, ...kids) => { const e = Object.assign(document.createElement(tag), props); e.append(...kids.filter((k) => k != null)); return e; };
let views = {};
let form = {};
const draw = () => {
  const [name, ...args] = (history.state || { at: ['home'] }).at;
  let shown;
  try { shown = views[name](...args); } catch { shown = [title('Gone'), text('This is not here any more.')]; }
  document.getElementById('app').replaceChildren(...shown.flat(9).filter((k) => k != null && k !== false));
};
const go = (...at) => { form = {}; history.pushState({ at }, ''); draw(); scrollTo(0, 0); };
const back = (n = 1) => { form = {}; history.go(-n); };
const app = (all) => { views = all; if (!history.state) history.replaceState({ at: ['home'] }, ''); addEventListener('popstate', draw); draw(); };
const has = (it) => { if (it === undefined || it === -1) throw new Error('gone'); return it; };
const title = (text) => h('h1', { textContent: text });
const text = (t) => h('p', { textContent: t });
const does = (f) => () => { f(); draw(); };
const pressed = (e, onTap, onHold) => {
  let timer, held = false;
  e.onpointerdown = () => { held = false; if (onHold) timer = setTimeout(() => { held = true; onHold(); draw(); }, 400); };
  e.onpointerup = e.onpointerleave = () => clearTimeout(timer);
  e.onclick = () => { if (!held && onTap) { onTap(); draw(); } };
  return e;
};
const button = (label, onTap) => pressed(h('button', { className: 'act', type: 'button', textContent: label }), onTap);
const row = (label, detail, onTap, onHold) => pressed(h('button', { type: 'button' }, label, detail ? h('small', { textContent: ' ' + detail }) : null), onTap, onHold);
const toggle = (label, on, onChange) => { const e = row(label, on ? 'on' : 'off', () => onChange(!on)); e.setAttribute('role', 'switch'); e.setAttribute('aria-checked', on); e.setAttribute('aria-label', label); return e; };
const choices = (list, chosen, onChange) => list.map((one) => { const e = row(one, '', () => onChange(one)); e.setAttribute('role', 'radio'); e.setAttribute('aria-checked', one === chosen); return e; });
const field = (label, value = '') => { if (!(label in form)) form[label] = value; return h('label', { className: 'field' }, label, h('input', { value: form[label], ariaLabel: label, autocomplete: 'off', oninput: (e) => { form[label] = e.target.value; } })); };
`;
