// Elements and small things that every part of a page uses. Text from hosts becomes text nodes, never markup.
const SVG = "http://www.w3.org/2000/svg";

const fill = (element, attributes, children) => {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children);
  return element;
};
const make = (tag, attributes = {}, ...children) => fill(document.createElement(tag), attributes, children);
const draw = (tag, attributes = {}, ...children) => fill(document.createElementNS(SVG, tag), attributes, children);

const counted = number => number.toLocaleString("en-GB");
const pad = (number, digits = 2) => String(number).padStart(digits, "0");

// Seconds since the epoch as 2026-11-23 04:51:33, in UTC like everything here.
const clock = seconds => {
  const date = new Date(seconds * 1000);
  if (Number.isNaN(date.getTime())) return String(seconds);
  return date.toISOString().replace("T", " ").replace(/(\.0+)?Z$/, "");
};

const readData = async identity => {
  const element = document.getElementById(`data-${identity}`);
  if (element.type !== "application/gzip") return JSON.parse(element.textContent);
  const bytes = Uint8Array.from(atob(element.textContent), character => character.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Response(stream).json();
};

// All words of a query must be there; one after a minus must not.
const matcher = query => {
  const words = query.toLowerCase().split(/\s+/).filter(word => word && word !== "-");
  if (!words.length) return null;
  const wanted = words.filter(word => !word.startsWith("-"));
  const unwanted = words.filter(word => word.startsWith("-")).map(word => word.slice(1));
  return text => wanted.every(word => text.includes(word)) && !unwanted.some(word => text.includes(word));
};

const later = (milliseconds, action) => {
  let timer = 0;
  return () => {
    clearTimeout(timer);
    timer = setTimeout(action, milliseconds);
  };
};

const say = text => {
  document.getElementById("said").textContent = text;
};

const copy = async (text, button) => {
  let done = true;
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    const area = make("textarea", { class: "off" });
    area.value = text;
    document.body.append(area);
    area.select();
    done = document.execCommand("copy");
    area.remove();
    button.focus();
  }
  const label = button.textContent;
  if (button.dataset.busy) return;
  button.dataset.busy = "1";
  button.textContent = done ? "copied" : "select it by hand";
  say(done ? "Copied" : "This browser doesn't let a page copy");
  setTimeout(() => {
    button.textContent = label;
    delete button.dataset.busy;
  }, 1200);
};
