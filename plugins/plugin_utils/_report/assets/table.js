// A table of many rows: only one page of them is in the document. Words, chosen values, an order and (for the timeline) a
// range decide which.
const PAGE_SIZES = [50, 200, 1000];
const FACET_VALUES = 200;
const CELL = 240;
const BRIEF = 28;
const LONG = 60;
const FEW = 8;

class DataTable {
  constructor(place, data, options = {}) {
    this.place = place;
    this.data = data;
    this.options = options;
    this.names = data.columns.map(column => column.name);
    this.texts = new Array(data.rows.length);
    this.all = data.rows.map((_, index) => index);
    this.order = this.all;
    this.sorted = null;
    this.chosen = new Map();
    this.words = null;
    this.pageWords = null;
    this.start = 0;
    this.size = PAGE_SIZES[0];
    this.build();
  }

  build() {
    this.query = make("input", {
      type: "search", placeholder: "filter these rows", "aria-label": `Filter ${this.options.title}`, spellcheck: "false",
      oninput: later(120, () => {
        this.words = matcher(this.query.value);
        this.refresh();
      }),
    });
    this.count = make("span", { class: "shown", role: "status" });
    this.back = make("button", { type: "button", "aria-label": "previous rows", onclick: () => this.turn(-1) }, "◀");
    this.forth = make("button", { type: "button", "aria-label": "next rows", onclick: () => this.turn(1) }, "▶");
    const size = make("select", {
      "aria-label": "rows at a time", onchange: () => {
        this.size = Number(size.value);
        this.turn(0);
      },
    }, ...PAGE_SIZES.map(value => make("option", { value }, `${value} rows`)));
    this.head = make("tr");
    this.body = make("tbody");
    this.scroll = make("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": this.options.title },
      make("table", {}, make("thead", {}, this.head), this.body));
    const pager = make("span", { class: "pager" }, this.count, this.back, this.forth, size);
    const tools = make("div", { class: "tools" }, this.query, ...this.facets(), pager);
    tools.hidden = this.all.length <= FEW;
    this.place.append(tools, this.scroll);
    this.data.columns.forEach((column, index) => {
      this.head.append(make("th", { scope: "col", class: column.kind === "number" && "number" }, make("button", {
        type: "button", onclick: () => this.sort(index),
      }, column.name.replaceAll("_", " "))));
    });
    this.refresh();
  }

  facets() {
    return (this.data.facets || []).flatMap(name => {
      const column = this.names.indexOf(name);
      const values = new Map();
      for (const row of this.data.rows) values.set(row[column], (values.get(row[column]) || 0) + 1);
      if (values.size < 2 || values.size > FACET_VALUES) return [];
      const sorted = [...values].sort((a, b) => b[1] - a[1]);
      const select = make("select", {
        "aria-label": name.replaceAll("_", " "), onchange: () => {
          if (select.value) this.chosen.set(column, sorted[select.value][0]);
          else this.chosen.delete(column);
          this.refresh();
        },
      }, make("option", { value: "" }, `any ${name.replaceAll("_", " ")}`), ...sorted.map(([value, number], index) => {
        const text = this.text(value, this.data.columns[column].kind) || "–";
        return make("option", { value: index }, `${text.slice(0, 60)} (${counted(number)})`);
      }));
      return [select];
    });
  }

  text(value, kind) {
    if (value === null || value === undefined) return "";
    if (kind === "flag") return value ? "yes" : "no";
    if (kind === "seconds") return clock(value);
    return String(value);
  }

  textOf(index) {
    if (this.texts[index] === undefined) {
      this.texts[index] = this.data.rows[index].map((value, column) => this.text(value, this.data.columns[column].kind)).join("\u0001").toLowerCase();
    }
    return this.texts[index];
  }

  // Rows that fit everything but the range.
  candidates() {
    const chosen = [...this.chosen];
    const { words, pageWords } = this;
    if (!chosen.length && !words && !pageWords) return this.order;
    return this.order.filter(index => chosen.every(([column, value]) => this.data.rows[index][column] === value)
      && (!words || words(this.textOf(index))) && (!pageWords || pageWords(this.textOf(index))));
  }

  search(words) {
    this.pageWords = words;
    this.refresh();
  }

  refresh() {
    this.fitting = this.candidates();
    this.narrow();
  }

  // Shows what of the fitting rows lies in the range.
  narrow() {
    this.rows = this.options.range ? this.fitting.filter(index => this.options.range(this.data.rows[index])) : this.fitting;
    this.start = 0;
    this.show();
    if (this.options.changed) this.options.changed(this);
  }

  sort(column) {
    const down = this.sorted === column + 1;
    this.sorted = down ? -(column + 1) : column + 1;
    const sign = down ? -1 : 1;
    const rows = this.data.rows;
    const empty = value => value === null || value === undefined || value === "";
    this.order = [...this.all].sort((a, b) => {
      const [left, right] = [rows[a][column], rows[b][column]];
      if (empty(left) || empty(right)) return empty(left) - empty(right) || a - b;
      return (left < right ? -sign : left > right ? sign : 0) || a - b;
    });
    [...this.head.children].forEach((cell, index) => {
      if (index === column) cell.setAttribute("aria-sort", down ? "descending" : "ascending");
      else cell.removeAttribute("aria-sort");
    });
    this.refresh();
  }

  turn(direction) {
    const last = Math.max(0, Math.floor((this.rows.length - 1) / this.size) * this.size);
    this.start = Math.min(last, Math.max(0, Math.floor(this.start / this.size) * this.size + direction * this.size));
    this.show();
    this.scroll.scrollTop = 0;
  }

  show() {
    const end = Math.min(this.rows.length, this.start + this.size);
    this.body.replaceChildren(...this.rows.slice(this.start, end).map(index => this.row(this.data.rows[index])));
    const whole = this.data.rows.length;
    const of = this.rows.length === whole ? counted(whole) : `${counted(this.rows.length)} that fit, of ${counted(whole)}`;
    this.count.textContent = this.rows.length ? `${counted(this.start + 1)}–${counted(end)} of ${of}` : `none of ${counted(whole)} fits`;
    this.back.disabled = this.start === 0;
    this.forth.disabled = end >= this.rows.length;
  }

  row(values) {
    return make("tr", {}, ...values.map((value, index) => {
      const { kind, name } = this.data.columns[index];
      const text = this.text(value, kind);
      if (kind === "severity") return make("td", {}, make("span", { class: `severity ${text}` }, text));
      if (kind === "host" && Object.hasOwn(this.options.pages, text)) {
        return make("td", { class: "text brief" }, make("a", { href: this.options.pages[text] }, text));
      }
      if (kind === "mark") return make("td", {}, ...this.mark(text));
      if (kind === "open") return make("td", {}, make("a", { href: text }, "open"));
      return make("td", { class: `${kind} ${value === false ? "no" : ""} ${this.width(text, name)}` }, ...this.mark(text), ...this.cut(text, name));
    }));
  }

  width(text, name) {
    if (text.length <= BRIEF) return "brief";
    return name === "message" ? "widest" : text.length <= LONG ? "middling" : "long";
  }

  // A value that a finding is about leads to it.
  mark(text) {
    if (!this.options.marks.has(text)) return [];
    const { anchor, severity, title } = this.options.marks.get(text);
    return [make("a", { class: `severity bare ${severity}`, href: `#${anchor}`, title: `${severity}: ${title}`, "aria-label": `finding: ${title}` })];
  }

  cut(text, name) {
    if (text.length <= CELL) return [text];
    const button = make("button", {
      type: "button", class: "more", "aria-label": `all of ${name}`, onclick: () => button.replaceWith(text.slice(CELL)),
    }, `… ${counted(text.length - CELL)} more`);
    return [text.slice(0, CELL), button];
  }
}
