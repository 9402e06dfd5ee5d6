// The sample browser's script, which runs in the page: filters, search and pages over the figures that stand there. Without it all are shown.
/** Plain JavaScript of the page. */
export const browse = `
(() => {
  const PAGE = 24;
  const at = (id) => document.getElementById(id);
  const [form, nav, gallery] = [at('filters'), at('pages'), at('gallery')];
  const figures = [...gallery.querySelectorAll('figure')];
  const texts = figures.map((f) => f.textContent.toLowerCase());
  let found = figures;
  let page = 0;
  const draw = () => {
    const last = Math.max(0, Math.ceil(found.length / PAGE) - 1);
    page = Math.min(last, Math.max(0, page));
    const shown = new Set(found.slice(page * PAGE, (page + 1) * PAGE));
    for (const f of figures) {
      f.hidden = !shown.has(f);
      const img = f.hidden ? null : f.querySelector('img[data-same]');
      if (img && !img.src) img.src = at(img.dataset.same).src;
    }
    nav.hidden = last === 0;
    at('page').textContent = 'page ' + (page + 1) + ' of ' + (last + 1);
    const [back, next] = nav.querySelectorAll('button');
    back.disabled = page === 0;
    next.disabled = page === last;
    at('found').textContent = found.length + ' of ' + figures.length + ' rows';
  };
  const filter = () => {
    const want = Object.fromEntries(new FormData(form));
    const words = want.text.toLowerCase().trim();
    const has = (list, separator, value) => !value || list.split(separator).includes(value);
    found = figures.filter((f, i) => has(f.dataset.result, ' ', want.result) && (!want.bench || f.dataset.bench === want.bench) && (!want.kind || f.dataset.kind === want.kind) && has(f.dataset.claims, ',', want.claims) && texts[i].includes(words));
    page = 0;
    draw();
  };
  form.hidden = false;
  form.addEventListener('input', filter);
  form.addEventListener('submit', (e) => { e.preventDefault(); filter(); });
  nav.addEventListener('click', (e) => { const step = Number(e.target.dataset.step); if (step) { page += step; draw(); gallery.scrollIntoView(); } });
  filter();
})();
`;
//# sourceMappingURL=browse-script.js.map