// The timeline as a picture: a lane a source, a bar where something happened (its height grows with the logarithm of how much,
// so that one login beside a hundred thousand installed files is seen), findings above. Dragging zooms; the table below shows
// the rows of the part that is drawn, and what the table's filters leave is what is drawn.
const LANE = 24;
const LABELS = 118;
const BAR = 4;
const NARROWEST = 1;
// This source is drawn as signs, not as a lane.
const FINDINGS = "findings";
const STEPS = [1, 5, 15, 60, 300, 900, 3600, 3 * 3600, 6 * 3600, 86400, 7 * 86400, 30 * 86400, 91 * 86400, 365.25 * 86400, 5 * 365.25 * 86400,
  20 * 365.25 * 86400];
const RANK = ["critical", "high", "medium", "low", "info"];
const WRITTEN = /^\s*(\d{4})-(\d\d)-(\d\d)(?:[ T](\d\d):(\d\d)(?::(\d\d(?:\.\d+)?))?)?Z?\s*$/;

const secondsOf = text => {
  const found = WRITTEN.exec(text);
  if (!found) return null;
  const [, year, month, day, hour = "00", minute = "00", second = "00"] = found;
  const value = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${pad(second)}Z`) / 1000;
  return Number.isNaN(value) ? null : value;
};

class Timeline {
  constructor(place, data, { findings, marks, view, title }) {
    this.data = data;
    this.marks = findings.filter(mark => mark.time !== null);
    this.time = data.columns.findIndex(column => column.name === "time");
    this.source = data.columns.findIndex(column => column.name === "source");
    const times = data.rows.map(row => row[this.time]).concat(this.marks.map(mark => mark.time));
    let [first, last] = [Infinity, -Infinity];
    for (const time of times) {
      if (time < first) first = time;
      if (time > last) last = time;
    }
    this.whole = times.length ? [first - 1, last + 1] : [0, 1];
    this.view = view ? this.inside(view) : this.whole;
    this.interest = view ? this.view : null;
    this.past = [];
    this.lanes = [...new Set(data.rows.map(row => row[this.source]))].filter(lane => lane !== FINDINGS).sort();
    this.build(place);
    this.table = new DataTable(place, data, {
      title, marks, range: row => row[this.time] >= this.view[0] && row[this.time] <= this.view[1], changed: table => this.draw(table),
    });
    new ResizeObserver(() => this.draw(this.table)).observe(this.picture);
  }

  build(place) {
    const button = (label, action, title) => make("button", { type: "button", title, onclick: action }, label);
    const edge = (label, index) => make("input", {
      type: "text", class: "edge", "aria-label": label, spellcheck: "false", onchange: event => this.typed(index, event.target),
    });
    this.edges = [edge("from, UTC", 0), edge("to, UTC", 1)];
    this.picture = draw("svg", { class: "picture", tabindex: "0", role: "img" });
    place.append(make("div", { class: "tools" }, make("label", {}, "from ", this.edges[0]), make("label", {}, "to ", this.edges[1]),
      make("span", {}, "UTC"), button("everything", () => this.zoom(this.whole), "the whole timeline (0)"),
      ...this.interest ? [button("around the findings", () => this.zoom(this.interest), "from before the first finding to the collection (f)")] : [],
      button("back", () => this.undo(), "the part that was shown before (backspace)"), button("+", () => this.scale(0.4), "closer (+)"),
      button("−", () => this.scale(2.5), "farther (-)"), button("◀", () => this.shift(-0.5), "earlier (arrow left)"),
      button("▶", () => this.shift(0.5), "later (arrow right)"), make("span", { class: "hint" }, "drag in the picture to zoom")), this.picture);
    this.picture.addEventListener("pointerdown", event => this.press(event));
    this.picture.addEventListener("keydown", event => this.key(event));
  }

  typed(index, input) {
    const value = input.value.trim() === "" ? this.whole[index] : secondsOf(input.value);
    input.setAttribute("aria-invalid", String(value === null));
    if (value === null) return;
    const view = [...this.view];
    view[index] = value;
    if (view[0] < view[1]) this.zoom(view);
    else input.setAttribute("aria-invalid", "true");
  }

  inside([from, to]) {
    const length = Math.min(Math.max(to - from, NARROWEST), this.whole[1] - this.whole[0]);
    const begin = Math.min(Math.max(from, this.whole[0]), this.whole[1] - length);
    return [begin, begin + length];
  }

  zoom(view) {
    this.past.push(this.view);
    this.look(view);
  }

  undo() {
    if (this.past.length) this.look(this.past.pop());
  }

  look(view) {
    this.view = this.inside(view);
    this.table.narrow();
  }

  scale(factor, around = (this.view[0] + this.view[1]) / 2) {
    this.zoom(this.view.map(edge => around + (edge - around) * factor));
  }

  shift(part) {
    const step = (this.view[1] - this.view[0]) * part;
    this.zoom(this.view.map(edge => edge + step));
  }

  key(event) {
    const actions = {
      "+": () => this.scale(0.4), "-": () => this.scale(2.5), ArrowLeft: () => this.shift(-0.5), ArrowRight: () => this.shift(0.5),
      0: () => this.zoom(this.whole), f: () => this.interest && this.zoom(this.interest), Backspace: () => this.undo(),
    };
    if (!actions[event.key] || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    actions[event.key]();
  }

  press(event) {
    const box = this.picture.getBoundingClientRect();
    const place = pointer => Math.min(Math.max(pointer.clientX - box.left, LABELS), box.width);
    const from = place(event);
    if (event.button !== 0 || event.clientX - box.left < LABELS || event.target.closest("a")) return;
    const brush = draw("rect", { class: "brush", y: 0, height: box.height, x: from, width: 0 });
    this.picture.append(brush);
    this.picture.setPointerCapture(event.pointerId);
    const move = pointer => {
      brush.setAttribute("x", Math.min(from, place(pointer)));
      brush.setAttribute("width", Math.abs(place(pointer) - from));
    };
    const end = pointer => {
      this.picture.removeEventListener("pointermove", move);
      this.picture.removeEventListener("pointerup", end);
      this.picture.removeEventListener("pointercancel", end);
      brush.remove();
      const to = place(pointer);
      if (pointer.type === "pointerup" && Math.abs(to - from) > BAR) this.zoom([Math.min(from, to), Math.max(from, to)].map(x => this.timeAt(x)));
    };
    this.picture.addEventListener("pointermove", move);
    this.picture.addEventListener("pointerup", end);
    this.picture.addEventListener("pointercancel", end);
  }

  timeAt(x) {
    return this.view[0] + (x - LABELS) / this.width * (this.view[1] - this.view[0]);
  }

  draw(table) {
    if (!table) return;
    this.width = Math.max(200, this.picture.clientWidth - LABELS);
    const top = LANE;
    const height = top + this.lanes.length * LANE + 20;
    this.picture.setAttribute("viewBox", `0 0 ${LABELS + this.width} ${height}`);
    this.edges.forEach((edge, index) => {
      edge.value = clock(Math.round(this.view[index]));
      edge.removeAttribute("aria-invalid");
    });
    const bars = this.bars(table.fitting);
    const most = Math.max(1, ...bars.flatMap(lane => [...lane]));
    const parts = this.axis(top, height);
    this.lanes.forEach((lane, row) => {
      const base = top + (row + 1) * LANE;
      const sum = bars[row].reduce((a, b) => a + b, 0);
      const name = lane ?? "–";
      parts.push(draw("text", { class: "label", x: 4, y: base - 8 }, draw("title", {}, `${name}: ${counted(sum)}`), name.slice(0, 16)));
      parts.push(draw("line", { class: "base", x1: LABELS, x2: LABELS + this.width, y1: base - 2.5, y2: base - 2.5 }));
      const path = [];
      bars[row].forEach((number, bin) => {
        if (!number) return;
        const tall = 3 + (LANE - 7) * Math.log1p(number) / Math.log1p(most);
        path.push(`M${LABELS + bin * BAR} ${base - 2.5}v${-tall.toFixed(1)}h${BAR - 1}v${tall.toFixed(1)}z`);
      });
      parts.push(draw("path", { class: `bar lane${row % 8}`, d: path.join("") }));
    });
    parts.push(...this.flags(top, height));
    this.picture.replaceChildren(...parts);
    const shown = bars.reduce((sum, lane) => sum + lane.reduce((a, b) => a + b, 0), 0);
    this.picture.setAttribute("aria-label",
      `${counted(shown)} events from ${clock(Math.round(this.view[0]))} to ${clock(Math.round(this.view[1]))}; plus, minus and arrows zoom and move`);
  }

  bars(indices) {
    const bins = Math.ceil(this.width / BAR);
    const lanes = new Map(this.lanes.map((lane, row) => [lane, row]));
    const bars = this.lanes.map(() => new Uint32Array(bins));
    const [from, to] = this.view;
    for (const index of indices) {
      const row = this.data.rows[index];
      const time = row[this.time];
      if (time < from || time > to) continue;
      if (row[this.source] === FINDINGS) continue;
      bars[lanes.get(row[this.source])][Math.min(bins - 1, Math.floor((time - from) / (to - from) * bins))] += 1;
    }
    return bars;
  }

  axis(top, height) {
    const [from, to] = this.view;
    const step = STEPS.find(seconds => (to - from) / seconds <= this.width / 110) || STEPS.at(-1);
    const parts = [];
    for (let time = Math.ceil(from / step) * step; time <= to; time += step) {
      const x = LABELS + (time - from) / (to - from) * this.width;
      const text = clock(Math.round(time));
      parts.push(draw("line", { class: "tick", x1: x, x2: x, y1: top, y2: height - 18 }));
      const label = step >= 86400 ? text.slice(0, 10) : step >= 60 ? text.slice(5, 16) : text.slice(11);
      parts.push(draw("text", { class: "date", x: x + 3, y: height - 5 }, label));
    }
    return parts;
  }

  // Of findings that are too near for two signs the worst one is drawn.
  flags(top, height) {
    const [from, to] = this.view;
    const places = new Map();
    for (const mark of this.marks) {
      if (mark.time < from || mark.time > to) continue;
      const place = Math.floor((mark.time - from) / (to - from) * this.width / 14);
      const other = places.get(place);
      if (!other || RANK.indexOf(mark.severity) < RANK.indexOf(other.severity)) places.set(place, mark);
    }
    const parts = this.marks.length ? [draw("text", { class: "label", x: 4, y: top - 8 }, FINDINGS)] : [];
    for (const mark of places.values()) {
      const x = LABELS + (mark.time - from) / (to - from) * this.width;
      parts.push(draw("line", { class: `flag ${mark.severity}`, x1: x, x2: x, y1: top - 4, y2: height - 18 }));
      parts.push(draw("a", { href: `#${mark.anchor}` }, draw("title", {}, `${clock(mark.time)} ${mark.severity}: ${mark.title}`),
        draw("text", { class: `sign ${mark.severity}`, x, y: top - 7 }, SIGNS[mark.severity])));
    }
    return parts;
  }
}
