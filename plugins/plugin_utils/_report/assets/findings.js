// Findings stand in the page as plain markup, so that they are there without a script. Of long groups only the first are kept
// in the document.
const FIRST = 8;
const STEP = 200;

class FindingGroup {
  constructor(element) {
    this.element = element;
    this.severity = element.dataset.severity;
    this.attack = (element.dataset.attack || "").split(" ");
    this.list = element.querySelector("ol");
    this.items = [...this.list.children];
    this.head = element.querySelector("header").textContent.toLowerCase();
    this.texts = new Array(this.items.length);
    this.more = make("button", {
      type: "button", class: "more", onclick: () => {
        this.limit += STEP;
        this.show();
      },
    });
    this.list.after(this.more);
    this.limit = FIRST;
    this.fit(null);
  }

  fit(words) {
    this.fitting = words ? this.items.filter((item, index) => {
      this.texts[index] ??= `${this.head} ${item.textContent.toLowerCase()}`;
      return words(this.texts[index]);
    }) : this.items;
    this.limit = FIRST;
    this.show();
  }

  show() {
    this.list.replaceChildren(...this.fitting.slice(0, this.limit));
    const left = this.fitting.length - this.limit;
    this.more.hidden = left <= 0;
    this.more.textContent = `${counted(Math.min(left, STEP))} more of ${counted(left)}`;
  }

  reveal(item) {
    const position = this.items.indexOf(item);
    if (position < 0) return false;
    this.fitting = this.items;
    this.limit = Math.max(this.limit, position + 1);
    this.show();
    return true;
  }
}

class Findings {
  constructor(place) {
    this.groups = [...place.querySelectorAll("article.group")].map(element => new FindingGroup(element));
    this.total = this.groups.reduce((sum, group) => sum + group.items.length, 0);
    this.words = null;
    this.hidden = new Set();
    this.attack = "";
    this.identities = new Map(this.groups.flatMap(group => group.items.map(item => [item.id, [group, item]])));
    this.buttons = [...place.querySelectorAll("button[data-toggle]")];
    for (const button of this.buttons) button.addEventListener("click", () => this.toggle(button));
    this.select = place.querySelector("select.techniques");
    if (this.select) {
      this.select.addEventListener("change", () => {
        this.attack = this.select.value;
        this.refresh();
      });
    }
    this.none = place.querySelector(".nothing");
    this.refresh();
  }

  toggle(button) {
    const severity = button.dataset.toggle;
    const shown = this.hidden.delete(severity);
    if (!shown) this.hidden.add(severity);
    button.setAttribute("aria-pressed", String(shown));
    this.refresh();
  }

  search(words) {
    this.words = words;
    for (const group of this.groups) group.fit(words);
    this.refresh();
  }

  refresh() {
    this.fitting = 0;
    for (const group of this.groups) {
      const wanted = !this.hidden.has(group.severity) && (!this.attack || group.attack.includes(this.attack)) && group.fitting.length > 0;
      group.element.hidden = !wanted;
      if (wanted) this.fitting += group.fitting.length;
    }
    if (this.none) this.none.hidden = this.fitting > 0 || this.total === 0;
  }

  // Brings the finding of this anchor into view, whatever filters say.
  reveal(identity) {
    const [group, item] = this.identities.get(identity) || [];
    if (!group || !group.reveal(item)) return;
    group.element.hidden = false;
    item.scrollIntoView({ block: "center" });
  }
}
