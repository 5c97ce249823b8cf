// Puts the parts of a page to work: the search over everything, the tables, the findings, the timeline.
const SIGNS = { critical: "■", high: "▲", medium: "◆", low: "●", info: "○" };

// A list of blocks that the search hides and shows (hosts of the ranking).
class Blocks {
  constructor(place) {
    this.items = [...place.querySelectorAll("[data-block]")];
    this.texts = this.items.map(item => item.textContent.toLowerCase());
    this.none = place.querySelector(".nothing");
    this.total = this.items.length;
    this.search(null);
  }

  search(words) {
    this.fitting = 0;
    this.items.forEach((item, index) => {
      item.hidden = Boolean(words) && !words(this.texts[index]);
      if (!item.hidden) this.fitting += 1;
    });
    if (this.none) this.none.hidden = this.fitting > 0;
  }
}

const parts = [];
const sectionOf = element => element.closest("section[id]").id;

const countNavigation = searching => {
  const sums = new Map();
  for (const { section, part } of parts) {
    const [fitting, total] = sums.get(section) || [0, 0];
    const found = part instanceof DataTable ? part.fitting.length : part.fitting;
    sums.set(section, [fitting + found, total + (part instanceof DataTable ? part.data.rows.length : part.total)]);
  }
  for (const [section, [fitting, total]] of sums) {
    const link = document.querySelector(`nav a[href="#${section}"]`);
    const count = link && link.querySelector(".count");
    if (!count) continue;
    count.textContent = searching ? `${counted(fitting)}/${counted(total)}` : counted(total);
    link.classList.toggle("without", searching && !fitting);
  }
};

const search = query => {
  const words = matcher(query);
  for (const { part } of parts) part.search(words);
  countNavigation(Boolean(words));
};

const reveal = () => {
  const identity = decodeURIComponent(location.hash.slice(1));
  for (const { part } of parts) if (part.reveal) part.reveal(identity);
};

const start = async () => {
  const root = document.documentElement;
  root.classList.add("script");
  const about = await readData("about");
  // Of several findings about the same the first one stays, which is the worst.
  const marks = new Map(about.marks.flatMap(mark => mark.about.map(text => [text, mark])).reverse());
  for (const place of document.querySelectorAll("[data-blocks]")) parts.push({ section: sectionOf(place), part: new Blocks(place) });
  for (const place of document.querySelectorAll("[data-findings]")) parts.push({ section: sectionOf(place), part: new Findings(place) });
  for (const place of document.querySelectorAll("[data-table]")) {
    const data = await readData(place.dataset.table);
    const title = place.dataset.title;
    parts.push({
      section: sectionOf(place), part: place.dataset.table === about.timeline
        ? new Timeline(place, data, { title, findings: about.marks, view: about.view, marks }).table
        : new DataTable(place, data, { title, marks, pages: about.pages }),
    });
  }
  const field = document.getElementById("search");
  field.addEventListener("input", later(150, () => search(field.value)));
  document.addEventListener("click", event => {
    const button = event.target.closest("button[data-copy]");
    if (button) copy(button.dataset.copy, button);
  });
  document.addEventListener("keydown", event => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const typing = /^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName);
    if (event.key === "/" && !typing) {
      event.preventDefault();
      field.focus();
    } else if (event.key === "Escape" && event.target === field) {
      field.value = "";
      search("");
    }
  });
  window.addEventListener("hashchange", reveal);
  countNavigation(false);
  if (field.value) search(field.value);
  reveal();
  root.classList.add("ready");
};

start();
